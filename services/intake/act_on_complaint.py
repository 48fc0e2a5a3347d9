"""Take what a complainant does after filing: accept, contest, reopen, withdraw, add, rate (ISO 10002 7.9)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from schemas.complaints import ComplainantActed, ComplainantAction
from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from services.intake.actions import DECIDING, allowed_actions
from services.intake.filing import clean, invalid, problems_of
from services.intake.track_complaint import track_complaint
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_

WORDS_LIMIT = 10_000


def _words(text: str | None) -> str | None:
    return (clean(text) or None) if text is not None else None


class Asked(BaseModel):
    """The body of `POST /api/v1/complaints/{n}/actions`."""

    model_config = ConfigDict(extra="forbid", strict=True)

    action: ComplainantAction
    text: Annotated[str | None, Field(default=None, max_length=WORDS_LIMIT), AfterValidator(_words)]
    rating: Annotated[int | None, Field(default=None, ge=1, le=5)]
    confidence: Annotated[int | None, Field(default=None, ge=1, le=5)]
    """How confident they are in how complaints are handled; only with a rating (ISO 10004)."""


class NotNow(Conflict):
    """The case is not where this can be done. The problem document lists in `allowed` what can."""

    code = "action-not-allowed"

    def __init__(self, what: str, remedy: str, allowed: list[ComplainantAction]) -> None:
        super().__init__(what, remedy)
        self.extra = {"allowed": allowed}


_NOT_NOW: dict[str, tuple[str, str]] = {
    "accept": (N_("There is no outcome to accept now."), N_("See on the tracking page how the case stands.")),
    "contest": (
        N_("The outcome cannot be contested now: there is none, or the time for it is over."),
        N_("You can still turn to the bodies outside that the tracking page names."),
    ),
    "reopen": (
        N_("The case cannot be opened again: it is not closed, or the time for it is over."),
        N_("File a new complaint and mention this number."),
    ),
    "withdraw": (N_("The case is over and cannot be withdrawn."), N_("Nothing is left for you to do.")),
    "add": (N_("The case is over; nothing can be added."), N_("Reopen it, or file a new complaint.")),
    "rate": (
        N_("The handling can be rated once, after the outcome was told."),
        N_("Wait for the outcome; a rating already given stays as it is."),
    ),
}


def read_action(data: Any) -> Asked:
    """The action asked for in parsed JSON or a form.

    Raises:
        InvalidInput: names each field, what is wrong with it and the remedy.
    """
    try:
        asked = Asked.model_validate(data)
    except ValidationError as error:
        problems = problems_of(error)
        if any(problem.field == "rating" for problem in problems):
            problems = [p for p in problems if p.field != "rating"] + [_NO_RATING]
        if any(problem.field == "confidence" for problem in problems):
            problems = [p for p in problems if p.field != "confidence"] + [_NO_CONFIDENCE]
        raise invalid(problems) from None
    if asked.action == "rate" and asked.rating is None:
        raise invalid([_NO_RATING])
    if asked.action != "rate" and asked.rating is not None:
        raise invalid([FieldProblem("rating", N_("Only `rate` takes a rating."), N_("Leave it out."))])
    if asked.action != "rate" and asked.confidence is not None:
        raise invalid([FieldProblem("confidence", N_("Only `rate` takes a rating."), N_("Leave it out."))])
    if asked.action == "add" and not asked.text:
        raise invalid([FieldProblem("text", N_("Nothing is written here."), N_("Write what you want to add."))])
    return asked


_NO_CONFIDENCE = FieldProblem(
    "confidence",
    N_("Confidence is a whole number from 1 to 5."),
    N_("Choose from 1 (none) to 5 (full), or leave it out."),
)

_NO_RATING = FieldProblem(
    "rating", N_("A rating is a whole number from 1 to 5."), N_("Choose from 1 (poor) to 5 (very good).")
)


async def act_on_complaint(
    tx: Transaction, case_id: UUID, asked: Asked, bundle: PolicyBundle, now: datetime, medium: str = "web"
) -> None:
    """Keep what the complainant did and announce it; routing carries it out, or refuses it visibly.

    Raises:
        NotNow: the action is not open now.
    """
    await tx.execute("insert into intake.tracking (case_id) values ($1) on conflict do nothing", case_id)
    await tx.fetchrow("select 1 from intake.tracking where case_id = $1 for update", case_id)
    tracked = await track_complaint(tx, case_id)
    allowed = allowed_actions(tracked.standing, bundle, now)
    if asked.action not in allowed:
        raise NotNow(*_NOT_NOW[asked.action], allowed)
    action_id = new_id()
    await tx.execute(
        "insert into intake.complainant_action (id, case_id, action, at, words, rating, closure, medium,"
        " confidence) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        action_id,
        case_id,
        asked.action,
        now,
        asked.text,
        asked.rating,
        tracked.progress.get("reopened_count", 0) if asked.action == "rate" else None,
        medium,
        asked.confidence,
    )
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, at, code, words) values ($1, $2, $3, $4, $5)",
        case_id,
        action_id,
        now,
        f"act_{asked.action}",
        asked.text,
    )
    if asked.action in DECIDING:
        await tx.execute(
            "update intake.tracking set pending_action = $2, pending_at = $3 where case_id = $1",
            case_id,
            asked.action,
            now,
        )
    text = FreeText.of(asked.text) if asked.text else None
    fact = ComplainantActed(
        action=asked.action, at=now, text=text, rating=asked.rating, confidence=asked.confidence, medium=medium
    )
    tx.announce(fact, case_id=case_id, at=now, event_id=action_id)
