"""Views with filters that somebody keeps under a name, for themselves or for everybody of their unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.database import Transaction, new_id
from services.kit.errors import Conflict, NotAllowed, NotFound
from services.kit.i18n import N_
from services.routing.queue.asked import Asked
from services.routing.store import Fetches
from services.routing.writing import said

LONGEST = 60
MOST = 20
"""Kept by one member of staff, and shown to one."""

KEEPERS = ("unit_head", "supervisor", "centre")
"""Who may take away what others shared with the unit."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view kept under a name. `shared`: everybody of the unit sees it; `mine`: the reader may take it away."""

    id: UUID
    name: str
    asked: Asked
    shared: bool
    mine: bool


async def save_view(
    tx: Transaction, *, name: str | None, asked: Asked, shared: bool, viewer: StaffMember, now: datetime
) -> UUID:
    """Keep a view under a name; one of theirs of that name is replaced. Returns its id.

    Raises:
        InvalidInput: there is no name, or it is too long.
        Conflict: they keep as many as they can.
    """
    called = " ".join(said("name", name, limit=LONGEST).split())
    document = {"view": asked.view, "chosen": dict(asked.chosen), "typed": asked.typed}
    # One at a time for a member: two windows must not both find room for the last one.
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 42))", str(viewer.staff_id))
    rows = await tx.fetch("select id, name from routing.saved_view where owner = $1", viewer.staff_id)
    known = next((row["id"] for row in rows if row["name"] == called), None)
    if known is None and len(rows) >= MOST:
        raise Conflict(
            N_("You keep %(most)s filters already."), N_("Take one away that you no longer use."), params={"most": MOST}
        )
    view_id: UUID = known or new_id()
    await tx.execute(
        "insert into routing.saved_view (id, owner, unit, name, asked, at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (id) do update set unit = excluded.unit, asked = excluded.asked, at = excluded.at",
        view_id, viewer.staff_id, viewer.unit if shared else None, called, document, now,
    )  # fmt: skip
    return view_id


async def drop_view(tx: Transaction, view_id: UUID, *, viewer: StaffMember) -> None:
    """Take a kept view away: its owner any, heads and supervisors what is shared with their unit.

    Raises:
        NotFound: there is none that they see.
        NotAllowed: it is somebody else's.
    """
    row = await tx.fetchrow("select owner, unit from routing.saved_view where id = $1 for update", view_id)
    if row is None or (row["owner"] != viewer.staff_id and row["unit"] != viewer.unit):
        raise NotFound(N_("There is no such saved filter."), N_("Load the desk again."))
    if not _may_drop(dict(row), viewer):
        raise NotAllowed(N_("This is for others to do."), N_("Whoever saved it, the unit head or a supervisor can."))
    await tx.execute("delete from routing.saved_view where id = $1", view_id)


async def saved_views(source: Fetches, viewer: StaffMember) -> Sequence[SavedView]:
    """Theirs and what is shared with their unit, by name."""
    rows = await source.fetch(
        "select id, name, asked, owner, unit from routing.saved_view where owner = $1 or unit = $2"
        f" order by (owner = $1) desc, name, id limit {2 * MOST}",
        viewer.staff_id,
        viewer.unit,
    )
    return [
        SavedView(row["id"], row["name"], asked_of(row["asked"]), row["unit"] is not None, _may_drop(dict(row), viewer))
        for row in rows
    ]


def asked_of(document: Mapping[str, Any]) -> Asked:
    """What was kept."""
    return Asked(str(document.get("view", "all")), dict(document.get("chosen", {})), str(document.get("typed", "")))


def _may_drop(row: Mapping[str, Any], viewer: StaffMember) -> bool:
    return row["owner"] == viewer.staff_id or (row["unit"] == viewer.unit and not set(KEEPERS).isdisjoint(viewer.roles))
