"""The lag of an alert counts from when its threshold was due to be known (KPI 25)."""

from __future__ import annotations

import pytest

from schemas.clocks import AlertRaised
from tests.sla.world import Story, World, at


async def known(world: World, story: Story, target: str = "resolve") -> dict[str, object]:
    """When each level of a target was due to be known, as announced."""
    found = await world.announced(AlertRaised, story.case_id)
    return {fact.level: fact.known_at for fact in found if fact.clock.target == target}


async def test_a_threshold_that_is_crossed_in_its_time_is_known_then(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    await world.sweep("2027-01-29 16:31")
    rows = await world.alerts(story.case_id, "resolve")
    assert rows
    assert all(row["known_at"] == row["threshold_at"] for row in rows)


async def test_a_threshold_that_a_change_of_priority_puts_into_the_past_is_known_from_the_change(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.prioritised("2026-11-12 10:00", "urgent"))
    await world.sweep("2026-11-12 10:01")
    found = await known(world, story)
    assert found["warn50"] == at("2026-11-12 10:00")
    rows = {row["level"]: row for row in await world.alerts(story.case_id, "resolve")}
    assert rows["warn50"]["threshold_at"] < at("2026-11-12 10:00")


async def test_a_complaint_typed_in_late_is_known_from_its_recording(world: World) -> None:
    story = Story()
    recorded = at("2026-11-20 14:00")
    await world.hear(story.filed(recorded_at=recorded))
    await world.sweep("2026-11-20 14:01")
    found = await known(world, story, "acknowledge")
    assert found
    assert set(found.values()) == {recorded}


@pytest.mark.parametrize("sent", ["2026-11-20 14:01", "2026-11-24 09:00"])
async def test_a_receipt_corrected_to_be_earlier_is_known_from_the_correction(world: World, sent: str) -> None:
    story = Story()
    await world.hear(story.filed(), story.corrected("2026-10-01 09:00", "2026-11-02 14:00"))
    await world.sweep(sent)
    found = await known(world, story, "acknowledge")
    assert found["missed"] == at("2026-11-02 14:00")
