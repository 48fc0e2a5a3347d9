"""A route that is served directly answers like one that went the long way."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from services.cli.direct_routes import serve_directly
from services.kit.access import Allow


class Rule(Allow):
    """A rule that lets everybody in and says who came."""

    def __init__(self) -> None:
        self.roles = frozenset()
        self.optional = True

    async def __call__(self, request: Request) -> Any:
        """A viewer by name."""
        return request.headers.get("x-viewer")


class Body(BaseModel):
    """What is sent."""

    to: str = Field(max_length=5)
    times: int = 1


def routes() -> APIRouter:
    """Routes of each sort."""
    router = APIRouter()
    rule = Depends(Rule())

    @router.post("/take/{ident}")
    async def take(
        request: Request, ident: str, body: Body, viewer: Any = rule, if_match: str | None = Header(None)
    ) -> JSONResponse:
        return JSONResponse([request.method, ident, body.model_dump(), viewer, if_match], 201)

    @router.get("/plain", dependencies=[rule])
    async def plain() -> JSONResponse:
        return JSONResponse("here")

    @router.get("/number/{number}", dependencies=[rule])
    async def number(number: int) -> JSONResponse:
        return JSONResponse(number)

    @router.get("/asks", dependencies=[rule])
    async def asks(q: str = "") -> JSONResponse:
        return JSONResponse(q)

    @router.get("/must", dependencies=[rule])
    async def must(x_key: Annotated[str, Header()]) -> JSONResponse:
        return JSONResponse(x_key)

    @router.get("/model", dependencies=[rule])
    async def model() -> Body:
        return Body(to="x")

    return router


def app(*, direct: bool) -> tuple[FastAPI, list[str]]:
    """The application, and the paths that are served directly."""
    made, shortened, router = FastAPI(), [], routes()

    @made.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse([[each["type"], [str(part) for part in each["loc"]]] for each in error.errors()], 422)

    for route in router.routes:
        if direct and isinstance(route, APIRoute) and serve_directly(route):
            shortened.append(route.path)
        made.router.routes.append(route)
    return made, shortened


def test_only_a_route_that_needs_nothing_else_is_served_directly() -> None:
    assert app(direct=True)[1] == ["/take/{ident}", "/plain"]


@pytest.mark.parametrize(
    "request_",
    [
        ("POST", "/take/a%20b", {"json": {"to": "x"}, "headers": {"x-viewer": "me", "if-match": "7"}}),
        ("POST", "/take/a", {"json": {"to": "x", "times": "3"}}),
        ("POST", "/take/a", {"json": {"times": "many"}}),
        ("POST", "/take/a", {"json": {"to": "too long"}}),
        ("POST", "/take/a", {"json": [1]}),
        ("POST", "/take/a", {"json": None}),
        ("POST", "/take/a", {"content": b'{"to":', "headers": {"content-type": "application/json"}}),
        ("POST", "/take/a", {"content": b'{"to":"x"}', "headers": {"content-type": "text/plain"}}),
        ("POST", "/take/a", {"content": b'{"to":"x"}', "headers": {"content-type": "application/vnd.x+json"}}),
        ("POST", "/take/a", {}),
        ("GET", "/take/a", {}),
        ("GET", "/plain", {}),
        ("HEAD", "/plain", {}),
    ],
    ids=str,
)
async def test_a_direct_route_answers_like_one_that_went_the_long_way(
    request_: tuple[str, str, dict[str, Any]],
) -> None:
    answers = []
    for direct in (True, False):
        transport = httpx.ASGITransport(app(direct=direct)[0])
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.request(request_[0], request_[1], **request_[2])
            answers.append((answer.status_code, answer.content))
    assert answers[0] == answers[1]
