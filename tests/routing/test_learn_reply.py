"""A person's reply that arrived, and a contact that reached nobody: which of them counts as a contact."""

from __future__ import annotations

from schemas.cases import ContactRecorded
from schemas.complaints import StaffReplied
from schemas.envelope import FreeText
from services.routing.record_contact import record_contact
from tests.routing.world import World, later, person, staff_id


async def test_a_reply_that_arrived_is_a_contact_of_that_moment(world: World) -> None:
    case_id = await world.filed()
    fact = StaffReplied(
        message_id=staff_id("m"), by=staff_id("officer1.lodging"), at=later(hours=1), medium="email",
        text=FreeText.of("ช่างจะไปพรุ่งนี้"),
    )  # fmt: skip
    await world.announce("intake", fact, case_id)
    await world.drain()
    facts = [event.payload() for event in await world.announced(case_id)]
    (contact,) = [fact for fact in facts if isinstance(fact, ContactRecorded)]
    assert contact.contacted_at == later(hours=1)
    assert contact.reached
    assert contact.by == staff_id("officer1.lodging")


async def test_a_contact_that_reached_nobody_tells_no_progress(world: World) -> None:
    case_id = await world.filed()
    async with world.database.transaction() as tx:
        await record_contact(
            tx, world.copies, case_id, medium="phone", reached=False,
            viewer=person("centre", "lodging", "centre"), now=later(hours=1),
        )  # fmt: skip
    facts = [event.payload() for event in await world.announced(case_id)]
    (contact,) = [fact for fact in facts if isinstance(fact, ContactRecorded)]
    assert not contact.reached
    assert not contact.progress
