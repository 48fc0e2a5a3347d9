"""Turn the second step off, or make new recovery codes: by its owner with a code, or off by an administrator."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.governance.change_staff import announce_member, find_staff
from services.governance.resting import count_failure, rests_now
from services.governance.second_step.check_code import check_code
from services.governance.second_step.set_up import new_recovery_codes
from services.governance.sessions.end_sessions import end_all_sessions
from services.governance.tables import StaffAccount
from services.kit.database import Database, Transaction
from services.kit.errors import Conflict, FieldProblem, InvalidInput, RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings


async def turn_off(
    database: Database, settings: Settings, staff_id: UUID, code: str, *, session_id: UUID, now: datetime
) -> None:
    """Sign in by password alone from now on; every other session ends.

    Raises:
        InvalidInput: the code is not good, or was tried too often.
        Conflict: nothing is set up.
    """
    wrong: RedressError | None
    async with database.transaction() as tx:
        wrong = await _proved(tx, settings, staff_id, code, now)
        if wrong is None:
            await _forget(tx, await tx.session.get_one(StaffAccount, staff_id, with_for_update=True), now, staff_id)
            await end_all_sessions(tx, staff_id, now=now, by=staff_id, keep=session_id)
    if wrong is not None:
        raise wrong


async def replace_recovery_codes(
    database: Database, settings: Settings, staff_id: UUID, code: str, *, now: datetime
) -> list[str]:
    """New recovery codes, shown once; the former ones are void. Raises as `turn_off` does."""
    codes: list[str] = []
    async with database.transaction() as tx:
        wrong = await _proved(tx, settings, staff_id, code, now)
        if wrong is None:
            codes = await new_recovery_codes(tx, settings, staff_id)
            account = await tx.session.get_one(StaffAccount, staff_id, with_for_update=True)
            await announce_member(tx, account, "recovery_codes_made", now=now, by=staff_id)
    if wrong is not None:
        raise wrong
    return codes


async def take_away(tx: Transaction, username: str, *, now: datetime, by: UUID | None) -> bool:
    """Take the second step off somebody who lost app and recovery codes, and end their sessions; whether there was one.

    Raises:
        NotFound: no such account.
    """
    account = await find_staff(tx, username)
    if not await _forget(tx, account, now, by):
        return False
    account.failed_sign_ins = 0
    account.locked_until = None
    await end_all_sessions(tx, account.staff_id, now=now, by=by)
    return True


async def _proved(tx: Transaction, settings: Settings, staff_id: UUID, code: str, now: datetime) -> RedressError | None:
    there = await tx.fetchval(
        "select true from governance.second_step where staff_id = $1 and confirmed_at is not null", staff_id
    )
    if not there:
        return Conflict(N_("No authenticator app is set up."), N_("Set one up first."))
    if not await rests_now(tx, staff_id, now) and await check_code(tx, settings, staff_id, code, now=now):
        return None
    await count_failure(tx, staff_id, now)
    return InvalidInput(
        N_("Nothing was changed."),
        fields=[
            FieldProblem(
                "code",
                N_("The code is wrong, was used before, or was tried too often."),
                N_("Wait for the next code of the app, or use a recovery code."),
            )
        ],
    )


async def _forget(tx: Transaction, account: StaffAccount, now: datetime, by: UUID | None) -> bool:
    await tx.execute("delete from governance.recovery_code where staff_id = $1", account.staff_id)
    was = await tx.fetchval(
        "delete from governance.second_step where staff_id = $1 returning confirmed_at is not null", account.staff_id
    )
    if was:
        await announce_member(tx, account, "second_step_off", now=now, by=by)
    return bool(was)
