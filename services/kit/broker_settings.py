"""The Kafka of an enterprise, as the environment names it: how to reach it and which topics there are.

Everything is set under the names that Kafka's own clients use; what topics are like stands in
`deploy/kafka/topics.yaml`. No client of the broker is loaded here: a system that runs embedded pays for none.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from services.kit.errors import RedressError
from services.kit.i18n import N_
from services.kit.paths import deploy_dir
from services.kit.settings import number_above_zero

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


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
    return number_above_zero(env, name, otherwise, BrokerSettingsWrong)
