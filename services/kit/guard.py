"""The outermost layer of every request: limits on the way in, headers and a clear problem on the way out.

Plain ASGI middleware, cheap, since every request passes it. Whatever nobody has answered ends here: what passes by
itself as 503, what is full as 507, a fault of ours as 500, each as a problem document or page with its reference.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

import structlog
from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit import metrics, tracing
from services.kit.errors import InvalidInput, RedressError, TooLarge
from services.kit.i18n import N_
from services.kit.room import Room
from services.kit.service import FramedRoutes, UploadRoutes
from services.kit.throttle import FILING, Throttle
from services.kit.trouble import known, no_room, told, where
from services.kit.web import Web, answer_problem, new_reference

log = structlog.get_logger()

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'self'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
}

_CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Guard:
    """Body limit, room on the disk, filings at a time, security headers, and an answer to every failure."""

    def __init__(
        self,
        app: ASGIApp,
        web: Web,
        room: Room,
        uploads: Sequence[UploadRoutes] = (),
        framed: FramedRoutes | None = None,
    ) -> None:
        self.app = app
        self.uploads = tuple(uploads)
        self.framed = framed
        self.web = web
        self.room = room
        self.max_body = web.settings.max_body_bytes
        self.throttle = Throttle(web.settings.filings_at_once)
        self.headers = [(k.encode(), v.encode()) for k, v in SECURITY_HEADERS.items()]
        by = f"frame-ancestors {framed.by}" if framed else ""
        self.framed_headers = [(k, v.replace(b"frame-ancestors 'self'", by.encode())) for k, v in self.headers if by]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, within the limits."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = False, 500
        begun = time.perf_counter()
        doing = tracing.of_request(scope)
        token = tracing.enter(doing)

        async def with_headers(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                message["headers"] = [*message.get("headers", ()), *self._headers_of(scope)]
            await send(message)

        try:
            self._refuse_early(scope)
            if scope["method"] == "POST" and scope["path"] in FILING:
                with self.throttle.place():
                    await self.app(scope, self._counting(scope, receive), with_headers)
            else:
                await self.app(scope, self._counting(scope, receive), with_headers)
        except Exception as problem:
            error = known(problem) or await _fault(scope, problem)
            if started:
                raise
            await answer_problem(self.web, Request(scope), error)(scope, receive, with_headers)
        finally:
            tracing.leave(token)
            _answered(scope, doing, status, time.perf_counter() - begun)

    def _refuse_early(self, scope: Scope) -> None:
        """What can be refused before any of it is read."""
        if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
            raise InvalidInput(
                N_("The address holds a null character."), N_("Remove the character U+0000 and send it again.")
            )
        if scope["method"] in _CHANGES and not self.room.takes_in:
            raise no_room()

    def _most_of(self, scope: Scope) -> int:
        """How large the body may be: larger only where files are taken, and only as a form, whose files go to disk."""
        kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
        if kind.startswith(b"multipart/form-data"):
            for route in self.uploads:
                if route.paths.fullmatch(scope["path"]):
                    return max(route.most_bytes, self.max_body)
        return self.max_body

    def _headers_of(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        if self.framed is not None and self.framed.paths.fullmatch(scope["path"]):
            return self.framed_headers
        return self.headers

    def _counting(self, scope: Scope, receive: Receive) -> Receive:
        """Reading the body, up to the limit; what says beforehand that it is larger is not read at all."""
        most = self._most_of(scope)
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        read = int(declared) if declared.isdigit() and int(declared) > most else 0

        async def counted() -> Message:
            nonlocal read
            message: Message = {} if read > most else await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise TooLarge(
                    N_("What was sent is larger than %(limit)s bytes."),
                    N_("Shorten it, or send the rest as an attachment or in a second message."),
                    params={"limit": f"{most:,}"},
                )
            return message

        return counted


def _answered(scope: Scope, doing: tracing.Doing, status: int, seconds: float) -> None:
    """Count a request, end its span, and log it at debug level: by its route, never by its address or what was sent."""
    metrics.count_request(scope, status, seconds)
    if doing.span is None and not log.is_enabled_for(logging.DEBUG):
        return
    route = metrics.route_of(scope)
    log.debug(
        "request answered",
        method=scope["method"],
        route=route,
        status=status,
        seconds=round(seconds, 4),
        **doing.fields(),
    )
    tracing.end(
        doing,
        failed=str(status) if status >= 500 else None,
        name=f"{scope['method']} {route}",
        **{"http.request.method": scope["method"], "http.route": route, "http.response.status_code": status},
    )


async def _fault(scope: Scope, problem: Exception) -> RedressError:
    """A fault of ours: kept in the log under the reference that the answer shows, without what was sent."""
    reference = scope.setdefault("state", {}).setdefault("reference", new_reference())
    route = getattr(scope.get("route"), "path", "?")
    await log.aerror("request failed", reference=reference, route=route, error=told(problem), where=where(problem))
    error = RedressError(
        N_("Something went wrong on our side."),
        N_("What you entered was not lost by us on purpose: try again, or call us with the reference number."),
    )
    error.status, error.code = 500, "internal"
    return error
