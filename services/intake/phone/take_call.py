"""Take an event of the switchboard in: event, call, arrival and what is owed to the caller, in one transaction.

It answers only after the commit, so that an event whose answer is missing is sent again, and sent again it is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prometheus_client import Counter

from schemas.policy import PolicyBundle
from services.intake.arrivals import arrived, held, ignored
from services.intake.contacts.keeping import Contacts, contacts_of
from services.intake.phone.call_backs.open_call_back import (
    WITH_AN_AGENT,
    no_call_back,
    owe_call_back,
    withdraw_call_back,
)
from services.intake.phone.caller import digest_of, sealed_number
from services.intake.phone.desk_hours import open_at
from services.intake.phone.life import Times, owed
from services.intake.phone.reading import CallEvent
from services.kit.copies import Staff
from services.kit.database import Transaction, new_id
from services.kit.i18n import N_
from services.kit.service import Context

CHANNEL = "phone"
BELL = "intake.phone"
"""Rung when something about the calls changed: screens of agents listen."""

EVENTS = Counter("redress_phone_events_total", "Events of the switchboard, and whether they were new", ["event", "new"])

OUTGOING = N_("A call that went out.")


class Taken(NamedTuple):
    """The call an event belongs to, and whether the event was new."""

    call_id: UUID
    new: bool


async def take_call(context: Context, event: CallEvent) -> Taken:
    """Take one event in; committed when this returns."""
    now = context.now()
    bundle = await context.copies.in_force(context.database, now)
    staff = await context.copies.staff(context.database)
    async with context.database.transaction() as tx:
        taken = await _take(context, tx, event, bundle, staff, now)
    EVENTS.labels(event.event, "yes" if taken.new else "no").inc()
    if taken.new:
        context.database.doorbell.ring(BELL)
    return taken


async def _take(
    context: Context, tx: Transaction, event: CallEvent, bundle: PolicyBundle, staff: Staff, now: datetime
) -> Taken:
    contacts = contacts_of(context.settings)
    # Two events of one call at the same moment follow one another.
    await tx.execute("select pg_advisory_xact_lock(hashtextextended('phone:' || $1, 0))", event.call)
    before = await tx.fetchrow("select * from intake.phone_call where source_id = $1", event.call)
    call_id: UUID = before["id"] if before else new_id()
    noted = await tx.fetchval(
        "insert into intake.phone_event (id, call_id, event, at, arrived_at) values ($1, $2, $3, $4, $5)"
        " on conflict do nothing returning 1",
        event.id,
        call_id,
        event.event,
        event.at,
        now,
    )
    if noted is None:
        known: UUID = await tx.fetchval("select call_id from intake.phone_event where id = $1", event.id)
        return Taken(known, new=False)
    row = folded(dict(before) if before else fresh(call_id, event, now), event, await _agent(tx, event, staff))
    if event.caller is not None and row["caller"] is None:
        row["number"] = sealed_number(contacts, event.caller, "phone_call", call_id)
        row["caller"] = digest_of(context.settings, event.caller)
        row["sealed_by"] = contacts.seal.newest
    elif row["number"] is None:
        row["sealed_by"] = contacts.seal.newest  # nothing to seal; a number of before keeps the note of its own key
    row["state"], row["changed_at"] = times_of(row).state, now
    await _save(tx, row)
    if await arrived(tx, CHANNEL, event.call, now):
        what = (ignored, OUTGOING) if row["direction"] == "out" else (held, WITH_AN_AGENT)
        await what[0](tx, CHANNEL, event.call, what[1], now)
    await settle_debt(tx, row, bundle, contacts, now)
    return Taken(call_id, new=True)


async def settle_debt(
    tx: Transaction, call: Mapping[str, Any], bundle: PolicyBundle, contacts: Contacts, now: datetime
) -> None:
    """Open the call back that a call is owed, or take back the one it is not owed any more."""
    if call["direction"] == "out" or call["settled_at"] is not None:
        return
    if call["caller"] is not None:
        # Two calls of one caller at the same moment leave one task.
        await tx.execute("select pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 0))", call["caller"])
    why = owed(times_of(call), open_then=open_at(bundle, call["began_at"]))
    if why is None:
        await withdraw_call_back(tx, call, now)
    elif call["caller"] is None:
        await no_call_back(tx, call, now)
    else:
        await owe_call_back(tx, call, why, bundle, contacts, now)


def fresh(call_id: UUID, event: CallEvent, now: datetime) -> dict[str, Any]:
    """The row of a call of which this is the first event."""
    blank = dict.fromkeys(COLUMNS)
    return {
        **blank,
        "id": call_id,
        "source_id": event.call,
        "direction": event.direction,
        "began_at": event.at,
        "state": "ringing",
        "changed_at": now,
    }


def folded(row: dict[str, Any], event: CallEvent, agent: UUID | None) -> dict[str, Any]:
    """A call with one more event of it; the first time of each kind counts, in whatever order they come."""
    new = {**row, "began_at": min(row["began_at"], event.at)}
    column = {"answered": "answered_at", "ended": "ended_at", "missed": "missed_at"}.get(event.event)
    if column is not None:
        new[column] = min(row[column] or event.at, event.at)
    if event.direction == "out":
        new["direction"] = "out"
    if event.event == "answered" or row["answered_at"] is None:
        new["extension"] = event.extension or row["extension"]
        new["agent"] = agent or row["agent"]
    new["dialled"] = row["dialled"] or event.dialled
    new["recording"] = event.recording or row["recording"]
    return new


def times_of(row: Mapping[str, Any]) -> Times:
    """What the rules look at in a call."""
    return Times(
        row["began_at"],
        row["answered_at"],
        row["ended_at"],
        row["missed_at"],
        by_person=row["agent"] is not None or row["extension"] is not None,
    )


async def _agent(tx: Transaction, event: CallEvent, staff: Staff) -> UUID | None:
    """The member of staff at the telephone: by user name, else by the extension they said is theirs."""
    if event.agent and (member := staff.by_username.get(event.agent.casefold())) is not None:
        return member.staff_id
    if event.extension is None:
        return None
    found: UUID | None = await tx.fetchval(
        "select staff_id from intake.phone_desk where extension = $1", event.extension
    )
    return found


COLUMNS = (
    "id", "source_id", "direction", "number", "sealed_by", "caller", "dialled", "extension", "agent", "state",
    "began_at", "answered_at", "ended_at", "missed_at", "recording", "case_id", "settled_at", "changed_at",
)  # fmt: skip


async def _save(tx: Transaction, row: Mapping[str, Any]) -> None:
    places = ", ".join(f"${place}" for place in range(1, len(COLUMNS) + 1))
    changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])
    await tx.execute(
        f"insert into intake.phone_call ({', '.join(COLUMNS)}) values ({places})"
        f" on conflict (id) do update set {changes}",
        *(row[name] for name in COLUMNS),
    )
