"""What holds of working time for every calendar, start and pause, and agreement with the slow way of counting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.working_time import (
    Pause,
    WorkingCalendar,
    add_working_days,
    add_working_seconds,
    due_at,
    explain,
    threshold_at,
    used_fraction,
    working_seconds_between,
)
from tests.kit.working_hours import OFFICE_DAY, OFFICE_WEEK, Within, walked_days, walked_seconds

FROM = datetime(2026, 11, 1, tzinfo=UTC)
MINUTE = 60
OF_ONE_OFFSET = ("Asia/Bangkok", "UTC", "Asia/Kathmandu")
ZONES = (*OF_ONE_OFFSET, "America/St_Johns", "Europe/Berlin")


@st.composite
def hours_of_a_day(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Nought to three intervals in whole minutes, touching or apart, up to 24:00."""
    marks = draw(st.lists(st.integers(0, 1440), max_size=6, unique=True))
    marks = sorted(marks)[: len(marks) // 2 * 2]
    return [(a * MINUTE, b * MINUTE) for a, b in zip(marks[::2], marks[1::2], strict=True)]


@st.composite
def calendars(draw: st.DrawFn, zones: Sequence[str] = ZONES) -> WorkingCalendar:
    """A week that opens at least once, with a few closures and exceptions in November 2026."""
    days = st.dates(date(2026, 11, 1), date(2026, 11, 30))
    return WorkingCalendar(
        draw(st.sampled_from(zones)),
        {
            **draw(st.dictionaries(st.integers(0, 6), hours_of_a_day(), max_size=7)),
            draw(st.integers(0, 6)): draw(st.sampled_from([OFFICE_DAY, ((0, 86_400),)])),
        },
        dict.fromkeys(draw(st.sets(days, max_size=4)), "ปิด"),
        draw(st.dictionaries(days, hours_of_a_day(), max_size=3)),
    )


instants = st.integers(0, 30 * 86_400 * 10**6).map(lambda after: FROM + timedelta(microseconds=after))
# From the second day on: on the first, the clocks of St John's change.
minutes = st.integers(1440, 12 * 1440).map(lambda after: FROM + timedelta(minutes=after))
lengths = st.integers(0, 2_000_000)


@st.composite
def pauses_among(draw: st.DrawFn, times: st.SearchStrategy[datetime]) -> list[Pause]:
    """Up to four closed pauses in any order, overlapping as they please."""
    pairs = draw(st.lists(st.tuples(times, times), max_size=4))
    return [(min(pair), max(pair)) for pair in pairs]


@given(calendars(), instants, lengths)
def test_adding_and_measuring_are_inverse(calendar: WorkingCalendar, start: datetime, seconds: int) -> None:
    assert working_seconds_between(start, add_working_seconds(start, seconds, calendar), calendar) == seconds


@given(calendars(), instants, st.integers(1, 10**12))
def test_adding_and_measuring_are_inverse_to_the_microsecond(
    calendar: WorkingCalendar, start: datetime, micros: int
) -> None:
    seconds = micros / 10**6
    assert working_seconds_between(start, add_working_seconds(start, seconds, calendar), calendar) == seconds


@given(calendars(), instants, lengths, lengths)
def test_adding_twice_is_adding_the_sum(calendar: WorkingCalendar, start: datetime, one: int, two: int) -> None:
    once = add_working_seconds(start, one + two, calendar)
    assert add_working_seconds(add_working_seconds(start, one, calendar), two, calendar) == once


@given(calendars(), instants, instants, lengths, lengths)
def test_a_later_start_or_a_longer_span_is_never_due_earlier(
    calendar: WorkingCalendar, one: datetime, two: datetime, some: int, more: int
) -> None:
    early, late = sorted((one, two))
    assert add_working_seconds(early, some, calendar) <= add_working_seconds(late, some, calendar)
    assert add_working_seconds(early, some, calendar) <= add_working_seconds(early, some + more, calendar)
    assert add_working_days(early, some % 90, calendar) <= add_working_days(late, some % 90, calendar)


@given(calendars(), st.tuples(instants, instants, instants), st.data())
def test_working_time_is_additive_with_and_without_pauses(
    calendar: WorkingCalendar, times: tuple[datetime, datetime, datetime], data: st.DataObject
) -> None:
    a, b, c = sorted(times)
    for pauses in ([], data.draw(pauses_among(instants))):
        parts = working_seconds_between(a, b, calendar, pauses) + working_seconds_between(b, c, calendar, pauses)
        assert abs(parts - working_seconds_between(a, c, calendar, pauses)) < 1e-6


@given(calendars(), instants, lengths, instants, instants, instants)
def test_splitting_or_repeating_a_pause_changes_nothing(
    calendar: WorkingCalendar, start: datetime, seconds: int, one: datetime, two: datetime, three: datetime
) -> None:
    begun, middle, ended = sorted((one, two, three))
    within = Within(seconds=seconds)
    whole = due_at(start, within, calendar, [(begun, ended)])
    assert due_at(start, within, calendar, [(middle, ended), (begun, middle)]) == whole
    assert due_at(start, within, calendar, [(begun, ended), (begun, middle), (begun, ended)]) == whole


@given(calendars(), instants, lengths, st.data())
def test_the_time_outside_the_pauses_up_to_the_deadline_is_what_was_promised(
    calendar: WorkingCalendar, start: datetime, seconds: int, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_among(instants))
    due = due_at(start, Within(seconds=seconds), calendar, pauses)
    assert working_seconds_between(start, due, calendar, pauses) == seconds


@given(calendars(), instants, st.integers(1, 40), st.data())
def test_a_pause_never_shortens_a_day_counted_promise_and_keeps_its_working_time(
    calendar: WorkingCalendar, start: datetime, days: int, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_among(instants))
    plain, due = add_working_days(start, days, calendar), due_at(start, Within(working_days=days), calendar, pauses)
    assert due >= plain
    promised = working_seconds_between(start, plain, calendar)
    assert working_seconds_between(start, due, calendar, pauses) == promised
    assert explain(start, due, calendar, pauses).counted_days == days


@given(calendars(), instants, st.integers(60, 500_000), st.integers(1, 200), st.data())
def test_at_a_threshold_just_that_share_is_used(
    calendar: WorkingCalendar, start: datetime, seconds: int, percent: int, data: st.DataObject
) -> None:
    pauses = data.draw(pauses_among(instants))
    due = due_at(start, Within(seconds=seconds), calendar, pauses)
    at = threshold_at(start, due, percent, calendar, pauses)
    assert abs(used_fraction(start, due, at, calendar, pauses) - percent / 100) < 1e-6
    assert (at < due) == (percent < 100) or at == due


@given(calendars(), instants)
def test_working_time_passes_exactly_while_it_is_open(calendar: WorkingCalendar, at: datetime) -> None:
    tick = timedelta(microseconds=1)
    assert calendar.is_open(at) == (working_seconds_between(at, at + tick, calendar) > 0)


@settings(max_examples=40, deadline=None)
@given(calendars(), minutes, minutes, st.data())
def test_it_agrees_with_asking_of_every_minute(
    calendar: WorkingCalendar, one: datetime, two: datetime, data: st.DataObject
) -> None:
    start, end = sorted((one, two))
    pauses = data.draw(pauses_among(minutes))
    walked = walked_seconds(start, end, calendar, pauses, step=MINUTE)
    assert working_seconds_between(start, end, calendar, pauses) == walked


OPENINGS_AND_CLOSINGS = [
    datetime(2026, 11, 20, hour, minute, tzinfo=UTC) for hour, minute in ((1, 30), (5, 0), (9, 30))
]


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(OPENINGS_AND_CLOSINGS), st.integers(-1800, 1800), st.integers(0, 3600), st.data())
def test_it_agrees_with_asking_of_every_second_around_opening_and_closing(
    boundary: datetime, before: int, length: int, data: st.DataObject
) -> None:
    office = WorkingCalendar("Asia/Bangkok", OFFICE_WEEK, {}, {})
    start = boundary + timedelta(seconds=before)
    seconds = st.integers(0, 3600).map(lambda after: start + timedelta(seconds=after))
    pauses = data.draw(pauses_among(seconds))
    end = start + timedelta(seconds=length)
    assert working_seconds_between(start, end, office, pauses) == walked_seconds(start, end, office, pauses)


@given(calendars(OF_ONE_OFFSET), instants, st.integers(1, 400))
def test_it_agrees_with_turning_the_pages_of_the_calendar(
    calendar: WorkingCalendar, start: datetime, days: int
) -> None:
    assert add_working_days(start, days, calendar) == walked_days(start, days, calendar)
