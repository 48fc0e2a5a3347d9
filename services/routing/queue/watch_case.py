"""Follow a case that need not be one's own, or cease to. Nobody else sees who watches."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from services.kit.copies import Copies
from services.kit.database import Transaction
from services.kit.errors import Conflict
from services.kit.i18n import N_
from services.routing.store import Fetches
from services.routing.transition_case import case_in_scope

MOST = 500
"""Cases somebody watches at a time, those that are over left out."""


async def watch_case(tx: Transaction, copies: Copies, ident: str | UUID, *, viewer: StaffMember, now: datetime) -> UUID:
    """Watch a case until it is over. Returns its id.

    Raises:
        NotFound: no such case within the viewer's scope.
        Conflict: they watch too many already.
    """
    case, _ = await case_in_scope(tx, copies, ident, viewer, now, lock=False)
    watching = await tx.fetchval(
        "select count(*) from routing.watch w join routing.case c on c.id = w.case_id"
        " where w.staff_id = $1 and c.is_open and c.id <> $2",
        viewer.staff_id,
        case.id,
    )
    if watching >= MOST:
        raise Conflict(
            N_("You watch %(most)s open cases already."), N_("Cease to watch some first."), params={"most": MOST}
        )
    await tx.execute(
        "insert into routing.watch (staff_id, case_id, at) values ($1, $2, $3) on conflict do nothing",
        viewer.staff_id, case.id, now,
    )  # fmt: skip
    return case.id


async def unwatch_case(
    tx: Transaction, copies: Copies, ident: str | UUID, *, viewer: StaffMember, now: datetime
) -> UUID:
    """Cease to watch a case. Returns its id.

    Raises:
        NotFound: no such case within the viewer's scope.
    """
    case, _ = await case_in_scope(tx, copies, ident, viewer, now, lock=False)
    await tx.execute("delete from routing.watch where staff_id = $1 and case_id = $2", viewer.staff_id, case.id)
    return case.id


async def watched_by(source: Fetches, staff_id: UUID, among: list[UUID] | None = None) -> frozenset[UUID]:
    """The cases a member of staff watches, of all or of some."""
    only = "" if among is None else " and case_id = any($2::uuid[])"
    given = (staff_id,) if among is None else (staff_id, among)
    rows = await source.fetch(f"select case_id from routing.watch where staff_id = $1{only}", *given)
    return frozenset(row["case_id"] for row in rows)
