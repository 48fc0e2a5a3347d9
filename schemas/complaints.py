"""What intake announces: the complaint as filed, its acknowledgement, and what the complainant does afterwards.

Names, addresses, telephone numbers and LINE ids never leave intake; an event carries a random `complainant_ref`.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from schemas.envelope import FreeText, Payload

Kind = Literal["complaint", "suggestion", "enquiry", "compliment", "spam"]
"""What came in; complaint KPIs count complaints only (domain §2)."""

Identity = Literal["named", "confidential", "anonymous"]
ComplainantAction = Literal["accept", "contest", "reopen", "withdraw", "add", "rate"]


class Subject(BaseModel):
    """Whose conduct is complained of: a unit, or a person named in the complaint (never the service as such)."""

    model_config = ConfigDict(frozen=True)

    unit: str | None = None
    person: str | None = None
    """A staff user name where the person could be matched to one; otherwise the words stay in the narrative."""


class Promised(BaseModel):
    """When the policy in force at receipt promises each thing, in UTC; what the receipt page shows."""

    model_config = ConfigDict(frozen=True)

    acknowledge: datetime | None = None
    first_contact: datetime | None = None
    resolve: datetime | None = None


class History(BaseModel):
    """What an import knows of a case that was handled elsewhere. A time that is unknown stays empty, and every KPI
    that needs it leaves the case out and counts it as left out."""

    model_config = ConfigDict(frozen=True)

    state: str
    """A state of the life of a case (domain §3), such as `closed`, `investigating` or `referred`."""
    unit: str | None = None
    owner: str | None = None
    priority: str | None = None
    acknowledged_at: datetime | None = None
    first_contact_at: datetime | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    reopened_count: int = 0
    rating: int | None = None
    cause: str | None = None
    out_of_scope: bool = False


class IntakeFact(Payload):
    """A fact of which intake is the one writer."""

    SOURCE: ClassVar[str] = "intake"


class ComplaintFiled(IntakeFact):
    """A complaint was accepted (ISO 10002 7.2). From this moment it can no longer be lost."""

    TYPE: ClassVar[str] = "complaint-filed"

    tracking_number: str
    kind: Kind = "complaint"
    channel: str
    narrative: FreeText
    remedy_sought: FreeText | None = None
    location: FreeText | None = None
    """Where it happened in the complainant's words; free text, since an address can name a person."""
    category: str | None = None
    service_point: str | None = None
    area: str | None = None
    segment: str | None = None
    reference: str | None = None
    """Contract or order number."""
    subject: Subject | None = None
    identity: Identity = "anonymous"
    complainant_ref: UUID | None = None
    """Random, but the same for the same contact: it links repeats without saying who it is."""
    represented: bool = False
    language: Literal["th", "en"] = "th"
    happened_at: datetime | None = None
    received_at: datetime
    recorded_at: datetime
    acknowledged_at: datetime | None = None
    """Set at once on the web and the API, where the number shown is the acknowledgement; elsewhere empty."""
    policy_version: str
    promised: Promised = Promised()
    external_reference: str | None = None
    """The identifier in the system it was imported or forwarded from."""
    filed_by: UUID | None = None
    """The member of staff who typed it in, if one did."""
    history: History | None = None
    split_from: UUID | None = None
    """The case of which it had been a part, until staff made it one of its own."""


class ComplaintAcknowledged(IntakeFact):
    """The acknowledgement reached the complainant on a channel where filing itself does not show it (7.4)."""

    TYPE: ClassVar[str] = "complaint-acknowledged"

    acknowledged_at: datetime
    medium: str
    template: str | None = None
    by: UUID | None = None


class ComplainantActed(IntakeFact):
    """The complainant did something from the tracking page or another channel of theirs (7.9)."""

    TYPE: ClassVar[str] = "complainant-acted"

    action: ComplainantAction
    at: datetime
    text: FreeText | None = None
    rating: int | None = None
    """1 to 5, satisfaction with the handling (8.3); only with `rate`."""
    confidence: int | None = None
    """1 to 5, confidence in how complaints are handled; only with `rate`."""
    medium: str = "web"


class StaffReplied(IntakeFact):
    """What a person of the enterprise wrote reached the complainant: the first human contact, or progress (7.3)."""

    TYPE: ClassVar[str] = "staff-replied"

    message_id: UUID
    by: UUID
    at: datetime
    """When it reached the complainant."""
    medium: str
    progress: bool = True
    """Whether it told them how the case stands."""
    text: FreeText | None = None


class SurveyInvited(IntakeFact):
    """The invitation to rate the handling reached the complainant (8.3): the denominator of the response rate."""

    TYPE: ClassVar[str] = "survey-invited"

    closure: int
    """How often the case had been reopened: one survey for each closure."""
    medium: str
    at: datetime


class MessageTakenBack(IntakeFact):
    """The complainant unsent a message that had joined the case: its words are blanked everywhere, the fact stays."""

    TYPE: ClassVar[str] = "message-taken-back"

    said_at: datetime
    """When the message was said: the moment of the action by which it joined."""
    at: datetime
    medium: str


class ReceiptCorrected(IntakeFact):
    """A supervisor changed when the complaint was received; both values are kept (domain §3)."""

    TYPE: ClassVar[str] = "receipt-corrected"

    received_before: datetime
    received_at: datetime
    promised: Promised = Promised()
    reason: FreeText
    by: UUID


class IdentityLooked(IntakeFact):
    """A member of staff opened a complainant's identity; who, and why."""

    TYPE: ClassVar[str] = "identity-looked"

    by: UUID
    reason: FreeText
    at: datetime


class IdentityHandled(IntakeFact):
    """What was done with the identity behind a case, beside looking at it: who, what and why (personal-data law)."""

    TYPE: ClassVar[str] = "identity-handled"

    what: Literal["exported", "corrected", "forgotten", "linked", "unlinked"]
    """`forgotten`: name and contacts are gone and the words stay; `linked`: known to be the person of another case."""
    by: UUID | None = None
    at: datetime
    fields: tuple[str, ...] = ()
    """Which parts were corrected, never what they say."""
    other_case: UUID | None = None
    reason: FreeText


class WordsErased(IntakeFact):
    """The free texts of a case are to be blanked in every journal and copy (personal-data law)."""

    TYPE: ClassVar[str] = "words-erased"

    by: UUID | None = None
    at: datetime
    legal_ground: str
