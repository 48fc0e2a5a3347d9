"""Reading journals by position, in a database that can be reached or over a broker (`kit/replay.py`).

For what reads a journal from its beginning: a rebuild, a recomputation, a reader that missed something.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.envelope import Event
from services.kit.errors import Unavailable
from services.kit.i18n import N_
from services.kit.journal import EVENT_COLUMNS, event_of

PAGE = 2000
"""Events asked for at once."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of one bucket: the events after position `since`, up to `until`."""

    bucket: int
    since: int
    until: int


STRETCHES = """
    select j.* from unnest($1::smallint[], $2::bigint[], $3::bigint[]) as w(bucket, since, until)
     cross join lateral (
        select {columns} from {source}.journal j
         where j.bucket = w.bucket and j.position > w.since and j.position <= w.until order by j.position limit $4
     ) j order by j.bucket, j.position
"""


class Fetches(Protocol):
    """Whatever can run a query."""

    async def fetch(self, sql: str, *args: Any) -> list[Any]:
        """All rows of a statement."""
        ...


class Journals(Protocol):
    """Where journals can be read by position, wherever they are."""

    async def page(self, source: str, stretches: Sequence[Stretch], limit: int = PAGE) -> list[Event]:
        """The next events of the stretches, in order within each bucket; about `limit` at most, none when done."""
        ...


class JournalTables:
    """Journals in databases that can be reached: one for all, or one a source."""

    def __init__(self, everywhere: Fetches | None = None, by_source: Mapping[str, Fetches] | None = None) -> None:
        self.everywhere = everywhere
        self.by_source = by_source or {}

    async def page(self, source: str, stretches: Sequence[Stretch], limit: int = PAGE) -> list[Event]:
        """As `Journals.page`."""
        return [event_of(source, row) for row in await rows_of(self.reachable(source), source, stretches, limit)]

    def reachable(self, source: str) -> Fetches:
        """The database that holds a journal.

        Raises:
            Unavailable: it cannot be reached from here.
        """
        fetches = self.by_source.get(source, self.everywhere)
        if fetches is None:
            raise Unavailable(
                N_("The journal of %(source)s cannot be reached from here."),
                N_("Set DATABASE_URL_%(name)s, or KAFKA_BOOTSTRAP_SERVERS so that it can be asked for."),
                params={"source": source, "name": source.upper()},
            )
        return fetches


async def rows_of(fetches: Fetches, source: str, stretches: Sequence[Stretch], limit: int) -> list[Any]:
    """The journal rows of the stretches, at most about `limit`, and no bucket without its share."""
    asked = [s for s in stretches if s.until > s.since][:limit]
    if not asked:
        return []
    return await fetches.fetch(
        STRETCHES.format(columns=EVENT_COLUMNS, source=source),
        [s.bucket for s in asked],
        [s.since for s in asked],
        [min(s.until, 2**62) for s in asked],
        max(1, limit // len(asked)),
    )
