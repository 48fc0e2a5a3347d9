"""What a change means to a desk that is open: whether a case came into its list, whether it may know at all. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.kit.scope import Scope
from services.routing.queue.views import VIEW, Looking, stands_in
from services.routing.read_cases import Filters

FACTS = (
    "id, state, kind, unit, owner, approving_unit, restricted, subject_unit, subject_person, safety, priority,"
    " category, service_point, channel, is_open, paused, due_order, open_tasks, open_remedies"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a case decides in which lists it stands and who sees it."""

    id: UUID
    state: str
    kind: str
    unit: str
    owner: UUID | None
    approving_unit: str
    restricted: bool
    subject_unit: str | None
    subject_person: str | None
    safety: bool
    priority: str | None
    category: str | None
    service_point: str | None
    channel: str
    is_open: bool
    paused: bool
    due_order: datetime
    open_tasks: int
    open_remedies: int


@dataclass(frozen=True, slots=True)
class Change:
    """A case that changed: as it is, and as it was as far as its events tell (None: it is new)."""

    now: Facts
    before: Facts | None


def before_of(now: Facts, events: Sequence[tuple[str, Mapping[str, Any]]]) -> Facts | None:
    """The case before some of its events (type and body, oldest first)."""
    was: dict[str, Any] = {}
    for kind, body in events:
        if kind == "case-imported" or (kind == "case-moved" and body.get("came_from") is None):
            return None
        if kind == "case-moved":
            was.setdefault("state", body["came_from"])
            if body.get("to") == "assigned":
                # It had no owner; of which unit it was is not told, but hardly of the one it went to.
                was.setdefault("owner", None)
                was.setdefault("unit", "")
        elif kind == "case-reassigned":
            was.setdefault("unit", body.get("unit_before") or "")
            was.setdefault("owner", UUID(body["owner_before"]) if body.get("owner_before") else None)
        elif kind == "case-prioritised":
            was.setdefault("priority", body.get("priority_before"))
        elif kind == "case-reclassified":
            was.setdefault("kind", body.get("kind_before"))
            was.setdefault("category", body.get("category_before"))
    ended = ("closed", "not_accepted", "referred", "merged", "withdrawn")
    was["is_open"] = was.get("state", now.state) not in ended and was.get("kind", now.kind) != "spam"
    return replace(now, **was)


@dataclass(frozen=True, slots=True)
class Desk:
    """An open desk: whose, and what it lists."""

    scope: Scope
    filters: Filters
    looking: Looking

    def sees(self, case: Facts | None) -> bool:
        """Whether the case is within its scope."""
        return case is not None and self.scope.sees_case(case)

    def lists(self, case: Facts | None) -> bool:
        """Whether the case stands in its list. Words and tags are not known here: such a list has no arrivals."""
        filters = self.filters
        if case is None or filters.search is not None or filters.tag or not self.sees(case):
            return False
        return (
            stands_in(VIEW[filters.view], case.id, case, self.looking)
            and (not filters.states or case.state in filters.states)
            and (not filters.categories or case.category in filters.categories)
            and all(
                getattr(filters, name) in (None, getattr(case, name))
                for name in ("unit", "owner", "service_point", "channel", "priority", "kind")
            )
        )

    def touched(self, change: Change) -> bool:
        """Whether it may notice the change: the case is, or was, within its scope."""
        return self.sees(change.now) or self.sees(change.before)

    def arrived(self, change: Change) -> bool:
        """Whether the change brought the case into its list."""
        return self.lists(change.now) and not self.lists(change.before)
