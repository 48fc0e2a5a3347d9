"""Messages out by LINE: answered while a reply token is fresh, pushed with a retry key otherwise, within the quota.

Of the month's quota `alerts.kept_for_customers` messages are kept for customers: alerts of staff are refused below
that, so that the outbox sends them by e-mail.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from services.intake.line.client import AlreadyAccepted, LineClient, Quota, QuotaUsedUp, TokenSpent
from services.intake.line.flex import ALT, answers_for
from services.intake.line.options import line_options
from services.intake.line.users import follows
from services.intake.line.wording import TEXT
from services.intake.messages.carriers import Carrier, Outgoing, Refused, Sent, TryLater
from services.kit.connections import Connections
from services.kit.i18n import N_
from services.kit.service import Context

QUOTA_SECONDS = 240.0
"""How long an answer about the quota is believed; what we push meanwhile is counted here."""


class LineCarrier:
    """The channel `line`."""

    channel = "line"

    def __init__(self, context: Context, client: LineClient) -> None:
        self.context = context
        self.client = client
        self._quota: Quota | None = None
        self._asked_at = -QUOTA_SECONDS

    async def send(self, outgoing: Outgoing) -> Sent:
        """Answer or push; a 200 of LINE, and a 409 for what an earlier attempt brought there, count as delivered."""
        messages = messages_for(outgoing)
        if (token := _fresh_token(outgoing, self.context.now())) is not None:
            try:
                return Sent(await self.client.reply(token, messages), True)
            except TokenSpent:
                if outgoing.attempt > 1 and "reply_until" in outgoing.extra:
                    # Fresh, and spent: by the attempt before this one, whose answer did not reach us.
                    return Sent(None, True)
        return await self._push(outgoing, messages)

    async def _push(self, outgoing: Outgoing, messages: list[dict[str, Any]]) -> Sent:
        if not await follows(self.context.database, self.context.settings.digest_key, outgoing.to):
            raise Refused("the account was blocked or left")
        await self._within_quota(outgoing)
        try:
            provider_id = await self.client.push(outgoing.to, messages, outgoing.message_id)
        except AlreadyAccepted as before:
            return Sent(before.request_id, True)
        except QuotaUsedUp:
            self._asked_at = -QUOTA_SECONDS
            raise
        if self._quota is not None:
            self._quota = self._quota._replace(used=self._quota.used + 1)
        return Sent(provider_id, True)

    async def _within_quota(self, outgoing: Outgoing) -> None:
        quota = await self.quota()
        if quota is None or quota.limit is None:
            return
        if not quota.left:
            raise QuotaUsedUp("the month's quota of LINE is used up")
        if outgoing.case_id is None or outgoing.extra.get("to_staff"):
            bundle = await self.context.copies.in_force(self.context.database, self.context.now())
            if (quota.left or 0) <= bundle.alerts.kept_for_customers:
                raise Refused("what is left of the quota of LINE is kept for customers")

    async def quota(self) -> Quota | None:
        """The quota as far as it is known; asked anew every few minutes. None where LINE does not say."""
        if time.monotonic() - self._asked_at >= QUOTA_SECONDS:
            self._asked_at = time.monotonic()
            try:
                self._quota = await self.client.quota()
            except (TryLater, Refused):
                pass  # not knowing is no reason to be silent: LINE itself refuses what is over
        return self._quota

    async def check(self) -> str | None:
        """Ask LINE who we are and what is left of the quota."""
        try:
            await self.client.account(again=True)
            self._asked_at = -QUOTA_SECONDS
            quota = await self.quota()
        except TryLater as problem:
            return str(problem) or N_("LINE cannot be reached; see whether this machine may call api.line.me.")
        except Refused:
            return N_("LINE refuses the access token; set REDRESS_LINE_ACCESS_TOKEN anew.")
        if quota is not None and quota.left == 0:
            return N_("The month's quota of LINE is used up; buy more messages, or wait for the first of the month.")
        return None

    def left(self) -> int | None:
        """How many messages may still be pushed this month, as last known."""
        return self._quota.left if self._quota else None


async def ask_quota(carriers: Sequence[Carrier]) -> None:
    """Learn what is left of the quota, also while nothing is sent: a new month gives a new one."""
    for carrier in carriers:
        if isinstance(carrier, LineCarrier):
            await carrier.quota()


def line_carrier(context: Context) -> LineCarrier | None:
    """The carrier; None while the channel is off."""
    client = line_client(context)
    return LineCarrier(context, client) if client is not None else None


_clients: WeakKeyDictionary[Connections, LineClient] = WeakKeyDictionary()


def line_client(context: Context) -> LineClient | None:
    """The one client of a running system; None while the channel is off."""
    options = line_options(context.settings)
    if options is None:
        return None
    connections = context.database.connections
    known = _clients.get(connections)
    if known is None or known.options != options:
        known = _clients[connections] = LineClient(options)
    return known


def _fresh_token(outgoing: Outgoing, now: datetime) -> str | None:
    """The reply token, while LINE takes it."""
    token, until = outgoing.extra.get("reply_token"), outgoing.extra.get("reply_until")
    if not isinstance(token, str) or not isinstance(until, str):
        return None
    return token if now < datetime.fromisoformat(until) else None


def messages_for(outgoing: Outgoing) -> list[dict[str, Any]]:
    """The message as LINE takes it: text, then the Flex message if there is one; buttons under the last."""
    flex = outgoing.extra.get("flex")
    messages: list[dict[str, Any]] = []
    if flex is None or not outgoing.extra.get("flex_alone"):
        messages.append({"type": "text", "text": outgoing.text[:TEXT] or "…"})
    if flex is not None:
        alt = outgoing.text or outgoing.subject or outgoing.tracking_number or "…"
        messages.append({"type": "flex", "altText": alt[:ALT], "contents": flex})
    buttons = answers_for(outgoing.template, outgoing.case_id, outgoing.language)
    if buttons is not None:
        messages[-1]["quickReply"] = buttons
    return messages


def reply_extra(token: str | None, at: datetime, fresh: timedelta) -> dict[str, Any]:
    """What lets the outbox answer an event that happened at `at` instead of pushing."""
    return {"reply_token": token, "reply_until": (at + fresh).isoformat()} if token else {}
