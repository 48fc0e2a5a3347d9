"""Records that open by themselves, once each, whatever is repeated or comes in whatever order between journals."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from schemas.complaints import History, WordsErased
from schemas.recovery import RecoveryOpened
from services.kit.journal import EVENT_COLUMNS, event_of, verify
from services.kit.listening import Received, Subscriptions
from services.reporting.recovery.allowed import StepNotAllowed
from services.reporting.recovery.open_owed import owes_a_record
from services.reporting.recovery.subscriptions import subscribe
from tests.reporting.recovery.office import Complaint, Happening, Office, decision, disproved, heard, owed

DUE = "2026-03-10 16:30"


@pytest.mark.parametrize(
    ("fields", "owes"),
    [
        ({}, False),
        ({"remedy": "apology"}, False),
        ({"remedy": "information", "baht": "0.00"}, False),
        ({"remedy": "apology", "baht": "100.00"}, True),
        ({"remedy": "replace"}, True),
        ({"baht": "100.00"}, False),
    ],
)
def test_a_remedy_that_the_letter_itself_delivers_opens_nothing(fields: dict[str, str], owes: bool) -> None:
    assert owes_a_record(fields) is owes


async def test_a_missed_clock_that_owes_something_opens_a_record(desk: Office) -> None:
    await desk.tell(owed(heard("a"), DUE), owed(heard("b"), DUE, entitlement=None))
    record = await desk.record()
    assert (record.tracking_number, record.unit, record.state) == ("QCK-a", "lodging", "detected")
    assert (record.entitlement, record.entitlement_version) == ("late_resolution", "office-1")
    assert (record.remedy, record.baht, record.trigger) == ("compensation", Decimal("300.00"), "complaint")
    assert record.number.startswith("SR-69-")
    (fact,) = await desk.announced()
    assert isinstance(fact, RecoveryOpened)
    assert fact.complaint_id == record.complaint_id
    assert fact.entitlement == "late_resolution"


async def test_a_missed_clock_waits_for_its_case_to_be_known(desk: Office) -> None:
    complaint = owed(heard("a"), DUE)
    from_sla = [item for item in complaint.happened if item.fact.SOURCE == "sla"]
    await desk.happen(from_sla)
    await desk.read()
    assert await desk.records() == []
    await desk.happen([item for item in complaint.happened if item.fact.SOURCE != "sla"])
    await desk.read()
    assert (await desk.record()).unit == "lodging"


async def test_history_opens_nothing(desk: Office) -> None:
    past = Complaint("old", "2026-03-02 09:00", history=History(state="closed")).moves("received", "2026-03-02 09:00")
    await desk.tell(decision(owed(past, DUE), DUE, remedy="refund", baht="10.00"))
    assert await desk.records() == []


async def test_a_decision_that_grants_a_remedy_opens_a_record_that_needs_no_second_approval(desk: Office) -> None:
    await desk.tell(
        decision(heard("a"), DUE, remedy="refund", baht="18760.00", authority="ระเบียบขายไม้ ข้อ 21",
                 deliver_by="2026-03-20T09:30:00+00:00"),
        decision(heard("b"), DUE, remedy="apology"),
    )  # fmt: skip
    record = await desk.record()
    assert (record.remedy, record.baht, record.authority) == ("refund", Decimal("18760.00"), "ระเบียบขายไม้ ข้อ 21")
    assert record.promised_by is not None
    record = await desk.walk(record, "contained")
    record = await desk.step(record, "planned", baht="18760")
    assert (await desk.step(record, "offered")).state == "offered"


async def test_more_than_the_decision_granted_needs_an_approval(desk: Office) -> None:
    await desk.tell(decision(heard("a"), DUE, remedy="refund", baht="18760.00"))
    record = await desk.step(await desk.walk(await desk.record(), "contained"), "planned", baht="18761")
    with pytest.raises(StepNotAllowed, match="over the planner's limit"):
        await desk.step(record, "offered")


async def test_a_later_decision_takes_the_place_of_one_that_is_not_accepted_yet(desk: Office) -> None:
    complaint = decision(heard("a"), DUE, remedy="refund", baht="100.00")
    complaint.moves("internal_review", "2026-03-11 09:00")
    await desk.tell(decision(complaint, "2026-03-12 09:00", remedy="replace", baht="0.00"))
    first, second = await desk.records()
    assert (first.state, first.remedy, second.state, second.remedy) == ("cancelled", "refund", "detected", "replace")


async def test_the_same_remedy_granted_again_after_a_review_stays_one_promise(desk: Office) -> None:
    complaint = decision(heard("a"), DUE, remedy="refund", baht="100.00")
    await desk.tell(decision(complaint.moves("internal_review", DUE), DUE, remedy="refund", baht="100.00"))
    assert (await desk.record()).state == "detected"


async def test_a_reopened_case_can_be_granted_the_same_remedy_anew(desk: Office) -> None:
    complaint = decision(heard("a"), DUE, remedy="refund", baht="100.00").moves("closed", DUE).reopens(DUE)
    await desk.tell(decision(complaint, DUE, remedy="refund", baht="100.00"))
    assert [record.state for record in await desk.records()] == ["detected", "detected"]


async def test_a_disproved_breach_cancels_its_record_visibly_and_a_new_breach_brings_it_back(
    desk: Office,
) -> None:
    complaint = owed(heard("a"), DUE)
    await desk.tell(disproved(complaint, DUE, "2026-03-11 09:00"))
    record = await desk.record()
    assert (record.state, record.outcome) == ("cancelled", "The missed deadline was disproved, so nothing is owed.")
    lines = await desk.database.read("select to_state from reporting.recovery_event order by version")
    assert [line["to_state"] for line in lines] == ["detected", "cancelled"]
    await desk.tell(owed(complaint, "2026-03-12 16:30"))
    record = await desk.record()
    assert (record.state, record.outcome) == ("detected", None)


async def test_a_record_that_is_being_worked_on_is_not_cancelled_but_says_what_came_to_light(desk: Office) -> None:
    complaint = owed(heard("a"), DUE)
    await desk.tell(complaint)
    await desk.walk(await desk.record(), "contained")
    await desk.tell(disproved(complaint, DUE, "2026-03-11 09:00"))
    assert (await desk.record()).state == "contained"
    lines = await desk.database.read("select kind from reporting.recovery_event order by version")
    assert [line["kind"] for line in lines] == ["opened", "moved", "noted"]


@pytest.mark.parametrize("seed", range(8))
async def test_each_thing_that_owes_a_record_opens_one_in_any_order_between_journals(desk: Office, seed: int) -> None:
    chance = random.Random(seed)
    first = owed(decision(heard("a"), DUE, remedy="refund", baht="50.00"), DUE)
    first.moves("internal_review", DUE)
    second = disproved(owed(heard("b"), DUE), DUE, "2026-03-11 09:00")
    both = (first, second)
    queues = [
        [item for complaint in both for item in complaint.happened if source == item.fact.SOURCE]
        for source in ("intake", "routing", "sla")
    ]
    left = [queue for queue in queues if queue]
    while left:
        queue = chance.choice(left)
        await desk.happen([queue.pop(0)])
        if chance.random() < 0.4:
            await desk.read()
        left = [queue for queue in queues if queue]
    await desk.read()
    found = {(record.reason.split(":")[0], record.tracking_number, record.state) for record in await desk.records()}
    assert found == {
        ("missed", "QCK-a", "detected"),
        ("decision", "QCK-a", "detected"),
        ("missed", "QCK-b", "cancelled"),
    }
    assert len(await desk.records()) == 3


async def test_the_same_event_told_twice_opens_no_second_record_and_undoes_nothing(desk: Office) -> None:
    complaint = disproved(owed(decision(heard("a"), DUE, remedy="refund", baht="50.00"), DUE), DUE, "2026-03-11 09:00")
    events = list(complaint.happened)
    await desk.tell(complaint)
    before = [(record.state, record.version) for record in await desk.records()]
    again = Subscriptions("reporting")
    subscribe(again, desk.copies)
    rows: list[Happening] = [item for item in events if item.fact.SOURCE in ("routing", "sla")]
    for item in rows:
        await _repeat(desk, again, item)
    assert [(record.state, record.version) for record in await desk.records()] == before


async def _repeat(desk: Office, subscriptions: Subscriptions, item: Happening) -> None:
    """Hand an event that was read already to the handlers once more."""

    source = item.fact.SOURCE
    rows = await desk.database.read(
        f"select {EVENT_COLUMNS} from {source}.journal where case_id = $1 and type = $2 order by position",
        item.case_id,
        item.fact.TYPE,
    )
    for row in rows:
        event = event_of(source, row)
        for handler in subscriptions.handlers.get((source, event.type, event.version), []):
            async with desk.database.transaction() as tx:
                await handler(tx, [Received(event, event.payload())])


async def test_a_case_that_becomes_restricted_takes_its_records_out_of_sight(desk: Office) -> None:
    complaint = owed(heard("a"), DUE)
    await desk.tell(complaint)
    complaint.restricted, complaint.unit, complaint.owner = True, "integrity", "guard"
    await desk.tell(complaint.moves("assigned", "2026-03-11 09:00"))
    record = await desk.record()
    assert (record.restricted, record.unit) == (True, "integrity")


async def test_erased_words_are_gone_from_the_record_its_timeline_and_the_journal(desk: Office) -> None:
    complaint = owed(heard("A"), DUE)
    await desk.tell(complaint)
    await desk.walk(await desk.record(), "contained")
    erased = WordsErased(at=desk.now, legal_ground="test")
    await desk.tell(complaint.say(erased, desk.now))
    record = await desk.record()
    assert (record.containment, record.apology, record.state) == (None, None, "contained")
    rows = await desk.database.read("select words from reporting.recovery_event where by is not null")
    assert [row["words"] for row in rows] == [None]
    assert not await desk.database.read("select 1 from reporting.journal where texts is not null")
    async with desk.database.transaction() as tx:
        broken = [item async for item in verify(tx, "reporting", range(64)) if not isinstance(item, int)]
    assert broken == []
