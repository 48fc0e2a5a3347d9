"""Which columns a member of staff has in the queue beside deadline, number and gist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.kit.database import Transaction
from services.kit.i18n import N_
from services.routing.store import Fetches

COLUMNS: Mapping[str, str] = {
    "place": N_("Service point"),
    "unit": N_("Unit"),
    "category": N_("Category"),
    "priority": N_("Priority"),
    "received": N_("Received"),
    "state": N_("State"),
    "channel": N_("Channel"),
    "owner": N_("Owner"),
}
"""What can be chosen, in the order in which it is shown (message ids)."""

USUAL = ("place", "unit", "state", "channel", "owner")
"""The columns of whoever has not chosen."""


async def choose_columns(tx: Transaction, chosen: Iterable[str], *, staff_id: UUID, now: datetime) -> tuple[str, ...]:
    """Keep the choice; what is no column is left out. Returns the columns as they will be shown."""
    wanted = set(chosen)
    columns = tuple(name for name in COLUMNS if name in wanted)
    if columns == USUAL:
        await tx.execute("delete from routing.desk_choice where staff_id = $1", staff_id)
        return columns
    await tx.execute(
        "insert into routing.desk_choice (staff_id, columns, at) values ($1, $2, $3)"
        " on conflict (staff_id) do update set columns = excluded.columns, at = excluded.at",
        staff_id, list(columns), now,
    )  # fmt: skip
    return columns


async def chosen_columns(source: Fetches, staff_id: UUID) -> tuple[str, ...]:
    """The columns a member has."""
    rows = await source.fetch("select columns from routing.desk_choice where staff_id = $1", staff_id)
    wanted = rows[0]["columns"] if rows else USUAL
    return tuple(name for name in COLUMNS if name in wanted)
