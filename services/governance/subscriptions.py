"""What governance listens to."""

from __future__ import annotations

from services.kit.listening import Subscriptions
from services.kit.service import Context


def subscriptions(context: Context) -> Subscriptions:
    """The handlers of governance."""
    subscribed = Subscriptions("governance")
    context.copies.subscribe(subscribed)
    return subscribed
