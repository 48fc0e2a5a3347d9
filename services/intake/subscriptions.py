"""What intake listens to."""

from __future__ import annotations

from services.kit.reader import Subscriptions
from services.kit.service import Context


def subscriptions(context: Context) -> Subscriptions:
    """The handlers of intake."""
    subscribed = Subscriptions("intake")
    context.copies.subscribe(subscribed)
    return subscribed
