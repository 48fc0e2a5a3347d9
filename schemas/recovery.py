"""What reporting announces: service-recovery records (SE-AM 5.1) as they move."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from schemas.envelope import FreeText, Payload

RecoveryState = Literal[
    "detected",
    "contained",
    "planned",
    "approved",
    "offered",
    "accepted",
    "declined",
    "lapsed",
    "in_delivery",
    "completed",
    "verified",
    "closed",
    "cancelled",
]
"""`cancelled`: it turned out that nothing was owed (a breach disproved, a decision replaced, opened by mistake)."""


class RecoveryFact(Payload):
    """A fact of which reporting is the one writer; the envelope's `case_id` is the complaint's, or the record's own."""

    SOURCE: ClassVar[str] = "reporting"

    recovery_id: UUID
    number: str
    version: int
    state: RecoveryState
    mode: Literal["normal", "abnormal"] = "normal"
    trigger: Literal["in_service", "complaint", "monitor", "bcm"] = "complaint"
    complaint_id: UUID | None = None
    tracking_number: str | None = None
    unit: str | None = None
    service_point: str | None = None
    touch_point: str | None = None
    remedy: str | None = None
    baht: Decimal | None = None
    entitlement: str | None = None
    entitlement_version: str | None = None
    """The policy version whose entitlement is meant."""
    by: UUID | None = None
    at: datetime


class RecoveryOpened(RecoveryFact):
    """A record was opened: by staff, by a decision that grants a remedy, or by a missed clock that owes one."""

    TYPE: ClassVar[str] = "recovery-opened"

    why: str
    what_failed: FreeText | None = None


class RecoveryMoved(RecoveryFact):
    """A recovery record took a step."""

    TYPE: ClassVar[str] = "recovery-moved"

    came_from: RecoveryState
    note: FreeText | None = None
    offer_expires_at: datetime | None = None
    promised_by: datetime | None = None
    completed_at: datetime | None = None
