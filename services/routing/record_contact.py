"""Record that somebody spoke or wrote to the complainant: the first human contact, or a progress update (7.3)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import ContactRecorded
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.form_reading import clean, read_moment
from services.routing.forms import MEDIA
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, wrong

OTHERS = ("centre", "supervisor", "approver", "reviewer", "verifier", "unit_head")


def may_contact(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case, and whoever else has to do with it within their scope."""
    return works(case, member, bundle) or not set(OTHERS).isdisjoint(member.roles)


async def record_contact(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    medium: str,
    text: str | None = None,
    contacted_at: datetime | str | None = None,
    progress: bool = True,
    reached: bool = True,
    viewer: StaffMember,
    now: datetime,
) -> Moved:
    """Record a contact. `contacted_at` defaults to now; `progress` says that it told how the case stands.

    One that `reached` nobody is kept for the office, is not shown to the complainant, and meets no target.

    Raises:
        NotFound, NotAllowed, Conflict: as for a step.
        InvalidInput: an unknown medium, a time to come or before the complaint was received.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_contact, open_only=False,
        who=N_("Those who work on the case can."),
    )  # fmt: skip
    if medium not in MEDIA and not bundle.has("channels", medium):
        raise wrong("medium", N_("This is not one of the choices."), N_("Choose from the list."))
    try:
        at = now if contacted_at in (None, "") else read_moment(contacted_at, bundle.zone)
    except (ValueError, OverflowError) as error:
        raise wrong(
            "contacted_at", N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05 or 20/11/2569 14:05.")
        ) from error
    if not case.received_at <= at <= now:
        raise wrong(
            "contacted_at", N_("A contact lies between the receipt and now."), N_("Give the time it took place.")
        )
    words = clean(text or "")
    case = case.changed(now)
    await keep_contact(
        tx, case, medium=medium, words=words, at=at, progress=progress and reached, reached=reached,
        by=viewer.staff_id, now=now,
    )  # fmt: skip
    return Moved(case.id, case.state, case.version)


async def keep_contact(
    tx: Transaction,
    case: Case,
    *,
    medium: str,
    words: str | None,
    at: datetime,
    progress: bool,
    reached: bool,
    by: UUID,
    now: datetime,
) -> None:
    """Write a contact into the timeline of a case and announce it; `case` is already of its next version."""
    fields = {"medium": medium, "progress": progress, "reached": reached, "recorded_at": now.isoformat()}
    texts = {"text": words} if words else {}
    await write(tx, case, Line("contact", at, "staff", by, fields=fields, texts=texts, public=reached))
    tx.announce(
        ContactRecorded(
            **announcement(case, by=by, at=now),
            medium=medium,
            text=FreeText.of(words) if words else None,
            contacted_at=at,
            progress=progress,
            reached=reached,
        ),
        case_id=case.id,
        at=at,
    )
