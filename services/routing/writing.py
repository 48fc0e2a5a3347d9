"""What the smaller use cases share: who may, which case, and the words they need."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem, InvalidInput, NotAllowed
from services.kit.i18n import N_
from services.routing.case import Case
from services.routing.form_reading import clean
from services.routing.forms import WORDS_LIMIT
from services.routing.transition_case import case_in_scope, check_version

May = Callable[[Case, StaffMember, PolicyBundle], bool]


async def held(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    viewer: StaffMember,
    now: datetime,
    *,
    may: May,
    who: str,
    expected_version: int | None = None,
    open_only: bool = True,
) -> tuple[Case, PolicyBundle]:
    """The case, held for a change that the viewer may make.

    Raises:
        NotFound, StaleCase: as for a step.
        NotAllowed: the viewer is none of those who may; `who` (message id) says who is.
        Conflict: the case is over.
    """
    case, bundle = await case_in_scope(tx, copies, ident, viewer, now)
    check_version(case, expected_version)
    if case.subject_person == viewer.username or not may(case, viewer, bundle):
        raise NotAllowed(N_("This is for others to do."), who)
    if open_only and not case.open:
        raise Conflict(N_("The case is over."), N_("Reopen it first."))
    return case, bundle


def said(name: str, text: str | None, *, limit: int = WORDS_LIMIT) -> str:
    """Words that are needed.

    Raises:
        InvalidInput: there are none, or too many.
    """
    cleaned = clean(text or "")
    if not cleaned:
        raise wrong(name, N_("This is needed."), N_("Fill it in."))
    if len(cleaned) > limit:
        raise wrong(name, N_("This is too long."), N_("Shorten it, or put the rest into a note."))
    return cleaned


def wrong(name: str, what: str, remedy: str) -> InvalidInput:
    """One field needs changing."""
    return InvalidInput(
        N_("Some fields need changing."),
        N_("Nothing was saved; correct the fields."),
        fields=[FieldProblem(name, what, remedy)],
    )
