"""Open a figure to the cases behind it: the same population, unit, period and filters, paged by key, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from schemas.policy import LevelName, PolicyBundle
from services.kit.copies import Copies, Fetches
from services.kit.scope import Scope
from services.reporting.calendars import Calendars
from services.reporting.kpis.material import AGES, Measure, age_class
from services.reporting.paging import LIMIT, read_cursor, write_cursor
from services.reporting.populations import POPULATIONS, Population, bound
from services.reporting.question import Question

Part = Literal["all", "hit", "rest", "left_out"]
"""All of the figure's cases, those in its numerator, the rest, or those left out for want of a time."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A row behind a figure; a case stands in it once for each clock, closing or alert that counts.

    `at` is the moment by which it belongs to the period, `hit` whether it is in the numerator.
    """

    row: str
    at: datetime
    hit: bool
    case_id: UUID
    tracking_number: str | None
    state: str | None
    unit: str | None
    owner: UUID | None
    category: str | None
    channel: str | None
    service_point: str | None
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of cases, and the cursor of the next one."""

    rows: list[CaseRow]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Drill:
    """Which figure is opened: its measure, level and key, and which part of its cases."""

    measure: Measure
    level: LevelName
    key: str
    part: Part = "all"


async def list_cases(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    scope: Scope,
    drill: Drill,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> Listed:
    """The cases behind a figure that the asker may see.

    Raises:
        InvalidInput: the cursor is not one of this list.
    """
    name, _, group = _population(drill)
    limit = max(1, min(limit, LIMIT))
    if name == "open" and group:
        rows = await _open_of_age(source, copies, bundle, question, scope, drill, group)
        after = read_cursor(cursor)
        rows = [row for row in rows if after is None or (row.at, row.row) < after]
    else:
        names = ("met:resolve", "running") if name == "resolution" else (name,)
        rows = await _rows(source, bundle, question, scope, drill, names, cursor, limit + 1, channel=group)
    more = len(rows) > limit
    rows = rows[:limit]
    return Listed(rows, write_cursor(rows[-1].at, rows[-1].row) if more else None)


def _population(drill: Drill) -> tuple[str, str, str]:
    name = drill.measure.cases if drill.part != "left_out" else (drill.measure.left_out or "nothing")
    head, colon, tail = name.partition(":")
    if head == "channel" or (head == "open" and tail in dict(AGES)):
        return "received" if head == "channel" else "open", colon, tail
    return name, "", ""


async def _rows(
    source: Fetches,
    bundle: PolicyBundle,
    question: Question,
    scope: Scope,
    drill: Drill,
    names: tuple[str, ...],
    cursor: str | None,
    limit: int | None,
    channel: str = "",
) -> list[CaseRow]:
    values = question.values(bundle) | {"of_channel": channel, "key": drill.key, "limit": limit}
    if drill.level in ("line", "department"):
        values["units"] = list(bundle.subtree(drill.key)) if bundle.has_unit(drill.key) else []
    seen, seen_args = scope.where("f", 1)
    values |= {f"scope_{n}": value for n, value in enumerate(seen_args, 1)}
    for n in range(len(seen_args), 0, -1):
        seen = seen.replace(f"${n}", f"@scope_{n}")
    parts = [_select(POPULATIONS[name], question, drill, seen, channel) for name in names if name in POPULATIONS]
    if not parts:
        return []
    sql = f"select * from ({' union all '.join(parts)}) p"
    after = read_cursor(cursor)
    if after is not None:
        values |= {"after_at": after[0], "after_row": after[1]}
        sql += " where (p.at, p.row) < (@after_at::timestamptz, @after_row::text)"
    sql += " order by p.at desc, p.row desc" + (" limit @limit" if limit is not None else "")
    text, args = bound(sql, values)
    return [CaseRow(*row) for row in await source.fetch(text, *args)]


def _select(it: Population, question: Question, drill: Drill, seen: str, channel: str) -> str:
    hit = "coalesce(f.channel = @of_channel, false)" if channel else it.hit
    wheres = [it.where, question.conditions(), f"({seen})"]
    if not it.at_cut_off:
        wheres.append(f"{it.at} >= @since and {it.at} < @until")
    if drill.level == "person":
        wheres.append(f"{it.owner} = (@key::text)::uuid")
    elif drill.level != "organisation":
        wheres.append(f"{it.unit} = any(@units::text[])")
    if drill.part in ("hit", "rest"):
        wheres.append(f"{'' if drill.part == 'hit' else 'not '}({hit})")
    return (
        f"select {it.row} as row, {it.at} as at, {hit} as hit, {it.case_id} as case_id, f.tracking_number, f.state,"
        f" {it.unit} as unit, {it.owner} as owner, f.category, f.channel, f.service_point, f.received_at"
        f" from {it.tables} where {' and '.join(wheres)}"
    )


async def _open_of_age(
    source: Fetches,
    copies: Copies,
    bundle: PolicyBundle,
    question: Question,
    scope: Scope,
    drill: Drill,
    group: str,
) -> list[CaseRow]:
    """Open cases of one age class; a class is told by working days, so it is told here, over the backlog."""
    calendars = Calendars(await copies.versions(source), bundle)
    rows = await _rows(source, bundle, question, scope, drill, ("open",), None, None)
    versions: dict[UUID, Any] = {
        row["case_id"]: row["policy_version"]
        for row in await source.fetch(
            "select case_id, policy_version from reporting.case_fact where case_id = any($1::uuid[])",
            [row.case_id for row in rows],
        )
    }
    cut = question.period.cut_off(question.as_of)

    def age(row: CaseRow) -> str:
        version = versions.get(row.case_id)
        return age_class(calendars.working_days(version, row.unit, row.service_point, row.at, cut))

    return [row for row in rows if age(row) == group]
