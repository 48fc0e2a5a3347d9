"""What a step records, as a form: from one definition come the API's JSON Schema, the page's fields and the reading.

A field that holds a person's words is kept as free text, so that it can be erased; everything else is a plain value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from schemas.policy import PolicyBundle
from services.kit.approving import barred_units
from services.kit.errors import FieldProblem
from services.kit.i18n import Lang, translate
from services.routing.case import Case

FieldKind = Literal["words", "line", "yes", "rating", "choice", "moment", "baht", "member"]

WORDS_LIMIT = 10_000
LINE_LIMIT = 300
MEDIA = ("web", "line", "email", "phone", "letter", "walk_in", "other")
"""How a person can be reached, where the policy names no channel of that code."""

Options = Callable[[Case, PolicyBundle, Lang], Sequence[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a step records. `title` and `hint` are message ids."""

    name: str
    title: str
    kind: FieldKind
    required: bool = False
    hint: str = ""
    options: Options | None = None
    """Of a choice: the codes with their labels."""
    must: bool = False
    """Of a yes: it has to be yes."""
    future: bool = False
    """Of a moment: it lies ahead."""
    default: Callable[[Case, PolicyBundle, Lang], Any] | None = None
    """What the page fills in and what holds when a program leaves it out."""
    free: bool = False
    """Whether it holds a person's words."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a step records. `check` looks at the fields together."""

    code: str
    fields: tuple[Field, ...] = ()
    check: Callable[[Case, PolicyBundle, Mapping[str, Any]], list[FieldProblem]] | None = None

    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(one.name for one in self.fields)


@dataclass(frozen=True, slots=True)
class Filled:
    """A form filled in: plain values apart from words, both without what was left empty."""

    fields: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """The value of a field of either sort, or None."""
        return self.texts.get(name, self.fields.get(name))


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field as a page shows it: words in the reader's language, what was typed, what was wrong with it."""

    name: str
    title: str
    kind: FieldKind
    required: bool
    hint: str
    options: Sequence[tuple[str, str]]
    value: Any
    problem: str = ""


# ---- showing


def json_schema(form: Form, case: Case, bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
    """The form as JSON Schema (2020-12), titled in `lang` and, under `x-titles`, in both languages."""
    properties = {one.name: _property(one, case, bundle, lang) for one in form.fields}
    return {
        "type": "object",
        "properties": properties,
        "required": [one.name for one in form.fields if one.required and one.default is None],
        "additionalProperties": False,
    }


def _property(one: Field, case: Case, bundle: PolicyBundle, lang: Lang) -> dict[str, Any]:
    shape: dict[str, Any] = dict(_SHAPES[one.kind])
    shape["title"] = translate(lang, one.title)
    shape["x-titles"] = {"th": translate("th", one.title), "en": translate("en", one.title)}
    if one.hint:
        shape["description"] = translate(lang, one.hint)
    if one.must:
        shape["const"] = True
    if one.options is not None:
        options = one.options(case, bundle, lang)
        shape["enum"] = [code for code, _ in options]
        shape["x-labels"] = dict(options)
    if one.kind in ("words", "line") and one.required:
        shape["minLength"] = 1
    if one.default is not None and (value := one.default(case, bundle, lang)) is not None:
        shape["default"] = value
    return shape


_SHAPES: Mapping[FieldKind, Mapping[str, Any]] = {
    "words": {"type": "string", "maxLength": WORDS_LIMIT},
    "line": {"type": "string", "maxLength": LINE_LIMIT},
    "yes": {"type": "boolean"},
    "rating": {"type": "integer", "minimum": 1, "maximum": 5},
    "choice": {"type": "string"},
    "moment": {"type": "string", "format": "date-time"},
    "baht": {"type": "number", "minimum": 0},
    "member": {"type": "string", "maxLength": LINE_LIMIT},
}


def shown(
    form: Form,
    case: Case,
    bundle: PolicyBundle,
    lang: Lang,
    typed: Mapping[str, Any] | None = None,
    problems: Sequence[FieldProblem] = (),
) -> list[ShownField]:
    """The form as a page shows it, with what was typed kept and each problem beside its field."""
    wrong = {problem.field: problem for problem in problems}
    rows = []
    for one in form.fields:
        value = (typed or {}).get(one.name)
        if value is None and typed is None and one.default is not None:
            value = one.default(case, bundle, lang)
        problem = wrong.get(one.name)
        rows.append(
            ShownField(
                name=one.name,
                title=translate(lang, one.title),
                kind=one.kind,
                required=one.required,
                hint=translate(lang, one.hint) if one.hint else "",
                options=one.options(case, bundle, lang) if one.options else (),
                value="" if value is None else value,
                problem=_said(problem, lang) if problem else "",
            )
        )
    return rows


def _said(problem: FieldProblem, lang: Lang) -> str:
    parts = (text for text in (problem.what, problem.remedy) if text)
    return " ".join(
        translate(lang, text, **problem.params) if problem.params else translate(lang, text) for text in parts
    )


# ---- choices


def group(name: str) -> Options:
    """The codes of a group of the policy, with their labels."""

    def options(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
        return [(entry.code, bundle.label_of(name, entry.code, lang)) for entry in getattr(bundle, name)]

    return options


def causes(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    """The tree of root causes, each with the way to it: "Process › Late documents"; a branch before its leaves."""
    label = {cause.code: cause.label.say(lang) for cause in bundle.causes}
    parent = {cause.code: cause.parent for cause in bundle.causes}

    def way(code: str) -> tuple[str, ...]:
        above = parent.get(code)
        return (*way(above), code) if above in label and above is not None else (code,)

    place = {cause.code: number for number, cause in enumerate(bundle.causes)}
    ways = sorted((way(cause.code) for cause in bundle.causes), key=lambda codes: [place[code] for code in codes])
    return [(codes[-1], " › ".join(label[code] for code in codes)) for codes in ways]


def media(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    """The media by which a complainant can be told something: the policy's channels."""
    found = [(entry.code, entry.label.say(lang)) for entry in bundle.channels]
    return found or [(code, code) for code in MEDIA]


def units_for(case: Case, bundle: PolicyBundle, lang: Lang) -> Sequence[tuple[str, str]]:
    """The units that may handle the case: never its subject or below it; restricted ones only for a restricted case."""
    barred = barred_units(bundle, case.subject_unit)
    return [
        (unit.code, unit.name.say(lang))
        for unit in bundle.units
        if unit.code not in barred and (case.restricted or not unit.restricted)
    ]
