"""The policy as a page to read: its rules in sentences and tables, in the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schemas.policy import (
    KPI_CATALOGUE,
    WEEKDAYS,
    Calendar,
    EscalationStep,
    KpiTarget,
    PolicyBundle,
    Rule,
    RuleWhen,
    SeverityRule,
    Unit,
)
from services.governance.words import ROLES_SHOWN, TARGETS_SHOWN
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import DAYS_EN, DAYS_TH, WORD_JOINER, format_number

RATINGS_SHOWN = {
    "severity": N_("severity"),
    "safety": N_("danger to people"),
    "complexity": N_("complexity"),
    "impact": N_("reach"),
    "urgency": N_("urgency"),
}
UNITS_SHOWN = {
    "percent": N_("%(n)s%%"),
    "working_hours": N_("%(n)s working hours"),
    "working_days": N_("%(n)s working days"),
    "cases": N_("%(n)s cases"),
    "baht": N_("%(n)s baht"),
    "per_thousand": N_("%(n)s per 1,000"),
    "seconds": N_("%(n)s seconds"),
    "none": "%(n)s",
}
COMING_DAYS = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar in words: its hours by weekday, and the days it is closed in the coming months."""

    label: str
    lines: tuple[tuple[str, str], ...]
    closed: tuple[tuple[date, str], ...]


def hours_of(calendar: Calendar, today: date, lang: Lang) -> Hours:
    """The hours of a calendar; neighbouring weekdays with the same hours share a line."""
    if calendar.open_always:
        return Hours(
            calendar.label.say(lang), ((translate(lang, "Every day"), translate(lang, "round the clock")),), ()
        )
    lines: list[tuple[str, str]] = []
    days = DAYS_TH if lang == "th" else DAYS_EN
    first = 0
    for place in range(len(WEEKDAYS)):
        hours = getattr(calendar.week, WEEKDAYS[place])
        if place + 1 < len(WEEKDAYS) and getattr(calendar.week, WEEKDAYS[place + 1]) == hours:
            continue
        name = days[first] if first == place else f"{days[first]}–{days[place]}"
        whole = [str(interval).replace("-", f"{WORD_JOINER}–{WORD_JOINER}") for interval in hours]
        said = ", ".join(whole) or translate(lang, "closed all day")
        lines.append((name, said))
        first = place + 1
    coming = sorted(day.date for day in calendar.closed if today <= day.date < today + COMING_DAYS)
    names = {day.date: day.name.say(lang) for day in calendar.closed}
    return Hours(calendar.label.say(lang), tuple(lines), tuple((day, names[day]) for day in coming))


def open_units(bundle: PolicyBundle) -> list[Unit]:
    """The units the public knows, each below the one it belongs to; restricted ones are left out."""
    found: list[Unit] = []

    def walk(code: str) -> None:
        unit = bundle.unit(code)
        if not unit.restricted:
            found.append(unit)
            for below in bundle.children(code):
                walk(below)

    walk(bundle.root.code)
    return found


def severity_words(bundle: PolicyBundle, rule: SeverityRule, lang: Lang) -> str:
    """A line of the severity matrix: `ความซับซ้อน 3 ขึ้นไป และ ผลกระทบ 4 ขึ้นไป`."""
    parts = [
        translate(lang, "%(rating)s %(least)s or more", rating=translate(lang, RATINGS_SHOWN[name]), least=least)
        for name, least in rule.when
        if least is not None
    ]
    return translate(lang, " and ").join(parts)


def escalation_words(step: EscalationStep, lang: Lang) -> str:
    """When a step of the escalation chain is taken, in words."""
    if step.when.at == "missed":
        said = translate(lang, "when the deadline is missed")
    else:
        said = translate(lang, "at %(percent)s%% of the working time", percent=step.when.percent)
    if step.when.after:
        return translate(lang, "%(when)s, and %(time)s more", when=said, time=step.when.after.say(lang))
    return said


def chain(bundle: PolicyBundle, lang: Lang) -> list[tuple[str, list[str]]]:
    """The escalation chain: who is told, and when."""
    found: dict[str, list[str]] = {}
    for step in bundle.escalation:
        words = escalation_words(step, lang)
        if len(step.targets) < len(TARGETS_SHOWN):
            names = ", ".join(translate(lang, TARGETS_SHOWN[name]) for name in step.targets)
            words = f"{words} ({names})"
        found.setdefault(translate(lang, ROLES_SHOWN[step.level]), []).append(words)
    return list(found.items())


def rule_words(bundle: PolicyBundle, rule: Rule, lang: Lang) -> tuple[str, str]:
    """A routing rule: its conditions, and where it sends a case."""
    conditions = _conditions(bundle, rule.when, lang)
    then = rule.then.unit
    if then == "service_point":
        unit = translate(lang, "the unit that runs the service point")
    elif then == "category":
        unit = translate(lang, "the unit responsible for the category")
    else:
        unit = bundle.label_of("units", then, lang)
    if rule.then.priority:
        unit = f"{unit} · {bundle.label_of('priorities', rule.then.priority, lang)}"
    return " · ".join(conditions) or translate(lang, "in every case"), unit


def _conditions(bundle: PolicyBundle, when: RuleWhen, lang: Lang) -> list[str]:
    groups: Sequence[tuple[str, str, Sequence[str]]] = (
        (N_("kind"), "kinds", when.kind),
        (N_("category"), "categories", when.category),
        (N_("service point"), "service_points", when.service_point),
        (N_("channel"), "channels", when.channel),
        (N_("customer segment"), "segments", when.segment),
    )
    found = [
        f"{translate(lang, name)}: {', '.join(bundle.label_of(group, code, lang) for code in codes)}"
        for name, group, codes in groups
        if codes
    ]
    for name, words in ((N_("area"), when.area), (N_("words in it"), when.keywords)):
        if words:
            found.append(f"{translate(lang, name)}: {', '.join(words)}")
    if when.identity:
        found.append(f"{translate(lang, 'identity')}: {', '.join(when.identity)}")
    if when.subject:
        found.append(translate(lang, "about somebody's conduct"))
    if when.misconduct:
        found.append(translate(lang, "about misconduct"))
    return found


def target_words(target: KpiTarget, lang: Lang) -> str:
    """`≥ 98%` in the unit of its KPI."""
    unit = KPI_CATALOGUE[target.kpi].unit
    figure = translate(lang, UNITS_SHOWN[unit], n=format_number(target.value, lang))
    return f"{'≥' if target.direction == 'up' else '≤'}\u00a0{figure}"


def kpi_rows(bundle: PolicyBundle, lang: Lang) -> list[tuple[str, str, str, str]]:
    """KPI targets of the policy: KPI, for whom, target, owner."""
    rows = []
    for target in bundle.kpi_targets:
        label = KPI_CATALOGUE[target.kpi].label.say(lang)
        measure = f" ({target.measure})" if target.measure else ""
        level = bundle.label_of("levels", target.level, lang)
        place = f"{level}: {bundle.label_of('units', target.key, lang)}" if target.key else level
        if bundle.has_unit(target.owner):
            owner = bundle.label_of("units", target.owner, lang)
        else:
            owner = translate(lang, ROLES_SHOWN[target.owner]) if target.owner in ROLES_SHOWN else target.owner
        rows.append((f"{target.kpi}. {label}{measure}", place, target_words(target, lang), owner))
    return rows
