"""The Kafka of an enterprise: how to reach it, which topics there are, and clients of it.

Everything is set by environment, under the names that Kafka's own clients use; what topics are like stands in
`deploy/kafka/topics.yaml`.
"""

from __future__ import annotations

import logging
import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.paths import deploy_dir

log = structlog.get_logger()

MOST_BYTES = 1_048_576
"""The largest batch and request of a producer; the broker's own default limit."""

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")

_quiet = logging.getLogger("redress.broker")
"""What FastStream logs, from errors on: the rest tells every partition and every retry."""
_quiet.setLevel(logging.ERROR)

TROUBLE = (KafkaError, OSError, TimeoutError)
"""What passes by itself when the broker is back."""


class BrokerSettingsWrong(RedressError):
    """A KAFKA_… variable cannot be used as it is."""

    code = "broker-settings"


@dataclass(frozen=True, slots=True)
class Topics:
    """What topics are called and what they are made with."""

    prefix: str
    partitions: int
    replication: int
    min_insync: int
    retention_hours: float
    replay_retention_hours: float

    def journal(self, source: str) -> str:
        """The topic a journal is relayed to."""
        return f"{self.prefix}.journal.{source}"

    @property
    def requests(self) -> str:
        """Where a reader asks for events it missed."""
        return f"{self.prefix}.replay.requests"

    def answers(self, reader: str) -> str:
        """Where it is answered."""
        return f"{self.prefix}.replay.{reader}"

    def group(self, service: str) -> str:
        """The consumer group of a service."""
        return f"{self.prefix}.{service}"


@dataclass(frozen=True, slots=True)
class Kafka:
    """How to reach the brokers. The password is in no log and no `repr`."""

    servers: str
    topics: Topics
    protocol: str = "PLAINTEXT"
    mechanism: str = "PLAIN"
    username: str = ""
    password: str = field(default="", repr=False)
    cafile: str | None = None
    certfile: str | None = None
    keyfile: str | None = None
    session_seconds: float = 10.0
    """How long the group waits for a reader that says nothing before another takes its partitions."""

    @property
    def tls(self) -> ssl.SSLContext | None:
        """The context of an encrypted connection; None for a plain one."""
        if not self.protocol.endswith("SSL"):
            return None
        try:
            context = ssl.create_default_context(cafile=self.cafile)
            if self.certfile:
                context.load_cert_chain(self.certfile, self.keyfile)
        except (OSError, ssl.SSLError) as problem:
            raise BrokerSettingsWrong(
                N_("The certificates for the broker cannot be read: %(why)s."),
                N_("Check KAFKA_SSL_CAFILE, KAFKA_SSL_CERTFILE and KAFKA_SSL_KEYFILE."),
                params={"why": problem.strerror or "they are not PEM files"},
            ) from problem
        return context

    def options(self) -> dict[str, Any]:
        """What every aiokafka client is made with."""
        found: dict[str, Any] = {"bootstrap_servers": self.servers, "security_protocol": self.protocol}
        if (tls := self.tls) is not None:
            found["ssl_context"] = tls
        if self.protocol.startswith("SASL"):
            found |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password,
            }
        return found

    def broker(self) -> KafkaBroker:
        """A FastStream broker whose subscribers are given what came as it came."""
        return KafkaBroker(
            [server.strip() for server in self.servers.split(",")],
            security=self._security(),
            client_id="redress",
            metadata_max_age_ms=30_000,
            allow_auto_create_topics=False,
            consumer_only=True,
            apply_types=False,
            logger=_quiet,
            log_level=logging.DEBUG,
            graceful_timeout=5,
        )

    def _security(self) -> BaseSecurity | None:
        if self.protocol == "PLAINTEXT":
            return None
        if self.protocol == "SSL":
            return BaseSecurity(ssl_context=self.tls, use_ssl=True)
        kinds = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}
        secured = self.protocol == "SASL_SSL"
        return kinds[self.mechanism](self.username, self.password, ssl_context=self.tls, use_ssl=secured)


def topics_from(env: Mapping[str, str]) -> Topics:
    """The topics of `deploy/kafka/topics.yaml`, changed by what the environment says."""
    given = yaml.safe_load((deploy_dir() / "kafka" / "topics.yaml").read_text(encoding="utf-8"))
    journal, replay = given["journal"], given["replay"]
    replication = _number(env, "KAFKA_REPLICATION", journal["replication"])
    return Topics(
        prefix=env.get("KAFKA_TOPIC_PREFIX") or given["prefix"],
        partitions=int(_number(env, "KAFKA_PARTITIONS", journal["partitions"])),
        replication=int(replication),
        min_insync=min(int(journal["min_insync_replicas"]), max(1, int(replication) - 1)),
        retention_hours=_number(env, "KAFKA_RETENTION_HOURS", journal["retention_hours"]),
        replay_retention_hours=float(replay["retention_hours"]),
    )


def kafka_from(env: Mapping[str, str] | None = None, servers: str | None = None) -> Kafka | None:
    """The broker named by the environment (or by `servers`); None where there is none: the system runs embedded.

    Raises:
        BrokerSettingsWrong: a variable cannot be used as it is.
    """
    env = os.environ if env is None else env
    servers = servers or env.get("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        return None
    return Kafka(
        servers=servers,
        topics=topics_from(env),
        protocol=_one_of(env, "KAFKA_SECURITY_PROTOCOL", PROTOCOLS),
        mechanism=_one_of(env, "KAFKA_SASL_MECHANISM", MECHANISMS),
        username=env.get("KAFKA_SASL_USERNAME", ""),
        password=env.get("KAFKA_SASL_PASSWORD", ""),
        cafile=env.get("KAFKA_SSL_CAFILE") or None,
        certfile=env.get("KAFKA_SSL_CERTFILE") or None,
        keyfile=env.get("KAFKA_SSL_KEYFILE") or None,
        session_seconds=_number(env, "KAFKA_SESSION_SECONDS", 10.0),
    )


def _one_of(env: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    chosen = (env.get(name) or choices[0]).upper()
    if chosen not in choices:
        raise BrokerSettingsWrong(
            N_("%(name)s cannot be %(value)s."),
            N_("Use one of %(choices)s."),
            params={"name": name, "value": chosen, "choices": ", ".join(choices)},
        )
    return chosen


def _number(env: Mapping[str, str], name: str, otherwise: float) -> float:
    try:
        found = float(env.get(name) or otherwise)
    except ValueError:
        found = 0
    if found <= 0:
        raise BrokerSettingsWrong(
            N_("%(name)s cannot be %(value)s."),
            N_("Use a number above zero."),
            params={"name": name, "value": env.get(name, "")},
        )
    return found


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
