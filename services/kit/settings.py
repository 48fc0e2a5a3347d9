"""What is set from outside: environment variables and `DATA/settings.env`, read at the composition root.

An option such as `REDRESS_SMTP_URL` is looked for in `Settings.options`, then in the environment, then in the settings
file, which holds `NAME=value` lines, may hold secrets, and so must be readable by its owner alone (mode 0600).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from services.kit.errors import RedressError
from services.kit.i18n import N_

SERVICES = ("governance", "intake", "routing", "sla", "reporting")

SETTINGS_FILE = "settings.env"


class SettingsFileUnusable(RedressError):
    """The settings file is open to others, or a line of it is no setting."""

    status = 503
    code = "settings-file-unusable"


def default_data() -> Path:
    """The data folder: `REDRESS_DATA`, else `data` below the current folder."""
    return Path(os.environ.get("REDRESS_DATA") or "data").expanduser().absolute()


def _given(name: str) -> str:
    return os.environ.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs. `secret` signs tokens and forms; no key ever appears in a log or in `repr`."""

    data: Path = field(default_factory=default_data)
    host: str = "127.0.0.1"
    port: int = 8000
    secret: str = field(default="", repr=False)
    previous_secret: str = field(default_factory=lambda: _given("REDRESS_SECRET_KEY_PREVIOUS"), repr=False)
    """While keys are exchanged: what it signed is still believed, and nothing more is signed with it."""
    kept_digest_key: str = field(default_factory=lambda: _given("REDRESS_DIGEST_KEY"), repr=False)
    """The key of the digests in the database, where it is no longer the key that signs."""
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
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Options given by the caller itself; they come before the environment and the settings file."""

    def option(self, name: str, default: str = "") -> str:
        """A setting such as `REDRESS_SMTP_URL`, without spaces around it; `default` where it is set nowhere or empty.

        Raises:
            SettingsFileUnusable: the settings file is open to others or holds a line that is no setting.
        """
        for place in (self.options, os.environ, settings_file(self.data)):
            if value := place.get(name, "").strip():
                return value
        return default

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys whose signature is believed, the one that signs first."""
        return (self.secret, self.previous_secret) if self.previous_secret else (self.secret,)

    @property
    def digest_key(self) -> str:
        """Keys what is stored: digests of tracking secrets, contacts and idempotency keys. It outlives `secret`."""
        return self.kept_digest_key or self.secret

    @property
    def public_url(self) -> str:
        """The address people reach this system at, without a slash at its end: in links of messages and QR codes."""
        chosen = self.base_url or self.option("REDRESS_PUBLIC_URL") or f"http://{self.host}:{self.port}"
        return chosen.rstrip("/")


def settings_file(data: Path) -> Mapping[str, str]:
    """What `DATA/settings.env` sets; nothing when there is no such file. A changed file is read again."""
    # Asked for with every filing, and so by plain strings: a `Path` costs more than the question.
    path = os.path.join(data, SETTINGS_FILE)  # noqa: PTH118
    try:
        found = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return {}
    if found.st_mode & 0o077:
        raise SettingsFileUnusable(
            N_("The settings file %(path)s can be read by others, and it may hold secrets."),
            N_("Close it with `chmod 600 %(path)s`, then start again."),
            params={"path": path},
        )
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=16)
def _read(path: str, _changed: int, _size: int) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip().removeprefix("export ").strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.startswith("REDRESS_"):
            raise SettingsFileUnusable(
                N_("Line %(line)d of %(path)s is no setting."),
                N_("Write NAME=value with a name that begins with REDRESS_, or put # before it."),
                params={"line": number, "path": path},
            )
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        values[name] = value
    return values


class SettingWrong(RedressError):
    """An environment variable cannot be used as it is."""

    code = "setting"


def from_environment(settings: Settings, env: Mapping[str, str] | None = None) -> Settings:
    """The settings, with what `REDRESS_…` variables say, or else the settings file.

    Raises:
        SettingWrong: one of them is not a number above zero.
    """
    env = {**settings_file(settings.data), **os.environ} if env is None else env
    return replace(
        settings,
        secure_cookies=settings.secure_cookies or env.get("REDRESS_SECURE_COOKIES", "") in ("1", "true", "yes"),
        filings_at_once=int(number_above_zero(env, "REDRESS_FILINGS_AT_ONCE", settings.filings_at_once)),
        ready_lag_events=int(number_above_zero(env, "REDRESS_READY_LAG_EVENTS", settings.ready_lag_events)),
        ready_broker_seconds=number_above_zero(env, "REDRESS_READY_BROKER_SECONDS", settings.ready_broker_seconds),
    )


def number_above_zero(
    env: Mapping[str, str], name: str, otherwise: float, wrong: type[RedressError] = SettingWrong
) -> float:
    """The number of a variable, or `otherwise` where it is not set. Raises `wrong` for what is no number above zero."""
    try:
        found = float(env.get(name) or otherwise)
    except ValueError:
        found = 0
    if found <= 0:
        raise wrong(
            N_("%(name)s cannot be %(value)s."),
            N_("Use a number above zero."),
            params={"name": name, "value": env.get(name, "")},
        )
    return found
