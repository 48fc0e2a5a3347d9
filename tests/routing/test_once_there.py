"""Acting on a case that has just been filed: it is waited for, a moment, by whoever may know of it or not."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.errors import NotFound
from services.routing import once_there
from services.routing.once_there import Openings
from services.routing.store import no_such_case


class Desk:
    """Where cases are looked for."""

    def __init__(self) -> None:
        self.there = False
        self.looks = 0
        self.looked = asyncio.Event()

    async def find(self) -> str:
        """The case, if it is there."""
        self.looks += 1
        self.looked.set()
        if not self.there:
            raise no_such_case()
        return "the case"


async def test_a_case_is_found_the_moment_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once_there, "WAITS", (60.0,))
    openings, desk = Openings(), Desk()
    waiting = asyncio.create_task(openings.once_there(" fio-69-00001-x", desk.find))
    await desk.looked.wait()
    openings.tell(["FIO-69-00002-Y"])
    desk.there = True
    openings.tell(["FIO-69-00001-X"])
    assert await asyncio.wait_for(waiting, 10) == "the case"
    assert desk.looks == 2, "another case wakes nobody"


async def test_a_case_that_another_process_opens_is_found_by_looking_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once_there, "WAITS", (0.01, 0.01))
    desk = Desk()

    async def find() -> str:
        desk.there = desk.looks == 1
        return await desk.find()

    assert await Openings().once_there("FIO-69-00001-X", find) == "the case"


async def test_a_case_that_does_not_come_is_not_there_and_nobody_is_left_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(once_there, "WAITS", (0.01, 0.01))
    openings, desk = Openings(), Desk()
    with pytest.raises(NotFound):
        await openings.once_there("FIO-69-00001-X", desk.find)
    assert desk.looks == 3
    assert not openings._waiting
