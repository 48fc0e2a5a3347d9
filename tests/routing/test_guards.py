"""What must hold before a step: each guard on its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.routing import guards
from services.routing.actors import decides, limit_of, reviews, supervises, verifies, works
from services.routing.case import Case
from services.routing.guards import Ask, Guard, pause_ends
from tests.routing.world import MONDAY, a_case, later, person, policy, sample_policy, staff_id

OFFICER = person("officer1.lodging", "lodging", "officer")
APPROVER = person("approver.services", "services", "approver")


def ask(case: Case, member: Any = APPROVER, now: Any = MONDAY, **fields: Any) -> Ask:
    return Ask(case, member, sample_policy(), now, fields)


def stops(guard: Guard, question: Ask) -> bool:
    blocked = guard(question)
    assert blocked is None or (blocked.what and blocked.remedy)
    return blocked is not None


def test_the_owner_does_not_decide_on_their_own_case() -> None:
    assert stops(guards.not_the_owner, ask(a_case(), OFFICER))
    assert not stops(guards.not_the_owner, ask(a_case(), APPROVER))


def test_nobody_approves_a_response_of_their_own() -> None:
    assert stops(guards.not_the_proposer, ask(a_case(proposed_by=APPROVER.staff_id)))
    assert not stops(guards.not_the_proposer, ask(a_case(proposed_by=OFFICER.staff_id)))


def test_the_decision_is_made_outside_the_responsible_unit() -> None:
    assert stops(guards.outside_the_unit, ask(a_case(), person("approver.lodging", "lodging", "approver")))
    assert not stops(guards.outside_the_unit, ask(a_case()))


def test_nobody_handles_a_complaint_about_themselves() -> None:
    assert stops(guards.not_the_subject, ask(a_case(subject_person="officer1.lodging"), OFFICER))
    assert not stops(guards.not_the_subject, ask(a_case(subject_person="officer2.lodging"), OFFICER))


@pytest.mark.parametrize(("unit", "stopped"), [("services", True), ("sales", True), ("people", False)])
def test_neither_the_unit_complained_of_nor_one_below_it_handles_the_case(unit: str, stopped: bool) -> None:
    case = a_case(unit="people", subject_unit="services")
    assert stops(guards.not_below_the_subject, ask(case, person("x", unit, "approver"))) is stopped


def test_a_review_is_not_made_by_whoever_decided() -> None:
    assert stops(guards.not_the_decider, ask(a_case(decided_by=APPROVER.staff_id)))
    assert not stops(guards.not_the_decider, ask(a_case(decided_by=OFFICER.staff_id)))


def test_who_delivered_a_remedy_does_not_prove_its_delivery() -> None:
    assert stops(guards.not_the_deliverer, ask(a_case(deliverers=(APPROVER.staff_id,))))
    assert not stops(guards.not_the_deliverer, ask(a_case()))


@pytest.mark.parametrize(("baht", "stopped"), [("20000", False), ("20000.01", True), ("0", False)])
def test_a_sum_over_the_settlement_limit_of_the_role_is_for_somebody_higher(baht: str, stopped: bool) -> None:
    assert stops(guards.within_the_limit, ask(a_case(proposal={"baht": baht}))) is stopped


def test_a_sum_that_a_review_changes_is_measured_too() -> None:
    assert stops(guards.within_the_limit, ask(a_case(proposal={"baht": "10"}), baht="30000"))


def test_a_role_without_a_limit_settles_nothing_and_no_limits_at_all_mean_no_limit() -> None:
    assert limit_of(sample_policy(), ("reviewer",)) == 0
    assert limit_of(policy(settlement_limits=[]), ("reviewer",)) is None


def test_beyond_every_approver_the_executive_decides() -> None:
    chief = person("chief", "quick", "executive")
    bundle = sample_policy()
    assert decides(a_case(proposal={"baht": "50000"}), chief, bundle)
    assert not decides(a_case(proposal={"baht": "500"}), chief, bundle)
    assert not decides(a_case(proposal={"baht": "50000"}, restricted=True), chief, bundle)


def test_only_the_approving_unit_decides() -> None:
    bundle = sample_policy()
    assert decides(a_case(), APPROVER, bundle)
    assert not decides(a_case(), person("approver.people", "people", "approver"), bundle)
    assert not decides(a_case(), person("other", "services", "officer"), bundle)


def test_the_owner_and_the_officers_of_the_unit_work_a_case() -> None:
    bundle = sample_policy()
    assert works(a_case(), OFFICER, bundle)
    assert works(a_case(), person("officer2.lodging", "lodging", "officer"), bundle)
    assert not works(a_case(), person("officer1.sales", "sales", "officer"), bundle)
    assert not works(a_case(), person("auditor", "lodging", "auditor"), bundle)


def test_above_a_restricted_unit_stands_only_its_approving_unit() -> None:
    bundle = sample_policy()
    case = a_case(unit="integrity", approving_unit="audit", restricted=True)
    auditing = person("approver.audit", "audit", "approver")
    assert verifies(case, auditing, bundle)
    assert supervises(case, auditing, bundle)
    assert reviews(case, auditing, bundle)
    assert not verifies(a_case(), APPROVER, bundle)


def test_no_close_without_a_decision() -> None:
    assert stops(guards.has_a_decision, ask(a_case()))
    assert not stops(guards.has_a_decision, ask(a_case(decided_at=MONDAY)))


def test_no_close_of_a_complaint_without_a_cause() -> None:
    assert stops(guards.has_a_cause, ask(a_case()))
    assert not stops(guards.has_a_cause, ask(a_case(cause="process")))
    assert not stops(guards.has_a_cause, ask(a_case(kind="enquiry")))


def test_no_close_with_unfinished_tasks_but_the_verifier_proves_open_remedies() -> None:
    assert stops(guards.tasks_are_finished, ask(a_case(open_tasks=2, open_remedies=1)))
    assert not stops(guards.tasks_are_finished, ask(a_case(open_tasks=1, open_remedies=1)))
    assert stops(guards.nothing_is_owed, ask(a_case(open_tasks=1, open_remedies=1)))


def test_silence_closes_only_after_every_notice_and_the_days_of_the_policy() -> None:
    told = a_case(state="decision_communicated", told_at=MONDAY, notices=2)
    assert stops(guards.was_given_notice, ask(told, None, later(days=29)))
    assert not stops(guards.was_given_notice, ask(told, None, later(days=30)))
    assert stops(guards.was_given_notice, ask(a_case(told_at=MONDAY, notices=1), None, later(days=40)))


def test_the_window_to_reopen_counts_from_the_decision_not_from_the_last_edit() -> None:
    case = a_case(state="closed", decided_at=MONDAY, told_at=MONDAY, ended_at=later(days=20), changed_at=later(days=29))
    assert not stops(guards.reopening_is_in_time, ask(case, None, later(days=30)))
    assert stops(guards.reopening_is_in_time, ask(case, None, later(days=30, seconds=1)))


def test_after_a_second_decision_the_windows_count_from_that_one() -> None:
    case = a_case(state="closed", decided_at=MONDAY, told_at=later(days=100))
    assert not stops(guards.reopening_is_in_time, ask(case, None, later(days=120)))


def test_a_decision_can_be_contested_for_the_days_of_the_policy() -> None:
    case = a_case(state="decision_communicated", told_at=MONDAY)
    assert not stops(guards.contest_is_in_time, ask(case, None, later(days=30)))
    assert stops(guards.contest_is_in_time, ask(case, None, later(days=31)))


def waited(*stretches: tuple[float, float]) -> Case:
    waits = [[later(seconds=begun).isoformat(), later(seconds=until).isoformat()] for begun, until in stretches]
    return a_case(waits=waits)


def test_all_waits_together_are_capped() -> None:
    bundle = sample_policy()  # PT60S round the clock
    assert pause_ends(a_case(), bundle, MONDAY) == later(seconds=60)
    assert pause_ends(waited((0, 20)), bundle, later(seconds=100)) == later(seconds=140)
    assert pause_ends(waited((0, 20), (50, 80)), bundle, later(seconds=100)) == later(seconds=110)


def test_no_wait_begins_when_the_cap_is_used_up() -> None:
    assert stops(guards.pause_is_left, ask(waited((0, 70)), now=later(seconds=100)))
    assert not stops(guards.pause_is_left, ask(waited((0, 50)), now=later(seconds=100)))


def test_a_cap_in_working_days_counts_working_time_only() -> None:
    week = {day: ["08:30-12:00", "13:00-16:30"] for day in ("mon", "tue", "wed", "thu", "fri")}
    office = {"code": "office", "label": {"th": "เวลาราชการ"}, "week": week}
    bundle = policy(
        calendars=[office], default_calendar="office", lifecycle={"pause_cap": "P2WD"}, version="quick-office"
    )
    friday = MONDAY + timedelta(days=4)
    assert pause_ends(a_case(), bundle, friday).astimezone(MONDAY.tzinfo).date() == (MONDAY + timedelta(days=8)).date()


def test_staff_ids_of_the_tests_are_those_of_the_user_names() -> None:
    assert OFFICER.staff_id == staff_id("officer1.lodging")
