"""SMS out, through an HTTP gateway: a small interface that any provider's can be put behind.

`REDRESS_SMS_URL` is posted a JSON object with `id` (the same for every attempt), `to` (`+66…`), `text` and, where set,
`from` (`REDRESS_SMS_FROM`); `REDRESS_SMS_TOKEN` goes along as a bearer token. 2xx with an optional `{"id": …}` is
accepted, 429 and 5xx mean later (with `Retry-After`), any other 4xx means never.
"""

from __future__ import annotations

import re
from datetime import timedelta

import httpx

from services.intake.messages.carriers import Outgoing, Refused, Sent, TryLater
from services.kit.i18n import N_
from services.kit.settings import Settings

TIMEOUT_SECONDS = 20.0
LONGEST = 670
"""Signs of ten joined messages in Thai; the rest stands on the tracking page."""


def sms_carrier(settings: Settings) -> SmsCarrier | None:
    """The carrier of SMS; None while REDRESS_SMS_URL is not set."""
    url = settings.option("REDRESS_SMS_URL")
    if not url:
        return None
    return SmsCarrier(url, settings.option("REDRESS_SMS_TOKEN"), settings.option("REDRESS_SMS_FROM"))


class SmsCarrier:
    """Posts messages to one gateway."""

    channel = "sms"

    def __init__(self, url: str, token: str = "", sender: str = "") -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._url, self._sender = url, sender
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, headers=headers, trust_env=False)

    async def send(self, outgoing: Outgoing) -> Sent:
        """Hand a message to the gateway; whether it arrived is the gateway's to tell later."""
        number = international(outgoing.to)
        if number is None:
            raise Refused("the number is no telephone number")
        text = outgoing.text if len(outgoing.text) <= LONGEST else outgoing.text[: LONGEST - 1] + "…"
        body = {"id": str(outgoing.message_id), "to": number, "text": text}
        if self._sender:
            body["from"] = self._sender
        try:
            answer = await self._client.post(
                self._url, json=body, headers={"Idempotency-Key": str(outgoing.message_id)}
            )
        except httpx.HTTPError as error:
            raise TryLater(f"SMS gateway: {type(error).__name__}") from None
        if answer.status_code in (401, 403, 408, 425, 429) or answer.status_code >= 500:
            raise TryLater(f"SMS gateway answers {answer.status_code}", retry_after(answer))
        if not answer.is_success:
            raise Refused(f"SMS gateway answers {answer.status_code}")
        return Sent(_id_in(answer) or str(outgoing.message_id), delivered=True)

    async def check(self) -> str | None:
        """Whether the gateway can be reached."""
        try:
            await self._client.options(self._url)
        except httpx.HTTPError:
            return N_("The SMS gateway cannot be reached; check REDRESS_SMS_URL and the network.")
        return None

    def left(self) -> int | None:
        """The gateway's contract knows; we do not."""
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def international(number: str) -> str | None:
    """A telephone number as `+66812345678`; None when it is none. Numbers that begin with 0 are Thai."""
    digits = re.sub(r"[^\d+]", "", number)
    if digits.startswith("0"):
        digits = f"+66{digits[1:]}"
    return digits if re.fullmatch(r"\+\d{8,15}", digits) else None


def retry_after(answer: httpx.Response) -> timedelta | None:
    """The provider's Retry-After in seconds, where it gave one; at most a day."""
    said = answer.headers.get("Retry-After", "")
    return timedelta(seconds=min(int(said), 86_400)) if said.isdigit() else None


def _id_in(answer: httpx.Response) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return None
    found = body.get("id") if isinstance(body, dict) else None
    return str(found)[:200] if found else None
