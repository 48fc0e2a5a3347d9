"""Open desks are told what changed: who hears of what, and that many desks share one look."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import orjson
import pytest

from schemas.complaints import Promised
from services.kit.scope import scope_of
from services.routing.pages.desk import live_desks
from services.routing.queue.arrivals import Desk
from services.routing.queue.live_desk import LiveDesks
from services.routing.queue.reading import own_units
from services.routing.queue.views import Looking, midnight_after
from services.routing.read_cases import Filters
from services.routing.reassign_case import reassign_case
from tests.routing.world import World, later


def desk_of(world: World, username: str, **filters: Any) -> Desk:
    """The desk of a member of staff."""
    member = world.people[username]
    scope = scope_of(world.bundle, member)
    looking = Looking(
        member.staff_id, member.unit, frozenset(own_units(scope, member)), world.now,
        midnight_after(world.now, world.bundle.zone),
    )  # fmt: skip
    return Desk(scope, Filters(**{"view": "open", **filters}), looking)


class Screen:
    """A browser that shows a desk."""

    def __init__(self, stream: AsyncGenerator[str, None]) -> None:
        self._stream = stream
        self._heard: list[tuple[str, str]] = []

    async def hears(self, event: str, *, seconds: float = 60) -> str:
        """Wait for an event; its data."""
        async with asyncio.timeout(seconds):
            while True:
                for number, (name, data) in enumerate(self._heard):
                    if name == event:
                        del self._heard[: number + 1]
                        return data
                piece = await anext(self._stream)
                lines = dict(line.split(": ", 1) for line in piece.strip().split("\n") if ": " in line)
                if "event" in lines:
                    self._heard.append((lines["event"], lines.get("data", "")))

    @property
    def arrivals(self) -> list[str]:
        """What it was told of so far and nobody has asked for."""
        return [data for name, data in self._heard if name == "arrived"]

    async def close(self) -> None:
        """Leave."""
        await self._stream.aclose()


@pytest.fixture
async def live(world: World) -> AsyncIterator[LiveDesks]:
    made = live_desks(world.context)
    yield made
    await made.close()


async def due(world: World, hours: float, **values: Any) -> Any:
    return await world.filed(promised=Promised(resolve=later(hours=hours)), **{"category": "cleanliness", **values})


async def test_a_new_case_arrives_at_the_desks_that_list_it_with_new_numbers(world: World, live: LiveDesks) -> None:
    async with contextlib.AsyncExitStack() as stack:
        screens = {}
        for username in ("officer1.lodging", "officer1.sales", "centre"):
            stream = live.events(world.people[username], desk_of(world, username), await live.mark())
            screens[username] = Screen(stream)
            stack.push_async_callback(screens[username].close)
            assert orjson.loads(await screens[username].hears("counts"))["open"] == "0"
        case_id = await due(world, 1)
        for username in ("officer1.lodging", "centre"):
            assert await screens[username].hears("arrived") == str(case_id)
            assert orjson.loads(await screens[username].hears("counts"))["open"] == "1"
        other = await due(world, 1, category="product")
        # Sales heard of its own case and never of the first one.
        assert await screens["officer1.sales"].hears("arrived") == str(other)
        assert screens["officer1.sales"].arrivals == []


async def test_what_happened_between_a_page_and_its_stream_is_told(world: World, live: LiveDesks) -> None:
    mark = await live.mark()
    case_id = await due(world, 1)
    screen = Screen(live.events(world.people["centre"], desk_of(world, "centre"), mark))
    assert await screen.hears("arrived") == str(case_id)
    await screen.close()
    # A mark that is none is no reason to fail.
    screen = Screen(live.events(world.people["centre"], desk_of(world, "centre"), "1.2.x"))
    await screen.hears("counts")
    await screen.close()


async def test_a_case_given_on_arrives_with_its_new_owner_and_changes_for_the_others(
    world: World, live: LiveDesks
) -> None:
    case_id = await due(world, 1)
    owner = world.username((await world.case(case_id)).owner)
    other = next(name for name in ("officer1.lodging", "officer2.lodging") if name != owner)
    mark = await live.mark()
    new = Screen(live.events(world.people[other], desk_of(world, other, view="mine"), mark))
    unit = Screen(live.events(world.people[str(owner)], desk_of(world, str(owner), view="unit"), mark))
    await new.hears("counts")
    await unit.hears("counts")
    async with world.database.transaction() as tx:
        await reassign_case(
            tx, world.copies, case_id, owner=other, reason="แบ่งงาน", viewer=world.people[str(owner)], now=world.now
        )
    assert await new.hears("arrived") == str(case_id)
    assert await unit.hears("case") == str(case_id)
    await new.close()
    await unit.close()


async def test_a_restricted_case_is_never_told_to_a_desk_outside(world: World, live: LiveDesks) -> None:
    centre = Screen(live.events(world.people["centre"], desk_of(world, "centre"), await live.mark()))
    await centre.hears("counts")
    secret = await due(world, 1, category="misconduct")
    known = await due(world, 1)
    assert await centre.hears("arrived") == str(known) != str(secret)
    await centre.close()


async def test_two_hundred_desks_share_one_look_at_what_changed(
    world: World, live: LiveDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["officer1.lodging", "centre"]
    mark = await live.mark()
    screens = [Screen(live.events(world.people[names[n % 2]], desk_of(world, names[n % 2]), mark)) for n in range(200)]
    await asyncio.gather(*(screen.hears("counts") for screen in screens))
    asked: list[str] = []
    read = world.database.read

    async def counted(sql: str, *args: Any) -> Any:
        asked.append(sql)
        return await read(sql, *args)

    monkeypatch.setattr(world.database, "read", counted)
    case_id = await due(world, 1)
    assert set(await asyncio.gather(*(screen.hears("arrived") for screen in screens))) == {str(case_id)}
    looks = [sql for sql in asked if "routing.journal j" in sql]
    facts = [sql for sql in asked if "subject_person" in sql and "id = any" in sql]
    # A case is opened in few commits; each costs one look and at most one reading of facts, however many desks.
    assert len(looks) <= 10
    assert len(facts) <= 5
    for screen in screens:
        await screen.close()
