"""Give notice where a decision finds no answer, and close the case when silence lasts (7.9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from schemas.cases import SilenceNoticed
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Database, Transaction
from services.routing.actors import SYSTEM
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.guards import Ask
from services.routing.lifecycle import row
from services.routing.moving import Step, after
from services.routing.store import CASE_COLUMNS, Line, announcement, write
from services.routing.transition_case import record_move

BATCH = 200

LATER = timedelta(days=1)
"""When a case that cannot be closed yet (a remedy is still to be delivered) is looked at again."""


async def close_silent_cases(database: Database, copies: Copies, now: datetime) -> int:
    """Give every notice that is due and close what is due; returns how many cases were dealt with.

    Taken in batches, each in a transaction of its own, so that no case starves behind the size of one.
    """
    total = 0
    while True:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                f"select {CASE_COLUMNS} from routing.case where silence_at <= $1 and state = 'decision_communicated'"
                " order by silence_at, id limit $2 for update skip locked",
                now,
                BATCH,
            )
            for found in rows:
                case = Case.of(dict(found))
                await _look_at(tx, case, await copies.policy(tx, case.policy_version), now)
        total += len(rows)
        if len(rows) < BATCH:
            return total


async def _look_at(tx: Transaction, case: Case, bundle: PolicyBundle, now: datetime) -> None:
    silence = bundle.lifecycle.silence
    told = case.told_at or now
    if case.notices < len(silence.notices):
        await _give_notice(tx, case, bundle, told, now)
        return
    transition = row(case.state, "closed", SYSTEM)
    ask = Ask(case, None, bundle, now)
    if transition is None or any(guard(ask) is not None for guard in transition.guards):
        await tx.execute("update routing.case set silence_at = $2 where id = $1", case.id, now + LATER)
        return
    moved = after(case, Step("closed", Filled({"silent_since": told.isoformat()}), None, now, bundle))
    await record_move(tx, case, moved, Filled({"silent_since": told.isoformat()}), by=None, actor="system", at=now)


async def _give_notice(tx: Transaction, case: Case, bundle: PolicyBundle, told: datetime, now: datetime) -> None:
    silence = bundle.lifecycle.silence
    number = case.notices + 1
    closes_at = told + timedelta(days=silence.close_after_days)
    next_at = told + timedelta(days=silence.notices[number]) if number < len(silence.notices) else closes_at
    # A notice that went out late still leaves the complainant the time between notice and closing.
    case = case.changed(now, notices=number, silence_at=max(next_at, now + timedelta(days=1)))
    fields = {"notice": number, "closes_at": closes_at.isoformat()}
    await write(tx, case, Line("silence", now, "system", fields=fields, public=True))
    tx.announce(
        SilenceNoticed(**announcement(case, by=None, at=now, actor="system"), notice=number, closes_at=closes_at),
        case_id=case.id,
        at=now,
    )
