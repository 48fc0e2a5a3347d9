"""What reporting listens to: every journal that says something a KPI counts, its own of recovery records included."""

from __future__ import annotations

from collections.abc import Sequence

from services.kit.database import Transaction
from services.kit.listening import Received, Subscriptions
from services.kit.service import Context
from services.reporting.project_facts import PROJECTED, Projector
from services.reporting.recovery import subscriptions as recovery


def subscriptions(context: Context) -> Subscriptions:
    """The handlers of reporting."""
    subscribed = Subscriptions("reporting")
    context.copies.subscribe(subscribed)
    subscribe(subscribed, Projector(context.copies))
    recovery.subscribe(subscribed, context.copies)
    return subscribed


def subscribe(subscribed: Subscriptions, projector: Projector) -> None:
    """Let the facts follow every event that changes them."""

    @subscribed.gather(*PROJECTED)
    async def project(tx: Transaction, received: Sequence[Received]) -> None:
        await projector.apply(tx, received)
