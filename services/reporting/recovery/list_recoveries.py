"""List recovery records within somebody's scope, newest first, page by page, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.kit.copies import Fetches
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.paging import LONGEST, read_cursor, write_cursor
from services.kit.scope import scope_of
from services.kit.thai import fiscal_year
from services.reporting.recovery.life import STATES
from services.reporting.recovery.record import STORED, Record, record_of

VIEWS: Mapping[str, tuple[str, ...]] = {
    "open": tuple(state for state in STATES if state not in ("closed", "cancelled")),
    "to_offer": ("detected", "contained", "planned", "approved", "declined", "lapsed"),
    "waiting": ("offered",),
    "delivery": ("accepted", "in_delivery"),
    "to_verify": ("completed", "verified"),
    "ended": ("closed", "cancelled"),
}
"""Groups of states that can be asked for like a state."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records and the cursor of the next ones; None when these are the last."""

    records: list[Record]
    next_cursor: str | None


async def list_recoveries(
    source: Fetches,
    bundle: PolicyBundle,
    viewer: StaffMember,
    *,
    state: str | None = None,
    unit: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """Records within the viewer's scope; of one state (or a group of `VIEWS`), of one unit and those below it.

    Raises:
        InvalidInput: the state, the unit or the cursor is none.
    """
    before = read_cursor(cursor)
    size = max(1, min(limit, LONGEST))
    seen, args = scope_of(bundle, viewer).where("r", 5)
    rows = await source.fetch(
        f"select {', '.join(STORED)} from reporting.recovery r"
        " where ($1::text[] is null or r.state = any($1)) and ($2::text[] is null or r.unit = any($2))"
        " and ($3::timestamptz is null or (r.opened_at, r.id) < ($3, $4::uuid))"
        f" and {seen} order by r.opened_at desc, r.id desc limit {size + 1}",
        states_of(state),
        units_of(bundle, unit),
        before[0] if before else None,
        before[1] if before else None,
        *args,
    )
    records = [record_of(row) for row in rows[:size]]
    last = records[-1] if len(rows) > size else None
    return Page(records, write_cursor((last.opened_at, last.id) if last else None))


def states_of(state: str | None) -> list[str] | None:
    """The states that are asked for; None for all.

    Raises:
        InvalidInput: there is no such state.
    """
    if not state or state == "all":
        return None
    if state in VIEWS:
        return list(VIEWS[state])
    if state in STATES:
        return [state]
    raise InvalidInput(
        N_("There is no such state."),
        N_("Choose from the list."),
        fields=[FieldProblem("state", N_("This is not one of the choices."), N_("Choose from the list."))],
    )


def units_of(bundle: PolicyBundle, unit: str | None) -> list[str] | None:
    """The units that are asked for; None for all.

    Raises:
        InvalidInput: the policy has no such unit.
    """
    if not unit:
        return None
    if bundle.has_unit(unit):
        return list(bundle.subtree(unit))
    raise InvalidInput(
        N_("There is no such unit."),
        N_("Choose from the list."),
        fields=[FieldProblem("unit", N_("This is not one of the choices."), N_("Choose from the list."))],
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """What the records opened in a fiscal year come to (KPIs 20 to 22, over the viewer's scope).

    `eligible` leaves out the cancelled ones; `spent` is the baht of completed ones, `budget` None where none is set.
    """

    year: int
    since: datetime
    eligible: int
    offered: int
    decided: int
    accepted: int
    spent: Decimal
    budget: Decimal | None
    counts: Mapping[str, int]
    """How many records there are in each state, whenever they were opened."""

    def count(self, view: str) -> int:
        """How many records a group of states holds."""
        return sum(self.counts.get(state, 0) for state in VIEWS[view])


async def totals(source: Fetches, bundle: PolicyBundle, viewer: StaffMember, now: datetime) -> Totals:
    """The totals of the running fiscal year within the viewer's scope."""
    scope = scope_of(bundle, viewer)
    zone = ZoneInfo(bundle.zone)
    year = fiscal_year(now.astimezone(zone).date(), bundle.fiscal_year_first_month)
    first = date(year - (1 if bundle.fiscal_year_first_month > 1 else 0), bundle.fiscal_year_first_month, 1)
    since = datetime(first.year, first.month, 1, tzinfo=zone)
    seen, args = scope.where("r", 2)
    rows = await source.fetch(
        "select state, count(*) as n,"
        " count(*) filter (where opened_at >= $1 and state <> 'cancelled') as eligible,"
        " count(*) filter (where opened_at >= $1 and state <> 'cancelled' and offered_at is not null) as offered,"
        " count(*) filter (where opened_at >= $1 and answered_at is not null) as decided,"
        " count(*) filter (where opened_at >= $1 and answered_at is not null"
        "  and (state = 'accepted' or delivery_began_at is not null)) as accepted,"
        " coalesce(sum(baht) filter (where completed_at >= $1), 0) as spent"
        f" from reporting.recovery r where {seen} group by state",
        since,
        *args,
    )
    budget = budget_of(bundle, year, bundle.root.code if scope.everything else scope.home)
    return Totals(
        year,
        since,
        eligible=sum(row["eligible"] for row in rows),
        offered=sum(row["offered"] for row in rows),
        decided=sum(row["decided"] for row in rows),
        accepted=sum(row["accepted"] for row in rows),
        spent=sum((row["spent"] for row in rows), Decimal(0)),
        budget=budget,
        counts={row["state"]: row["n"] for row in rows},
    )


def budget_of(bundle: PolicyBundle, year: int, unit: str) -> Decimal | None:
    """The recovery budget of a unit for a fiscal year: its own, else that of the units below; None when none."""
    if not bundle.has_unit(unit):
        return None
    own = [one.baht for one in bundle.recovery.budgets if one.fiscal_year == year and one.unit == unit]
    if own:
        return sum(own, Decimal(0))
    below = [found for child in bundle.children(unit) if (found := budget_of(bundle, year, child)) is not None]
    return sum(below, Decimal(0)) if below else None
