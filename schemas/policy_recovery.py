"""Remedies, entitlements and the limits of service recovery (domain section 6, SE-AM 5.1)."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from schemas.policy_words import Baht, Code, Codes, PolicyPart, Span, TargetName, Text


class Remedy(PolicyPart):
    """A form of remedy: apology, refund, replacement …"""

    code: Code
    label: Text


class Limit(PolicyPart):
    """The most a holder of `role` may settle or approve for one case, in baht."""

    role: Code
    baht: Baht


class Entitlement(PolicyPart):
    """What a customer is owed when a clock is missed: a recovery record opens by itself.

    `priority` and `categories` narrow it (a category covers its subcategories); `rule` is the regulation and clause.
    """

    code: Code
    label: Text
    target: TargetName
    priority: Code | None = None
    categories: Codes = ()
    remedy: Code
    baht: Baht = Decimal(0)
    rule: Text
    note: Text | None = None


class Budget(PolicyPart):
    """Recovery budget in baht of a unit and those below it, for the fiscal year that ends in that CE year."""

    fiscal_year: Annotated[int, Field(ge=2000, le=2200)]
    unit: Code
    baht: Baht


class Recovery(PolicyPart):
    """Rules of the service-recovery record; both spans count from the offer and from its acceptance respectively."""

    approval_limits: tuple[Limit, ...] = ()
    offer_expires: Span
    deliver_within: Span
    budgets: tuple[Budget, ...] = ()
