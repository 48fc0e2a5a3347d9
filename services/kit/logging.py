"""Logs: one JSON object a line, with request and event ids bound; never a name, a contact or a narrative."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL = frozenset(
    {"name", "phone", "email", "narrative", "text", "address", "contact", "password", "secret", "token"}
)
"""Keys that are dropped wherever they appear, in case somebody logs one by mistake."""


def without_personal_data(_logger: Any, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that drops personal fields."""
    for key in PERSONAL & fields.keys():
        fields[key] = "[left out]"
    return fields


def configure_logging(*, level: str = "INFO", human: bool = False) -> None:
    """Set up structlog on standard error, and let the standard library's loggers through at warning level."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_personal_data,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if human else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
