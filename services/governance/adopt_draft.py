"""Adopt a draft: check it once more, put the record of approval to it, and delete it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.policy import Approval, PolicyBundle
from services.governance.adopt_policy import adopt_policy
from services.governance.check_policy import check_policy
from services.governance.policy_drafts import drop_draft, locked_draft
from services.governance.tables import PolicyDraft
from services.kit.database import Transaction
from services.kit.errors import Conflict, InvalidInput
from services.kit.i18n import N_


def approved_bundle(draft: PolicyDraft) -> PolicyBundle:
    """The policy of a draft with the approval entered for it.

    Raises:
        InvalidInput: it has mistakes.
        Conflict: no approval was entered.
    """
    checked = check_policy(draft.text)
    if checked.bundle is None:
        raise InvalidInput(N_("This policy has mistakes."), N_("Mend them and check it again."))
    if draft.approval is None:
        raise Conflict(
            N_("The record of approval is missing."), N_("Enter it on the page of the draft, then adopt the draft.")
        )
    approval = Approval.model_validate(draft.approval)
    return checked.bundle.model_copy(update={"approval": approval, "sample": False})


async def adopt_draft(tx: Transaction, draft_id: UUID, *, now: datetime, by: UUID) -> str:
    """Adopt a draft; returns the version's name.

    Raises:
        NotFound: there is no such draft any more.
        InvalidInput: it has mistakes.
        Conflict: no approval was entered, or the version cannot be adopted with that name and date.
    """
    bundle = approved_bundle(await locked_draft(tx, draft_id))
    await adopt_policy(tx, bundle, now=now, by=by)
    await drop_draft(tx, draft_id)
    return bundle.version
