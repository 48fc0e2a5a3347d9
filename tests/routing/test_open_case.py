"""Opening cases: the rules place, assess and assign; what they cannot place goes to the triage desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from schemas.cases import CaseImported, CaseMoved
from schemas.complaints import History, Promised, Subject
from services.kit.database import Database
from services.routing.assignment import least_loaded
from tests.routing.world import World, later, person, policy, sample_policy


async def moves(world: World, case_id: UUID) -> list[CaseMoved]:
    facts = [event.payload() for event in await world.announced(case_id)]
    assert all(isinstance(fact, CaseMoved) for fact in facts)
    return facts  # type: ignore[return-value]


# ---- by the rules


async def test_the_rules_assess_and_assign_without_a_person(world: World) -> None:
    case = await world.case(await world.filed(category="cleanliness"))
    assert (case.state, case.unit, case.version) == ("assigned", "lodging", 3)
    assert world.username(case.owner) == "officer1.lodging"
    assert case.approving_unit == "services"


async def test_every_step_of_opening_is_announced_with_the_rule_that_decided(world: World) -> None:
    facts = await moves(world, await world.filed(category="cleanliness"))
    assert [(fact.came_from, fact.to, fact.rule, fact.actor) for fact in facts] == [
        (None, "received", None, "complainant"),
        ("received", "assessed", "category", "rules"),
        ("assessed", "assigned", "category", "rules"),
    ]
    assert [fact.case.version for fact in facts] == [1, 2, 3]
    assert [fact.case.state for fact in facts] == ["received", "assessed", "assigned"]


async def test_a_service_point_sends_the_case_to_the_unit_that_runs_it(world: World) -> None:
    case = await world.case(await world.filed(category="product", service_point="shop"))
    assert (case.unit, case.service_point) == ("sales", "shop")


async def test_what_no_rule_matches_waits_at_the_triage_desk(world: World) -> None:
    case = await world.case(await world.filed(category="other"))
    assert (case.state, case.unit, case.owner) == ("assessed", "centre", None)


async def test_an_unknown_category_goes_to_the_triage_desk_too(world: World) -> None:
    case = await world.case(await world.filed(category="no_longer_there"))
    assert (case.state, case.unit) == ("assessed", "centre")


async def test_words_of_danger_make_a_case_urgent_and_safety_critical(world: World) -> None:
    case = await world.case(await world.filed("สะพานขาด มีคนตก", category="other"))
    assert (case.priority, case.safety, case.unit) == ("urgent", True, "lodging")


async def test_misconduct_goes_straight_to_the_restricted_unit(world: World) -> None:
    case = await world.case(await world.filed(category="misconduct"))
    assert (case.unit, case.restricted, case.approving_unit) == ("integrity", True, "audit")
    assert world.username(case.owner) == "officer1.integrity"


async def test_a_letter_typed_in_later_was_received_when_it_came(world: World) -> None:
    case_id = await world.filed(channel="letter", received_at=later(days=-3), filed_by=world.people["centre"].staff_id)
    first = (await moves(world, case_id))[0]
    assert (first.at, first.actor) == (later(days=-3), "staff")


# ---- the least loaded officer on duty


def test_the_least_loaded_for_their_capacity_takes_the_case() -> None:
    small = person("a", "lodging", "officer", capacity=10)
    large = person("b", "lodging", "officer", capacity=40)
    load = {small.staff_id: 3, large.staff_id: 8}
    assert least_loaded([small, large], load) == large
    assert load[large.staff_id] == 9


def test_equal_loads_are_decided_alike_every_time() -> None:
    people = [person(name, "lodging", "officer") for name in ("b", "a", "c")]
    assert least_loaded(people, {}) == least_loaded(list(reversed(people)), {}) == people[1]


def test_the_one_complained_of_never_takes_the_case() -> None:
    people = [person("a", "lodging", "officer"), person("b", "lodging", "officer")]
    assert least_loaded(people, {}, subject_person="a") == people[1]
    assert least_loaded(people[:1], {}, subject_person="a") is None


async def test_a_batch_is_shared_out_evenly(world: World) -> None:
    ids = [await world.announce("intake", world.complaint(category="cleanliness")) for _ in range(6)]
    await world.drain()
    owners = [world.username((await world.case(case_id)).owner) for case_id in ids]
    assert sorted(owners, key=str) == ["officer1.lodging"] * 3 + ["officer2.lodging"] * 3


async def test_cases_that_wait_for_the_complainants_answer_are_no_load(world: World) -> None:
    first = await world.filed(category="cleanliness")
    await world.step(first, "investigating", "officer1.lodging")
    await world.step(first, "response_proposed", "officer1.lodging")
    await world.step(first, "decision_communicated", "approver.services")
    second = await world.case(await world.filed(category="cleanliness"))
    assert world.username(second.owner) == "officer1.lodging"


async def test_nobody_on_duty_leaves_the_case_unassigned_in_its_unit(world: World) -> None:
    off = [
        world.people[name].model_copy(update={"on_duty": False}) for name in ("officer1.lodging", "officer2.lodging")
    ]
    await world.employ(*off)
    case = await world.case(await world.filed(category="cleanliness"))
    assert (case.state, case.unit, case.owner) == ("assigned", "lodging", None)
    await world.step(case.id, "investigating", "officer2.lodging")
    assert world.username((await world.case(case.id)).owner) == "officer2.lodging"


# ---- complaints about conduct


async def test_a_complaint_about_a_unit_never_goes_to_it_or_below(world: World) -> None:
    case = await world.case(await world.filed(category="conduct", subject=Subject(unit="support")))
    below = world.bundle.subtree("support")
    assert case.unit not in below
    assert case.approving_unit not in below
    assert case.subject_unit == "support"


async def test_a_complaint_about_a_person_never_goes_to_their_unit(world: World) -> None:
    case = await world.case(await world.filed(category="conduct", subject=Subject(person="officer1.people")))
    assert case.unit not in world.bundle.subtree("people")
    assert case.approving_unit != "people"
    assert (case.subject_unit, case.subject_person) == ("people", "officer1.people")


async def test_a_complaint_about_the_head_of_everything_goes_to_the_restricted_unit(world: World) -> None:
    case = await world.case(await world.filed(category="conduct", subject=Subject(person="head.quick")))
    assert (case.unit, case.restricted, case.approving_unit) == ("integrity", True, "audit")
    found = await world.file(case.id, "approver.audit")
    assert found.case.subject_person == "head.quick"


@pytest.mark.parametrize("unit", [unit.code for unit in sample_policy().units])
async def test_whatever_unit_is_complained_of_neither_handler_nor_approver_is_below_it(world: World, unit: str) -> None:
    case = await world.case(await world.filed(category="conduct", subject=Subject(unit=unit)))
    barred = set() if unit == "quick" else set(world.bundle.subtree(unit))
    assert case.unit not in barred
    assert case.approving_unit not in barred | {case.unit}


async def test_a_person_who_is_not_known_yet_is_waited_for_a_little(world: World) -> None:
    case_id = await world.announce("intake", world.complaint(category="conduct", subject=Subject(person="newcomer")))
    world.now = await recorded_at(world)
    await world.drain()
    assert await world.database.read("select status from routing.parked where case_id = $1", case_id)
    await world.employ(person("newcomer", "sales", "officer"))
    await world.drain()
    assert (await world.case(case_id)).subject_unit == "sales"


async def test_a_person_nobody_knows_does_not_hold_the_complaint_up_for_long(world: World) -> None:
    case_id = await world.announce("intake", world.complaint(category="conduct", subject=Subject(person="stranger")))
    world.now = await recorded_at(world) + timedelta(seconds=6)
    await world.drain()
    assert (await world.case(case_id)).state == "assigned"


async def recorded_at(world: World) -> datetime:
    """When intake's journal took the last event."""
    found: datetime = (await world.database.read("select max(recorded_at) at from intake.journal"))[0]["at"]
    return found


# ---- order and repetition


async def test_a_complaint_judged_by_a_policy_not_yet_known_waits_for_it(database: Database) -> None:
    world = World(database, bundle=policy(version="quick-2"))
    await world.reader.prepare()
    case_id = await world.announce("intake", world.complaint())
    await world.drain()
    assert await world.database.read("select 1 from routing.parked where status = 'not_yet'")
    await world.prepare()
    await world.drain()
    assert (await world.case(case_id)).policy_version == "quick-2"


async def test_reading_again_opens_no_case_twice(world: World) -> None:
    await world.filed()
    await world.drain()
    rows = await world.database.read("select count(*) n from routing.case")
    assert rows[0]["n"] == 1


async def test_until_sla_tells_of_clocks_the_queue_goes_by_what_was_promised(world: World) -> None:
    promised = Promised(first_contact=later(hours=5), resolve=later(days=10))
    case_id = await world.filed(promised=promised)
    found = await world.file(case_id, "officer1.lodging")
    assert (found.due_at, found.due_target, found.missed) == (later(hours=5), "first_contact", False)


# ---- history


async def test_history_is_opened_where_it_stands_and_moves_nobody(world: World) -> None:
    history = History(
        state="closed", unit="sales", owner="officer2.sales", priority="urgent", decided_at=later(days=-10),
        closed_at=later(days=-9), cause="process", reopened_count=1,
    )  # fmt: skip
    complaint = world.complaint("เรื่องเก่า", history=history, received_at=later(days=-20))
    case_id = await world.announce("intake", complaint, historical=True)
    await world.drain()
    case = await world.case(case_id)
    assert (case.state, case.unit, case.version, case.priority) == ("closed", "sales", 1, "urgent")
    assert (case.decided_at, case.ended_at, case.cause) == (later(days=-10), later(days=-9), "process")
    assert world.username(case.owner) == "officer2.sales"
    events = await world.announced(case_id)
    assert [event.type for event in events] == [CaseImported.TYPE]
    assert events[0].historical


async def test_history_without_a_time_of_closing_counts_as_over(world: World) -> None:
    case_id = await world.announce("intake", world.complaint(history=History(state="closed")), historical=True)
    await world.drain()
    case = await world.case(case_id)
    assert (case.open, case.ended_at, case.unit) == (False, None, "lodging")
