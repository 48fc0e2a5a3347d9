"""Say which channels are switched on, and try those that messages leave by (`redress doctor`, `/admin/channels`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from services.intake.channels import carriers
from services.intake.line.carrier import line_carrier
from services.intake.line.options import line_options
from services.intake.messages.carriers import Carrier
from services.intake.messages.sms_carrier import sms_carrier
from services.intake.messages.smtp_carrier import smtp_carrier
from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.service import Context

SECONDS = 8.0
"""How long one channel is waited for."""


class WayOut(NamedTuple):
    """A channel that messages leave by, and how it does."""

    channel: str
    on: bool
    settings: tuple[str, ...]
    """What switches it on."""
    wrong: str | None = None
    """What is wrong with it and what to do, as a text of the catalogue; None when it is well or off."""
    left: int | None = None
    """How many may still be sent this month; None where there is no limit, or it is not known."""


class WayIn(NamedTuple):
    """A way by which complaints come in, and whether it is switched on."""

    name: str
    channel: str
    on: bool
    setting: str


_OUT: tuple[tuple[str, Callable[[Context], Carrier | None], tuple[str, ...]], ...] = (
    ("email", lambda context: smtp_carrier(context.settings), ("REDRESS_SMTP_URL", "REDRESS_MAIL_FROM")),
    ("line", line_carrier, ("REDRESS_LINE_CHANNEL_SECRET", "REDRESS_LINE_ACCESS_TOKEN")),
    ("sms", lambda context: sms_carrier(context.settings), ("REDRESS_SMS_URL",)),
)


async def ways_out(context: Context) -> list[WayOut]:
    """Every channel that messages leave by, each tried by itself, so that one in trouble hides no other."""
    return list(await asyncio.gather(*(_tried(context, *way) for way in _OUT)))


async def _tried(
    context: Context, channel: str, build: Callable[[Context], Carrier | None], settings: tuple[str, ...]
) -> WayOut:
    carrier: Carrier | None = None
    try:
        carrier = next((it for it in carriers(context) if it.channel == channel), None)
    except RedressError:
        try:
            carrier = build(context)  # another channel is set up wrongly, or this one
        except RedressError as problem:
            return WayOut(channel, True, settings, problem.what % problem.params if problem.params else problem.what)
    if carrier is None:
        return WayOut(channel, False, settings)
    try:
        async with asyncio.timeout(SECONDS):
            wrong = await carrier.check()
    except TimeoutError:
        wrong = N_("It does not answer in time; check its address and the network.")
    return WayOut(channel, True, settings, wrong, carrier.left())


def ways_in(context: Context) -> list[WayIn]:
    """Every way by which complaints come in from outside the program."""
    settings = context.settings
    line, secret = "REDRESS_LINE_CHANNEL_SECRET", settings.option("REDRESS_LINE_CHANNEL_SECRET")
    try:
        talks = line_options(settings) is not None
    except RedressError:
        talks = bool(secret)
    return [
        WayIn(N_("Form and tracking page"), "web", True, ""),
        WayIn(N_("Talk on LINE"), "line", talks, line),
        WayIn(N_("Mail handed over by LMTP"), "email", *_set(context, "REDRESS_LMTP_LISTEN")),
        WayIn(N_("Mail handed over by SMTP"), "email", *_set(context, "REDRESS_SMTP_LISTEN")),
        WayIn(N_("Mail fetched by IMAP"), "email", *_set(context, "REDRESS_IMAP_URLS")),
        WayIn(N_("Events of the telephone system"), "phone", *_set(context, "REDRESS_PHONE_SECRET")),
    ]


def _set(context: Context, name: str) -> tuple[bool, str]:
    return bool(context.settings.option(name)), name
