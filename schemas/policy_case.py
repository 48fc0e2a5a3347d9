"""What the policy says about a case: who is responsible, which calendar, template, target and entitlement apply."""

from functools import cached_property

from schemas.policy_calendar import Calendar
from schemas.policy_cascade import Cascade
from schemas.policy_kpi import KpiTarget
from schemas.policy_organisation import Ratings
from schemas.policy_publication import NO_RECOURSE, Template
from schemas.policy_recovery import Entitlement
from schemas.policy_sla import Target
from schemas.policy_templates import default_templates
from schemas.policy_tree import PolicyTree
from schemas.policy_words import LevelName, Text


class PolicyCase(PolicyTree):
    """What applies to a case of a category, unit, service point and priority."""

    @cached_property
    def _targets(self) -> dict[tuple[str, str, str | None], Target]:
        found: dict[tuple[str, str, str | None], Target] = {}
        for target in self.targets:
            for kind in target.kinds:
                found.setdefault((kind, target.target, target.priority), target)
        return found

    @cached_property
    def _paths(self) -> dict[str, tuple[str, ...]]:
        """Category paths as they were asked for: every filing asks for the same few a dozen times."""
        return {}

    @cached_property
    def _cascade(self) -> Cascade:
        return Cascade(self.kpi_targets, self._units)

    def unit_for_service_point(self, code: str) -> str:
        """The unit that runs a service point."""
        return self._service_points[code].unit

    def category_path(self, code: str) -> tuple[str, ...]:
        """The category and those above it, itself first."""
        known = self._paths.get(code)
        if known is not None:
            return known
        path: list[str] = []
        above: str | None = code
        while above is not None:
            path.append(above)
            above = self._categories[above].parent
        return self._paths.setdefault(code, tuple(path))

    def category_covers(self, code: str, other: str) -> bool:
        """Whether `other` is the category `code` or below it."""
        return other in self._categories and code in self.category_path(other)

    def unit_for_category(self, code: str) -> str | None:
        """The unit responsible for a category, its own or that of the nearest above; None when none is named."""
        return next((unit for step in self.category_path(code) if (unit := self._categories[step].unit)), None)

    def priority_for_category(self, code: str) -> str | None:
        """Default priority of a category, its own or the nearest above; None when the severity matrix is to decide."""
        return next((found for step in self.category_path(code) if (found := self._categories[step].priority)), None)

    def ratings_for_category(self, code: str | None) -> Ratings:
        """The ratings the rules assess for a category, or the default ratings."""
        path = self.category_path(code) if code is not None else ()
        return next(
            (found for step in path if (found := self._categories[step].ratings)), self.severity.default_ratings
        )

    def questions_for_category(self, code: str) -> tuple[Text, ...]:
        """What is asked about a category on the telephone: its own questions, or those of the nearest above it."""
        return next((found for step in self.category_path(code) if (found := self._categories[step].questions)), ())

    def is_safety(self, code: str) -> bool:
        """Whether the category, or one above it, is marked as touching safety."""
        return any(self._categories[step].safety for step in self.category_path(code))

    def is_conduct(self, code: str) -> bool:
        """Whether the category, or one above it, is about conduct."""
        return any(self._categories[step].conduct for step in self.category_path(code))

    def is_misconduct(self, code: str) -> bool:
        """Whether the category, or one above it, is misconduct (ทุจริต) and belongs to the restricted unit."""
        return any(self._categories[step].misconduct for step in self.category_path(code))

    def calendar_for(self, unit: str | None = None, service_point: str | None = None) -> Calendar:
        """Working time of a service point, else of the unit or the nearest above it that has one, else the default."""
        if service_point is not None:
            point = self._service_points[service_point]
            if point.calendar:
                return self._calendars[point.calendar]
            unit = unit or point.unit
        if unit is not None:
            found = next((calendar for above in self._walk_up(unit) if (calendar := self._units[above].calendar)), None)
            if found:
                return self._calendars[found]
        return self._calendars[self.default_calendar]

    def calendar_for_target(
        self, target: Target, unit: str | None = None, service_point: str | None = None
    ) -> Calendar:
        """The calendar a target is measured on: its own, else that of the service point and unit."""
        return self._calendars[target.calendar] if target.calendar else self.calendar_for(unit, service_point)

    def template(self, purpose: str, kind: str, channel: str | None = None) -> Template | None:
        """The most specific template of a purpose for a kind and channel: the policy's, else the built-in one.

        One that speaks of recourse never fits a kind that is no complaint. None for an unknown purpose.
        """
        for known in (self.templates, default_templates()):
            fitting = [
                t
                for t in known
                if t.purpose == purpose
                and t.kind in (None, kind)
                and t.channel in (None, channel)
                and not (kind in NO_RECOURSE and "recourse" in t.placeholders)
            ]
            if fitting:
                return max(fitting, key=lambda t: (t.kind is not None, t.channel is not None))
        return None

    def kpi_target(
        self, kpi: int, level: LevelName, key: str | None = None, measure: str | None = None
    ) -> KpiTarget | None:
        """The target of a KPI at a level for a unit (at person level: for the persons of that unit), or None."""
        index = self._cascade.find(kpi, measure, level, key)
        return None if index is None else self.kpi_targets[index]

    def kpi_parent(self, target: KpiTarget) -> KpiTarget | None:
        """The target that stands above one in the cascade."""
        index = self._cascade.parent_of(self.kpi_targets.index(target))
        return None if index is None else self.kpi_targets[index]

    def entitlements_for(self, target: str, priority: str, category: str | None) -> tuple[Entitlement, ...]:
        """What is owed when this target of a case of that priority and category is missed."""
        return tuple(
            entitlement
            for entitlement in self.entitlements
            if entitlement.target == target
            and entitlement.priority in (None, priority)
            and (
                not entitlement.categories
                or (
                    category is not None
                    and any(self.category_covers(code, category) for code in entitlement.categories)
                )
            )
        )
