"""How dates, times, numbers and Thai words are written and read. Pure: no clock, no I/O.

Thai shows the Buddhist era (พ.ศ. = ค.ศ. + 543), English the Christian era. Parts that belong together are glued
with U+00A0, so a date breaks only before its time; `วันทำการ` holds by U+2060. Durations are seconds of working time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.kit.i18n import N_, Lang, translate, translate_plural

ERA = 543
NBSP = "\u00a0"
WORD_JOINER = "\u2060"
BANGKOK = "Asia/Bangkok"

DAYS_TH = ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา.")
DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FULL_DAYS_TH = ("จันทร์", "อังคาร", "พุธ", "พฤหัสบดี", "ศุกร์", "เสาร์", "อาทิตย์")
FULL_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_TH = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FULL_MONTHS_TH = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
FULL_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

Zone = str | tzinfo
Style = str
"""short ศ. 20 พ.ย. 2569 · day ศ. 20 พ.ย. · plain 20 พ.ย. 2569 · long ศุกร์ 20 พ.ย. 2569 · full ศุกร์ 20 พฤศจิกายน 2569"""


def local(at: datetime, zone: Zone = BANGKOK) -> datetime:
    """An instant as the clock on the wall shows it. Raises `ValueError` for a time without a zone."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone; store and pass UTC")
    return at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def year_shown(year: int, lang: Lang) -> int:
    """A Christian-era year as a page shows it."""
    return year + ERA if lang == "th" else year


def format_date(at: date | datetime, lang: Lang, zone: Zone = BANGKOK, style: Style = "short") -> str:
    """`ศ. 20 พ.ย. 2569` or `Fri 20 Nov 2026`, unbreakable; see `Style`."""
    on = local(at, zone) if isinstance(at, datetime) else at
    if lang == "th":
        weekday = FULL_DAYS_TH if style in ("long", "full") else DAYS_TH
        month = FULL_MONTHS_TH if style == "full" else MONTHS_TH
    else:
        weekday = FULL_DAYS_EN if style in ("long", "full") else DAYS_EN
        month = FULL_MONTHS_EN if style == "full" else MONTHS_EN
    parts = [str(on.day), month[on.month - 1]]
    if style != "plain":
        parts.insert(0, weekday[on.weekday()])
    if style != "day":
        parts.append(str(year_shown(on.year, lang)))
    return NBSP.join(parts)


def format_time(at: datetime, lang: Lang, zone: Zone = BANGKOK, *, seconds: bool = False) -> str:
    """`16:30 น.` or `16:30`."""
    shown = local(at, zone).strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{shown}{NBSP}น." if lang == "th" else shown


def format_datetime(at: datetime, lang: Lang, zone: Zone = BANGKOK, style: Style = "short") -> str:
    """`พ. 25 พ.ย. 2569 16:30 น.`, which may break only before the time."""
    return f"{format_date(at, lang, zone, style)} {format_time(at, lang, zone)}"


def format_near(at: datetime, now: datetime, lang: Lang, zone: Zone = BANGKOK) -> str:
    """For a crowded row: `วันนี้ 16:30`, else `พ. 18 พ.ย. 16:30`, with the year only when it is another one."""
    here, today = local(at, zone), local(now, zone)
    shown = here.strftime("%H:%M")
    if here.date() == today.date():
        return f"{translate(lang, 'Today')}{NBSP}{shown}"
    return f"{format_date(at, lang, zone, 'day' if here.year == today.year else 'short')} {shown}"


def format_period(first: date, last: date, lang: Lang) -> str:
    """An inclusive span of days: `12–13 พ.ย. 2569`, `29 ต.ค. – 3 พ.ย. 2569`."""
    months = MONTHS_TH if lang == "th" else MONTHS_EN
    if first == last:
        return format_date(first, lang, style="plain")
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{format_date(last, lang, style='plain')}"
    start = f"{first.day}{NBSP}{months[first.month - 1]}"
    if first.year != last.year:
        start = format_date(first, lang, style="plain")
    return f"{start} – {format_date(last, lang, style='plain')}"


_SPANS = (
    (365 * 86400, N_("%(num)s year"), N_("%(num)s years")),
    (30 * 86400, N_("%(num)s month"), N_("%(num)s months")),
    (86400, N_("%(num)s day"), N_("%(num)s days")),
    (3600, N_("%(num)s hour"), N_("%(num)s hours")),
    (60, N_("%(num)s minute"), N_("%(num)s minutes")),
)


def format_relative(at: datetime, now: datetime, lang: Lang) -> str:
    """`เมื่อ 5 นาทีก่อน`, `ใน 2 ชม.`: calendar time between an instant and now, in its largest unit."""
    seconds = (at - now).total_seconds()
    span = abs(seconds)
    if span < 60:
        return translate(lang, "just now")
    size, one, many = next(unit for unit in _SPANS if span >= unit[0])
    amount = int(span // size)
    length = translate_plural(lang, one, many, amount)
    text = translate(lang, "in %(length)s" if seconds > 0 else "%(length)s ago", length=length)
    return text.replace(" ", NBSP)


def format_number(value: float | Decimal, lang: Lang = "th", places: int | None = None) -> str:
    """`18,760` or `87.9`: thousands marked; `places` decimals, else as many as the value has (at most two)."""
    if places is not None:
        return f"{value:,.{places}f}"
    text = f"{value:,.2f}".rstrip("0").rstrip(".") if not isinstance(value, int) else f"{value:,}"
    return "0" if text == "-0" else text


def format_percent(value: float | Decimal, lang: Lang = "th", places: int = 1) -> str:
    """A share from 0 to 1 as `87.9%`."""
    return f"{format_number(value * 100, lang, places)}%"


def format_baht(value: Decimal | float, lang: Lang) -> str:
    """`18,760 บาท` (or `18,760.50 บาท`), `18,760 baht`."""
    whole = value == int(value)
    return translate(lang, "%(amount)s baht", amount=format_number(value, lang, 0 if whole else 2))


def working_time(seconds: float, seconds_per_day: int, lang: Lang) -> str:
    """Working seconds as `1 ว. 4 ชม.`, `4 ชม. 35 น.` or `35 น.`; a day is `seconds_per_day` of working time.

    The two largest units that are not zero, rounded down; less than a minute is `ไม่ถึง 1 น.`. The sign is dropped.
    """
    span = int(abs(seconds))
    days, rest = divmod(span, seconds_per_day) if seconds_per_day > 0 else (0, span)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts: list[str] = []
    if days:
        parts.append(translate(lang, "%(n)s d", n=format_number(days)))
    if hours:
        parts.append(translate(lang, "%(n)s h", n=hours))
    if minutes and not days:
        parts.append(translate(lang, "%(n)s m", n=minutes))
    if not parts:
        parts.append(translate(lang, "%(n)s m", n=0) if span == 0 else translate(lang, "under 1 m"))
    return NBSP.join(part.replace(" ", NBSP) for part in parts)


# ---- reading what Thai hands type

_THAI_DIGITS = {ord("๐") + n: str(n) for n in range(10)}
_MONTH_NUMBERS = {
    name.casefold().rstrip("."): n
    for names in (MONTHS_TH, MONTHS_EN, FULL_MONTHS_TH, FULL_MONTHS_EN)
    for n, name in enumerate(names, 1)
}


def parse_digits(text: str) -> str:
    """๐–๙ as 0–9; everything else unchanged."""
    return text.translate(_THAI_DIGITS)


def parse_number(text: str) -> Decimal:
    """`๑๘,๗๖๐.๕๐` as a decimal. Raises `ValueError` when it is no number."""
    try:
        number = Decimal(parse_digits(text).replace(",", "").replace(" ", "").strip())
    except InvalidOperation as error:
        raise ValueError(f"{text!r} is not a number") from error
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return number


def christian_year(year: int) -> int:
    """A year as typed: two digits are พ.ศ. 25xx, 2400 and later พ.ศ., else ค.ศ. already."""
    if year < 100:
        year += 2500
    return year - ERA if year >= 2400 else year


def parse_date(text: str) -> date:
    """`2026-11-20`, `20/11/2569`, `๒๐ พ.ย. ๖๙`, `20 Nov 2026`: day before month, either era.

    Raises `ValueError` when it is no date.
    """
    plain = parse_digits(text).replace(NBSP, " ").replace("พ.ศ.", " ").replace("ค.ศ.", " ").strip()
    if match := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", plain):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4}|\d{2})", plain):
        day, month, year = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"(?:\D+?\s)?(\d{1,2})\s*([^\d\s]+)\s*(\d{4}|\d{2})", plain):
        day, year = int(match[1]), int(match[3])
        month = _MONTH_NUMBERS.get(match[2].casefold().rstrip("."), 0)
    else:
        raise ValueError(f"{text!r} is not a date; write it as 20/11/2569")
    try:
        return date(christian_year(year), month, day)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a date: no such day") from error


def parse_datetime(text: str, zone: Zone = BANGKOK) -> datetime:
    """A date as `parse_date` reads it, with an optional `14:05` or `14.05 น.` (else midnight), as a local instant."""
    plain = parse_digits(text).replace(NBSP, " ").replace("T", " ").strip().removesuffix("น.").strip()
    clock = re.search(r"\s(\d{1,2})[:.](\d{2})(?::\d{2})?$", plain)
    on = parse_date(plain[: clock.start()] if clock else plain)
    hour, minute = (int(clock[1]), int(clock[2])) if clock else (0, 0)
    if hour > 23 or minute > 59:
        raise ValueError(f"{text!r} is not a time; write it as 14:05")
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=ZoneInfo(zone) if isinstance(zone, str) else zone)


def normalise_phone(text: str) -> str:
    """A telephone number as digits: `+66 81-234 5678` and `๐๘๑-๒๓๔-๕๖๗๘` are both `0812345678`.

    A number of another country keeps its `+`. Raises `ValueError` when it cannot be a telephone number.
    """
    plain = re.sub(r"[^\d+]", "", parse_digits(text))
    if match := re.match(r"(?:\+|00)66\(?0?", plain):
        plain = "0" + plain[match.end() :]
    elif plain.startswith("66") and len(plain) in (10, 11):
        plain = "0" + plain[2:]
    if not re.fullmatch(r"0\d{8,9}|1\d{3}|\+\d{7,15}", plain):
        raise ValueError(f"{text!r} is not a telephone number")
    return plain


# ---- fiscal periods


class Quarter(NamedTuple):
    """A fiscal quarter: `year` is the Christian year in which the fiscal year ends; `end` is exclusive."""

    year: int
    number: int
    start: date
    end: date

    def label(self, lang: Lang) -> str:
        """`ไตรมาส 4/2569` or `Q4/2026`."""
        return translate(lang, "Q%(number)s/%(year)s", number=self.number, year=year_shown(self.year, lang))


def fiscal_year(on: date, first_month: int) -> int:
    """The fiscal year of a day, named by the Christian year it ends in (with `first_month` 10: from 1 October)."""
    return on.year + (1 if first_month > 1 and on.month >= first_month else 0)


def quarter_of(on: date, first_month: int) -> Quarter:
    """The fiscal quarter that holds a day, the fiscal year beginning with `first_month` (1–12)."""
    number = (on.month - first_month) % 12 // 3
    start_month = (first_month - 1 + 3 * number) % 12 + 1
    start = date(on.year - (start_month > on.month), start_month, 1)
    end = (start + timedelta(days=100)).replace(day=1)
    return Quarter(fiscal_year(on, first_month), number + 1, start, end)


_UNITS = "วัน|ว\\.|ชม\\.|ชั่วโมง|น\\.|นาที|ครั้ง|เรื่อง|บาท|เดือน|ปี"


def glue_working_days(text: str) -> str:
    """Keep a figure with its unit (U+00A0), and `วันทำการ` and `เสาร์–อาทิตย์` whole (U+2060), at a line's end."""
    text = re.sub(rf"(\d) (?={_UNITS})", rf"\1{NBSP}", text)
    text = text.replace("วันทำการ", f"วัน{WORD_JOINER}ทำการ")
    return text.replace("เสาร์–อาทิตย์", f"เสาร์{WORD_JOINER}–{WORD_JOINER}อาทิตย์")
