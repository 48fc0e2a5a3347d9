"""Acknowledge everything a case has alerted so far: what the button beside a case on the managers' page does."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.sla.list_alerts import concerns
from services.sla.see_alert import see_alert


async def see_case(tx: Transaction, bundle: PolicyBundle, viewer: Viewer, case_id: UUID, now: datetime) -> int:
    """Note that the viewer knows of every alert about a case that is theirs to answer for; returns how many were new.

    Raises:
        NotFound: there is no such case within the viewer's scope.
    """
    scope, args = scope_of(bundle, viewer.member).where("c", 2)
    if not await tx.fetchval(f"select true from sla.case_copy c where c.case_id = $1 and {scope}", case_id, *args):
        raise NotFound(N_("There is no such case."), N_("Open the list of alerts and choose one there."))
    mine, whose = concerns(viewer, 2)
    rows = await tx.fetch(
        "select a.id from sla.alert a where a.case_id = $1 and a.sent_at is not null and a.seen_at is null"
        f" and {mine} order by a.id",
        case_id,
        *whose,
    )
    for row in rows:
        await see_alert(tx, bundle, viewer, row["id"], now)
    return len(rows)
