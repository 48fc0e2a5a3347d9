"""Check a policy before it is adopted: every mistake with its line, what is wrong and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.governance import ROLES
from schemas.policy import PolicyBundle, PolicyPart, Text
from schemas.policy_mistakes import Loc
from services.governance.policy_lines import LinedDocument, Refused, read_lines
from services.kit.i18n import N_, Lang, translate

# What pydantic finds wrong with a value, in the words of someone who writes a policy.
_PLAIN: dict[str, tuple[str, str]] = {
    "missing": (N_('"%(name)s" is missing.'), N_("Add it.")),
    "string_type": (N_("%(input)s is not text."), N_('Put it in quotes: "…".')),
    "string_pattern_mismatch": (
        N_("%(input)s is not written as it must be here."),
        N_("Codes are small Latin letters, digits, _ and -; other fields follow the pattern %(pattern)s."),
    ),
    "string_too_short": (N_("The text is empty."), N_("Write something, or leave the key out.")),
    "string_too_long": (N_("The text is too long."), N_("Shorten it to %(max_length)s characters.")),
    "literal_error": (N_("%(input)s is not one of the choices."), N_("Write one of: %(expected)s.")),
    "model_type": (N_("Here stands %(input)s where keys and values are needed."), N_("Write key: value pairs.")),
    "model_attributes_type": (
        N_("Here stands %(input)s where keys and values are needed."),
        N_("Write key: value pairs."),
    ),
    "tuple_type": (N_("Here stands %(input)s where a list is needed."), N_("Write a list: [a, b] or lines with -.")),
    "too_short": (N_("The list has too few entries."), N_("Add at least %(min_length)s.")),
    "bool_type": (N_("%(input)s is not true or false."), N_("Write true or false.")),
    "bool_parsing": (N_("%(input)s is not true or false."), N_("Write true or false.")),
}
_NUMBER = (N_("%(input)s is not a number that fits here."), N_("Write a number within the limits: %(limits)s."))
_DATE = (N_("%(input)s is not a date."), N_("Write it as 2026-12-31, in the common era."))
_UNKNOWN_KEY = N_('There is no key "%(name)s" here.')


@dataclass(frozen=True, slots=True)
class PolicyMistake:
    """Something to mend, or, among the warnings, to look at. `line` counts from 1, `path` is like `units.3.parent`."""

    line: int
    path: str
    what_id: str
    remedy_id: str
    params: Mapping[str, object] = field(default_factory=dict)

    def what_in(self, lang: Lang) -> str:
        """What is wrong, in a language."""
        return translate(lang, self.what_id, **self.params)

    def remedy_in(self, lang: Lang) -> str:
        """What to do, in a language."""
        return translate(lang, self.remedy_id, **self.params)

    @property
    def what(self) -> str:
        """What is wrong, in English."""
        return self.what_in("en")

    @property
    def remedy(self) -> str:
        """What to do, in English."""
        return self.remedy_in("en")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The bundle when the policy is sound, else None and the mistakes by line; warnings do not prevent adoption."""

    bundle: PolicyBundle | None
    mistakes: tuple[PolicyMistake, ...] = ()
    warnings: tuple[PolicyMistake, ...] = ()


def check_policy(text: str) -> CheckResult:
    """Checks the YAML text of a policy. Pure: reads no file, knows no other version, raises nothing."""
    try:
        document = read_lines(text)
    except Refused as refused:
        wrong = refused.unreadable
        return CheckResult(None, (PolicyMistake(wrong.line, _path(wrong.loc), wrong.what, wrong.remedy, wrong.params),))
    mistakes = [PolicyMistake(u.line, _path(u.loc), u.what, u.remedy, u.params) for u in document.unreadable]
    bundle = None
    try:
        bundle = PolicyBundle.model_validate(document.value)
    except ValidationError as error:
        mistakes += [_told(details, document) for details in error.errors(include_url=False)]
    if bundle is not None:
        mistakes += _roles(bundle, document)
    if bundle is None or mistakes:
        return CheckResult(None, _sorted(mistakes))
    return CheckResult(bundle, (), _sorted(_warnings(bundle, document)))


def _sorted(mistakes: list[PolicyMistake] | Iterator[PolicyMistake]) -> tuple[PolicyMistake, ...]:
    return tuple(sorted(mistakes, key=lambda mistake: (mistake.line, mistake.path)))


def _path(loc: Loc) -> str:
    return ".".join(str(step) for step in loc)


def _told(details: ErrorDetails, document: LinedDocument) -> PolicyMistake:
    loc: Loc = tuple(details["loc"])
    context = details.get("ctx", {})
    if "params" in context:
        what, remedy, params = str(context["what"]), str(context["remedy"]), dict(context["params"])
    else:
        what, remedy, params = _plainly(details, loc)
    return PolicyMistake(document.line_of(loc), _path(loc), what, remedy, params)


def _plainly(details: ErrorDetails, loc: Loc) -> tuple[str, str, dict[str, object]]:
    kind, context = details["type"], details.get("ctx", {})
    params: dict[str, object] = {"name": loc[-1] if loc else "", "input": _short(details.get("input")), **context}
    if kind == "extra_forbidden":
        near = next(iter(get_close_matches(str(params["name"]), sorted(_known_keys()), n=1, cutoff=0.75)), None)
        if near is None or near == params["name"]:
            return _UNKNOWN_KEY, N_("Remove it, or look at the indentation: it may belong elsewhere."), params
        return _UNKNOWN_KEY, N_('Did you mean "%(near)s"?'), {**params, "near": near}
    if kind in _PLAIN:
        return *_PLAIN[kind], params
    if kind.startswith("date"):
        return *_DATE, params
    if kind.startswith(("int", "decimal", "float", "greater", "less")):
        limits = ", ".join(f"{name} {value}" for name, value in context.items() if name in ("ge", "gt", "le", "lt"))
        return *_NUMBER, {**params, "limits": limits or "0-9"}
    return N_("%(message)s."), N_("Correct this value."), {"message": details["msg"]}


def _short(value: object) -> str:
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list | tuple):
        return "[…]"
    text = "null" if value is None else str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'


def _known_keys() -> set[str]:
    found: set[str] = set()
    waiting: list[type[PolicyPart]] = [PolicyPart]
    while waiting:
        part = waiting.pop()
        found.update(part.model_fields)
        waiting.extend(part.__subclasses__())
    return found


def _roles(bundle: PolicyBundle, document: LinedDocument) -> Iterator[PolicyMistake]:
    limits: list[tuple[Loc, str]] = [
        *((("settlement_limits", i, "role"), limit.role) for i, limit in enumerate(bundle.settlement_limits)),
        *(
            (("recovery", "approval_limits", i, "role"), limit.role)
            for i, limit in enumerate(bundle.recovery.approval_limits)
        ),
    ]
    owners: list[tuple[Loc, str]] = [
        (("kpi_targets", i, "owner"), target.owner)
        for i, target in enumerate(bundle.kpi_targets)
        if not bundle.has_unit(target.owner)
    ]
    for loc, role in limits + owners:
        if role not in ROLES:
            what = (
                N_('"%(role)s" is not a role.')
                if (loc, role) in limits
                else N_('"%(role)s" is neither a unit nor a role.')
            )
            remedy = N_("The roles are: %(roles)s.")
            yield PolicyMistake(
                document.line_of(loc), _path(loc), what, remedy, {"role": role, "roles": ", ".join(ROLES)}
            )


def _warnings(bundle: PolicyBundle, document: LinedDocument) -> Iterator[PolicyMistake]:
    for i, calendar in enumerate(bundle.calendars):
        if calendar.never_open:
            loc: Loc = ("calendars", i)
            what = N_('The calendar "%(calendar)s" is never open: clocks on it never fall due.')
            yield PolicyMistake(
                document.line_of(loc),
                _path(loc),
                what,
                N_("Give it a week, or open_always."),
                {"calendar": calendar.code},
            )
    for loc in _without_english(bundle.model_dump(), ()):
        yield PolicyMistake(
            document.line_of(loc), _path(loc), N_("There is no English."), N_("Add en; until then the Thai is shown.")
        )
    if not bundle.sample and bundle.approval is None:
        yield PolicyMistake(
            1, "approval", N_("There is no record of approval."), N_("Add approval before the policy is adopted.")
        )
    for name in ("acknowledge", "first_contact", "progress", "resolve"):
        if not any(target.target == name and "complaint" in target.kinds for target in bundle.targets):
            yield PolicyMistake(
                document.line_of(("targets",)),
                "targets",
                N_("Complaints have no target %(target)s."),
                N_("Add one, unless nothing is promised there."),
                {"target": name},
            )


def _without_english(value: object, loc: Loc) -> Iterator[Loc]:
    if isinstance(value, dict):
        if set(value) == set(Text.model_fields):
            if value["en"] is None:
                yield loc
            return
        for key, part in value.items():
            yield from _without_english(part, (*loc, key))
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _without_english(part, (*loc, index))
