"""Enter the record of approval that a draft needs before it can be adopted (FAQ rulings of SE-AM 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from schemas.policy import Approval
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.thai import parse_date

TEXTS = ("body_th", "body_en", "delegation_instrument", "resolution_number", "minutes", "signed_by")
DATES = ("delegation_date", "resolution_date", "effective_from")
YES = ("board_members", "powers_written")
NEEDED = ("body_th", "resolution_number", "resolution_date", "signed_by", "effective_from")
OF_A_COMMITTEE = ("delegation_instrument", "delegation_date", "board_members", "powers_written")
LONGEST = 300


def read_approval(form: Mapping[str, str]) -> Approval:
    """The record of approval in a form's fields; dates as people write them, in either era.

    Raises:
        InvalidInput: with each field that is missing or wrong.
    """
    problems: list[FieldProblem] = []
    texts = {name: form.get(name, "").strip() for name in TEXTS}
    dates = {name: _date(form.get(name, "").strip(), name, problems) for name in DATES}
    yes = {name: form.get(name, "") == "true" for name in YES}
    kind = form.get("body_kind", "")
    if kind not in ("board", "committee"):
        problems.append(FieldProblem("body_kind", N_("Say which kind of body it is."), N_("Choose one.")))
    given: dict[str, Any] = {**texts, **dates, **yes}
    said = {problem.field for problem in problems}
    for name in (*NEEDED, *(OF_A_COMMITTEE if kind == "committee" else ())):
        if not given[name] and name not in said:
            problems.append(_missing(name))
    for name, text in texts.items():
        if len(text) > LONGEST:
            problems.append(FieldProblem(name, N_("This is too long."), N_("Shorten it to 300 characters.")))
    if not problems:
        return _approval(texts, dates, yes, kind)
    raise InvalidInput(N_("The record of approval is not complete."), N_("Nothing is adopted yet."), fields=problems)


def _missing(name: str) -> FieldProblem:
    if name in YES:
        what = N_("A committee may approve only with board members on it and its powers written down.")
        return FieldProblem(name, what, N_("Have the board approve, or complete the delegation first."))
    if name in OF_A_COMMITTEE:
        return FieldProblem(
            name, N_("A committee must be formally delegated."), N_("Name the instrument and its date.")
        )
    return FieldProblem(name, N_("This is needed."), N_("Fill it in from the minutes."))


def _date(text: str, name: str, problems: list[FieldProblem]) -> date | None:
    if not text:
        return None
    try:
        return parse_date(text)
    except ValueError:
        problems.append(FieldProblem(name, N_("This is not a date."), N_("Write it as 20/11/2569.")))
        return None


def _approval(
    texts: Mapping[str, str], dates: Mapping[str, date | None], yes: Mapping[str, bool], kind: str
) -> Approval:
    fields = {
        "body": {"th": texts["body_th"], "en": texts["body_en"] or None},
        "body_kind": kind,
        **{name: texts[name] or None for name in TEXTS if not name.startswith("body_")},
        **dates,
        **yes,
    }
    try:
        return Approval.model_validate(fields)
    except ValidationError as error:
        problems = [
            FieldProblem(_field_of(str(details["type"])), str(context["what"]), str(context["remedy"]))
            for details in error.errors()
            if "remedy" in (context := details.get("ctx", {}))
        ]
        what = N_("The record of approval is not complete.")
        raise InvalidInput(what, N_("Nothing is adopted yet."), fields=problems) from error


def _field_of(kind: str) -> str:
    return "effective_from" if kind == "effective_from" else "delegation_instrument"


def as_form(approval: Approval | None, day: Callable[[date], str]) -> dict[str, str]:
    """The fields of the form for a record entered before, its dates written by `day`."""
    if approval is None:
        return {}
    found = {"body_th": approval.body.th, "body_en": approval.body.en or "", "body_kind": approval.body_kind}
    for name in TEXTS:
        found.setdefault(name, getattr(approval, name, None) or "")
    for name in DATES:
        value = getattr(approval, name)
        found[name] = day(value) if value else ""
    return found | {name: "true" if getattr(approval, name) else "" for name in YES}
