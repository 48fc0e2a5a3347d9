"""The journal: positions without a gap, a chain that shows every change, and erasure that does not break it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest

from schemas.cases import NoteAdded
from schemas.complaints import ComplaintFiled
from schemas.envelope import BUCKETS, FreeText, bucket_of
from services.kit.database import Database, Transaction, new_id
from services.kit.journal import Break, event_of, open_buckets, verify

AT = datetime(2026, 11, 20, 7, 5, tzinfo=UTC)


def filed(text: str = "น้ำไม่ไหลทั้งคืน") -> ComplaintFiled:
    return ComplaintFiled(
        tracking_number="FIO-69-04827-K",
        channel="web",
        narrative=FreeText.of(text),
        received_at=AT,
        recorded_at=AT,
        policy_version="sample-1",
    )


async def breaks_of(tx: Transaction) -> list[Break]:
    return [found async for found in verify(tx, "intake", range(BUCKETS)) if isinstance(found, Break)]


@pytest.fixture
async def intake(tx: Transaction) -> Transaction:
    tx.service = "intake"
    await open_buckets(tx, "intake")
    return tx


async def test_an_event_comes_back_as_it_was_announced(intake: Transaction) -> None:
    case = new_id()
    intake.announce(filed("สะพานชำรุด"), case_id=case, at=AT)
    await intake.flush()
    row = await intake.fetchrow("select * from intake.journal where case_id = $1", case)
    assert row is not None
    event = event_of("intake", row)
    fact = event.payload()
    assert isinstance(fact, ComplaintFiled)
    assert fact.narrative.text == "สะพานชำรุด"
    assert (event.occurred_at, event.bucket, event.historical) == (AT, bucket_of(case), False)
    assert "สะพาน" not in event.body


async def test_positions_of_a_bucket_have_no_gap_and_the_chain_holds(intake: Transaction) -> None:
    cases = [new_id() for _ in range(40)]
    for case in cases:
        intake.announce(filed(), case_id=case, at=AT)
    await intake.flush()
    for case in cases[:5]:
        intake.announce(filed("อีกเรื่อง"), case_id=case, at=AT)
        await intake.flush()
    assert await breaks_of(intake) == []
    rows = await intake.fetch("select bucket, max(position) m, count(*) c from intake.journal group by bucket")
    assert all(row["m"] == row["c"] for row in rows)


async def test_a_changed_body_is_found_by_verification(intake: Transaction) -> None:
    case = new_id()
    intake.announce(filed(), case_id=case, at=AT)
    await intake.flush()
    await intake.execute("update intake.journal set body = replace(body, 'web', 'line') where case_id = $1", case)
    found = await breaks_of(intake)
    assert len(found) == 1
    assert "altered" in found[0].what


async def test_a_removed_event_is_found_by_verification(intake: Transaction) -> None:
    case = new_id()
    for _ in range(3):
        intake.announce(filed(), case_id=case, at=AT)
    await intake.flush()
    await intake.execute("delete from intake.journal where case_id = $1 and position = 2", case)
    assert any("missing" in found.what for found in await breaks_of(intake))


async def test_a_text_exchanged_for_another_is_found_by_verification(intake: Transaction) -> None:
    case = new_id()
    intake.announce(filed("เดิม"), case_id=case, at=AT)
    await intake.flush()
    await intake.execute("update intake.journal set texts = replace(texts, 'เดิม', 'ใหม่') where case_id = $1", case)
    assert any("free text" in found.what for found in await breaks_of(intake))


async def test_erasing_words_keeps_the_chain_whole(intake: Transaction) -> None:
    case = new_id()
    intake.announce(filed("ชื่อของฉันคือ"), case_id=case, at=AT)
    await intake.flush()
    await intake.execute("update intake.journal set texts = null where case_id = $1", case)
    assert await breaks_of(intake) == []
    row = await intake.fetchrow("select * from intake.journal where case_id = $1", case)
    fact = event_of("intake", row).payload()
    assert isinstance(fact, ComplaintFiled)
    assert fact.narrative.text is None
    assert fact.narrative.digest


async def test_writers_side_by_side_leave_an_unbroken_journal(database: Database) -> None:
    """Real commits by eight writers at once: every event once, positions 1, 2, 3 … in each bucket."""
    here = database.beside("intake")
    async with here.transaction() as tx:
        await open_buckets(tx, "intake")
        before = Counter(
            {row["bucket"]: row["position"] for row in await tx.fetch("select bucket, position from intake.bucket")}
        )
    cases = [new_id() for _ in range(12)]

    async def write(number: int) -> None:
        for turn in range(10):
            async with here.transaction() as tx:
                for case in cases[(number + turn) % 4 :: 4]:
                    tx.announce(filed(f"{number}/{turn}"), case_id=case, at=AT)

    await asyncio.gather(*(write(number) for number in range(8)))
    async with here.transaction() as tx:
        assert await breaks_of(tx) == []
        after = Counter(
            {row["bucket"]: row["position"] for row in await tx.fetch("select bucket, position from intake.bucket")}
        )
        count = await tx.fetchval("select count(*) from intake.journal where case_id = any($1::uuid[])", cases)
    assert count == sum((after - before).values()) == 8 * 10 * 3


async def test_what_is_announced_in_a_failed_transaction_never_happened(database: Database) -> None:
    here = database.beside("routing")
    case = new_id()
    with pytest.raises(ZeroDivisionError):
        async with here.transaction() as tx:
            tx.announce(filed(), case_id=case, at=AT)
            await tx.flush()
            raise ZeroDivisionError
    assert await here.read("select 1 from routing.journal where case_id = $1", case) == []


def test_ids_made_later_sort_later() -> None:
    ids = [new_id() for _ in range(50)]
    times = [identifier.int >> 80 for identifier in ids]
    assert times == sorted(times)
    assert all(isinstance(identifier, UUID) and identifier.version == 7 for identifier in ids)


def test_every_event_type_names_its_source() -> None:
    assert NoteAdded.SOURCE == "routing"
    assert ComplaintFiled.SOURCE == "intake"
