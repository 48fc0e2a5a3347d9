"""Answer a request or refuse it: the end of its clock, with who, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from services.intake.filing import invalid
from services.intake.subjects.record_request import SHORTEST, note_step
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_


class RequestSettled(Conflict):
    """The request was answered or refused before; record a new one for what is asked anew."""

    code = "request-settled"


async def open_request(tx: Transaction, request_id: UUID) -> str:
    """The kind of a request that is still open, held until the transaction ends.

    Raises:
        RequestSettled: it is not open any more.
    """
    row = await tx.fetchrow(
        "select kind, state from intake.subject_request where id = $1 and state = 'open' for update", request_id
    )
    if row is None:
        raise RequestSettled(N_("This request is settled already."), N_("Record a new one for what is asked anew."))
    return str(row["kind"])


async def settle_request(
    tx: Transaction, request_id: UUID, state: Literal["done", "refused"], outcome: str, *, by: UUID | None,
    now: datetime,
) -> None:  # fmt: skip
    """End the clock of a request.

    Raises:
        RequestSettled: it is not open any more.
        InvalidInput: it is not said what was answered, or why it is refused.
    """
    await open_request(tx, request_id)
    if len(outcome) < SHORTEST:
        what = N_("It is not said what was answered.") if state == "done" else N_("A refusal needs its reason.")
        remedy = (
            N_("Say what they were told or given, and how.")
            if state == "done"
            else N_("Name the law and section; the person is told, and may turn to the authority.")
        )
        raise invalid([FieldProblem("outcome", what, remedy)])
    await tx.execute(
        "update intake.subject_request set state = $2, outcome = $3, settled_by = $4, settled_at = $5 where id = $1",
        request_id,
        state,
        outcome,
        by,
        now,
    )
    await note_step(tx, request_id, state, by=by, now=now, reason=outcome)
