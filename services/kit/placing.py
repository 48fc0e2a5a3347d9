"""Where a complaint belongs and how urgent it is: the routing rules of the policy, evaluated purely.

Intake uses it to promise a date, routing to assess and assign, sla to start the clocks: all three come to the same
answer because they ask the same function and the same policy version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from schemas.complaints import ComplaintFiled, Subject
from schemas.policy import BY_CATEGORY, BY_SERVICE_POINT, PolicyBundle, Ratings, Rule, RuleWhen

TRIAGE_RULE = "triage"
MISCONDUCT_RULE = "misconduct"
NOT_ITSELF_RULE = "not-itself"


@dataclass(frozen=True, slots=True)
class Placement:
    """The answer: unit, priority, and why.

    `rule` is the code of the policy's rule, or one of `triage` (no rule matched), `misconduct` (straight to the
    restricted unit) and `not-itself` (the rule's unit is complained of, so another one handles it).
    """

    unit: str
    priority: str
    ratings: Ratings
    rule: str
    safety: bool
    restricted: bool
    category: str | None

    @property
    def triage(self) -> bool:
        """Whether a person at the triage desk has to say where it belongs."""
        return self.rule == TRIAGE_RULE


@dataclass(frozen=True)
class Facts:
    """What the rules look at."""

    kind: str
    channel: str
    narrative: str = ""
    category: str | None = None
    service_point: str | None = None
    area: str | None = None
    segment: str | None = None
    identity: str = "anonymous"
    subject: Subject | None = None

    @cached_property
    def folded(self) -> str:
        """The narrative as keywords are looked for in it."""
        return self.narrative.casefold()


def facts_of(filed: ComplaintFiled) -> Facts:
    """The facts of a complaint as filed."""
    return Facts(
        kind=filed.kind,
        channel=filed.channel,
        narrative=filed.narrative.text or "",
        category=filed.category,
        service_point=filed.service_point,
        area=filed.area,
        segment=filed.segment,
        identity=filed.identity,
        subject=filed.subject,
    )


def place(bundle: PolicyBundle, facts: Facts, *, subject_unit: str | None = None) -> Placement:
    """Where a complaint goes. First match wins; what no rule matches goes to the triage desk, never nowhere.

    Args:
        subject_unit: the unit complained of, or the unit of the person complained of; no unit handles a complaint
            about its own conduct or that of a unit above it (ISO 10002 4, domain §2).
    """
    category = facts.category if facts.category and bundle.has("categories", facts.category) else None
    misconduct = category is not None and bundle.is_misconduct(category)
    safety = category is not None and bundle.is_safety(category)
    if misconduct:
        unit, ratings, priority, rule = (
            bundle.restricted_unit,
            bundle.ratings_for_category(category),
            None,
            MISCONDUCT_RULE,
        )
    else:
        unit, ratings, priority, rule = _by_rules(bundle, facts, category)
    about = subject_unit or (facts.subject.unit if facts.subject else None)
    if about and bundle.has("units", about) and unit in bundle.subtree(about):
        unit = (_other_restricted(bundle, about) if misconduct else None) or outside(bundle, about)
        rule = NOT_ITSELF_RULE
    if priority is None:
        by_category = bundle.priority_for_category(category) if category else None
        priority = by_category or bundle.severity.priority_for(ratings)
    return Placement(
        unit=unit,
        priority=priority,
        ratings=ratings,
        rule=rule,
        safety=safety or ratings.safety >= bundle.severity.safety_critical,
        restricted=bundle.unit(unit).restricted,
        category=category,
    )


def outside(bundle: PolicyBundle, subject_unit: str) -> str:
    """A unit that may handle a complaint about the conduct of `subject_unit`: not it, and nothing below it."""
    below = set(bundle.subtree(subject_unit))
    choices = (
        bundle.unit(subject_unit).parent,
        bundle.triage_unit,
        bundle.approval_fallback,
        bundle.restricted_unit,
    )
    return next((choice for choice in choices if choice and choice not in below), bundle.restricted_unit)


def _other_restricted(bundle: PolicyBundle, subject_unit: str) -> str | None:
    """A restricted unit for misconduct in the one that usually takes it: what is restricted stays so."""
    barred = set(bundle.subtree(subject_unit))
    usual = bundle.approving_unit(bundle.restricted_unit)
    codes = (usual, *(unit.code for unit in bundle.units))
    return next((code for code in codes if bundle.unit(code).restricted and code not in barred), None)


def _by_rules(bundle: PolicyBundle, facts: Facts, category: str | None) -> tuple[str, Ratings, str | None, str]:
    for rule, conditions in _rules(bundle):
        for holds in conditions:
            if not holds(facts, category):
                break
        else:
            unit = _unit_of(bundle, rule, facts, category)
            if unit is not None:
                ratings = rule.then.ratings or bundle.ratings_for_category(category)
                return unit, ratings, rule.then.priority, rule.code
    return bundle.triage_unit, bundle.ratings_for_category(category), None, TRIAGE_RULE


def _unit_of(bundle: PolicyBundle, rule: Rule, facts: Facts, category: str | None) -> str | None:
    if rule.then.unit == BY_SERVICE_POINT:
        point = facts.service_point
        if point and bundle.has("service_points", point):
            return bundle.unit_for_service_point(point)
        by_area = bundle.service_point_for_area(facts.area) if facts.area else None
        return by_area.unit if by_area else None
    if rule.then.unit == BY_CATEGORY:
        return bundle.unit_for_category(category) if category else None
    return rule.then.unit


Condition = Callable[[Facts, str | None], bool]
"""Whether the facts, with the category as the policy knows it, meet one condition of a rule."""


def _rules(bundle: PolicyBundle) -> list[tuple[Rule, tuple[Condition, ...]]]:
    """The rules in their order with the conditions each makes. Worked out once, since every filing passes here."""
    known: list[tuple[Rule, tuple[Condition, ...]]] | None = bundle.derived.get("rules")
    if known is None:
        known = bundle.derived["rules"] = [(rule, tuple(_conditions(bundle, rule.when))) for rule in bundle.rules]
    return known


def _conditions(bundle: PolicyBundle, when: RuleWhen) -> Iterator[Condition]:
    for name in _PLAIN:
        if wanted := getattr(when, name):
            yield _one_of(name, frozenset(wanted))
    if (about := when.subject) is not None:
        yield lambda facts, _: _about(facts, about)
    if when.category:
        covered = {
            each.code
            for each in bundle.categories
            if any(bundle.category_covers(code, each.code) for code in when.category)
        }
        yield lambda _, category: category in covered
    if (misconduct := when.misconduct) is not None:
        yield lambda _, category: misconduct == (category is not None and bundle.is_misconduct(category))
    if when.keywords:
        words = [word.casefold() for word in when.keywords]
        yield lambda facts, _: any(word in facts.folded for word in words)


_PLAIN = ("kind", "channel", "service_point", "area", "segment", "identity")


def _one_of(name: str, wanted: frozenset[str]) -> Condition:
    told = attrgetter(name)
    return lambda facts, _: told(facts) in wanted


def _about(facts: Facts, wanted: str) -> bool:
    if facts.subject is None:
        return False
    return wanted in ("any", "person" if facts.subject.person else "unit")
