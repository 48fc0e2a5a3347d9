"""A member of staff takes a step with a case: the one way in which people move cases (domain §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.cases import CaseMoved
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import FieldProblem, InvalidInput, NotFound
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.routing.allowed import StaleCase, StepNotAllowed, chosen_step
from services.routing.assignment import candidates, least_loaded
from services.routing.case import Case
from services.routing.form_reading import clean, read
from services.routing.forms import WORDS_LIMIT, Filled
from services.routing.guards import Ask
from services.routing.lifecycle import Transition
from services.routing.merging.merge_case import hold_in_order, join, separate
from services.routing.moving import Step, after
from services.routing.remedy_tasks import finish_remedies, replace_remedy
from services.routing.steps import form_for
from services.routing.store import (
    Line,
    announcement,
    find_case,
    insert_lines,
    lock_case,
    no_such_case,
    open_counts,
    write,
)

PUBLIC = frozenset(
    {
        "received", "assigned", "investigating", "awaiting_complainant", "awaiting_third_party",
        "decision_communicated", "implementing", "internal_review", "external_dispute", "closed", "reopened",
        "not_accepted", "referred", "merged", "withdrawn",
    }
)  # fmt: skip
"""States whose reaching the complainant is shown; a proposal is internal until it is decided."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a step."""

    id: UUID
    state: str
    version: int


async def case_in_scope(
    tx: Transaction, copies: Copies, ident: str | UUID, viewer: StaffMember, now: datetime, *, lock: bool = True
) -> tuple[Case, PolicyBundle]:
    """The case, held until the transaction ends unless told otherwise, with the policy it is judged by.

    Raises:
        NotFound: there is none, or it is outside the viewer's scope; the two look the same.
    """
    case = await (lock_case if lock else find_case)(tx, ident)
    if not scope_of(await copies.in_force(tx, now), viewer).sees_case(case):
        raise no_such_case()
    return case, await copies.policy(tx, case.policy_version)


def check_version(case: Case, expected: int | None) -> None:
    """Refuse a change that was made on an older reading.

    Raises:
        StaleCase: the case has another version.
    """
    if expected is not None and expected != case.version:
        raise StaleCase(case)


async def transition(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    to: str,
    fields: Mapping[str, Any] | None = None,
    reason: str | None = None,
    viewer: StaffMember,
    expected_version: int | None,
    now: datetime,
) -> Moved:
    """Take a step of the table; writes the case and its timeline and announces it.

    Args:
        expected_version: the version the viewer saw; None takes the step whatever it is.

    Raises:
        NotFound: no such case within the viewer's scope.
        StaleCase: the case was changed since.
        StepNotAllowed: the step is not possible, or not for this viewer; says what is.
        InvalidInput: what the step records is incomplete or wrong, field by field.
    """
    if to == "merged":
        await hold_in_order(tx, ident, (fields or {}).get("into"))
    case, bundle = await case_in_scope(tx, copies, ident, viewer, now)
    check_version(case, expected_version)
    ask = Ask(case, viewer, bundle, now)
    chosen = chosen_step(case, to, ask)
    given = dict(fields or {})
    form = form_for(chosen.form, case)
    if reason and "reason" in form.names():
        given.setdefault("reason", reason)
    filled = read(form, given, case, bundle, now)
    if reason and "reason" not in form.names():
        filled.texts["reason"] = clean(reason)[:WORDS_LIMIT]
    if filled.fields:
        chosen_step(case, to, Ask(case, viewer, bundle, now, filled.fields))
    filled = await _resolved(tx, copies, case, chosen, filled, bundle, viewer, now)
    moved = after(case, Step(to, filled, viewer.staff_id, now, bundle))
    granted = to == "decision_communicated" and bool((moved.decision or {}).get("remedy"))
    await record_move(tx, case, moved, filled, by=viewer.staff_id, actor="staff", at=now, row_follows=granted)
    if to == "decision_communicated":
        moved = await replace_remedy(tx, moved, bundle, by=viewer.staff_id, now=now)
    elif to == "closed":
        moved = await finish_remedies(tx, moved, filled, by=viewer.staff_id, now=now)
    elif to == "merged":
        await join(tx, moved, reason=filled.texts.get("reason"), by=viewer.staff_id, now=now)
    elif case.state == "merged":
        await separate(tx, moved, reason=filled.texts.get("reason"), by=viewer.staff_id, now=now)
    return Moved(moved.id, moved.state, moved.version)


async def record_move(
    tx: Transaction,
    before: Case,
    moved: Case,
    filled: Filled,
    *,
    by: UUID | None,
    actor: Any,
    at: datetime,
    rule: str | None = None,
    row_follows: bool = False,
) -> None:
    """Write a move and announce it. What was granted with a decision travels with it.

    Args:
        row_follows: the caller writes the case again in this transaction, so that its row need not be written twice.
    """
    texts = dict(filled.texts)
    reason = texts.pop("reason", None)
    fields = dict(filled.fields)
    if moved.state == "decision_communicated" and moved.decision:
        granted = {name: moved.decision.get(name) for name in ("remedy", "baht", "authority", "deliver_by")}
        fields |= {name: value for name, value in granted.items() if value is not None}
    if moved.state == "assessed" and moved.ratings:
        fields["priority"] = moved.priority
    pause_until = (moved.waiting or {}).get("pause_until") if moved.state == "awaiting_complainant" else None
    line = Line(
        "moved", at, actor, by, before.state, moved.state, rule, reason, fields, texts, moved.state in PUBLIC
    )  # fmt: skip
    await (insert_lines(tx, [(moved.id, moved.version, line)]) if row_follows else write(tx, moved, line))
    tx.announce(
        CaseMoved(
            **announcement(moved, by=by, at=at, actor=actor),
            came_from=before.state,
            to=moved.state,
            rule=rule,
            reason=FreeText.of(reason) if reason else None,
            fields=fields,
            texts={name: FreeText.of(text) for name, text in texts.items()},
            pause_until=datetime.fromisoformat(pause_until) if pause_until else None,
        ),
        case_id=moved.id,
        at=at,
    )


async def _resolved(
    tx: Transaction,
    copies: Copies,
    case: Case,
    chosen: Transition,
    filled: Filled,
    bundle: PolicyBundle,
    viewer: StaffMember,
    now: datetime,
) -> Filled:
    """What a step names, found: the officer who takes the case, the case it is merged into."""
    if chosen.to == "assigned":
        owner = await owner_for(tx, copies, case, bundle, filled.fields["unit"], filled.fields.get("owner"), now)
        return Filled({**filled.fields, "owner": str(owner) if owner else None}, filled.texts)
    if chosen.to == "merged":
        return Filled({**filled.fields, **await _merge_target(tx, copies, case, filled, viewer, now)}, filled.texts)
    return filled


async def owner_for(
    tx: Transaction, copies: Copies, case: Case, bundle: PolicyBundle, unit: str, named: str | None, now: datetime
) -> UUID | None:
    """The officer of `unit` who takes the case: the one named, else the least loaded on duty, else nobody.

    Raises:
        InvalidInput: the one named is no active officer of that unit, or is the one complained of.
    """
    staff = await copies.staff(tx)
    if named is None:
        among = candidates(bundle, staff, unit, here_at=now)
        chosen = least_loaded(
            among, await open_counts(tx, [m.staff_id for m in among]), subject_person=case.subject_person
        )
        return chosen.staff_id if chosen else None
    fitting = {key: m for m in candidates(bundle, staff, unit, here_at=None) for key in (m.username, str(m.staff_id))}
    member = fitting.get(named)
    if member is None or member.username == case.subject_person:
        raise InvalidInput(
            N_("Some fields of this step need changing."),
            N_("Nothing was saved; correct the fields."),
            fields=[
                FieldProblem("owner", N_("This is no officer who can take it."), N_("Name an officer of that unit."))
            ],
        )
    return member.staff_id


async def _merge_target(
    tx: Transaction, copies: Copies, case: Case, filled: Filled, viewer: StaffMember, now: datetime
) -> dict[str, str]:
    """The case that takes this one in; it goes on itself, and the viewer can see it."""
    try:
        target, _ = await case_in_scope(tx, copies, str(filled.fields["into"]), viewer, now, lock=False)
    except NotFound:
        target = case
    if (
        target.id == case.id
        or target.restricted != case.restricted
        or target.state in ("merged", "withdrawn", "not_accepted")
    ):
        raise InvalidInput(
            N_("Some fields of this step need changing."),
            N_("Nothing was saved; correct the fields."),
            fields=[
                FieldProblem("into", N_("No other case goes on under this number."), N_("Check the tracking number."))
            ],
        )
    return {"into": target.tracking_number, "into_id": str(target.id)}


__all__ = ["Moved", "StaleCase", "StepNotAllowed", "case_in_scope", "record_move", "transition"]
