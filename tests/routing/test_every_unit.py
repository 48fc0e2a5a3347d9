"""In every unit of the sample organisations a case can be led from filing to closing by the people who are there."""

from __future__ import annotations

from uuid import UUID

import pytest

from schemas.complaints import Subject
from schemas.governance import StaffMember
from services.kit.database import Database
from services.kit.errors import NotFound
from services.routing.allowed import allowed_steps
from services.routing.api import WORKERS
from tests.routing.world import World, sample_policy


async def who_can(world: World, case_id: UUID, to: str) -> list[StaffMember]:
    """Everybody who sees the case and may take it to `to` now."""
    found = []
    for member in world.people.values():
        if not set(member.roles) & set(WORKERS):
            continue
        try:
            case = (await world.file(case_id, member.username)).case
        except NotFound:
            continue
        steps = allowed_steps(case, member, world.bundle, world.now)
        if any(step.to == to and step.blocked is None for step in steps):
            found.append(member)
    return found


async def lead(world: World, case_id: UUID) -> None:
    """Lead a case that is assigned to its end, each step by somebody who may, and never all by one person."""
    cause = world.bundle.causes[0].code
    hands = []
    for to in ("investigating", "response_proposed", "decision_communicated"):
        people = await who_can(world, case_id, to)
        assert people, f"nobody can take it to {to}"
        fields = {"cause": cause, "remedy": "apology"} if to == "response_proposed" else {}
        medium = {"medium": world.bundle.channels[0].code} if to == "decision_communicated" else {}
        await world.step(case_id, to, people[0].username, **fields, **medium)
        hands.append(people[0])
    await world.acts(case_id, "accept")
    verifiers = await who_can(world, case_id, "closed")
    assert verifiers, "nobody can close it"
    await world.step(case_id, "closed", verifiers[0].username)
    case = await world.case(case_id)
    assert case.state == "closed"
    assert hands[0].unit == case.unit
    assert hands[2].unit != case.unit
    assert case.owner not in (hands[2].staff_id, verifiers[0].staff_id)


@pytest.mark.parametrize("name", ["quick", "fio"])
async def test_every_ordinary_unit_can_lead_a_case_to_its_end(database: Database, name: str) -> None:
    world = World(database, bundle=sample_policy(name))
    await world.prepare()
    for unit in world.bundle.units:
        if unit.restricted:
            continue
        case_id = await world.filed("ไม่รู้ว่าเป็นของใคร", category=None)
        assert (await world.case(case_id)).state == "assessed"
        await world.step(case_id, "assigned", "centre", unit=unit.code)
        case = await world.case(case_id)
        assert (case.unit, case.owner is not None) == (unit.code, True)
        await lead(world, case_id)


@pytest.mark.parametrize("name", ["quick", "fio"])
async def test_the_restricted_units_lead_their_cases_among_themselves(database: Database, name: str) -> None:
    world = World(database, bundle=sample_policy(name))
    await world.prepare()
    category = next(one.code for one in world.bundle.categories if world.bundle.is_misconduct(one.code))
    outside = {member.unit for member in world.people.values()} - {"integrity", "audit"}
    case_id = await world.filed("มีการเรียกเงิน", category=category)
    case = await world.case(case_id)
    assert (case.state, case.unit, case.owner is not None) == ("assigned", world.bundle.restricted_unit, True)
    for to in ("investigating", "assessed"):
        assert not {member.unit for member in await who_can(world, case_id, to)} & outside
    await lead(world, case_id)


@pytest.mark.parametrize("name", ["quick", "fio"])
async def test_every_category_is_placed_with_an_owner_or_at_the_triage_desk(database: Database, name: str) -> None:
    world = World(database, bundle=sample_policy(name))
    await world.prepare()
    point = world.bundle.service_points[0].code
    for category in world.bundle.categories:
        case = await world.case(await world.filed(category=category.code, service_point=point))
        assert case.approving_unit != case.unit
        if case.state == "assessed":
            assert case.unit == world.bundle.triage_unit
        else:
            assert (case.state, case.owner is not None) == ("assigned", True)


@pytest.mark.parametrize("name", ["quick", "fio"])
async def test_a_contested_decision_in_a_restricted_unit_finds_a_reviewer_who_did_not_decide(
    database: Database, name: str
) -> None:
    world = World(database, bundle=sample_policy(name))
    await world.prepare()
    category = next(one.code for one in world.bundle.categories if world.bundle.is_misconduct(one.code))
    for subject in (None, Subject(unit="audit"), Subject(unit="integrity")):
        case_id = await world.filed("มีการเรียกเงิน", category=category, subject=subject)
        case = await world.case(case_id)
        assert case.restricted, subject
        barred = {subject.unit} if subject else set()
        assert not barred & {case.unit, case.approving_unit}
        decider = await decide(world, case_id)
        await world.acts(case_id, "contest", "ไม่เป็นความจริง")
        reviewers = await who_can(world, case_id, "decision_communicated")
        assert reviewers, f"nobody reviews {subject}"
        assert decider not in reviewers
        assert not {member.unit for member in reviewers} & (barred | {case.unit})
        await world.step(case_id, "decision_communicated", reviewers[0].username)


async def decide(world: World, case_id: UUID, **proposal: object) -> StaffMember:
    """Lead an assigned case to its decision; who made it."""
    given = {"cause": world.bundle.causes[0].code, "remedy": "apology", **proposal}
    for to, fields in (("investigating", {}), ("response_proposed", given)):
        people = await who_can(world, case_id, to)
        await world.step(case_id, to, people[0].username, **fields)
    deciders = await who_can(world, case_id, "decision_communicated")
    assert deciders, "nobody decides"
    await world.step(case_id, "decision_communicated", deciders[0].username, medium=world.bundle.channels[0].code)
    return deciders[0]
