"""Logs: one JSON object a line, with trace, case and event ids bound; never a name, a contact or a narrative."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import structlog

from services.kit.tracing import with_trace
from services.kit.trouble import told, where

PERSONAL = frozenset(
    {"name", "phone", "email", "narrative", "text", "address", "contact", "password", "secret", "token"}
)
"""Keys that are dropped wherever they appear, in case somebody logs one by mistake."""


def without_personal_data(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that drops personal fields."""
    for key in PERSONAL & fields.keys():
        fields[key] = "[left out]"
    return fields


def without_values(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that tells an exception by its kind and place: its message may quote what it failed on."""
    problem = fields.pop("exc_info", None)
    if problem is True:
        problem = sys.exc_info()[1]
    if isinstance(problem, BaseException):
        fields["exception"], fields["where"] = told(problem), where(problem)
    return fields


class StandardError:
    """Standard error as it is when a line is written: a logger is kept long, and who runs us may exchange the stream.

    A line that cannot be written any more (the terminal is gone) is no reason to stop work.
    """

    def write(self, line: str) -> int:
        """Write to the stream of now."""
        with contextlib.suppress(ValueError, OSError):
            return sys.stderr.write(line)
        return len(line)

    def flush(self) -> None:
        """Flush the stream of now."""
        with contextlib.suppress(ValueError, OSError):
            sys.stderr.flush()


class PlainFormatter(logging.Formatter):
    """The same for what libraries log."""

    def formatException(self, ei: Any) -> str:
        """The exception in one line."""
        return f"{told(ei[1])} at {', '.join(where(ei[1])) or 'no line of ours'}" if ei[1] else ""


def configure_logging(*, level: str = "INFO", human: bool = False) -> None:
    """Set up structlog on standard error, and let the standard library's loggers through at warning level."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            with_trace,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_personal_data,
            without_values,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, StandardError())),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(cast(TextIO, StandardError()))
    handler.setFormatter(PlainFormatter("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # The client of the broker tells every attempt of every retry; what it means for us our own lines say, once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
