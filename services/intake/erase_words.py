"""Erase the words of a case (personal-data law): blank them here and announce it, so that every service does the same.

What stays is what no longer says who it was or what they wrote: numbers, times, categories, and the chain of digests.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.cases import ENDED
from schemas.complaints import WordsErased
from services.intake.dossier.learn_dossier import drop_dossiers
from services.intake.files.erase_file import erase_files_of_case
from services.intake.filing import invalid
from services.intake.subjects.forget_identity import blank_identity, dispose
from services.kit.database import Transaction
from services.kit.erasure import erase_journal_words
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_


class StillOpen(Conflict):
    """The case is open; its words are needed to handle it. Erase them when it has ended."""

    code = "case-open"


async def erase_words(
    tx: Transaction,
    case_id: UUID,
    *,
    legal_ground: str,
    by: UUID | None,
    now: datetime,
    request_id: UUID | None = None,
) -> None:
    """Blank every text and the identity of an ended case, and announce it. Done before, nothing happens.

    Raises:
        StillOpen: the case has not ended.
        InvalidInput: no legal ground was given.
    """
    if not legal_ground:
        problem = FieldProblem("legal_ground", N_("An erasure needs its legal ground."), N_("Name law and section."))
        raise invalid([problem])
    row = await tx.fetchrow(
        "select c.erased_at, t.state from intake.complaint c left join intake.tracking t on t.case_id = c.id"
        " where c.id = $1 for update of c",
        case_id,
    )
    if row is None or row["state"] not in ENDED:
        raise StillOpen(
            N_("The case is still open; its words are needed to handle it."), N_("Erase them once it has ended.")
        )
    if row["erased_at"] is not None:
        return
    await dispose(tx, case_id, "case", ground=legal_ground, by=by, now=now, request_id=request_id)
    await blank_words(tx, case_id, now)
    tx.announce(WordsErased(by=by, at=now, legal_ground=legal_ground), case_id=case_id, at=now)


async def blank_words(tx: Transaction, case_id: UUID, now: datetime) -> None:
    """Blank what intake keeps about a case in words, in tables and journal."""
    await blank_identity(tx, case_id, now)
    await drop_dossiers(tx, case_id, now)
    await tx.execute(
        "update intake.complaint set narrative = null, remedy_sought = null, location = null, reference = null,"
        " subject_person = null, erased_at = $2 where id = $1",
        case_id,
        now,
    )
    await tx.execute(
        "update intake.tracking set proposal = null, decision = null, asked = null, subject_person = null"
        " where case_id = $1",
        case_id,
    )
    for table in ("tracking_step", "complainant_action"):
        await tx.execute(f"update intake.{table} set words = null where case_id = $1", case_id)
    await tx.execute(
        "update intake.message set subject = null, text = null, data = '{}', extra = '{}',"
        " state = case when state in ('queued', 'sending') then 'dropped' else state end where case_id = $1",
        case_id,
    )
    await tx.execute("update intake.line_message set name = null where case_id = $1", case_id)
    await tx.execute("update intake.identity_look set reason = '' where case_id = $1", case_id)
    await tx.execute("update intake.receipt_correction set reason = null where case_id = $1", case_id)
    await erase_files_of_case(tx, case_id, now)
    await erase_journal_words(tx, case_id)
