"""The sla service in a fresh database, with its policy and its people."""

from __future__ import annotations

import pytest

from services.kit.database import Database
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
