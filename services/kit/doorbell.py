"""Waking readers: in this process at once, in others by NOTIFY, and never more often than needed.

A NOTIFY inside the transaction would make every commit queue for one lock, so the bell is rung after the commit and
at most every 50 ms. It is only a hint: a reader also looks by itself once a second, so a lost ring costs a second.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Awaitable, Callable

CHANNEL = "redress_journal"
OUTSIDE_SECONDS = 0.05
"""How often other processes are told at most."""


class Bell:
    """One reader's end of the wire: which of its sources have rung since it last looked."""

    def __init__(self) -> None:
        self._rung: set[str] = set()
        self._event = asyncio.Event()

    def ring(self, source: str) -> None:
        """The journal of `source` grew."""
        self._rung.add(source)
        self._event.set()

    def take(self) -> set[str]:
        """The sources that have rung; from now on they count as looked at."""
        rung, self._rung = self._rung, set()
        self._event.clear()
        return rung

    async def wait(self) -> None:
        """Until one rings, or at once when one has."""
        await self._event.wait()


class Doorbell:
    """Rung with the name of a service whose journal grew; readers wait on it."""

    def __init__(self) -> None:
        self._bells: dict[str, set[Bell]] = defaultdict(set)
        self._outside: Callable[[str], Awaitable[object]] | None = None
        self._due: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._name = secrets.token_hex(4)
        self.closing = False
        """Whether the process is about to end: whoever waits for hours (a stream to a browser) goes home."""

    def close(self) -> None:
        """The process is about to end: wake everybody who waits, so that they see `closing`."""
        self.closing = True
        for source in list(self._bells):
            self.wake(source)

    def ring(self, source: str) -> None:
        """Wake whoever reads `source` here, and soon whoever does elsewhere."""
        self.wake(source)
        if self._outside is not None:
            self._due.add(source)
            if self._task is None or self._task.done():
                self._task = asyncio.get_running_loop().create_task(self._ring_outside())

    def wake(self, source: str) -> None:
        """Wake the readers in this process only."""
        for bell in self._bells.get(source, ()):
            bell.ring(source)

    def heard(self, message: str) -> None:
        """A message of some process came: wake the readers here, unless it is our own come back."""
        name, *sources = message.split()
        if name != self._name:
            for source in sources:
                self.wake(source)

    def listen(self, sources: tuple[str, ...]) -> Bell:
        """A bell that rings with any of `sources`."""
        bell = Bell()
        for source in sources:
            self._bells[source].add(bell)
        return bell

    def forget(self, bell: Bell) -> None:
        """Nobody waits on this bell any more."""
        for source, bells in list(self._bells.items()):
            bells.discard(bell)
            if not bells:
                del self._bells[source]

    def ring_outside_with(self, notify: Callable[[str], Awaitable[object]]) -> None:
        """Tell other processes too, by `notify(message)`."""
        self._outside = notify

    async def _ring_outside(self) -> None:
        while self._due and self._outside is not None:
            due, self._due = self._due, set()
            try:
                await self._outside(" ".join([self._name, *due]))
            except Exception:  # noqa: S110 - only a hint: readers look by themselves within a second
                pass
            await asyncio.sleep(OUTSIDE_SECONDS)
