"""An event of the switchboard as it is understood: JSON in, a `CallEvent` out. Pure.

What a switchboard adds of its own is passed over; what it says is cleaned, bounded and brought to one form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfo

import orjson

from services.intake.filing import invalid, without_unseen
from services.kit.errors import FieldProblem
from services.kit.i18n import N_
from services.kit.thai import normalise_phone

EventName = Literal["ringing", "answered", "ended", "missed", "recording"]
EVENTS: tuple[str, ...] = get_args(EventName)

_SPELLED = {
    "ring": "ringing", "incoming": "ringing", "answer": "answered", "hangup": "ended", "hang_up": "ended",
    "end": "ended", "no_answer": "missed", "noanswer": "missed", "abandoned": "missed", "record": "recording",
}  # fmt: skip
"""How some switchboards call the same."""

WITHHELD = frozenset({"", "anonymous", "unknown", "unavailable", "private", "restricted", "withheld", "asterisk"})

OLDEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened to a call. `caller` is a number in one form, None when it is withheld."""

    id: str
    event: EventName
    call: str
    at: datetime
    caller: str | None = None
    dialled: str | None = None
    extension: str | None = None
    agent: str | None = None
    direction: Literal["in", "out"] = "in"
    recording: str | None = None


def read_event(body: bytes, now: datetime, zone: str) -> CallEvent:
    """The event in a signed body.

    Raises:
        InvalidInput: it is no JSON object, or a field is missing or no such thing; it names each.
    """
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise invalid(
            [FieldProblem("body", N_("The body is no JSON object."), N_("See docs/phone.md for an example."))]
        )
    problems: list[FieldProblem] = []
    event = _event(data, problems)
    call = _short(data, "call", problems, 200)
    if not call and not any(problem.field == "call" for problem in problems):
        problems.append(
            FieldProblem("call", N_("The id of the call is missing."), N_("Send the same `call` with every event."))
        )
    at = _moment(data.get("at"), now, zone, problems)
    texts = {name: _short(data, name, problems, limit) for name, limit in _TEXTS.items()}
    direction = _direction(data, problems)
    recording = _recording(texts["recording"], event, problems)
    if problems:
        raise invalid(problems)
    return CallEvent(
        id=texts["id"] or _derived_id(call or "", event, texts),
        event=cast(EventName, event),
        call=call or "",
        at=at,
        caller=_number(texts["from"]),
        dialled=_number(texts["to"]) or texts["to"],
        extension=texts["extension"],
        agent=texts["agent"],
        direction=direction,
        recording=recording,
    )


_TEXTS = {"id": 200, "from": 80, "to": 80, "extension": 40, "agent": 100, "recording": 1000}


def _event(data: Mapping[str, Any], problems: list[FieldProblem]) -> str:
    said = str(data.get("event") or "").strip().lower().replace("-", "_")
    event = _SPELLED.get(said, said)
    if event not in EVENTS:
        problems.append(
            FieldProblem(
                "event", N_("This is no event of a call."), N_("Send ringing, answered, ended, missed or recording.")
            )
        )
    return event


def _short(data: Mapping[str, Any], name: str, problems: list[FieldProblem], limit: int) -> str | None:
    value = data.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        problems.append(FieldProblem(name, N_("This must be text."), N_("Send it in quotation marks.")))
        return None
    text = without_unseen(str(value).replace("\x00", "")).replace("\n", " ").encode("utf-8", "replace").decode()
    if len(text) > limit:
        problems.append(
            FieldProblem(
                name, N_("This is longer than %(limit)s characters."), N_("Shorten it."), params={"limit": limit}
            )
        )
    return text or None


def _moment(value: Any, now: datetime, zone: str, problems: list[FieldProblem]) -> datetime:
    """When it happened: ISO 8601, or seconds since 1970; without it, now. A clock that runs ahead is set to now."""
    try:
        if value is None or value == "":
            return now
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value, UTC)
        else:
            text = str(value).strip()
            at = datetime.fromtimestamp(float(text), UTC) if _is_number(text) else datetime.fromisoformat(text)
        at = (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
        if at < now - OLDEST:
            raise ValueError("too old")
    except (ValueError, OverflowError, OSError):
        problems.append(
            FieldProblem(
                "at",
                N_("This is no moment of the last 30 days."),
                N_("Send it as 2026-11-20T14:05:00+07:00, or in seconds since 1970."),
            )
        )
        return now
    return min(at, now)


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace(".", "", 1).isdigit()


def _direction(data: Mapping[str, Any], problems: list[FieldProblem]) -> Literal["in", "out"]:
    said = str(data.get("direction") or "in").strip().lower()
    if said in ("in", "inbound", "incoming"):
        return "in"
    if said not in ("out", "outbound", "outgoing"):
        problems.append(FieldProblem("direction", N_("This is no direction."), N_("Send inbound or outbound.")))
    return "out"


def _recording(given: str | None, event: str, problems: list[FieldProblem]) -> str | None:
    if event == "recording" and given is None:
        problems.append(
            FieldProblem("recording", N_("The recording is not named."), N_("Send its address, or its id there."))
        )
    return given


def _number(given: str | None) -> str | None:
    """The number in one form; None when it is withheld or none: a name, an internal extension."""
    if given is None or given.casefold() in WITHHELD:
        return None
    try:
        return normalise_phone(given)
    except ValueError:
        return None


def _derived_id(call: str, event: str, texts: Mapping[str, str | None]) -> str:
    """An id for a switchboard that gives none: the same event of the same call at the same extension is one."""
    parts = (call, event, texts["extension"] or "", texts["agent"] or "", texts["recording"] or "")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]
