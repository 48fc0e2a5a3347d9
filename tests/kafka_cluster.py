"""A Kafka broker for the tests: one of the session, started the first time a test asks for it.

Without Java or Maven the tests that need it are skipped with the reason; where CI is set that is a failure.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from scripts.kafka import Brokers, NotHere
from services.kit.broker_settings import Kafka, kafka_from
from services.kit.database import new_id


@pytest.fixture(scope="session")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brokers]:
    """One broker of this test process's own."""
    one = Brokers(tmp_path_factory.mktemp("kafka"), 1)
    try:
        one.start()
    except NotHere as problem:
        one.stop()
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Kafka: {problem}")
    yield one
    one.stop()


TRANSPORTS = ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)]
"""For journeys, which run over both: the journals as they are, and a broker."""


def environment_of(transport: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """What a process is told to run over a transport."""
    if transport == "embedded":
        return {}
    brokers: Brokers = request.getfixturevalue("brokers")
    return {**brokers.environment(), "KAFKA_PARTITIONS": "4", "KAFKA_TOPIC_PREFIX": f"t{new_id().hex[-10:]}"}


@pytest.fixture
def kafka(brokers: Brokers) -> Kafka:
    """The broker, with topics no other test uses."""
    found = kafka_from({**brokers.environment(), "KAFKA_PARTITIONS": "4"})
    assert found is not None
    return replace(found, topics=replace(found.topics, prefix=f"t{new_id().hex[-10:]}"))
