"""Readers: each event once and in order, failures parked with their case, facts not yet arrived tried again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from random import Random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.complaints import ComplainantActed, WordsErased
from schemas.envelope import Event, FreeText, bucket_of, canonical
from services.kit.database import Database, Transaction, new_id
from services.kit.feeds import JournalFeed
from services.kit.journal import EVENT_COLUMNS, event_of, open_buckets
from services.kit.listening import NotYet, Received, Subscriptions
from services.kit.reader import Reader, Taken
from services.kit.retry_parked import retry
from services.kit.verdicts import FeedSkipped

AT = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


def added(text: str) -> ComplainantActed:
    return ComplainantActed(action="add", at=AT, text=FreeText.of(text))


class Notebook:
    """What a reader did, kept in a table so that a rollback undoes it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.poison: set[str] = set()
        self.missing: set[str] = set()
        self.subscriptions = Subscriptions("sla")

        @self.subscriptions.on(ComplainantActed)
        async def write(tx: Transaction, received: Sequence[Received]) -> None:
            for event, fact in received:
                text = fact.text.text
                if text in self.poison:
                    raise ValueError("cannot be read")
                if text in self.missing:
                    raise NotYet("its policy has not arrived")
                await tx.execute("insert into notebook values ($1, $2)", event.case_id, text)

        self.reader = Reader(database, self.subscriptions)
        self.feed = JournalFeed(self.reader)

    async def lines(self, case: UUID) -> list[str]:
        rows = await self.database.read("select line from notebook where case_id = $1 order by n", case)
        return [row["line"] for row in rows]

    async def parked(self) -> list[tuple[str, str]]:
        rows = await self.database.read("select status, reason from sla.parked order by bucket, position")
        return [(row["status"], row["reason"]) for row in rows]


@pytest.fixture
async def notebook(database: Database) -> AsyncIterator[Notebook]:
    here = database.beside("sla")
    await here.statement("drop table if exists notebook")
    await here.statement("create table notebook (case_id uuid, line text, n serial)")
    it = Notebook(here)
    await it.reader.prepare()
    async with database.beside("intake").transaction() as tx:
        await open_buckets(tx, "intake")
    await it.feed.drain()
    await here.statement("delete from sla.parked")
    await here.statement("truncate notebook")
    yield it
    await here.statement("delete from sla.parked")
    await here.statement("drop table notebook")


async def tell(database: Database, case: UUID, *texts: str) -> None:
    async with database.beside("intake").transaction() as tx:
        for text in texts:
            tx.announce(added(text), case_id=case, at=AT)


async def test_events_of_a_case_are_applied_in_order_and_once(database: Database, notebook: Notebook) -> None:
    case = new_id()
    await tell(database, case, "a", "b", "c")
    await notebook.feed.drain()
    await tell(database, case, "d")
    await notebook.feed.drain()
    assert await notebook.lines(case) == ["a", "b", "c", "d"]


async def test_what_stands_at_or_below_the_cursor_is_dropped(database: Database, notebook: Notebook) -> None:
    case = new_id()
    await tell(database, case, "a", "b")
    events = await notebook.feed.pending(database.beside("sla"), "intake")
    await notebook.reader.take("intake", events)
    again = await notebook.reader.take("intake", events)
    assert again.dropped == len(events)
    assert await notebook.lines(case) == ["a", "b"]


async def test_a_skipped_position_is_refused(database: Database, notebook: Notebook) -> None:
    case = new_id()
    await tell(database, case, "a", "b")
    events = await notebook.feed.pending(database.beside("sla"), "intake")
    with pytest.raises(FeedSkipped, match="expected"):
        await notebook.reader.take("intake", events[1:])
    assert await notebook.lines(case) == []
    await notebook.feed.drain()
    assert await notebook.lines(case) == ["a", "b"]


async def test_a_failing_event_is_parked_and_its_case_waits_while_others_flow(
    database: Database, notebook: Notebook
) -> None:
    sick, well = new_id(), new_id()
    while bucket_of(well) != bucket_of(sick):
        well = new_id()
    notebook.poison = {"poison"}
    await tell(database, sick, "before", "poison", "after")
    await tell(database, well, "fine")
    await notebook.feed.drain()
    assert await notebook.lines(sick) == ["before"]
    assert await notebook.lines(well) == ["fine"]
    assert [status for status, _ in await notebook.parked()] == ["failed", "waiting"]
    assert "ValueError" in (await notebook.parked())[0][1]


async def test_a_replayed_event_takes_those_behind_it_along_in_order(database: Database, notebook: Notebook) -> None:
    case = new_id()
    notebook.poison = {"poison"}
    await tell(database, case, "poison", "after", "last")
    await notebook.feed.drain()
    rows = await notebook.database.read("select source, bucket, position from sla.parked order by position limit 1")
    assert await retry(notebook.reader) == 0
    notebook.poison = set()
    key = (rows[0]["source"], rows[0]["bucket"], rows[0]["position"])
    assert await retry(notebook.reader, also_failed=key) == 3
    assert await notebook.lines(case) == ["poison", "after", "last"]
    assert await notebook.parked() == []


async def test_one_that_waits_in_vain_does_not_stand_before_one_whose_time_has_come(
    database: Database, notebook: Notebook
) -> None:
    first, second = sorted((new_id(), new_id()))
    notebook.missing = {"in vain", "for a while"}
    await tell(database, first, "in vain")
    await tell(database, second, "for a while")
    await notebook.feed.drain()
    await notebook.database.statement("update sla.parked set tried = 0")
    assert await retry(notebook.reader, limit=1) == 0
    notebook.missing = {"in vain"}
    assert await retry(notebook.reader, limit=1) == 1
    assert await notebook.lines(second) == ["for a while"]


async def test_an_event_that_lacks_a_fact_is_tried_again_by_itself(database: Database, notebook: Notebook) -> None:
    case = new_id()
    notebook.missing = {"early"}
    await tell(database, case, "early", "later")
    await notebook.feed.drain()
    assert [status for status, _ in await notebook.parked()] == ["not_yet", "waiting"]
    notebook.missing = set()
    await notebook.feed.drain()
    assert await notebook.lines(case) == ["early", "later"]
    assert await notebook.parked() == []


async def test_an_event_of_a_newer_version_is_parked_and_not_lost(database: Database, notebook: Notebook) -> None:
    case = new_id()
    await tell(database, case, "known")
    events = await notebook.feed.pending(database.beside("sla"), "intake")
    mine = next(event for event in events if event.case_id == case)
    newer = Event(**{**{f: getattr(mine, f) for f in mine.__dataclass_fields__}, "version": 99})
    await notebook.reader.take("intake", [newer if event is mine else event for event in events])
    assert [status for status, _ in await notebook.parked()] == ["failed"]
    assert "upgrade" in (await notebook.parked())[0][1]


async def test_types_nobody_listens_to_move_the_cursor(database: Database, notebook: Notebook) -> None:
    case = new_id()
    async with database.beside("intake").transaction() as tx:
        tx.announce(WordsErased(at=AT, legal_ground="asked"), case_id=case, at=AT)
        tx.announce(added("after"), case_id=case, at=AT)
    await notebook.feed.drain()
    assert await notebook.lines(case) == ["after"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
async def test_repeats_in_any_chunks_change_nothing(seed: int, database: Database, notebook: Notebook) -> None:
    random = Random(seed)
    cases = [new_id() for _ in range(4)]
    for turn in range(6):
        await tell(database, random.choice(cases), f"{turn}")
    events = await notebook.feed.pending(database.beside("sla"), "intake")
    for bucket in {event.bucket for event in events}:
        mine = [event for event in events if event.bucket == bucket]
        known = 0
        while known < len(mine):
            upto = min(len(mine), known + random.randint(1, 3))
            await notebook.reader.take("intake", mine[random.randint(0, known) : upto])
            known = upto
    for case in cases:
        told = [e.payload().text.text for e in events if e.case_id == case]  # type: ignore[attr-defined]
        assert await notebook.lines(case) == told


def test_an_event_survives_the_wire_as_a_cloudevent() -> None:
    case = new_id()
    body, texts = added("คำ").to_wire()
    event = Event(new_id(), "intake", "complainant-acted", 1, case, AT, AT, bucket_of(case), 7, body, texts, True)
    assert Event.from_cloudevent(event.to_cloudevent()) == event
    assert event.to_cloudevent()["specversion"] == "1.0"
    assert canonical({"b": 1, "a": 2}) == '{"a":2,"b":1}'


async def test_a_gathering_handler_is_called_once_a_batch_after_the_others(database: Database) -> None:
    subscriptions = Subscriptions("sla")
    calls: list[tuple[str, list[str]]] = []

    @subscriptions.gather(ComplainantActed, WordsErased)
    async def gathered(_tx: Transaction, received: Sequence[Received]) -> None:
        calls.append(("gathered", [event.type for event, _ in received]))

    @subscriptions.on(ComplainantActed)
    async def one_of_each_case(_tx: Transaction, received: Sequence[Received]) -> None:
        calls.append(("turn", [event.type for event, _ in received]))

    reader = Reader(database, subscriptions)
    await reader.prepare()
    case = new_id()
    async with database.beside("intake").transaction() as tx:
        for fact in (added("a"), added("b"), WordsErased(at=AT, legal_ground="x")):
            tx.announce(fact, case_id=case, at=AT)
    await JournalFeed(reader).drain()
    kinds = ["complainant-acted", "complainant-acted", "words-erased"]
    assert calls == [("turn", kinds[:1]), ("turn", kinds[1:2]), ("gathered", kinds)]


async def test_one_event_that_waits_for_another_journal_costs_the_others_of_its_batch_little(
    database: Database, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook.missing = {"early"}
    cases = [new_id() for _ in range(64)]
    for number, case in enumerate(cases):
        await tell(database, case, "early" if number == 40 else "in time")
    attempts: list[int] = []
    apply = notebook.reader.apply

    async def counted(tx: Transaction, source: str, events: Sequence[Event]) -> Taken:
        attempts.append(len(events))
        return await apply(tx, source, events)

    monkeypatch.setattr(notebook.reader, "apply", counted)
    rows = await database.read(f"select {EVENT_COLUMNS} from intake.journal order by bucket, position")
    taken = await notebook.reader.take("intake", [event_of("intake", row) for row in rows])
    assert (taken.applied, taken.parked) == (63, 1)
    assert len(attempts) <= 14, attempts
    assert len(await notebook.database.read("select from notebook")) == 63
