"""The Messaging API by the official SDK: one client a process, opened when it is first needed.

The SDK is large (some 60 MB); it is imported in a thread when LINE is on and a call is made, and never otherwise.
Its failures become those of the outbox: `TryLater` for what passes, `Refused` for what will not.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import orjson

from services.intake.line.options import LineOptions
from services.intake.messages.carriers import Refused, TryLater
from services.kit.i18n import N_

TIMEOUT_SECONDS = 10.0
CONTENT_SECONDS = 120.0
LONGEST_WAIT = timedelta(hours=1)


class TokenSpent(Exception):
    """The reply token was used before, or is too old."""


class AlreadyAccepted(Exception):
    """LINE took a message with this retry key before (409)."""

    def __init__(self, request_id: str | None) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class QuotaUsedUp(Refused):
    """No message can be pushed any more this month."""


class NotReady(Exception):
    """A film or sound that LINE is still preparing."""


class ContentGone(Exception):
    """LINE has no content for the message (any more)."""


class ContentTooLarge(Exception):
    """The content is over the limit of the channel."""


class Account(NamedTuple):
    """Our own account."""

    user_id: str
    basic_id: str
    name: str


class Quota(NamedTuple):
    """The month's quota of pushed messages: `limit` None for none, and how many were used."""

    limit: int | None
    used: int

    @property
    def left(self) -> int | None:
        """How many are left."""
        return None if self.limit is None else max(self.limit - self.used, 0)


class LineClient:
    """Calls to the Messaging API of one account."""

    def __init__(self, options: LineOptions) -> None:
        self.options = options
        self._opening = asyncio.Lock()
        self._sdk: Any = None
        self._api: Any = None
        self._http: Any = None
        self._account: Account | None = None

    async def _opened(self) -> Any:
        async with self._opening:
            if self._api is None:
                self._sdk = await asyncio.to_thread(importlib.import_module, "linebot.v3.messaging")
                configuration = self._sdk.Configuration(
                    access_token=self.options.access_token, host=self.options.api_url
                )
                self._http = self._sdk.AsyncApiClient(configuration)
                self._api = self._sdk.AsyncMessagingApi(self._http)
            return self._api

    async def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            await self._http.close()
            self._http = self._api = None

    # ---- sending

    async def reply(self, token: str, messages: Sequence[dict[str, Any]]) -> str | None:
        """Answer an event with its token; costs nothing of the quota. The id of the first message.

        Raises:
            TokenSpent: the token is spent or too old; push instead.
            TryLater, Refused: as for every call.
        """
        api = await self._opened()
        body = self._sdk.ReplyMessageRequest.from_dict({"replyToken": token, "messages": list(messages)})
        answer = await self._call(lambda timeout: api.reply_message(body, _request_timeout=timeout), sending=True)
        return _first(answer)

    async def push(self, to: str, messages: Sequence[dict[str, Any]], retry_key: UUID) -> str | None:
        """Push messages; the same retry key pushes them once, however often it is tried.

        Raises:
            AlreadyAccepted: an earlier attempt arrived after all.
            TryLater, Refused: as for every call.
        """
        api = await self._opened()
        body = self._sdk.PushMessageRequest.from_dict({"to": to, "messages": list(messages)})
        answer = await self._call(
            lambda timeout: api.push_message(body, str(retry_key), _request_timeout=timeout), sending=True
        )
        return _first(answer)

    # ---- asking

    async def quota(self) -> Quota:
        """The month's quota and what is used of it."""
        api = await self._opened()
        limit = await self._call(lambda timeout: api.get_message_quota(_request_timeout=timeout))
        used = await self._call(lambda timeout: api.get_message_quota_consumption(_request_timeout=timeout))
        limited = str(getattr(limit.type, "value", limit.type)) == "limited"
        return Quota(int(limit.value or 0) if limited else None, int(used.total_usage))

    async def account(self, *, again: bool = False) -> Account:
        """Our own account, asked for once unless `again`."""
        if self._account is None or again:
            api = await self._opened()
            found = await self._call(lambda timeout: api.get_bot_info(_request_timeout=timeout))
            self._account = Account(found.user_id, found.basic_id, found.display_name)
        return self._account

    async def display_name(self, user_id: str) -> str | None:
        """The name somebody goes by on LINE; None when they do not show it to us."""
        api = await self._opened()
        try:
            profile = await self._call(lambda timeout: api.get_profile(user_id, _request_timeout=timeout))
        except Refused:
            return None
        return str(profile.display_name or "").strip()[:100] or None

    # ---- contents

    async def is_ready(self, message_id: str) -> bool:
        """Whether a film or sound can be fetched. Raises ContentGone when LINE could not prepare it."""
        found = orjson.loads(await self._data(f"/v2/bot/message/{quote(message_id, safe='')}/content/transcoding"))
        if found.get("status") == "failed":
            raise ContentGone
        return bool(found.get("status") != "processing")

    async def fetch(self, message_id: str, target: Path, limit: int) -> int:
        """Write the content of a message to a file, in pieces; returns its size.

        Raises:
            NotReady: LINE is still preparing it.
            ContentGone: there is none, or no more.
            ContentTooLarge: it is over `limit` bytes.
            TryLater: it may work later.
        """
        size = 0
        with target.open("wb") as file:
            async for piece in self._pieces(f"/v2/bot/message/{quote(message_id, safe='')}/content"):
                size += len(piece)
                if size > limit:
                    raise ContentTooLarge
                file.write(piece)
        return size

    async def _data(self, path: str) -> bytes:
        return b"".join([piece async for piece in self._pieces(path)])

    async def _pieces(self, path: str) -> Any:
        """The body of a call to the data host. The SDK would hold a whole film in memory, so its client is asked."""
        import aiohttp

        await self._opened()
        headers = {name: value for name, value in self._http.default_headers.items() if value}
        try:
            response = await self._http.rest_client.get_request(
                self.options.data_url + path,
                headers=headers,
                _preload_content=False,
                _request_timeout=aiohttp.ClientTimeout(total=CONTENT_SECONDS),
            )
            async with response:
                if response.status == 202:
                    raise NotReady
                if response.status in (400, 404, 410):
                    raise ContentGone
                if response.status != 200:
                    raise failure(response.status, dict(response.headers), b"")
                async for piece in response.content.iter_chunked(64 * 1024):
                    yield piece
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise TryLater(type(problem).__name__) from problem

    async def _call(self, call: Callable[[Any], Awaitable[Any]], *, sending: bool = False) -> Any:
        import aiohttp

        try:
            return await call(aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        except self._sdk.ApiException as problem:
            raise failure(problem.status, dict(problem.headers or {}), problem.body) from None
        except (aiohttp.ClientError, TimeoutError) as problem:
            raise TryLater(type(problem).__name__) from problem
        except ValueError as problem:
            # Answered 200 with a body that the SDK does not know. What was sent is sent; what was asked is not known.
            if sending:
                return None
            raise TryLater("LINE answered in a way that is not known") from problem


def _first(answer: Any) -> str | None:
    sent = getattr(answer, "sent_messages", None)
    return str(sent[0].id) if sent else None


def failure(status: int | None, headers: dict[str, str], body: str | bytes | None) -> Exception:
    """What a failed call means. Bodies are read for their kind only: they may quote what was sent."""
    told = {name.lower(): value for name, value in headers.items()}
    try:
        message = str(orjson.loads(body or b"").get("message", ""))
    except (orjson.JSONDecodeError, AttributeError):
        message = ""
    if status == 409:
        return AlreadyAccepted(told.get("x-line-accepted-request-id"))
    if status == 429 and "monthly limit" in message.lower():
        return QuotaUsedUp("the month's quota of LINE is used up")
    if status == 429 or status is None or status >= 500 or status == 408:
        return TryLater(f"LINE answered {status}", retry_after(told))
    if status == 400 and "reply token" in message.lower():
        return TokenSpent()
    if status in (401, 403):
        # A wrong token is ours to mend and passes: nothing is given up for it.
        return TryLater(N_("LINE refuses the access token; set REDRESS_LINE_ACCESS_TOKEN anew."), timedelta(minutes=5))
    return Refused(f"LINE answered {status}")


def retry_after(headers: dict[str, str]) -> timedelta | None:
    """How long LINE asks to wait, within reason."""
    given = headers.get("retry-after", "")
    return min(timedelta(seconds=int(given)), LONGEST_WAIT) if given.isdigit() else None
