"""The changes beside the steps: reassigning, priority, kind, contacts, notes, tasks, raising."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from schemas.cases import (
    CasePrioritised,
    CaseRaised,
    CaseReassigned,
    CaseReclassified,
    ContactRecorded,
    NoteAdded,
    TaskChanged,
)
from schemas.complaints import Subject
from services.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from services.routing.add_note import add_note
from services.routing.allowed import StaleCase, StepNotAllowed
from services.routing.change_task import add_task, drop_task, finish_task
from services.routing.edit_gist import edit_gist
from services.routing.raise_case import raise_case
from services.routing.reassign_case import reassign_case
from services.routing.reclassify_case import reclassify_case
from services.routing.record_contact import record_contact
from services.routing.reprioritise_case import reprioritise_case
from tests.routing.world import World, later

OFFICER, HEAD = "officer1.lodging", "head.lodging"


@pytest.fixture
async def case_id(world: World) -> UUID:
    """A case that is assigned to officer1 of the lodging department."""
    return await world.filed(category="cleanliness")


async def do(world: World, use_case: Any, case_id: UUID, username: str, *args: Any, **values: Any) -> Any:
    """Call a use case as a member of staff."""
    async with world.database.transaction() as tx:
        return await use_case(tx, world.copies, case_id, *args, viewer=world.people[username], now=world.now, **values)


async def last(world: World, case_id: UUID) -> Any:
    return (await world.announced(case_id))[-1].payload()


# ---- reassigning


async def test_a_case_is_given_to_another_unit_and_its_least_loaded_officer(world: World, case_id: UUID) -> None:
    await do(world, reassign_case, case_id, HEAD, unit="sales", reason="เป็นเรื่องสินค้า")
    case = await world.case(case_id)
    assert (case.state, case.unit, case.transfers) == ("assigned", "sales", 1)
    assert world.username(case.owner) == "officer1.sales"
    fact = await last(world, case_id)
    assert isinstance(fact, CaseReassigned)
    assert (fact.unit_before, fact.case.version) == ("lodging", 4)


async def test_changing_the_owner_within_the_unit_is_no_transfer(world: World, case_id: UUID) -> None:
    await do(world, reassign_case, case_id, OFFICER, owner="officer2.lodging", reason="ลาป่วย")
    case = await world.case(case_id)
    assert (world.username(case.owner), case.transfers) == ("officer2.lodging", 0)


async def test_a_case_is_never_reassigned_to_its_subject_or_their_unit(world: World) -> None:
    case_id = await world.filed(category="conduct", subject=Subject(person="officer1.sales"))
    for change in ({"unit": "sales"}, {"unit": "people", "owner": "officer1.sales"}):
        with pytest.raises(InvalidInput):
            await do(world, reassign_case, case_id, "supervisor", reason="ลอง", **change)
    await do(world, reassign_case, case_id, "supervisor", unit="lodging", reason="อยู่นอกหน่วย")
    assert (await world.case(case_id)).approving_unit not in ("lodging", "sales")


async def test_an_ordinary_case_is_not_reassigned_into_the_restricted_unit_by_hand(world: World, case_id: UUID) -> None:
    with pytest.raises(InvalidInput):
        await do(world, reassign_case, case_id, HEAD, unit="integrity", reason="ลอง")


async def test_a_case_still_to_be_assigned_is_assigned_not_reassigned(world: World) -> None:
    case_id = await world.filed(category="other")
    with pytest.raises(Conflict):
        await do(world, reassign_case, case_id, "centre", unit="sales", reason="ลอง")


async def test_a_case_that_is_over_is_not_reassigned(world: World, case_id: UUID) -> None:
    await world.acts(case_id, "withdraw")
    with pytest.raises(Conflict):
        await do(world, reassign_case, case_id, HEAD, unit="sales", reason="ลอง")


async def test_a_change_on_an_old_reading_is_refused(world: World, case_id: UUID) -> None:
    with pytest.raises(StaleCase):
        await do(world, reassign_case, case_id, HEAD, unit="sales", reason="ลอง", expected_version=2)


# ---- priority


async def test_a_priority_changes_with_its_reason_and_both_values_on_record(world: World, case_id: UUID) -> None:
    await do(world, reprioritise_case, case_id, OFFICER, priority="urgent", reason="มีเด็กป่วย")
    fact = await last(world, case_id)
    assert isinstance(fact, CasePrioritised)
    assert (fact.priority_before, fact.case.priority, str(fact.reason)) == ("normal", "urgent", "มีเด็กป่วย")
    assert not fact.on_review


async def test_a_priority_changed_by_who_oversees_is_a_review(world: World, case_id: UUID) -> None:
    await do(world, reprioritise_case, case_id, HEAD, priority="urgent", reason="ทบทวน")
    assert (await last(world, case_id)).on_review


async def test_the_same_priority_again_changes_nothing(world: World, case_id: UUID) -> None:
    await do(world, reprioritise_case, case_id, OFFICER, priority="normal", reason="ลอง")
    assert (await world.case(case_id)).version == 3


# ---- kind and category


async def test_the_kind_changes_with_a_reason_and_back(world: World, case_id: UUID) -> None:
    await do(world, reclassify_case, case_id, OFFICER, kind="enquiry", reason="ถามเฉยๆ")
    assert (await world.case(case_id)).kind == "enquiry"
    await do(world, reclassify_case, case_id, OFFICER, kind="complaint", reason="ร้องเรียนจริง")
    fact = await last(world, case_id)
    assert isinstance(fact, CaseReclassified)
    assert (fact.kind_before, fact.case.kind) == ("enquiry", "complaint")


async def test_the_owner_does_not_call_their_case_spam_but_somebody_else_may(world: World, case_id: UUID) -> None:
    with pytest.raises(Conflict):
        await do(world, reclassify_case, case_id, OFFICER, kind="spam", reason="โฆษณา")
    await do(world, reclassify_case, case_id, "officer2.lodging", kind="spam", reason="โฆษณา")
    assert (await world.case(case_id)).kind == "spam"
    await do(world, reclassify_case, case_id, "officer2.lodging", kind="complaint", reason="เข้าใจผิด")
    assert (await world.case(case_id)).kind == "complaint"


async def test_what_turns_out_to_be_misconduct_goes_to_the_restricted_unit_at_once(world: World, case_id: UUID) -> None:
    await do(world, reclassify_case, case_id, OFFICER, category="misconduct", reason="มีการเรียกเงิน")
    case = await world.case(case_id)
    assert (case.unit, case.restricted, case.approving_unit) == ("integrity", True, "audit")
    assert world.username(case.owner) == "officer1.integrity"
    with pytest.raises(NotFound):
        await world.file(case_id, OFFICER)


async def test_the_cause_of_an_imported_case_is_coded_by_classifying(world: World, case_id: UUID) -> None:
    await do(world, reclassify_case, case_id, OFFICER, cause="process", reason="ทบทวนย้อนหลัง")
    assert (await world.case(case_id)).cause == "process"


# ---- contacts, notes, raising


async def test_a_contact_is_recorded_at_the_time_it_took_place(world: World, case_id: UUID) -> None:
    world.now = later(hours=5)
    when = later(hours=2).isoformat()
    await do(world, record_contact, case_id, OFFICER, medium="phone", text="นัดดูที่พัก", contacted_at=when)
    fact = await last(world, case_id)
    assert isinstance(fact, ContactRecorded)
    assert (fact.contacted_at, fact.medium, fact.progress) == (later(hours=2), "phone", True)


@pytest.mark.parametrize("hours", [-1, 6])
async def test_a_contact_lies_between_the_receipt_and_now(world: World, case_id: UUID, hours: int) -> None:
    world.now = later(hours=5)
    with pytest.raises(InvalidInput):
        await do(world, record_contact, case_id, OFFICER, medium="phone", contacted_at=later(hours=hours).isoformat())


async def test_a_note_is_internal(world: World, case_id: UUID) -> None:
    await do(world, add_note, case_id, "approver.lodging", text="ดูเรื่องปีก่อนด้วย")
    assert isinstance(await last(world, case_id), NoteAdded)
    assert not (await world.file(case_id, OFFICER)).timeline[-1].public


async def test_who_only_reads_adds_no_note(world: World, case_id: UUID) -> None:
    with pytest.raises(NotAllowed):
        await do(world, add_note, case_id, "auditor", text="เห็นแล้ว")


async def test_a_case_is_raised_by_hand_to_a_level_above_the_owner(world: World, case_id: UUID) -> None:
    await do(world, raise_case, case_id, OFFICER, level="line_manager", reason="เกินอำนาจ")
    fact = await last(world, case_id)
    assert isinstance(fact, CaseRaised)
    assert fact.level == "line_manager"


# ---- tasks


async def closing(world: World, case_id: UUID) -> None:
    """Lead the case to where only the verifier is left."""
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy="apology")
    await world.step(case_id, "decision_communicated", "approver.services")
    await world.acts(case_id, "accept")


async def test_an_unfinished_task_keeps_the_case_from_closing(world: World, case_id: UUID) -> None:
    task = await do(world, add_task, case_id, OFFICER, what="ซ่อมท่อ")
    await closing(world, case_id)
    with pytest.raises(StepNotAllowed, match="1 tasks are not finished"):
        await world.step(case_id, "closed", "verifier")
    await do(world, finish_task, case_id, OFFICER, task.task_id)
    await world.step(case_id, "closed", "verifier")


async def test_who_delivered_the_remedy_does_not_verify_it(world: World, case_id: UUID) -> None:
    await closing(world, case_id)
    task = (await world.file(case_id, OFFICER)).tasks[0]
    await do(world, finish_task, case_id, "verifier", task.id)
    fact = await last(world, case_id)
    assert isinstance(fact, TaskChanged)
    assert (fact.status, fact.remedy) == ("done", True)
    with pytest.raises(StepNotAllowed, match="You delivered"):
        await world.step(case_id, "closed", "verifier")
    await world.step(case_id, "closed", "approver.services")


async def test_a_granted_remedy_is_not_dropped_by_the_owner(world: World, case_id: UUID) -> None:
    await closing(world, case_id)
    task = (await world.file(case_id, OFFICER)).tasks[0]
    with pytest.raises(Conflict):
        await do(world, drop_task, case_id, OFFICER, task.id, reason="ไม่จำเป็น")
    await do(world, drop_task, case_id, "approver.services", task.id, reason="ผู้ร้องไม่ประสงค์")
    assert (await world.case(case_id)).open_tasks == 0


async def test_a_task_ends_once(world: World, case_id: UUID) -> None:
    task = await do(world, add_task, case_id, OFFICER, what="ซ่อมท่อ", owner="officer2.lodging")
    await do(world, finish_task, case_id, OFFICER, task.task_id)
    with pytest.raises(Conflict):
        await do(world, finish_task, case_id, OFFICER, task.task_id)
    with pytest.raises(NotFound):
        await do(world, finish_task, case_id, OFFICER, UUID(int=3))


async def test_a_new_decision_replaces_the_remedy_of_the_old(world: World, case_id: UUID) -> None:
    await world.step(case_id, "investigating", OFFICER)
    await world.step(case_id, "response_proposed", OFFICER, remedy="apology")
    await world.step(case_id, "decision_communicated", "approver.services")
    await world.acts(case_id, "contest", "น้อยไป")
    fields = {"remedy": "goodwill", "baht": "500", "authority": "ข้อ 2"}
    await world.step(case_id, "decision_communicated", "approver.legal", **fields)
    tasks = (await world.file(case_id, OFFICER)).tasks
    assert [(task.remedy_code, task.status) for task in tasks] == [("apology", "dropped"), ("goodwill", "open")]
    assert (await world.case(case_id)).open_remedies == 1


# ---- the line in the queue


async def test_the_gist_is_edited_and_the_one_before_is_kept(world: World, case_id: UUID) -> None:
    assert await do(world, edit_gist, case_id, OFFICER, gist="น้ำไม่ไหล \n บ้าน 3") == "น้ำไม่ไหล บ้าน 3"
    found = await world.file(case_id, OFFICER)
    assert (found.filed.gist, found.timeline[-1].texts["before"]) == ("น้ำไม่ไหล บ้าน 3", "น้ำไม่ไหลทั้งคืน")
    assert found.case.version == 3
    with pytest.raises(InvalidInput):
        await do(world, edit_gist, case_id, OFFICER, gist=" ")
