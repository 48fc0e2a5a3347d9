"""Read the material of a period from the daily sums and the facts: each population in one statement.

Ratios over cohorts come from the sums; durations, and whatever depends on a cut-off, exactly from the facts.
"""

from __future__ import annotations

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


async def gather(
    source: Fetches, copies: Copies, bundle: PolicyBundle, question: Question, needs: Collection[str]
) -> Material:
    """The material that the named kinds of figures need."""
    reader = _Reader(source, bundle, question, Calendars(await copies.versions(source), bundle))
    for need in sorted(needs):
        await reader.parts[need]()
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
        self.values = question.values(bundle)
        self.material = Material()
        self.parts: dict[str, Callable[[], Awaitable[None]]] = {
            "sums": self.sums,
            "durations": self.durations,
            "running": self.running,
            "open": self.open,
            "reopened": self.ratio("reopened"),
            "repeated": self.ratio("repeated"),
            "rated": self.ratio("rated"),
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
            for row in await self.rows(f"met:{target}", f", {POPULATIONS[f'met:{target}'].extra}"):
                self.material.taken[target].append(Taken(row["unit"], row["owner"], row["gross"] / 3600))
        for row in await self.rows("met:resolve", f", {POPULATIONS['met:resolve'].extra}"):
            day = self.calendars.day_seconds(row["policy_version"], row["calendar"])
            gross, net = row["gross"], row["gross"] if row["net"] is None else row["net"]
            self.material.taken["gross"].append(Taken(row["unit"], row["owner"], gross / day))
            self.material.taken["net"].append(Taken(row["unit"], row["owner"], net / day))
            share = Share(row["unit"], row["owner"], round(1000 * gross) - round(1000 * net), round(1000 * gross))
            self.material.shares["paused"].append(share)

    async def running(self) -> None:
        cut = self.values["cut"]
        for row in await self.rows("running", f", {POPULATIONS['running'].extra}"):
            gross, net = self.calendars.age_of_clock(
                row["policy_version"], row["calendar"], row["started_at"], cut, row["pauses"]
            )
            self.material.taken["gross:running"].append(Taken(row["unit"], row["owner"], gross, ended=False))
            self.material.taken["net:running"].append(Taken(row["unit"], row["owner"], net, ended=False))

    async def open(self) -> None:
        cut: datetime = self.values["cut"]
        for row in await self.rows("open", f", {POPULATIONS['open'].extra}"):
            age = self.calendars.working_days(
                row["policy_version"], row["present_unit"], row["service_point"], row["opened_at"], cut
            )
            self.material.shares["open"].append(Share(row["unit"], row["owner"], 1, 1, age_class(age)))

    async def recoveries(self) -> None:
        for name in ("offered", "accepted", "recovered"):
            await self.ratio(name)()
        for row in await self.rows("cost", ", coalesce(v.baht, 0) as baht"):
            self.material.shares["cost"].append(Share(row["unit"], row["owner"], row["baht"], 1))

    async def alerts(self) -> None:
        for row in await self.rows("alerts", f", {POPULATIONS['alerts'].extra}"):
            self.material.taken["alert_lag"].append(Taken(row["unit"], row["owner"], row["seconds"]))

    async def caused(self) -> None:
        for row in await self.rows("caused", ", f.cause, count(*) as cases", "group by 1, 2, 3"):
            coded = row["cases"] if row["cause"] else 0
            self.material.shares["caused"].append(
                Share(row["unit"], row["owner"], coded, row["cases"], row["cause"] or "")
            )
