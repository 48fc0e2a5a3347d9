"""How the LINE channel is set up. Without secret and token it is off, and says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.settings import Settings

API_URL = "https://api.line.me"
DATA_URL = "https://api-data.line.me"

REPLY_TOKEN_FRESH = timedelta(seconds=50)
"""LINE takes a reply token for about a minute; what is older is pushed."""

REMIND_MINUTES = 120
"""How long a half-finished talk rests before its one reminder (`REDRESS_LINE_REMIND_MINUTES`)."""

EXPIRE_MINUTES = 24 * 60
"""How long after its last word a half-finished talk is forgotten (`REDRESS_LINE_EXPIRE_MINUTES`)."""


class LineSettingsUnusable(RedressError):
    """A setting of the LINE channel does not say what it should."""

    status = 503
    code = "line-settings-unusable"


@dataclass(frozen=True, slots=True)
class LineOptions:
    """Secret, token and hosts of the Messaging API."""

    channel_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    api_url: str = API_URL
    data_url: str = DATA_URL
    remind_after: timedelta = timedelta(minutes=REMIND_MINUTES)
    expire_after: timedelta = timedelta(minutes=EXPIRE_MINUTES)


def line_options(settings: Settings) -> LineOptions | None:
    """The set-up, or None while the channel is off."""
    secret, token = settings.option("REDRESS_LINE_CHANNEL_SECRET"), settings.option("REDRESS_LINE_ACCESS_TOKEN")
    if not secret or not token:
        return None
    return LineOptions(
        secret,
        token,
        settings.option("REDRESS_LINE_API_URL", API_URL).rstrip("/"),
        settings.option("REDRESS_LINE_DATA_URL", DATA_URL).rstrip("/"),
        _minutes(settings, "REDRESS_LINE_REMIND_MINUTES", REMIND_MINUTES),
        _minutes(settings, "REDRESS_LINE_EXPIRE_MINUTES", EXPIRE_MINUTES),
    )


def _minutes(settings: Settings, name: str, default: int) -> timedelta:
    given = settings.option(name)
    if given and not (given.isascii() and given.isdigit() and 0 < int(given) <= 60 * 24 * 30):
        raise LineSettingsUnusable(
            N_("%(name)s is no number of minutes."),
            N_("Set it to a whole number from 1 to 43200, or take it out."),
            params={"name": name},
        )
    return timedelta(minutes=int(given) if given else default)
