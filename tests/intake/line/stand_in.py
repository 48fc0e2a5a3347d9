"""A stand-in for LINE's servers which enforces what the real ones do.

Every call is held against the published specification; reply tokens work once and for a minute, retry keys make a push
happen once, a token that is wrong is refused, rates and the month's quota are counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from aiohttp import web

from tests.intake.line.specification import problems

ACCESS_TOKEN = "an access token of the tests"
JPEG_NAME = "ภาพ.jpg"


@dataclass
class Call:
    """One accepted call."""

    how: str
    to: str
    messages: list[dict[str, Any]]

    @property
    def text(self) -> str:
        """All words of the messages."""
        return "\n".join(str(message.get("text") or message.get("altText")) for message in self.messages)

    def buttons(self) -> dict[str, str]:
        """The data of the buttons under the last message, by label."""
        items = self.messages[-1].get("quickReply", {}).get("items", [])
        return {item["action"]["label"]: item["action"].get("data", "") for item in items}


@dataclass
class StandIn:
    """The state of the servers, set and read by tests."""

    now: Callable[[], datetime]
    calls: list[Call] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    """Calls that break the specification."""
    tokens: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    used_tokens: set[str] = field(default_factory=set)
    keys: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    preparing: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    quota: int | None = None
    used: int = 0
    failing: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Answers to give instead, in turn, to the next sending calls."""
    lose_answers: int = 0
    """How many of the next pushes are taken but answered with 500, as when a connection breaks."""
    odd: bool = False
    """Whether it tells of what it sent in a way that the SDK does not know."""
    url: str = ""
    _numbers: Any = field(default_factory=lambda: count(1))
    _runner: Any = None

    def token_for(self, user: str) -> str:
        """A fresh reply token."""
        token = f"token-{next(self._numbers)}"
        self.tokens[token] = (user, self.now() + timedelta(seconds=60))
        return token

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application(client_max_size=10_000_000, middlewares=[self._authorised])
        app.router.add_post("/v2/bot/message/reply", self._reply)
        app.router.add_post("/v2/bot/message/push", self._push)
        app.router.add_get("/v2/bot/message/quota", self._quota)
        app.router.add_get("/v2/bot/message/quota/consumption", self._consumption)
        app.router.add_get("/v2/bot/info", self._info)
        app.router.add_get("/v2/bot/profile/{user}", self._profile)
        app.router.add_get("/v2/bot/message/{id}/content", self._content)
        app.router.add_get("/v2/bot/message/{id}/content/transcoding", self._transcoding)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Be gone."""
        await self._runner.cleanup()

    @web.middleware
    async def _authorised(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            return self._error(401, "Authentication failed")
        response: web.StreamResponse = await handler(request)
        return response

    def _error(self, status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
        return web.json_response({"message": message}, status=status, headers=headers)

    async def _body(self, request: web.Request, schema: str) -> tuple[dict[str, Any], web.Response | None]:
        body: dict[str, Any] = await request.json()
        found = problems(schema, body) + _rules(body.get("messages", []))
        if found:
            self.wrong += found
            return body, self._error(400, f"The request body has {len(found)} error(s)")
        if self.failing:
            status, headers = self.failing.pop(0)
            return body, self._error(status, "no", headers)
        return body, None

    async def _reply(self, request: web.Request) -> web.Response:
        body, refused = await self._body(request, "ReplyMessageRequest")
        if refused is not None:
            return refused
        token = body["replyToken"]
        user, until = self.tokens.get(token, ("", self.now()))
        if token in self.used_tokens or self.now() >= until:
            return self._error(400, "Invalid reply token")
        self.used_tokens.add(token)
        return self._sent("reply", user, body["messages"])

    async def _push(self, request: web.Request) -> web.Response:
        body, refused = await self._body(request, "PushMessageRequest")
        if refused is not None:
            return refused
        key = request.headers.get("x-line-retry-key", "")
        if str(UUID(key)) in self.keys:
            headers = {"x-line-accepted-request-id": self.keys[key]}
            return self._error(409, "The retry key is already accepted", headers)
        if self.quota is not None and self.used >= self.quota:
            return self._error(429, "You have reached your monthly limit.")
        self.used += 1
        self.keys[key] = f"request-{next(self._numbers)}"
        answer = self._sent("push", body["to"], body["messages"])
        if self.lose_answers:
            self.lose_answers -= 1
            return self._error(500, "Internal error")
        return answer

    def _sent(self, how: str, to: str, messages: list[dict[str, Any]]) -> web.Response:
        self.calls.append(Call(how, to, messages))
        if self.odd:
            return web.json_response({"sentMessages": []})
        sent = [{"id": str(next(self._numbers)), "quoteToken": "q"} for _ in messages]
        return web.json_response({"sentMessages": sent})

    async def _quota(self, _request: web.Request) -> web.Response:
        limit = {"type": "none"} if self.quota is None else {"type": "limited", "value": self.quota}
        return web.json_response(limit)

    async def _consumption(self, _request: web.Request) -> web.Response:
        return web.json_response({"totalUsage": self.used})

    async def _info(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {"userId": "U" + "0" * 32, "basicId": "@redress", "displayName": "ศูนย์", "chatMode": "bot",
             "markAsReadMode": "auto"}
        )  # fmt: skip

    async def _profile(self, request: web.Request) -> web.Response:
        user = request.match_info["user"]
        if user not in self.names:
            return self._error(404, "Not found")
        return web.json_response({"userId": user, "displayName": self.names[user]})

    async def _content(self, request: web.Request) -> web.Response:
        message = request.match_info["id"]
        if message in self.preparing:
            return web.Response(status=202)
        if message not in self.contents:
            return self._error(404, "Not found")
        return web.Response(body=self.contents[message], content_type="application/octet-stream")

    async def _transcoding(self, request: web.Request) -> web.Response:
        status = "processing" if request.match_info["id"] in self.preparing else "succeeded"
        return web.json_response({"status": status})


def _rules(messages: list[dict[str, Any]]) -> list[str]:
    """What LINE's reference says beyond the specification's file."""
    found = []
    for message in messages:
        if message.get("type") == "text" and not 0 < len(message.get("text", "")) <= 5000:
            found.append("a text has 1 to 5000 characters")
        if message.get("type") == "flex" and not 0 < len(message.get("altText", "")) <= 1500:
            found.append("an altText has 1 to 1500 characters")
        items = message.get("quickReply", {}).get("items", [])
        if len(items) > 13:
            found.append("at most 13 buttons")
        for item in items:
            if not 0 < len(item["action"].get("label", "")) <= 20:
                found.append("a label has 1 to 20 characters")
            if len(item["action"].get("data", "")) > 300:
                found.append("data has at most 300 characters")
    return found
