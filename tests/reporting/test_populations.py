"""What was open at a cut-off is found among many that are over, not by reading them all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.kit.database import Database
from services.reporting.populations import POPULATIONS, bound


@pytest.mark.parametrize("name", ["running", "open"])
async def test_what_stood_open_at_a_cut_off_is_found_by_an_index(database: Database, name: str) -> None:
    it = POPULATIONS[name]
    text, args = bound(
        f"explain select count(*) from {it.tables} where {it.where}", {"cut": datetime(2026, 1, 1, tzinfo=UTC)}
    )
    async with database.transaction() as tx:
        # A small table is read whole because it is small; where an index serves, this lets it be taken.
        await tx.execute("set local enable_seqscan = off")
        plan = "\n".join(row[0] for row in await tx.fetch(text, *args))
    assert "Seq Scan" not in plan, plan
