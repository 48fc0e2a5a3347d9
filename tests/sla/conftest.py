"""The sla service in a fresh database, with its policy and its people."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from services.kit.database import Database
from services.kit.web import install_problem_handlers
from services.sla.service import build
from tests.sla.world import PEOPLE, World, policy


@pytest.fixture
async def empty_world(database: Database) -> World:
    """Nothing has been learned yet."""
    return World(database)


@pytest.fixture
async def world(empty_world: World) -> World:
    """A policy in force and people at work."""
    await empty_world.adopt(policy())
    await empty_world.employ(*PEOPLE)
    return empty_world


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser or program that talks to the service."""
    app = FastAPI()
    install_problem_handlers(app, world.context.web)
    for router in build(world.context).routers:
        app.include_router(router)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened
