"""A form of the table as the page's `field` macro takes it: kinds of input, options, what was typed, what was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from schemas.policy import PolicyBundle
from services.kit.copies import Staff
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, Lang, translate
from services.routing.assignment import candidates
from services.routing.case import Case
from services.routing.forms import LINE_LIMIT, WORDS_LIMIT, FieldKind, Form, ShownField, shown, units_for
from services.routing.words import unit_name

INPUTS: Mapping[FieldKind, str] = {
    "words": "textarea", "line": "text", "yes": "checkbox", "rating": "radio", "moment": "datetime", "baht": "number",
    "member": "select",
}  # fmt: skip
"""The kind of input for each kind of field; a choice is radio buttons or a list, as long as it is."""

LEAST_LOADED = N_("Left empty, the least loaded officer on duty.")

FEW = 4
"""So many choices are shown at once."""

LIMITS: Mapping[FieldKind, int] = {"words": WORDS_LIMIT, "line": LINE_LIMIT}

People = Sequence[tuple[str, str]]


def page_fields(
    form: Form,
    case: Case,
    bundle: PolicyBundle,
    staff: Staff,
    lang: Lang,
    typed: Mapping[str, Any] | None = None,
    problems: Sequence[FieldProblem] = (),
) -> list[dict[str, Any]]:
    """Every field with the arguments of the macro."""
    people = members_for(form, case, bundle, staff, lang)
    return [_arguments(one, form, people, lang) for one in shown(form, case, bundle, lang, typed, problems)]


def _arguments(one: ShownField, form: Form, people: People, lang: Lang) -> dict[str, Any]:
    options: Sequence[tuple[str, str]] = people if one.kind == "member" else one.options
    if one.kind == "rating":
        options = [(str(number), str(number)) for number in range(1, 6)]
    # A program names somebody by user name; a page offers a list.
    help_ = translate(lang, LEAST_LOADED) if one.kind == "member" and form.code == "assign" else one.hint
    kind = INPUTS.get(one.kind) or ("radio" if len(options) <= FEW else "select")
    return {
        "name": one.name,
        "kind": kind,
        "label": one.title,
        "help": help_,
        "value": one.value,
        "error": one.problem,
        "required": one.required,
        "schema": {"maxLength": LIMITS[one.kind]} if one.kind in LIMITS else {},
        "options": [{"value": code, "label": label} for code, label in options],
        "rating": one.kind == "rating",
    }


def members_for(form: Form, case: Case, bundle: PolicyBundle, staff: Staff, lang: Lang) -> People:
    """Who can be named in the form: for a task whoever has to do with the case, else officers of the units."""
    if not any(one.kind == "member" for one in form.fields):
        return []
    if form.code == "task":
        units = {case.unit, case.approving_unit}
        members = [m for m in staff.by_id.values() if m.active and (m.unit in units or m.staff_id == case.owner)]
    else:
        units_open = [code for code, _ in units_for(case, bundle, lang)]
        ordered = sorted(units_open, key=lambda code: code != case.unit)
        members = [m for code in ordered for m in candidates(bundle, staff, code, here_at=None)]
    return [
        (member.username, _named(member.display_name, member.unit, member.on_duty, bundle, lang))
        for member in members
        if member.username != case.subject_person
    ]


def _named(name: str, unit: str, on_duty: bool, bundle: PolicyBundle, lang: Lang) -> str:
    said = f"{name} · {unit_name(bundle, unit, lang)}"
    return said if on_duty else f"{said} ({translate(lang, N_('not on duty'))})"
