"""Try the telephone and SMS: is the secret a secret, was a call heard, does the gateway answer?"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from services.intake.messages.sms_carrier import sms_carrier
from services.kit.service import Context

SHORTEST = 16
"""Signs of a secret that cannot be tried out."""

QUIET = timedelta(days=7)


class Tried(NamedTuple):
    """What came of trying one way."""

    part: str
    ok: bool
    says: str
    do: str = ""


async def check_phone(context: Context) -> list[Tried]:
    """One line for the way in of the switchboard, one for SMS; what has no setting is off and says so."""
    return [await _calls(context), await _sms(context)]


async def _calls(context: Context) -> Tried:
    secret = context.settings.option("REDRESS_PHONE_SECRET")
    if not secret:
        return Tried("phone", True, "off (REDRESS_PHONE_SECRET is not set)")
    if len(secret) < SHORTEST:
        return Tried(
            "phone", False, f"its secret has only {len(secret)} signs",
            "Set REDRESS_PHONE_SECRET to what `openssl rand -hex 32` gives, here and at the switchboard.",
        )  # fmt: skip
    (row,) = await context.database.read(
        "select (select max(arrived_at) from intake.phone_event) as heard,"
        " (select count(*) from intake.call_back where state = 'open' and due_at < $1) as late",
        context.now(),
    )
    late = f", {row['late']:,} callers are owed a call and late" if row["late"] else ""
    if row["heard"] is None:
        return Tried("phone", True, f"on, no call heard yet{late}", "Send one as docs/phone.md shows.")
    quiet = row["heard"] < context.now() - QUIET
    says = f"on, last heard {row['heard']:%Y-%m-%d %H:%M} UTC{late}"
    return Tried("phone", True, says, "See whether the switchboard still sends." if quiet else "")


async def _sms(context: Context) -> Tried:
    carrier = sms_carrier(context.settings)
    if carrier is None:
        return Tried("sms", True, "off (REDRESS_SMS_URL is not set)")
    try:
        wrong = await carrier.check()
    finally:
        await carrier.close()
    return Tried("sms", wrong is None, "the gateway answers" if wrong is None else "no answer", wrong or "")
