"""Where a complaint belongs and how urgent it is: the routing rules of the policy, evaluated purely.

Intake uses it to promise a date, routing to assess and assign, sla to start the clocks: all three come to the same
answer because they ask the same function and the same policy version.
"""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
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
    for rule in bundle.rules:
        if not matches(bundle, rule.when, facts, category):
            continue
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


def matches(bundle: PolicyBundle, when: RuleWhen, facts: Facts, category: str | None) -> bool:
    """Whether every condition given holds. Every filing passes here, so it stops at the first that does not."""
    return (
        (not when.kind or facts.kind in when.kind)
        and (not when.channel or facts.channel in when.channel)
        and (not when.service_point or facts.service_point in when.service_point)
        and (not when.area or facts.area in when.area)
        and (not when.segment or facts.segment in when.segment)
        and (not when.identity or facts.identity in when.identity)
        and (when.subject is None or _about(facts, when.subject))
        and (not when.category or _covered(bundle, when.category, category))
        and (when.misconduct is None or when.misconduct == (category is not None and bundle.is_misconduct(category)))
        and (not when.keywords or _mentions(facts.narrative, when.keywords))
    )


def _about(facts: Facts, wanted: str) -> bool:
    if facts.subject is None:
        return False
    return wanted in ("any", "person" if facts.subject.person else "unit")


def _covered(bundle: PolicyBundle, codes: tuple[str, ...], category: str | None) -> bool:
    return category is not None and any(bundle.category_covers(code, category) for code in codes)


def _mentions(narrative: str, keywords: tuple[str, ...]) -> bool:
    folded = narrative.casefold()
    return any(word.casefold() in folded for word in keywords)
