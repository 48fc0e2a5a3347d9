"""Which request, job or event something came of: one trace from the answer to the last reader (W3C Trace Context).

A trace travels as the `traceparent` of an event, through journals and brokers alike. What is being done now stands in a
context variable that costs next to nothing: a trace id is only made up when a line is logged or an event appended.
Spans are recorded and sent where tracing is switched on (`services/kit/spans.py`); ids pass on in any case.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from schemas.envelope import Event

if TYPE_CHECKING:
    from services.kit.spans import Span

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

CASE_PARAMETERS = ("case_id", "complaint_id")
"""Parts of a path that name a case by its id."""


class Recorder(Protocol):
    """Where spans go while tracing is on."""

    def start(self, name: str, kind: str, parent: str | None, **about: str) -> Span:
        """A span that has begun, below the span of `parent` (a traceparent)."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


_recorder: Recorder | None = None


class Doing:
    """What is being done now, and for which case. The trace is made up when it is first asked for."""

    __slots__ = ("_traceparent", "case_id", "event_id", "own", "request", "span")

    def __init__(
        self,
        traceparent: str | None = None,
        *,
        case_id: UUID | None = None,
        event_id: UUID | None = None,
        request: MutableMapping[str, Any] | None = None,
        span: Span | None = None,
    ) -> None:
        self._traceparent = span.traceparent if span is not None else traceparent
        self.case_id = case_id
        self.event_id = event_id
        self.request = request
        self.span = span
        self.own = event_id is None
        """Whether the case and event are its own to learn: a request's, not those of an event that is being read."""

    @property
    def traceparent(self) -> str:
        """The W3C traceparent that whatever comes of this carries on."""
        if self._traceparent is None:
            random = os.urandom(24).hex()
            self._traceparent = f"00-{random[:32]}-{random[32:]}-00"
        return self._traceparent

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits."""
        return self.traceparent[3:35]

    def fields(self) -> dict[str, str]:
        """What a log line says of it: ids only."""
        case_id = self.case_id
        if case_id is None and self.request is not None:
            parameters = self.request.get("path_params") or {}
            case_id = next((parameters[name] for name in CASE_PARAMETERS if name in parameters), None)
            case_id = case_id if case_id is None or _is_id(case_id) else None
        known = {"trace_id": self.trace_id}
        if case_id is not None:
            known["case_id"] = str(case_id)
        if self.event_id is not None:
            known["event_id"] = str(self.event_id)
        return known


_doing: ContextVar[Doing | None] = ContextVar("doing", default=None)
enter = _doing.set
leave = _doing.reset


def current() -> str | None:
    """The traceparent of what is being done; None outside any request, job or event."""
    doing = _doing.get()
    return None if doing is None else doing.traceparent


def now_doing() -> Doing | None:
    """What is being done."""
    return _doing.get()


def about(case_id: UUID, event_id: UUID) -> None:
    """Say which case a request turned out to be about, and what it announced, for the log lines that follow."""
    doing = _doing.get()
    if doing is not None and doing.own:
        doing.case_id, doing.event_id = case_id, event_id


def read_traceparent(given: str | None) -> str | None:
    """A traceparent from outside, or None when it is not one: then a trace of our own begins."""
    return given if given is not None and _TRACEPARENT.fullmatch(given) else None


def of_request(scope: MutableMapping[str, Any]) -> Doing:
    """An HTTP request, in the trace of its caller where that sent one."""
    given = None
    for name, value in scope["headers"]:
        if name == b"traceparent":
            given = read_traceparent(value.decode("latin-1"))
    span = _recorder.start(scope["method"], "server", given) if _recorder is not None else None
    return Doing(given, request=scope, span=span)


def of_event(reader: str, event: Event) -> Doing:
    """The handling of an event, in the trace it came of."""
    span = None
    if _recorder is not None:
        span = _recorder.start(
            f"{reader} {event.type}",
            "consumer",
            read_traceparent(event.traceparent),
            **{
                "redress.case_id": str(event.case_id),
                "redress.event_id": str(event.id),
                "redress.source": event.source,
            },
        )
    return Doing(event.traceparent, case_id=event.case_id, event_id=event.id, span=span)


@contextmanager
def following(reader: str, events: Sequence[Event]) -> Iterator[dict[UUID, str]]:
    """Handling events, at most one of a case, in the trace of each: the traceparent to carry on, by case.

    Of a single event the log lines say which; of many at once each line has to name its own.
    """
    doings = [of_event(reader, event) for event in events] if _recorder is not None or len(events) == 1 else []
    causes = (
        {doing.case_id: doing.traceparent for doing in doings if doing.case_id is not None}
        if doings
        else {event.case_id: event.traceparent for event in events if event.traceparent is not None}
    )
    token = enter(doings[0] if len(doings) == 1 else None)
    try:
        yield causes
    except BaseException as problem:
        for doing in doings:
            end(doing, failed=type(problem).__name__)
        raise
    else:
        for doing in doings:
            end(doing)
    finally:
        leave(token)


@contextmanager
def one_of(causes: Mapping[UUID, str], event: Event) -> Iterator[None]:
    """One event of many that are handled together, taken by itself: log lines and announcements are its own."""
    token = enter(Doing(causes.get(event.case_id), case_id=event.case_id, event_id=event.id))
    try:
        yield
    finally:
        leave(token)


@contextmanager
def working(name: str, **about: str) -> Iterator[Doing]:
    """A job or a command, as a trace of its own."""
    doing = Doing(span=_recorder.start(name, "internal", None, **about) if _recorder is not None else None)
    token = enter(doing)
    try:
        yield doing
    except BaseException as problem:
        end(doing, failed=type(problem).__name__)
        raise
    else:
        end(doing)
    finally:
        leave(token)


def end(doing: Doing, *, failed: str | None = None, name: str | None = None, **about: str | int) -> None:
    """It is done: its span, where there is one, is sent with what is known by now. Never a value that a person gave."""
    if doing.span is not None:
        doing.span.end(failed=failed, name=name, about=about)


def with_trace(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: trace, case and event of what is being done, unless the line names its own."""
    doing = _doing.get()
    if doing is not None:
        for key, value in doing.fields().items():
            fields.setdefault(key, value)
    return fields


def wanted(environ: MutableMapping[str, str] | None = None) -> bool:
    """Whether spans are to be recorded: `REDRESS_TRACES`, else whether OpenTelemetry was told where to send them."""
    known = os.environ if environ is None else environ
    said = known.get("REDRESS_TRACES", "").strip().lower()
    if said:
        return said not in ("0", "no", "off", "false")
    return bool(known.get("OTEL_EXPORTER_OTLP_ENDPOINT") or known.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))


def record_with(make: Callable[[], Recorder] | None) -> None:
    """Record spans from now on, or, with None, no more. What was recorded is sent first."""
    global _recorder
    if _recorder is not None:
        _recorder.close()
    _recorder = make() if make is not None else None


def _is_id(value: object) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
