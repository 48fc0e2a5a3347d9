"""What a complainant may do now, from the tracking page or the API (ISO 10002 7.9, domain §3). Pure, given `now`.

Windows count from the decision, never from the last edit (domain §4.7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.cases import ENDED
from schemas.complaints import ComplainantAction
from schemas.policy import PolicyBundle

DECIDING = frozenset({"accept", "contest", "reopen", "withdraw"})
"""Actions that move the case: while one waits to be carried out there is no second."""

RATED_IN = frozenset({"decision_communicated", "implementing", "internal_review", "external_dispute", "closed"})

ORDER: tuple[ComplainantAction, ...] = ("accept", "contest", "reopen", "rate", "add", "withdraw")


WindowEnd = Callable[[PolicyBundle, datetime], datetime]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, as far as it decides what its complainant may do."""

    state: str
    decided_at: datetime | None = None
    """When the latest decision was communicated."""
    pending: str | None = None
    rated: bool = False
    """Whether the handling was rated since the case was last opened."""


def allowed_actions(standing: Standing, bundle: PolicyBundle, now: datetime) -> list[ComplainantAction]:
    """The actions open now, in the order in which they are offered."""
    return [action for action in ORDER if _allows(action, standing, bundle, now)]


def _allows(action: ComplainantAction, standing: Standing, bundle: PolicyBundle, now: datetime) -> bool:
    state = standing.state
    if action in DECIDING and standing.pending in DECIDING:
        return False
    if action == "accept":
        return state == "decision_communicated"
    if action == "contest":
        return state == "decision_communicated" and _within(standing.decided_at, contest_until, bundle, now)
    if action == "reopen":
        return state == "closed" and _within(standing.decided_at, reopen_until, bundle, now)
    if action == "rate":
        return state in RATED_IN and standing.decided_at is not None and not standing.rated
    return state not in ENDED


def _within(decided_at: datetime | None, until: WindowEnd, bundle: PolicyBundle, now: datetime) -> bool:
    return decided_at is not None and now <= until(bundle, decided_at)


def contest_until(bundle: PolicyBundle, decided_at: datetime) -> datetime:
    """The end of the window in which a decision may be contested."""
    return decided_at + timedelta(days=bundle.lifecycle.contest_days)


def reopen_until(bundle: PolicyBundle, decided_at: datetime) -> datetime:
    """The end of the window in which a closed case may be reopened."""
    return decided_at + timedelta(days=bundle.lifecycle.reopen_window_days)
