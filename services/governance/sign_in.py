"""Sign in and out: sessions of staff."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from schemas.governance import SessionRevoked, staff_stream
from services.governance.passwords import password_fits
from services.governance.tables import StaffSession
from services.kit.database import Database, Transaction, new_id
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.tokens import SESSION_HOURS, SessionClaims, issue_session

TRIES = 8
"""Wrong passwords in a row before an account rests."""

REST = timedelta(minutes=10)


class SignInRefused(RedressError):
    """User name and password do not fit, or the account rests or is disabled: all look the same."""

    status = 401
    code = "sign-in-refused"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session and its bearer token."""

    staff_id: UUID
    session_id: UUID
    token: str = field(repr=False)
    roles: tuple[str, ...] = ()


async def sign_in(database: Database, secret: str, username: str, password: str, *, now: datetime) -> SignedIn:
    """Start a session.

    Raises:
        SignInRefused: the pair does not fit, the account is disabled, or it rests after too many tries.
    """
    rows = await database.read(
        "select staff_id, password_hash, active, locked_until, roles from governance.staff where username = $1",
        username.replace("\x00", "").strip().lower(),
    )
    account = rows[0] if rows else None
    fits = await password_fits(account["password_hash"] if account else None, password)
    resting = bool(account and account["locked_until"] and account["locked_until"] > now)
    async with database.transaction() as tx:
        if account is None or not fits or not account["active"] or resting:
            if account is not None and not resting:
                await _count_failure(tx, account["staff_id"], now)
        else:
            return await _start(tx, secret, account["staff_id"], tuple(account["roles"]), now)
    raise SignInRefused(
        N_("User name and password do not fit."),
        N_("Try again; after eight wrong tries the account rests for ten minutes. An administrator can reset it."),
    )


async def _start(tx: Transaction, secret: str, staff_id: UUID, roles: tuple[str, ...], now: datetime) -> SignedIn:
    session_id = new_id()
    tx.session.add(
        StaffSession(
            session_id=session_id, staff_id=staff_id, started_at=now, expires_at=now + timedelta(hours=SESSION_HOURS)
        )
    )
    await tx.execute(
        "update governance.staff set failed_sign_ins = 0, locked_until = null"
        " where staff_id = $1 and (failed_sign_ins > 0 or locked_until is not null)",
        staff_id,
    )
    return SignedIn(staff_id, session_id, issue_session(secret, SessionClaims(staff_id, session_id), now), roles)


async def _count_failure(tx: Transaction, staff_id: UUID, now: datetime) -> None:
    await tx.execute(
        "update governance.staff set failed_sign_ins = failed_sign_ins + 1,"
        " locked_until = case when (failed_sign_ins + 1) % $2 = 0 then $3::timestamptz else locked_until end"
        " where staff_id = $1",
        staff_id,
        TRIES,
        now + REST,
    )


async def sign_out(tx: Transaction, session_id: UUID, staff_id: UUID, *, now: datetime) -> None:
    """End one session; its token is refused everywhere within the stated bound."""
    ended = await tx.fetchval(
        "update governance.session set ended_at = $2 where session_id = $1 and ended_at is null returning true",
        session_id,
        now,
    )
    if ended:
        tx.announce(
            SessionRevoked(session_id=session_id, staff_id=staff_id, at=now), case_id=staff_stream(staff_id), at=now
        )


async def end_all_sessions(
    tx: Transaction, staff_id: UUID, *, now: datetime, by: UUID | None = None, keep: UUID | None = None
) -> int:
    """End every session of a member but `keep` (disabled, password reset or changed); returns how many."""
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
