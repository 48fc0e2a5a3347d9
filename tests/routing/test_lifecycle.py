"""The table of the life of a case is that of the domain's section 3: every row of it, and no other."""

from __future__ import annotations

import pytest

from schemas.cases import ENDED
from services.kit.i18n import catalogue
from services.routing.actors import NOT_STAFF, STAFF
from services.routing.lifecycle import OPEN_STATES, STATE_LABELS, STATES, TABLE, row, steps_from

SECTION_3: dict[tuple[str | None, str], set[str]] = {
    (None, "received"): {"rules"},
    ("received", "assessed"): {"assessor", "rules"},
    ("assessed", "assigned"): {"assigner", "rules"},
    ("assigned", "assessed"): {"worker"},
    ("assigned", "investigating"): {"worker"},
    ("investigating", "awaiting_complainant"): {"worker"},
    ("awaiting_complainant", "investigating"): {"worker", "complainant"},
    ("investigating", "awaiting_third_party"): {"worker"},
    ("awaiting_third_party", "investigating"): {"worker"},
    ("investigating", "response_proposed"): {"worker"},
    ("response_proposed", "investigating"): {"decider"},
    ("response_proposed", "decision_communicated"): {"decider"},
    ("decision_communicated", "implementing"): {"complainant"},
    ("implementing", "closed"): {"verifier"},
    ("decision_communicated", "internal_review"): {"complainant"},
    ("internal_review", "decision_communicated"): {"reviewer"},
    ("decision_communicated", "external_dispute"): {"dispute_desk"},
    ("internal_review", "external_dispute"): {"dispute_desk"},
    ("external_dispute", "implementing"): {"dispute_desk"},
    ("external_dispute", "closed"): {"dispute_desk"},
    ("decision_communicated", "closed"): {"system"},
    ("closed", "reopened"): {"complainant", "supervisor"},
    ("reopened", "investigating"): {"worker", "supervisor", "complainant"},
    **{
        (state, to): {"supervisor"}
        for state in ("received", "assessed")
        for to in ("not_accepted", "referred", "merged")
    },
    # A merging that was wrong is undone.
    ("merged", "assessed"): {"supervisor"},
    **{(state, "withdrawn"): {"complainant"} for state in OPEN_STATES},
}


def test_the_table_has_every_row_of_section_3_and_no_other() -> None:
    found: dict[tuple[str | None, str], set[str]] = {}
    for transition in TABLE:
        found.setdefault((transition.come_from, transition.to), set()).update(transition.who)
    assert found == SECTION_3


def test_every_row_names_known_states_actors_and_a_clause() -> None:
    for transition in TABLE:
        assert transition.come_from is None or transition.come_from in STATES
        assert transition.to in STATES
        assert transition.who
        assert set(transition.who) <= NOT_STAFF | set(STAFF)
        assert transition.clause


def test_every_state_can_be_reached_and_every_open_state_left() -> None:
    reached, ahead = set(), ["received"]
    while ahead:
        state = ahead.pop()
        reached.add(state)
        ahead += [t.to for t in steps_from(state) if t.to not in reached]
    assert reached == set(STATES)
    assert all(steps_from(state) for state in OPEN_STATES)


@pytest.mark.parametrize("state", sorted(ENDED - {"closed", "merged"}))
def test_a_case_out_of_the_count_goes_no_further(state: str) -> None:
    assert steps_from(state) == ()


def test_every_step_and_state_has_its_thai_label() -> None:
    thai = catalogue()
    assert {STATE_LABELS[state] for state in STATES} <= set(thai)
    assert {transition.label for transition in TABLE} <= set(thai)


@pytest.mark.parametrize("state", OPEN_STATES)
def test_only_the_complainant_withdraws(state: str) -> None:
    assert row(state, "withdrawn", "complainant") is not None
    assert not any(t.by_staff for t in steps_from(state) if t.to == "withdrawn")


def test_only_the_complainant_accepts_and_contests() -> None:
    for to in ("implementing", "internal_review"):
        assert {who for t in steps_from("decision_communicated") if t.to == to for who in t.who} == {"complainant"}
