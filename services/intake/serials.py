"""Serial numbers, taken from the database by the block: filings never queue for one, and a gap means nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from services.intake.tables import SERIAL_BLOCK
from services.kit.copies import Fetches


class Serials:
    """One process's stock of serial numbers."""

    def __init__(self) -> None:
        self._stock: Iterator[int] = iter(())
        self._refill = asyncio.Lock()

    async def take(self, source: Fetches) -> int:
        """The next serial number; asks the database once in `SERIAL_BLOCK` times."""
        serial = next(self._stock, None)
        if serial is not None:
            return serial
        async with self._refill:
            serial = next(self._stock, None)
            if serial is None:
                first = (await source.fetch("select nextval('intake.serial') as first"))[0]["first"]
                self._stock = iter(range(first, first + SERIAL_BLOCK))
                serial = next(self._stock)
        return serial


async def take_many(source: Fetches, number: int) -> Iterator[int]:
    """At least `number` serial numbers at once, for an import."""
    blocks = -(-number // SERIAL_BLOCK)
    rows = await source.fetch("select nextval('intake.serial') as first from generate_series(1, $1)", blocks)
    return (row["first"] + offset for row in rows for offset in range(SERIAL_BLOCK))
