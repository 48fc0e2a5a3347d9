"""Owe somebody a call: the task that an unanswered or out-of-hours call leaves, with its clock.

Somebody who rings five times is owed one call, and the clock counts from the first of them. A caller whose number is
withheld cannot be called; that call is counted as nothing to register.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from schemas.calls import CallBackClosed, CallBackOpened
from schemas.policy import PolicyBundle
from services.intake.arrivals import held, ignored
from services.intake.contacts.keeping import Contacts
from services.intake.phone.caller import opened_number, sealed_number
from services.intake.phone.desk_hours import call_back_clock, next_level
from services.intake.phone.life import Why
from services.kit.database import Transaction, new_id
from services.kit.i18n import N_

WITH_AN_AGENT = N_("The call is going on, or its agent has not said yet what came of it.")
TO_BE_CALLED = N_("Nobody answered; the caller is to be called back.")
NO_NUMBER = N_("Nobody answered, and the number was withheld: there is nobody to call back.")
RANG_AGAIN = N_("The caller rang again and was answered.")


async def owe_call_back(
    tx: Transaction, call: Mapping[str, Any], why: Why, bundle: PolicyBundle, contacts: Contacts, now: datetime
) -> None:
    """Open the task, or note one more call of somebody who is owed one already."""
    clock = call_back_clock(bundle, call["began_at"])
    known = await tx.fetchrow(
        "select * from intake.call_back where caller = $1 and state = 'open' for update", call["caller"]
    )
    await held(tx, "phone", call["source_id"], TO_BE_CALLED, now)
    if known is not None:
        another = known["call_id"] != call["id"]
        if another or call["began_at"] < known["rang_at"]:
            await _once_more(tx, dict(known), call, bundle, another=another)
        return
    identifier = new_id()
    number = opened_number(contacts, call["number"], "phone_call", call["id"]) or ""
    await tx.execute(
        "insert into intake.call_back (id, call_id, number, caller, why, rang_at, due_at, next_at, policy_version,"
        " calendar, sealed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        identifier,
        call["id"],
        sealed_number(contacts, number, "call_back", identifier),
        call["caller"],
        why,
        call["began_at"],
        clock.due_at,
        next_level(bundle, call["began_at"], clock.due_at, ""),
        bundle.version,
        clock.calendar,
        contacts.seal.newest,
    )
    fact = CallBackOpened(
        rang_at=call["began_at"],
        why=why,
        due_at=clock.due_at,
        policy_version=bundle.version,
        calendar=clock.calendar,
        within=str(bundle.call_back.within),
    )
    tx.announce(fact, case_id=identifier, at=call["began_at"])


async def _once_more(
    tx: Transaction, known: Mapping[str, Any], call: Mapping[str, Any], bundle: PolicyBundle, *, another: bool
) -> None:
    """One more call of somebody who is owed one, or an earlier event of the same: the clock is that of the first."""
    rang_at = min(known["rang_at"], call["began_at"])
    due = known["due_at"] if rang_at == known["rang_at"] else call_back_clock(bundle, rang_at).due_at
    await tx.execute(
        "update intake.call_back set calls = calls + $2, call_id = $3, rang_at = $4, due_at = $5, next_at = $6"
        " where id = $1",
        known["id"],
        int(another),
        call["id"],
        rang_at,
        due,
        next_level(bundle, rang_at, due, known["fired"]),
    )


async def no_call_back(tx: Transaction, call: Mapping[str, Any], now: datetime) -> None:
    """Nobody can be called back; the call is counted all the same."""
    await ignored(tx, "phone", call["source_id"], NO_NUMBER, now)


async def withdraw_call_back(tx: Transaction, call: Mapping[str, Any], now: datetime) -> None:
    """The call was answered after all, or its caller rang again and was: nobody is owed a call any more."""
    if call["caller"] is None or call["answered_at"] is None:
        return
    row = await tx.fetchrow(
        "select * from intake.call_back where caller = $1 and state = 'open' and (rang_at <= $2 or call_id = $3)"
        " for update",
        call["caller"],
        call["answered_at"],
        call["id"],
    )
    if row is None:
        return
    await tx.execute(
        "update intake.call_back set state = 'closed', outcome = 'needless', note = $2, closed_at = $3,"
        " missed = missed or due_at < $4, next_at = null where id = $1",
        row["id"],
        RANG_AGAIN,
        now,
        call["answered_at"],
    )
    fact = CallBackClosed(
        outcome="needless",
        at=call["answered_at"],
        by=cast("UUID | None", call["agent"]),
        tries=row["tries"],
        missed=row["missed"] or row["due_at"] < call["answered_at"],
    )
    tx.announce(fact, case_id=row["id"], at=call["answered_at"])
    await held(tx, "phone", call["source_id"], WITH_AN_AGENT, now)
    await settle_calls(tx, row["caller"], RANG_AGAIN, now, but=call["id"])


async def settle_calls(
    tx: Transaction, caller: bytes, reason: str, now: datetime, *, but: UUID | None = None, case_id: UUID | None = None
) -> None:
    """Settle the arrivals of a caller's unanswered calls: in a case, or with nothing to register and the reason."""
    rows = await tx.fetch(
        "update intake.phone_call set settled_at = $2, case_id = coalesce(case_id, $3) where caller = $1"
        " and answered_at is null and direction = 'in' and settled_at is null and id is distinct from $4"
        " returning source_id",
        caller,
        now,
        case_id,
        but,
    )
    if rows:
        await tx.execute(
            "update intake.arrival set state = case when $3::uuid is null then 'ignored' else 'registered' end,"
            " reason = case when $3::uuid is null then $4 else null end, case_id = $3, updated_at = $2"
            " where channel = 'phone' and source_id = any($1::text[]) and state <> 'registered'",
            [row["source_id"] for row in rows],
            now,
            case_id,
            reason,
        )
