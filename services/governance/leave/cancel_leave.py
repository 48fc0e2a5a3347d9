"""Cancel a leave, before it begins or to come back early. Cases handed over for it come back as at its end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.governance import StaffMember
from schemas.policy import PolicyBundle
from services.governance.change_staff import announce_member
from services.governance.leave.note_leave import account_within
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_


async def cancel_leave(
    tx: Transaction, username: str, leave_id: UUID, bundle: PolicyBundle, *, viewer: StaffMember | None, now: datetime
) -> None:
    """Cancel it; what of it has passed stays as it was.

    Raises:
        NotFound: no such account within reach, or no such leave that is not over.
    """
    account = await account_within(tx, username, bundle, viewer)
    found = await tx.fetchval(
        "update governance.leave set cancelled_at = $3 where leave_id = $1 and staff_id = $2 and cancelled_at is null"
        " and ends_at > $3 returning true",
        leave_id,
        account.staff_id,
        now,
    )
    if not found:
        raise NotFound(N_("This leave is over or was cancelled."), N_("Load the page again."))
    await announce_member(tx, account, "leave_cancelled", now=now, by=viewer.staff_id if viewer else None)
