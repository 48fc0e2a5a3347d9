"""Whether a process is ready to be given work: its database answers, its broker too, its readers are near the end."""

from __future__ import annotations

import asyncio
from typing import Any

from services.cli.runtime import Runtime
from services.kit.feeds import JournalFeed
from services.kit.trouble import told


async def readiness(runtime: Runtime) -> dict[str, Any]:
    """`status` is `ready`, or says what is wrong; `lag` is in events, by reader and source.

    Over Kafka `heard_until` says up to which moment (UTC) a reader knows everything, by the marks of the relays.
    """
    report: dict[str, Any] = {"status": "ready", "lag": {}}
    try:
        await _lags(runtime, report)
    except Exception as problem:
        return report | {"status": "no database", "error": told(problem)}
    if runtime.kafka is not None:
        silent = _broker_silent(runtime)
        report["broker_silent_seconds"] = round(silent, 1)
        if silent > runtime.settings.ready_broker_seconds or not all(
            feed.connected for feed in runtime.feeds.values() if not isinstance(feed, JournalFeed)
        ):
            report["status"] = "no broker"
    if any(lag > runtime.settings.ready_lag_events for lag in report["lag"].values()):
        report["status"] = "behind"
    return report


async def _lags(runtime: Runtime, report: dict[str, Any]) -> None:
    for name, feed in runtime.feeds.items():
        for standing in await feed.standing():
            pair = f"{name}<-{standing.source}"
            report["lag"][pair] = standing.lag
            if not isinstance(feed, JournalFeed):
                report.setdefault("heard_until", {})[pair] = standing.oldest and standing.oldest.isoformat()


def _broker_silent(runtime: Runtime) -> float:
    """Since when (seconds) the broker has not acknowledged what the relays of this process publish each second."""
    now = asyncio.get_running_loop().time()
    return max((now - relay.alive_at for relay in runtime.relays.values()), default=0.0)
