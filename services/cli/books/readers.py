"""How far every reader is behind each journal, what it holds back, and whether the journals themselves hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.envelope import BUCKETS
from services.cli.books.findings import Books
from services.cli.books.gathering import Databases, snapshot
from services.kit.journal import Break, verify

LOOK_SECONDS = 0.2

SETTLES = timedelta(minutes=1)
"""What is parked as `not yet` for longer is shown as wrong: the fact it waits for should have come."""

Sources = Mapping[str, Sequence[str]]
"""The journals each reader follows."""


@dataclass(frozen=True, slots=True)
class Lag:
    """How many events of a journal a reader has not read."""

    reader: str
    source: str
    events: int


async def lags(databases: Databases, sources: Sources, heads: Mapping[str, dict[int, int]] | None = None) -> list[Lag]:
    """The lag of every reader behind every journal it follows, or behind the heads given."""
    ends = heads or await heads_of(databases, sources)
    found: list[Lag] = []
    for reader, followed in sources.items():
        rows = await databases[reader].read(f"select source, bucket, position from {reader}.cursor")
        at = {(row["source"], row["bucket"]): row["position"] for row in rows}
        for source in followed:
            behind = sum(max(0, end - at.get((source, bucket), 0)) for bucket, end in ends[source].items())
            found.append(Lag(reader, source, behind))
    return found


async def heads_of(databases: Databases, sources: Sources) -> dict[str, dict[int, int]]:
    """Where every journal ends, by bucket."""
    names = sorted({source for followed in sources.values() for source in followed})
    return {
        name: {
            row["bucket"]: row["position"]
            for row in await databases[name].read(f"select bucket, position from {name}.bucket")
        }
        for name in names
    }


async def check_readers(databases: Databases, sources: Sources, books: Books, wait: float | None) -> None:
    """Wait until every reader has read what there was when this began, at most `wait` seconds; None: only look."""
    books.begin("readers")
    heads = await heads_of(databases, sources)
    loop = asyncio.get_running_loop()
    limit = loop.time() + (wait or 0)
    found = await lags(databases, sources, heads)
    while wait is not None and any(lag.events for lag in found) and loop.time() < limit:
        await asyncio.sleep(LOOK_SECONDS)
        found = await lags(databases, sources, heads)
    books.saw("readers", len(found))
    behind = [lag for lag in found if lag.events]
    books.says["readers"] = (
        ", ".join(f"{lag.reader} is {lag.events:,} events behind {lag.source}" for lag in behind) or "none is behind"
    )
    if wait is not None:
        for lag in behind:
            books.wrong(
                "readers",
                f"{lag.reader} is still {lag.events:,} events behind {lag.source} after {wait:g} s",
                f"See that {lag.reader} runs, and its log for `reader waits`; then check again.",
            )


async def check_parked(databases: Databases, books: Books, now: datetime) -> None:
    """List every parked event: a failed one, one that waits behind it, and one whose missing fact does not come."""
    books.begin("parked")
    for name, database in databases.items():
        rows = await database.read(
            "select source, bucket, position, case_id, type, status, split_part(reason, E'\\n', 1) as reason, parked_at"
            f" from {name}.parked order by parked_at limit 1001"
        )
        books.saw("parked", len(rows))
        for row in rows:
            if row["status"] == "not_yet" and now - row["parked_at"] < SETTLES:
                continue
            place = f"{row['source']} {row['bucket']} {row['position']}"
            books.wrong(
                "parked",
                f"{name} could not apply {row['type']} ({row['status']}): {row['reason']}",
                f"Mend the cause, then `redress parked replay {name} {place}`, or `discard` it with a reason.",
                row["case_id"],
            )


async def check_journals(databases: Databases, books: Books, progress: Callable[[str], object]) -> None:
    """Walk every chain of every journal."""
    books.begin("journals")
    for name, database in databases.items():
        async with snapshot(database) as tx:
            async for found in verify(tx, name, range(BUCKETS)):
                if isinstance(found, Break):
                    books.wrong(
                        "journals",
                        f"{found.service} bucket {found.bucket} position {found.position}: {found.what}",
                        "Restore the journal from a backup taken before the change, and find out who had access.",
                    )
                else:
                    books.saw("journals", found)
                    progress(f"journal of {name}")
