"""Opening cases: the rules place, assess and assign; what they cannot place goes to the triage desk."""

from __future__ import annotations

from tests.routing.world import World


async def test_the_rules_assess_and_assign_without_a_person(world: World) -> None:
    case = await world.case(await world.filed(category="cleanliness"))
    assert (case.state, case.unit, case.version) == ("assigned", "lodging", 3)
    assert world.username(case.owner) == "officer1.lodging"
    assert case.approving_unit == "services"


async def test_every_step_of_opening_is_announced_with_the_rule_that_decided(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    facts = [event.payload() for event in await world.announced(case_id)]
    assert [(f.came_from, f.to, f.rule) for f in facts] == [  # type: ignore[attr-defined]
        (None, "received", None),
        ("received", "assessed", "category"),
        ("assessed", "assigned", "category"),
    ]
    assert [f.case.version for f in facts] == [1, 2, 3]  # type: ignore[attr-defined]


async def test_what_no_rule_matches_waits_at_the_triage_desk(world: World) -> None:
    case = await world.case(await world.filed(category="other"))
    assert (case.state, case.unit, case.owner) == ("assessed", "centre", None)


async def test_a_life_from_filing_to_closing(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await world.step(case_id, "investigating", "officer1.lodging")
    await world.step(case_id, "response_proposed", "officer1.lodging")
    moved = await world.step(case_id, "decision_communicated", "approver.services")
    assert moved.state == "decision_communicated"
    await world.acts(case_id, "accept")
    moved = await world.step(case_id, "closed", "verifier")
    case = await world.case(case_id)
    assert case.state == "closed"
    assert case.version == moved.version
