"""Where somebody is reached, in the order in which their channels are tried. Addresses are sealed and stay here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from services.intake.contacts.keeping import Contacts
from services.intake.contacts.seal import ContactUnreadable
from services.kit.copies import Fetches
from services.kit.database import Transaction

log = structlog.get_logger()

ORDER = ("line", "email", "sms")
"""The order of channels that nobody asked for."""

_PREFERRED = {"phone": "sms", "email": "email", "line": "line"}


class Address(NamedTuple):
    """Where a message can go."""

    channel: str
    to: str


async def keep_reply_address(
    tx: Transaction, case_id: UUID, channel: str, address: str, now: datetime, contacts: Contacts
) -> None:
    """Note where the complainant of a case answers from on a channel; the newest address counts."""
    await tx.execute(
        "insert into intake.reply_address (case_id, channel, address, digest, sealed_by, at)"
        " values ($1, $2, $3, $4, $5, $6)"
        " on conflict (case_id, channel) do update set address = excluded.address, digest = excluded.digest,"
        " sealed_by = excluded.sealed_by, at = excluded.at, stopped_at = null",
        case_id,
        channel,
        contacts.sealed(address, "reply_address", "address", case_id, channel),
        contacts.digest(channel, address),
        contacts.seal.newest,
        now,
    )


async def cases_at(source: Fetches, digest: bytes) -> list[UUID]:
    """The cases whose complainant answers from an address, by its digest; newest first."""
    rows = await source.fetch(
        "select case_id from intake.reply_address where digest = $1 order by at desc, case_id desc limit 200", digest
    )
    return [row["case_id"] for row in rows]


async def link_staff(
    tx: Transaction, staff_id: UUID, channel: str, address: str, now: datetime, contacts: Contacts
) -> None:
    """Tell a member of staff of alerts on a channel they proved to be theirs: one account for one member."""
    digest = contacts.digest(channel, address)
    await tx.execute("delete from intake.staff_address where channel = $1 and digest = $2", channel, digest)
    await tx.execute(
        "insert into intake.staff_address (staff_id, channel, address, digest, sealed_by, at)"
        " values ($1, $2, $3, $4, $5, $6)"
        " on conflict (staff_id, channel) do update set address = excluded.address, digest = excluded.digest,"
        " sealed_by = excluded.sealed_by, at = excluded.at",
        staff_id,
        channel,
        contacts.sealed(address, "staff_address", "address", staff_id, channel),
        digest,
        contacts.seal.newest,
        now,
    )


async def unlink_staff(tx: Transaction, staff_id: UUID, channel: str) -> None:
    """Take such a link away."""
    await tx.execute("delete from intake.staff_address where staff_id = $1 and channel = $2", staff_id, channel)


async def complainant_addresses(
    source: Fetches, case_ids: Sequence[UUID], contacts: Contacts
) -> dict[UUID, list[Address]]:
    """The addresses of the complainant of each case: preferred channel first, then that of filing, then the others.

    Whoever asked not to be contacted has none; one that was stopped is left out.

    One that was altered in the store is left out, and logged.

    Raises:
        ContactKeyMissing: an address was sealed with a key that is not here.
    """
    found: dict[UUID, list[Address]] = {}
    for case_id, known in (await _known(source, case_ids)).items():
        found[case_id] = []
        for it in known:
            try:
                to = contacts.read(it.to, it.table, it.column, *it.row)
            except ContactUnreadable:  # one row that was altered must not keep the messages of others waiting
                await log.aerror("a sealed address cannot be read", case_id=str(case_id), channel=it.channel)
                continue
            found[case_id].append(Address(it.channel, to or ""))
    return found


async def channels_of(source: Fetches, case_id: UUID) -> list[str]:
    """The channels by which the complainant of a case can be reached, the preferred one first; nothing is unsealed."""
    return [it.channel for it in (await _known(source, [case_id])).get(case_id, [])]


class _Sealed(NamedTuple):
    """An address as it is stored."""

    channel: str
    to: str
    table: str
    column: str
    row: tuple[object, ...]


async def _known(source: Fetches, case_ids: Sequence[UUID]) -> dict[UUID, list[_Sealed]]:
    rows = await source.fetch(
        "select c.id, c.channel, i.email, i.phone, i.contact_preference,"
        " (select jsonb_object_agg(r.channel, r.address) from intake.reply_address r"
        "  where r.case_id = c.id and r.stopped_at is null) as replies,"
        " (select array_agg(r.channel) from intake.reply_address r"
        "  where r.case_id = c.id and r.stopped_at is not null) as stopped"
        " from intake.complaint c left join intake.identity i on i.complaint_id = c.id where c.id = any($1::uuid[])",
        list(case_ids),
    )
    return {row["id"]: _in_order(dict(row)) for row in rows}


def _in_order(row: Mapping[str, Any]) -> list[_Sealed]:
    if row["contact_preference"] == "none":
        return []
    case_id: UUID = row["id"]
    stopped = set(row["stopped"] or ())
    known = {
        "email": _Sealed("email", row["email"], "identity", "email", (case_id,)),
        "sms": _Sealed("sms", row["phone"], "identity", "phone", (case_id,)),
        **{
            channel: _Sealed(channel, address, "reply_address", "address", (case_id, channel))
            for channel, address in (row["replies"] or {}).items()
        },
    }
    first = [_PREFERRED.get(str(row["contact_preference"]), ""), str(row["channel"])]
    ranked = sorted(
        (channel for channel, it in known.items() if it.to and channel not in stopped),
        key=lambda channel: (
            first.index(channel) if channel in first else len(first),
            ORDER.index(channel) if channel in ORDER else len(ORDER),
        ),
    )
    return [known[channel] for channel in ranked]


async def staff_addresses(source: Fetches, staff_ids: Sequence[UUID], contacts: Contacts) -> dict[UUID, list[Address]]:
    """Where members of staff are told of alerts: linked channels, then their address at work."""
    linked = await source.fetch(
        "select staff_id, channel, address from intake.staff_address where staff_id = any($1::uuid[]) order by channel",
        list(staff_ids),
    )
    at_work = await source.fetch(
        "select staff_id, body ->> 'email' as email from intake.staff_copy"
        " where staff_id = any($1::uuid[]) and (body ->> 'active')::bool is not false",
        list(staff_ids),
    )
    found: dict[UUID, list[Address]] = {row["staff_id"]: [] for row in at_work}
    for row in linked:
        if row["staff_id"] in found:
            address = contacts.read(row["address"], "staff_address", "address", row["staff_id"], row["channel"])
            found[row["staff_id"]].append(Address(row["channel"], address or ""))
    for row in at_work:
        if row["email"]:
            found[row["staff_id"]].append(Address("email", row["email"]))
    for addresses in found.values():
        addresses.sort(key=lambda it: ORDER.index(it.channel) if it.channel in ORDER else len(ORDER))
    return found
