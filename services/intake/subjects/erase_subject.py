"""Erase or pseudonymise what is kept of a person, case by case; an open case waits for its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.intake.erase_words import erase_words
from services.intake.filing import invalid
from services.intake.subjects.find_subject import SubjectCase
from services.intake.subjects.forget_identity import forget_identity
from services.intake.subjects.record_request import SHORTEST, note_step
from services.intake.subjects.settle_request import open_request
from services.kit.database import Transaction
from services.kit.errors import FieldProblem
from services.kit.i18n import N_

How = Literal["erase", "forget"]
"""`erase`: words, files and identity go; `forget`: the identity goes and the words stay (pseudonymisation)."""


async def erase_subject(
    tx: Transaction, request_id: UUID, cases: Sequence[SubjectCase], how: How, ground: str, *, by: UUID | None,
    now: datetime,
) -> dict[str, int]:  # fmt: skip
    """Do it for every case that has ended, and note the others to be done when they have; how many of each.

    An open case is handled with what was given for it: erasing it would leave the complaint unanswered. Its words and
    identity are erased by the schedule as soon as it has ended.

    Raises:
        InvalidInput: no legal ground was given, or no case was chosen.
        RequestSettled: the request is not open any more.
    """
    await open_request(tx, request_id)
    problems = []
    if len(ground) < SHORTEST:
        problems.append(FieldProblem("ground", N_("An erasure needs its legal ground."), N_("Name law and section.")))
    if not cases:
        problems.append(FieldProblem("cases", N_("No case is chosen."), N_("Choose at least one.")))
    if problems:
        raise invalid(problems)
    counted = {"erased": 0, "forgotten": 0, "waiting": 0}
    for case in cases:
        done = await _one(tx, request_id, case, how, ground, by=by, now=now)
        counted[done] += 1
        await tx.execute(
            "update intake.subject_request_case set done = $3, at = $4 where request_id = $1 and case_id = $2",
            request_id,
            case.case_id,
            done,
            now,
        )
    await note_step(tx, request_id, how, by=by, now=now, detail=counted, reason=ground)
    return counted


async def _one(
    tx: Transaction, request_id: UUID, case: SubjectCase, how: How, ground: str, *, by: UUID | None, now: datetime
) -> Literal["erased", "forgotten", "waiting"]:
    if not case.ended:
        return "waiting"
    if how == "forget":
        await forget_identity(tx, case.case_id, ground=ground, by=by, now=now, request_id=request_id)
        return "forgotten"
    await erase_words(tx, case.case_id, legal_ground=ground, by=by, now=now, request_id=request_id)
    return "erased"
