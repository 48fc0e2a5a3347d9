"""What routing learns from intake, sla and reporting: right in any order and under repetition."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from schemas.clocks import AlertRaised, Clock, ClockMet, ClockMoved, ClockPaused, ClockStarted, DeadlineMissed
from schemas.complaints import ComplaintAcknowledged, ReceiptCorrected, WordsErased
from schemas.envelope import FreeText
from schemas.recovery import RecoveryMoved, RecoveryOpened
from services.kit.database import new_id
from services.kit.journal import verify
from tests.routing.world import World, later


def clock(target: Any = "resolve", due: datetime | None = None, **values: Any) -> Clock:
    usual: dict[str, Any] = {"state": "running", "started_at": later(), "policy_version": "quick-1"}
    return Clock(target=target, due_at=due or later(hours=2), **{**usual, **values})


async def tell(world: World, case_id: UUID, *facts: Any) -> None:
    for fact in facts:
        await world.announce("sla", fact, case_id)


@pytest.mark.parametrize("clocks_first", [True, False])
async def test_the_next_deadline_is_known_whether_case_or_clock_arrives_first(world: World, clocks_first: bool) -> None:
    case_id = new_id()
    filed = world.complaint(category="cleanliness")
    if not clocks_first:
        await world.announce("intake", filed, case_id)
        await world.drain()
    await tell(
        world,
        case_id,
        ClockStarted(clock=clock("resolve", later(hours=9)), version=1),
        ClockStarted(clock=clock("first_contact", later(hours=1)), version=1),
    )
    await world.drain()
    if clocks_first:
        await world.announce("intake", filed, case_id)
        await world.drain()
    found = await world.file(case_id, "officer1.lodging")
    assert (found.due_at, found.due_target) == (later(hours=1), "first_contact")


async def test_an_older_word_about_a_clock_never_wins(world: World) -> None:
    facts = [
        ClockStarted(clock=clock(due=later(hours=1)), version=1),
        ClockMoved(clock=clock(due=later(hours=2)), version=2, due_before=later(hours=1), why="priority"),
        ClockMet(
            clock=clock(due=later(hours=2), state="met", met_at=later(hours=1)), version=3, working_seconds=1,
            net_seconds=1,
        ),
    ]  # fmt: skip
    for order in itertools.permutations(facts):
        case_id = await world.filed(category="cleanliness")
        await tell(world, case_id, *order, *order)
        await world.drain()
        found = await world.file(case_id, "officer1.lodging")
        assert [(one.state, one.due_at) for one in found.clocks] == [("met", later(hours=2))]
        assert found.due_at is None


async def test_a_met_clock_gives_way_to_the_next_deadline(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await tell(
        world,
        case_id,
        ClockStarted(clock=clock("resolve", later(hours=9)), version=1),
        ClockStarted(clock=clock("first_contact", later(hours=1)), version=1),
        ClockMet(
            clock=clock("first_contact", later(hours=1), state="met"), version=2, working_seconds=1, net_seconds=1
        ),
    )
    await world.drain()
    assert (await world.file(case_id, "officer1.lodging")).due_target == "resolve"


async def test_a_case_whose_clocks_all_stand_still_is_paused(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await tell(world, case_id, ClockPaused(clock=clock(state="paused"), version=1, at=later()))
    await world.drain()
    found = await world.file(case_id, "officer1.lodging")
    assert (found.paused, found.due_target) == (True, "resolve")


async def test_a_missed_deadline_stays_first_in_the_queue_and_is_told(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    await tell(
        world,
        case_id,
        ClockStarted(clock=clock("progress", later(hours=5)), version=1),
        DeadlineMissed(clock=clock("resolve", later(hours=2), state="missed", missed=True), version=2),
    )
    await world.drain()
    found = await world.file(case_id, "officer1.lodging")
    assert (found.missed, found.due_target) == (True, "resolve")
    assert "missed" in {line.kind for line in found.timeline}


async def test_an_alert_is_noted_with_whom_it_went_to(world: World) -> None:
    case_id = await world.filed(category="cleanliness")
    head = world.people["head.lodging"].staff_id
    await tell(
        world,
        case_id,
        AlertRaised(
            clock=clock(), version=3, alert_id=new_id(), level="unit_head", threshold_at=later(), sent_at=later(),
            recipient=head,
        ),
    )  # fmt: skip
    await world.drain()
    line = (await world.file(case_id, "officer1.lodging")).timeline[-1]
    assert (line.kind, line.fields["recipient"]) == ("alert", str(head))


async def test_an_acknowledgement_is_shown_once_it_was_delivered(world: World) -> None:
    case_id = await world.filed(channel="letter")
    assert (await world.file(case_id, "centre")).filed.acknowledged_at is None
    fact = ComplaintAcknowledged(acknowledged_at=later(hours=1), medium="letter")
    await world.announce("intake", fact, case_id)
    await world.drain()
    assert (await world.file(case_id, "centre")).filed.acknowledged_at == later(hours=1)


async def test_a_corrected_receipt_keeps_both_values(world: World) -> None:
    case_id = await world.filed()
    fact = ReceiptCorrected(
        received_before=later(), received_at=later(days=-1), reason=FreeText.of("ตราประทับ"), by=new_id()
    )
    await world.announce("intake", fact, case_id)
    await world.drain()
    found = await world.file(case_id, "centre")
    assert found.case.received_at == later(days=-1)
    line = next(line for line in found.timeline if line.kind == "receipt_corrected")
    assert (line.fields["before"], line.reason) == (later().isoformat(), "ตราประทับ")


async def test_a_recovery_record_is_shown_as_it_last_stood(world: World) -> None:
    case_id, recovery = await world.filed(), new_id()
    usual: dict[str, Any] = {"recovery_id": recovery, "number": "R-1", "complaint_id": case_id, "baht": Decimal(300)}
    moved = RecoveryMoved(**usual, version=2, state="contained", came_from="detected", at=later())
    opened = RecoveryOpened(**usual, version=1, state="detected", why="deadline", at=later())
    for fact in (moved, opened, moved):
        await world.announce("reporting", fact, case_id)
    await world.drain()
    assert [(one.state, one.baht) for one in (await world.file(case_id, "centre")).recoveries] == [
        ("contained", Decimal("300.00"))
    ]


async def test_erasure_blanks_every_word_here_and_the_journal_still_holds(world: World) -> None:
    case_id = await world.filed("ชื่อสมชาย โทร 081", category="cleanliness")
    await world.step(case_id, "investigating", "officer1.lodging")
    await world.step(case_id, "response_proposed", "officer1.lodging", findings="สมชายพูดจริง")
    await world.acts(case_id, "withdraw", "สมชายถอน")
    await world.announce("intake", WordsErased(at=later(), legal_ground="มาตรา 33"), case_id)
    await world.drain()
    for table, key in (("case", "id"), ("case_event", "case_id"), ("journal", "case_id"), ("task", "case_id")):
        rows = await world.database.read(
            f"select to_jsonb(t)::text body from routing.{table} t where {key} = $1", case_id
        )
        assert not any("สมชาย" in row["body"] for row in rows), table
    async with world.database.transaction() as tx:
        found = [one async for one in verify(tx.raw, "routing", range(64))]
    assert all(isinstance(one, int) for one in found)
