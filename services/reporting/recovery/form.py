"""What a step of a recovery record records, as a form: from one definition come the API's JSON Schema, the page's
fields and the reading of what was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_, Lang, translate
from services.kit.thai import christian_year, parse_datetime, parse_digits, parse_number
from services.reporting.recovery.record import Record

FieldKind = Literal["words", "line", "rating", "count", "choice", "moment", "baht", "member"]

WORDS_LIMIT = 10_000
LINE_LIMIT = 300
FUTURE_DAYS = 366

Options = Callable[[Record, PolicyBundle, Lang], Sequence[tuple[str, str]]]
Default = Callable[[Record, PolicyBundle, datetime], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One thing a step records; its name is the column it fills. `title` and `hint` are message ids."""

    name: str
    title: str
    kind: FieldKind
    required: bool = False
    hint: str = ""
    options: Options | None = None
    future: bool = False
    """Of a moment: it lies ahead; otherwise it does not."""
    default: Default | None = None
    """What the page fills in and what holds when a program leaves it out."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a step records. `check` looks at the fields together."""

    code: str
    fields: tuple[Field, ...] = ()
    check: Callable[[Record, PolicyBundle, Mapping[str, Any]], list[FieldProblem]] | None = None

    def names(self) -> tuple[str, ...]:
        """The names of its fields."""
        return tuple(one.name for one in self.fields)


_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str) -> str:
    """A text without control characters, direction overrides or half surrogates, which nobody typed on purpose."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n")).encode("utf-8", "ignore").decode().strip()


class _Wrong(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


@dataclass(frozen=True, slots=True)
class _Reading:
    record: Record
    bundle: PolicyBundle
    now: datetime


def read(form: Form, given: Mapping[str, Any], record: Record, bundle: PolicyBundle, now: datetime) -> dict[str, Any]:
    """The form filled in with `given` (texts from a page, JSON values from a program), without what was left empty.

    Raises:
        InvalidInput: naming each field that is missing, wrong or unknown.
    """
    problems = [
        FieldProblem(name, N_("This step has no such field."), N_("Leave it out; `allowed` lists the fields."))
        for name in given
        if name not in form.names()
    ]
    values: dict[str, Any] = {}
    reading = _Reading(record, bundle, now)
    for one in form.fields:
        try:
            value = _read_one(one, given.get(one.name), reading)
        except _Wrong as wrong:
            problems.append(FieldProblem(one.name, wrong.what, wrong.remedy))
            continue
        if value is not None:
            values[one.name] = value
    if form.check is not None and not problems:
        problems += form.check(record, bundle, values)
    if problems:
        raise invalid(problems)
    return values


def invalid(problems: Sequence[FieldProblem]) -> InvalidInput:
    """The refusal that names fields."""
    return InvalidInput(
        N_("Some fields of this step need changing."), N_("Nothing was saved; correct the fields."), fields=problems
    )


def _read_one(one: Field, raw: Any, at: _Reading) -> Any:
    if isinstance(raw, str):
        raw = clean(raw)
    if raw is None or raw == "":
        raw = one.default(at.record, at.bundle, at.now) if one.default else None
        if raw is None or raw == "":
            if one.required:
                raise _Wrong(N_("This is needed."), N_("Fill it in."))
            return None
    return _READERS[one.kind](one, raw, at)


def _words(one: Field, raw: Any, at: _Reading) -> str:
    if not isinstance(raw, str):
        raise _Wrong(N_("This is not text."), N_("Send it as text."))
    if len(raw) > (WORDS_LIMIT if one.kind == "words" else LINE_LIMIT):
        raise _Wrong(N_("This is too long."), N_("Shorten it."))
    return raw


def _rating(one: Field, raw: Any, at: _Reading) -> int:
    text = parse_digits(str(raw)) if not isinstance(raw, bool) else ""
    if text not in ("1", "2", "3", "4", "5"):
        raise _Wrong(N_("A rating is a number from 1 to 5."), N_("Choose 1 (least) to 5 (most)."))
    return int(text)


def _count(one: Field, raw: Any, at: _Reading) -> int:
    try:
        number = parse_number(str(raw))
    except ValueError as error:
        raise _Wrong(N_("This is not a number."), N_("Write it in figures, such as 120.")) from error
    if isinstance(raw, bool) or number != int(number) or not 0 <= number < 100_000_000:
        raise _Wrong(N_("This is not a whole number of zero or more."), N_("Write it in figures, such as 120."))
    return int(number)


def _choice(one: Field, raw: Any, at: _Reading) -> str:
    options = one.options(at.record, at.bundle, "th") if one.options else ()
    if not isinstance(raw, str) or raw not in {code for code, _ in options}:
        raise _Wrong(N_("This is not one of the choices."), N_("Choose from the list."))
    return raw


def read_moment(raw: Any, zone: str) -> datetime:
    """A moment as a program or a page writes it: ISO 8601, or as people do, in either era; without a zone, local.

    Raises:
        ValueError: it is no moment.
    """
    if isinstance(raw, datetime):
        found = raw
    elif isinstance(raw, str):
        try:
            found = datetime.fromisoformat(raw)
            found = found.replace(year=christian_year(found.year))
        except ValueError:
            found = parse_datetime(raw, zone)
    else:
        raise ValueError("not a moment")
    if not 1900 <= found.year < 2400:
        raise ValueError("no year of a case")
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def _moment(one: Field, raw: Any, at: _Reading) -> datetime:
    try:
        found = read_moment(raw, at.bundle.zone)
    except (ValueError, OverflowError) as error:
        raise _Wrong(
            N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05 or 20/11/2569 14:05.")
        ) from error
    if one.future and found <= at.now:
        raise _Wrong(N_("This time is already past."), N_("Give a time that lies ahead."))
    if one.future and (found - at.now).days > FUTURE_DAYS:
        raise _Wrong(N_("This time is more than a year away."), N_("Give an earlier time."))
    if not one.future and found > at.now:
        raise _Wrong(N_("This time lies ahead."), N_("Give the time when it happened."))
    return found


def _baht(one: Field, raw: Any, at: _Reading) -> Decimal:
    try:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
            raise ValueError("not a number")
        amount = parse_number(str(raw)).quantize(Decimal("0.01"))
    except (ValueError, ArithmeticError) as error:
        raise _Wrong(N_("This is not an amount in baht."), N_("Write it as 1500 or 1,500.00.")) from error
    if not 0 <= amount < Decimal(10) ** 12:
        raise _Wrong(N_("This amount is not possible."), N_("Give zero or more, below a trillion baht."))
    return amount


def _member(one: Field, raw: Any, at: _Reading) -> str:
    if isinstance(raw, UUID):
        return str(raw)
    if not isinstance(raw, str) or len(raw) > LINE_LIMIT:
        raise _Wrong(N_("This is not a user name."), N_("Give the user name of a member of staff."))
    return raw


_READERS: Mapping[FieldKind, Callable[[Field, Any, _Reading], Any]] = {
    "words": _words,
    "line": _words,
    "rating": _rating,
    "count": _count,
    "choice": _choice,
    "moment": _moment,
    "baht": _baht,
    "member": _member,
}


# ---- showing


def json_schema(form: Form, record: Record, bundle: PolicyBundle, lang: Lang, now: datetime) -> dict[str, Any]:
    """The form as JSON Schema (2020-12), titled in `lang` and, under `x-titles`, in both languages."""
    return {
        "type": "object",
        "properties": {one.name: property_of(one, record, bundle, lang, now) for one in form.fields},
        "required": [one.name for one in form.fields if one.required and default_of(one, record, bundle, now) is None],
        "additionalProperties": False,
    }


def default_of(one: Field, record: Record, bundle: PolicyBundle, now: datetime) -> Any:
    """What a field is filled with when nothing is given, or None."""
    return one.default(record, bundle, now) if one.default else None


def property_of(one: Field, record: Record, bundle: PolicyBundle, lang: Lang, now: datetime) -> dict[str, Any]:
    """One field as a JSON Schema property."""
    shape: dict[str, Any] = dict(_SHAPES[one.kind])
    shape["title"] = translate(lang, one.title)
    shape["x-titles"] = {"th": translate("th", one.title), "en": translate("en", one.title)}
    if one.hint:
        shape["description"] = translate(lang, one.hint)
    if one.options is not None:
        options = one.options(record, bundle, lang)
        shape["enum"] = [code for code, _ in options]
        shape["x-labels"] = dict(options)
    if one.kind in ("words", "line") and one.required:
        shape["minLength"] = 1
    value = default_of(one, record, bundle, now)
    if value is not None:
        shape["default"] = _plain(value)
    return shape


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if isinstance(value, UUID) else value


_SHAPES: Mapping[FieldKind, Mapping[str, Any]] = {
    "words": {"type": "string", "maxLength": WORDS_LIMIT},
    "line": {"type": "string", "maxLength": LINE_LIMIT},
    "rating": {"type": "integer", "minimum": 1, "maximum": 5},
    "count": {"type": "integer", "minimum": 0},
    "choice": {"type": "string"},
    "moment": {"type": "string", "format": "date-time"},
    "baht": {"type": "number", "minimum": 0},
    "member": {"type": "string", "maxLength": LINE_LIMIT},
}
