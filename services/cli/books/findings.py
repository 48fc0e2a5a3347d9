"""What a check of the books looked at and what it found wrong: each finding with its case and what to do about it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

KEPT = 1000
"""Findings of one check that are kept word for word; further ones are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. `case_id` is empty for what is about no single case."""

    check: str
    what: str
    remedy: str
    case_id: UUID | None = None
    tracking_number: str | None = None


CHECKS = {
    "registered": "every complaint of intake's journal is in routing, sla and reporting exactly once",
    "expected": "every number given with --expect is registered exactly once",
    "acknowledged": "no complaint is acknowledged twice",
    "messages": "no message was handed over twice, and no complainant got two acknowledgements",
    "alerts": "no alert was raised twice for one case, target, cycle and level",
    "breaches": "every breach follows from what happened, and none was passed over",
    "deadlines": "every deadline is right to the second",
    "projected": "what routing and reporting show of a clock is what sla announced",
    "figures": "the KPIs equal those counted by brute force from the journals",
    "readers": "every reader has read what there was",
    "parked": "no event is parked",
    "journals": "every journal's chain holds",
}
"""Every check with what it proves."""


@dataclass(slots=True)
class Books:
    """The outcome of an audit: how much was looked at by each check, what is wrong, and how fresh it all was."""

    at: datetime
    looked_at: Counter[str] = field(default_factory=Counter)
    says: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    found: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    """Events that a reader had not read yet when it was looked at: they are judged next time."""
    checked: set[str] = field(default_factory=set)

    @property
    def hold(self) -> bool:
        """Whether nothing is wrong."""
        return not self.found

    def begin(self, *checks: str) -> None:
        """Note that these checks are made, so that one that looks at nothing is shown as well."""
        self.checked.update(checks)

    def saw(self, check: str, count: int = 1) -> None:
        """A check looked at something."""
        self.looked_at[check] += count

    def wrong(self, check: str, what: str, remedy: str, case_id: UUID | None = None, number: str | None = None) -> None:
        """Something does not hold."""
        self.found[check] += 1
        if self.found[check] <= KEPT:
            self.findings.append(Finding(check, what, remedy, case_id, number))
