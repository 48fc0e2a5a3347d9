"""Change staff: disable, reset a password, change unit, roles or name, go on or off duty. Every service is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.governance import Leave, StaffChanged, StaffMember, staff_stream
from schemas.policy import PolicyBundle
from services.governance.add_staff import NewMember, problems_of
from services.governance.passwords import digest_password
from services.governance.sessions.end_sessions import end_all_sessions
from services.governance.tables import StaffAccount
from services.kit.database import Transaction
from services.kit.errors import Conflict, InvalidInput, NotFound
from services.kit.i18n import N_


@dataclass(frozen=True, slots=True)
class StaffChange:
    """What is to change; None leaves a thing as it is."""

    display_name: str | None = None
    unit: str | None = None
    roles: tuple[str, ...] | None = None
    active: bool | None = None
    on_duty: bool | None = None
    capacity: int | None = None
    email: str | None = None
    """Their address at work; an empty text takes it away."""

    @property
    def what(self) -> str:
        """How the audit page names it."""
        if self.active is not None:
            return "enabled" if self.active else "disabled"
        named = (self.display_name, self.unit, self.roles, self.capacity, self.email)
        if self.on_duty is not None and all(value is None for value in named):
            return "on_duty" if self.on_duty else "off_duty"
        return "changed"


async def find_staff(tx: Transaction, username: str) -> StaffAccount:
    """The account of a user name, locked for the change.

    Raises:
        NotFound: there is no such account.
    """
    row = await tx.fetchrow("select staff_id from governance.staff where username = $1 for update", username)
    account = await tx.session.get(StaffAccount, row["staff_id"]) if row else None
    if account is None:
        raise NotFound(
            N_("No member of staff has the user name %(username)s."),
            N_("`redress staff list` shows them all."),
            params={"username": username},
        )
    return account


async def change_staff(
    tx: Transaction, username: str, change: StaffChange, bundle: PolicyBundle, *, now: datetime, by: UUID | None
) -> None:
    """Change a member of staff. Disabling ends their sessions at once.

    Raises:
        NotFound: no such account.
        InvalidInput: unknown unit or role, empty name, no capacity.
        Conflict: nobody would be left to administer the system.
    """
    account = await find_staff(tx, username)
    if account.active and "administrator" in account.roles:
        stays = change.active is not False and (change.roles is None or "administrator" in change.roles)
        if not stays:
            await _keep_an_administrator(tx, account.staff_id)
    for name in ("display_name", "unit", "active", "on_duty", "capacity"):
        if (value := getattr(change, name)) is not None:
            setattr(account, name, value)
    if change.email is not None:
        account.email = change.email or None
    if change.roles is not None:
        account.roles = list(change.roles)
    as_new = NewMember(
        account.username,
        account.display_name,
        account.unit,
        tuple(account.roles),
        "not looked at",
        account.capacity,
        account.email,
    )
    if problems := problems_of(as_new, bundle):
        raise InvalidInput(N_("This change cannot be made."), fields=problems)
    await announce_member(tx, account, change.what, now=now, by=by)
    if change.active is False:
        await end_all_sessions(tx, account.staff_id, now=now, by=by)


async def _keep_an_administrator(tx: Transaction, staff_id: UUID) -> None:
    others = await tx.fetch(
        "select staff_id from governance.staff"
        " where active and 'administrator' = any(roles) and staff_id <> $1 for update",
        staff_id,
    )
    if not others:
        raise Conflict(
            N_("This is the last administrator."),
            N_("Give somebody else the role of administrator first, then do this."),
        )


async def reset_password(
    tx: Transaction, username: str, password: str, *, now: datetime, by: UUID | None = None
) -> None:
    """Give an account a new password, lift its rest, and end its sessions.

    Raises:
        NotFound: no such account.
    """
    account = await find_staff(tx, username)
    account.password_hash = digest_password(password)
    account.failed_sign_ins = 0
    account.locked_until = None
    await announce_member(tx, account, "password_reset", now=now, by=by)
    await end_all_sessions(tx, account.staff_id, now=now, by=by)


async def set_duty(tx: Transaction, username: str, on_duty: bool, *, now: datetime, by: UUID) -> None:
    """Go on or off duty; while off duty nothing new is assigned to them, and what they own stays theirs.

    Raises:
        NotFound: no such account.
    """
    account = await find_staff(tx, username)
    if account.on_duty is on_duty:
        return
    account.on_duty = on_duty
    await announce_member(tx, account, "on_duty" if on_duty else "off_duty", now=now, by=by)


async def leave_of(tx: Transaction, staff_id: UUID, now: datetime) -> tuple[Leave, ...]:
    """The periods of leave of a member that are not over, by their start."""
    rows = await tx.fetch(
        "select leave_id, starts_at, ends_at, substitute, hand_over from governance.leave"
        " where staff_id = $1 and ends_at > $2 and cancelled_at is null order by starts_at",
        staff_id,
        now,
    )
    return tuple(Leave(**dict(row)) for row in rows)


async def announce_member(tx: Transaction, account: StaffAccount, what: str, *, now: datetime, by: UUID | None) -> None:
    """Write a changed account and tell every service."""
    account.version += 1
    tx.session.add(account)
    await tx.session.flush()
    member = StaffMember(
        staff_id=account.staff_id,
        username=account.username,
        display_name=account.display_name,
        unit=account.unit,
        roles=tuple(account.roles),
        active=account.active,
        on_duty=account.on_duty,
        capacity=account.capacity,
        email=account.email,
        version=account.version,
        leave=await leave_of(tx, account.staff_id, now),
    )
    tx.announce(StaffChanged(member=member, by=by, what=what), case_id=staff_stream(account.staff_id), at=now)
