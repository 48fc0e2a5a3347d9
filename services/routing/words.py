"""What the desk calls things: short names of clocks, progress of a state, names of units, numbers in a crowded row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from schemas.policy import PolicyBundle
from services.kit.i18n import N_, Lang, translate
from services.kit.placing import MISCONDUCT_RULE, NOT_ITSELF_RULE, TRIAGE_RULE
from services.kit.thai import ERA, local

SHORT_TARGETS: Mapping[str, str] = {
    "acknowledge": N_("Receipt"),
    "first_contact": N_("Contact"),
    "progress": N_("Update"),
    "resolve": N_("Result"),
}
"""A target in one word, for a row (message ids); in full in `timeline.TARGETS`."""

PROGRESS: Mapping[str, float] = {
    "received": 0.08, "assessed": 0.18, "assigned": 0.33, "investigating": 0.5, "awaiting_complainant": 0.5,
    "awaiting_third_party": 0.5, "response_proposed": 0.67, "internal_review": 0.75, "external_dispute": 0.75,
    "decision_communicated": 0.83, "implementing": 0.92, "reopened": 0.4,
}  # fmt: skip
"""How far along its life a case is, for the state pie; whatever is not here has ended."""

RECOVERY_STATES: Mapping[str, str] = {
    "detected": N_("Detected"),
    "contained": N_("Contained"),
    "planned": N_("Remedy planned"),
    "approved": N_("Remedy approved"),
    "offered": N_("Offered"),
    "accepted": N_("Offer accepted"),
    "declined": N_("Offer declined"),
    "lapsed": N_("Offer lapsed"),
    "in_delivery": N_("In delivery"),
    "completed": N_("Completed"),
    "verified": N_("Verified"),
    "closed": N_("Recovery closed"),
    "cancelled": N_("Recovery cancelled"),
}
"""States of a service-recovery record as reporting tells of them (message ids)."""


RULES: Mapping[str, str] = {
    TRIAGE_RULE: N_("no rule fits, so the triage desk"),
    MISCONDUCT_RULE: N_("misconduct goes to the restricted unit"),
    NOT_ITSELF_RULE: N_("no unit handles a complaint about itself"),
    "suggestion": N_("suggested from past cases, surely enough for the policy"),
}
"""Why a case was placed where no rule of the policy says so (message ids)."""


def rule_name(bundle: PolicyBundle, code: str | None, lang: Lang) -> str:
    """The rule that placed a case, as the policy calls it."""
    if not code:
        return ""
    found = next((rule for rule in bundle.rules if rule.code == code), None)
    if found is not None:
        return found.label.say(lang)
    return translate(lang, RULES[code]) if code in RULES else code


def progress_of(state: str) -> float:
    """The share of its life that lies behind a case."""
    return PROGRESS.get(state, 1.0)


def unit_name(bundle: PolicyBundle, code: str | None, lang: Lang) -> str:
    """A unit by its short name."""
    if not code or not bundle.has_unit(code):
        return code or ""
    unit = bundle.unit(code)
    return (unit.short or unit.name).say(lang)


def short_number(number: str, bundle: PolicyBundle, now: datetime) -> str:
    """The number without the prefix of the house and the present year, which nearly every row would repeat."""
    year = (local(now, bundle.zone).year + ERA) % 100
    return number.removeprefix(f"{bundle.organisation.tracking_prefix}-{year:02d}-")


def category_name(bundle: PolicyBundle, code: str | None, lang: Lang) -> str:
    """A category with those above it: `สินค้าไม้ › คุณภาพไม่ตรงเกรด`."""
    if not code or not bundle.has("categories", code):
        return code or ""
    return " › ".join(bundle.label_of("categories", step, lang) for step in reversed(bundle.category_path(code)))
