"""Change what a case is: its kind, category or coded cause, with a reason and reversibly (7.5, 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from schemas.cases import CaseReclassified
from schemas.complaints import Kind
from schemas.envelope import FreeText
from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.routing.actors import works
from services.routing.case import Case
from services.routing.moving import moved_to
from services.routing.store import Line, announcement, write
from services.routing.suggest.read_suggestion import read_suggestions
from services.routing.transition_case import Moved, owner_for
from services.routing.writing import held, said, wrong

OVERSEERS = ("centre", "supervisor")


def may_reclassify(case: Case, member: StaffMember, bundle: PolicyBundle) -> bool:
    """Those who work the case; the centre and supervisors within their scope."""
    return works(case, member, bundle) or not set(OVERSEERS).isdisjoint(member.roles)


async def reclassify_case(
    tx: Transaction,
    copies: Copies,
    ident: str | UUID,
    *,
    kind: str | None = None,
    category: str | None = None,
    cause: str | None = None,
    reason: str | None,
    viewer: StaffMember,
    expected_version: int | None = None,
    now: datetime,
) -> Moved:
    """Change what is given. A case that turns out to be misconduct goes at once to the restricted unit.

    Raises:
        NotFound, StaleCase, NotAllowed: as for a step.
        Conflict: calling it spam takes it out of the count, which needs someone other than its owner.
        InvalidInput: no reason, or a code that is not known.
    """
    case, bundle = await held(
        tx, copies, ident, viewer, now, may=may_reclassify, expected_version=expected_version, open_only=False,
        who=N_("An officer of the unit, a supervisor or the complaint centre can."),
    )  # fmt: skip
    why = said("reason", reason)
    values = _values(case, bundle, kind, category, cause)
    if not values:
        return Moved(case.id, case.state, case.version)
    if values.get("kind") == "spam" and case.owner == viewer.staff_id:
        raise Conflict(
            N_("You own this case."), N_("Taking it out of the count as spam needs somebody who does not own it.")
        )
    values |= await _restricted(tx, copies, case, bundle, values.get("category"), now)
    moved = case.changed(now, **values)
    changed: dict[str, Any] = {name: values[name] for name in ("kind", "category", "cause", "unit") if name in values}
    before = {f"{name}_before": getattr(case, name) for name in changed}
    line = Line("reclassified", now, "staff", viewer.staff_id, reason=why, fields={**before, **changed})
    await write(tx, moved, line)
    kind_before: Any = case.kind
    suggested = (await read_suggestions(tx, case.id, bundle)).get("category") if "category" in values else None
    tx.announce(
        CaseReclassified(
            **announcement(moved, by=viewer.staff_id, at=now),
            kind_before=kind_before,
            category_before=case.category,
            reason=FreeText.of(why),
            suggestion=suggested.event() if suggested else None,
        ),
        case_id=case.id,
        at=now,
    )
    return Moved(moved.id, moved.state, moved.version)


def _values(
    case: Case, bundle: PolicyBundle, kind: str | None, category: str | None, cause: str | None
) -> dict[str, Any]:
    known: Mapping[str, tuple[str | None, bool]] = {
        "kind": (kind, kind in get_args(Kind)),
        "category": (category, bool(category) and bundle.has("categories", category or "")),
        "cause": (cause, bool(cause) and bundle.has("causes", cause or "")),
    }
    for name, (value, is_known) in known.items():
        if value is not None and not is_known:
            raise wrong(name, N_("This is not one of the choices."), N_("Choose from the list."))
    return {name: value for name, (value, _) in known.items() if value is not None and value != getattr(case, name)}


async def _restricted(
    tx: Transaction, copies: Copies, case: Case, bundle: PolicyBundle, category: str | None, now: datetime
) -> dict[str, Any]:
    if category is None or case.restricted or not bundle.is_misconduct(category):
        return {"safety": True} if category is not None and bundle.is_safety(category) else {}
    unit = bundle.restricted_unit
    owner = await owner_for(tx, copies, case, bundle, unit, None, now) if case.open else None
    return {"owner": owner, **moved_to(case, unit, bundle, counts=case.state not in ("received", "assessed"))}
