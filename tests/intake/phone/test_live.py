"""The stream to the agents' screens: it tells at once that something changed, nothing about anybody, and it ends."""

from __future__ import annotations

import asyncio

import httpx

from services.intake.phone.live import call_changes
from services.kit.service import Context
from tests.intake.phone.conftest import tell


async def test_a_call_is_told_at_once_and_without_its_number(http: httpx.AsyncClient, context: Context) -> None:
    stream = call_changes(context)
    assert (await anext(stream)).startswith("retry:")
    assert (await anext(stream)).startswith("event: calls")
    told = asyncio.ensure_future(anext(stream))
    await tell(http, "ringing")
    said = await asyncio.wait_for(told, 3)
    assert said.startswith("event: calls\ndata: 2026-")
    assert "1234" not in said
    await stream.aclose()


async def test_a_stream_ends_when_the_process_is_about_to(context: Context) -> None:
    stream = call_changes(context)
    await anext(stream)
    await anext(stream)
    rest = asyncio.ensure_future(_all(stream))
    await asyncio.sleep(0)
    context.database.doorbell.close()
    assert len(await asyncio.wait_for(rest, 3)) <= 1


async def test_whoever_has_gone_is_not_rung_for(context: Context) -> None:
    stream = call_changes(context)
    await anext(stream)
    bells = context.database.doorbell._bells["intake.phone"]
    assert len(bells) == 1
    await stream.aclose()
    assert not bells


async def _all(stream: object) -> list[str]:
    return [said async for said in stream]  # type: ignore[attr-defined]
