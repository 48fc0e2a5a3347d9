"""What governance announces: policy versions in force, staff and their roles, sessions that ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field

from schemas.envelope import Payload

NAMESPACE = UUID("6f1c9d3e-5a0e-5c7b-9a55-7d8f1f0f2c11")

POLICY_STREAM = uuid5(NAMESPACE, "policy")
"""All policy versions share one stream, so that every reader sees them in the order of their adoption."""

ROLES = (
    "officer",
    "approver",
    "verifier",
    "supervisor",
    "centre",
    "reviewer",
    "unit_head",
    "line_manager",
    "executive",
    "integrity",
    "auditor",
    "privacy",
    "administrator",
)
"""Roles: *officer* works cases of the unit · *approver* decides for the units that name this one · *verifier* proves
remedies and closes · *supervisor* takes cases out of the count, corrects receipts, reopens · *centre* the complaint
centre: triage, filing for others, every ordinary case · *reviewer* the internal review body · *unit_head*,
*line_manager*, *executive* are alerted and read below them · *integrity* the restricted unit · *auditor* reads all
ordinary cases and every log, changes nothing · *privacy* data protection: identities, erasure · *administrator* policy,
staff, channels, parked events."""


class Leave(BaseModel):
    """A period in which a member of staff is away. `ends_at` is the first moment they are back."""

    model_config = ConfigDict(frozen=True)

    leave_id: UUID
    starts_at: datetime
    ends_at: datetime
    substitute: UUID | None = None
    """Who stands in: alerts and what waits for their decision go to this member of the same unit."""
    hand_over: bool = False
    """Whether open cases go to the substitute at the start, and those still open come back at the end."""


class StaffMember(BaseModel):
    """A member of staff as every service knows them. The display name is the one shown on pages."""

    model_config = ConfigDict(frozen=True)

    staff_id: UUID
    username: str
    display_name: str
    unit: str
    roles: tuple[str, ...]
    active: bool = True
    on_duty: bool = True
    capacity: int = 20
    """How many open cases are a full load."""
    email: str | None = None
    """Their address at work, by which they are told of alerts; None where there is none."""
    version: int = 1
    """Governance's own count of changes; the newest wins."""
    leave: tuple[Leave, ...] = Field(default=(), exclude_if=lambda leave: not leave)
    """Present and coming periods of leave, by their start; those over are left out."""

    def leave_at(self, at: datetime) -> Leave | None:
        """The leave they are on at a moment; None when they are not away."""
        return next((leave for leave in self.leave if leave.starts_at <= at < leave.ends_at), None)

    def here(self, at: datetime) -> bool:
        """Whether new work may go to them: the account is active, they are on duty and not on leave."""
        return self.active and self.on_duty and self.leave_at(at) is None


class GovernanceFact(Payload):
    """A fact of which governance is the one writer."""

    SOURCE: ClassVar[str] = "governance"


class PolicyAdopted(GovernanceFact):
    """A policy version was adopted and is in force from `effective_from` (ISO 10002 5.3, SE-AM 5.3)."""

    TYPE: ClassVar[str] = "policy-adopted"

    policy_version: str
    effective_from: datetime
    adopted_at: datetime
    by: UUID | None = None
    bundle: dict[str, Any]
    """The whole document, so that every service can judge by it without asking."""


class StaffChanged(GovernanceFact):
    """A member of staff was added, changed, disabled, or went on or off duty."""

    TYPE: ClassVar[str] = "staff-changed"

    member: StaffMember
    by: UUID | None = None
    what: str | None = None
    """For the audit page: `added`, `changed`, `disabled`, `enabled`, `on_duty`, `off_duty`, `password_reset`,
    `password_changed`, `second_step_on`, `second_step_off`, `recovery_codes_made`, `leave_noted`,
    `leave_cancelled`."""


class SessionRevoked(GovernanceFact):
    """A session ended before its token expires: signed out, disabled, password reset."""

    TYPE: ClassVar[str] = "session-revoked"

    session_id: UUID
    staff_id: UUID
    at: datetime
    by: UUID | None = None
    """Who ended it, when it was not its owner."""


def staff_stream(staff_id: UUID) -> UUID:
    """The stream in which a member's changes follow one another."""
    return uuid5(NAMESPACE, f"staff/{staff_id}")
