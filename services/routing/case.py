"""A case as the rules of its life see it: plain values, nothing of the database. `Case.of` reads a row of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from schemas.cases import ENDED, CaseSnapshot, State
from schemas.complaints import Kind


@dataclass(frozen=True, slots=True)
class Case:
    """What decides about a case's next steps. Times in UTC; staff by id, units and other words by policy code."""

    id: UUID
    tracking_number: str
    state: str
    version: int
    unit: str
    approving_unit: str
    channel: str
    policy_version: str
    received_at: datetime
    changed_at: datetime
    kind: str = "complaint"
    owner: UUID | None = None
    priority: str | None = None
    category: str | None = None
    service_point: str | None = None
    segment: str | None = None
    safety: bool = False
    restricted: bool = False
    subject_unit: str | None = None
    subject_person: str | None = None
    cause: str | None = None
    decided_at: datetime | None = None
    transfers: int = 0
    reopened_count: int = 0
    historical: bool = False
    ratings: dict[str, Any] | None = None
    declared_by: UUID | None = None
    declared_at: datetime | None = None
    waiting: dict[str, Any] | None = None
    """What is waited for in the present `awaiting_…` state."""
    waits: list[list[str | None]] = field(default_factory=list)
    """Every wait for the complainant, [from, until] as ISO 8601; the last one may still last (None)."""
    proposal: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    outcome: dict[str, Any] | None = None
    """What was recorded when the case ended, was disputed outside or was reviewed."""
    proposed_by: UUID | None = None
    decided_by: UUID | None = None
    told_at: datetime | None = None
    """When the newest decision was communicated; windows and silence count from here (domain §4.7)."""
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    silence_at: datetime | None = None
    """When the complainant's silence next calls for a notice, or for closing."""
    notices: int = 0
    open_tasks: int = 0
    open_remedies: int = 0
    deliverers: tuple[UUID, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Case:
        """The case in a row of `routing.case`."""
        values = {name: row[name] for name in COLUMNS}
        values["deliverers"] = tuple(values["deliverers"])
        return cls(**values)

    @property
    def open(self) -> bool:
        """Whether anything is still to be done."""
        return self.state not in ENDED

    @property
    def is_complaint(self) -> bool:
        """Whether it counts as a complaint (the other kinds need no cause and no recourse)."""
        return self.kind == "complaint"

    def pauses(self) -> list[tuple[datetime, datetime | None]]:
        """The waits for the complainant as moments."""
        return [
            (datetime.fromisoformat(cast(str, begun)), datetime.fromisoformat(until) if until else None)
            for begun, until in self.waits
        ]

    def changed(self, now: datetime, **values: Any) -> Case:
        """The case after one more change of routing's own."""
        return replace(self, version=self.version + 1, changed_at=now, **values)

    def snapshot(self) -> CaseSnapshot:
        """What every event of the case carries."""
        return CaseSnapshot.model_construct(
            tracking_number=self.tracking_number,
            state=cast(State, self.state),
            kind=cast(Kind, self.kind),
            version=self.version,
            unit=self.unit,
            owner=self.owner,
            approving_unit=self.approving_unit,
            priority=self.priority,
            category=self.category,
            service_point=self.service_point,
            channel=self.channel,
            segment=self.segment,
            safety=self.safety,
            restricted=self.restricted,
            subject_unit=self.subject_unit,
            subject_person=self.subject_person,
            cause=self.cause,
            policy_version=self.policy_version,
            received_at=self.received_at,
            decided_at=self.decided_at,
            transfers=self.transfers,
            reopened_count=self.reopened_count,
        )


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Case))
"""The columns of `routing.case` that a `Case` is made of."""
