"""Change one's own password: the present one is asked for, and every other session of theirs ends."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.governance.change_staff import announce_member
from services.governance.passwords import MINIMUM_LENGTH, digest_password, password_fits
from services.governance.sessions.end_sessions import end_all_sessions
from services.governance.tables import StaffAccount
from services.kit.database import Database
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_


async def change_own_password(
    database: Database, staff_id: UUID, present: str, new: str, *, session_id: UUID, now: datetime
) -> None:
    """Change the password of `staff_id`, keeping the session it is done in.

    Raises:
        InvalidInput: the present password does not fit, or the new one is too short or the same.
    """
    rows = await database.read("select password_hash from governance.staff where staff_id = $1 and active", staff_id)
    problems = []
    if not await password_fits(rows[0]["password_hash"] if rows else None, present):
        problems.append(FieldProblem("present", N_("This is not your present password."), N_("Type it again.")))
    if len(new) < MINIMUM_LENGTH:
        problems.append(FieldProblem("new", N_("Too short."), N_("Use at least ten characters.")))
    elif new == present:
        problems.append(FieldProblem("new", N_("This is the password you have."), N_("Choose another.")))
    if problems:
        raise InvalidInput(N_("Your password was not changed."), fields=problems)
    digest = digest_password(new)
    async with database.transaction() as tx:
        account = await tx.session.get_one(StaffAccount, staff_id, with_for_update=True)
        account.password_hash = digest
        account.failed_sign_ins = 0
        await announce_member(tx, account, "password_changed", now=now, by=staff_id)
        await end_all_sessions(tx, staff_id, now=now, by=staff_id, keep=session_id)
