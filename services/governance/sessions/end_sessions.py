"""End sessions: one's own on signing out, one of a list, or all of a member. Every service refuses their tokens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import SessionRevoked, staff_stream
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_


async def sign_out(tx: Transaction, session_id: UUID, staff_id: UUID, *, now: datetime, by: UUID | None = None) -> bool:
    """End one session of a member; its token is refused everywhere within the stated bound. Whether it was open."""
    ended = await tx.fetchval(
        "update governance.session set ended_at = $3 where session_id = $1 and staff_id = $2 and ended_at is null"
        " returning true",
        session_id,
        staff_id,
        now,
    )
    if ended:
        tx.announce(
            SessionRevoked(session_id=session_id, staff_id=staff_id, at=now, by=by),
            case_id=staff_stream(staff_id),
            at=now,
        )
    return bool(ended)


async def end_session(tx: Transaction, session_id: UUID, staff_id: UUID, *, now: datetime, by: UUID) -> None:
    """End one session out of the list of a member's.

    Raises:
        NotFound: it is none of theirs, or it has ended already.
    """
    if not await sign_out(tx, session_id, staff_id, now=now, by=by):
        raise NotFound(N_("This session has ended already."), N_("Load the page again to see those that are open."))


async def end_all_sessions(
    tx: Transaction, staff_id: UUID, *, now: datetime, by: UUID | None = None, keep: UUID | None = None
) -> int:
    """End every session of a member but `keep` (disabled, password reset, signed out everywhere); returns how many."""
    rows = await tx.fetch(
        "update governance.session set ended_at = $2 where staff_id = $1 and ended_at is null and expires_at > $2"
        " and session_id is distinct from $3 returning session_id",
        staff_id,
        now,
        keep,
    )
    for row in rows:
        tx.announce(
            SessionRevoked(session_id=row["session_id"], staff_id=staff_id, at=now, by=by),
            case_id=staff_stream(staff_id),
            at=now,
        )
    return len(rows)
