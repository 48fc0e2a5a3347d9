"""Sign in: the password, then, where an authenticator app is set up, a code of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.governance.passwords import password_fits
from services.governance.resting import count_failure, rests_now
from services.governance.second_step.check_code import check_code
from services.governance.second_step.demand import demanded, due_at
from services.governance.second_step.set_up import confirm_set_up
from services.governance.second_step.step_pass import StepPass, fingerprint, issue_step_pass, read_step_pass
from services.governance.tables import StaffSession
from services.kit.database import Database, Transaction, new_id
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings
from services.kit.tokens import SESSION_HOURS, SessionClaims, issue_session


class SignInRefused(RedressError):
    """User name and password do not fit, or the account rests or is disabled: all look the same."""

    status = 401
    code = "sign-in-refused"


class CodeWanted(RedressError):
    """The password fits; now a code of the authenticator app is wanted. `step` is the pass to give it with."""

    status = 401
    code = "code-wanted"
    step: str = ""


class CodeRefused(CodeWanted):
    """The code is wrong, was taken before, or the account rests."""

    code = "code-refused"


class SetUpWanted(RedressError):
    """The password fits, but the roles demand a second step, and the time of grace to set it up is over."""

    status = 403
    code = "second-step-needed"
    step: str = ""


class StepExpired(RedressError):
    """Too much time between password and code, or the password was changed in between."""

    status = 401
    code = "sign-in-expired"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session and its bearer token."""

    staff_id: UUID
    session_id: UUID
    token: str = field(repr=False)
    roles: tuple[str, ...] = ()
    second_step: bool = False
    set_up_until: datetime | None = None
    """Until when they may go on without a second step that their roles demand; None where nothing is demanded."""


async def sign_in(
    database: Database,
    settings: Settings,
    username: str,
    password: str,
    *,
    code: str | None = None,
    device: str | None = None,
    now: datetime,
) -> SignedIn:
    """Start a session.

    Raises:
        SignInRefused: the pair does not fit, the account is disabled, or it rests after too many tries.
        CodeWanted: a code must follow; its `step` goes to `finish_sign_in`, or all is sent again with `code`.
        CodeRefused: the code given is not good.
        SetUpWanted: an authenticator app must be set up first; its `step` goes to `set_up_and_sign_in`.
    """
    rows = await database.read(
        "select staff_id, password_hash from governance.staff where username = $1",
        username.replace("\x00", "").strip().lower(),
    )
    account = rows[0] if rows else None
    fits = await password_fits(account["password_hash"] if account else None, password)
    outcome: SignedIn | RedressError = _refused()
    if account is not None:
        async with database.transaction() as tx:
            if await rests_now(tx, account["staff_id"], now):
                pass
            elif not fits or not (member := await _active(tx, account["staff_id"])):
                await count_failure(tx, account["staff_id"], now)
            else:
                outcome = await _enter(tx, settings, member, code, device, now)
    if isinstance(outcome, SignedIn):
        return outcome
    raise outcome


async def finish_sign_in(
    database: Database, settings: Settings, step: str, code: str, *, device: str | None = None, now: datetime
) -> SignedIn:
    """Start the session that a password alone did not start.

    Raises:
        StepExpired: too long after the password, or it was changed.
        CodeRefused: the code is wrong, was taken before, or the account rests.
    """
    async with database.transaction() as tx:
        member = await _of_step(tx, settings, step, now)
        outcome = await _second(tx, settings, member, code, device, now)
    if isinstance(outcome, SignedIn):
        return outcome
    raise outcome


async def set_up_and_sign_in(
    database: Database, settings: Settings, step: str, code: str, *, device: str | None = None, now: datetime
) -> tuple[SignedIn, list[str]]:
    """Confirm the app that the roles demand by its first code and start the session; and the recovery codes.

    Raises:
        StepExpired: too long after the password, or it was changed.
        InvalidInput: it is not the code that the app shows.
        Conflict: nothing was begun.
    """
    async with database.transaction() as tx:
        member = await _of_step(tx, settings, step, now)
        codes = await confirm_set_up(tx, settings, member["staff_id"], code, now=now)
        session = await _start(tx, settings, member, device, now, second_step=True)
    return session, codes


async def member_of_step(tx: Transaction, settings: Settings, step: str, now: datetime) -> UUID:
    """Whose password has been proved. Raises StepExpired as `finish_sign_in` does."""
    staff_id: UUID = (await _of_step(tx, settings, step, now))["staff_id"]
    return staff_id


async def _active(tx: Transaction, staff_id: UUID) -> Any:
    return await tx.fetchrow(
        "select a.staff_id, a.roles, a.password_hash, s.confirmed_at is not null as has_app from governance.staff a"
        " left join governance.second_step s on s.staff_id = a.staff_id where a.staff_id = $1 and a.active",
        staff_id,
    )


async def _of_step(tx: Transaction, settings: Settings, step: str, now: datetime) -> Any:
    said = read_step_pass(settings.secrets, step, now)
    member = await _active(tx, said.staff_id) if said else None
    if said is None or member is None or said.password != fingerprint(member["password_hash"]):
        raise StepExpired(
            N_("Too much time has passed since you gave the password."), N_("Sign in again from the beginning.")
        )
    return member


async def _enter(
    tx: Transaction, settings: Settings, member: Any, code: str | None, device: str | None, now: datetime
) -> SignedIn | RedressError:
    staff_id = member["staff_id"]
    if member["has_app"]:
        if code is not None:
            return await _second(tx, settings, member, code, device, now)
        return _with_step(
            CodeWanted(
                N_("A code of your authenticator app is wanted."),
                N_("Send it again with the six digits as `code`; a recovery code is taken in its place."),
            ),
            settings, member, now,
        )  # fmt: skip
    if not demanded(settings, member["roles"]):
        return await _start(tx, settings, member, device, now)
    due = await due_at(tx, settings, staff_id, now=now)
    if now < due:
        return await _start(tx, settings, member, device, now, set_up_until=due)
    return _with_step(
        SetUpWanted(
            N_("Your roles demand an authenticator app."), N_("Sign in on the page of this system to set it up.")
        ),
        settings, member, now,
    )  # fmt: skip


async def _second(
    tx: Transaction, settings: Settings, member: Any, code: str, device: str | None, now: datetime
) -> SignedIn | RedressError:
    staff_id = member["staff_id"]
    rests = await rests_now(tx, staff_id, now)
    if not rests and await check_code(tx, settings, staff_id, code, now=now):
        return await _start(tx, settings, member, device, now, second_step=True)
    await count_failure(tx, staff_id, now)
    return _with_step(
        CodeRefused(
            N_("The code is wrong, or was used before."),
            N_("Wait for the next code of the app; after eight wrong tries the account rests for ten minutes."),
        ),
        settings, member, now,
    )  # fmt: skip


def _with_step(
    error: CodeWanted | SetUpWanted, settings: Settings, member: Any, now: datetime
) -> CodeWanted | SetUpWanted:
    error.step = issue_step_pass(
        settings.secret, StepPass(member["staff_id"], fingerprint(member["password_hash"])), now
    )
    return error


def _refused() -> SignInRefused:
    return SignInRefused(
        N_("User name and password do not fit."),
        N_("Try again; after eight wrong tries the account rests for ten minutes. An administrator can reset it."),
    )


async def _start(
    tx: Transaction,
    settings: Settings,
    member: Any,
    device: str | None,
    now: datetime,
    *,
    second_step: bool = False,
    set_up_until: datetime | None = None,
) -> SignedIn:
    session_id, staff_id = new_id(), member["staff_id"]
    tx.session.add(
        StaffSession(
            session_id=session_id,
            staff_id=staff_id,
            started_at=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
            device=device,
            second_step=second_step,
        )
    )
    await tx.execute(
        "update governance.staff set failed_sign_ins = 0, locked_until = null"
        " where staff_id = $1 and (failed_sign_ins > 0 or locked_until is not null)",
        staff_id,
    )
    token = issue_session(settings.secret, SessionClaims(staff_id, session_id), now)
    return SignedIn(staff_id, session_id, token, tuple(member["roles"]), second_step, set_up_until)
