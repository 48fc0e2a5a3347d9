"""What a service listens to: its handlers by source, type and version of what is announced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from schemas.envelope import Event, Payload
from services.kit import tracing
from services.kit.database import Transaction

DECODED_KEPT = 2048
"""How many decoded facts are kept for the other readers."""


class NotYet(Exception):
    """A fact this event needs has not arrived from another journal; it is tried again by itself."""


class Received(NamedTuple):
    """An event with its typed fact."""

    event: Event
    fact: Any


Handler = Callable[[Transaction, Sequence[Received]], Awaitable[None]]

EachHandler = Callable[[Transaction, Event, Any], Awaitable[None]]


class Subscriptions:
    """The one visible map of what a service listens to.

    A handler is given several events of one type at once, never two of the same case, so it can work set-based; it
    must be right under repetition and in any order between journals.
    """

    def __init__(self, service: str) -> None:
        self.service = service
        self.handlers: dict[tuple[str, str, int], list[Handler]] = defaultdict(list)
        self.gathering: set[Handler] = set()

    def on(self, *facts: type[Payload]) -> Callable[[Handler], Handler]:
        """Register a handler of batches."""

        def register(handler: Handler) -> Handler:
            for fact in facts:
                self.handlers[fact.SOURCE, fact.TYPE, fact.VERSION].append(handler)
            return handler

        return register

    def gather(self, *facts: type[Payload]) -> Callable[[Handler], Handler]:
        """Register a handler of everything of these facts in a batch at once: several of a case too, of each type.

        For facts that carry a version of their own, so that the newest wins in any order: one call a batch instead of
        one for each type and turn. Called after all other handlers of the batch.
        """

        def register(handler: Handler) -> Handler:
            self.gathering.add(handler)
            return self.on(*facts)(handler)

        return register

    def each(self, *facts: type[Payload]) -> Callable[[EachHandler], EachHandler]:
        """Register a handler of one event at a time."""

        def register(handler: EachHandler) -> EachHandler:
            async def one_by_one(tx: Transaction, received: Sequence[Received]) -> None:
                for item in received:
                    with tracing.one_of(tx.causes, item.event):
                        await handler(tx, item.event, item.fact)

            self.on(*facts)(one_by_one)
            return handler

        return register

    @property
    def sources(self) -> tuple[str, ...]:
        """The services whose journals are read."""
        return tuple(sorted({source for source, _, _ in self.handlers}))

    def wants(self, event: Event) -> bool:
        """Whether a handler listens to this event. A version newer than those known is wanted, and will be parked."""
        if (event.source, event.type, event.version) in self.handlers:
            return True
        return any(s == event.source and t == event.type and event.version > v for s, t, v in self.handlers)


_decoded: dict[tuple[UUID, str, str | None], Payload] = {}


def decoded(event: Event) -> Payload:
    """The fact of an event; four readers in one process decode it once. Erasure makes it another one."""
    key = (event.id, event.body, event.texts)
    fact = _decoded.get(key)
    if fact is None:
        if len(_decoded) >= DECODED_KEPT:
            _decoded.clear()
        fact = _decoded[key] = event.payload()
    return fact
