"""What a service is to the composition root: its context in, its subscriptions, routes and jobs out."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from services.kit.copies import Copies
from services.kit.database import Database
from services.kit.listening import Subscriptions
from services.kit.schedule import Job
from services.kit.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from services.kit.web import Web


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Context:
    """What one service is given: its database, its copies, the settings, the web kit and the clock."""

    database: Database
    copies: Copies
    settings: Settings
    web: Web
    now: Callable[[], datetime] = utc_now


@dataclass(frozen=True, slots=True)
class Service:
    """One of the five, ready to be fed, routed to and scheduled."""

    name: str
    subscriptions: Subscriptions
    routers: list[APIRouter] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    measures: list[Callable[[datetime], Awaitable[None]]] = field(default_factory=list)
    """Set the gauges that need a query, when Prometheus asks: few statements, off an index; given `now`."""
    uploads: UploadRoutes | None = None
    framed: FramedRoutes | None = None
    background: list[Callable[[], Coroutine[Any, Any, None]]] = field(default_factory=list)
    """What runs beside the requests for as long as the process does, such as a worker; ended by cancelling it."""


@dataclass(frozen=True, slots=True)
class UploadRoutes:
    """Routes that take files: the only ones where a body may be larger, and then only a form with parts."""

    paths: re.Pattern[str]
    """What such a path matches from its beginning to its end."""
    most_bytes: int


@dataclass(frozen=True, slots=True)
class FramedRoutes:
    """Routes that other sites may show in a frame of theirs; `by` is a source list of `frame-ancestors`."""

    paths: re.Pattern[str]
    by: str
