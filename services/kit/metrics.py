"""What is counted for Prometheus, in one place: names, labels, and the few lines that count.

Labels have few values: readers, event types, route templates; never an id, an address as it was typed, or a name.
Gauges that need a query are set when they are asked for (`services/cli/measure.py`), by statements whose cost does not
grow with the tables.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, MutableMapping
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

from schemas.envelope import Event

EVENTS = Counter(
    "redress_reader_events",
    "Events a reader took: applied; skipped (nobody listens to this type); dropped (a repeat); parked (a fact it needs"
    " has not arrived); waiting (behind a parked one of its case); failed; unknown (newer than this release).",
    ["reader", "source", "type", "outcome"],
)
LAG = Gauge("redress_reader_lag_events", "Events of a journal that a reader has not read yet.", ["reader", "source"])
OLDEST = Gauge(
    "redress_reader_oldest_unread_seconds",
    "Age of the oldest event of a journal that a reader has not read yet; 0 when it has read all.",
    ["reader", "source"],
)
PARKED = Gauge(
    "redress_parked_events", "Events parked by a reader, by state; counted up to 10,000.", ["reader", "status"]
)
APPENDS = Counter("redress_journal_appends", "Events this process appended to a journal.", ["service"])
HTTP = Histogram(
    "redress_http_request_seconds",
    "Requests and how long they took, by route template; `unmatched` has none.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
JOB_RUNS = Counter(
    "redress_job_runs",
    "Runs of a periodic job: ok, failed, or elsewhere (another replica was running it).",
    ["service", "task", "outcome"],
)
JOB_SUCCESS = Gauge(
    "redress_job_last_success_timestamp_seconds", "When a job last ended well in this process.", ["service", "task"]
)
JOB_SECONDS = Gauge("redress_job_last_duration_seconds", "How long its last run took.", ["service", "task"])
CONNECTIONS = Gauge(
    "redress_database_connections",
    "Connections to PostgreSQL: in_use, idle, limit (the most there may be).",
    ["database", "state"],
)
DISK_FREE = Gauge("redress_disk_free_bytes", "Free bytes on the disk of the data folder.", ["folder"])
RECONCILIATION = Gauge(
    "redress_reconciliation_difference",
    "Complaints of a channel that were accepted in the last day, not in the last minutes, and are no case yet.",
    ["channel"],
)
MEASURED = Gauge("redress_measured_timestamp_seconds", "When the figures that need a query were last taken.")

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_http: dict[tuple[str, str, int], Histogram] = {}


def count_events(reader: str, source: str, tally: Tally[tuple[str, str]]) -> None:
    """Count what came of a batch, by (type, outcome)."""
    for (kind, outcome), number in tally.items():
        EVENTS.labels(reader, source, kind, outcome).inc(number)


def tallied(events: Iterable[Event], outcome: str) -> Tally[tuple[str, str]]:
    """So many events of each type with one outcome."""
    return Tally({(kind, outcome): number for kind, number in Tally(event.type for event in events).items()})


def route_of(scope: MutableMapping[str, Any]) -> str:
    """The template of the route that answered: never the address itself, which may hold a tracking number."""
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        return str(route)
    return "/static" if scope["path"].startswith("/static/") else "unmatched"


def count_request(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    """Count a request that was answered."""
    method = scope["method"] if scope["method"] in METHODS else "OTHER"
    key = (method, route_of(scope), status)
    child = _http.get(key)
    if child is None:
        child = _http[key] = HTTP.labels(*map(str, key))
    child.observe(seconds)
