"""Routing in a fresh database with the quick sample organisation and its people."""

from __future__ import annotations

import pytest

from services.kit.database import Database
from tests.routing.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """A policy in force and people at work."""
    made = World(database)
    await made.prepare()
    return made
