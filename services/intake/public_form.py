"""The public form: one question a step, its answers carried from step to step by the page itself. Pure.

Nothing is kept on the server before the complaint is sent; what is typed is also kept on the device by the draft
script where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.policy import PolicyBundle
from services.intake.filing import clean
from services.kit.errors import FieldProblem
from services.kit.i18n import N_, Lang

TITLES: Mapping[int, str] = {
    1: N_("Where did it happen?"),
    2: N_("What happened?"),
    3: N_("How can we reach you?"),
    4: N_("Check and send"),
}
"""The question of each step."""

LAST = 4

FIELDS: Mapping[int, tuple[str, ...]] = {
    1: ("service_point", "location"),
    2: (
        "narrative", "kind", "category", "occurred_at", "remedy_sought", "reference", "subject_unit", "subject_person",
    ),
    3: (
        "identity", "name", "phone", "email", "contact_preference", "segment", "rep_name", "rep_relation",
        "rep_authority",
    ),
    4: ("consent",),
}  # fmt: skip
"""What each step asks for."""

_IN_FILING = {
    "complainant": "name", "complainant.name": "name", "complainant.phone": "phone", "complainant.email": "email",
    "representative.name": "rep_name", "representative.relation": "rep_relation",
    "representative.authority": "rep_authority", "subject.unit": "subject_unit", "subject.person": "subject_person",
}  # fmt: skip
"""Names of the filing's fields that are called otherwise on the form."""

_PLAIN = ("service_point", "location", "category", "occurred_at", "remedy_sought", "reference", "segment")
"""Fields that are the same in both."""

Answers = dict[str, str]


def answers_in(given: Mapping[str, Any]) -> Answers:
    """The answers in a posted form; what is no field of it is left behind, and so are null characters."""
    names = [name for fields in FIELDS.values() for name in fields]
    return {name: clean(str(given.get(name) or "").replace("\x00", "")) for name in names}


def filing_of(answers: Answers, lang: Lang) -> dict[str, Any]:
    """The body that the API would take. Whoever files anonymously leaves no contact, also when one was typed before."""
    plain = {name: answers[name] or None for name in _PLAIN}
    identity = answers["identity"] or "anonymous"
    body: dict[str, Any] = {**plain, "identity": identity, "language": lang}
    body["narrative"] = answers["narrative"]
    body["kind"] = answers["kind"] or "complaint"
    if identity != "anonymous":
        body["complainant"] = {name: answers[name] or None for name in ("name", "phone", "email")}
        body["contact_preference"] = answers["contact_preference"] or None
    if answers["rep_name"]:
        body["representative"] = {
            "name": answers["rep_name"],
            "relation": answers["rep_relation"] or None,
            "authority": answers["rep_authority"] or None,
        }
    if answers["subject_unit"] or answers["subject_person"]:
        body["subject"] = {"unit": answers["subject_unit"] or None, "person": answers["subject_person"] or None}
    body["consent"] = answers["consent"] == "true"
    return body


def problems_on_form(problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """Problems of a filing under the names of the form."""
    return [FieldProblem(_IN_FILING.get(p.field, p.field), p.what, p.remedy) for p in problems]


def step_of(field: str) -> int:
    """The step that asks for a field."""
    return next((step for step, fields in FIELDS.items() if field in fields), LAST)


def problems_until(step: int, problems: Sequence[FieldProblem]) -> list[FieldProblem]:
    """The problems of the steps up to and including one: what comes later has not been asked yet."""
    return [problem for problem in problems if step_of(problem.field) <= step]


def carried(step: int, answers: Answers) -> Answers:
    """The answers of the other steps, which this step's page carries along."""
    return {name: value for name, value in answers.items() if name not in FIELDS[step] and value}


@dataclass(frozen=True, slots=True)
class Option:
    """A choice, as the form's macros take it."""

    value: str
    label: str
    help: str = ""


def options(bundle: PolicyBundle, lang: Lang) -> dict[str, list[Option]]:
    """Everything there is to choose from, in the page's language; nothing about restricted units."""
    view = bundle.public_view(lang)
    return {
        "service_point": [Option(p["code"], p["label"]) for p in view["service_points"]],
        "category": [Option(c["code"], _indented(c["label"], c["parent"])) for c in _tree(view["categories"])],
        "kind": [Option(k["code"], k["label"]) for k in view["kinds"]],
        "segment": [Option(s["code"], s["label"]) for s in view["segments"]],
        "subject_unit": [Option(u["code"], u["label"]) for u in view["units"]],
    }


def _tree(categories: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Categories with each one's subcategories right behind it."""

    def below(parent: str | None) -> list[Mapping[str, Any]]:
        found = []
        for category in categories:
            if category["parent"] == parent:
                found += [category, *below(category["code"])]
        return found

    return below(None)


def _indented(label: str, parent: str | None) -> str:
    return f"– {label}" if parent else label
