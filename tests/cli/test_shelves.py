"""Routes on shelves answer exactly as they would in one long row."""

from __future__ import annotations

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.cli.shelves import put_on_shelves, shelf_of


def an_app() -> FastAPI:
    app = FastAPI()
    things, others = APIRouter(prefix="/api/v1/things"), APIRouter()

    @things.get("")
    async def listed() -> str:
        return "listed"

    @things.get("/{ident}")
    async def one(ident: str) -> str:
        return f"one {ident}"

    @things.post("/{ident}/steps")
    async def step(ident: str) -> str:
        return f"step {ident}"

    @others.get("/")
    async def first() -> str:
        return "first"

    @others.get("/desk/new")
    async def new() -> str:
        return "new"

    @others.get("/desk/{ident}")
    async def desk(ident: str) -> str:
        return f"desk {ident}"

    outer = APIRouter()
    outer.include_router(others)
    inner = APIRouter()

    @inner.get("/drawer/open")
    async def drawer() -> str:
        return "drawer"

    outer.include_router(inner, prefix="/old")
    app.include_router(things)
    app.include_router(outer)
    app.mount("/static", Starlette(routes=[Route("/style.css", lambda request: PlainTextResponse("body {}"))]))
    return app


ASKED = (
    ("GET", "/"), ("GET", "/desk/new"), ("GET", "/desk/7"), ("GET", "/desk/7/"), ("GET", "/desk"), ("POST", "/desk/7"),
    ("GET", "/api/v1/things"), ("GET", "/api/v1/things/"), ("GET", "/api/v1/things/7"), ("PUT", "/api/v1/things/7"),
    ("POST", "/api/v1/things/7/steps"), ("GET", "/api/v1/things/7/steps"), ("GET", "/api/v1/nothing"),
    ("GET", "/old/drawer/open"), ("GET", "/drawer/open"), ("GET", "/static/style.css"), ("GET", "/static/none"),
    ("GET", "/nowhere"), ("GET", "/openapi.json"), ("HEAD", "/desk/7"), ("OPTIONS", "/desk/7"), ("GET", "//desk"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ASKED)
async def test_an_address_answers_the_same_on_shelves_and_in_one_row(method: str, path: str) -> None:
    row, shelved = an_app(), an_app()
    put_on_shelves(shelved)
    answers = []
    for app in (row, shelved):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://here") as client:
            answer = await client.request(method, path)
        answers.append((answer.status_code, answer.text, answer.headers.get("location"), answer.headers.get("allow")))
    assert answers[0] == answers[1]


def test_a_shelf_is_named_by_the_first_word_after_the_version_of_the_api() -> None:
    assert shelf_of("/desk") == shelf_of("/desk/new/filed") == "/desk"
    assert shelf_of("/api/v1/cases/7/transitions") == "/api/v1/cases"
    assert shelf_of("/") == "/"
