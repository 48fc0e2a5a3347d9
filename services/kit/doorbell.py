"""Waking readers: in this process at once, in others by NOTIFY, and never more often than needed.

A NOTIFY inside the transaction would make every commit queue for one lock, so the bell is rung after the commit and
at most every 50 ms. It is only a hint: a reader also looks by itself once a second, so a lost ring costs a second.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable

CHANNEL = "redress_journal"


class Doorbell:
    """Rung with the name of a service whose journal grew; readers wait on it."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._outside: Callable[[str], Awaitable[object]] | None = None
        self._due: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def ring(self, source: str) -> None:
        """Wake whoever reads `source` here, and soon whoever does elsewhere."""
        self.wake(source)
        if self._outside is not None:
            self._due.add(source)
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._ring_outside())

    def wake(self, source: str) -> None:
        """Wake the readers in this process only."""
        for event in self._waiting[source]:
            event.set()

    def listen(self, sources: tuple[str, ...]) -> asyncio.Event:
        """An event that is set whenever one of `sources` is rung; the listener clears it."""
        event = asyncio.Event()
        for source in sources:
            self._waiting[source].add(event)
        return event

    def ring_outside_with(self, notify: Callable[[str], Awaitable[object]]) -> None:
        """Tell other processes too, by `notify(source)`."""
        self._outside = notify

    async def _ring_outside(self) -> None:
        while self._due and self._outside is not None:
            source = self._due.pop()
            try:
                await self._outside(source)
            except Exception:  # noqa: S110 - only a hint: readers look by themselves within a second
                pass
            await asyncio.sleep(0.05)
