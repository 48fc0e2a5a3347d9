"""The body of a request on its way through the front proxy, and that of the answer on its way back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
from starlette.requests import Request

WHOLE = 256 * 1024
"""Bytes up to which a body is read before it is passed on."""

LARGEST = 2 * 2**30
"""Bytes that one request may carry."""


class Body:
    """What a request carries: a small one whole, so that another process may be tried with it; a large one in pieces.

    Pieces are passed on as they come and never gathered. The services hold bodies to their own limits; `LARGEST` is
    above them all, and keeps a connection from carrying on without end.
    """

    def __init__(self, request: Request, whole: bytes | None, declared: bytes | None) -> None:
        self._request, self._whole, self._declared = request, whole, declared
        self.passed = False
        """Whether pieces of it were passed on, so that it cannot be sent a second time."""
        self.too_large = False

    @classmethod
    async def of(cls, request: Request) -> Body:
        """The body of a request. Raises ClientDisconnect when it breaks off."""
        declared = request.headers.get("content-length")
        if declared is None and "transfer-encoding" not in request.headers:
            return cls(request, b"", None)
        if declared is not None and declared.isdecimal() and int(declared) <= WHOLE:
            return cls(request, await request.body(), None)
        return cls(request, None, declared.encode("latin-1") if declared is not None else None)

    @property
    def beyond(self) -> bool:
        """Whether it says beforehand to be larger than anything that is carried."""
        return self._declared is not None and self._declared.isdigit() and int(self._declared) > LARGEST

    def headers(self) -> list[tuple[bytes, bytes]]:
        """How long it is, where that is known beforehand; else it goes out in chunks."""
        return [(b"content-length", self._declared)] if self._declared is not None else []

    def content(self) -> bytes | AsyncIterator[bytes]:
        """What to send."""
        return self._whole if self._whole is not None else self._pieces()

    async def _pieces(self) -> AsyncIterator[bytes]:
        size = 0
        async for piece in self._request.stream():
            size += len(piece)
            if size > LARGEST:
                self.too_large = True
                raise httpx.WriteError("the body is larger than the proxy carries")
            self.passed = True
            yield piece


async def pieces_of(incoming: httpx.Response) -> AsyncIterator[bytes]:
    """An answer as it comes; its connection is given back also when whoever asked has gone."""
    try:
        async for piece in incoming.aiter_raw():
            yield piece
    finally:
        await incoming.aclose()
