"""Read the call-backs: those that are owed, the first due on top, and those that are done; page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.contacts.keeping import contacts_of
from services.intake.phone.caller import in_groups, masked, opened_number
from services.intake.phone.desk_hours import desk_calendar
from services.kit.access import Viewer
from services.kit.copies import Fetches, Staff
from services.kit.settings import Settings
from services.kit.working_time import used_fraction, working_seconds_between

PAGE = 50
NEAR = 0.75
"""From this share of the working time on, a deadline counts as near (look/README)."""


@dataclass(frozen=True, slots=True)
class CallBackLine:
    """One task as the list shows it; the number in full only to whoever took it."""

    id: UUID
    number: str
    full: bool
    calls: int
    why: str
    rang_at: datetime
    due_at: datetime
    state: str
    """`late`, `near` or `ok` while it is open; `met` or `late` when it is done."""
    seconds: float
    """Working seconds left, or over."""
    taken_by: str
    mine: bool
    tries: int
    tried_at: datetime | None
    outcome: str | None
    note: str | None
    case_id: UUID | None
    tracking_number: str | None
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True, slots=True)
class CallBackCounts:
    """How many are owed, how many of them are late, and how many nobody has taken."""

    open: int
    late: int
    untaken: int


_ONE = "select b.*, c.tracking_number from intake.call_back b left join intake.complaint c on c.id = b.case_id"


async def list_call_backs(
    source: Fetches, settings: Settings, bundle: PolicyBundle, staff: Staff, viewer: Viewer, now: datetime,
    *, done: bool = False, after: tuple[datetime, UUID] | None = None,
) -> list[CallBackLine]:  # fmt: skip
    """A page of the tasks after a row: the open ones by their deadline, or the done ones, the last on top."""
    order = ("closed_at", "desc", "<") if done else ("due_at", "asc", ">")
    rows = await source.fetch(
        f"{_ONE} where b.state = $1 and ($2::timestamptz is null or (b.{order[0]}, b.id) {order[2]} ($2, $3::uuid))"
        f" order by b.{order[0]} {order[1]}, b.id {order[1]} limit {PAGE}",
        "closed" if done else "open",
        after[0] if after else None,
        after[1] if after else None,
    )
    return [_line(dict(row), settings, bundle, staff, viewer, now) for row in rows]


async def count_call_backs(source: Fetches, now: datetime) -> CallBackCounts:
    """The counts of what is owed."""
    (row,) = await source.fetch(
        "select count(*) n, count(*) filter (where due_at < $1) late, count(*) filter (where taken_by is null) untaken"
        " from intake.call_back where state = 'open'",
        now,
    )
    return CallBackCounts(row["n"], row["late"], row["untaken"])


async def number_owed(source: Fetches, settings: Settings, viewer: Viewer, call_back: str) -> str | None:
    """The number of an open task that the viewer took; None when it is not theirs."""
    rows = await source.fetch(
        "select id, number from intake.call_back where id::text = $1 and state = 'open' and taken_by = $2",
        call_back.lower(),
        viewer.staff_id,
    )
    return opened_number(contacts_of(settings), rows[0]["number"], "call_back", rows[0]["id"]) if rows else None


def _line(
    row: dict[str, Any], settings: Settings, bundle: PolicyBundle, staff: Staff, viewer: Viewer, now: datetime
) -> CallBackLine:
    _, calendar = desk_calendar(bundle)
    until = row["closed_at"] or now
    late = row["missed"] or row["due_at"] < until
    if row["state"] == "closed":
        state = "late" if late else "met"
    else:
        near = used_fraction(row["rang_at"], row["due_at"], now, calendar) >= NEAR
        state = "late" if late else "near" if near else "ok"
    first, last = (row["due_at"], until) if late else (until, row["due_at"])
    mine = row["taken_by"] == viewer.staff_id
    number = opened_number(contacts_of(settings), row["number"], "call_back", row["id"]) or ""
    return CallBackLine(
        id=row["id"],
        number=in_groups(number) if mine else masked(number),
        full=mine,
        calls=row["calls"],
        why=row["why"],
        rang_at=row["rang_at"],
        due_at=row["due_at"],
        state=state,
        seconds=working_seconds_between(first, last, calendar),
        taken_by=staff.name(row["taken_by"]),
        mine=mine,
        tries=row["tries"],
        tried_at=row["tried_at"],
        outcome=row["outcome"],
        note=row["note"],
        case_id=row["case_id"],
        tracking_number=row["tracking_number"],
        closed_at=row["closed_at"],
        closed_by=staff.name(row["closed_by"]),
    )
