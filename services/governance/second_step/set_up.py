"""Set up the second step: an app is given a secret, and one code of it proves that it has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.governance.change_staff import announce_member
from services.governance.passwords import password_fits
from services.governance.resting import count_failure, rests_now
from services.governance.second_step.check_code import recovery_digest
from services.governance.second_step.codes import (
    as_typed,
    fresh_recovery_codes,
    fresh_secret,
    in_groups,
    matching_interval,
    setup_address,
)
from services.governance.second_step.sealed_secret import open_secret, seal_secret
from services.governance.tables import StaffAccount
from services.kit.database import Database, Transaction
from services.kit.errors import Conflict, FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app needs to be told, until a code of it has confirmed that it was."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    """`otpauth:` address, for the QR code."""

    @property
    def groups(self) -> str:
        """The secret in groups of four, to be typed."""
        return in_groups(self.secret)


async def begin_set_up(
    tx: Transaction, settings: Settings, staff_id: UUID, *, organisation: str, now: datetime
) -> Setup:
    """A fresh secret for the app of a member; one that was begun before and never confirmed is forgotten.

    Raises:
        Conflict: a confirmed app is there; it must be taken away first.
    """
    secret = fresh_secret()
    begun = await tx.fetchval(
        "insert into governance.second_step as s (staff_id, secret, begun_at, last_interval) values ($1, $2, $3, 0)"
        " on conflict (staff_id) do update set secret = excluded.secret, begun_at = excluded.begun_at,"
        " last_interval = 0 where s.confirmed_at is null returning true",
        staff_id,
        seal_secret(settings.digest_key, staff_id, secret),
        now,
    )
    if not begun:
        raise Conflict(
            N_("An authenticator app is set up already."),
            N_("Turn the second step off first, then set up the other app."),
        )
    return await _told(tx, staff_id, secret, organisation)


async def begin_own_set_up(
    database: Database, settings: Settings, staff_id: UUID, password: str, *, organisation: str, now: datetime
) -> Setup:
    """As `begin_set_up`, for somebody signed in: their password is asked for, and a wrong one counts as a wrong try.

    Raises:
        InvalidInput: the password does not fit, or the account rests.
        Conflict: a confirmed app is there.
    """
    rows = await database.read("select password_hash from governance.staff where staff_id = $1 and active", staff_id)
    fits = await password_fits(rows[0]["password_hash"] if rows else None, password)
    async with database.transaction() as tx:
        if fits and not await rests_now(tx, staff_id, now):
            return await begin_set_up(tx, settings, staff_id, organisation=organisation, now=now)
        await count_failure(tx, staff_id, now)
    raise InvalidInput(
        N_("The second step was not begun."),
        fields=[FieldProblem("password", N_("This is not your present password."), N_("Type it again."))],
    )


async def pending_set_up(tx: Transaction, settings: Settings, staff_id: UUID, *, organisation: str) -> Setup | None:
    """What was begun and not yet confirmed, to be shown again beside a code that was wrong."""
    sealed = await tx.fetchval(
        "select secret from governance.second_step where staff_id = $1 and confirmed_at is null", staff_id
    )
    if sealed is None:
        return None
    return await _told(tx, staff_id, open_secret(settings.digest_key, staff_id, sealed), organisation)


async def _told(tx: Transaction, staff_id: UUID, secret: str, organisation: str) -> Setup:
    username = await tx.fetchval("select username from governance.staff where staff_id = $1", staff_id)
    return Setup(secret, setup_address(secret, username, organisation))


async def confirm_set_up(tx: Transaction, settings: Settings, staff_id: UUID, code: str, *, now: datetime) -> list[str]:
    """Turn the second step on by a first code of the app; returns the recovery codes, to be shown once.

    Raises:
        InvalidInput: it is not the code the app shows now.
        Conflict: nothing was begun, or it is confirmed already.
    """
    row = await tx.fetchrow(
        "select secret from governance.second_step where staff_id = $1 and confirmed_at is null for update", staff_id
    )
    if row is None:
        raise Conflict(N_("No app waits to be confirmed."), N_("Begin again to get a new QR code."))
    secret = open_secret(settings.digest_key, staff_id, row["secret"])
    interval = matching_interval(secret, as_typed(code)[:40], now=now, after=0)
    if interval is None:
        raise InvalidInput(
            N_("This is not the code that the app shows."),
            fields=[
                FieldProblem(
                    "code",
                    N_("The code does not fit."),
                    N_("Type the six digits that the app shows now; the clock of the phone must be right."),
                )
            ],
        )
    await tx.execute(
        "update governance.second_step set confirmed_at = $2, last_interval = $3 where staff_id = $1",
        staff_id,
        now,
        interval,
    )
    codes = await new_recovery_codes(tx, settings, staff_id)
    account = await tx.session.get_one(StaffAccount, staff_id, with_for_update=True)
    await announce_member(tx, account, "second_step_on", now=now, by=staff_id)
    return codes


async def new_recovery_codes(tx: Transaction, settings: Settings, staff_id: UUID) -> list[str]:
    """Fresh recovery codes in the place of all former ones; only their digests are kept."""
    codes = fresh_recovery_codes()
    await tx.execute("delete from governance.recovery_code where staff_id = $1", staff_id)
    await tx.execute(
        "insert into governance.recovery_code (staff_id, digest) select $1, unnest($2::bytea[])",
        staff_id,
        [recovery_digest(settings, staff_id, as_typed(code)) for code in codes],
    )
    return codes
