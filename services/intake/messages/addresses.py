"""Where somebody is reached, in the order in which their channels are tried. Addresses never leave intake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.kit.copies import Fetches
from services.kit.database import Transaction

ORDER = ("line", "email", "sms")
"""The order of channels that nobody asked for."""

_PREFERRED = {"phone": "sms", "email": "email", "line": "line"}


class Address(NamedTuple):
    """Where a message can go."""

    channel: str
    to: str


async def keep_reply_address(tx: Transaction, case_id: UUID, channel: str, address: str, now: datetime) -> None:
    """Note where the complainant of a case answers from on a channel; the newest address counts."""
    await tx.execute(
        "insert into intake.reply_address (case_id, channel, address, at) values ($1, $2, $3, $4)"
        " on conflict (case_id, channel) do update set address = excluded.address, at = excluded.at, stopped_at = null",
        case_id,
        channel,
        address,
        now,
    )


async def stop_address(tx: Transaction, channel: str, address: str, now: datetime) -> int:
    """Send nothing more to an address (unfollowed, unsubscribed); returns for how many cases that holds."""
    done = await tx.execute(
        "update intake.reply_address set stopped_at = $3 where channel = $1 and address = $2 and stopped_at is null",
        channel,
        address,
        now,
    )
    return int(done.rsplit(" ", 1)[-1])


async def cases_at(source: Fetches, channel: str, address: str) -> list[UUID]:
    """The cases whose complainant answers from an address, newest first."""
    rows = await source.fetch(
        "select case_id from intake.reply_address where channel = $1 and address = $2 order by at desc, case_id desc"
        " limit 200",
        channel,
        address,
    )
    return [row["case_id"] for row in rows]


async def link_staff(tx: Transaction, staff_id: UUID, channel: str, address: str, now: datetime) -> None:
    """Tell a member of staff of alerts on a channel they proved to be theirs."""
    await tx.execute(
        "insert into intake.staff_address (staff_id, channel, address, at) values ($1, $2, $3, $4)"
        " on conflict (staff_id, channel) do update set address = excluded.address, at = excluded.at",
        staff_id,
        channel,
        address,
        now,
    )


async def unlink_staff(tx: Transaction, staff_id: UUID, channel: str) -> None:
    """Take such a link away."""
    await tx.execute("delete from intake.staff_address where staff_id = $1 and channel = $2", staff_id, channel)


async def complainant_addresses(source: Fetches, case_ids: Sequence[UUID]) -> dict[UUID, list[Address]]:
    """The addresses of the complainant of each case: preferred channel first, then that of filing, then the others.

    Whoever asked not to be contacted has none; one that was stopped is left out.
    """
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


def _in_order(row: Mapping[str, Any]) -> list[Address]:
    if row["contact_preference"] == "none":
        return []
    stopped = set(row["stopped"] or ())
    known: dict[str, str | None] = {"email": row["email"], "sms": row["phone"], **(row["replies"] or {})}
    first = [_PREFERRED.get(str(row["contact_preference"]), ""), str(row["channel"])]
    ranked = sorted(
        (channel for channel, to in known.items() if to and channel not in stopped),
        key=lambda channel: (
            first.index(channel) if channel in first else len(first),
            ORDER.index(channel) if channel in ORDER else len(ORDER),
        ),
    )
    return [Address(channel, known[channel] or "") for channel in ranked]


async def staff_addresses(source: Fetches, staff_ids: Sequence[UUID]) -> dict[UUID, list[Address]]:
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
            found[row["staff_id"]].append(Address(row["channel"], row["address"]))
    for row in at_work:
        if row["email"]:
            found[row["staff_id"]].append(Address("email", row["email"]))
    for addresses in found.values():
        addresses.sort(key=lambda it: ORDER.index(it.channel) if it.channel in ORDER else len(ORDER))
    return found
