"""When something happened, as people write it: either era, ๐–๙, with or without a time. Pure; `now` is given.

A year from 2400 on is พ.ศ. and is converted before the day is checked, since 29 February exists in either era but not
in both readings of a year. A year of two digits could be either era and is asked back.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from services.kit.i18n import N_
from services.kit.thai import christian_year, parse_datetime, parse_digits

SKEW = timedelta(minutes=5)
"""How far a clock of another machine may run ahead before its time counts as the future."""

EARLIEST = 1900

_ISO = re.compile(
    r"(\d{4})(-\d{1,2}-\d{1,2})(?:[T ](\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE
)
_TIME = re.compile(r"\s+\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s*น\.)?$")
_SHORT_YEAR = re.compile(r"(?<!\d)\d{2}$")


class UnclearDate(ValueError):
    """A text that is no usable moment: `what` is wrong and the `remedy`, both texts of the catalogue."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def read_moment(text: str, now: datetime, zone: str) -> datetime:
    """The moment (UTC) written in `text`; without an offset it is local time of `zone`.

    Raises:
        UnclearDate: it is no date, lies in the future or before 1900, or its year could be of either era.
    """
    plain = parse_digits(text).strip()
    found = _ISO.fullmatch(plain)
    moment = _iso(found, zone) if found else _as_people_write(plain, zone)
    if moment.year < EARLIEST:
        raise UnclearDate(N_("This date lies before 1900."), N_("Check the year; write it in full, as 2569 or 2026."))
    if moment > now + SKEW:
        raise UnclearDate(
            N_("This date lies in the future."),
            N_("Give the day it happened; the year may be written as 2569 or 2026."),
        )
    return min(moment, now)


def _iso(found: re.Match[str], zone: str) -> datetime:
    year, rest, clock, offset = found.groups()
    try:
        if offset is None:
            seconds = float(clock.split(":")[2]) if clock and clock.count(":") == 2 else 0.0
            minutes = ":".join(clock.split(":")[:2]) if clock else "00:00"
            local = parse_datetime(f"{christian_year(int(year)):04d}{rest} {minutes}", zone)
            return (local + timedelta(seconds=seconds)).astimezone(UTC)
        month, day = rest.strip("-").split("-")
        written = f"{christian_year(int(year)):04d}-{int(month):02d}-{int(day):02d}T{clock.zfill(5)}{offset.upper()}"
        return datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_date() from None


def _as_people_write(plain: str, zone: str) -> datetime:
    if _SHORT_YEAR.search(_TIME.sub("", plain)):
        raise UnclearDate(
            N_("A year of two digits could be of either era."), N_("Write the year in full, as 2569 or 2026.")
        )
    try:
        return parse_datetime(plain, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_date() from None


def _no_date() -> UnclearDate:
    return UnclearDate(N_("This is not a date."), N_("Write it as 20/11/2569, or as 2026-11-20T14:05+07:00."))
