"""Routing in a fresh database with the quick sample organisation and its people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from services.kit.database import Database
from tests.routing.visitor import Visitor, pages_app
from tests.routing.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """A policy in force and people at work."""
    made = World(database)
    await made.prepare()
    return made


@pytest.fixture
async def visits(world: World) -> AsyncIterator[Callable[..., Visitor]]:
    """Let somebody sit down at a browser: `visits("officer1.lodging", lang="en")`."""
    app, opened = pages_app(world), []

    def visit(username: str | None, lang: str = "th") -> Visitor:
        opened.append(Visitor(world, app, username, lang))
        return opened[-1]

    yield visit
    for visitor in opened:
        await visitor.close()
