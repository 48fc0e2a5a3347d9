"""What merging and separating mean for the case that takes the other one in: it is told, and the two stay linked."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.routing.case import Case
from services.routing.links.keep_links import keep_link, tell_of_link, undo_link
from services.routing.store import find_case, lock_case


async def hold_in_order(tx: Transaction, ident: str | UUID, into: object) -> None:
    """Hold the case that is to take another one in first, where its id is the lower: then two mergings of the same two
    wait for each other and do not block each other. A number of no case is left to be refused."""
    if not isinstance(into, str):
        return
    try:
        case, target = await find_case(tx, ident), await find_case(tx, into)
    except NotFound:
        return
    if target.id < case.id:
        await lock_case(tx, target.id)


async def join(tx: Transaction, merged: Case, *, reason: str | None, by: UUID | None, now: datetime) -> None:
    """The case into which `merged` went is told so, and the two are linked as merged, whatever they were before."""
    target = await lock_case(tx, UUID(str((merged.outcome or {})["into_id"])))
    before = await tx.fetchval(
        "select id from routing.case_link where undone_at is null"
        " and (case_id = $1 and other_id = $2 or case_id = $2 and other_id = $1)",
        merged.id, target.id,
    )  # fmt: skip
    if before is not None:
        await undo_link(tx, before, by=by, now=now)
    await keep_link(tx, merged, target, sort="merged", reason=reason, by=by, now=now)
    await tell_of_link(tx, target.changed(now), merged, sort="merged", reason=reason, by=by, now=now)


async def separate(tx: Transaction, apart: Case, *, reason: str | None, by: UUID | None, now: datetime) -> None:
    """The case that `apart` was merged into is told that it goes its own way again."""
    row = await tx.fetchrow(
        "select id, other_id from routing.case_link where case_id = $1 and sort = 'merged' and undone_at is null",
        apart.id,
    )
    if row is None:
        return
    await undo_link(tx, row["id"], by=by, now=now)
    target = await lock_case(tx, row["other_id"])
    await tell_of_link(tx, target.changed(now), apart, sort="merged", reason=reason, by=by, now=now, undone=True)
