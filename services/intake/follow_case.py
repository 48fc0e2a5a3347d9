"""Keep up with routing: where a case stands, who has it, and what its complainant is told about each step.

Set-based, since every step of every case passes here. The newest version of a case wins; a step is keyed by its event,
so a repeat adds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from schemas.cases import ActionRefused, CaseMoved, CaseReassigned, ContactRecorded
from schemas.envelope import FreeText, words
from services.kit.database import Transaction
from services.kit.journal import columns
from services.kit.listening import Received


class NewStep(NamedTuple):
    """A line to be added to a timeline; `position` is that of its event in its journal."""

    case_id: UUID
    event_id: UUID
    position: int
    at: datetime
    code: str
    detail: dict[str, Any]
    words: str | None = None


_SNAPSHOT = (
    "case_id", "version", "state", "state_at", "kind", "unit", "owner", "approving_unit", "restricted",
    "subject_unit", "subject_person", "reopened_count",
)  # fmt: skip
_SNAPSHOT_TYPES = "uuid,int,text,timestamptz,text,text,uuid,text,bool,text,text,int"
_NEWER = ", ".join(
    f"{name} = excluded.{name}" for name in _SNAPSHOT if name not in ("case_id", "state_at")
) + ", state_at = case when t.state = excluded.state then t.state_at else excluded.state_at end"  # fmt: skip


async def follow_snapshots(tx: Transaction, received: Sequence[Received]) -> None:
    """Take over what routing holds of each case: the newest of what came, whatever was in between."""
    newest: dict[UUID, Received] = {}
    left: dict[UUID, Received] = {}
    """What a case came from, where one batch took it out of a state: else coming back to it would not show."""
    for item in received:
        case_id, before = item.event.case_id, newest.get(item.event.case_id)
        if before is not None and before.fact.case.version >= item.fact.case.version:
            continue
        if before is not None and before.fact.case.state != item.fact.case.state:
            left[case_id] = before
        newest[case_id] = item
    if left:
        await _take_snapshots(tx, list(left.values()))
    await _take_snapshots(tx, list(newest.values()))


async def _take_snapshots(tx: Transaction, received: Sequence[Received]) -> None:
    await tx.execute(
        f"insert into intake.tracking as t ({', '.join(_SNAPSHOT)})"
        f" select * from unnest({_unnested(_SNAPSHOT_TYPES)})"
        f" on conflict (case_id) do update set {_NEWER} where t.version < excluded.version",
        *columns([_snapshot(item) for item in received], len(_SNAPSHOT)),
    )


def _snapshot(item: Received) -> tuple[Any, ...]:
    case = item.fact.case
    return (
        item.event.case_id, case.version, case.state, item.fact.at, case.kind, case.unit, case.owner,
        case.approving_unit, case.restricted, case.subject_unit, case.subject_person, case.reopened_count,
    )  # fmt: skip


def _unnested(types: str) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(types.split(","), 1))


async def follow_moves(tx: Transaction, received: Sequence[Received]) -> None:
    """Take over the steps of each case, several of one case in their order, with what the complainant reads of them."""
    await follow_snapshots(tx, received)
    told: dict[UUID, _Told] = {}
    for item in received:
        told[item.event.case_id] = _told_after(told.get(item.event.case_id, _Told()), item.fact)
    await tx.execute(
        "update intake.tracking t set decided_at = coalesce(m.decided_at, t.decided_at),"
        " proposal = case when erased then null else coalesce(m.proposal, t.proposal) end,"
        " decision = case when erased then null else coalesce(m.decision, t.decision) end,"
        " asked = case when erased then null else m.asked end,"
        " pending_action = case when m.answered then null else t.pending_action end"
        " from (select u.*, exists (select 1 from intake.complaint c"
        " where c.id = u.case_id and c.erased_at is not null) as erased"
        " from unnest($1::uuid[], $2::timestamptz[], $3::jsonb[], $4::jsonb[], $5::text[], $6::bool[])"
        " as u(case_id, decided_at, proposal, decision, asked, answered)) m where t.case_id = m.case_id"
        # Most steps say none of this: their row stays as it is.
        " and (m.erased or m.answered or m.asked is distinct from t.asked"
        " or num_nonnulls(m.decided_at, m.proposal, m.decision) > 0)",
        *columns([(case_id, *each) for case_id, each in told.items()], 6),
    )
    await add_steps(tx, [step for item in received if (step := _step_of(item)) is not None])


class _Told(NamedTuple):
    """What the complainant reads of the steps of a case."""

    decided_at: datetime | None = None
    proposal: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    asked: str | None = None
    answered: bool = False
    """Whether one of the steps was the answer to what the complainant did."""


def _told_after(before: _Told, fact: CaseMoved) -> _Told:
    return _Told(
        fact.at if fact.to == "decision_communicated" else before.decided_at,
        _recorded(fact, "response_proposed") or before.proposal,
        _recorded(fact, "decision_communicated") or before.decision,
        _said(fact.texts.get("what")) if fact.to == "awaiting_complainant" else None,
        before.answered or fact.actor == "complainant",
    )


def _recorded(fact: CaseMoved, state: str) -> dict[str, Any] | None:
    """What a step into `state` records, as plain values; JSON-ready."""
    if fact.to != state:
        return None
    return {"at": fact.at.isoformat(), **fact.fields, **{name: _said(text) for name, text in fact.texts.items()}}


def _said(text: FreeText | None) -> str | None:
    return words(text)


_UNSEEN = {("assigned", "assessed"), ("response_proposed", "investigating")}
"""Steps back inside the enterprise, which say nothing to the complainant."""

_TOLD_WHY = frozenset({"not_accepted", "referred", "merged"})


def _step_of(item: Received) -> NewStep | None:
    fact: CaseMoved = item.fact
    came_from, to = fact.came_from, fact.to
    if to == "received" or (came_from, to) in _UNSEEN:
        return None
    code: str = to
    said: str | None = None
    if to == "decision_communicated":
        code = "review_told" if came_from == "internal_review" else code
        said = _said(fact.texts.get("reasons"))
    elif to == "investigating" and came_from in ("awaiting_complainant", "awaiting_third_party"):
        code = "resumed"
    elif to == "awaiting_complainant":
        said = _said(fact.texts.get("what"))
    elif came_from == "merged":
        code, said = "separated", _said(fact.reason or fact.texts.get("reason"))
    elif to in _TOLD_WHY:
        said = _said(fact.reason or fact.texts.get("reason"))
    return NewStep(
        item.event.case_id, item.event.id, item.event.position, fact.at, code, {"unit": fact.case.unit}, said
    )


async def follow_imports(tx: Transaction, received: Sequence[Received]) -> None:
    """Take over history: where the case stands, without a timeline."""
    await follow_snapshots(tx, received)
    await tx.execute(
        "update intake.tracking t set decided_at = coalesce(t.decided_at, m.decided_at)"
        " from unnest($1::uuid[], $2::timestamptz[]) as m(case_id, decided_at) where t.case_id = m.case_id",
        *columns([(item.event.case_id, item.fact.case.decided_at) for item in received], 2),
    )


async def follow_reassignments(tx: Transaction, received: Sequence[Received]) -> None:
    """Take over a new owner or unit; a new unit is told."""
    await follow_snapshots(tx, received)
    steps = []
    for item in received:
        fact: CaseReassigned = item.fact
        if fact.case.unit != fact.unit_before:
            unit = {"unit": fact.case.unit}
            steps.append(NewStep(item.event.case_id, item.event.id, item.event.position, fact.at, "reassigned", unit))
    await add_steps(tx, steps)


async def follow_contacts(tx: Transaction, received: Sequence[Received]) -> None:
    """Show what the enterprise wrote or said to the complainant."""
    await follow_snapshots(tx, received)
    steps = []
    for item in received:
        fact: ContactRecorded = item.fact
        if not fact.reached:
            continue  # an attempt that reached nobody is between the office and itself
        detail = {"medium": fact.medium, "unit": fact.case.unit, "progress": fact.progress}
        steps.append(
            NewStep(
                item.event.case_id,
                item.event.id,
                item.event.position,
                fact.contacted_at,
                "contact",
                detail,
                _said(fact.text),
            )
        )
    await add_steps(tx, steps)


async def follow_refusals(tx: Transaction, received: Sequence[Received]) -> None:
    """Tell the complainant that what they asked for could not be done any more."""
    await follow_snapshots(tx, received)
    await tx.execute(
        "update intake.tracking set pending_action = null where case_id = any($1::uuid[])",
        [item.event.case_id for item in received],
    )
    steps = []
    for item in received:
        fact: ActionRefused = item.fact
        steps.append(
            NewStep(item.event.case_id, item.event.id, item.event.position, fact.at, f"refused_{fact.action}", {})
        )
    await add_steps(tx, steps)


async def add_steps(tx: Transaction, steps: Sequence[NewStep]) -> None:
    """Add lines to timelines; one that is there already stays as it is. Words that were erased do not come back."""
    if not steps:
        return
    await tx.execute(
        "insert into intake.tracking_step (case_id, event_id, position, at, code, detail, words)"
        " select s.case_id, s.event_id, s.position, s.at, s.code, s.detail,"
        " case when exists (select 1 from intake.complaint c where c.id = s.case_id and c.erased_at is not null)"
        " then null else s.words end"
        " from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::jsonb[], $7::text[])"
        " as s(case_id, event_id, position, at, code, detail, words) on conflict do nothing",
        *columns(steps, 7),
    )
