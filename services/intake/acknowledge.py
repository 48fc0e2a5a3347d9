"""Record that the acknowledgement reached the complainant of a call, letter or visit (ISO 10002 7.4)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.complaints import ComplaintAcknowledged
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, FieldProblem, InvalidInput
from services.kit.i18n import N_

MEDIA = ("phone", "letter", "email", "line", "sms", "walk_in", "other")


class AlreadyAcknowledged(Conflict):
    """The complainant has been told before; the first time counts and stays."""

    code = "already-acknowledged"


async def acknowledge(
    tx: Transaction,
    case_id: UUID,
    *,
    medium: str,
    acknowledged_at: datetime,
    now: datetime,
    by: UUID | None = None,
    template: str | None = None,
) -> None:
    """Keep when and how the complainant was told that their complaint is received, and announce it.

    Raises:
        AlreadyAcknowledged: it was told before.
        InvalidInput: the time lies before the receipt or after now, or the medium is unknown.
    """
    if medium not in MEDIA:
        raise _field(
            "medium", N_("This is no medium."), N_("Choose phone, letter, email, line, sms, walk_in or other.")
        )
    row = await tx.fetchrow(
        "select received_at, acknowledged_at from intake.complaint where id = $1 for update", case_id
    )
    if row is None or row["acknowledged_at"] is not None:
        raise AlreadyAcknowledged(
            N_("The acknowledgement has been recorded before."), N_("Nothing is left to do; the first time counts.")
        )
    if not row["received_at"] <= acknowledged_at <= now:
        raise _field(
            "acknowledged_at",
            N_("The complainant cannot have been told then."),
            N_("Give a time between the receipt and now."),
        )
    await tx.execute("update intake.complaint set acknowledged_at = $2 where id = $1", case_id, acknowledged_at)
    fact = ComplaintAcknowledged(acknowledged_at=acknowledged_at, medium=medium, template=template, by=by)
    event_id = tx.announce(fact, case_id=case_id, at=acknowledged_at, event_id=new_id())
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, at, code, detail) values ($1, $2, $3, $4, $5)",
        case_id,
        event_id,
        acknowledged_at,
        "acknowledged",
        {"medium": medium},
    )


def _field(name: str, what: str, remedy: str) -> InvalidInput:
    problem = FieldProblem(name, what, remedy)
    return InvalidInput(
        N_("Some fields need changing."), N_("Nothing was saved; correct the fields."), fields=[problem]
    )
