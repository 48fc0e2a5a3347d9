"""The queue: cases within a member's scope, ordered by what is due first, paged by key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from schemas.governance import StaffMember
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.scope import Scope
from services.routing.lifecycle import STATES
from services.routing.queue.reading import Arm, Conditions, arms_of, listing, own_units
from services.routing.queue.views import VIEW, View, midnight_after
from services.routing.queue_search import Search
from services.routing.store import Fetches

MOST = 200
"""Rows of one page at most."""

QUEUE_COLUMNS = (
    "id, tracking_number, kind, state, version, unit, owner, approving_unit, priority, category, service_point,"
    " channel, segment, safety, restricted, identity, received_at, acknowledged_at, decided_at, ended_at, changed_at,"
    " due_at, due_target, due_started_at, paused, missed, gist, reopened_count, complainant_ref, is_open, due_order,"
    " waiting, policy_version"
)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case as one line of a queue. `paused`: no clock runs; `missed`: a deadline was passed at some time."""

    id: UUID
    tracking_number: str
    kind: str
    state: str
    version: int
    unit: str
    owner: UUID | None
    approving_unit: str
    priority: str | None
    category: str | None
    service_point: str | None
    channel: str
    segment: str | None
    safety: bool
    restricted: bool
    identity: str
    received_at: datetime
    acknowledged_at: datetime | None
    decided_at: datetime | None
    ended_at: datetime | None
    changed_at: datetime
    due_at: datetime | None
    due_target: str | None
    due_started_at: datetime | None
    paused: bool
    missed: bool
    gist: str
    reopened_count: int
    complainant_ref: UUID | None
    is_open: bool
    due_order: datetime
    waiting: dict[str, Any] | None
    policy_version: str

    def overdue(self, now: datetime) -> bool:
        """Whether its next deadline has passed."""
        return self.is_open and not self.paused and self.due_at is not None and self.due_at < now


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list. Empty means any; `overdue` False means those that are not."""

    view: str = "all"
    states: Sequence[str] = ()
    unit: str | None = None
    owner: UUID | None = None
    overdue: bool | None = None
    category: str | None = None
    service_point: str | None = None
    channel: str | None = None
    priority: str | None = None
    kind: str | None = None
    number: str | None = None
    """Part of a tracking number."""
    categories: Sequence[str] = ()
    """Any of these."""
    tag: str | None = None
    ids: Sequence[UUID] = ()
    """Of these only."""
    search: Search | None = None
    """Words in number or gist, or the place they name."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the queue; `next_cursor` is None on the last."""

    rows: list[QueueRow]
    next_cursor: str | None


def viewed(where: Conditions, view: View, member: StaffMember, scope: Scope, now: datetime, zone: str) -> None:
    """Add what a view asks for."""
    values: dict[str, Any] = {
        "me": member.staff_id,
        "units": own_units(scope, member),
        "now": now,
        "midnight": midnight_after(now, zone),
        "home": member.unit,
    }
    places = {}
    for name in (name for name in values if "{" + name + "}" in view.where):
        where.args.append(values[name])
        places[name] = f"${len(where.args)}"
    where.parts.append(view.where.format(**places))


def scoped(scope: Scope) -> Conditions:
    """The scope as a condition."""
    where = Conditions()
    sql, args = scope.where("c", 1)
    where.args += args
    where.parts.append(f"({sql})")
    return where


def conditions(
    filters: Filters,
    scope: Scope,
    member: StaffMember,
    now: datetime,
    zone: str,
    *,
    onto: Conditions | None = None,
) -> Conditions:
    """What a case has to be to stand in this list of this member. `onto`: conditions that hold the scope already.

    Raises:
        InvalidInput: an unknown view or state.
    """
    where = onto or scoped(scope)
    if filters.view not in VIEW:
        raise _unknown("view", list(VIEW))
    viewed(where, VIEW[filters.view], member, scope, now, zone)
    if filters.states:
        if unknown := set(filters.states) - set(STATES):
            raise _unknown("state", STATES, ", ".join(sorted(unknown)))
        if len(filters.states) == 1:
            where.add("c.state = {}", filters.states[0])
        else:
            where.add("c.state = any({}::text[])", list(filters.states))
    for name in ("unit", "owner", "category", "service_point", "channel", "priority", "kind"):
        if (value := getattr(filters, name)) is not None:
            where.add(f"c.{name} = {{}}", value)
    if filters.number:
        where.add("strpos(c.tracking_number, {}) > 0", filters.number.strip().upper())
    if filters.ids:
        where.add("c.id = any({}::uuid[])", list(filters.ids))
    if filters.tag:
        where.add("exists (select 1 from routing.case_tag t where t.case_id = c.id and t.tag = {})", filters.tag)
    if filters.categories:
        where.add("c.category = any({}::text[])", list(filters.categories))
    if filters.search is not None:
        found = filters.search
        where.add(
            "(strpos(lower(c.gist), lower({})) > 0 or strpos(c.tracking_number, upper({})) > 0"
            " or c.unit = any({}::text[]) or c.service_point = any({}::text[]))",
            found.words, found.digits, list(found.units), list(found.service_points),
        )  # fmt: skip
    if filters.overdue is True:
        where.add("c.due_order < {} and not c.paused and c.is_open", now)
    elif filters.overdue is False:
        where.add("(c.due_at is null or c.due_at >= {} or c.paused or not c.is_open)", now)
    return where


def list_arms(where: Conditions, filters: Filters, scope: Scope, member: StaffMember) -> list[Arm]:
    """The arms by which a list is read; adds their values to its conditions."""
    view = VIEW[filters.view]
    if filters.ids:
        return []
    return arms_of(where, view, scope, member, unit=filters.unit, owner=filters.owner, tag=filters.tag)


def _unknown(name: str, known: Sequence[str], value: str = "") -> InvalidInput:
    return InvalidInput(
        N_("The filter %(name)s has a value that is not known."),
        N_("Use one of: %(known)s."),
        params={"name": name, "known": ", ".join(known)},
        fields=[FieldProblem(name, N_("This value is not known."), N_("Choose one that the problem names."))],
    )


async def list_cases(
    source: Fetches,
    scope: Scope,
    member: StaffMember,
    *,
    filters: Filters,
    now: datetime,
    zone: str = "Asia/Bangkok",
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """A page of the queue, what is due first at the top; cases without a running clock come last.

    Raises:
        InvalidInput: an unknown view or state, or a cursor that is not ours.
    """
    where = conditions(filters, scope, member, now, zone)
    if cursor:
        where.add("(c.due_order, c.id) > ({}, {})", *read_cursor(cursor))
    limit = max(1, min(limit, MOST))
    names = ", ".join(f"c.{name.strip()}" for name in QUEUE_COLUMNS.split(","))
    arms = list_arms(where, filters, scope, member)
    rows = await source.fetch(listing(names, where, arms, limit + 1), *where.args)
    found = [QueueRow(**row) for row in rows]
    more = len(found) > limit
    return Page(found[:limit], make_cursor(found[limit - 1]) if more else None)


def make_cursor(last: QueueRow) -> str:
    """Where the next page begins, opaque to the caller."""
    return base64.urlsafe_b64encode(orjson.dumps([last.due_order.isoformat(), str(last.id)])).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """What `make_cursor` wrote.

    Raises:
        InvalidInput: it is not one of ours.
    """
    try:
        due, case_id = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return datetime.fromisoformat(due), UUID(case_id)
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidInput(
            N_("The cursor is not one that this list gave."),
            N_("Start again without a cursor."),
            fields=[FieldProblem("cursor", N_("This value is not known."), N_("Start again without a cursor."))],
        ) from error
