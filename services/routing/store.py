"""How a case is read, locked and written: few statements, since every step of every case passes here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from schemas.cases import CaseSnapshot
from services.kit.database import Transaction, new_id
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.scope import Scope
from services.routing.case import COLUMNS, Case
from services.routing.tables import TO_WORK_ON

CASE_COLUMNS = ", ".join(COLUMNS)

CHANGING: tuple[str, ...] = (
    "version", "state", "kind", "unit", "owner", "approving_unit", "priority", "category", "safety", "restricted",
    "cause", "decided_at", "transfers", "reopened_count", "ratings", "declared_by", "declared_at", "waiting", "waits",
    "proposal", "decision", "outcome", "proposed_by", "decided_by", "told_at", "accepted_at", "ended_at", "silence_at",
    "notices", "open_tasks", "open_remedies", "deliverers", "changed_at",
)  # fmt: skip
"""What a change may touch; the rest of a case stays as it was filed."""


class Fetches(Protocol):
    """Whatever can run a query."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of a statement."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a case's timeline."""

    kind: str
    at: datetime
    actor: str = "staff"
    by: UUID | None = None
    came_from: str | None = None
    to_state: str | None = None
    rule: str | None = None
    reason: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    public: bool = False


def no_such_case() -> NotFound:
    """The one answer for a case that is not there and for one that may not be seen."""
    return NotFound(N_("There is no such case, or it is not within your scope."), N_("Check the number."))


def key_of(ident: str) -> tuple[str, Any]:
    """The column and value that name a case: its id, or the tracking number in any spelling.

    Raises:
        NotFound: it can be neither.
    """
    text = ident.strip()
    try:
        return "id", UUID(text)
    except ValueError:
        if not 4 <= len(text) <= 40 or not text.isprintable():
            raise no_such_case() from None
        return "tracking_number", text.upper()


async def lock_case(tx: Transaction, ident: str | UUID) -> Case:
    """The case, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return await find_case(tx, ident, " for update")


async def find_case(tx: Transaction, ident: str | UUID, how: str = "") -> Case:
    """The case as it stands.

    Raises:
        NotFound: there is none.
    """
    column, value = ("id", ident) if isinstance(ident, UUID) else key_of(ident)
    row = await tx.fetchrow(f"select {CASE_COLUMNS} from routing.case where {column} = $1{how}", value)
    if row is None:
        raise no_such_case()
    return Case.of(dict(row))


async def find_case_within(source: Fetches, scope: Scope, ident: str) -> Case:
    """The case as it stands, if it is within a scope.

    Raises:
        NotFound: there is none, or it is outside; the two look the same.
    """
    column, value = key_of(ident)
    sql, args = scope.where("c", 2)
    rows = await source.fetch(
        f"select {CASE_COLUMNS} from routing.case c where c.{column} = $1 and ({sql})", value, *args
    )
    if not rows:
        raise no_such_case()
    return Case.of(dict(rows[0]))


_LINE_COLUMNS = "id, case_id, version, at, kind, came_from, to_state, by, actor, rule, reason, fields, texts, public"

_SET = ", ".join(f"{name} = ${number}" for number, name in enumerate(CHANGING, start=2))
_FIRST = len(CHANGING) + 2

WRITE = f"""
    with changed as (update routing.case set {_SET} where id = $1)
    insert into routing.case_event ({_LINE_COLUMNS})
    values (${_FIRST}, $1, $2, {", ".join(f"${_FIRST + number}" for number in range(1, 12))})
"""
"""A change of a case and its line in the timeline, in one statement."""


def _changing(case: Case) -> list[Any]:
    return [list(case.deliverers) if name == "deliverers" else getattr(case, name) for name in CHANGING]


def _line_values(line: Line) -> list[Any]:
    return [
        line.at, line.kind, line.came_from, line.to_state, line.by, line.actor, line.rule, line.reason,
        dict(line.fields), dict(line.texts), line.public,
    ]  # fmt: skip


async def write(tx: Transaction, case: Case, line: Line) -> UUID:
    """Write a changed case with the line that says why; `case.version` is that of the line. Returns the line's id."""
    line_id = new_id()
    await tx.execute(WRITE, case.id, *_changing(case), line_id, *_line_values(line))
    return line_id


async def insert_lines(tx: Transaction, lines: Sequence[tuple[UUID, int | None, Line]]) -> None:
    """Write many lines at once: (case, version or None for what another service announced, line)."""
    if not lines:
        return
    rows = [(new_id(), case_id, version, *_line_values(line)) for case_id, version, line in lines]
    await tx.execute(
        f"insert into routing.case_event ({_LINE_COLUMNS}) select * from unnest($1::uuid[], $2::uuid[], $3::int[],"
        " $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[], $10::text[], $11::text[],"
        " $12::jsonb[], $13::jsonb[], $14::bool[])",
        *(list(column) for column in zip(*rows, strict=True)),
    )


def announcement(case: Case, *, by: UUID | None, at: datetime, actor: str = "staff") -> dict[str, Any]:
    """What every event of routing carries."""
    snapshot: CaseSnapshot = case.snapshot()
    return {"case": snapshot, "by": by, "at": at, "actor": actor}


async def open_counts(source: Fetches, staff_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many cases each of them has to work on now; cases that wait for the complainant's answer are none."""
    rows = await source.fetch(
        f"select owner, count(*) n from routing.case where owner = any($1::uuid[]) and {TO_WORK_ON} group by owner",
        list(staff_ids),
    )
    return {row["owner"]: row["n"] for row in rows}
