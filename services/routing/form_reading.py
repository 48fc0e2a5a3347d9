"""Reading a form: from a page (all texts) or a program (JSON values) to clean values, naming every field in doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from schemas.policy import PolicyBundle
from services.kit.errors import FieldProblem, InvalidInput
from services.kit.i18n import N_
from services.kit.thai import christian_year, parse_datetime, parse_digits, parse_number
from services.routing.case import Case
from services.routing.forms import LINE_LIMIT, WORDS_LIMIT, Field, FieldKind, Filled, Form

_HIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean(text: str) -> str:
    """A text without control characters, direction overrides or half surrogates, which nobody typed on purpose."""
    return _HIDDEN.sub("", text.replace("\r\n", "\n")).encode("utf-8", "ignore").decode().strip()


# ---- reading


class _Wrong(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def read(form: Form, given: Mapping[str, Any], case: Case, bundle: PolicyBundle, now: datetime) -> Filled:
    """The form filled in with `given` (from a page, all texts, or from a program, JSON values).

    Raises:
        InvalidInput: naming each field that is missing, wrong or unknown.
    """
    problems: list[FieldProblem] = [
        FieldProblem(name, N_("This step has no such field."), N_("Leave it out; `allowed` lists the fields."))
        for name in given
        if name not in form.names()
    ]
    values: dict[str, Any] = {}
    for one in form.fields:
        try:
            value = _read_one(one, given.get(one.name), case, bundle, now)
        except _Wrong as wrong:
            problems.append(FieldProblem(one.name, wrong.what, wrong.remedy))
            continue
        if value is not None:
            values[one.name] = value
    if form.check is not None and not problems:
        problems += form.check(case, bundle, values)
    if problems:
        raise InvalidInput(
            N_("Some fields of this step need changing."), N_("Nothing was saved; correct the fields."), fields=problems
        )
    free = {one.name for one in form.fields if one.free}
    return Filled(
        fields={name: value for name, value in values.items() if name not in free},
        texts={name: value for name, value in values.items() if name in free},
    )


def _read_one(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> Any:
    if isinstance(raw, str):
        raw = clean(raw)
    if raw is None or raw == "":
        raw = one.default(case, bundle, "th") if one.default else None
        if raw is None or raw == "":
            if one.required:
                raise _Wrong(N_("This is needed."), N_("Fill it in."))
            return None
    return _READERS[one.kind](one, raw, case, bundle, now)


def _words(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> str:
    limit = WORDS_LIMIT if one.kind == "words" else LINE_LIMIT
    if not isinstance(raw, str):
        raise _Wrong(N_("This is not text."), N_("Send it as text."))
    if len(raw) > limit:
        raise _Wrong(N_("This is too long."), N_("Shorten it, or put the rest into a note."))
    return raw


def _yes(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> bool:
    value = raw if isinstance(raw, bool) else str(raw).casefold() in ("true", "on", "yes", "1")
    if one.must and not value:
        raise _Wrong(N_("This has to be confirmed."), N_("If you cannot confirm it, have the case reassigned."))
    return value


def _rating(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> int:
    text = parse_digits(str(raw)) if not isinstance(raw, bool) else ""
    if text not in ("1", "2", "3", "4", "5"):
        raise _Wrong(N_("A rating is a number from 1 to 5."), N_("Choose 1 (least) to 5 (most)."))
    return int(text)


def _choice(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> str:
    options = one.options(case, bundle, "th") if one.options else ()
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


def _moment(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> str:
    try:
        at = read_moment(raw, bundle.zone)
    except (ValueError, OverflowError) as error:
        raise _Wrong(N_("This is not a date and time."), N_("Write it as 2026-11-20T14:05 or 20/11/2569 14:05.")) from (
            error
        )
    if one.future and at <= now:
        raise _Wrong(N_("This time is already past."), N_("Give a time that lies ahead."))
    if one.future and (at - now).days > 366:
        raise _Wrong(N_("This time is more than a year away."), N_("Give an earlier time."))
    if not one.future and at > now:
        raise _Wrong(N_("This time lies ahead."), N_("Give the time when it happened."))
    return at.isoformat()


def _baht(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> str:
    try:
        if isinstance(raw, bool) or not isinstance(raw, (str, int, float, Decimal)):
            raise ValueError("not a number")
        amount = parse_number(str(raw)).quantize(Decimal("0.01"))
    except (ValueError, InvalidOperation) as error:
        raise _Wrong(N_("This is not an amount in baht."), N_("Write it as 1500 or 1,500.00.")) from error
    if not 0 <= amount < Decimal(10) ** 12:
        raise _Wrong(N_("This amount is not possible."), N_("Give zero or more, below a trillion baht."))
    return str(amount)


def _member(one: Field, raw: Any, case: Case, bundle: PolicyBundle, now: datetime) -> str:
    if isinstance(raw, UUID):
        return str(raw)
    if not isinstance(raw, str) or len(raw) > LINE_LIMIT:
        raise _Wrong(N_("This is not a user name."), N_("Give the user name of a member of staff."))
    return raw


_READERS: Mapping[FieldKind, Callable[[Field, Any, Case, PolicyBundle, datetime], Any]] = {
    "words": _words,
    "line": _words,
    "yes": _yes,
    "rating": _rating,
    "choice": _choice,
    "moment": _moment,
    "baht": _baht,
    "member": _member,
}
