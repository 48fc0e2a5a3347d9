"""The fifteen rules of domain §4, each as other systems got it wrong."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.clocks import AlertRaised, ClockCancelled, ClockMoved, DeadlineMissed, MissWithdrawn
from services.sla import recompute_calendars as recompute_calendars_module
from services.sla.keep_clocks import refold
from services.sla.recompute_calendars import recompute_calendars
from tests.sla.world import Story, World, at, policy, staff_id


async def test_01_a_pause_counts_only_its_overlap_with_working_time(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("investigating", "2026-11-02 10:00"))
    # From Friday 15:30 to Monday 09:30: one hour of Friday and one of Monday.
    await world.hear(
        story.moved("awaiting_complainant", "2026-11-06 15:30"), story.moved("investigating", "2026-11-09 09:30")
    )
    clock = await world.clock(story.case_id)
    assert clock["due_at"] == at("2026-11-17 10:30")
    assert clock["paused_seconds"] == 2 * 3600


async def test_01_pauses_may_repeat(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("investigating", "2026-11-02 10:00"))
    for day in ("03", "04"):
        await world.hear(
            story.moved("awaiting_complainant", f"2026-11-{day} 09:00"),
            story.moved("investigating", f"2026-11-{day} 10:00"),
        )
    assert (await world.clock(story.case_id))["due_at"] == at("2026-11-17 10:30")


async def test_01_a_case_may_be_opened_paused(world: World) -> None:
    story = Story()
    await world.hear(story.filed(), story.moved("awaiting_complainant", story.received_at))
    clock = await world.clock(story.case_id)
    assert clock["state"] == "paused"
    await world.hear(story.moved("investigating", "2026-11-02 11:00"))
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["due_at"]) == ("running", at("2026-11-17 10:30"))


async def test_02_pause_history_survives_a_change_of_policy(world: World) -> None:
    story = Story()
    await world.hear(
        *story.begun(),
        story.moved("investigating", "2026-11-02 10:00"),
        story.moved("awaiting_complainant", "2026-11-03 09:00"),
        story.moved("investigating", "2026-11-03 10:00"),
    )
    await world.adopt(policy("p2", calendars=[_office(closed=["2026-11-10"])]), at("2026-11-05 00:00"))
    world.now = at("2026-11-05 08:00")
    assert await recompute_calendars(world.database, world.editions, world.now) == 1
    clock = await world.clock(story.case_id)
    assert clock["due_at"] == at("2026-11-18 09:30")
    assert clock["paused_seconds"] == 3600
    moved = (await world.announced(ClockMoved, story.case_id))[-1]
    assert (moved.why, moved.clock.policy_version) == ("calendar", "p1")


async def test_02_a_holiday_edit_recomputes_open_cases_only(world: World) -> None:
    decided, missed = Story(), Story(case_id=staff_id("another case"))
    await world.hear(*decided.begun(), decided.moved("decision_communicated", "2026-11-04 10:00"))
    missed.priority = "urgent"
    missed.category = "broken"
    await world.hear(*missed.begun())
    await world.sweep("2026-11-05 16:31")
    assert (await world.clock(missed.case_id))["missed"]
    await world.adopt(policy("p2", calendars=[_office(closed=["2026-11-04", "2026-11-10"])]), at("2026-11-06 00:00"))
    world.now = at("2026-11-06 08:00")
    await recompute_calendars(world.database, world.editions, world.now)
    assert (await world.clock(decided.case_id))["due_at"] == at("2026-11-16 16:30")
    clock = await world.clock(missed.case_id)
    assert (clock["missed"], clock["due_at"]) == (True, at("2026-11-05 16:30"))


async def test_02_a_new_policy_leaves_the_targets_of_open_cases_alone(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    targets = [{"code": "normal", "target": "resolve", "within": "P2WD"}]
    await world.adopt(policy("p2", targets=targets), at("2026-11-03 00:00"))
    world.now = at("2026-11-03 09:00")
    await world.hear(story.moved("investigating", "2026-11-03 09:00"))
    assert (await world.clock(story.case_id))["due_at"] == at("2026-11-16 16:30")


async def test_02_a_recomputation_that_was_interrupted_goes_on_where_it_stood(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [Story(case_id=staff_id(f"case {n}"), number=f"QCK-{n}") for n in range(5)]
    for story in cases:
        await world.hear(*story.begun())
    await world.adopt(policy("p2", calendars=[_office(closed=["2026-11-10"])]), at("2026-11-05 00:00"))
    world.now = at("2026-11-05 08:00")
    monkeypatch.setattr(recompute_calendars_module, "BATCH", 2)

    async def dies_at_the_second_batch(*args: Any) -> int:
        monkeypatch.setattr(recompute_calendars_module, "refold", broken)
        return await refold(*args)

    async def broken(*_args: Any) -> int:
        raise ConnectionError("killed")

    monkeypatch.setattr(recompute_calendars_module, "refold", dies_at_the_second_batch)
    with pytest.raises(ConnectionError):
        await recompute_calendars(world.database, world.editions, world.now)
    monkeypatch.setattr(recompute_calendars_module, "refold", refold)
    assert await recompute_calendars(world.database, world.editions, world.now) == 3
    for story in cases:
        assert (await world.clock(story.case_id))["due_at"] == at("2026-11-17 16:30")


async def test_03_working_time_has_several_intervals_half_days_and_closures_per_service_point(world: World) -> None:
    half_day = {"date": "2026-11-03", "intervals": ["08:30-12:00"], "name": {"th": "ครึ่งวัน"}}
    bundle = policy(
        "p3",
        calendars=[_office(), {**_office(), "code": "cabin", "exceptions": [half_day]}],
        service_points=[
            {"code": "cabin", "unit": "lodging", "calendar": "cabin", "name": {"th": "บ้านพัก"}},
            {"code": "shop", "unit": "sales", "name": {"th": "ร้าน"}},
        ],
        targets=[{"code": "ack", "target": "acknowledge", "within": "P1WD"},
                 {"code": "hours", "target": "resolve", "within": "PT10H"}],
    )  # fmt: skip
    await world.adopt(bundle, at("2020-01-02 00:00"))
    at_cabin = Story(policy_version="p3")
    at_shop = Story(case_id=staff_id("shop"), policy_version="p3", category="product")
    await world.hear(at_cabin.filed(service_point="cabin"), at_shop.filed(service_point="shop"))
    assert (await world.clock(at_cabin.case_id, "acknowledge"))["due_at"] == at("2026-11-03 12:00")
    assert (await world.clock(at_shop.case_id, "acknowledge"))["due_at"] == at("2026-11-03 16:30")
    # Ten hours from 09:00: 6.5 today; the cabin has 3.5 on its half day and needs no more.
    assert (await world.clock(at_cabin.case_id))["due_at"] == at("2026-11-03 12:00")
    assert (await world.clock(at_shop.case_id))["due_at"] == at("2026-11-03 12:00")


async def test_04_a_clock_started_at_closing_time_or_on_a_holiday_keeps_its_seconds(world: World) -> None:
    bundle = policy("p4", targets=[{"code": "hour", "target": "resolve", "within": "PT1H"}])
    await world.adopt(bundle, at("2020-01-02 00:00"))
    at_closing = Story(policy_version="p4", received_at=at("2026-11-02 16:30"))
    on_holiday = Story(case_id=staff_id("h"), policy_version="p4", received_at=at("2026-12-07 10:00"))
    with_seconds = Story(case_id=staff_id("s"), policy_version="p4", received_at=at("2026-11-02 09:00:07.250"))
    await world.hear(at_closing.filed(), on_holiday.filed(), with_seconds.filed())
    assert (await world.clock(at_closing.case_id))["due_at"] == at("2026-11-03 09:30")
    assert (await world.clock(on_holiday.case_id))["due_at"] == at("2026-12-08 09:30")
    assert (await world.clock(with_seconds.case_id))["due_at"] == at("2026-11-02 10:00:07.250")


async def test_05_a_priority_change_moves_the_deadlines(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.prioritised("2026-11-03 09:00", "urgent"))
    clock = await world.clock(story.case_id)
    assert (clock["due_at"], clock["priority"]) == (at("2026-11-05 16:30"), "urgent")
    moved = (await world.announced(ClockMoved, story.case_id))[0]
    assert (moved.due_before, moved.why) == (at("2026-11-16 16:30"), "priority")


async def test_05_a_priority_without_a_target_removes_the_deadline_and_another_brings_it_back(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.prioritised("2026-11-03 09:00", "complex"))
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["due_at"], clock["next_at"]) == ("cancelled", None, None)
    await world.hear(story.prioritised("2026-11-04 09:00", "normal"))
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["due_at"]) == ("running", at("2026-11-16 16:30"))


async def test_05_a_deadline_missed_before_the_priority_was_lowered_stays_missed(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun(), story.prioritised("2026-11-06 09:00", "normal"))
    clock = await world.clock(story.case_id)
    assert (clock["missed"], clock["state"], clock["due_at"]) == (True, "missed", at("2026-11-05 16:30"))


async def test_05_reassigning_never_restarts_a_clock(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    before = await world.clock(story.case_id)
    await world.hear(story.reassigned("2026-11-05 09:00", unit="sales", owner="seller"))
    after = await world.clock(story.case_id)
    assert (after["started_at"], after["due_at"]) == (before["started_at"], before["due_at"])
    assert (after["unit"], after["owner"]) == ("sales", staff_id("seller"))


async def test_06_a_reopened_case_gets_a_new_resolution_clock_and_the_old_breach_stays(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-06 09:00")
    alerts = len(await world.alerts(story.case_id, "resolve"))
    await world.hear(
        story.moved("decision_communicated", "2026-11-06 10:00"),
        story.moved("closed", "2026-11-06 11:00"),
        story.moved("reopened", "2026-11-20 09:00"),
    )
    clocks = await world.clocks(story.case_id)
    assert (clocks["resolve", 1]["state"], clocks["resolve", 1]["missed"]) == ("met_late", True)
    assert (clocks["resolve", 2]["state"], clocks["resolve", 2]["due_at"]) == ("running", at("2026-11-25 16:30"))
    # No stale alert of the first cycle fires, whenever the sweep looks.
    await world.sweep("2026-11-20 10:00")
    assert len(await world.alerts(story.case_id, "resolve")) == alerts


async def test_07_what_happens_after_a_decision_never_moves_the_moment_it_was_told(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("decision_communicated", "2026-11-04 10:00"))
    await world.hear(
        story.moved("internal_review", "2026-11-10 10:00"), story.moved("decision_communicated", "2026-11-20 10:00")
    )
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["met_at"]) == ("met", at("2026-11-04 10:00"))


async def test_08_a_later_target_never_hides_an_earlier_one(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("decision_communicated", "2026-11-06 10:00"))
    await world.sweep("2026-11-06 10:01")
    clocks = await world.clocks(story.case_id)
    assert clocks["resolve", 1]["state"] == "met"
    assert clocks["acknowledge", 1]["state"] == "missed"
    assert clocks["first_contact", 1]["state"] == "met_late"


async def test_08_progress_is_due_every_period_and_messages_of_the_complainant_do_not_extend_it(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    assert (await world.clock(story.case_id, "progress"))["due_at"] == at("2026-11-09 16:30")
    handlers = world.subscriptions.handlers
    added = story.added("2026-11-06 10:00")
    assert (added.source, added.type, added.version) not in handlers
    await world.hear(story.contacted("2026-11-06 11:00"))
    clocks = await world.clocks(story.case_id)
    assert clocks["progress", 1]["met_at"] == at("2026-11-06 11:00")
    assert clocks["progress", 2]["due_at"] == at("2026-11-11 16:30")


async def test_09_met_after_the_deadline_but_before_the_sweep_is_still_a_breach(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.acknowledged("2026-11-03 16:31"))
    clock = await world.clock(story.case_id, "acknowledge")
    assert (clock["state"], clock["missed"]) == ("met_late", True)
    assert [fact.clock.target for fact in await world.announced(DeadlineMissed)] == ["acknowledge"]


async def test_09_a_late_event_that_disproves_a_breach_withdraws_it_visibly(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    await world.sweep("2026-11-04 09:00")
    assert (await world.clock(story.case_id, "acknowledge"))["missed"]
    await world.hear(story.acknowledged("2026-11-03 10:00"))
    clock = await world.clock(story.case_id, "acknowledge")
    assert (clock["state"], clock["missed"]) == ("met", False)
    assert [fact.why for fact in await world.announced(MissWithdrawn)] == ["met in time"]


async def test_10_merged_withdrawn_and_referred_cases_leave_escalation(world: World) -> None:
    for place, ending in enumerate(("merged", "withdrawn", "referred", "not_accepted")):
        story = Story(case_id=staff_id(ending), number=f"QCK-{place}", category="broken", priority="urgent")
        await world.hear(*story.begun())
        await world.sweep("2026-11-03 16:31")
        before = len(await world.alerts(story.case_id))
        await world.hear(story.moved(ending, "2026-11-04 09:00"))
        await world.sweep("2026-12-04 09:00")
        assert len(await world.alerts(story.case_id)) == before
        clocks = await world.clocks(story.case_id)
        assert {clock["state"] for clock in clocks.values()} == {"cancelled"}
        # What it had already missed stays missed.
        assert [key[0] for key, clock in clocks.items() if clock["missed"]] == ["acknowledge"]
        assert len(await world.announced(ClockCancelled, story.case_id)) == 4
        world.now = at("2026-11-02 09:00")


async def test_10_a_case_that_is_separated_again_runs_from_its_first_receipt(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    before = await world.clock(story.case_id, "resolve")
    await world.hear(story.moved("merged", "2026-11-03 09:00"))
    assert (await world.clock(story.case_id, "resolve"))["state"] == "cancelled"
    await world.hear(story.moved("assessed", "2026-11-04 09:00"))
    after = await world.clock(story.case_id, "resolve")
    assert (after["state"], after["started_at"], after["due_at"]) == ("running", before["started_at"], before["due_at"])
    await world.sweep("2026-11-05 16:31")
    assert (await world.clock(story.case_id, "resolve"))["missed"]


async def test_11_warnings_are_measured_in_working_time_and_never_land_at_night(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-05 16:31")
    warnings = {row["level"]: row["threshold_at"] for row in await world.alerts(story.case_id, "resolve")}
    # 6.5 + 3 × 7 = 27.5 working hours from Monday 09:00.
    assert warnings["warn50"] == at("2026-11-04 08:45")
    assert warnings["warn75"] == at("2026-11-05 08:37:30")
    assert warnings["warn90"] == at("2026-11-05 13:45")
    assert warnings["missed"] == at("2026-11-05 16:30")


async def test_12_there_is_exactly_one_alert_for_each_level_however_often_the_sweep_runs(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    for when in ("2026-11-04 09:00", "2026-11-04 09:00", "2026-11-05 16:31", "2026-11-05 16:31", "2026-11-20 09:00"):
        await world.sweep(when)
    levels = [row["level"] for row in await world.alerts(story.case_id, "resolve")]
    assert sorted(levels) == sorted(
        ["warn50", "warn75", "warn90", "missed", "unit_head:warn90", "unit_head:missed",
         "line_manager:missed+P1WD", "executive:missed+P2WD"]
    )  # fmt: skip
    raised = [fact for fact in await world.announced(AlertRaised) if fact.clock.target == "resolve"]
    assert sorted(fact.level for fact in raised) == sorted(levels)


async def test_12_a_moved_deadline_never_fires_a_level_again_but_the_next_cycle_does(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-04 09:00")
    await world.hear(story.prioritised("2026-11-04 10:00", "normal"))
    await world.sweep("2026-11-10 09:00")
    assert [row["level"] for row in await world.alerts(story.case_id, "resolve")] == ["warn50"]
    await world.hear(
        story.moved("decision_communicated", "2026-11-10 10:00"), story.moved("reopened", "2026-11-11 09:00")
    )
    await world.sweep("2026-11-19 09:00")
    assert [(row["cycle"], row["level"]) for row in await world.alerts(story.case_id, "resolve")] == [
        (1, "warn50"),
        (2, "warn50"),
    ]


async def test_12_an_unassigned_case_escalates_to_the_unit_head(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun(owner=None))
    await world.sweep("2026-11-04 09:00")
    assert [row["recipient"] for row in await world.alerts(story.case_id, "resolve")] == [staff_id("head")]


async def test_13_alerts_climb_the_chain_each_with_its_own_level(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    told = {row["level"]: row["recipient"] for row in await world.alerts(story.case_id, "resolve")}
    assert told["missed"] == staff_id("owner")
    assert told["unit_head:missed"] == staff_id("head")
    assert told["line_manager:missed+P1WD"] == staff_id("line")
    assert told["executive:missed+P2WD"] == staff_id("chief")


async def test_14_a_case_typed_in_later_is_judged_from_its_receipt(world: World) -> None:
    story = Story(received_at=at("2026-11-02 09:00"))
    await world.hear(story.filed(channel="letter", recorded_at=at("2026-11-05 10:00")))
    clock = await world.clock(story.case_id, "acknowledge")
    assert (clock["started_at"], clock["due_at"]) == (at("2026-11-02 09:00"), at("2026-11-03 16:30"))
    await world.sweep("2026-11-05 10:01")
    assert (await world.clock(story.case_id, "acknowledge"))["missed"]


async def test_15_the_first_day_does_not_count_and_a_period_ends_on_an_open_day(world: World) -> None:
    # Friday 4 December: Saturday, Sunday and the substitution holiday on Monday are passed over.
    story = Story(received_at=at("2026-12-04 08:30"))
    await world.hear(story.filed())
    assert (await world.clock(story.case_id, "acknowledge"))["due_at"] == at("2026-12-08 16:30")


def _office(closed: list[str] | None = None) -> dict[str, object]:
    calendar = policy().model_dump(mode="json")["calendars"][0]
    days = [{"date": day, "name": {"th": "วันหยุด"}} for day in closed or []]
    return {**calendar, "closed": [*calendar["closed"], *days]}
