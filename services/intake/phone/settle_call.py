"""Say that nothing is to be registered of a call: answered on the spot, a wrong number, nobody there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.intake.arrivals import ignored
from services.intake.filing import invalid
from services.intake.phone.call_backs.close_call_back import close_for_caller
from services.kit.database import Transaction
from services.kit.errors import Conflict, FieldProblem
from services.kit.i18n import N_

REASONS: Mapping[str, str] = {
    "answered": N_("A question that was answered on the telephone."),
    "wrong_number": N_("A wrong number."),
    "nobody": N_("Nobody spoke, or the line broke off."),
    "internal": N_("A call within the organisation, or a test."),
    "nuisance": N_("A nuisance or advertising call."),
}
"""What an agent may say of a call of which nothing is filed."""


class CallSettled(Conflict):
    """Somebody has said already what came of this call."""

    code = "call-settled"


async def settle_call(
    tx: Transaction, call_id: UUID, reason: str, *, by: UUID, bundle: PolicyBundle, now: datetime
) -> None:
    """Settle a call without a case; the caller is owed nothing any more when they were spoken with.

    Raises:
        CallSettled: it is settled.
        InvalidInput: the reason is none of the list.
    """
    if reason not in REASONS:
        raise invalid([FieldProblem("reason", N_("Say why nothing is registered."), N_("Choose one of the list."))])
    row = await tx.fetchrow(
        "update intake.phone_call set settled_at = $2, changed_at = $2, agent = coalesce(agent, $3) where id = $1"
        " and settled_at is null returning source_id, caller",
        call_id,
        now,
        by,
    )
    if row is None:
        raise CallSettled(N_("This call is settled already."), N_("Reload the page."))
    await ignored(tx, "phone", row["source_id"], REASONS[reason], now)
    if reason == "answered" and row["caller"] is not None:
        await close_for_caller(tx, row["caller"], "reached", by=by, bundle=bundle, case_id=None, now=now)
