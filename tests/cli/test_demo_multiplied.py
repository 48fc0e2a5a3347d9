"""A demo that is larger than what goes through the use cases: the copies are as whole as what they were made of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from schemas.envelope import BUCKETS
from services.cli.books.audit import audit_books
from services.cli.demo.begun import BEGUN, Begun, begun_in, refuse_half
from services.cli.demo.command import live_through
from services.cli.demo.growing import grow
from services.cli.demo.make_demo import Made
from services.cli.demo.multiply.multiply import multiply
from services.cli.demo.multiply.wording import Swap, Tale, Wording
from services.cli.runtime import Runtime, opened
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import Conflict
from services.kit.gist import gist_of
from services.kit.journal import Break, verify
from services.kit.settings import SERVICES, Settings
from services.routing.search.index_words import behind

ORIGINALS, CASES = 24, 240
END = datetime(2026, 11, 20, 3, 40, tzinfo=UTC)
"""A Friday forenoon in Bangkok."""


class Interrupted(Exception):
    """Somebody pulled the plug."""


@dataclass(frozen=True)
class Grown:
    """A demo that was multiplied, interrupted once on the way."""

    made: Made
    runtime: Runtime
    loaded_before: int
    """Tables that were loaded when it was interrupted."""

    async def value(self, query: str, *args: object) -> int:
        """The only value of a query."""
        return int((await self.runtime.contexts["intake"].database.read(query, *args))[0][0])


@pytest.fixture(scope="module")
async def empty_url(postgres: EmbeddedPostgres, migrated: str) -> AsyncIterator[str]:
    """A database of this module's own, with every service's tables."""
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    try:
        await admin.execute(f"create database multiplied_of_tests template {migrated} strategy file_copy")
        yield postgres.url_of("multiplied_of_tests")
        await admin.execute("drop database multiplied_of_tests with (force)")
    finally:
        await admin.close()


@pytest.fixture(scope="module")
async def grown(empty_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Grown]:
    """A few cases made ten times as many, interrupted half-way; no test changes it."""
    folder = DataFolder.open(tmp_path_factory.mktemp("multiplied") / "data")
    settings = Settings(data=folder.path, secret=folder.secret_key())
    begun = Begun(CASES, ORIGINALS, "test", END.isoformat())
    await live_through(settings, empty_url, folder, ORIGINALS, "test", END, quiet=True, more=begun)

    def pull(_what: str, share: float) -> None:
        if share > 0.6:
            raise Interrupted

    with pytest.raises(Interrupted):
        await multiply(empty_url, settings.digest_key, CASES - ORIGINALS, END, pull)
    connection = await asyncpg.connect(empty_url)
    loaded = await connection.fetchval("select count(*) from multiply.template where loaded")
    await connection.close()
    made = await grow(settings, empty_url, begun, quiet=True)
    async with opened(settings, empty_url, now=lambda: END) as runtime:
        yield Grown(made, runtime, loaded)


async def test_every_copy_stands_once_in_every_projection(grown: Grown) -> None:
    assert grown.made.cases == CASES
    for table in ("intake.complaint", "intake.tracking", 'routing."case"', "sla.case_copy", "reporting.case_fact"):
        assert await grown.value(f"select count(*) from {table}") == CASES, table
    numbers = "select count(distinct tracking_number) from"
    assert await grown.value(f"{numbers} intake.complaint") == await grown.value(f"{numbers} routing.case") == CASES
    assert await grown.value("select count(*) from routing.case_words") == CASES


async def test_what_was_interrupted_goes_on_where_it_was_and_leaves_nothing_behind(grown: Grown) -> None:
    assert 0 < grown.loaded_before < 26
    assert await grown.value("select count(*) from pg_namespace where nspname = 'multiply'") == 0


async def test_the_journals_verify_with_the_copies_in_them(grown: Grown) -> None:
    async with grown.runtime.contexts["intake"].database.transaction() as tx:
        for service in SERVICES:
            broken = [found async for found in verify(tx, service, range(BUCKETS)) if isinstance(found, Break)]
            assert broken == [], service


async def test_the_books_of_a_multiplied_demo_hold(grown: Grown) -> None:
    contexts, services = grown.runtime.contexts, grown.runtime.services
    books = await audit_books(
        {name: context.database for name, context in contexts.items()},
        {name: service.subscriptions for name, service in services.items()},
        now=lambda: END,
        days=("2017-01-01", "2026-12-01"),
    )
    assert [(finding.check, finding.what) for finding in books.findings] == []
    assert books.looked_at["registered"] >= CASES


async def test_the_search_finds_each_copy_by_its_number_and_a_word_and_has_nothing_left_to_read(grown: Grown) -> None:
    by_number = (
        "select count(*) from routing.case c join routing.case_words w on w.case_id = c.id where w.words @@"
        " regexp_replace(lower(c.tracking_number), '(.+)-(.+)-(.+)-(.+)', '\\1 & \\2\\3 & \\4')::tsquery"
    )
    assert await grown.value(by_number) == CASES
    by_place = (
        "select count(*) from routing.case c join routing.case_words w on w.case_id = c.id"
        " where c.service_point is null or w.words @@ quote_literal('=service_point:' || c.service_point)::tsquery"
    )
    assert await grown.value(by_place) == CASES
    assert await behind(grown.runtime.contexts["routing"].database) == 0


async def test_copies_lie_in_many_months_and_do_not_all_read_alike(grown: Grown) -> None:
    months = "select count(distinct date_trunc('month', received_at)) from routing.case where received_at < $1"
    assert await grown.value(months, END - timedelta(days=100)) > 24
    assert await grown.value("select count(distinct gist) from routing.case") > CASES / 2
    assert await grown.value("select count(distinct narrative) from routing.case") > CASES / 2
    told_twice = "select count(*) from routing.case c join intake.complaint i using (id) where i.kind <> c.kind"
    assert await grown.value(told_twice) == 0


async def test_some_copies_are_open_today_and_the_past_is_over(grown: Grown) -> None:
    assert 1 <= grown.made.open < CASES / 4
    old = "select count(*) from routing.case where is_open and received_at < $1"
    assert await grown.value(old, END - timedelta(days=100)) == 0


def test_a_copy_names_its_own_date_number_and_place_and_its_gist_is_that_of_its_narrative() -> None:
    told = "ห้องพักที่สวนป่าแม่เมาะไม่สะอาด จองไว้ 3 คืน ตั้งแต่ 6 ต.ค. 2569 จ่ายไป 1,200 บาท โทร 081-000-0001"
    tale = Tale(
        {"narrative": told, "reference": "BK-12345"}, "FIO-69-00001-F", happened=date(2026, 10, 7), gist=gist_of(told)
    )
    swap = Swap("mae_mo", "thung_kwian", (("สวนป่าแม่เมาะ", "สวนป่าทุ่งเกวียน"),))
    wording = Wording.of("1/1", -timedelta(weeks=52), swap, tale)
    copied = wording.exact[told]
    assert "7 ต.ค. 2568" in copied
    assert "สวนป่าทุ่งเกวียน" in copied
    assert "081-000-0001" in copied
    assert not [old for old in ("2569", "แม่เมาะ", "1,200") if old in copied]
    assert wording.exact[tale.gist] == gist_of(copied)
    assert wording.exact["BK-12345"].startswith("BK-")
    assert wording.exact["BK-12345"] != "BK-12345"


def test_a_demo_that_is_half_made_is_not_started(tmp_path: Path) -> None:
    folder = DataFolder.open(tmp_path / "data")
    begun = Begun(5000, 300, "redress", END.isoformat())
    folder.write_private(BEGUN, begun.after_living().to_json())
    assert begun_in(folder) == begun.after_living()
    with pytest.raises(Conflict, match="not finished") as refused:
        refuse_half(folder)
    assert "--cases 5000" in refused.value.remedy % refused.value.params
