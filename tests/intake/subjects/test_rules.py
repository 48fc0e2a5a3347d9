"""The clock of a request about one's own data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.policy import DataRequests
from services.intake.subjects.rules import clock_of, days_left, standing_of

BANGKOK = "Asia/Bangkok"
RECEIVED = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)
DUE = datetime(2026, 12, 20, 16, 59, 59, tzinfo=UTC)


def test_a_request_is_due_at_the_end_of_the_thirtieth_day_after_the_one_it_came_in() -> None:
    assert clock_of(RECEIVED, DataRequests(), BANGKOK).due_at == DUE


def test_the_day_of_receipt_is_that_of_the_zone_of_the_policy() -> None:
    late_evening = datetime(2026, 11, 19, 17, 30, tzinfo=UTC)  # half past midnight of the 20th in Bangkok
    assert clock_of(late_evening, DataRequests(), BANGKOK).due_at == DUE


def test_those_who_answer_are_warned_some_days_before_and_never_before_it_came_in() -> None:
    assert clock_of(RECEIVED, DataRequests(), BANGKOK).warn_at == datetime(2026, 12, 13, 1, 30, tzinfo=UTC)
    assert clock_of(RECEIVED, DataRequests(answer_days=3, warn_days=10), BANGKOK).warn_at == RECEIVED


@pytest.mark.parametrize(
    ("state", "settled", "now", "standing"),
    [
        ("open", None, RECEIVED, "open"),
        ("open", None, DUE - timedelta(days=3), "near"),
        ("open", None, DUE + timedelta(seconds=1), "late"),
        ("done", DUE, DUE + timedelta(days=9), "done"),
        ("done", DUE + timedelta(seconds=1), DUE + timedelta(days=9), "late"),
    ],
)
def test_what_was_answered_after_its_day_stays_late(
    state: str, settled: datetime | None, now: datetime, standing: str
) -> None:
    clock = clock_of(RECEIVED, DataRequests(), BANGKOK)
    assert standing_of(state, clock.warn_at, clock.due_at, settled, now) == standing


def test_the_days_left_are_counted_by_the_calendar() -> None:
    assert days_left(DUE, RECEIVED, BANGKOK) == 30
    assert days_left(DUE, DUE + timedelta(seconds=2), BANGKOK) == -1
