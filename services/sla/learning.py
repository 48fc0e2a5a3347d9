"""What each event teaches about a case. Pure: every function is right when told twice, and whichever journal is first.

Routing's snapshot carries all that routing knows, so the newest version wins; what intake says stands in its own fields
of the life. Nothing here judges a clock.
"""

from __future__ import annotations

from datetime import datetime

from schemas.cases import ENDED, CaseMoved, ContactRecorded, RoutingFact
from schemas.complaints import ComplaintFiled
from schemas.envelope import Event, words
from schemas.policy import PolicyBundle
from services.kit.gist import gist_of
from services.kit.listening import Received
from services.kit.placing import Placement, facts_of, place
from services.sla.life import Move
from services.sla.records import CaseRecord


def learn_complaint(
    case: CaseRecord, event: Event, fact: ComplaintFiled, bundle: PolicyBundle, subject_unit: str | None
) -> None:
    """The complaint itself: from now on its clocks can be told."""
    if case.filed:
        return
    placed = place(bundle, facts_of(fact), subject_unit=subject_unit)
    case.filed = True
    case.tracking_number = fact.tracking_number
    case.gist = gist_of(words(fact.narrative) or "")
    case.policy_version = fact.policy_version
    case.received_at = fact.received_at
    case.historical = event.historical or fact.history is not None
    life = case.life
    life.received_at = fact.received_at
    life.told_at = fact.recorded_at
    life.unit = placed.unit
    life.service_point = fact.service_point
    life.kind = fact.kind
    life.priority = (fact.history.priority if fact.history else None) or placed.priority
    life.history = fact.history
    life.acknowledge(fact.acknowledged_at)
    if case.version == 0:
        _presume(case, fact, placed, subject_unit)


def _presume(case: CaseRecord, fact: ComplaintFiled, placed: Placement, subject_unit: str | None) -> None:
    """What routing will say of it, as far as the rules tell, until it does."""
    case.kind = fact.kind
    case.unit = (fact.history.unit if fact.history else None) or placed.unit
    case.restricted = placed.restricted
    case.subject_unit = subject_unit
    case.subject_person = fact.subject.person if fact.subject else None
    case.priority = case.life.priority
    case.category = placed.category
    case.service_point = fact.service_point
    case.safety = placed.safety
    if fact.history is not None:
        case.state = fact.history.state
        case.ended = fact.history.state in ENDED


def learn_receipt(case: CaseRecord, received_at: datetime, told_at: datetime) -> None:
    """A supervisor corrected when it was received; its clocks start from there (domain §3, §4.14)."""
    case.received_at = case.life.received_at = received_at
    case.life.told_at = told_at


def learn_snapshot(case: CaseRecord, event: Event, fact: RoutingFact) -> None:
    """What routing holds of the case. An older snapshot than the newest one read teaches nothing."""
    seen = fact.case
    if seen.version <= case.version:
        return
    case.version = seen.version
    case.kind, case.state = seen.kind, seen.state
    case.tracking_number = seen.tracking_number
    case.unit, case.owner = seen.unit or case.unit, seen.owner
    case.approving_unit = seen.approving_unit
    case.restricted = seen.restricted
    case.subject_unit, case.subject_person = seen.subject_unit, seen.subject_person
    case.priority = seen.priority or case.priority
    case.category, case.service_point = seen.category, seen.service_point
    case.safety = seen.safety
    case.ended = seen.state in ENDED
    if not event.historical:
        case.life.classify(fact.at, seen.kind, seen.priority)
    case.life.hold(fact.at, seen.unit, seen.owner)


def learn_move(case: CaseRecord, event: Event, fact: CaseMoved) -> None:
    """A move; imported ones change the state, but their clocks are judged by the times of the import."""
    learn_snapshot(case, event, fact)
    if not event.historical:
        until = fact.pause_until if fact.to == "awaiting_complainant" else None
        case.life.move(Move(fact.case.version, fact.at, fact.to, until))


def learn_contact(case: CaseRecord, event: Event, fact: ContactRecorded) -> None:
    """A person spoke to the complainant."""
    learn_snapshot(case, event, fact)
    if fact.reached:
        case.life.contact(fact.contacted_at, fact.progress)


def learn_from_routing(case: CaseRecord, received: Received) -> None:
    """Whatever routing says of a case."""
    event, fact = received
    if isinstance(fact, CaseMoved):
        learn_move(case, event, fact)
    elif isinstance(fact, ContactRecorded):
        learn_contact(case, event, fact)
    else:
        learn_snapshot(case, event, fact)
