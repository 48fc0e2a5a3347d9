"""Reconciliation: what arrived on each channel and what was registered ("N arrived, N registered").

A channel notes an arrival before it does anything else, in a transaction of its own, and settles it when the complaint
is committed. Whatever stays `arrived` for more than five minutes raises an alarm, is shown, and can be registered anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

from services.kit.database import Transaction
from services.kit.service import Context

OVERDUE = timedelta(minutes=5)
"""After this an arrival that nothing was made of raises the alarm."""

RegisterAgain = Callable[[Context, str], Awaitable[UUID]]
"""Register one arrival of a channel, by its source id; right when it was registered already. Answers the case."""

_ways: dict[str, RegisterAgain] = {}


def register_again_by(channel: str, way: RegisterAgain) -> None:
    """Say how an arrival of a channel is registered anew; each channel says so once, where it is put together."""
    _ways[channel] = way


def way_again(channel: str) -> RegisterAgain | None:
    """How an arrival of a channel is registered anew; None where the channel has no way."""
    return _ways.get(channel)


async def arrived(tx: Transaction, channel: str, source_id: str, at: datetime, *, raw: UUID | None = None) -> bool:
    """Note that something arrived; False when it was noted before. `raw` is the file that keeps it as it came.

    Commit this before anything is made of it: only what is noted can be missed.
    """
    row = await tx.fetchrow(
        "insert into intake.arrival (channel, source_id, arrived_at, raw, updated_at) values ($1, $2, $3, $4, $3)"
        " on conflict do nothing returning 1",
        channel,
        source_id,
        at,
        raw,
    )
    return row is not None


async def taken_up(tx: Transaction, channel: str, source_id: str, now: datetime) -> None:
    """A person makes something of what was held: it counts as arrived from now, and is missed if nothing follows."""
    await tx.execute(
        "insert into intake.arrival (channel, source_id, arrived_at, updated_at) values ($1, $2, $3, $3)"
        " on conflict (channel, source_id) do update set state = 'arrived', reason = null,"
        " arrived_at = excluded.arrived_at, updated_at = excluded.updated_at"
        " where intake.arrival.state <> 'registered'",
        channel,
        source_id,
        now,
    )


async def registered(tx: Transaction, channel: str, source_id: str, case_id: UUID, now: datetime) -> None:
    """It is in this case now: a new one, or one that it was added to."""
    await _settle(tx, channel, source_id, "registered", None, now, case_id)


async def held(tx: Transaction, channel: str, source_id: str, reason: str, now: datetime) -> None:
    """It is kept for a person to look at. The reason carries no personal data."""
    await _settle(tx, channel, source_id, "held", reason, now)


async def ignored(tx: Transaction, channel: str, source_id: str, reason: str, now: datetime) -> None:
    """It is nothing to register, such as an automatic answer or a sticker; counted, and nothing more is due."""
    await _settle(tx, channel, source_id, "ignored", reason, now)


async def failed(tx: Transaction, channel: str, source_id: str, reason: str, now: datetime) -> None:
    """It could not be registered. The reason carries no personal data; it is shown until somebody settles it."""
    await _settle(tx, channel, source_id, "failed", reason, now)


async def _settle(
    tx: Transaction, channel: str, source_id: str, state: str, reason: str | None, now: datetime,
    case_id: UUID | None = None,
) -> None:  # fmt: skip
    # What is registered stays so: a repeat that fails later takes nothing back.
    await tx.execute(
        "insert into intake.arrival (channel, source_id, arrived_at, state, reason, case_id, updated_at)"
        " values ($1, $2, $5, $3, $4, $6, $5) on conflict (channel, source_id) do update set state = excluded.state,"
        " reason = excluded.reason, case_id = coalesce(excluded.case_id, intake.arrival.case_id),"
        " updated_at = excluded.updated_at where intake.arrival.state <> 'registered' or excluded.state = 'registered'",
        channel,
        source_id,
        state,
        reason,
        now,
        case_id,
    )
