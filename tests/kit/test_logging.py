"""Logs go to whatever standard error is when a line is written."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
import structlog

from services.kit.logging import configure_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    kept = structlog.get_config()
    yield
    structlog.configure(**kept)


def test_a_logger_that_is_kept_writes_to_the_stream_of_now_and_not_to_a_closed_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", first)
    configure_logging()
    log = structlog.get_logger("kept")
    log.info("one")
    first.close()
    monkeypatch.setattr("sys.stderr", second)
    log.info("two")
    assert json.loads(second.getvalue())["event"] == "two"


def test_a_line_nobody_can_read_any_more_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    monkeypatch.setattr("sys.stderr", gone)
    configure_logging()
    gone.close()
    structlog.get_logger("kept").info("said to nobody")


def test_a_log_line_leaves_out_names_and_narratives(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging()
    structlog.get_logger("kept").info("filed", name="สมชาย ใจดี", narrative="ไฟดับ", case_id="c1")
    line = json.loads(stream.getvalue())
    assert line["name"] == line["narrative"] == "[left out]"
    assert line["case_id"] == "c1"
