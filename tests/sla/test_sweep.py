"""The sweep: each thing once, nobody starved, nothing judged beyond what was read, nothing stale."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from schemas.cases import CaseMoved
from schemas.clocks import AlertRaised, ClockResumed, DeadlineMissed
from schemas.complaints import History
from schemas.envelope import BUCKETS
from schemas.governance import Leave
from services.kit.database import new_id
from services.kit.journal import Break, verify
from services.kit.listening import NotYet
from services.kit.reader import Reader
from services.kit.working_time import CalendarNeverOpens
from services.sla import sweep as sweep_module
from services.sla.keep_clocks import SAFETY
from services.sla.records import Kept
from services.sla.sweep import sweep
from tests.sla.world import Story, World, at, person, policy, staff_id


def stories(count: int, **more: Any) -> list[Story]:
    """Cases that differ in nothing but their names."""
    return [Story(case_id=staff_id(f"case {n}"), number=f"QCK-{n}", **more) for n in range(count)]


async def test_two_sweeps_at_once_raise_each_alert_once(world: World) -> None:
    for story in stories(12):
        await world.hear(*story.begun())
    world.now = at("2026-11-20 09:00")
    await asyncio.gather(*(sweep(world.database, world.editions, world.now) for _ in range(3)))
    rows = await world.database.read(
        "select case_id, target, cycle, level, count(*) from sla.alert group by 1, 2, 3, 4 having count(*) > 1"
    )
    assert rows == []
    alerts = await world.database.read("select id from sla.alert")
    announced = await world.announced(AlertRaised)
    assert sorted(str(row["id"]) for row in alerts) == sorted(str(fact.alert_id) for fact in announced)
    missed = await world.announced(DeadlineMissed)
    assert len(missed) == 12 * 4


async def test_no_case_starves_behind_a_batch(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_module, "TAKE", sweep_module.TAKE.replace(f"limit {sweep_module.BATCH}", "limit 2"))
    assert "limit 2 " in sweep_module.TAKE
    for story in stories(7):
        await world.hear(*story.begun())
    await world.sweep("2026-11-04 09:00")
    rows = await world.database.read("select count(*) from sla.clock where target = 'acknowledge' and missed")
    assert rows[0]["count"] == 7


async def test_the_sweep_judges_no_further_than_the_events_it_has_read(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    async with world.database.beside("routing").transaction() as tx:
        tx.announce(story.moved("investigating", "2026-11-03 10:00").payload(), case_id=story.case_id, at=world.now)
    await Reader(world.database, world.subscriptions).prepare()
    await world.database.statement("update routing.journal set recorded_at = $1", at("2026-11-03 10:00"))
    # The clock runs out on Tuesday at 16:30; the reader stands on Tuesday at 10:00.
    swept = await world.sweep("2026-11-04 09:00")
    assert swept.horizon == at("2026-11-03 10:00")
    assert not (await world.clock(story.case_id, "acknowledge"))["missed"]
    # The operator is told: a row, a metric and the answer of the run.
    assert swept.waiting
    assert REGISTRY.get_sample_value("redress_sla_sweep_waiting") == 1
    state = await world.database.read("select * from sla.sweep")
    assert state[0]["waiting_since"] == at("2026-11-04 09:00")
    await world.database.statement("update sla.cursor set position = 1000")
    swept = await world.sweep("2026-11-04 09:01")
    assert not swept.waiting
    assert (await world.clock(story.case_id, "acknowledge"))["missed"]
    assert (await world.database.read("select waiting_since from sla.sweep"))[0]["waiting_since"] is None


async def test_over_a_broker_the_sweep_judges_no_further_than_the_marks_say(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    await Reader(world.database, world.subscriptions).prepare()
    # The clock runs out on Tuesday at 16:30; no mark has come since 10:00, and the journals are out of reach.
    for source, heard in (("intake", "2026-11-04 09:00"), ("routing", "2026-11-03 10:00")):
        await world.database.statement(
            "update sla.cursor set heard_until = $1, position = 0 where source = $2", at(heard), source
        )
    swept = await world.sweep("2026-11-04 09:00")
    assert swept.horizon == at("2026-11-03 10:00")
    assert swept.waiting
    assert not (await world.clock(story.case_id, "acknowledge"))["missed"]
    await world.database.statement("update sla.cursor set heard_until = $1", at("2026-11-04 09:00"))
    await world.sweep("2026-11-04 09:01")
    assert (await world.clock(story.case_id, "acknowledge"))["missed"]


async def test_a_case_with_a_parked_event_is_not_judged_and_the_operator_sees_it(world: World) -> None:
    held, free = stories(2)
    await world.hear(*held.begun(), *free.begun())
    event = held.moved("decision_communicated", "2026-11-03 10:00")
    await world.database.statement(
        "insert into sla.parked (source, bucket, position, case_id, type, status, reason, event)"
        " values ('routing', $1, 99, $2, $3, 'not_yet', 'x', $4)",
        event.bucket,
        held.case_id,
        CaseMoved.TYPE,
        event.to_cloudevent(),
    )
    swept = await world.sweep("2026-11-04 09:00")
    assert swept.held == 1
    assert not (await world.clock(held.case_id, "acknowledge"))["missed"]
    assert (await world.clock(free.case_id, "acknowledge"))["missed"]


async def test_a_breach_carries_what_the_customer_is_owed_and_who_held_the_case_then(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun(), story.reassigned("2026-11-06 09:00", unit="sales", owner="seller"))
    await world.sweep("2026-11-06 09:30")
    missed = [fact for fact in await world.announced(DeadlineMissed) if fact.clock.target == "resolve"]
    assert [fact.entitlement for fact in missed] == ["late_resolution"]
    assert (missed[0].clock.unit, missed[0].clock.owner) == ("lodging", staff_id("owner"))


async def test_a_pause_ends_by_itself_at_the_date_asked_for(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("investigating", "2026-11-02 10:00"))
    await world.hear(story.moved("awaiting_complainant", "2026-11-03 08:30", until="2026-11-04 08:30"))
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["pause_limit"]) == ("paused", at("2026-11-04 08:30"))
    await world.sweep("2026-11-04 08:31")
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["due_at"], clock["paused_seconds"]) == ("running", at("2026-11-17 16:30"), 7 * 3600)
    resumed = [fact for fact in await world.announced(ClockResumed) if fact.clock.target == "resolve"]
    assert [fact.at for fact in resumed] == [at("2026-11-04 08:30")]


async def test_pauses_together_are_capped_however_often_the_complainant_is_asked(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("investigating", "2026-11-02 10:00"))
    # The cap is five working days: two are used here …
    await world.hear(
        story.moved("awaiting_complainant", "2026-11-03 08:30"), story.moved("investigating", "2026-11-04 16:30")
    )
    # … so the second pause ends by itself after what is left of it.
    await world.hear(story.moved("awaiting_complainant", "2026-11-05 08:30"))
    limit = (await world.clock(story.case_id))["pause_limit"]
    assert limit == at("2026-11-10 16:30")
    await world.sweep("2026-11-20 09:00")
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["paused_seconds"]) == ("running", 6 * 7 * 3600)


async def test_a_paused_clock_neither_warns_nor_runs_out(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun(), story.moved("investigating", "2026-11-02 09:30"))
    await world.hear(story.moved("awaiting_complainant", "2026-11-02 10:00"))
    await world.sweep("2026-11-06 09:00")
    assert await world.alerts(story.case_id, "resolve") == []
    assert (await world.clock(story.case_id))["state"] == "paused"


async def test_waiting_for_a_third_party_does_not_pause(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.moved("awaiting_third_party", "2026-11-02 10:00"))
    assert (await world.clock(story.case_id))["state"] == "running"


async def test_quiet_hours_hold_an_alert_back_until_they_end(world: World) -> None:
    always = [{"code": "office", "open_always": True, "label": {"th": "ตลอดเวลา"}}]
    await world.adopt(
        policy(
            "night",
            calendars=always,
            targets=[{"code": "hours", "target": "resolve", "within": "PT12H"}],
            escalation=[
                {"level": "unit_head", "when": {"at": "missed"}},
                {"level": "executive", "when": {"at": "missed"}, "quiet": False},
            ],
            alerts={"batch_minutes": 0, "quiet": "20:00-07:00"},
        ),
        at("2020-01-02 00:00"),
    )
    story = Story(policy_version="night", received_at=at("2026-11-02 10:00"))
    await world.hear(*story.begun())
    await world.sweep("2026-11-02 19:00")
    await world.sweep("2026-11-02 22:01")
    sent = {row["level"]: row["sent_at"] for row in await world.alerts(story.case_id)}
    assert sent["executive:missed"] == at("2026-11-02 22:01")
    assert sent["unit_head:missed"] is None
    await world.sweep("2026-11-03 06:59")
    assert [fact.level for fact in await world.announced(AlertRaised)].count("unit_head:missed") == 0
    await world.sweep("2026-11-03 07:00:01")
    row = next(row for row in await world.alerts(story.case_id) if row["level"] == "unit_head:missed")
    # Both moments are kept, so that the lag of alerts can be told (KPI 25).
    assert (row["threshold_at"], row["sent_at"]) == (at("2026-11-02 22:00"), at("2026-11-03 07:00:01"))


async def test_an_alert_held_back_is_dropped_with_its_reason_when_the_matter_was_settled(world: World) -> None:
    await world.adopt(
        policy("q", alerts={"batch_minutes": 0, "quiet": "16:00-09:00"}, escalation=[]), at("2020-01-02 00:00")
    )
    story = Story(policy_version="q", category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-05 16:31")
    await world.hear(story.moved("decision_communicated", "2026-11-06 08:40"))
    await world.sweep("2026-11-06 09:01")
    rows = {row["level"]: row for row in await world.alerts(story.case_id, "resolve")}
    assert rows["missed"]["sent_at"] is None
    assert rows["missed"]["dropped"] == "settled before it was sent"


async def test_alerts_of_one_recipient_are_batched(world: World) -> None:
    await world.adopt(policy("b", alerts={"batch_minutes": 30}), at("2020-01-02 00:00"))
    first, second, third = stories(3, policy_version="b")
    first.received_at = at("2026-11-02 09:00")
    second.received_at, third.received_at = at("2026-11-02 09:10"), at("2026-11-02 09:20")
    for story in (first, second, third):
        await world.hear(*story.begun())
    # Half of the time for the acknowledgement of the three is used on Tuesday at 08:45, 08:50 and 08:55.
    for minute in ("08:46", "08:51", "08:56"):
        await world.sweep(f"2026-11-03 {minute}")
    rows = await world.database.read("select * from sla.alert where target = 'acknowledge' order by threshold_at")
    assert [row["sent_at"] for row in rows] == [at("2026-11-03 08:46"), None, None]
    assert {row["not_before"] for row in rows[1:]} == {at("2026-11-03 09:16")}
    assert len({row["batch"] for row in rows[1:]}) == 1
    await world.sweep("2026-11-03 09:17")
    rows = await world.database.read("select sent_at from sla.alert where target = 'acknowledge' order by threshold_at")
    assert [row["sent_at"] for row in rows[1:]] == [at("2026-11-03 09:17")] * 2


async def test_a_safety_critical_case_alerts_the_unit_head_at_once_on_assignment(world: World) -> None:
    await world.adopt(policy("s", alerts={"batch_minutes": 60, "quiet": "08:01-08:00"}), at("2020-01-02 00:00"))
    story = Story(policy_version="s", category="danger", priority="urgent", safety=True)
    await world.hear(*story.begun(owner=None))
    await world.hear(story.moved("investigating", "2026-11-02 10:00"))
    alerts = await world.alerts(story.case_id)
    assert [(row["level"], row["recipient"]) for row in alerts] == [(SAFETY, staff_id("head"))]
    assert alerts[0]["sent_at"] == world.now
    assert [fact.level for fact in await world.announced(AlertRaised)] == [SAFETY]


async def test_imported_history_is_judged_by_its_own_times_and_nobody_is_alerted(world: World) -> None:
    story = Story(historical=True, category="danger", safety=True, priority="urgent")
    history = History(
        state="closed", acknowledged_at=at("2026-11-02 10:00"), decided_at=at("2026-11-12 10:00"), priority="normal"
    )
    await world.hear(story.filed(history=history))
    clocks = await world.clocks(story.case_id)
    assert {key: clock["state"] for key, clock in clocks.items()} == {
        ("acknowledge", 1): "met",
        ("resolve", 1): "met",
    }
    await world.sweep("2026-12-20 09:00")
    assert await world.alerts(story.case_id) == []
    rows = await world.database.read("select distinct historical from sla.journal")
    assert [row["historical"] for row in rows] == [True]


async def test_an_imported_breach_is_recorded_and_owes_nothing_anew(world: World) -> None:
    story = Story(historical=True, category="broken")
    await world.hear(story.filed(history=History(state="closed", decided_at=at("2026-11-20 10:00"))))
    fact = (await world.announced(DeadlineMissed))[0]
    assert (fact.historical_case, fact.entitlement) == (True, None)


async def test_what_a_notice_says_of_a_clock_has_the_version_of_that_clock(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    await world.hear(story.moved("decision_communicated", "2026-11-10 10:00"))
    rows = await world.database.read(
        "select type, (body::jsonb -> 'version')::int as version, body::jsonb #>> '{clock,target}' as target"
        " from sla.journal where type not in ('alert-raised') order by position"
    )
    for target in ("acknowledge", "first_contact", "progress", "resolve"):
        versions = [row["version"] for row in rows if row["target"] == target]
        assert versions == list(range(1, len(versions) + 1))
        kept = await world.clock(story.case_id, target)
        assert kept["version"] == versions[-1]


async def test_a_late_alert_is_never_sent_for_a_clock_that_has_been_met(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun(), story.moved("decision_communicated", "2026-11-03 10:00"))
    await world.sweep("2026-12-03 09:00")
    assert await world.alerts(story.case_id, "resolve") == []


async def test_the_chain_passes_over_nobody_in_silence(world: World) -> None:
    await world.employ(person("head", "lodging", "unit_head", active=False), person("line", "services", active=False))
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    told = {row["level"]: (row["recipient"], row["chain"]) for row in await world.alerts(story.case_id, "resolve")}
    # No supervisor: one level further up.
    assert told["unit_head:missed"] == (staff_id("chief"), "executive")


@pytest.mark.parametrize(("days", "told"), [(3, "deputy"), (0, "head")])
async def test_an_alert_for_somebody_on_leave_goes_to_their_substitute(world: World, days: int, told: str) -> None:
    leave = Leave(
        leave_id=new_id(),
        starts_at=at("2026-11-09 00:00"),
        ends_at=at("2026-11-10 00:00") + timedelta(days=days),
        substitute=staff_id("deputy"),
    )
    head = person("head", "lodging", "unit_head", leave=(leave,))
    await world.employ(head, person("deputy", "lodging", "officer", active=True))
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    recipients = {row["level"]: row["recipient"] for row in await world.alerts(story.case_id, "resolve")}
    assert recipients["unit_head:missed"] == staff_id(told)


async def test_an_alert_nobody_holds_is_kept_for_the_unit_at_the_top(world: World) -> None:
    nobody = [
        person(name, unit, active=False)
        for name, unit in (("head", "lodging"), ("line", "services"), ("chief", "quick"))
    ]
    await world.employ(*nobody)
    story = Story()
    await world.hear(*story.begun(owner=None))
    await world.sweep("2026-11-03 09:00")
    alert = (await world.alerts(story.case_id))[0]
    assert (alert["recipient"], alert["recipient_unit"]) == (None, "quick")
    assert alert["sent_at"] is not None


async def test_a_correction_of_the_receipt_recomputes_every_clock_of_the_case(world: World) -> None:
    story = Story()
    await world.hear(*story.begun())
    await world.hear(story.corrected("2026-10-26 09:00", "2026-11-02 12:00"))
    clock = await world.clock(story.case_id)
    assert (clock["started_at"], clock["due_at"]) == (at("2026-10-26 09:00"), at("2026-11-09 16:30"))
    await world.sweep(at("2026-11-02 12:00") + timedelta(minutes=1))
    assert (await world.clock(story.case_id, "acknowledge"))["missed"]


async def test_a_case_raised_by_a_person_alerts_the_level_it_was_raised_to_at_once_and_once(world: World) -> None:
    story = Story()
    await world.hear(*story.begun(), story.raised("2026-11-02 09:30", "line_manager"))
    await world.hear(story.raised("2026-11-02 09:40", "line_manager"))
    alerts = await world.alerts(story.case_id)
    assert [(row["level"], row["recipient"], row["sent_at"]) for row in alerts] == [
        ("line_manager:raised", staff_id("line"), world.now)
    ]


async def test_a_case_raised_before_its_complaint_was_read_waits_for_it(world: World) -> None:
    story = Story()
    filed, *_ = story.begun()
    raised = story.raised("2026-11-02 09:30", "executive")
    with pytest.raises(NotYet):
        await world.hear(raised)
    await world.hear(filed, raised)
    assert [row["recipient"] for row in await world.alerts(story.case_id)] == [staff_id("chief")]


async def test_a_clock_that_cannot_be_judged_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = stories(2)
    await world.hear(*broken.begun(), *sound.begun())
    judge = sweep_module.judge

    def fails(tx: Any, kept: Kept, *rest: Any) -> Any:
        if kept.case_id == broken.case_id:
            raise CalendarNeverOpens("The calendar has no working time left.", "Give it hours.")
        return judge(tx, kept, *rest)

    monkeypatch.setattr(sweep_module, "judge", fails)
    await world.sweep("2026-11-04 09:00")
    assert (await world.clock(sound.case_id, "acknowledge"))["missed"]
    assert not (await world.clock(broken.case_id, "acknowledge"))["missed"]
    monkeypatch.undo()
    await world.sweep("2026-11-04 09:06")
    assert (await world.clock(broken.case_id, "acknowledge"))["missed"]


async def test_erasure_blanks_the_gist_here_and_in_what_was_announced_and_the_journal_still_holds(world: World) -> None:
    story = Story(category="broken", priority="urgent")
    await world.hear(*story.begun())
    await world.sweep("2026-11-10 09:00")
    assert str((await world.announced(AlertRaised))[0].gist) == "น้ำไม่ไหลมาสองวัน"
    await world.hear(story.erased("2026-11-11 09:00"))
    rows = await world.database.read("select gist from sla.case_copy")
    assert [row["gist"] for row in rows] == [None]
    assert all(fact.gist is not None and fact.gist.text is None for fact in await world.announced(AlertRaised))
    async with world.database.transaction() as tx:
        found = [each async for each in verify(tx.raw, "sla", range(BUCKETS))]
    assert not [each for each in found if isinstance(each, Break)]


async def test_an_imported_case_still_undecided_is_missed_in_silence_when_its_deadline_passes(world: World) -> None:
    """Nobody can be alerted about the past, but an open case past its deadline is in the due cohort of KPI 4."""
    story = Story(historical=True, category="danger", safety=True, priority="urgent")
    await world.hear(story.filed(history=History(state="investigating")))
    assert set(await world.clocks(story.case_id)) == {("resolve", 1)}
    await world.sweep("2026-12-20 09:00")
    clock = await world.clock(story.case_id)
    assert (clock["state"], clock["missed"]) == ("missed", True)
    assert await world.alerts(story.case_id) == []
    fact = (await world.announced(DeadlineMissed))[0]
    assert (fact.historical_case, fact.entitlement) == (True, None)
