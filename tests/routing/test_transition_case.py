"""A member of staff takes a step: who may, on which version, with what recorded, and what is announced."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from schemas.cases import CaseMoved, TaskChanged
from services.kit.errors import InvalidInput, NotFound
from services.routing.allowed import StaleCase, StepNotAllowed, allowed_steps
from tests.routing.world import World, later

OFFICER, APPROVER, VERIFIER = "officer1.lodging", "approver.services", "verifier"


@pytest.fixture
async def case_id(world: World) -> UUID:
    """A case that is assigned to the lodging department."""
    return await world.filed(category="cleanliness")


async def decided(world: World, case_id: UUID, **fields: Any) -> None:
    """Lead the case to a communicated decision."""
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, **fields)
    await world.step(case_id, "decision_communicated", APPROVER)


def fields_named(problem: InvalidInput) -> set[str]:
    return {field.field for field in problem.fields}


# ---- versions and visibility


async def test_every_step_adds_one_to_the_version(world: World, case_id: UUID) -> None:
    assert (await world.step(case_id, "investigating", OFFICER, expected=3)).version == 4


async def test_a_step_on_an_old_reading_changes_nothing(world: World, case_id: UUID) -> None:
    with pytest.raises(StaleCase) as stale:
        await world.step(case_id, "investigating", OFFICER, expected=2)
    assert stale.value.extra == {"state": "assigned", "version": 3}
    assert (await world.case(case_id)).version == 3


async def test_of_two_steps_on_the_same_reading_only_one_is_taken(world: World, case_id: UUID) -> None:
    answers = await asyncio.gather(
        *(world.step(case_id, "investigating", name, expected=3) for name in (OFFICER, "officer2.lodging")),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if isinstance(answer, BaseException)] == [StaleCase]
    assert (await world.case(case_id)).version == 4


async def test_fields_of_the_wrong_shape_are_named_too(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    odd: dict[str, Any] = {"findings": {"a": 1}, "cause": ["process"], "baht": [1], "deliver_by": 7, "remedy": {}}
    with pytest.raises(InvalidInput) as wrong:
        await world.step(case_id, "response_proposed", OFFICER, **odd)
    assert fields_named(wrong.value) == set(odd)


async def test_an_unknown_case_and_one_outside_the_scope_look_the_same(world: World, case_id: UUID) -> None:
    with pytest.raises(NotFound) as invisible:
        await world.step(case_id, "investigating", "officer1.sales")
    with pytest.raises(NotFound) as unknown:
        await world.step(UUID(int=7), "investigating", "officer1.sales")
    assert str(invisible.value) == str(unknown.value)


async def test_a_case_is_found_by_its_tracking_number_in_any_spelling(world: World, case_id: UUID) -> None:
    number = (await world.case(case_id)).tracking_number
    moved = await world.step(number.lower(), "investigating", OFFICER)
    assert moved.id == case_id


# ---- who, and what is allowed instead


async def test_a_step_that_is_not_possible_says_what_is(world: World, case_id: UUID) -> None:
    with pytest.raises(StepNotAllowed) as refused:
        await world.step(case_id, "closed", OFFICER)
    allowed = refused.value.in_words("en").extra["allowed"]
    assert {step["to"] for step in allowed} == {"assessed", "investigating"}


async def test_what_only_the_complainant_does_is_not_for_staff(world: World, case_id: UUID) -> None:
    with pytest.raises(StepNotAllowed, match="Only the complainant"):
        await world.step(case_id, "withdrawn", OFFICER)


async def test_the_officer_does_not_decide_and_is_told_who_does(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    case = await world.case(case_id)
    steps = {step.to: step for step in allowed_steps(case, world.people[OFFICER], world.bundle, world.now)}
    assert steps["decision_communicated"].blocked is not None
    with pytest.raises(StepNotAllowed, match="You own this case"):
        await world.step(case_id, "decision_communicated", OFFICER)


async def test_an_approver_who_owns_the_case_does_not_decide_on_it(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set owner = $1", world.people[APPROVER].staff_id)
    with pytest.raises(StepNotAllowed, match="You own this case"):
        await world.step(case_id, "decision_communicated", APPROVER)


async def test_the_approver_of_the_own_unit_does_not_decide(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    with pytest.raises(StepNotAllowed):
        await world.step(case_id, "decision_communicated", "approver.lodging")


async def test_the_approver_sends_a_response_back_with_a_reason(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER)
    with pytest.raises(InvalidInput) as missing:
        await world.bare_step(case_id, "investigating", APPROVER)
    assert fields_named(missing.value) == {"reason"}
    moved = await world.bare_step(case_id, "investigating", APPROVER, reason="ขาดหลักฐาน")
    assert moved.state == "investigating"


# ---- what a step records


async def test_every_field_that_is_wrong_is_named(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    with pytest.raises(InvalidInput) as wrong:
        await world.step(
            case_id,
            "response_proposed",
            OFFICER,
            findings="",
            cause="bad luck",
            baht="many",
            deliver_by="2020-01-01",
            x=1,
        )
    assert fields_named(wrong.value) == {"findings", "cause", "baht", "deliver_by", "x"}
    assert (await world.case(case_id)).state == "investigating"


async def test_investigating_needs_the_declaration_of_no_conflict(world: World, case_id: UUID) -> None:
    with pytest.raises(InvalidInput):
        await world.step(case_id, "investigating", OFFICER, no_conflict=False)
    await world.step(case_id, "investigating", OFFICER)
    case = await world.case(case_id)
    assert (case.declared_by, case.declared_at) == (world.people[OFFICER].staff_id, world.now)


async def test_a_sum_needs_a_remedy_and_the_rule_that_allows_it(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    with pytest.raises(InvalidInput) as wrong:
        await world.step(case_id, "response_proposed", OFFICER, baht="500")
    assert fields_named(wrong.value) == {"remedy", "authority"}


async def test_words_travel_as_erasable_text_and_everything_else_as_plain_values(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy="refund", baht="1,200.5", authority="ระเบียบ ข้อ 4")
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, CaseMoved)
    assert fact.fields["baht"] == "1200.50"
    assert set(fact.texts) == {"findings", "correction"}
    assert fact.by == world.people[OFFICER].staff_id
    assert fact.case.cause == "equipment"


async def test_control_characters_and_direction_overrides_do_not_get_in(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, findings="ก\x00ข\u202eค\ud800")
    proposal = (await world.case(case_id)).proposal
    assert proposal is not None
    assert proposal["findings"] == "กขค"


async def test_an_enquiry_is_never_answered_with_a_letter_of_recourse(world: World) -> None:
    case_id = await world.filed(kind="enquiry", category="lodging")
    case = await world.case(case_id)
    officer = world.username(case.owner) or ""
    await world.step(case_id, "investigating", officer)
    await world.step(case_id, "response_proposed", officer, cause=None, correction=None)
    approver = f"approver.{case.approving_unit}"
    with pytest.raises(InvalidInput) as wrong:
        await world.step(case_id, "decision_communicated", approver, recourse="ศาลปกครอง")
    assert fields_named(wrong.value) == {"recourse"}
    await world.step(case_id, "decision_communicated", approver)
    assert "recourse" not in ((await world.case(case_id)).decision or {})


async def test_a_decision_on_a_complaint_names_the_recourse_the_charter_publishes(world: World, case_id: UUID) -> None:
    await decided(world, case_id)
    assert "1567" in ((await world.case(case_id)).decision or {})["recourse"]


async def test_a_person_assesses_and_the_severity_matrix_gives_the_priority(world: World, case_id: UUID) -> None:
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set state = 'received'")
    await world.step(case_id, "assessed", OFFICER, safety=5)
    case = await world.case(case_id)
    assert (case.priority, case.safety) == ("urgent", True)


# ---- waiting


async def test_waiting_for_the_complainant_pauses_no_longer_than_the_policy_allows(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    until = (world.now + timedelta(days=10)).isoformat()
    await world.step(case_id, "awaiting_complainant", OFFICER, what="ขอรูปถ่าย", until=until)
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, CaseMoved)
    assert fact.pause_until == later(seconds=60)


async def test_words_from_the_complainant_end_the_wait(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    until = (world.now + timedelta(seconds=30)).isoformat()
    await world.step(case_id, "awaiting_complainant", OFFICER, what="ขอรูปถ่าย", until=until)
    world.now = later(seconds=20)
    await world.acts(case_id, "add", "ส่งรูปแล้ว")
    case = await world.case(case_id)
    assert (case.state, case.waiting) == ("investigating", None)
    assert case.pauses() == [(later(), later(seconds=20))]


async def test_when_the_cap_is_used_up_no_further_wait_begins(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    until = (world.now + timedelta(days=1)).isoformat()
    await world.step(case_id, "awaiting_complainant", OFFICER, what="ขอรูปถ่าย", until=until)
    world.now = later(seconds=61)
    await world.acts(case_id, "add", "ส่งรูปแล้ว")
    with pytest.raises(StepNotAllowed, match="stood still"):
        await world.step(case_id, "awaiting_complainant", OFFICER, what="ขออีก", until=later(days=2).isoformat())


# ---- returning, assigning, out of the count


async def test_a_returned_case_goes_to_the_triage_desk_without_an_owner(world: World, case_id: UUID) -> None:
    await world.bare_step(case_id, "assessed", OFFICER, reason="เป็นเรื่องของฝ่ายขาย")
    case = await world.case(case_id)
    assert (case.state, case.unit, case.owner, case.transfers) == ("assessed", "centre", None, 1)
    await world.step(case_id, "assigned", "centre", unit="sales")
    case = await world.case(case_id)
    assert (case.state, case.unit, case.approving_unit, case.transfers) == ("assigned", "sales", "services", 1)
    assert world.username(case.owner) == "officer1.sales"


async def test_the_centre_names_an_officer_of_the_unit_and_nobody_else(world: World) -> None:
    case_id = await world.filed(category="other")
    with pytest.raises(InvalidInput):
        await world.step(case_id, "assigned", "centre", unit="sales", owner="officer1.lodging")
    await world.step(case_id, "assigned", "centre", unit="sales", owner="officer2.sales")
    assert world.username((await world.case(case_id)).owner) == "officer2.sales"


@pytest.mark.parametrize("to", ["not_accepted", "referred", "merged"])
async def test_only_a_supervisor_takes_a_case_out_of_the_count(world: World, to: str) -> None:
    case_id = await world.filed(category="other")
    other = await world.case(await world.filed(category="other"))
    extra = {"referred": {"body": "อบต."}, "merged": {"into": other.tracking_number}}.get(to, {})
    with pytest.raises(StepNotAllowed):
        await world.step(case_id, to, "officer1.centre", reason="นอกอำนาจ", **extra)
    with pytest.raises(InvalidInput) as missing:
        await world.step(case_id, to, "supervisor", **extra)
    assert fields_named(missing.value) == {"reason"}
    await world.step(case_id, to, "supervisor", reason="นอกอำนาจ", **extra)
    case = await world.case(case_id)
    assert case.state == to
    assert case.ended_at == world.now


async def test_the_owner_does_not_take_their_case_out_of_the_count(world: World) -> None:
    case_id = await world.filed(category="other")
    async with world.database.transaction() as tx:
        await tx.execute("update routing.case set owner = $1", world.people["supervisor"].staff_id)
    with pytest.raises(StepNotAllowed, match="You own this case"):
        await world.step(case_id, "not_accepted", "supervisor", reason="นอกอำนาจ")


async def test_a_case_is_merged_into_another_that_goes_on(world: World) -> None:
    first, second = await world.filed(category="other"), await world.filed(category="other")
    with pytest.raises(InvalidInput) as itself:
        number = (await world.case(first)).tracking_number
        await world.step(first, "merged", "supervisor", reason="ซ้ำ", into=number)
    assert fields_named(itself.value) == {"into"}
    with pytest.raises(InvalidInput):
        await world.step(first, "merged", "supervisor", reason="ซ้ำ", into="QCK-69-99999-Z")
    await world.step(first, "merged", "supervisor", reason="ซ้ำ", into=(await world.case(second)).tracking_number)
    outcome = (await world.case(first)).outcome
    assert outcome is not None
    assert outcome["into_id"] == str(second)


# ---- decision, remedy, closing


async def test_the_decision_travels_with_what_it_grants(world: World, case_id: UUID) -> None:
    await decided(world, case_id, remedy="refund", baht="900", authority="ระเบียบ ข้อ 4")
    moved = next(
        fact
        for event in await world.announced(case_id)
        if isinstance(fact := event.payload(), CaseMoved) and fact.to == "decision_communicated"
    )
    assert (moved.fields["remedy"], moved.fields["baht"]) == ("refund", "900.00")
    assert moved.case.decided_at == world.now


async def test_a_granted_remedy_becomes_a_task_with_a_date(world: World, case_id: UUID) -> None:
    await decided(world, case_id, remedy="refund", baht="900", authority="ระเบียบ ข้อ 4")
    task = (await world.file(case_id, OFFICER)).tasks[0]
    assert (task.remedy, task.status, task.baht) == (True, "open", Decimal("900.00"))
    assert task.due_at == later(seconds=120)  # the policy's deliver_within
    fact = (await world.announced(case_id))[-1].payload()
    assert isinstance(fact, TaskChanged)
    assert (fact.remedy, fact.status, fact.due_at) == (True, "open", task.due_at)


async def test_the_verifiers_proof_finishes_the_remedy_and_closes_the_case(world: World, case_id: UUID) -> None:
    await decided(world, case_id, remedy="refund", baht="900", authority="ระเบียบ ข้อ 4")
    await world.acts(case_id, "accept")
    with pytest.raises(StepNotAllowed):
        await world.step(case_id, "closed", OFFICER)
    moved = await world.step(case_id, "closed", VERIFIER)
    case = await world.case(case_id)
    assert (case.state, case.open_tasks, case.version) == ("closed", 0, moved.version)
    last = (await world.announced(case_id))[-1].payload()
    assert isinstance(last, TaskChanged)
    assert (last.status, last.done_at) == ("done", world.now)


async def test_a_sum_over_the_approvers_limit_goes_to_the_executive(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy="refund", baht="50000", authority="ข้อ 9")
    with pytest.raises(StepNotAllowed, match="over your settlement limit"):
        await world.step(case_id, "decision_communicated", APPROVER)
    await world.step(case_id, "decision_communicated", "head.quick")


async def test_a_review_is_decided_by_others_than_the_decision(world: World, case_id: UUID) -> None:
    await decided(world, case_id)
    await world.acts(case_id, "contest", "ไม่ตรงกับข้อเท็จจริง")
    case = await world.case(case_id)
    assert (case.state, case.approving_unit) == ("internal_review", "legal")
    with pytest.raises((StepNotAllowed, NotFound)):
        await world.step(case_id, "decision_communicated", APPROVER)
    await world.step(case_id, "decision_communicated", "approver.legal")
    assert (await world.case(case_id)).state == "decision_communicated"


async def test_an_external_dispute_is_recorded_and_closed_with_proof(world: World, case_id: UUID) -> None:
    await decided(world, case_id)
    await world.step(case_id, "external_dispute", "centre", body="ศาลปกครอง", reason="ผู้ร้องฟ้อง")
    await world.step(case_id, "closed", "centre", reason="ศาลยกฟ้อง")
    assert (await world.case(case_id)).state == "closed"


async def test_a_supervisor_reopens_and_the_owner_takes_it_up_again(world: World, case_id: UUID) -> None:
    await decided(world, case_id)
    await world.acts(case_id, "accept")
    await world.step(case_id, "closed", VERIFIER)
    await world.step(case_id, "reopened", "supervisor", reason="พบข้อเท็จจริงใหม่")
    await world.step(case_id, "investigating", OFFICER)
    case = await world.case(case_id)
    assert (case.reopened_count, case.ended_at, case.approving_unit) == (1, None, "services")
