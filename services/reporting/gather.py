"""Read the material of a period from the daily sums and the facts: each population in one statement.

Ratios over cohorts come from the sums; durations, and whatever depends on a cut-off, exactly from the facts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any

from schemas.policy import PolicyBundle
from services.kit import thai
from services.kit.copies import Copies, Fetches
from services.reporting.calendars import Calendars
from services.reporting.kpis.formulas import Share, Taken
from services.reporting.kpis.material import Material, age_class
from services.reporting.populations import POPULATIONS, bound
from services.reporting.project_facts import nobody
from services.reporting.question import Question
from services.reporting.rules import SUMMED

AT_ONCE = 2
"""Statements of one question that run beside each other; more would only crowd out what else the database does."""


async def gather(
    source: Fetches, copies: Copies, bundle: PolicyBundle, question: Question, needs: Collection[str]
) -> Material:
    """The material that the named kinds of figures need. `source` may be asked for several things at once."""
    reader = _Reader(source, bundle, question, Calendars(await copies.versions(source), bundle))
    lanes = asyncio.Semaphore(AT_ONCE)

    async def part(need: str) -> None:
        async with lanes:
            await reader.parts[need]()

    await asyncio.gather(*(part(need) for need in sorted(needs)))
    reader.material.budgets = budgets_of(bundle, question)
    return reader.material


def budgets_of(bundle: PolicyBundle, question: Question) -> dict[str, Decimal]:
    """Recovery budget by unit, in baht, of the fiscal years the period touches."""
    month = bundle.fiscal_year_first_month
    period = question.period
    years = {
        thai.fiscal_year(day, month) for day in (period.first, period.end - (period.end - period.first) / period.days)
    }
    budgets: dict[str, Decimal] = {}
    for budget in bundle.recovery.budgets:
        if min(years) <= budget.fiscal_year <= max(years):
            budgets[budget.unit] = budgets.get(budget.unit, Decimal(0)) + budget.baht
    return budgets


class _Reader:
    def __init__(self, source: Fetches, bundle: PolicyBundle, question: Question, calendars: Calendars) -> None:
        self.source = source
        self.question = question
        self.calendars = calendars
        self.values = question.values(bundle) | {"zone": bundle.zone}
        self.material = Material()
        self.parts: dict[str, Callable[[], Awaitable[None]]] = {
            "sums": self.sums,
            "durations": self.durations,
            "running": self.running,
            "open": self.open,
            "reopened": self.ratio("reopened"),
            "repeated": self.ratio("repeated"),
            "rated": self.ratio("rated"),
            "trusted": self.ratio("trusted"),
            "disliked": self.ratio("disliked"),
            "invited": self.ratio("invited"),
            "remedies": self.ratio("remedies"),
            "recoveries": self.recoveries,
            "alerts": self.alerts,
            "caused": self.caused,
        }

    async def rows(self, name: str, columns: str = "", group: str = "") -> list[Any]:
        """Rows of a population: unit, owner, hit and whatever else is asked for."""
        it = POPULATIONS[name]
        period = "" if it.at_cut_off else f" and {it.at} >= @since and {it.at} < @until"
        sql = (
            f"select {it.unit} as unit, {it.owner} as owner{columns} from {it.tables}"
            f" where {it.where}{period} and {self.question.conditions()} {group}"
        )
        text, args = bound(sql, self.values)
        return await self.source.fetch(text, *args)

    async def sums(self) -> None:
        sql = (
            "select measure, s.unit, owner, case when measure = 'received' then channel else '' end as grouped,"
            " sum(numerator)::bigint as hits, sum(denominator)::bigint as cases from reporting.daily_sum s"
            " where measure = any(@measures::text[]) and day >= @first_day and day < @end_day"
            f" and {self.question.conditions('s', sums=True)}"
            " group by 1, 2, 3, 4 having sum(denominator) <> 0"
        )
        text, args = bound(sql, self.values | {"measures": list(SUMMED)})
        for row in await self.source.fetch(text, *args):
            share = Share(row["unit"] or None, nobody(row["owner"]), row["hits"], row["cases"], row["grouped"])
            self.material.shares[row["measure"]].append(share)

    def ratio(self, name: str) -> Callable[[], Awaitable[None]]:
        async def read() -> None:
            hit = POPULATIONS[name].hit
            counted = f", count(*) filter (where {hit}) as hits, count(*) as cases"
            for row in await self.rows(name, counted, "group by 1, 2"):
                share = Share(row["unit"], row["owner"], row["hits"], row["cases"])
                self.material.shares[name].append(share)

        return read

    async def durations(self) -> None:
        for target in ("acknowledge", "first_contact"):
            for row in await self.rows(f"met:{target}", ", array_agg(k.gross_seconds) as gross", "group by 1, 2"):
                hours = [seconds / 3600 for seconds in row["gross"]]
                self.material.taken[target].append(Taken(row["unit"], row["owner"], hours))
        columns = (
            ", k.policy_version, k.calendar, array_agg(k.gross_seconds) as gross,"
            " array_agg(coalesce(k.net_seconds, k.gross_seconds)) as net"
        )
        for row in await self.rows("met:resolve", columns, "group by 1, 2, 3, 4"):
            day, unit, owner = (
                self.calendars.day_seconds(row["policy_version"], row["calendar"]),
                row["unit"],
                row["owner"],
            )
            self.material.taken["gross"].append(Taken(unit, owner, [seconds / day for seconds in row["gross"]]))
            self.material.taken["net"].append(Taken(unit, owner, [seconds / day for seconds in row["net"]]))
            gross = sum(round(1000 * seconds) for seconds in row["gross"])
            net = sum(round(1000 * seconds) for seconds in row["net"])
            self.material.shares["paused"].append(Share(unit, owner, gross - net, gross, cases=len(row["gross"])))

    async def running(self) -> None:
        cut: datetime = self.values["cut"]
        starts = (
            ", k.policy_version, k.calendar, array_agg((extract(epoch from k.started_at) * 1000000)::bigint) as starts"
        )
        never_paused = "and k.pauses is null group by 1, 2, 3, 4"
        for row in await self.rows("running", starts, never_paused):
            ages = self.calendars.ages_of_clocks(row["policy_version"], row["calendar"], row["starts"], cut)
            for name in ("gross:running", "net:running"):
                self.material.taken[name].append(Taken(row["unit"], row["owner"], ages, ended=False))
        each = ", k.policy_version, k.calendar, k.started_at, k.pauses"
        for row in await self.rows("running", each, "and k.pauses is not null"):
            gross, net = self.calendars.age_of_clock(
                row["policy_version"], row["calendar"], row["started_at"], cut, row["pauses"]
            )
            self.material.taken["gross:running"].append(Taken(row["unit"], row["owner"], [gross], ended=False))
            self.material.taken["net:running"].append(Taken(row["unit"], row["owner"], [net], ended=False))

    async def open(self) -> None:
        """Open cases by the day they were opened on: an age in working days follows from the two days alone."""
        cut: datetime = self.values["cut"]
        opened = "(s.opened_at at time zone @zone)::date" if self.calendars.one_zone else "s.opened_at"
        columns = (
            f", f.policy_version, f.unit as present, f.service_point, {opened} as opened,"
            " min(s.opened_at) as first_opened, count(*) as cases"
        )
        for row in await self.rows("open", columns, "group by 1, 2, 3, 4, 5, 6"):
            age = self.calendars.working_days(
                row["policy_version"], row["present"], row["service_point"], row["first_opened"], cut
            )
            share = Share(row["unit"], row["owner"], row["cases"], row["cases"], age_class(age))
            self.material.shares["open"].append(share)

    async def recoveries(self) -> None:
        for name in ("offered", "accepted", "recovered"):
            await self.ratio(name)()
        for row in await self.rows("cost", ", coalesce(v.baht, 0) as baht"):
            self.material.shares["cost"].append(Share(row["unit"], row["owner"], row["baht"], 1))

    async def alerts(self) -> None:
        lag = ", array_agg(extract(epoch from k.sent_at - greatest(k.threshold_at, k.known_at))::float8) as seconds"
        for row in await self.rows("alerts", lag, "group by 1, 2"):
            self.material.taken["alert_lag"].append(Taken(row["unit"], row["owner"], row["seconds"]))

    async def caused(self) -> None:
        for row in await self.rows("caused", ", f.cause, count(*) as cases", "group by 1, 2, 3"):
            coded = row["cases"] if row["cause"] else 0
            self.material.shares["caused"].append(
                Share(row["unit"], row["owner"], coded, row["cases"], row["cause"] or "")
            )
