"""Tell the screens of agents that something about the calls changed: server-sent events, no polling by the page.

A stream carries no data about anybody, only that there is something to fetch. It waits for the doorbell, which rings
in this process at once and in the others by NOTIFY; a ring that got lost costs a few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from services.intake.phone.take_call import BELL
from services.kit.server_events import BEGIN, LASTS_SECONDS, LOOK_SECONDS, STILL_HERE, line_of
from services.kit.service import Context


async def call_changes(context: Context) -> AsyncGenerator[str, None]:
    """The stream: `changed` with the moment of the last change, at once and at each change."""
    bell = context.database.doorbell.listen((BELL,))
    try:
        told = None
        until = time.monotonic() + LASTS_SECONDS
        yield BEGIN
        while time.monotonic() < until and not context.database.doorbell.closing:
            bell.take()
            latest = await _latest(context)
            if latest != told:
                told = latest
                yield line_of("calls", latest)
            try:
                await asyncio.wait_for(bell.wait(), LOOK_SECONDS)
            except TimeoutError:
                yield STILL_HERE
    finally:
        context.database.doorbell.forget(bell)


async def _latest(context: Context) -> str:
    (row,) = await context.database.read(
        "select (select max(changed_at) from intake.phone_call) as at,"
        " (select count(*) from intake.call_back where state = 'open') as owed"
    )
    return f"{row['at'].isoformat() if row['at'] else '-'}/{row['owed']}"
