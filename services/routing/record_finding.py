"""Record what an investigation found: a piece of evidence, what somebody said, what was seen (ISO 10002 7.6)."""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from uuid import UUID

from schemas.cases import FindingRecorded, FindingSort
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.form_reading import read_moment
from services.routing.forms import LINE_LIMIT
from services.routing.store import Line, announcement, write
from services.routing.transition_case import Moved
from services.routing.writing import held, said, wrong

OTHERS = ("supervisor", "reviewer", "centre")


def may_record(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case, and who supervises or reviews it."""
    return works(case, member, bundle) or not set(OTHERS).isdisjoint(member.roles)


async def record_finding(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    sort: str,
    source: str | None,
    text: str | None,
    found_at: datetime | str | None = None,
    reference: str | None = None,
    viewer: StaffMember,
    now: datetime,
) -> Moved:
    """Add a finding to the record of the investigation.

    Args:
        source: what it is, where from, or who said it and in what capacity.
        text: what it shows.
        found_at: when it was found or said; now, if left out.
        reference: where it is kept: the name of a file of the case, a document number.

    Raises:
        NotFound, NotAllowed, Conflict: as for a step.
        InvalidInput: a sort that is not known, words missing or too long, a time to come.
    """
    case, bundle = await held(tx, copies, ident, viewer, now, may=may_record, who=N_("Those who work on the case can."))
    if sort not in get_args(FindingSort):
        raise wrong("sort", N_("This is not one of the choices."), N_("Choose from the list."))
    texts = {"source": said("source", source, limit=LINE_LIMIT), "text": said("text", text)}
    if reference and reference.strip():
        texts["reference"] = said("reference", reference, limit=LINE_LIMIT)
    try:
        at = now if found_at in (None, "") else read_moment(found_at, bundle.zone)
    except (ValueError, OverflowError) as error:
        raise wrong(
            "found_at", N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05 or 20/11/2569 14:05.")
        ) from error
    if at > now:
        raise wrong("found_at", N_("This time lies ahead."), N_("Give the time when it happened."))
    case = case.changed(now)
    fields = {"sort": sort, "found_at": at.isoformat()}
    await write(tx, case, Line("finding", now, "staff", viewer.staff_id, fields=fields, texts=texts))
    tx.announce(
        FindingRecorded(
            **announcement(case, by=viewer.staff_id, at=now),
            sort=sort,
            found_at=at,
            texts={name: FreeText.of(words) for name, words in texts.items()},
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(case.id, case.state, case.version)
