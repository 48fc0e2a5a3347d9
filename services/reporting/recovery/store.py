"""How a record is read, locked, written and announced; a record and its announcement are one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.envelope import FreeText
from schemas.policy import PolicyBundle
from schemas.recovery import RecoveryMoved, RecoveryOpened
from services.kit.copies import Fetches
from services.kit.database import Transaction, new_id
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.thai import ERA
from services.reporting.recovery.record import STORED, Record, record_of

_COLUMNS = ", ".join(STORED)
_FIXED = frozenset({"id", "case_id", "reason", "number", "opened_at", "opened_by"})
_CHANGING = tuple(name for name in STORED if name not in _FIXED)

INSERT = (
    f"insert into reporting.recovery ({_COLUMNS}) values ({', '.join(f'${n}' for n in range(1, len(STORED) + 1))})"
    " on conflict do nothing returning id"
)
UPDATE = "update reporting.recovery set {} where id = $1".format(
    ", ".join(f"{name} = ${n}" for n, name in enumerate(_CHANGING, 2))
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a record's timeline: a step, or something beside the steps (`task`, `linked`, `notified`, `noted`)."""

    kind: str
    at: datetime
    by: UUID | None = None
    came_from: str | None = None
    to_state: str | None = None
    words: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def no_such_record() -> NotFound:
    """The one answer for a record that is not there and for one that may not be seen."""
    return NotFound(N_("There is no such recovery record, or it is not within your scope."), N_("Check the number."))


def key_of(ident: str) -> tuple[str, Any]:
    """The column and value that name a record: its id, or its number in any spelling.

    Raises:
        NotFound: it can be neither.
    """
    plain = ident.strip()
    try:
        return "id", UUID(plain)
    except ValueError:
        if not 4 <= len(plain) <= 40 or not plain.isascii() or not plain.isprintable():
            raise no_such_record() from None
        return "number", plain.upper()


async def load_record(source: Fetches, ident: str | UUID, *, lock: bool = False) -> Record:
    """The record; with `lock`, held until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    column, value = ("id", ident) if isinstance(ident, UUID) else key_of(ident)
    rows = await source.fetch(
        f"select {_COLUMNS} from reporting.recovery where {column} = $1 {'for update' if lock else ''}", value
    )
    if not rows:
        raise no_such_record()
    return await with_deliverers(source, rows[0])


async def with_deliverers(source: Fetches, row: Mapping[str, Any]) -> Record:
    """The record in a row, with whoever did, or is to do, its tasks."""
    found = await source.fetch(
        "select distinct who from reporting.recovery_task t, unnest(array[t.owner, t.done_by]) who"
        " where t.recovery_id = $1 and t.status = 'done' and who is not null",
        row["id"],
    )
    return record_of(row, tuple(item["who"] for item in found))


async def next_number(tx: Transaction, bundle: PolicyBundle, now: datetime) -> str:
    """The next number: `SR-69-00012`, the Buddhist year in two digits."""
    serial = await tx.fetchval("select nextval('reporting.recovery_serial')")
    year = now.astimezone(ZoneInfo(bundle.zone)).year + ERA
    return f"SR-{year % 100:02d}-{serial:05d}"


async def insert_record(tx: Transaction, record: Record, *, words: str | None = None) -> bool:
    """Write a new record, its first line and its announcement; False when it stood already."""
    if await tx.fetchval(INSERT, *(getattr(record, name) for name in STORED)) is None:
        return False
    await _write_line(tx, record, Line("opened", record.opened_at, record.opened_by, None, record.state, words))
    if record.complaint_id is not None:
        await tx.execute(
            "insert into reporting.recovery_complaint (recovery_id, complaint_id, linked_at, linked_by)"
            " values ($1, $2, $3, $4) on conflict do nothing",
            record.id, record.complaint_id, record.opened_at, record.opened_by,
        )  # fmt: skip
    said = FreeText.of(record.what_failed) if record.what_failed else None
    fact = RecoveryOpened(**_announced(record, record.opened_by, record.opened_at), why=record.why, what_failed=said)
    tx.announce(fact, case_id=record.case_id, at=record.opened_at)
    return True


async def write_record(tx: Transaction, record: Record, line: Line) -> None:
    """Write a changed record with the line that says why; a step is announced."""
    await tx.execute(UPDATE, record.id, *(getattr(record, name) for name in _CHANGING))
    await _write_line(tx, record, line)
    if line.kind == "moved" and line.came_from is not None:
        fact = RecoveryMoved.model_validate(
            {
                **_announced(record, line.by, line.at),
                "came_from": line.came_from,
                "note": FreeText.of(line.words) if line.words else None,
                "offer_expires_at": record.offer_expires_at,
                "promised_by": record.promised_by,
                "completed_at": record.completed_at,
            }
        )
        tx.announce(fact, case_id=record.case_id, at=line.at)


def _announced(record: Record, by: UUID | None, at: datetime) -> dict[str, Any]:
    return {
        "recovery_id": record.id,
        "number": record.number,
        "version": record.version,
        "state": record.state,
        "mode": record.mode,
        "trigger": record.trigger,
        "complaint_id": record.complaint_id,
        "tracking_number": record.tracking_number,
        "unit": record.unit,
        "service_point": record.service_point,
        "touch_point": record.touch_point,
        "remedy": record.remedy,
        "baht": record.baht,
        "entitlement": record.entitlement,
        "entitlement_version": record.entitlement_version,
        "by": by,
        "at": at,
    }


async def _write_line(tx: Transaction, record: Record, line: Line) -> None:
    await tx.execute(
        "insert into reporting.recovery_event (id, recovery_id, version, at, kind, came_from, to_state, by, words,"
        " fields)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new_id(), record.id, record.version, line.at, line.kind, line.came_from, line.to_state, line.by, line.words,
        {name: plain(value) for name, value in line.fields.items()},
    )  # fmt: skip


def plain(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, UUID)) else value
