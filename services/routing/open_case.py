"""Open a case for each complaint filed: the rules assess and assign it without a person (ISO 10002 7.2, 7.5, 5.4).

Set-based: a batch of complaints costs as many statements as one. What was imported is opened where its history left it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from schemas.cases import ENDED, CaseImported, CaseMoved
from schemas.complaints import ComplaintFiled, History
from schemas.envelope import Event
from schemas.policy import PolicyBundle
from services.kit.approving import approving_unit_for
from services.kit.copies import Copies, Staff
from services.kit.database import Transaction
from services.kit.gist import gist_of
from services.kit.listening import NotYet, Received
from services.kit.placing import Placement, facts_of, place
from services.routing.assignment import candidates, least_loaded
from services.routing.case import Case
from services.routing.learn_clock import refresh_due
from services.routing.merging.split_case import link_split
from services.routing.store import Line, announcement, insert_lines, open_counts
from services.routing.units import subject_unit_kept

WAIT_FOR_SUBJECT = timedelta(seconds=5)
"""How long a complaint waits for the record of the person complained of, which another journal brings."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A complaint on its way to becoming a case."""

    event: Event
    filed: ComplaintFiled
    bundle: PolicyBundle
    placement: Placement
    subject_unit: str | None


async def open_cases(tx: Transaction, copies: Copies, received: Sequence[Received], now: datetime) -> None:
    """Open a case for every complaint of a batch, and announce what became of it.

    Raises:
        NotYet: a policy version, or the record of a person complained of, has not arrived.
    """
    staff = await copies.staff(tx)
    openings = [await _placed(tx, copies, staff, event, filed, now) for event, filed in received]
    among = {
        (id(opening.bundle), opening.placement.unit): candidates(
            opening.bundle, staff, opening.placement.unit, here_at=now
        )
        for opening in openings
    }
    load = await open_counts(tx, {member.staff_id for members in among.values() for member in members})
    cases: list[tuple[Opening, Case]] = []
    lines: list[tuple[UUID, int | None, Line]] = []
    for opening in openings:
        if opening.filed.history is not None:
            case = _imported(tx, opening, opening.filed.history, staff, lines)
        else:
            fitting = among[id(opening.bundle), opening.placement.unit]
            case = _routed(tx, opening, fitting, load, now, lines)
        cases.append((opening, case))
    await _insert(tx, cases)
    await insert_lines(tx, lines)
    for opening, case in cases:
        await link_split(tx, case, opening.filed, max(now, case.changed_at))
    await refresh_due(tx, [case.id for _, case in cases])


async def _placed(
    tx: Transaction, copies: Copies, staff: Staff, event: Event, filed: ComplaintFiled, now: datetime
) -> Opening:
    bundle = await copies.policy(tx, filed.policy_version)
    about = filed.subject
    unit = about.unit if about else None
    if about is not None and about.person is not None:
        member = staff.by_username.get(about.person)
        if member is None and now - event.recorded_at < WAIT_FOR_SUBJECT:
            raise NotYet("the record of the person complained of has not arrived yet")
        unit = member.unit if member else unit
    return Opening(event, filed, bundle, place(bundle, facts_of(filed), subject_unit=unit), unit)


# ---- by the rules


def _received(opening: Opening) -> Case:
    filed, placement, bundle = opening.filed, opening.placement, opening.bundle
    about = subject_unit_kept(bundle, opening.subject_unit)
    return Case(
        id=opening.event.case_id,
        tracking_number=filed.tracking_number,
        state="received",
        version=1,
        unit=placement.unit,
        approving_unit=approving_unit_for(bundle, placement.unit, about),
        channel=filed.channel,
        policy_version=filed.policy_version,
        received_at=filed.received_at,
        changed_at=filed.recorded_at,
        kind=filed.kind,
        category=placement.category,
        priority=placement.priority,
        service_point=filed.service_point,
        segment=filed.segment,
        safety=placement.safety,
        restricted=placement.restricted,
        subject_unit=about,
        subject_person=filed.subject.person if filed.subject else None,
        historical=opening.event.historical,
    )


def _routed(
    tx: Transaction,
    opening: Opening,
    among: Sequence[Any],
    load: dict[UUID, int],
    now: datetime,
    lines: list[tuple[UUID, int | None, Line]],
) -> Case:
    filed, placement = opening.filed, opening.placement
    case = _received(opening)
    at = max(now, filed.received_at)
    actor = "staff" if filed.filed_by else "complainant"
    _tell(tx, opening, None, case, lines, filed.received_at, actor, {"channel": filed.channel}, by=filed.filed_by)
    ratings = placement.ratings.model_dump()
    assessed = case.changed(at, state="assessed", ratings=ratings)
    _tell(tx, opening, case, assessed, lines, at, "rules", {**ratings, "priority": placement.priority})
    if placement.triage:
        return assessed
    owner = least_loaded(among, load, subject_person=case.subject_person)
    assigned = assessed.changed(at, state="assigned", owner=owner.staff_id if owner else None)
    fields = {"unit": assigned.unit, "owner": str(owner.staff_id) if owner else None}
    _tell(tx, opening, assessed, assigned, lines, at, "rules", fields)
    return assigned


def _tell(
    tx: Transaction,
    opening: Opening,
    before: Case | None,
    case: Case,
    lines: list[tuple[UUID, int | None, Line]],
    at: datetime,
    actor: Any,
    fields: Mapping[str, Any],
    by: UUID | None = None,
) -> None:
    rule = opening.placement.rule if actor == "rules" else None
    came_from: Any = before.state if before else None
    public = case.state != "assessed"
    lines.append(
        (case.id, case.version, Line("moved", at, actor, by, came_from, case.state, rule, None, fields, public=public))
    )
    to: Any = case.state
    tx.announce(
        CaseMoved(
            **announcement(case, by=by, at=at, actor=actor),
            came_from=came_from,
            to=to,
            rule=rule,
            fields=dict(fields),
        ),
        case_id=case.id,
        at=at,
        historical=opening.event.historical,
    )


# ---- by its history


def _imported(
    tx: Transaction, opening: Opening, history: History, staff: Staff, lines: list[tuple[UUID, int | None, Line]]
) -> Case:
    filed, bundle = opening.filed, opening.bundle
    case = _received(opening)
    unit = history.unit if history.unit and bundle.has_unit(history.unit) else case.unit
    owner = staff.by_username.get(history.owner) if history.owner else None
    case = replace(
        case,
        state=history.state,
        unit=unit,
        approving_unit=approving_unit_for(bundle, unit, case.subject_unit),
        restricted=case.restricted or bundle.unit(unit).restricted,
        owner=owner.staff_id if owner else None,
        priority=history.priority or case.priority,
        ratings=opening.placement.ratings.model_dump(),
        decided_at=history.decided_at,
        told_at=history.decided_at,
        ended_at=(history.closed_at or history.decided_at) if history.state in ENDED else None,
        reopened_count=history.reopened_count,
        cause=history.cause,
        historical=True,
    )
    at = filed.recorded_at
    lines.append((case.id, 1, Line("moved", filed.received_at, "complainant", None, None, "received", public=True)))
    lines.append((case.id, 1, Line("imported", at, "system", filed.filed_by, "received", case.state)))
    tx.announce(
        CaseImported(**announcement(case, by=filed.filed_by, at=at, actor="system"), history=history),
        case_id=case.id,
        at=at,
        historical=True,
    )
    return case


# ---- writing

_FROM_CASE = {
    "id": "uuid", "tracking_number": "text", "state": "text", "version": "int", "unit": "text",
    "approving_unit": "text", "channel": "text", "policy_version": "text", "received_at": "timestamptz",
    "changed_at": "timestamptz", "kind": "text", "owner": "uuid", "priority": "text", "category": "text",
    "service_point": "text", "segment": "text", "safety": "bool", "restricted": "bool", "subject_unit": "text",
    "subject_person": "text", "cause": "text", "decided_at": "timestamptz", "told_at": "timestamptz",
    "ended_at": "timestamptz", "transfers": "int", "reopened_count": "int", "historical": "bool", "ratings": "jsonb",
    "open_tasks": "int", "open_remedies": "int", "notices": "int",
}  # fmt: skip

_FROM_FILED = {
    "gist": "text", "narrative": "text", "remedy_sought": "text", "location": "text", "reference": "text",
    "identity": "text", "complainant_ref": "uuid", "represented": "bool", "language": "text",
    "happened_at": "timestamptz", "recorded_at": "timestamptz", "acknowledged_at": "timestamptz",
    "external_reference": "text", "filed_by": "uuid", "rule": "text", "due_at": "timestamptz", "due_target": "text",
    "due_started_at": "timestamptz", "paused": "bool", "missed": "bool",
}  # fmt: skip

_COLUMNS = {**_FROM_CASE, **_FROM_FILED}

INSERT = (
    f"insert into routing.case ({', '.join(_COLUMNS)}) select * from unnest("
    + ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_COLUMNS.values(), start=1))
    + ")"
)


def _filed_values(opening: Opening, case: Case) -> tuple[Any, ...]:
    filed = opening.filed
    narrative = filed.narrative.text
    promised = [
        (at, target)
        for target in ("first_contact", "resolve")
        if case.open and (at := getattr(filed.promised, target)) is not None
    ]
    due_at, due_target = min(promised, default=(None, None))
    acknowledged_at = filed.history.acknowledged_at if filed.history else None
    return (
        gist_of(narrative) if narrative else "", narrative,
        filed.remedy_sought.text if filed.remedy_sought else None, filed.location.text if filed.location else None,
        filed.reference, filed.identity, filed.complainant_ref, filed.represented, filed.language, filed.happened_at,
        filed.recorded_at, acknowledged_at or filed.acknowledged_at, filed.external_reference, filed.filed_by,
        opening.placement.rule, due_at, due_target, filed.received_at if due_at else None, False, False,
    )  # fmt: skip


async def _insert(tx: Transaction, cases: Sequence[tuple[Opening, Case]]) -> None:
    rows = [(*(getattr(case, name) for name in _FROM_CASE), *_filed_values(opening, case)) for opening, case in cases]
    await tx.execute(INSERT, *(list(column) for column in zip(*rows, strict=True)))
