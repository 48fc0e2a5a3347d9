"""What Prometheus is told: counted once, by route and never by address, and gauges that follow what is there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from services.cli.measure import Measures
from services.intake.measure_registration import first_id_of, measure_registration
from services.kit.database import new_id
from services.kit.schedule import run_once
from tests.journeys.whole import Whole

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def told(whole: Whole) -> Series:
    """What `/metrics` says, with fresh figures."""
    await Measures(whole.runtime).take()
    async with whole.client() as prometheus:
        answer = await prometheus.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(series: Series, name: str, **labels: str) -> float:
    return series.get((name, frozenset(labels.items())), 0.0)


async def test_a_filing_is_counted_by_its_route_and_its_events_by_reader_type_and_outcome(whole: Whole) -> None:
    before = await told(whole)
    receipt = await whole.file()
    async with whole.client(**{"x-tracking-secret": receipt["tracking_secret"]}) as public:
        await public.get(f"/api/v1/complaints/{receipt['tracking_number']}")
    after = await told(whole)

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    http = "redress_http_request_seconds_count"
    assert grown(http, method="POST", route="/api/v1/complaints", status="201") == 1
    assert grown(http, method="GET", route="/api/v1/complaints/{number}", status="200") == 1
    for reader in ("routing", "sla", "reporting"):
        labels = {"reader": reader, "source": "intake", "type": "complaint-filed", "outcome": "applied"}
        assert grown("redress_reader_events_total", **labels) == 1, reader
    assert grown("redress_journal_appends_total", service="intake") == 1
    assert grown("redress_journal_appends_total", service="routing") >= 1
    assert value(after, "redress_reader_lag_events", reader="routing", source="intake") == 0
    assert not [key for key in after if receipt["tracking_number"] in str(key)]


async def test_an_address_without_a_route_and_an_unheard_of_method_make_no_series_of_their_own(whole: Whole) -> None:
    async with whole.client() as public:
        await public.get("/no/such/page-0812345678")
        await public.request("BREW", "/no/such/page-0812345678")
    series = await told(whole)
    labels = [dict(labels) for name, labels in series if name == "redress_http_request_seconds_count"]
    assert {"method": "OTHER", "route": "unmatched", "status": "404"} in labels
    assert not [one for one in labels if "0812345678" in one["route"]]


async def test_a_reader_that_lags_shows_how_many_events_and_for_how_long(whole: Whole) -> None:
    async with whole.client() as public:
        await public.post("/api/v1/complaints", json={"narrative": "น้ำไม่ไหล", "identity": "anonymous"})
    whole.clock.now = datetime.now(UTC) + timedelta(seconds=90)
    behind = await told(whole)
    assert value(behind, "redress_reader_lag_events", reader="routing", source="intake") == 1
    assert value(behind, "redress_reader_oldest_unread_seconds", reader="routing", source="intake") >= 90
    await whole.runtime.drain()
    caught_up = await told(whole)
    assert value(caught_up, "redress_reader_lag_events", reader="routing", source="intake") == 0
    assert value(caught_up, "redress_reader_oldest_unread_seconds", reader="routing", source="intake") == 0
    whole.clock.now = datetime.now(UTC)


async def test_an_accepted_complaint_that_is_no_case_yet_makes_a_difference_until_it_is_one(whole: Whole) -> None:
    async with whole.client() as public:
        await public.post("/api/v1/complaints", json={"narrative": "ไฟดับ", "identity": "anonymous"})
    intake = whole.runtime.contexts["intake"].database
    later = datetime.now(UTC) + timedelta(minutes=6)
    await measure_registration(intake, datetime.now(UTC))
    assert not REGISTRY.get_sample_value("redress_reconciliation_difference", {"channel": "web"})
    await measure_registration(intake, later)
    assert REGISTRY.get_sample_value("redress_reconciliation_difference", {"channel": "web"}) == 1
    await whole.runtime.drain()
    await measure_registration(intake, later)
    assert REGISTRY.get_sample_value("redress_reconciliation_difference", {"channel": "web"}) == 0


async def test_open_clocks_are_counted_as_due_breached_and_not_judged(whole: Whole) -> None:
    await whole.file(category="broken")
    due = await told(whole)
    assert value(due, "redress_sla_clocks_due") >= 1
    breached = value(due, "redress_sla_clocks_breached")
    whole.clock.move(hours=48)
    late = await told(whole)
    assert value(late, "redress_sla_clocks_breached") > breached
    assert value(late, "redress_sla_clocks_unjudged") >= 1
    (sweep,) = whole.runtime.services["sla"].jobs
    assert await run_once(whole.runtime.contexts["sla"].database, sweep, whole.clock.now)
    judged = await told(whole)
    assert value(judged, "redress_sla_clocks_unjudged") == 0
    assert value(judged, "redress_sla_sweep_lag_seconds") < 60
    assert value(judged, "redress_job_runs_total", service="sla", task="sweep", outcome="ok") >= 1
    assert value(judged, "redress_job_last_success_timestamp_seconds", service="sla", task="sweep") > 1.7e9


async def test_parked_events_are_counted_by_state(whole: Whole) -> None:
    await whole.database.statement(
        "insert into routing.parked (source, bucket, position, case_id, type, status, reason, event)"
        " values ('intake', 0, 999999, gen_random_uuid(), 'complaint-filed', 'failed', 'cannot be read', '{}')"
    )
    assert value(await told(whole), "redress_parked_events", reader="routing", status="failed") == 1
    await whole.database.statement("delete from routing.parked")
    assert value(await told(whole), "redress_parked_events", reader="routing", status="failed") == 0


async def test_a_database_that_is_away_stops_no_scrape_and_lets_the_figures_grow_old(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    await told(whole)
    taken_at = REGISTRY.get_sample_value("redress_measured_timestamp_seconds")

    async def away(*_arguments: object) -> None:
        raise ConnectionRefusedError("the database is away")

    monkeypatch.setattr(type(whole.database), "read", away)
    await told(whole)
    assert REGISTRY.get_sample_value("redress_measured_timestamp_seconds") == taken_at


async def test_figures_are_read_off_an_index_and_never_by_walking_a_journal(whole: Whole) -> None:
    rows = await whole.database.read(
        "select sum(seq_scan)::bigint as walks from pg_stat_user_tables where relname = 'journal'"
    )
    before = rows[0]["walks"]
    for _ in range(3):
        await told(whole)
    rows = await whole.database.read(
        "select sum(seq_scan)::bigint as walks from pg_stat_user_tables where relname = 'journal'"
    )
    assert rows[0]["walks"] == before


def test_the_first_identifier_of_a_moment_lies_below_all_that_are_made_after_it() -> None:
    now = datetime.now(UTC)
    assert first_id_of(now - timedelta(seconds=1)) < new_id() < first_id_of(now + timedelta(minutes=1))
    assert isinstance(first_id_of(now), UUID)
