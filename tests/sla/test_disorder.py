"""Between two journals there is no order, and anything may come twice: the clocks end the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.envelope import Event
from services.kit.database import Database
from services.sla.clocks import clocks_of
from services.sla.learning import learn_complaint, learn_contact, learn_move, learn_receipt, learn_snapshot
from services.sla.life import Life
from services.sla.records import CaseRecord
from services.sla.terms import Edition, terms_for
from tests.sla.world import BANGKOK, PEOPLE, Story, World, at, policy

START = at("2026-11-02 09:00")
END = at("2027-03-01 09:00")

STEPS = st.sampled_from(
    [
        "investigating", "awaiting_complainant", "awaiting_third_party", "response_proposed", "decision_communicated",
        "closed", "reopened", "internal_review", "withdrawn", "contact", "whisper", "reassign", "urgent", "normal",
        "complex", "enquiry", "complaint",
    ]
)  # fmt: skip
GAPS = st.integers(min_value=60, max_value=6 * 86_400)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """What intake and what routing told of one case, each in its order."""
    story = Story(received_at=START)
    intake = [story.filed()]
    routing = [story.moved("received", START), story.moved("assigned", START + timedelta(seconds=2), owner="owner")]
    if draw(st.booleans()):
        intake.append(story.acknowledged(_text(START + timedelta(seconds=draw(GAPS)))))
    if draw(st.booleans()):
        correction = START + timedelta(hours=draw(st.integers(-100, 100)))
        intake.append(story.corrected(_text(correction), _text(START + timedelta(days=6))))
    when = START
    for step in draw(st.lists(STEPS, max_size=9)):
        when += timedelta(seconds=draw(GAPS))
        routing.append(_told(story, step, _text(when), when))
        if step == "withdrawn":
            break
    return intake, routing


def _text(when: datetime) -> str:
    return when.astimezone(BANGKOK).replace(tzinfo=None).isoformat()


def _told(story: Story, step: str, text: str, when: datetime) -> Event:
    if step in ("contact", "whisper"):
        return story.contacted(text, progress=step == "contact")
    if step == "reassign":
        return story.reassigned(text, owner="second")
    if step in ("urgent", "normal", "complex"):
        return story.prioritised(text, step)
    if step in ("enquiry", "complaint"):
        return story.reclassified(text, step)
    return story.moved(step, when)


@st.composite
def disorders(draw: st.DrawFn) -> tuple[list[Event], list[Event]]:
    """One life in the order of time, and the same with the journals interleaved at will and repeats put in."""
    intake, routing = draw(lives())
    left = [list(intake), list(routing)]
    mixed: list[Event] = []
    while any(left):
        source = draw(st.sampled_from([events for events in left if events]))
        mixed.append(source.pop(0))
        if draw(st.booleans()):
            mixed.append(draw(st.sampled_from([event for event in mixed if event.source == mixed[-1].source])))
    return intake + routing, mixed


LEARN: dict[str, Callable[[CaseRecord, Event, Any], None]] = {
    "case-moved": learn_move,
    "contact-recorded": learn_contact,
    "case-reassigned": learn_snapshot,
    "case-prioritised": learn_snapshot,
    "case-reclassified": learn_snapshot,
    "complaint-acknowledged": lambda case, _event, fact: case.life.acknowledge(fact.acknowledged_at),
    "receipt-corrected": lambda case, event, fact: learn_receipt(case, fact.received_at, event.occurred_at),
    "complaint-filed": lambda case, event, fact: learn_complaint(case, event, fact, policy(), None),
}


def learned(events: list[Event]) -> CaseRecord:
    """What a case is after these events, carried through JSON between any two of them."""
    case = CaseRecord(events[0].case_id)
    for event in events:
        LEARN[event.type](case, event, event.payload())
        case.life = Life.from_json(_through_json(case.life))
    return case


def _through_json(life: Life) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(orjson.dumps(life.to_json()))
    return found


@given(disorders())
@settings(max_examples=300, deadline=None)
def test_the_same_facts_give_the_same_clocks_in_whatever_order_the_journals_are_read(
    disorder: tuple[list[Event], list[Event]],
) -> None:
    ordered, mixed = disorder
    first, second = learned(ordered), learned(mixed)
    assert first == second
    terms = terms_for([Edition(at("2020-01-01 00:00"), "p1", policy())], "p1", END, "lodging", None)
    assert terms is not None
    assert clocks_of(first.life, terms, END) == clocks_of(second.life, terms, END)


@given(disorders())
@settings(max_examples=300, deadline=None)
def test_whatever_happens_a_clock_is_late_exactly_when_it_was_met_after_its_deadline(
    disorder: tuple[list[Event], list[Event]],
) -> None:
    terms = terms_for([Edition(at("2020-01-01 00:00"), "p1", policy())], "p1", END, "lodging", None)
    assert terms is not None
    clocks = clocks_of(learned(disorder[0]).life, terms, END)
    assert len({clock.key for clock in clocks}) == len(clocks)
    for clock in clocks:
        if clock.met_at is not None:
            assert clock.due_at is not None
            assert clock.started_at <= clock.met_at
            assert (clock.state == "met_late") == clock.missed
            # A pause begun before a deadline that had already passed cannot have moved it: late is late.
            assert clock.missed == (clock.met_at > clock.due_at)
        assert clock.state in ("met", "met_late") or clock.met_at is None
    for target in ("resolve", "progress"):
        cycles = [clock for clock in clocks if clock.target == target]
        assert sum(clock.is_open for clock in cycles) <= 1


COLUMNS = (
    "target, cycle, state, started_at, due_at, met_at, missed, pauses, paused_seconds, priority, within, unit, owner"
)


@given(disorders())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_the_journals_may_be_read_in_any_order_and_twice_and_the_clocks_end_the_same(
    database_url: str, disorder: tuple[list[Event], list[Event]]
) -> None:
    async def ends(events: list[Event], sweeps: bool) -> list[Any]:
        database = Database(database_url, "sla")
        try:
            world = World(database)
            await database.statement("truncate sla.case_copy, sla.clock, sla.alert, sla.policy_copy, sla.staff_copy")
            await world.adopt(policy())
            await world.employ(*PEOPLE)
            for place_, event in enumerate(events):
                world.now = max(world.now, event.occurred_at)
                await world.hear(event)
                if sweeps and place_ % 3 == 2:
                    await world.sweep()
            await world.sweep(END)
            rows = await database.read(f"select {COLUMNS} from sla.clock where state <> 'cancelled' order by 1, 2")
            return [tuple(row) for row in rows]
        finally:
            await database.close()

    ordered, mixed = disorder
    assert asyncio.run(ends(ordered, sweeps=False)) == asyncio.run(ends(mixed, sweeps=True))
