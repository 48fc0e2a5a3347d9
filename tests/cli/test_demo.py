"""The demo: invented complaints that went through the real use cases, in a folder of their own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from schemas.envelope import BUCKETS
from services.cli.demo.command import live_through
from services.cli.demo.make_demo import Made
from services.cli.demo.plan import DAYS, plan_stories
from services.cli.demo.topics import TOPICS
from services.cli.runtime import Runtime, opened
from services.governance.check_policy import check_policy
from services.kit.data_folder import DataFolder
from services.kit.embedded import EmbeddedPostgres
from services.kit.errors import Conflict
from services.kit.journal import Break, verify
from services.kit.paths import deploy_dir
from services.kit.settings import SERVICES, Settings
from services.reporting.compute_kpis import compute_kpis
from services.reporting.period import Period
from services.reporting.question import Question
from services.reporting.recompute import recompute_kpis

CASES = 14
END = datetime(2026, 11, 20, 3, 40, tzinfo=UTC)
"""A Friday forenoon in Bangkok."""


@dataclass(frozen=True)
class Demo:
    """A demo that was made, and a runtime over it."""

    made: Made
    folder: DataFolder
    settings: Settings
    url: str
    runtime: Runtime


@pytest.fixture(scope="module")
async def empty_url(postgres: EmbeddedPostgres, migrated: str) -> AsyncIterator[str]:
    """A database of this module's own, with every service's tables."""
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    try:
        await admin.execute(f"create database demo_of_tests template {migrated} strategy file_copy")
        yield postgres.url_of("demo_of_tests")
        await admin.execute("drop database demo_of_tests with (force)")
    finally:
        await admin.close()


@pytest.fixture(scope="module")
async def demo(empty_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """One small demo for every test of this module, none of which changes it."""
    folder = DataFolder.open(tmp_path_factory.mktemp("demo") / "data")
    settings = Settings(data=folder.path, secret=folder.secret_key())
    made = await live_through(settings, empty_url, folder, CASES, "test", END, quiet=True)
    async with opened(settings, empty_url, now=lambda: END) as runtime:
        yield Demo(made, folder, settings, empty_url, runtime)


async def counted(demo: Demo, query: str) -> int:
    """The first column of the only row of a query."""
    return int((await demo.runtime.contexts["intake"].database.read(query))[0][0])


async def test_every_complaint_is_counted_once_everywhere(demo: Demo) -> None:
    assert demo.made.cases == CASES
    for table in ("intake.complaint", 'routing."case"', "sla.case_copy", "reporting.case_fact"):
        assert await counted(demo, f"select count(distinct tracking_number) from {table}") == CASES, table
        assert await counted(demo, f"select count(*) from {table}") == CASES, table


async def test_nobody_was_stuck_and_no_event_was_parked(demo: Demo) -> None:
    assert demo.made.stuck == ()
    for service in SERVICES:
        assert await counted(demo, f"select count(*) from {service}.parked") == 0, service


async def test_some_cases_are_closed_and_some_are_still_open(demo: Demo) -> None:
    closed = await counted(demo, "select count(*) from routing.case where state = 'closed'")
    assert closed >= 3
    assert 1 <= demo.made.open <= CASES - closed


async def test_everything_happened_within_the_ninety_days_and_in_its_order(demo: Demo) -> None:
    for journal in ("intake", "routing", "sla", "reporting"):
        rows = await demo.runtime.contexts["intake"].database.read(
            f"select min(occurred_at) first, max(occurred_at) last from {journal}.journal"
        )
        assert rows[0]["last"] <= END, journal
        assert rows[0]["first"] >= END - timedelta(days=DAYS + 2), journal
    backwards = await counted(
        demo,
        "select count(*) from (select at, lag(at) over (partition by case_id order by version) before"
        " from routing.case_event where kind = 'moved') steps where at < before",
    )
    assert backwards == 0


async def test_the_journals_verify(demo: Demo) -> None:
    async with demo.runtime.contexts["intake"].database.transaction() as tx:
        for service in SERVICES:
            broken = [found async for found in verify(tx, service, range(BUCKETS)) if isinstance(found, Break)]
            assert broken == [], service


async def test_the_figures_are_those_of_a_recomputation_from_the_journals(demo: Demo) -> None:
    context = demo.runtime.contexts["reporting"]
    bundle = await context.copies.in_force(context.database, END)
    period = Period(END.date() - timedelta(days=DAYS + 1), END.date() + timedelta(days=1))
    question = Question(period, END)
    kept = await compute_kpis(context.database, context.copies, bundle, question, "department")
    anew = await recompute_kpis(context.database, context.copies, bundle, question, "department")
    assert kept == anew
    assert any(figure.n for figure in kept)


async def test_a_second_demo_in_the_same_folder_is_refused_and_changes_nothing(demo: Demo) -> None:
    with pytest.raises(Conflict, match=f"already holds {CASES} complaints of a demo") as refused:
        await live_through(demo.settings, demo.url, demo.folder, CASES, "test", END, quiet=True)
    assert "redress up" in refused.value.remedy
    assert await counted(demo, "select count(*) from intake.complaint") == CASES


def test_the_folder_says_that_it_is_a_demo_and_has_log_ins(demo: Demo) -> None:
    assert json.loads((demo.folder.path / "demo.json").read_text(encoding="utf-8"))["cases"] == CASES
    assert json.loads(demo.folder.logins.read_text(encoding="utf-8"))


def test_the_same_seed_tells_the_same_stories_and_another_seed_others() -> None:
    bundle = check_policy((deploy_dir() / "policies" / "fio.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    stories = plan_stories("one", 40, END, bundle)
    assert stories == plan_stories("one", 40, END, bundle)
    assert stories != plan_stories("two", 40, END, bundle)


def test_every_topic_speaks_of_what_the_sample_policy_has() -> None:
    bundle = check_policy((deploy_dir() / "policies" / "fio.yaml").read_text(encoding="utf-8")).bundle
    assert bundle is not None
    for topic in TOPICS:
        assert bundle.has("categories", topic.category), topic.category
        assert bundle.has("causes", topic.cause), topic.cause
        assert bundle.has("segments", topic.segment), topic.segment
        assert all(bundle.has("service_points", point) for point in topic.points), topic.points
        assert all(bundle.has("remedies", remedy.code) for remedy in topic.remedies), topic.remedies
