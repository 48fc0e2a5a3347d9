"""What is set from outside: environment variables, read once at the composition root."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from services.kit.errors import RedressError
from services.kit.i18n import N_

SERVICES = ("governance", "intake", "routing", "sla", "reporting")


def default_data() -> Path:
    """The data folder: `REDRESS_DATA`, else `data` below the current folder."""
    return Path(os.environ.get("REDRESS_DATA") or "data").expanduser().absolute()


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs. `secret` signs tokens and forms; it never appears in a log or in `repr`."""

    data: Path = field(default_factory=default_data)
    host: str = "127.0.0.1"
    port: int = 8000
    secret: str = field(default="", repr=False)
    base_url: str = ""
    """The address printed in links and QR codes; empty means the address of the request."""
    max_body_bytes: int = 2_000_000
    """The largest request body that is read at all; a narrative is limited far below it."""
    secure_cookies: bool = False
    """Whether cookies are sent over TLS only; on wherever a proxy terminates TLS."""
    filings_at_once: int = 32
    """How many filings are worked on at a time; what comes beyond is asked to come again (503, `Retry-After`)."""
    ready_lag_events: int = 10_000
    """A reader with more unread events than this makes the process not ready."""
    ready_broker_seconds: float = 120.0
    """Ready as long as the broker has answered within this time: filing needs none, so a short absence may pass."""


class SettingWrong(RedressError):
    """An environment variable cannot be used as it is."""

    code = "setting"


def from_environment(settings: Settings, env: Mapping[str, str] | None = None) -> Settings:
    """The settings, with what `REDRESS_…` variables say.

    Raises:
        SettingWrong: one of them is not a number above zero.
    """
    env = os.environ if env is None else env
    return replace(
        settings,
        secure_cookies=settings.secure_cookies or env.get("REDRESS_SECURE_COOKIES", "") in ("1", "true", "yes"),
        filings_at_once=int(_number(env, "REDRESS_FILINGS_AT_ONCE", settings.filings_at_once)),
        ready_lag_events=int(_number(env, "REDRESS_READY_LAG_EVENTS", settings.ready_lag_events)),
        ready_broker_seconds=_number(env, "REDRESS_READY_BROKER_SECONDS", settings.ready_broker_seconds),
    )


def _number(env: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        found = float(env.get(name) or otherwise)
    except ValueError:
        found = 0
    if found <= 0:
        raise SettingWrong(
            N_("%(name)s cannot be %(value)s."),
            N_("Use a number above zero."),
            params={"name": name, "value": env.get(name, "")},
        )
    return found
