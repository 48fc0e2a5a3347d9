"""Whatever steps a case takes, in any order the table has, it stays consistent and its version only grows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.cases import ENDED
from services.routing.case import Case
from services.routing.forms import Filled
from services.routing.lifecycle import steps_from
from services.routing.moving import Step, after
from tests.routing.world import MONDAY, a_case, later, sample_policy, staff_id

BUNDLE = sample_policy()
PEOPLE = [staff_id(name) for name in ("officer1.lodging", "approver.services", "verifier", "reviewer")]
UNITS = [unit.code for unit in BUNDLE.units if not unit.restricted]


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What a walk is made of: which row is taken, by whom, after how long, with what."""
    one = st.fixed_dictionaries(
        {
            "choice": st.integers(0, 20),
            "by": st.sampled_from([None, *PEOPLE]),
            "seconds": st.integers(0, 40_000),
            "rating": st.integers(1, 5),
            "unit": st.sampled_from(UNITS),
            "remedy": st.sampled_from([None, "refund"]),
        }
    )
    return draw(st.lists(one, min_size=1, max_size=25))


def filled(to: str, drawn: dict[str, Any], now: Any) -> Filled:
    """What the step to `to` records."""
    ratings = dict.fromkeys(("severity", "safety", "complexity", "impact", "urgency"), drawn["rating"])
    fields: dict[str, Any] = {
        "assessed": ratings,
        "assigned": {"unit": drawn["unit"], "owner": str(PEOPLE[0])},
        "investigating": {"no_conflict": True},
        "awaiting_complainant": {"until": (now + timedelta(seconds=30)).isoformat()},
        "response_proposed": {"cause": "process", **({"remedy": drawn["remedy"]} if drawn["remedy"] else {})},
    }.get(to, {})
    return Filled(fields, {"reason": "เพราะ"})


def check(before: Case, case: Case) -> None:
    """What holds of every case after every step."""
    assert case.version == before.version + 1
    assert case.changed_at >= before.changed_at
    assert (case.ended_at is not None) == (case.state in ENDED)
    assert case.approving_unit != case.unit
    assert case.open_tasks >= case.open_remedies >= 0
    running = [until for _, until in case.waits if until is None]
    assert len(running) == (case.state == "awaiting_complainant")
    moments = [at for begun, until in case.pauses() for at in (begun, until) if at is not None]
    assert moments == sorted(moments)
    assert case.reopened_count >= before.reopened_count
    assert before.decided_at is None or case.decided_at == before.decided_at
    if case.state in ("decision_communicated", "implementing", "internal_review"):
        assert case.decided_at is not None
        assert case.told_at is not None
    assert (case.silence_at is not None) == (case.state == "decision_communicated")
    assert isinstance(case.owner, UUID | None)


@given(steps())
@settings(max_examples=300, deadline=None)
def test_no_walk_along_the_table_reaches_an_inconsistent_case(walk: list[dict[str, Any]]) -> None:
    case = a_case(state="received", version=1, owner=None, unit="centre", approving_unit="support")
    now = later(seconds=1)
    for drawn in walk:
        rows = steps_from(case.state)
        if not rows:
            break
        now += timedelta(seconds=drawn["seconds"])
        chosen = rows[drawn["choice"] % len(rows)]
        before = case
        case = after(case, Step(chosen.to, filled(chosen.to, drawn, now), drawn["by"], now, BUNDLE))
        assert case.state == chosen.to
        check(before, case)


@given(st.lists(st.sampled_from(UNITS), min_size=1, max_size=6))
def test_transfers_count_every_unit_after_the_first(units: list[str]) -> None:
    case = a_case(state="assessed", owner=None, unit="centre", approving_unit="support")
    now = MONDAY
    for unit in units:
        case = after(case, Step("assigned", Filled({"unit": unit, "owner": None}), None, now, BUNDLE))
        case = after(case, Step("assessed", Filled({}, {"reason": "ไม่ใช่"}), None, now, BUNDLE))
    assert case.unit == "centre"
    assert case.transfers == sum(unit != "centre" for unit in units)
