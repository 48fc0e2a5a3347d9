"""How figures are said on a page: value with unit, target, change, verdict; and the names of states. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.policy import KPI_CATALOGUE, PolicyBundle
from schemas.policy_kpi import KpiTarget
from services.kit import thai
from services.kit.i18n import N_, Lang, translate
from services.reporting.compute_kpis import Figure
from services.reporting.kpis.catalogue import measure

UNITS: Mapping[str, str] = {
    "percent": "%%",
    "working_hours": N_("working hours"),
    "working_days": N_("working days"),
    "cases": N_("cases"),
    "baht": N_("baht"),
    "seconds": N_("seconds"),
    "per_thousand": N_("per thousand"),
    "none": "",
}

VERDICTS: Mapping[str, str] = {"ok": N_("On target"), "mid": N_("Nearly"), "bad": N_("Missed"), "": ""}

LEVELS: Mapping[str, str] = {
    "organisation": N_("Organisation"),
    "line": N_("Line"),
    "department": N_("Department"),
    "person": N_("Person"),
}

STATES: Mapping[str, str] = {
    "received": N_("Received"),
    "assessed": N_("Assessed"),
    "assigned": N_("Assigned"),
    "investigating": N_("Establishing the facts"),
    "awaiting_complainant": N_("Waiting for the complainant"),
    "awaiting_third_party": N_("Waiting for another body"),
    "response_proposed": N_("Response proposed"),
    "decision_communicated": N_("Decision communicated"),
    "implementing": N_("Carrying out the decision"),
    "internal_review": N_("Internal review"),
    "external_dispute": N_("External dispute"),
    "closed": N_("Closed"),
    "reopened": N_("Reopened"),
    "not_accepted": N_("Not accepted"),
    "referred": N_("Referred"),
    "merged": N_("Merged"),
    "withdrawn": N_("Withdrawn"),
}


def unit_of(unit: str, lang: Lang) -> str:
    """The unit of a figure, `%` or `วันทำการ`."""
    words = UNITS[unit]
    return translate(lang, words) if words else ""


def value_of(figure: Figure, lang: Lang) -> str:
    """The figure without its unit; an en dash when there is nothing to say."""
    return number(figure.value, figure.unit, lang)


def number(value: float | None, unit: str, lang: Lang) -> str:
    """A number in the precision of its unit."""
    if value is None:
        return "–"
    return thai.format_number(value, lang, 0 if unit in ("cases", "baht", "seconds") else 1)


def with_unit(value: float | None, unit: str, lang: Lang) -> str:
    """A number with its unit, for a cell of a table."""
    if value is None:
        return "–"
    glue = "" if unit == "percent" else thai.NBSP
    return f"{number(value, unit, lang)}{glue}{unit_of(unit, lang)}"


def target_of(target: KpiTarget | None, lang: Lang) -> str:
    """`≥ 90` or `≤ 15`."""
    if target is None:
        return ""
    return f"{'≥' if target.direction == 'up' else '≤'}{thai.NBSP}{thai.format_number(target.value, lang)}"


def name_of(bundle: PolicyBundle, kpi: int, code: str | None, lang: Lang) -> str:
    """The name of a KPI, with its measure where it has several."""
    name = KPI_CATALOGUE[kpi].label.say(lang)
    found = measure(bundle, kpi, code)
    if found is None or found.label is None:
        return name
    return f"{name} · {found.label.say(lang)}"
