"""The office in a fresh database, and a client that talks to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.kit.database import Database
from services.kit.web import install_problem_handlers
from tests.reporting.recovery.office import Office


@pytest.fixture
async def desk(database: Database) -> Office:
    """The office with its policy and people."""
    return await Office(database).open()


@pytest.fixture
async def client(desk: Office) -> AsyncIterator[httpx.AsyncClient]:
    """A browser or program that talks to reporting."""
    app = FastAPI()
    install_problem_handlers(app, desk.context.web)
    for router in desk.service.routers:
        app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened
