"""Routing rules: what decides the responsible unit, first match wins."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from schemas.policy_organisation import Ratings
from schemas.policy_words import Code, Codes, Identity, Kinds, Lines, PolicyPart, Text, _one_or_many

BY_SERVICE_POINT = "service_point"
BY_CATEGORY = "category"


class RuleWhen(PolicyPart):
    """Conditions; all those given must hold, and a list holds when any of its entries does. Nothing given: always.

    A category covers its subcategories. Keywords are looked for in the narrative, ignoring case. `subject` holds when
    the complaint is about the conduct of a unit, a person, or either (`any`).
    """

    kind: Kinds = ()
    category: Codes = ()
    service_point: Codes = ()
    area: Lines = ()
    channel: Codes = ()
    segment: Codes = ()
    keywords: Lines = ()
    identity: Annotated[tuple[Identity, ...], BeforeValidator(_one_or_many)] = ()
    subject: Literal["unit", "person", "any"] | None = None
    misconduct: bool | None = None


class RuleThen(PolicyPart):
    """Where it goes: a unit's code, `service_point` (the unit that runs it) or `category` (the unit responsible).

    A rule that points to a service point or category which the complaint lacks does not match. `ratings` and `priority`
    override what the category and the severity matrix would give.
    """

    unit: Code
    priority: Code | None = None
    ratings: Ratings | None = None


class Rule(PolicyPart):
    """A routing rule; `label` is the reason recorded on the case."""

    code: Code
    label: Text
    when: RuleWhen = RuleWhen()
    then: RuleThen
