"""Reporting periods: from a local day (in) to a local day (out), in the policy's zone. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.kit import thai
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_, Lang, translate

LONGEST_DAYS = 366 * 20


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` (in) to `end` (out)."""

    first: date
    end: date
    zone: str = thai.BANGKOK

    @property
    def since(self) -> datetime:
        """The instant at which it begins."""
        return datetime.combine(self.first, time(), ZoneInfo(self.zone))

    @property
    def until(self) -> datetime:
        """The instant at which it is over."""
        return datetime.combine(self.end, time(), ZoneInfo(self.zone))

    def cut_off(self, as_of: datetime) -> datetime:
        """The instant at which backlog, ageing and open cases are looked at: the end, or now when that is earlier."""
        return min(self.until, as_of)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.first).days


def _months_on(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def before(bundle: PolicyBundle, period: Period) -> Period:
    """The period to compare with: the fiscal year, quarter or month before one that begins like it, else as many days.

    A quarter, month or year that is not over yet is compared with the whole one before.
    """
    earlier = period.first - timedelta(days=1)
    for kind in (month_period, quarter_period, year_period):
        whole = kind(bundle, period.first)
        if whole.first == period.first and (period.end == whole.end or _partly(bundle, period, kind)):
            return kind(bundle, earlier)
    return Period(period.first - timedelta(days=period.days), period.first, period.zone)


def _partly(bundle: PolicyBundle, period: Period, kind: Callable[[PolicyBundle, date], Period]) -> bool:
    """Whether a period is the beginning of a quarter or year (or, not being one of a quarter, of a month)."""
    whole = kind(bundle, period.first)
    begins_quarter = quarter_period(bundle, period.first).first == period.first
    return period.end < whole.end and (kind is not month_period or not begins_quarter)


def label_of(bundle: PolicyBundle, period: Period, lang: Lang) -> str:
    """`ไตรมาส 4/2569`, `ไตรมาส 4/2569 ถึง 20 พ.ย.`, `พฤศจิกายน 2569`, `ปีงบประมาณ 2569`, or the days."""
    if period == month_period(bundle, period.first):
        names = thai.FULL_MONTHS_TH if lang == "th" else thai.FULL_MONTHS_EN
        return f"{names[period.first.month - 1]}{thai.NBSP}{thai.year_shown(period.first.year, lang)}"
    for kind in (quarter_period, year_period):
        whole = kind(bundle, period.first)
        if whole.first == period.first and period.end <= whole.end:
            name = _whole_label(bundle, whole, kind is year_period, lang)
            if period.end == whole.end:
                return name
            until = thai.format_date(period.last, lang, style="day").split(thai.NBSP, 1)[1]
            return translate(lang, "%(period)s until %(day)s", period=name, day=until)
    return thai.format_period(period.first, period.last, lang)


def _whole_label(bundle: PolicyBundle, whole: Period, is_year: bool, lang: Lang) -> str:
    month = bundle.fiscal_year_first_month
    if is_year:
        year = thai.year_shown(thai.fiscal_year(whole.first, month), lang)
        return translate(lang, "Fiscal year %(year)s", year=year)
    return thai.quarter_of(whole.first, month).label(lang)


def local_day(at: datetime, zone: str) -> date:
    """The local day of an instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def quarter_period(bundle: PolicyBundle, day: date) -> Period:
    """The fiscal quarter that holds a day."""
    quarter = thai.quarter_of(day, bundle.fiscal_year_first_month)
    return Period(quarter.start, quarter.end, bundle.zone)


def month_period(bundle: PolicyBundle, day: date) -> Period:
    """The calendar month that holds a day."""
    first = day.replace(day=1)
    return Period(first, _months_on(first, 1), bundle.zone)


def year_period(bundle: PolicyBundle, day: date) -> Period:
    """The fiscal year that holds a day."""
    month = bundle.fiscal_year_first_month
    first = date(day.year - (day.month < month), month, 1)
    return Period(first, _months_on(first, 12), bundle.zone)


def months_back(last: Period, count: int) -> list[Period]:
    """The `count` calendar months that end with the last month of a period, oldest first."""
    final = (last.end - timedelta(days=1)).replace(day=1)
    starts = [_months_on(final, step - count + 1) for step in range(count)]
    return [Period(start, _months_on(start, 1), last.zone) for start in starts]


def read_period(
    bundle: PolicyBundle, first: str | None, end: str | None, now: datetime, through: str | None = None
) -> Period:
    """The period asked for: days of either era; without `from` the fiscal quarter of now, without `to` up to today.

    Args:
        through: the last day, as a person says it; used when `end` is not given.

    Raises:
        InvalidInput: a day that cannot be read, an end that is not after the beginning, more than twenty years.
    """
    today = local_day(now, bundle.zone)
    problems: list[FieldProblem] = []
    since = _read_day("from", first, problems) or quarter_period(bundle, today).first
    last = _read_day("through", through, problems)
    until = _read_day("to", end, problems) or (last + timedelta(days=1) if last else None)
    until = until or max(today, since) + timedelta(days=1)
    if not problems and until <= since:
        problems.append(
            FieldProblem("to", N_("The period ends before it begins."), N_("Choose a later day; `to` itself is out."))
        )
    if not problems and (until - since).days > LONGEST_DAYS:
        problems.append(FieldProblem("from", N_("The period is too long."), N_("Choose at most twenty years.")))
    if problems:
        raise InvalidInput(
            N_("The reporting period cannot be read."), N_("Correct the dates and ask again."), fields=problems
        )
    return Period(since, until, bundle.zone)


def _read_day(field: str, text: str | None, problems: list[FieldProblem]) -> date | None:
    if text is None or not text.strip():
        return None
    try:
        day = thai.parse_date(text)
    except ValueError:
        day = date.min
    if not 1900 <= day.year <= 2200:
        problems.append(
            FieldProblem(field, N_("This is not a date."), N_("Write it as 2026-11-20, 20/11/2569 or 20 พ.ย. 2569."))
        )
        return None
    return day
