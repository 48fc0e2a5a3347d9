"""The channels that messages leave by: each is on where its settings are there, and off otherwise."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from services.intake.line.carrier import line_carrier
from services.intake.messages.carriers import Carrier
from services.intake.messages.sms_carrier import sms_carrier
from services.intake.messages.smtp_carrier import smtp_carrier
from services.kit.database import Database
from services.kit.service import Context

_BUILT: WeakKeyDictionary[Database, list[Carrier]] = WeakKeyDictionary()
"""Built once for each running system: a carrier keeps connections open and knows what is left of its quota."""


def carriers(context: Context) -> list[Carrier]:
    """The carriers of the channels that are switched on; each channel adds a line here.

    Raises:
        RedressError: a channel is set up wrongly; it says how to set it right.
    """
    if context.database not in _BUILT:
        built: list[Carrier | None] = [
            smtp_carrier(context.settings),
            sms_carrier(context.settings),
            line_carrier(context),
        ]
        _BUILT[context.database] = [carrier for carrier in built if carrier is not None]
    return _BUILT[context.database]
