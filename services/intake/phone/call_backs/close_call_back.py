"""Take a call back upon oneself, note that nobody answered, or say what came of it.

Whoever takes it is shown the number, and that is in the journal. It is closed by what came of it; giving up needs as
many tries as the policy says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast, get_args
from uuid import UUID

from schemas.calls import CallBackClosed, CallBackOutcome, CallBackTaken
from schemas.policy import PolicyBundle
from services.intake.filing import invalid
from services.intake.phone.call_backs.open_call_back import settle_calls
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_

OUTCOMES: tuple[str, ...] = get_args(CallBackOutcome)

REASONS = {
    "filed": N_("Called back: a case came of it."),
    "added": N_("Called back: it was about an open case."),
    "reached": N_("Called back: spoken with, nothing to register."),
    "unreachable": N_("Called back in vain, as often as the policy says."),
    "needless": N_("The caller was answered in the meantime."),
}


class CallBackOver(Conflict):
    """The call back is done already, or somebody else has taken it."""

    code = "call-back-over"


async def take_call_back(tx: Transaction, call_back: UUID, by: UUID, now: datetime) -> None:
    """Take the task, also over from somebody else; taking it again changes nothing.

    Raises:
        CallBackOver: it is done.
    """
    row = await _open(tx, call_back)
    if row["taken_by"] == by:
        return
    await tx.execute("update intake.call_back set taken_by = $2, taken_at = $3 where id = $1", call_back, by, now)
    tx.announce(CallBackTaken(by=by, at=now), case_id=call_back, at=now)


async def note_try(tx: Transaction, call_back: UUID, by: UUID, now: datetime) -> None:
    """Nobody answered. The clock runs on.

    Raises:
        CallBackOver: it is done.
    """
    await take_call_back(tx, call_back, by, now)
    await tx.execute("update intake.call_back set tries = tries + 1, tried_at = $2 where id = $1", call_back, now)


async def close_call_back(
    tx: Transaction, call_back: UUID, outcome: str, *, by: UUID, bundle: PolicyBundle, now: datetime,
    note: str | None = None, case_id: UUID | None = None,
) -> None:  # fmt: skip
    """Close the task with its outcome; the calls it was about are settled with it.

    Raises:
        CallBackOver: it is done.
        InvalidInput: an unknown outcome, or giving up before it was tried often enough.
    """
    row = await _open(tx, call_back)
    if outcome not in OUTCOMES:
        raise invalid([FieldProblem("outcome", N_("This is no outcome."), N_("Choose one of the list."))])
    if outcome == "unreachable" and row["tries"] < bundle.call_back.tries:
        raise invalid(
            [
                FieldProblem(
                    "outcome",
                    N_("It was tried %(tries)s times; the policy asks for %(needed)s before giving up."),
                    N_("Note each try, at different times of the day."),
                    params={"tries": row["tries"], "needed": bundle.call_back.tries},
                )
            ]
        )
    missed = row["missed"] or row["due_at"] < now
    await tx.execute(
        "update intake.call_back set state = 'closed', outcome = $2, note = $3, case_id = $4, closed_by = $5,"
        " closed_at = $6, missed = $7, next_at = null where id = $1",
        call_back,
        outcome,
        (note or "").strip()[:500] or None,
        case_id,
        by,
        now,
        missed,
    )
    await settle_calls(tx, row["caller"], REASONS[outcome], now, case_id=case_id)
    fact = CallBackClosed(
        outcome=cast(CallBackOutcome, outcome), at=now, by=by, tries=row["tries"], missed=missed, case=case_id
    )
    tx.announce(fact, case_id=call_back, at=now)


async def close_for_caller(
    tx: Transaction, caller: bytes, outcome: str, *, by: UUID, bundle: PolicyBundle, case_id: UUID | None, now: datetime
) -> None:
    """Close what a caller is owed, because they were spoken with; nothing happens when they are owed nothing."""
    found = await tx.fetchval("select id from intake.call_back where caller = $1 and state = 'open'", caller)
    if found is not None:
        await close_call_back(tx, found, outcome, by=by, bundle=bundle, now=now, case_id=case_id)


async def _open(tx: Transaction, call_back: UUID) -> Any:
    row = await tx.fetchrow("select * from intake.call_back where id = $1 for update", call_back)
    if row is None or row["state"] != "open":
        raise CallBackOver(N_("This call back is done already."), N_("Reload the list."))
    return row
