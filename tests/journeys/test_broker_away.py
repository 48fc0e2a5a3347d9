"""A broker that stands still makes nobody late: no breach is announced that an event on its way disproves."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.kafka import Brokers
from tests.journeys.system import Running, until
from tests.kafka_cluster import environment_of

pytestmark = [pytest.mark.process, pytest.mark.kafka, pytest.mark.timeout(400)]


@pytest.fixture
def system(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    running = Running(tmp_path / "data", environment=environment_of("kafka", request)).start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


def heard_until(system: Running) -> datetime:
    """Up to when sla knows what intake and routing recorded."""
    heard = httpx.get(f"{system.address}/health/ready", timeout=10).json()["heard_until"]
    return min(datetime.fromisoformat(heard[f"sla<-{source}"]) for source in ("intake", "routing"))


def breaches(system: Running, number: str) -> list[dict[str, Any]]:
    """Alerts beyond a warning about the progress of a case."""
    with system.client("auditor") as auditor:
        items = auditor.get("/api/v1/alerts", params={"limit": 200}).json()["items"]
    return [
        item
        for item in items
        if (item["tracking_number"], item["target"]) == (number, "progress") and not item["level"].startswith("warn")
    ]


def test_a_broker_stopped_over_a_deadline_that_was_kept_makes_no_breach(system: Running, brokers: Brokers) -> None:
    number = system.file(category="lodging", narrative="ไฟทางเดินดับ")["tracking_number"]
    case = system.in_state(number, "assigned")
    due = until(
        "the clock of the next report",
        lambda: next((c["due_at"] for c in system.case(number)["clocks"] if c["target"] == "progress"), None),
    )
    deadline = datetime.fromisoformat(due)
    officer = case["owner"]["username"] if isinstance(case["owner"], dict) else case["owner"]
    brokers.nodes[0].signal(signal.SIGSTOP)
    try:
        until("ten seconds before the deadline", lambda: datetime.now(UTC) > deadline - timedelta(seconds=10))
        with system.client(officer) as staff:
            told = staff.post(f"/api/v1/cases/{case['id']}/contacts", json={"medium": "phone", "progress": True})
        assert told.status_code == 201, told.text
        assert system.file()["tracking_number"], "filing needs no broker"
        until("the deadline to be past", lambda: datetime.now(UTC) > deadline + timedelta(seconds=4))
        assert heard_until(system) < deadline
        assert breaches(system, number) == []
    finally:
        brokers.nodes[0].signal(signal.SIGCONT)
    until("sla to have heard everything", lambda: heard_until(system) > deadline + timedelta(seconds=1), seconds=90)
    assert breaches(system, number) == []
    clocks = [clock for clock in system.case(number)["clocks"] if clock["target"] == "progress"]
    assert all(clock["state"] != "missed" for clock in clocks), clocks
