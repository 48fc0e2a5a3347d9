"""Spans, intervals and texts as they are written in a policy."""

import pickle
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas.policy import Calendar, Interval, PolicyBundle, QuietHours, Span
from schemas.policy_calendar import ClosedDay

SPAN = TypeAdapter(Span)
INTERVAL = TypeAdapter(Interval)
QUIET = TypeAdapter(QuietHours)


@pytest.mark.parametrize("written", ["P3WD", "3 working days", "3 working-days", "3 วันทำการ", " p3wd "])
def test_working_days_have_one_canonical_spelling(written: str) -> None:
    span = SPAN.validate_python(written)
    assert str(span) == "P3WD"
    assert (span.working_days, span.seconds) == (3, None)


@pytest.mark.parametrize(
    ("written", "seconds"), [("PT8H", 28800), ("PT30S", 30), ("PT1H30M", 5400), ("pt2s", 2), ("PT0S", 0)]
)
def test_iso_durations_are_working_time(written: str, seconds: int) -> None:
    span = SPAN.validate_python(written)
    assert (span.working_days, span.seconds) == (None, seconds)


@pytest.mark.parametrize(
    "written", ["", "PT", "P", "P1D", "8h", "-3 working days", "PT8", "P1WDT3H", 3, None, "PT1.5S"]
)
def test_what_is_neither_is_refused_with_a_remedy(written: object) -> None:
    with pytest.raises(ValidationError) as refused:
        SPAN.validate_python(written)
    assert refused.value.errors()[0]["ctx"]["remedy"]


@given(st.one_of(st.integers(0, 9999).map(lambda n: f"P{n}WD"), st.integers(0, 99_999).map(lambda n: f"PT{n}S")))
def test_a_span_read_again_is_the_same(written: str) -> None:
    span = SPAN.validate_python(written)
    again = SPAN.validate_json(SPAN.dump_json(span))
    assert (again, again.working_days, again.seconds) == (span, span.working_days, span.seconds)
    copied = pickle.loads(pickle.dumps(span))
    assert (copied.working_days, copied.seconds) == (span.working_days, span.seconds)


def test_a_span_is_told_to_the_public_in_words() -> None:
    told = {w: SPAN.validate_python(w) for w in ("P1WD", "P15WD", "PT2H", "PT90M", "PT0S")}
    assert [span.say("th") for span in told.values()] == ["1 วันทำการ", "15 วันทำการ", "2 ชั่วโมงทำการ", "90 นาที", "ทันที"]
    assert [span.say("en") for span in told.values()] == [
        "1 working day",
        "15 working days",
        "2 working hours",
        "90 minutes",
        "at once",
    ]


def test_an_interval_may_end_at_midnight_and_never_runs_backwards() -> None:
    day = INTERVAL.validate_python("00:00-24:00")
    assert (day.start, day.end) == (0, 86400)
    for written in ("13:00-12:00", "12:00-12:00", "24:00-24:00", "8:30-12:00", "08:30", "08:30-24:30"):
        with pytest.raises(ValidationError):
            INTERVAL.validate_python(written)


def test_quiet_hours_may_run_over_midnight() -> None:
    night = QUIET.validate_python("20:00-07:00")
    assert night.holds(23 * 3600)
    assert night.holds(0)
    assert not night.holds(7 * 3600)
    assert not night.holds(12 * 3600)
    noon = QUIET.validate_python("12:00-13:00")
    assert noon.holds(12 * 3600)
    assert not noon.holds(13 * 3600)
    with pytest.raises(ValidationError):
        QUIET.validate_python("at night")


def calendar(**fields: object) -> Calendar:
    return Calendar.model_validate({"code": "c", "label": {"th": "ปฏิทิน"}, **fields})


def test_an_exception_wins_over_a_closure_and_a_closure_over_the_week() -> None:
    made = calendar(
        week={"mon": ["08:30-12:00", "13:00-16:30"]},
        closed=[{"date": "2026-12-07", "name": {"th": "ชดเชย"}}, {"date": "2026-12-14", "name": {"th": "ปิด"}}],
        exceptions=[{"date": "2026-12-14", "intervals": ["08:30-12:00"], "name": {"th": "ครึ่งวัน"}}],
    )
    assert made.intervals_on(date(2026, 11, 30)) == ((30600, 43200), (46800, 59400))
    assert made.intervals_on(date(2026, 12, 1)) == ()
    assert made.intervals_on(date(2026, 12, 7)) == ()
    assert made.intervals_on(date(2026, 12, 14)) == ((30600, 43200),)
    name = made.closed_name(date(2026, 12, 7))
    assert name is not None
    assert name.th == "ชดเชย"


def test_a_calendar_open_always_is_open_every_second() -> None:
    made = calendar(open_always=True)
    assert made.intervals_on(date(2026, 12, 5)) == ((0, 86400),)
    with pytest.raises(ValidationError, match="open always"):
        calendar(open_always=True, week={"mon": ["08:30-12:00"]})


def test_intervals_of_a_day_may_touch_but_not_overlap() -> None:
    calendar(week={"mon": ["08:00-12:00", "12:00-13:00"]})
    with pytest.raises(ValidationError, match="begins before"):
        calendar(week={"mon": ["08:00-12:00", "11:00-13:00"]})
    with pytest.raises(ValidationError, match="begins before"):
        calendar(exceptions=[{"date": "2026-01-05", "intervals": ["13:00-14:00", "08:00-09:00"], "name": {"th": "x"}}])


def test_a_calendar_without_any_interval_is_known_to_be_never_open() -> None:
    assert calendar().never_open
    assert not calendar(open_always=True).never_open
    assert not calendar(
        exceptions=[{"date": "2026-01-05", "intervals": ["08:00-09:00"], "name": {"th": "x"}}]
    ).never_open


def test_a_policy_part_cannot_be_changed() -> None:
    day = ClosedDay.model_validate({"date": "2026-12-05", "name": {"th": "วันพ่อแห่งชาติ"}})
    with pytest.raises(ValidationError):
        day.name = day.name  # type: ignore[misc]


def test_the_policy_has_a_json_schema() -> None:
    schema = PolicyBundle.model_json_schema()
    assert "units" in schema["properties"]
