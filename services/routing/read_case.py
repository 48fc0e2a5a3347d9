"""One case with everything routing knows of it: as filed, where it stands, clocks, tasks, timeline, recoveries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.kit.scope import Scope
from services.routing.case import Case
from services.routing.links.read_links import LinkRow, read_links, seen_among
from services.routing.store import Fetches, key_of, no_such_case


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock as sla last told of it."""

    target: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    missed: bool
    priority: str | None
    calendar: str | None
    within: str | None
    policy_version: str
    paused_seconds: float
    pauses: list[list[str | None]]
    unit: str | None
    owner: UUID | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """Something to be done for the case."""

    id: UUID
    what: str
    owner: UUID | None
    due_at: datetime | None
    remedy: bool
    remedy_code: str | None
    baht: Decimal | None
    status: str
    done_at: datetime | None
    done_by: UUID | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """Something that happened; `kind` says what, `version` is routing's or None for what another service announced."""

    id: UUID
    version: int | None
    at: datetime
    kind: str
    came_from: str | None
    to_state: str | None
    by: UUID | None
    actor: str
    rule: str | None
    reason: str | None
    fields: dict[str, Any]
    texts: dict[str, Any]
    public: bool


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """A service-recovery record of the case."""

    recovery_id: UUID
    number: str
    state: str
    remedy: str | None
    baht: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """Another case of the same complainant."""

    id: UUID
    tracking_number: str
    state: str
    gist: str
    received_at: datetime
    category: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Filed:
    """The complaint as it was filed, as far as routing keeps it."""

    gist: str
    narrative: str | None
    remedy_sought: str | None
    location: str | None
    reference: str | None
    identity: str
    represented: bool
    language: str
    happened_at: datetime | None
    recorded_at: datetime
    acknowledged_at: datetime | None
    external_reference: str | None
    filed_by: UUID | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with everything."""

    case: Case
    filed: Filed
    due_at: datetime | None
    due_target: str | None
    due_started_at: datetime | None
    paused: bool
    missed: bool
    clocks: Sequence[ClockRow]
    tasks: Sequence[TaskRow]
    timeline: Sequence[TimelineRow]
    recoveries: Sequence[RecoveryRow]
    related: Sequence[RelatedRow]
    links: Sequence[LinkRow] = ()


NAMING = {"other_id": "other", "into_id": "into"}
"""Where a line keeps the id of another case, and its number."""


async def read_case(source: Fetches, scope: Scope, ident: str | UUID) -> CaseFile:
    """The case of that id or tracking number.

    Raises:
        NotFound: there is none, or it is outside the scope; the two look the same.
    """
    column, value = ("id", ident) if isinstance(ident, UUID) else key_of(ident)
    sql, args = scope.where("c", 2)
    rows = await source.fetch(f"select c.* from routing.case c where c.{column} = $1 and ({sql})", value, *args)
    if not rows:
        raise no_such_case()
    row = rows[0]
    case = Case.of(row)
    return CaseFile(
        case=case,
        filed=Filed(**{name: row[name] for name in Filed.__slots__}),
        due_at=row["due_at"],
        due_target=row["due_target"],
        due_started_at=row["due_started_at"],
        paused=row["paused"],
        missed=row["missed"],
        clocks=await _all(source, ClockRow, "clock_copy", "started_at, target, cycle", case.id),
        tasks=await _all(source, TaskRow, "task", "created_at, id", case.id),
        timeline=await _timeline(source, scope, case.id),
        recoveries=await _all(source, RecoveryRow, "recovery_copy", "at", case.id),
        related=await _related(source, scope, case.id, row["complainant_ref"]),
        links=await read_links(source, scope, case.id),
    )


async def _timeline(source: Fetches, scope: Scope, case_id: UUID) -> list[TimelineRow]:
    """What happened. A line that names another case names it only to whoever may see that one now."""
    lines: list[TimelineRow] = await _all(source, TimelineRow, "case_event", "at, version nulls last, id", case_id)
    named = {UUID(line.fields[name]) for line in lines for name in NAMING if line.fields.get(name)}
    seen = await seen_among(source, scope, named)
    for line in lines:
        for name, shown in NAMING.items():
            if line.fields.get(name) and UUID(line.fields[name]) not in seen:
                line.fields.pop(shown, None)
    return lines


async def _all(source: Fetches, model: Any, table: str, order: str, case_id: UUID) -> list[Any]:
    rows = await source.fetch(
        f"select {', '.join(model.__slots__)} from routing.{table} where case_id = $1 order by {order}", case_id
    )
    return [model(**row) for row in rows]


async def _related(source: Fetches, scope: Scope, case_id: UUID, complainant: UUID | None) -> list[RelatedRow]:
    if complainant is None:
        return []
    sql, args = scope.where("c", 3)
    rows = await source.fetch(
        f"select {', '.join('c.' + name for name in RelatedRow.__slots__)} from routing.case c"
        f" where c.complainant_ref = $1 and c.id <> $2 and ({sql}) order by c.received_at desc limit 10",
        complainant, case_id, *args,
    )  # fmt: skip
    return [RelatedRow(**row) for row in rows]
