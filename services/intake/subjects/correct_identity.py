"""Correct name and contacts in a person's cases: what they say now is where they are reached from now on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from schemas.complaints import IdentityHandled
from schemas.envelope import FreeText
from services.intake.contacts.keeping import Contacts
from services.intake.filing import Complainant, clean, invalid, problems_of
from services.intake.subjects.find_subject import SubjectCase
from services.intake.subjects.record_request import SHORTEST, note_step
from services.intake.subjects.settle_request import open_request
from services.kit.database import Transaction
from services.kit.errors import FieldProblem
from services.kit.i18n import N_

FIELDS = ("name", "phone", "email")


def read_correction(given: Mapping[str, str]) -> dict[str, str]:
    """The fields to be corrected, in the spelling of the store; what is left empty stays as it is.

    Raises:
        InvalidInput: nothing is given, or a number or address is none.
    """
    from pydantic import ValidationError

    try:
        who = Complainant.model_validate({name: given.get(name) or None for name in FIELDS})
    except ValidationError as error:
        raise invalid(problems_of(error)) from None
    wanted = {name: str(value) for name in FIELDS if (value := getattr(who, name))}
    if not wanted:
        raise invalid(
            [FieldProblem("name", N_("Nothing is to be corrected."), N_("Fill in what is right; the rest stays."))]
        )
    return wanted


async def correct_identity(
    tx: Transaction, request_id: UUID, cases: Sequence[SubjectCase], wanted: Mapping[str, str], reason: str, *,
    contacts: Contacts, by: UUID | None, now: datetime,
) -> int:  # fmt: skip
    """Correct it in every chosen case that still has an identity, and announce which fields; returns how many.

    Raises:
        InvalidInput: no reason was given, or no chosen case has an identity.
        RequestSettled: the request is not open any more.
    """
    await open_request(tx, request_id)
    known = [case for case in cases if case.has_identity]
    problems = []
    if len(reason) < SHORTEST:
        problems.append(FieldProblem("reason", N_("A correction needs its reason."), N_("Say what showed it.")))
    if not known:
        problems.append(
            FieldProblem(
                "cases", N_("In none of the chosen cases is a name or contact kept."), N_("Choose another case.")
            )
        )
    if problems:
        raise invalid(problems)
    for case in known:
        await _correct(tx, case.case_id, wanted, contacts, now)
        await tx.execute(
            "update intake.subject_request_case set done = 'corrected', at = $3 where request_id = $1 and case_id = $2",
            request_id,
            case.case_id,
            now,
        )
        fact = IdentityHandled(
            what="corrected", by=by, at=now, fields=tuple(sorted(wanted)), reason=FreeText.of(clean(reason))
        )
        tx.announce(fact, case_id=case.case_id, at=now)
    detail = {"cases": len(known), "fields": sorted(wanted)}
    await note_step(tx, request_id, "correct", by=by, now=now, detail=detail, reason=clean(reason))
    return len(known)


async def _correct(
    tx: Transaction, case_id: UUID, wanted: Mapping[str, str], contacts: Contacts, now: datetime
) -> None:
    for name, value in wanted.items():
        await tx.execute(
            # A row sealed with two keys is marked as unsealed: then all of it is sealed again.
            f"update intake.identity set {name} = $2, sealed_by = case when sealed_by = $3 then sealed_by end"
            " where complaint_id = $1",
            case_id,
            contacts.sealed(value, "identity", name, case_id),
            contacts.seal.newest,
        )
        if name == "name":
            continue
        digest = contacts.digest(name, value)
        await tx.execute(f"update intake.identity set {name}_digest = $2 where complaint_id = $1", case_id, digest)
        # The next complaint from there is known as one of the same complainant; who was known by it stays so.
        await tx.execute(
            "insert into intake.contact (digest, ref, known_since) select $2, complainant_ref, $3"
            " from intake.complaint where id = $1 and complainant_ref is not null on conflict do nothing",
            case_id,
            digest,
            now,
        )
    if "email" in wanted:
        # Answers go to the corrected address, not to where an earlier mail came from.
        await tx.execute("delete from intake.reply_address where case_id = $1 and channel = 'email'", case_id)
