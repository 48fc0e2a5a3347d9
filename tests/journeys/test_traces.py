"""One trace from the answer to the last reader, and logs of a whole journey that name nobody."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from services.kit import tracing
from services.kit.logging import configure_logging
from services.kit.spans import Spans
from tests.journeys.whole import Whole

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"

FILING = {
    "narrative": "ประตูบ้านพักพัง คนเฝ้าชื่อวิชัยไม่ยอมเปิด",
    "identity": "confidential",
    "complainant": {"name": "สมหญิง รักเรียน", "phone": "0812345678", "email": "somying@example.org"},
    "category": "broken",
}


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative level."""
    kept = structlog.get_config()
    stream = io.StringIO()
    configure_logging(level="DEBUG")
    structlog.configure(cache_logger_on_first_use=False, logger_factory=structlog.PrintLoggerFactory(file=stream))
    forget_loggers()
    yield stream
    structlog.configure(**kept)


def forget_loggers() -> None:
    """Loggers keep the configuration of their first line, which may have been a command's in another test."""
    for name, module in list(sys.modules.items()):
        if name.startswith("services."):
            getattr(getattr(module, "log", None), "__dict__", {}).pop("bind", None)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Every span that is recorded, once recording has ended."""
    exporter = InMemorySpanExporter()
    tracing.record_with(lambda: Spans("redress", exporter))
    yield exporter
    tracing.record_with(None)


def read(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def filed(whole: Whole, **headers: str) -> dict[str, Any]:
    async with whole.client(**headers) as public:
        answer = await public.post("/api/v1/complaints", json=FILING)
    assert answer.status_code == 201, answer.text
    await whole.runtime.drain()
    receipt: dict[str, Any] = answer.json()
    return receipt


async def traces_of(whole: Whole, source: str, number: str) -> set[str]:
    rows = await whole.database.read(
        f"select j.traceparent from {source}.journal j join intake.complaint c on c.id = j.case_id"
        " where c.tracking_number = $1",
        number,
    )
    return {row["traceparent"].split("-")[1] for row in rows}


async def test_one_trace_leads_from_the_filing_to_the_handlers_of_routing_sla_and_reporting(
    whole: Whole, lines: io.StringIO
) -> None:
    await filed(whole, traceparent=PARENT)
    handled = [line for line in read(lines) if line["event"] == "event handled"]
    assert {line["trace_id"] for line in handled} == {TRACE}
    assert {(line["reader"], line["type"]) for line in handled} >= {
        ("routing", "complaint-filed"),
        ("sla", "complaint-filed"),
        ("sla", "case-moved"),
        ("reporting", "complaint-filed"),
        ("reporting", "case-moved"),
        ("reporting", "clock-started"),
    }
    assert all(line["case_id"] and line["event_id"] for line in handled)


async def test_what_is_announced_of_an_event_carries_its_trace_on_through_every_journal(whole: Whole) -> None:
    receipt = await filed(whole, traceparent=PARENT)
    for source in ("intake", "routing", "sla"):
        assert await traces_of(whole, source, receipt["tracking_number"]) == {TRACE}, source


async def test_many_complaints_read_at_once_keep_each_its_own_trace(whole: Whole) -> None:
    parents = [f"00-{number:032x}-{number:016x}-00" for number in range(1, 9)]
    numbers = []
    for parent in parents:
        async with whole.client(traceparent=parent) as public:
            numbers.append((await public.post("/api/v1/complaints", json=FILING)).json()["tracking_number"])
    await whole.runtime.drain()
    for parent, number in zip(parents, numbers, strict=True):
        for source in ("routing", "sla"):
            assert await traces_of(whole, source, number) == {parent.split("-")[1]}


@pytest.mark.parametrize(
    "given", ["", "nonsense", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"ff-{TRACE}-00f067aa0ba902b7-01"]
)
async def test_a_request_without_a_sound_traceparent_begins_a_trace_of_its_own(whole: Whole, given: str) -> None:
    receipt = await filed(whole, **({"traceparent": given} if given else {}))
    (trace,) = await traces_of(whole, "routing", receipt["tracking_number"])
    assert len(trace) == 32
    assert trace not in (TRACE, "0" * 32)


async def test_the_log_line_of_a_filing_says_which_case_and_event_it_became(whole: Whole, lines: io.StringIO) -> None:
    receipt = await filed(whole, traceparent=PARENT)
    line = next(line for line in read(lines) if line["event"] == "request answered")
    row = (await whole.database.read("select id, case_id from intake.journal where case_id = $1", line["case_id"]))[0]
    assert str(row["id"]) == line["event_id"]
    assert (line["trace_id"], line["route"], line["status"]) == (TRACE, "/api/v1/complaints", 201)
    assert receipt["tracking_number"] not in json.dumps(line)


async def test_the_logs_of_a_whole_journey_hold_no_name_no_contact_and_no_narrative(
    whole: Whole, lines: io.StringIO
) -> None:
    receipt = await filed(whole)
    number, secret = receipt["tracking_number"], receipt["tracking_secret"]
    async with whole.client(**{"x-tracking-secret": secret}) as public:
        assert (await public.get(f"/api/v1/complaints/{number}")).status_code == 200
        acted = await public.post(
            f"/api/v1/complaints/{number}/actions", json={"action": "add", "text": "โทรกลับที่ 0898765432"}
        )
        assert acted.is_success, acted.text
        await public.post("/api/v1/complaints", json={**FILING, "narrative": ""})
    await whole.runtime.drain()
    whole.clock.move(hours=3)
    for job in whole.runtime.services["sla"].jobs:
        await job.run(whole.clock.now)
    await whole.runtime.drain()
    case = await whole.case(number)
    assert case["tracking_number"] == number
    logged = lines.getvalue()
    assert logged.count("\n") > 20
    personal = (*FILING["complainant"].values(), "สมหญิง", "วิชัย", "ประตู", "0898765432", "โทรกลับ", secret, number)  # type: ignore[attr-defined]
    assert [word for word in personal if word in logged] == []


async def test_spans_of_readers_hang_below_the_span_of_the_request(whole: Whole, spans: InMemorySpanExporter) -> None:
    await filed(whole, traceparent=PARENT)
    tracing.record_with(None)
    found = [span for span in spans.get_finished_spans() if trace_of(span) == TRACE]
    by_id = {span.context.span_id: span for span in found if span.context}
    request = next(span for span in found if span.name == "POST /api/v1/complaints")
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert (request.attributes or {})["http.response.status_code"] == 201
    opened = next(span for span in found if span.name == "routing complaint-filed")
    assert opened.parent is not None
    assert by_id[opened.parent.span_id] is request
    heard = next(span for span in found if span.name == "sla case-moved")
    assert heard.parent is not None
    assert by_id[heard.parent.span_id] is opened
    assert not [span for span in found if "สมหญิง" in span.to_json() or "ประตู" in span.to_json()]


def trace_of(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""


@pytest.mark.parametrize(
    ("environment", "on"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"REDRESS_TRACES": "1"}, True),
        ({"REDRESS_TRACES": "off", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_spans_are_recorded_only_where_somebody_asked_for_them(environment: dict[str, str], on: bool) -> None:
    assert tracing.wanted(environment) is on
