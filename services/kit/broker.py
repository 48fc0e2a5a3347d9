"""Clients of the broker: FastStream's, aiokafka's, and the making of topics."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.kit.broker_settings import Kafka, Topics

log = structlog.get_logger()

MOST_BYTES = 1_048_576
"""The largest batch and request of a producer; the broker's own default limit."""

_quiet = logging.getLogger("redress.broker")
"""What FastStream logs, from errors on: the rest tells every partition and every retry."""
_quiet.setLevel(logging.ERROR)

TROUBLE = (KafkaError, OSError, TimeoutError)
"""What passes by itself when the broker is back."""


def broker_of(kafka: Kafka) -> KafkaBroker:
    """A FastStream broker whose subscribers are given what came as it came."""
    return KafkaBroker(
        [server.strip() for server in kafka.servers.split(",")],
        security=_security(kafka),
        client_id="redress",
        metadata_max_age_ms=30_000,
        allow_auto_create_topics=False,
        consumer_only=True,
        apply_types=False,
        logger=_quiet,
        log_level=logging.DEBUG,
        graceful_timeout=5,
    )


def _security(kafka: Kafka) -> BaseSecurity | None:
    if kafka.protocol == "PLAINTEXT":
        return None
    if kafka.protocol == "SSL":
        return BaseSecurity(ssl_context=kafka.tls, use_ssl=True)
    kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
    secured = kafka.protocol == "SASL_SSL"
    return kinds[kafka.mechanism](kafka.username, kafka.password, ssl_context=kafka.tls, use_ssl=secured)


async def ensure_topics(kafka: Kafka, sources: Sequence[str], readers: Sequence[str]) -> None:
    """Make the topics that are not there yet.

    Raises:
        KafkaError: the broker does not answer, or does not allow it.
    """
    topics = kafka.topics
    day = 3_600_000
    wanted = [
        _topic(topics, topics.journal(source), topics.partitions, topics.retention_hours * day) for source in sources
    ]
    short = topics.replay_retention_hours * day
    wanted += [_topic(topics, name, 1, short) for name in (topics.requests, *map(topics.answers, readers))]
    admin = AIOKafkaAdminClient(**kafka.options(), client_id="redress", request_timeout_ms=15_000)
    try:
        await admin.start()
        there = set(await admin.list_topics())
        await _create(admin, [topic for topic in wanted if topic.name not in there])
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, wanted: Sequence[NewTopic]) -> None:
    if not wanted:
        return
    answer = await admin.create_topics(list(wanted))
    for name, code, *why in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise KafkaError(f"topic {name} could not be made: error {code} {why[0] if why else ''}")
        if code == 0:
            await log.ainfo("topic made", topic=name)


def _topic(topics: Topics, name: str, partitions: int, retention_ms: float) -> NewTopic:
    return NewTopic(
        name,
        partitions,
        topics.replication,
        topic_configs={
            "retention.ms": str(int(retention_ms)),
            "min.insync.replicas": str(topics.min_insync),
            "cleanup.policy": "delete",
            "max.message.bytes": str(4 * MOST_BYTES),
        },
    )
