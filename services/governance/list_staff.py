"""List and look up members of staff as governance knows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.database import Database, Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_

COLUMNS = (
    "staff_id, username, display_name, unit, roles, active, on_duty, capacity, email, failed_sign_ins, locked_until,"
    " created_at"
)


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff; their password is not among it."""

    staff_id: UUID
    username: str
    display_name: str
    unit: str
    roles: tuple[str, ...]
    active: bool
    on_duty: bool
    capacity: int
    email: str | None
    failed_sign_ins: int
    locked_until: datetime | None
    created_at: datetime
    last_sign_in: datetime | None

    def rests(self, now: datetime) -> bool:
        """Whether too many wrong passwords keep them out at the moment."""
        return self.locked_until is not None and self.locked_until > now


@dataclass(frozen=True, slots=True)
class StaffFigures:
    """How many there are."""

    all: int
    active: int
    on_duty: int
    resting: int
    sessions: int


def _account(row: Any) -> Account:
    return Account(**{**dict(row), "roles": tuple(row["roles"])})


async def list_staff(
    database: Database, *, words: str = "", unit: str = "", role: str = "", after: str = "", limit: int = 50
) -> tuple[list[Account], str | None]:
    """Members by user name: those whose name contains `words`, of a unit, with a role; and the key of the next page."""
    rows = await database.read(
        f"select {COLUMNS}, (select max(started_at) from governance.session s where s.staff_id = a.staff_id)"
        " as last_sign_in from governance.staff a"
        " where username > $1 and ($2 = '' or username like $3 or display_name ilike $3)"
        " and ($4 = '' or unit = $4) and ($5 = '' or $5 = any(roles)) order by username limit $6",
        after,
        words,
        f"%{_literal(words)}%",
        unit,
        role,
        limit + 1,
    )
    found = [_account(row) for row in rows[:limit]]
    return found, found[-1].username if len(rows) > limit else None


def _literal(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\x00", "")


async def accounts_named(source: Database | Transaction, usernames: Sequence[str]) -> dict[str, Account]:
    """The members that have one of these user names."""
    read = source.fetch if isinstance(source, Transaction) else source.read
    rows = await read(
        f"select {COLUMNS}, null::timestamptz as last_sign_in from governance.staff where username = any($1::text[])",
        [name.replace("\x00", "") for name in usernames],
    )
    return {row["username"]: _account(row) for row in rows}


async def read_member(database: Database, username: str) -> Account:
    """One member.

    Raises:
        NotFound: nobody has that user name.
    """
    rows = await database.read(
        f"select {COLUMNS}, (select max(started_at) from governance.session s where s.staff_id = a.staff_id)"
        " as last_sign_in from governance.staff a where username = $1",
        username,
    )
    if not rows:
        raise NotFound(
            N_("No member of staff has the user name %(username)s."),
            N_("/admin/staff lists them all."),
            params={"username": username},
        )
    return _account(rows[0])


async def staff_figures(database: Database, now: datetime) -> StaffFigures:
    """How many accounts, active ones, people on duty, resting accounts and open sessions there are."""
    rows = await database.read(
        'select count(*) as "all", count(*) filter (where active) as active,'
        " count(*) filter (where active and on_duty) as on_duty, count(*) filter (where locked_until > $1) as resting,"
        " (select count(*) from governance.session where ended_at is null and expires_at > $1) as sessions"
        " from governance.staff",
        now,
    )
    return StaffFigures(**dict(rows[0]))
