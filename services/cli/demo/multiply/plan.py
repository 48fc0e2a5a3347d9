"""Which copies of which originals are made, and what each is called: number, secret, bucket, oldest first.

What has ended is copied into the past by whole weeks, so that weekdays stay, and only to where every calendar has the
same working time as around the original: then every deadline of the copy is right to the second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate, islice
from random import Random
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.envelope import bucket_of
from schemas.policy import PolicyBundle
from services.cli.demo.multiply.templates import DIGITS, Cell, NotCloneable, Original
from services.cli.demo.multiply.wording import Swap
from services.intake.tracking_number import make_number
from services.intake.tracking_secret import digest_of_secret, secret_of
from services.kit.working_days import Interval, compile_calendar

WEEKS = 494
"""How far back copies go: nine and a half years, in all of which the sample policy was in force."""

SEASONS = (1.35, 1.2, 0.95, 1.15, 0.85, 0.75, 0.8, 0.8, 0.75, 1.05, 1.15, 1.4)
"""How many complaints come in each month of the year: more in the cool season and at New Year and Songkran, when
visitors come to the plantations; fewer in the rains."""

GROWTH = 0.88
"""How many there were a year earlier, compared."""

OPEN_SHARE = 0.02
"""The share of copies that are still open: those are of today, so that the queues are long but not absurd."""

CELLS = 12_000
"""At most so many different pasts and wordings of ended cases are written; each is copied as often as it takes."""

OPEN_CELLS = 2_000

SORT = len("สวนป่า")
"""Places whose names begin alike are of one sort, such as plantations."""

Hours = tuple[tuple[Interval, ...], ...]
"""The working time of a day, by every calendar."""


class Copy(NamedTuple):
    """A case to be made; `variant` says by how much its original is shifted in time and how it is worded."""

    ord: int
    bucket: int
    variant: int
    original: int
    mark: str
    case_id: UUID
    tracking_number: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """The cells that are filled, oldest first."""

    cells: Sequence[Cell]

    @classmethod
    def of(cls, originals: Sequence[Original], cases: int, bundle: PolicyBundle, now: datetime) -> Plan:
        """Spread so many copies over originals and weeks.

        Raises:
            NotCloneable: no case has ended whose course fits another time.
        """
        calendars = [compile_calendar(calendar) for calendar in bundle.calendars]

        @cache
        def hours(day: date) -> Hours:
            return tuple(calendar.intervals_on(day) for calendar in calendars)

        zone = ZoneInfo(bundle.zone)
        ended = {
            case.number: (case, weeks) for case in originals if case.ended and (weeks := _weeks(case, zone, hours))
        }
        if not ended:
            raise NotCloneable("no case has ended yet whose course fits another time; there is nothing to make past of")
        ongoing = [case for case in originals if not case.ended]
        open_cases = round(cases * OPEN_SHARE) if ongoing else 0
        cells = [*_past(list(ended.values()), cases - open_cases, now), *_today(ongoing, open_cases)]
        places = swaps(bundle)
        placed = [_placed(cell, places) for cell in cells]
        return cls(sorted(placed, key=lambda cell: cell.original.received_at + cell.shift))

    def cells_of(self) -> Mapping[int, Sequence[Cell]]:
        """The cells of each original, by its number."""
        found: dict[int, list[Cell]] = {}
        for cell in self.cells:
            found.setdefault(cell.original.number, []).append(cell)
        return found

    def copies(
        self, bundle: PolicyBundle, server_secret: str, first_serial: int, taken: Collection[str]
    ) -> Iterator[Copy]:
        """Every copy, with the number and the secret that intake would give it; none ends in digits that are taken."""
        needed = Counter[int]()
        for cell in self.cells:
            needed[cell.original.number] += cell.copies
        free = (mark for number in range(16**DIGITS) if (mark := f"{number:0{DIGITS}x}") not in taken)
        marks = list(islice(free, max(needed.values(), default=0)))
        if len(marks) < max(needed.values(), default=0):
            raise NotCloneable(f"more than {len(marks):,} copies of one case would be needed; handle more cases first")
        turns = Counter[int]()
        prefix, zone = bundle.organisation.tracking_prefix, bundle.zone
        place = 0
        for cell in self.cells:
            original = cell.original
            for _ in range(cell.copies):
                mark = marks[turns[original.number]]
                turns[original.number] += 1
                case_id = UUID(str(original.case_id)[:-DIGITS] + mark)
                number = make_number(prefix, original.received_at + cell.shift, first_serial + place, zone)
                secret = digest_of_secret(server_secret, secret_of(server_secret, case_id))
                yield Copy(place, bucket_of(case_id), cell.variant, original.number, mark, case_id, number, secret)
                place += 1


def swaps(bundle: PolicyBundle) -> Mapping[str, Sequence[Swap]]:
    """The other places that may stand for each: of the same unit and sort, open at the same hours."""
    found: dict[str, list[Swap]] = {}
    for one in bundle.service_points:
        for other in bundle.service_points:
            alike = one.name.th[:SORT] == other.name.th[:SORT] and one.code != other.code
            if alike and (one.unit, one.calendar) == (other.unit, other.calendar):
                names = ((one.name.th, other.name.th), (one.name.say("en"), other.name.say("en")))
                found.setdefault(one.code, []).append(Swap(one.code, other.code, names))
    return found


def _placed(cell: Cell, places: Mapping[str, Sequence[Swap]]) -> Cell:
    """The cell at its place or at another one."""
    others = places.get(cell.original.service_point or "", ())
    dice = Random(f"place/{cell.original.number}/{cell.variant}")  # noqa: S311
    return replace(cell, swap=dice.choice((None, *others)))


def _past(ended: Sequence[tuple[Original, Sequence[int]]], cases: int, now: datetime) -> list[Cell]:
    """Cells of ended cases: weeks drawn by season and year, copies shared out by the same weights."""
    each = -(-min(CELLS, cases) // len(ended))
    drawn: list[tuple[Original, int, float]] = []
    for case, weeks in ended:
        dice = Random(f"weeks/{case.number}")  # noqa: S311 - nothing here is secret
        weighted = [(back, _weight(case.received_at - timedelta(weeks=back), now)) for back in weeks]
        weighted.sort(key=lambda one: dice.random() ** (1 / one[1]), reverse=True)
        drawn += [(case, back, weight) for back, weight in weighted[:each]]
    counts = _shared(cases, [weight for _, _, weight in drawn])
    return [
        Cell(variant, case, -timedelta(weeks=back), copies)
        for variant, ((case, back, _), copies) in enumerate(zip(drawn, counts, strict=True), 1)
        if copies
    ]


def _today(ongoing: Sequence[Original], cases: int) -> list[Cell]:
    """Cells of open cases: as many wordings of each as there are copies, up to a bound."""
    each = max(1, OPEN_CELLS // max(len(ongoing), 1))
    places = [case for _ in range(each) for case in ongoing]
    return [
        Cell(-variant, case, timedelta(), copies)
        for variant, (case, copies) in enumerate(zip(places, _evenly(cases, len(places)), strict=True), 1)
        if copies
    ]


def _weight(received_at: datetime, now: datetime) -> float:
    return SEASONS[received_at.month - 1] * float(GROWTH ** ((now - received_at).days / 365.25))


def _shared(total: int, weights: Sequence[float]) -> list[int]:
    """A number shared out by weights, whole and without rest."""
    reached = list(accumulate(weights))
    marks = [round(total * mark / reached[-1]) for mark in reached] if reached else []
    return [mark - before for before, mark in zip([0, *marks], marks, strict=False)]


def _evenly(total: int, places: int) -> list[int]:
    """A number shared out evenly: the first ones get what is left over."""
    if not places:
        return []
    share, rest = divmod(total, places)
    return [share + (place < rest) for place in range(places)]


def _weeks(case: Original, zone: ZoneInfo, hours: Callable[[date], Hours]) -> list[int]:
    """By how many weeks the course of an ended case can be moved back so that no working time changes."""
    first, last = case.received_at.astimezone(zone).date(), case.until.astimezone(zone).date()
    days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    here = [hours(day) for day in days]
    return [
        back
        for back in range(1, WEEKS + 1)
        if all(hours(day - timedelta(weeks=back)) == own for day, own in zip(days, here, strict=True))
    ]
