"""List where a member is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.kit.database import Database

MOST = 100
"""Sessions shown of one member, newest first. Somebody with more has them ended together."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session that has neither ended nor expired."""

    session_id: UUID
    started_at: datetime
    expires_at: datetime
    device: str | None
    """Browser and system as the browser named them; None for what named nothing we know."""
    second_step: bool
    """Whether a code was asked for."""


async def list_sessions(database: Database, staff_id: UUID, now: datetime) -> list[OpenSession]:
    """The open sessions of a member, newest first."""
    rows = await database.read(
        "select session_id, started_at, expires_at, device, second_step from governance.session"
        " where staff_id = $1 and ended_at is null and expires_at > $2 order by started_at desc, session_id limit $3",
        staff_id,
        now,
        MOST,
    )
    return [OpenSession(**dict(row)) for row in rows]
