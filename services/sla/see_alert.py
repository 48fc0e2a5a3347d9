"""Say that one knows of an alert: whoever is told, or manages the case, acknowledges it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from schemas.clocks import AlertSeen
from schemas.policy import PolicyBundle
from services.kit.access import Viewer
from services.kit.database import Transaction
from services.kit.errors import NotFound
from services.kit.i18n import N_
from services.kit.scope import scope_of
from services.sla.list_alerts import concerns
from services.sla.raise_alerts import clock_of_alert


@dataclass(frozen=True, slots=True)
class Seen:
    """Who said so first, and when."""

    at: datetime
    by: UUID


async def see_alert(tx: Transaction, bundle: PolicyBundle, viewer: Viewer, alert_id: UUID, now: datetime) -> Seen:
    """Note who saw the alert first; a second time changes nothing.

    Raises:
        NotFound: there is no such alert that is the viewer's to answer for.
    """
    mine, whose = concerns(viewer, 2)
    scope, args = scope_of(bundle, viewer.member).where("c", 4)
    row = await tx.fetchrow(
        "select a.id, a.case_id, a.target, a.cycle, a.seen_at, a.seen_by from sla.alert a"
        f" join sla.case_copy c using (case_id) where a.id = $1 and a.sent_at is not null and {mine} and {scope}"
        " for update of a",
        alert_id,
        *whose,
        *args,
    )
    if row is None:
        raise NotFound(N_("There is no such alert."), N_("Open the list of alerts and choose one there."))
    if row["seen_at"] is not None:
        return Seen(row["seen_at"], row["seen_by"])
    await tx.execute("update sla.alert set seen_at = $2, seen_by = $3 where id = $1", alert_id, now, viewer.staff_id)
    clock, version = await clock_of_alert(tx, row)
    fact = AlertSeen(clock=clock, version=version, alert_id=alert_id, by=viewer.staff_id, at=now)
    tx.announce(fact, case_id=row["case_id"], at=now)
    return Seen(now, viewer.staff_id)
