"""The levels of a clock and their moments."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.policy import target_for
from services.kit.working_time import compile_calendar
from services.sla.deadlines import Timing, levels_of, next_at, pending
from tests.sla.world import at, policy

BUNDLE = policy(
    escalation=[
        {"level": "owner", "when": {"at": "warn75"}, "quiet": False},
        {"level": "unit_head", "when": {"at": "warn50", "after": "P4WD"}},
        {"level": "unit_head", "when": {"at": "warn50"}, "targets": ["acknowledge"]},
        {"level": "line_manager", "when": {"at": "missed"}},
        {"level": "executive", "when": {"at": "missed", "after": "PT90M"}},
    ]
)
RESOLVE = target_for(BUNDLE, "complaint", "resolve", "urgent")
TIMING = Timing(at("2026-11-02 09:00"), at("2026-11-05 16:30"), compile_calendar(BUNDLE.calendar("office")), pauses=[])


def test_the_owner_is_told_at_every_warning_and_at_the_breach_even_if_the_chain_forgets_them() -> None:
    assert RESOLVE is not None
    levels = {level.code: level for level in levels_of(BUNDLE, RESOLVE)}
    assert list(levels) == [
        "warn50", "unit_head:warn50+P4WD", "warn75", "warn90", "missed", "line_manager:missed",
        "executive:missed+PT90M",
    ]  # fmt: skip
    assert {levels[code].chain for code in ("warn50", "warn75", "warn90", "missed")} == {"owner"}
    # A step of the chain for the owner is the warning itself, with what the step says of quiet hours.
    assert (levels["warn50"].quiet, levels["warn75"].quiet) == (True, False)


def test_time_after_the_breach_is_working_time_too() -> None:
    assert RESOLVE is not None
    moments = {level.code: when for when, level in pending(levels_of(BUNDLE, RESOLVE), (), TIMING)}
    assert moments["line_manager:missed"] == at("2026-11-05 16:30")
    assert moments["executive:missed+PT90M"] == at("2026-11-06 10:00")
    assert moments["unit_head:warn50+P4WD"] == at("2026-11-10 16:30")


CODES = [level.code for level in levels_of(BUNDLE, RESOLVE)] if RESOLVE else []


@given(st.sets(st.sampled_from(CODES)), st.booleans())
def test_the_next_moment_is_the_earliest_of_all_that_are_pending(fired: set[str], missed: bool) -> None:
    assert RESOLVE is not None
    levels = levels_of(BUNDLE, RESOLVE)
    times: list[datetime] = [when for when, _ in pending(levels, fired, TIMING)]
    if not missed:
        times.append(TIMING.due_at)
    assert next_at(levels, fired, TIMING, missed=missed, pause_limit=None) == min(times, default=None)
