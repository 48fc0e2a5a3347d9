"""Waiting for a case that has just been filed: the receipt is out before routing has read of it.

Whoever files and acts at once would be told that there is no such case. They wait a moment instead: until this process
opens it, or for a few looks when another one does. A case outside the viewer's scope is waited for just as long as one
that is not there, so that nobody learns which.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from services.kit.errors import NotFound

WAITS = (0.1, 0.2, 0.4)
"""Seconds after each look, unless it is opened sooner: after seven tenths of a second there is no such case."""

Found = TypeVar("Found")


class Openings:
    """Who waits in this process for which cases to be opened."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)

    def tell(self, numbers: Iterable[str]) -> None:
        """The cases of these tracking numbers are there now."""
        for number in numbers:
            for waiting in self._waiting.get(number, ()):
                waiting.set()

    async def once_there(self, number: str, find: Callable[[], Awaitable[Found]]) -> Found:
        """What `find` finds, looked for again while it raises NotFound.

        Raises:
            NotFound: it was not there at the last look either.
        """
        # Registered before the first look, so that no opening falls between a look and the wait for it.
        key, opened = number.strip().upper(), asyncio.Event()
        self._waiting[key].add(opened)
        try:
            for seconds in WAITS:
                try:
                    return await find()
                except NotFound:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(opened.wait(), seconds)
                    opened.clear()
            return await find()
        finally:
            self._waiting[key].discard(opened)
            if not self._waiting[key]:
                del self._waiting[key]
