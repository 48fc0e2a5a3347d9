"""How each event changes the facts of its case: pure, right under repetition and in any order between journals.

Within one journal the events of a case come in order; a snapshot older than the one known is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from schemas.cases import (
    CaseImported,
    CaseMoved,
    CasePrioritised,
    CaseRaised,
    CaseReassigned,
    CaseReclassified,
    ComplainantAdded,
    ContactRecorded,
    RoutingFact,
    TaskChanged,
)
from schemas.clocks import (
    AlertRaised,
    ClockCancelled,
    ClockMet,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    DeadlineMissed,
    MissWithdrawn,
    SlaFact,
)
from schemas.complaints import ComplaintFiled, History, ReceiptCorrected
from schemas.envelope import Payload
from services.reporting.facts import DECIDED, CaseFile, has_ended
from services.reporting.rules import HEADS

ROUTED = (
    CaseMoved,
    CaseReassigned,
    CasePrioritised,
    CaseReclassified,
    ContactRecorded,
    ComplainantAdded,
    TaskChanged,
    CaseRaised,
    CaseImported,
)
CLOCKED = (
    ClockStarted,
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockMet,
    ClockCancelled,
    DeadlineMissed,
    MissWithdrawn,
)


def fold_filed(file: CaseFile, fact: ComplaintFiled) -> None:
    """What intake filed. Where routing has already spoken, its newer words stay."""
    case = file.case
    if not case.filed:
        case.received_at = fact.received_at
    case.filed = True
    case.tracking_number = fact.tracking_number
    case.identity, case.complainant_ref, case.reference = fact.identity, fact.complainant_ref, fact.reference
    case.policy_version = case.policy_version or fact.policy_version
    case.segment = case.segment or fact.segment
    if case.routing_version == 0:
        case.kind, case.channel = fact.kind, fact.channel
        case.category, case.service_point = fact.category, fact.service_point
        if fact.subject is not None:
            case.subject_unit, case.subject_person = fact.subject.unit, fact.subject.person
    if fact.history is not None:
        fold_history(file, fact.history)


def fold_history(file: CaseFile, history: History) -> None:
    """An imported case: its state, its end if it has one, and which times nobody knows."""
    case = file.case
    if case.routing_version == 0:
        case.state, case.unit = history.state, history.unit
        case.priority, case.cause = history.priority, history.cause
        case.decided_at = history.decided_at
    if case.imported:
        return
    case.imported = True
    case.out_of_scope = history.out_of_scope
    case.left_acknowledged = history.acknowledged_at is None
    case.left_contacted = history.first_contact_at is None
    case.left_decided = history.decided_at is None
    case.decided_before = history.state in DECIDED
    case.left_closed = (history.state == "closed" and history.closed_at is None) or history.reopened_count > 0
    if has_ended(history.state):
        file.end(history.state, history.closed_at)
        span = file.spans[1]
        span.unit, span.owner, span.transfers = history.unit, None, 0


def fold_corrected(file: CaseFile, fact: ReceiptCorrected) -> None:
    """A supervisor corrected the time of receipt; intake's word on it is final."""
    file.case.filed = True
    file.case.received_at = fact.received_at


def fold_routed(file: CaseFile, fact: RoutingFact) -> None:
    """Routing's snapshot, unless a newer one is known, and what the event itself says."""
    case, snapshot = file.case, fact.case
    if snapshot.version < case.routing_version:
        return
    if isinstance(fact, CaseImported):
        fold_history(file, fact.history)
    case.routing_version = snapshot.version
    case.tracking_number = snapshot.tracking_number
    if not case.filed:
        case.received_at = snapshot.received_at
    case.kind, case.state, case.unit, case.owner = snapshot.kind, snapshot.state, snapshot.unit, snapshot.owner
    case.approving_unit, case.priority, case.restricted = (
        snapshot.approving_unit,
        snapshot.priority,
        snapshot.restricted,
    )
    case.category, case.service_point, case.channel = snapshot.category, snapshot.service_point, snapshot.channel
    case.segment = snapshot.segment or case.segment
    case.subject_unit, case.subject_person = snapshot.subject_unit, snapshot.subject_person
    case.cause, case.decided_at, case.transfers = snapshot.cause, snapshot.decided_at, snapshot.transfers
    case.policy_version = snapshot.policy_version
    if isinstance(fact, CaseMoved):
        _fold_move(file, fact)
    elif isinstance(fact, CaseReclassified):
        if fact.kind_before == "complaint" and snapshot.kind != "complaint":
            case.complaint_until = fact.at
    elif isinstance(fact, CaseRaised):
        case.escalated = True


def _fold_move(file: CaseFile, fact: CaseMoved) -> None:
    ended_before = fact.came_from is not None and has_ended(fact.came_from)
    if has_ended(fact.to) and not ended_before:
        file.end(fact.to, fact.at)
    elif ended_before and not has_ended(fact.to):
        file.reopen(fact.at)


def fold_clocked(file: CaseFile, fact: SlaFact) -> None:
    """A clock as it stands after the event; alerts only mark the case."""
    if isinstance(fact, AlertRaised):
        file.case.escalated = file.case.escalated or fact.level.partition(":")[0] in HEADS
        return
    said = fact.clock
    clock = file.clock(said.target, said.cycle)
    if fact.version < clock.version:
        return
    clock.version = fact.version
    clock.state, clock.started_at, clock.due_at, clock.met_at = said.state, said.started_at, said.due_at, said.met_at
    clock.missed = said.missed
    clock.policy_version, clock.calendar = said.policy_version, said.calendar
    clock.unit, clock.owner = said.unit, said.owner
    clock.pauses = json.dumps([[_iso(begun), _iso(ended)] for begun, ended in said.pauses]) if said.pauses else None
    if isinstance(fact, ClockMet):
        clock.gross_seconds, clock.net_seconds = fact.working_seconds, fact.net_seconds
    elif said.met_at is None:
        clock.gross_seconds = clock.net_seconds = None
    if isinstance(fact, DeadlineMissed) and fact.entitlement is not None:
        clock.entitlement = fact.entitlement


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


FOLDS: dict[type[Payload], Callable[[CaseFile, Any], None]] = {
    ComplaintFiled: fold_filed,
    ReceiptCorrected: fold_corrected,
    **dict.fromkeys(ROUTED, fold_routed),
    **dict.fromkeys((*CLOCKED, AlertRaised), fold_clocked),
}
"""The fold of each event that changes a case's facts."""
