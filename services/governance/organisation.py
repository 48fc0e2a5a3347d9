"""What the enterprise calls itself."""

from __future__ import annotations

from services.kit.service import Context


async def organisation_name(context: Context) -> str:
    """What an authenticator app calls this system: the short name of the enterprise."""
    bundle = await context.copies.in_force(context.database, context.now())
    return bundle.organisation.short.say("en")
