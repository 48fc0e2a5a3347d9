"""Look-ups in the policy: codes, labels and the unit tree. Pure, by dictionary."""

from collections.abc import Hashable, Iterator
from functools import cached_property
from typing import Any

from schemas.policy_calendar import Calendar
from schemas.policy_document import PolicyDocument
from schemas.policy_organisation import Category, ServicePoint, Unit
from schemas.policy_sla import EscalationLevel, Priority
from schemas.policy_words import Text

_LABELLED = (
    "segments",
    "channels",
    "kinds",
    "categories",
    "causes",
    "priorities",
    "remedies",
    "entitlements",
    "levels",
)


class PolicyTree(PolicyDocument):
    """Look-ups by code; they raise KeyError when the policy has no such code, unless they say otherwise."""

    @cached_property
    def _units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self.units}

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {unit.code: [] for unit in self.units}
        for unit in self.units:
            if unit.parent is not None:
                children[unit.parent].append(unit.code)
        return children

    @cached_property
    def _service_points(self) -> dict[str, ServicePoint]:
        return {point.code: point for point in self.service_points}

    @cached_property
    def _areas(self) -> dict[str, ServicePoint]:
        return {point.area: point for point in reversed(self.service_points) if point.area}

    @cached_property
    def _categories(self) -> dict[str, Category]:
        return {category.code: category for category in self.categories}

    @cached_property
    def _calendars(self) -> dict[str, Calendar]:
        return {calendar.code: calendar for calendar in self.calendars}

    @cached_property
    def _priorities(self) -> dict[str, Priority]:
        return {priority.code: priority for priority in self.priorities}

    @cached_property
    def _labels(self) -> dict[tuple[str, str], Text]:
        found: dict[tuple[str, str], Text] = {}
        for group in _LABELLED:
            found.update({(group, entry.code): entry.label for entry in getattr(self, group)})
        found.update({("units", unit.code): unit.name for unit in self.units})
        found.update({("service_points", point.code): point.name for point in self.service_points})
        return found

    @cached_property
    def derived(self) -> dict[Hashable, Any]:
        """What others worked out from this policy alone, by keys of its own codes: kept with it, and gone with it."""
        return {}

    @cached_property
    def root(self) -> Unit:
        """The unit at the top of the tree."""
        return next(unit for unit in self.units if unit.parent is None)

    def has_unit(self, code: str) -> bool:
        """Whether the policy has such a unit."""
        return code in self._units

    def unit(self, code: str) -> Unit:
        """The unit of that code."""
        return self._units[code]

    def service_point(self, code: str) -> ServicePoint:
        """The service point of that code."""
        return self._service_points[code]

    def service_point_for_area(self, area: str) -> ServicePoint | None:
        """The first service point of an area (district, place name), or None."""
        return self._areas.get(area)

    def category(self, code: str) -> Category:
        """The category of that code."""
        return self._categories[code]

    def priority(self, code: str) -> Priority:
        """The priority of that code."""
        return self._priorities[code]

    def calendar(self, code: str) -> Calendar:
        """The calendar of that code."""
        return self._calendars[code]

    def has(self, group: str, code: str) -> bool:
        """Whether a group ("categories", "service_points", "segments", "channels", "causes" …) has that code."""
        return (group, code) in self._labels

    def label_of(self, group: str, code: str, lang: str) -> str:
        """Label of a code of a group, in `lang`; the code itself when this version of the policy no longer has it."""
        text = self._labels.get((group, code))
        return text.say(lang) if text else code

    def ancestors(self, code: str) -> tuple[str, ...]:
        """Codes of the units above, nearest first."""
        return tuple(self._walk_up(self._units[code].parent))

    def _walk_up(self, code: str | None) -> Iterator[str]:
        while code is not None:
            yield code
            code = self._units[code].parent

    def subtree(self, code: str) -> tuple[str, ...]:
        """Codes of the unit and of everything below it, parents before children."""
        found = [self._units[code].code]
        for above in found:
            found.extend(self._children[above])
        return tuple(found)

    def children(self, code: str) -> tuple[str, ...]:
        """Codes of the units directly below."""
        return tuple(self._children[code])

    def approving_unit(self, code: str) -> str:
        """The unit whose approvers approve this unit's cases: never the unit itself."""
        unit = self._units[code]
        return unit.approved_by or unit.parent or self.approval_fallback

    def reviewing_unit(self, code: str) -> str:
        """The unit that reviews a contested decision of this unit: if there is one, neither its handler nor approver.

        A restricted unit's decision is reviewed by its approving unit, so that the case stays restricted.
        """
        approver = self.approving_unit(code)
        if self._units[code].restricted:
            return approver
        choices = (self.review_unit, self.approval_fallback, self.root.code, self.triage_unit)
        return next((choice for choice in choices if choice and choice not in (code, approver)), approver)

    def line_of(self, code: str) -> str | None:
        """The line (สายงาน) a unit belongs to, itself included; None where the tree has no line above it."""
        return next((above for above in self._walk_up(code) if self._units[above].level == "line"), None)

    def escalation_unit(self, level: EscalationLevel, code: str) -> str:
        """The unit whose head is told at an escalation level; above a restricted unit only its approving unit."""
        if level in ("owner", "unit_head"):
            return code
        if self._units[code].restricted:
            return self.approving_unit(code)
        if level == "executive":
            return self.root.code
        line = self.line_of(code)
        return line if line and line != code else self._units[code].parent or code
