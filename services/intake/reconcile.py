"""Take up what arrived and was not registered, and raise the alarm for what stays so ("N arrived, N registered")."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from prometheus_client import Gauge

from services.intake.arrivals import OVERDUE, failed, registered, way_again
from services.kit.errors import FieldProblem, InvalidInput, NotFound
from services.kit.i18n import N_
from services.kit.service import Context
from services.kit.trouble import told

log = structlog.get_logger()

MISSING = Gauge("redress_arrivals_missing", "What arrived over five minutes ago and was not registered", ["channel"])

TAKEN_UP_AFTER = timedelta(minutes=1)
"""Whoever noted the arrival has had this long to register it; after a crash nobody else will."""

AT_ONCE = 50


async def reconcile(context: Context, now: datetime) -> int:
    """Register again what a crash left behind, then count what is overdue; returns how many are.

    A missing one raises the alarm on every run until it is settled: an error in the log, `redress_arrivals_missing`,
    and its row on `/admin/channels`.
    """
    rows = await context.database.read(
        "select channel, source_id from intake.arrival where state = 'arrived' and arrived_at < $1"
        " order by arrived_at limit $2",
        now - TAKEN_UP_AFTER,
        AT_ONCE,
    )
    for row in rows:
        if way_again(row["channel"]) is not None:
            await _try_again(context, row["channel"], row["source_id"])
    overdue = await context.database.read(
        "select channel, count(*) n, min(arrived_at) since from intake.arrival"
        " where state = 'arrived' and arrived_at < $1 group by channel",
        now - OVERDUE,
    )
    MISSING.clear()
    for row in overdue:
        MISSING.labels(row["channel"]).set(row["n"])
        await log.aerror(
            "arrived but not registered", channel=row["channel"], missing=row["n"], since=row["since"].isoformat()
        )
    return sum(row["n"] for row in overdue)


async def _try_again(context: Context, channel: str, source_id: str) -> None:
    try:
        await register_now(context, channel, source_id)
    except (InvalidInput, NotFound) as problem:
        # The matter itself is at fault: trying again would fail again, and a person has to see it.
        async with context.database.transaction() as tx:
            await failed(tx, channel, source_id, problem.what, context.now())
    except Exception as problem:  # one that cannot be taken up must not keep the others waiting
        await log.awarning("arrival could not be taken up", channel=channel, error=told(problem))


async def register_now(context: Context, channel: str, source_id: str, *, by_person: bool = False) -> None:
    """Register one arrival; nothing happens when it is registered already.

    What was set aside, by a rule or by somebody, is registered only when a person says so.

    Raises:
        NotFound: there is no such arrival, or its channel has no way to register it anew.
        RedressError: the channel says why it cannot be registered.
    """
    rows = await context.database.read(
        "select state from intake.arrival where channel = $1 and source_id = $2", channel, source_id
    )
    way = way_again(channel)
    if not rows or way is None:
        raise NotFound(
            N_("There is no such arrival, or its channel cannot register it anew."),
            N_("It may have been settled since; reload the page."),
        )
    if rows[0]["state"] == "registered" or (rows[0]["state"] == "ignored" and not by_person):
        return
    case_id = await way(context, source_id)
    async with context.database.transaction() as tx:
        await registered(tx, channel, source_id, case_id, context.now())


async def set_aside(context: Context, channel: str, source_id: str, reason: str) -> None:
    """A person looked at what was held, missing or failed, and says why it is not to be registered.

    Raises:
        InvalidInput: no reason was given.
        NotFound: it is not open any more.
    """
    if len(reason.strip()) < 3:
        problem = FieldProblem(
            "reason", N_("Setting it aside needs a reason."), N_("Say why it is not to be registered.")
        )
        raise InvalidInput(problem.what, problem.remedy, fields=[problem])
    row = await context.database.statement(
        "update intake.arrival set state = 'ignored', reason = $3, updated_at = $4"
        " where channel = $1 and source_id = $2 and state in ('arrived', 'held', 'failed') returning 1",
        channel,
        source_id,
        reason.strip()[:500],
        context.now(),
    )
    if row is None:
        raise NotFound(N_("This arrival is settled already."), N_("Reload the page."))
