"""A case and its clocks as sla keeps them, loaded for a batch of cases at once and written back set-based."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.clocks import Clock
from services.kit.database import Transaction
from services.kit.journal import columns
from services.sla.life import Life, moment


@dataclass(slots=True)
class CaseRecord:
    """One row of `case_copy`. `touched`: it has to be written back."""

    case_id: UUID
    filed: bool = False
    tracking_number: str | None = None
    kind: str | None = None
    state: str = "received"
    unit: str | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    restricted: bool = False
    subject_unit: str | None = None
    subject_person: str | None = None
    priority: str | None = None
    category: str | None = None
    service_point: str | None = None
    safety: bool = False
    gist: str | None = None
    policy_version: str | None = None
    received_at: datetime | None = None
    historical: bool = False
    ended: bool = False
    version: int = 0
    life: Life = field(default_factory=Life)


@dataclass(slots=True)
class Kept:
    """One row of `clock`."""

    case_id: UUID
    target: str
    cycle: int
    state: str
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    missed: bool
    pauses: list[tuple[datetime, datetime | None]]
    pause_limit: datetime | None
    paused_seconds: float
    policy_version: str
    calendar_version: str
    priority: str | None
    calendar: str | None
    within: str | None
    unit: str | None
    owner: UUID | None
    fired: str
    next_at: datetime | None
    historical: bool
    version: int

    @property
    def key(self) -> tuple[str, int]:
        """Target and cycle."""
        return self.target, self.cycle

    @property
    def is_open(self) -> bool:
        """Whether it still waits to be met."""
        return self.state in ("running", "paused", "missed")

    @property
    def levels_fired(self) -> frozenset[str]:
        """The levels that were reached."""
        return frozenset(self.fired.split())

    def announced(self) -> Clock:
        """The clock as an event carries it."""
        return Clock(
            target=self.target,
            cycle=self.cycle,
            state=self.state,
            started_at=self.started_at,
            due_at=self.due_at,
            met_at=self.met_at,
            missed=self.missed,
            policy_version=self.policy_version,
            priority=self.priority,
            calendar=self.calendar,
            within=self.within,
            paused_seconds=self.paused_seconds,
            pauses=self.pauses,
            unit=self.unit,
            owner=self.owner,
        )


CASE_COLUMNS = tuple(CaseRecord.__slots__)
CLOCK_COLUMNS = tuple(Kept.__slots__)

_TYPES = {
    "uuid": ("case_id", "owner"),
    "bool": ("filed", "restricted", "safety", "historical", "ended", "missed"),
    "timestamptz": ("received_at", "started_at", "due_at", "met_at", "pause_limit", "next_at"),
    "bigint": ("version", "cycle"),
    "float8": ("paused_seconds",),
}
"""Types of the columns that are not text. JSON travels as text: a list in an array would be one more dimension."""

_JSON = ("life", "pauses")
_TYPE_OF = {name: kind for kind, names in _TYPES.items() for name in names}


def _from_arrays(names: Sequence[str]) -> str:
    return "unnest(" + ", ".join(f"${n}::{_TYPE_OF.get(name, 'text')}[]" for n, name in enumerate(names, 1)) + ")"


def _cast(name: str) -> str:
    return f"n.{name}::jsonb" if name in _JSON else f"n.{name}"


SAVE_CASES = (
    f"update sla.case_copy c set {', '.join(f'{name} = {_cast(name)}' for name in CASE_COLUMNS[1:])}"
    f" from {_from_arrays(CASE_COLUMNS)} as n({', '.join(CASE_COLUMNS)}) where c.case_id = n.case_id"
)
SAVE_CLOCKS = (
    f"insert into sla.clock as k ({', '.join(CLOCK_COLUMNS)}) select {', '.join(map(_cast, CLOCK_COLUMNS))}"
    f" from {_from_arrays(CLOCK_COLUMNS)} as n({', '.join(CLOCK_COLUMNS)})"
    " on conflict (case_id, target, cycle) do update set "
    + ", ".join(f"{name} = excluded.{name}" for name in CLOCK_COLUMNS[3:])
)
LOAD_CLOCKS = f"select {', '.join(CLOCK_COLUMNS)} from sla.clock"


async def open_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseRecord]:
    """The cases, locked against every other reader and against the job of calendars; new ones are made."""
    cases = await lock_cases(tx, case_ids)
    if missing := sorted(set(case_ids) - cases.keys()):
        await tx.execute(
            "insert into sla.case_copy (case_id) select unnest($1::uuid[]) on conflict (case_id) do nothing", missing
        )
        cases |= await lock_cases(tx, missing)
    return cases


async def lock_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseRecord]:
    """The cases that are known, locked in the order of their ids so that two readers never wait in a ring."""
    rows = await tx.fetch(
        f"select {', '.join(CASE_COLUMNS)} from sla.case_copy where case_id = any($1::uuid[])"
        " order by case_id for update",
        sorted(case_ids),
    )
    return {row["case_id"]: case_of(row) for row in rows}


async def read_cases(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, CaseRecord]:
    """The cases as they stand, without a lock."""
    rows = await tx.fetch(
        f"select {', '.join(CASE_COLUMNS)} from sla.case_copy where case_id = any($1::uuid[])", list(case_ids)
    )
    return {row["case_id"]: case_of(row) for row in rows}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def case_of(row: Any) -> CaseRecord:
    """The case in a row of `CASE_COLUMNS`."""
    values = dict(row)
    return CaseRecord(**(values | {"life": Life.from_json(values["life"])}))


def kept_of(row: Any) -> Kept:
    """The clock in a row of `CLOCK_COLUMNS`."""
    values = dict(row)
    values["pauses"] = [(datetime.fromisoformat(begun), moment(ended)) for begun, ended in values["pauses"]]
    return Kept(**values)


async def lock_clocks(tx: Transaction, case_ids: Collection[UUID]) -> dict[UUID, dict[tuple[str, int], Kept]]:
    """The clocks of cases by target and cycle, locked: a sweep that runs beside leaves them alone or is waited for."""
    rows = await tx.fetch(
        LOAD_CLOCKS + " where case_id = any($1::uuid[]) order by case_id, target, cycle for update", sorted(case_ids)
    )
    found: dict[UUID, dict[tuple[str, int], Kept]] = defaultdict(dict)
    for row in rows:
        kept = kept_of(row)
        found[kept.case_id][kept.key] = kept
    return found


async def save_cases(tx: Transaction, cases: Iterable[CaseRecord]) -> None:
    """Write the cases back in one statement."""
    rows = [
        tuple(_json(case.life.to_json()) if name == "life" else getattr(case, name) for name in CASE_COLUMNS)
        for case in sorted(cases, key=lambda case: case.case_id)
    ]
    if rows:
        await tx.execute(SAVE_CASES, *columns(rows, len(CASE_COLUMNS)))


async def save_clocks(tx: Transaction, clocks: Iterable[Kept]) -> None:
    """Write clocks, new and changed, in one statement."""
    rows = [
        tuple(
            _json([list(pause) for pause in clock.pauses]) if name == "pauses" else getattr(clock, name)
            for name in CLOCK_COLUMNS
        )
        for clock in sorted(clocks, key=lambda clock: (clock.case_id, clock.target, clock.cycle))
    ]
    if rows:
        await tx.execute(SAVE_CLOCKS, *columns(rows, len(CLOCK_COLUMNS)))
