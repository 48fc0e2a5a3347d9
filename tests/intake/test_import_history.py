"""History of another system: registered once, thousands at a time, announced as historical."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from schemas.complaints import ComplaintFiled, History
from schemas.envelope import BUCKETS
from schemas.policy import PolicyBundle
from services.intake.import_history import HistoricalFiling, file_history
from services.kit.database import Database
from services.kit.journal import Break, verify
from tests.intake.conftest import KEPT, NOW

CLOSED = History(state="closed", unit="lodging", priority="normal", closed_at=NOW - timedelta(days=3))


def old(number: int, **fields: object) -> HistoricalFiling:
    values = {"system": "old", "external_reference": str(number), "narrative": f"เรื่องเก่า {number}", "history": CLOSED}
    return HistoricalFiling(**{**values, "received_at": NOW - timedelta(days=9), **fields})  # type: ignore[arg-type]


async def imported(database: Database, bundle: PolicyBundle, *batch: HistoricalFiling) -> tuple[int, int]:
    async with database.transaction() as tx:
        return await file_history(tx, batch, bundle=bundle, contacts=KEPT, now=NOW)


async def test_history_is_registered_and_announced_with_its_own_times(database: Database, bundle: PolicyBundle) -> None:
    assert await imported(database, bundle, old(1, channel="phone", category="cleanliness"), old(2)) == (2, 0)
    row = (await database.read("select * from intake.journal order by recorded_at, id limit 1"))[0]
    fact = ComplaintFiled.from_wire(row["body"], row["texts"])
    assert row["historical"]
    assert row["occurred_at"] == fact.received_at == NOW - timedelta(days=9)
    assert fact.history == CLOSED
    assert fact.external_reference in ("old:1", "old:2")
    assert fact.acknowledged_at is None


async def test_the_same_identifier_is_registered_once(database: Database, bundle: PolicyBundle) -> None:
    assert await imported(database, bundle, old(1), old(2), old(1)) == (2, 1)
    assert await imported(database, bundle, old(2), old(3), old(1, system="other")) == (2, 1)
    assert (await database.read("select count(*) as n from intake.journal"))[0]["n"] == 4


async def test_an_import_that_breaks_off_leaves_nothing_half_done(database: Database, bundle: PolicyBundle) -> None:
    with pytest.raises(RuntimeError):
        async with database.transaction() as tx:
            await file_history(tx, [old(1)], bundle=bundle, contacts=KEPT, now=NOW)
            raise RuntimeError("killed")
    assert await imported(database, bundle, old(1)) == (1, 0)


async def test_repeats_of_one_contact_are_linked(database: Database, bundle: PolicyBundle) -> None:
    who = {"identity": "named", "name": "ส.", "phone": "0812345678"}
    await imported(database, bundle, old(1, **who), old(2, **who), old(3))
    rows = await database.read("select complainant_ref from intake.complaint where complainant_ref is not null")
    assert len(rows) == 2
    assert len({UUID(str(row["complainant_ref"])) for row in rows}) == 1


async def test_what_cannot_be_kept_is_taken_out_rather_than_breaking_the_batch(
    database: Database, bundle: PolicyBundle
) -> None:
    await imported(database, bundle, old(1, narrative="ก\x00ข\u202eค", location="=cmd()"))
    row = (await database.read("select narrative, location from intake.complaint"))[0]
    assert (row["narrative"], row["location"]) == ("กขค", "=cmd()")


async def test_thousands_are_registered_in_seconds_and_the_chain_holds(
    database: Database, bundle: PolicyBundle, database_url: str
) -> None:
    begun = time.perf_counter()
    assert await imported(database, bundle, *(old(number) for number in range(2000))) == (2000, 0)
    assert time.perf_counter() - begun < 10
    raw = await asyncpg.connect(database_url)
    found = [item async for item in verify(raw, "intake", range(BUCKETS))]
    await raw.close()
    assert not [item for item in found if isinstance(item, Break)]
