"""The policy bundle: everything an enterprise decides about its complaint handling, as one validated document.

Units, categories, rules, calendars, targets, escalation, entitlements, KPI targets, texts and retention in one version (ISO 10002
clauses 5 and 6; SE-AM 5.3). What the charter page publishes is what the clocks enforce: both read the same bundle.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.policy_calendar import WEEKDAYS, Calendar, ClosedDay, ExceptionDay, Week
from schemas.policy_cascade import Cascade
from schemas.policy_kpi import KPI_CATALOGUE, LEVEL_ORDER, Direction, KpiDefinition, KpiTarget
from schemas.policy_organisation import (
    Category,
    Cause,
    Channel,
    Customers,
    KindLabel,
    Level,
    Organisation,
    Ratings,
    Segment,
    ServicePoint,
    Unit,
)
from schemas.policy_publication import (
    PLACEHOLDERS,
    Approval,
    Consent,
    Emergency,
    Publication,
    Recourse,
    Retention,
    Step,
    Template,
)
from schemas.policy_recovery import Budget, Entitlement, Limit, Recovery, Remedy
from schemas.policy_references import mistakes_in
from schemas.policy_rules import BY_CATEGORY, BY_SERVICE_POINT, Rule, RuleThen, RuleWhen
from schemas.policy_sla import (
    ESCALATION_LEVELS,
    Alerts,
    EscalationLevel,
    EscalationStep,
    EscalationWhen,
    Lifecycle,
    Priority,
    QuietHours,
    RatingMinimum,
    SeverityMatrix,
    SeverityRule,
    Silence,
    Target,
)
from schemas.policy_words import (
    Baht,
    Code,
    Identity,
    Interval,
    Kind,
    Lang,
    LevelName,
    Line,
    PolicyPart,
    Span,
    TargetName,
    Text,
    label,
)


class PolicyBundle(PolicyPart):
    """One version of the policy. Look-ups are by dictionary; all of them are pure.

    Helpers that take a code raise KeyError when the policy has no such code, unless they say that they return None.
    """

    version: Line
    sample: bool = False
    organisation: Organisation
    zone: Line = "Asia/Bangkok"
    fiscal_year_first_month: Annotated[int, Field(ge=1, le=12)] = 1
    levels: tuple[Level, ...]
    units: Annotated[tuple[Unit, ...], Field(min_length=1)]
    triage_unit: Code
    restricted_unit: Code
    approval_fallback: Code
    review_unit: Code | None = None
    service_points: tuple[ServicePoint, ...] = ()
    segments: tuple[Segment, ...] = ()
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    kinds: tuple[KindLabel, ...]
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    causes: tuple[Cause, ...] = ()
    priorities: Annotated[tuple[Priority, ...], Field(min_length=1)]
    severity: SeverityMatrix
    calendars: Annotated[tuple[Calendar, ...], Field(min_length=1)]
    default_calendar: Code
    targets: tuple[Target, ...]
    escalation: tuple[EscalationStep, ...] = ()
    alerts: Alerts = Alerts()
    rules: tuple[Rule, ...] = ()
    lifecycle: Lifecycle
    settlement_limits: tuple[Limit, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    recovery: Recovery
    kpi_targets: tuple[KpiTarget, ...] = ()
    customers: tuple[Customers, ...] = ()
    templates: tuple[Template, ...] = ()
    consent: Consent
    privacy_notice: Text
    retention: tuple[Retention, ...] = ()
    publication: Publication
    emergency: Emergency
    approval: Approval | None = None

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        details = [
            InitErrorDetails(
                type=PydanticCustomError(mistake.kind, "{what}", {"what": mistake.what, "remedy": mistake.remedy}),
                loc=mistake.loc,
                input=None,
            )
            for mistake in mistakes_in(self)
        ]
        if details:
            raise ValidationError.from_exception_data("PolicyBundle", details)
        return self

    # --- look-ups -------------------------------------------------------------------------------------------------------

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
        for group in (
            "segments",
            "channels",
            "kinds",
            "categories",
            "causes",
            "priorities",
            "remedies",
            "entitlements",
            "levels",
        ):
            found.update({(group, entry.code): entry.label for entry in getattr(self, group)})
        found.update({("units", unit.code): unit.name for unit in self.units})
        found.update({("service_points", point.code): point.name for point in self.service_points})
        return found

    @cached_property
    def _targets(self) -> dict[tuple[str, str, str | None], Target]:
        found: dict[tuple[str, str, str | None], Target] = {}
        for target in self.targets:
            for kind in target.kinds:
                found.setdefault((kind, target.target, target.priority), target)
        return found

    @cached_property
    def _cascade(self) -> Cascade:
        return Cascade(self.kpi_targets, self._units)

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
        """Whether a group ("categories", "service_points", "segments", "channels", "causes", "remedies" …) has that code."""
        return (group, code) in self._labels

    def label_of(self, group: str, code: str, lang: str) -> str:
        """Label of a code of a group, in `lang`; the code itself when this version of the policy no longer has it."""
        text = self._labels.get((group, code))
        return text.say(lang) if text else code

    # --- the unit tree --------------------------------------------------------------------------------------------------

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
        """The unit that reviews a contested decision of this unit: one that neither handled nor approved it, if there is one.

        A restricted unit's decision is reviewed by its approving unit, so that the case stays restricted.
        """
        approver = self.approving_unit(code)
        if self._units[code].restricted:
            return approver
        choices = (self.review_unit, self.approval_fallback, self.root.code)
        return next((choice for choice in choices if choice and choice not in (code, approver)), approver)

    def line_of(self, code: str) -> str | None:
        """The line (สายงาน) a unit belongs to, itself included; None where the tree has no line above it."""
        return next((above for above in self._walk_up(code) if self._units[above].level == "line"), None)

    def escalation_unit(self, level: EscalationLevel, code: str) -> str:
        """The unit whose head is told at an escalation level. Above a restricted unit that is its approving unit only."""
        if level in ("owner", "unit_head"):
            return code
        if self._units[code].restricted:
            return self.approving_unit(code)
        if level == "executive":
            return self.root.code
        line = self.line_of(code)
        return line if line and line != code else self._units[code].parent or code

    # --- what applies to a case -----------------------------------------------------------------------------------------

    def unit_for_service_point(self, code: str) -> str:
        """The unit that runs a service point."""
        return self._service_points[code].unit

    def category_path(self, code: str) -> tuple[str, ...]:
        """The category and those above it, itself first."""
        path: list[str] = []
        above: str | None = code
        while above is not None:
            path.append(above)
            above = self._categories[above].parent
        return tuple(path)

    def category_covers(self, code: str, other: str) -> bool:
        """Whether `other` is the category `code` or below it."""
        return other in self._categories and code in self.category_path(other)

    def unit_for_category(self, code: str) -> str | None:
        """The unit responsible for a category, its own or that of the nearest category above; None when none is named."""
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
        """The most specific template of a purpose for a kind and channel, or None."""
        fitting = [
            t
            for t in self.templates
            if t.purpose == purpose and t.kind in (None, kind) and t.channel in (None, channel)
        ]
        return max(fitting, key=lambda t: (t.kind is not None, t.channel is not None), default=None)

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

    # --- the outside view -----------------------------------------------------------------------------------------------

    def public_view(self, lang: str) -> dict[str, Any]:
        """What `GET /api/v1/policy` answers: nothing about restricted units, rules, limits or people. JSON-ready."""
        open_units = [unit for unit in self.units if not unit.restricted]
        return {
            "version": self.version,
            "sample": self.sample,
            "language": lang,
            "organisation": {
                "code": self.organisation.code,
                "name": self.organisation.name.say(lang),
                "short": self.organisation.short.say(lang),
                "centre": self.organisation.centre.say(lang),
                "phone": self.organisation.phone,
                "email": self.organisation.email,
                "website": self.organisation.website,
            },
            "kinds": [{"code": k.code, "label": k.label.say(lang)} for k in self.kinds if k.code != "spam"],
            "categories": [{"code": c.code, "label": c.label.say(lang), "parent": c.parent} for c in self.categories],
            "service_points": [
                {"code": p.code, "label": p.name.say(lang), "area": p.area, "phone": p.phone}
                for p in self.service_points
                if not self.unit(p.unit).restricted
            ],
            "units": [
                {"code": u.code, "label": u.name.say(lang), "short": (u.short or u.name).say(lang), "level": u.level}
                for u in open_units
            ],
            "segments": [{"code": s.code, "label": s.label.say(lang)} for s in self.segments],
            "channels": [
                {"code": c.code, "label": c.label.say(lang), "address": c.address.say(lang) if c.address else None}
                for c in self.channels
                if c.open
            ],
            "consent": {
                "version": self.consent.version,
                "text": self.consent.text.say(lang),
                "lawful_basis": self.consent.lawful_basis.say(lang),
            },
            "privacy_notice": self.privacy_notice.say(lang),
            "emergency": {"phone": self.emergency.phone, "text": self.emergency.text.say(lang)},
            "targets": [
                {
                    "target": t.target,
                    "priority": t.priority,
                    "kinds": list(t.kinds),
                    "within": str(t.within),
                    "label": t.within.say(lang),
                }
                for t in self.targets
            ],
        }


def target_for(bundle: PolicyBundle, kind: str, target: str, priority: str | None) -> Target | None:
    """The target of a kind and priority: that of the priority itself, else the one for any priority, else None."""
    places = bundle._targets
    return places.get((kind, target, priority)) or places.get((kind, target, None))


def content_digest(bundle: PolicyBundle) -> str:
    """SHA-256 (hex) of what the policy says, whatever its spelling in YAML; the approval record is about it, so not in it."""
    content = bundle.model_dump(mode="json", exclude={"approval"})
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


__all__ = [
    "BY_CATEGORY",
    "BY_SERVICE_POINT",
    "ESCALATION_LEVELS",
    "KPI_CATALOGUE",
    "LEVEL_ORDER",
    "PLACEHOLDERS",
    "WEEKDAYS",
    "Alerts",
    "Approval",
    "Baht",
    "Budget",
    "Calendar",
    "Category",
    "Cause",
    "Channel",
    "ClosedDay",
    "Code",
    "Consent",
    "Customers",
    "Direction",
    "Emergency",
    "Entitlement",
    "EscalationLevel",
    "EscalationStep",
    "EscalationWhen",
    "ExceptionDay",
    "Identity",
    "Interval",
    "Kind",
    "KindLabel",
    "KpiDefinition",
    "KpiTarget",
    "Lang",
    "Level",
    "LevelName",
    "Lifecycle",
    "Limit",
    "Line",
    "Organisation",
    "PolicyBundle",
    "PolicyPart",
    "Priority",
    "Publication",
    "QuietHours",
    "RatingMinimum",
    "Ratings",
    "Recourse",
    "Recovery",
    "Remedy",
    "Retention",
    "Rule",
    "RuleThen",
    "RuleWhen",
    "Segment",
    "ServicePoint",
    "SeverityMatrix",
    "SeverityRule",
    "Silence",
    "Span",
    "Step",
    "Target",
    "TargetName",
    "Template",
    "Text",
    "Unit",
    "Week",
    "content_digest",
    "label",
    "target_for",
]
