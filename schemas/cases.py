"""What routing announces: the life of a case. Every event carries a snapshot of what routing holds of the case.

A snapshot makes readers right in any order between journals: whoever reads the newest event of a case knows all that
routing knows, and `version` (per service and case) tells which is newest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from schemas.complaints import History, Kind
from schemas.envelope import FreeText, Payload

State = Literal[
    "received",
    "assessed",
    "assigned",
    "investigating",
    "awaiting_complainant",
    "awaiting_third_party",
    "response_proposed",
    "decision_communicated",
    "implementing",
    "internal_review",
    "external_dispute",
    "closed",
    "reopened",
    "not_accepted",
    "referred",
    "merged",
    "withdrawn",
]
"""The states of a case, domain §3."""

ENDED: frozenset[str] = frozenset({"closed", "not_accepted", "referred", "merged", "withdrawn"})
"""States in which a case is no longer open."""

OUT_OF_COUNT: frozenset[str] = frozenset({"not_accepted", "referred", "merged", "withdrawn"})
"""States that take a case out of the *valid* ones; a target it had already missed stays missed (domain §5)."""


class CaseSnapshot(BaseModel):
    """What routing holds of a case after the event."""

    model_config = ConfigDict(frozen=True)

    tracking_number: str
    state: State
    kind: Kind = "complaint"
    version: int
    """Routing's own count of changes to this case, from 1."""
    unit: str | None = None
    owner: UUID | None = None
    approving_unit: str | None = None
    """The unit, outside the responsible one, whose approvers may decide."""
    priority: str | None = None
    category: str | None = None
    service_point: str | None = None
    channel: str = "web"
    segment: str | None = None
    safety: bool = False
    restricted: bool = False
    """A misconduct case: only the restricted unit may know of it (domain §2)."""
    subject_unit: str | None = None
    """The unit whose conduct, or a person of which, is complained of; it and what is below it never see the case."""
    subject_person: str | None = None
    """The user name of the member of staff complained of, where known."""
    cause: str | None = None
    policy_version: str
    received_at: datetime
    decided_at: datetime | None = None
    """When the decision was first communicated (ISO 10002 7.8)."""
    transfers: int = 0
    """How often the case moved to another unit after its first."""
    reopened_count: int = 0


class RoutingFact(Payload):
    """A fact of which routing is the one writer."""

    SOURCE: ClassVar[str] = "routing"

    case: CaseSnapshot
    by: UUID | None = None
    """The member of staff who did it; None when the rules or the complainant did."""
    actor: Literal["staff", "rules", "complainant", "system"] = "staff"
    at: datetime


class CaseMoved(RoutingFact):
    """A case went from one state to another along the table of domain §3."""

    TYPE: ClassVar[str] = "case-moved"

    came_from: State | None = None
    """None for the first event of a case."""
    to: State
    reason: FreeText | None = None
    rule: str | None = None
    """The routing rule that assessed or assigned it."""
    fields: dict[str, Any] = Field(default_factory=dict)
    """What the step records, apart from free text: ratings, remedy, baht, cause, dates, letter number …"""
    texts: dict[str, FreeText] = Field(default_factory=dict)
    """What the step records in words: findings, correction, prevention, reasons, recourse …"""
    pause_until: datetime | None = None
    """With `awaiting_complainant`: until when the clock may stand still at most."""


class CaseReassigned(RoutingFact):
    """The unit or the owner changed without a change of state. Never restarts a clock (domain §4.5)."""

    TYPE: ClassVar[str] = "case-reassigned"

    unit_before: str | None = None
    owner_before: UUID | None = None
    reason: FreeText | None = None


class CasePrioritised(RoutingFact):
    """The priority changed; deadlines move with it (domain §4.5)."""

    TYPE: ClassVar[str] = "case-prioritised"

    priority_before: str | None = None
    reason: FreeText | None = None
    on_review: bool = False


class Suggestion(BaseModel):
    """What a classifier learned from the enterprise's own past cases suggested."""

    model_config = ConfigDict(frozen=True)

    model: str
    """The version of the model."""
    code: str
    """The category or unit it suggested."""
    share: float
    """Its confidence, as a share of 1."""
    accuracy: float
    """The share of later cases that this model told rightly when it was measured."""
    applied: bool = False
    """Whether it was applied without a person, as the policy allows; else it was before the person who decided."""


class CaseReclassified(RoutingFact):
    """The kind or category was changed by staff, with a reason; reversible."""

    TYPE: ClassVar[str] = "case-reclassified"

    kind_before: Kind
    category_before: str | None = None
    reason: FreeText | None = None
    suggestion: Suggestion | None = None
    """What was suggested for the category, whether it was followed or not."""


class ContactRecorded(RoutingFact):
    """A person of the enterprise spoke or wrote to the complainant: first human contact, or a progress update (7.3)."""

    TYPE: ClassVar[str] = "contact-recorded"

    medium: str
    text: FreeText | None = None
    contacted_at: datetime
    progress: bool = True
    """Whether it told the complainant how the case stands; such a contact meets the progress target."""
    reached: bool = True
    """Whether the complainant was reached; an attempt that reached nobody meets no target."""


class NoteAdded(RoutingFact):
    """An internal note; never shown to the complainant."""

    TYPE: ClassVar[str] = "note-added"

    text: FreeText


class ComplainantAdded(RoutingFact):
    """The complainant added words to an open case. Never extends a deadline (domain §4.8)."""

    TYPE: ClassVar[str] = "complainant-added"

    text: FreeText


class ActionRefused(RoutingFact):
    """What the complainant asked for could not be done any more; shown to them and to the officer, never dropped."""

    TYPE: ClassVar[str] = "action-refused"

    action: str
    why: str


class SilenceNoticed(RoutingFact):
    """The complainant has not answered a decision: a notice is due to them, before silence closes the case (7.9)."""

    TYPE: ClassVar[str] = "silence-noticed"

    notice: int
    """The how-manieth notice of this decision, from 1."""
    closes_at: datetime
    """When the case closes by itself if no answer comes."""


class TaskChanged(RoutingFact):
    """A task of the case (a remedy to deliver, a fact to find) was added, finished or dropped."""

    TYPE: ClassVar[str] = "task-changed"

    task_id: UUID
    what: FreeText
    task_owner: UUID | None = None
    due_at: datetime | None = None
    remedy: bool = False
    """Whether finishing it delivers a remedy that was promised (KPI 27)."""
    status: Literal["open", "done", "dropped"] = "open"
    done_at: datetime | None = None


class CaseRaised(RoutingFact):
    """A person raised the case to a higher level (counts for KPI 12)."""

    TYPE: ClassVar[str] = "case-raised"

    level: str
    reason: FreeText


class CaseImported(RoutingFact):
    """A case came in as history, already at some point of its life."""

    TYPE: ClassVar[str] = "case-imported"

    history: History


LinkSort = Literal["related", "merged", "split"]
"""How two cases belong together: by what people see, one joined into another, one taken out of another."""


class CaseLinked(RoutingFact):
    """Two cases were found to belong together, or (`undone`) no longer to; said of each of them."""

    TYPE: ClassVar[str] = "case-linked"

    other: UUID
    """The case at the other end."""
    sort: LinkSort
    undone: bool = False
    reason: FreeText | None = None


class CaseSplit(RoutingFact):
    """A part of a case is to become a case of its own: intake registers it, and it is received when this one was."""

    TYPE: ClassVar[str] = "case-split"

    request: UUID
    """Names the splitting, so that it registers once however often it is read."""
    narrative: FreeText
    """What the new case is about."""
    category: str | None = None
    reason: FreeText


FindingSort = Literal["evidence", "interview", "document", "visit"]
"""What a finding of an investigation rests on."""


class FindingRecorded(RoutingFact):
    """Something was found out about a case: a piece of evidence, what somebody said, what was seen (7.6)."""

    TYPE: ClassVar[str] = "finding-recorded"

    sort: FindingSort
    found_at: datetime
    texts: dict[str, FreeText] = Field(default_factory=dict)
    """`source`: what it is or who said it; `text`: what it shows; `reference`: where it is kept."""


class DossierAsked(RoutingFact):
    """Somebody asked for the dossier of a case for a body outside (ISO 10003): what for, and routing's part of it."""

    TYPE: ClassVar[str] = "dossier-asked"

    request: UUID
    reason: FreeText
    record: FreeText
    """The case as routing knows it, a page of HTML, gzip in base64; erased with the words of the case."""
