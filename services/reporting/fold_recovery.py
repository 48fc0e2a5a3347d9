"""How each event of a recovery record changes what the KPIs know of it (domain §6). Pure."""

from __future__ import annotations

from schemas.recovery import RecoveryFact as RecoveryEvent
from schemas.recovery import RecoveryMoved, RecoveryOpened
from services.reporting.facts import RecoveryFact

OFFERED = frozenset({"offered", "accepted", "declined", "lapsed", "in_delivery", "completed", "verified", "closed"})
"""States that a record reaches only after its offer."""

DECISIONS = frozenset({"accepted", "declined", "lapsed"})
NOT_ACCEPTED = frozenset({"declined", "lapsed"})
COMPLETED = frozenset({"completed", "verified", "closed"})
"""States after a delivery, unless a declined or lapsed offer was closed without one."""


def fold_recovery(record: RecoveryFact, fact: RecoveryEvent) -> None:
    """Bring a record up to an event; an older one is passed over."""
    if fact.version < record.version:
        return
    record.version, record.state, record.number = fact.version, fact.state, fact.number
    record.complaint_id = fact.complaint_id or record.complaint_id
    record.unit, record.service_point, record.baht = fact.unit, fact.service_point, fact.baht
    if isinstance(fact, RecoveryOpened):
        record.opened_at = record.opened_at or fact.at
    if fact.state == "offered":
        record.offered_at = record.offered_at or fact.at
    if fact.state in DECISIONS:
        record.decision, record.decided_at = fact.state, fact.at
    if isinstance(fact, RecoveryMoved):
        record.promised_by = fact.promised_by or record.promised_by
        if fact.state in COMPLETED and fact.came_from not in NOT_ACCEPTED:
            record.completed_at = record.completed_at or fact.completed_at or fact.at
        elif fact.came_from == "completed" and fact.state == "in_delivery":
            record.completed_at = None
