"""TLS and SASL against a broker that asks for them: a certificate authority of the test's own, users, client keys."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from scripts.kafka import Brokers, NotHere, free_ports
from services.kit.broker import ensure_topics
from services.kit.broker_settings import BrokerSettingsWrong, Kafka, kafka_from
from services.kit.database import Database, new_id
from services.kit.journal import open_buckets
from services.kit.relay import Relay
from services.kit.replay import ReplayServer
from services.kit.settings import SERVICES
from tests.kit.test_kafka_feed import feed_of, read_all, until
from tests.kit.test_reader import Notebook
from tests.kit.test_relay import running, tell

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]

USER, PASSWORD = "redress", "not-the-one-of-anybody"


class Authority:
    """Signs certificates."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._signed(self.name, self.key.public_key(), x509.BasicConstraints(True, None))
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def _signed(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, what: x509.ExtensionType) -> x509.Certificate:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(what, critical=isinstance(what, x509.BasicConstraints))
            .sign(self.key, hashes.SHA256())
        )

    def pair(self, name: str) -> tuple[Path, Path]:
        """A certificate for this machine, and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
        signed = self._signed(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key.public_key(), here)
        certificate, private = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        certificate.write_bytes(signed.public_bytes(Encoding.PEM))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return certificate, private


@dataclass
class Secured:
    """A broker that takes nobody unknown, and what its clients are told."""

    with_password: int
    with_certificate: int
    authority: Path
    stranger: Path
    certificate: Path
    key: Path

    def environment(self, way: str, **instead: str) -> dict[str, str]:
        """The settings of one way in, some of them otherwise."""
        given = {"KAFKA_SSL_CAFILE": str(self.authority), "KAFKA_REPLICATION": "1", "KAFKA_PARTITIONS": "4"}
        if way == "SSL":
            given |= {
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.with_certificate}",
                "KAFKA_SECURITY_PROTOCOL": "SSL",
                "KAFKA_SSL_CERTFILE": str(self.certificate),
                "KAFKA_SSL_KEYFILE": str(self.key),
            }
        else:
            given |= {
                "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{self.with_password}",
                "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_SASL_MECHANISM": way,
                "KAFKA_SASL_USERNAME": USER,
                "KAFKA_SASL_PASSWORD": PASSWORD,
            }
        return {**given, "KAFKA_TOPIC_PREFIX": f"t{new_id().hex[-10:]}", **instead}


WAYS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "SSL")
"""Mechanisms behind TLS with a password, and a certificate of the client's own."""


def listeners(plain: int, controller: int, secured: Secured, server: tuple[Path, Path]) -> Mapping[str, str]:
    """What a broker needs to listen for clients with a password, and for clients with a certificate."""
    modules = "org.apache.kafka.common.security"
    where = {"PLAINTEXT": plain, "PASSWORD": secured.with_password, "CERTIFICATE": secured.with_certificate}
    advertised = ",".join(f"{name}://127.0.0.1:{port}" for name, port in where.items())
    keys = server[0].parent / "server.pem"
    keys.write_bytes(server[1].read_bytes() + server[0].read_bytes())
    return {
        "listeners": f"{advertised},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": advertised,
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PASSWORD:SASL_SSL,CERTIFICATE:SSL",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(keys),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(secured.authority),
        "listener.name.certificate.ssl.client.auth": "required",
        "listener.name.password.sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
        "listener.name.password.plain.sasl.jaas.config": (
            f'{modules}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";'
        ),
        "listener.name.password.scram-sha-256.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
        "listener.name.password.scram-sha-512.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
    }


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    ours, other = Authority(folder, "ours"), Authority(folder, "stranger")
    plain, controller, *ports = free_ports(4)
    found = Secured(ports[0], ports[1], ours.file, other.file, *ours.pair("client"))
    one = Brokers(folder / "kafka", 1)
    (node,) = one.nodes
    node.port, node.controller = plain, controller
    node.settings = listeners(plain, controller, found, ours.pair("server"))
    node.users = [f"SCRAM-SHA-{bits}=[name={USER},password={PASSWORD}]" for bits in (256, 512)]
    try:
        one.start()
    except NotHere as problem:
        one.stop()
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no Kafka: {problem}")
    yield found
    one.stop()


def kafka_of(secured: Secured, way: str, **instead: str) -> Kafka:
    """The broker as those settings reach it."""
    found = kafka_from(secured.environment(way, **instead))
    assert found is not None
    return found


@pytest.mark.parametrize("way", WAYS)
async def test_relay_reader_and_replay_go_in_by_password_and_by_certificate(
    database: Database, secured: Secured, way: str
) -> None:
    kafka = kafka_of(secured, way)
    here, intake = database.beside("sla"), database.beside("intake")
    await here.statement("create table notebook (case_id uuid, line text, n serial)")
    async with intake.transaction() as tx:
        await open_buckets(tx, "intake")
    await tell(database, case := new_id(), "from before, so asked for")
    await ensure_topics(kafka, SERVICES, SERVICES)
    notebook = Notebook(here)
    await notebook.reader.prepare()
    async with running(Relay(intake, kafka).run, ReplayServer(intake, kafka).run, feed_of(notebook, kafka).run):
        await tell(database, case, "live")
        await until("everything to be read", lambda: read_all(notebook))
    assert await notebook.lines(case) == ["from before, so asked for", "live"]


@pytest.mark.parametrize(
    ("way", "instead"),
    [
        *((way, {"KAFKA_SASL_PASSWORD": "guessed"}) for way in WAYS[:3]),
        ("SSL", {"KAFKA_SSL_CERTFILE": "", "KAFKA_SSL_KEYFILE": ""}),
    ],
)
async def test_nobody_goes_in_with_a_wrong_password_or_without_a_certificate(
    secured: Secured, way: str, instead: dict[str, str]
) -> None:
    with pytest.raises(KafkaError):
        await ensure_topics(kafka_of(secured, way, **instead), ["intake"], [])


@pytest.mark.parametrize("way", WAYS)
async def test_a_broker_whose_certificate_others_signed_is_told_no_password(secured: Secured, way: str) -> None:
    with pytest.raises(KafkaError):
        await ensure_topics(kafka_of(secured, way, KAFKA_SSL_CAFILE=str(secured.stranger)), ["intake"], [])


def test_a_certificate_that_cannot_be_read_is_named_with_its_variable(secured: Secured, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    for wrong in (str(broken), str(tmp_path / "away.pem")):
        with pytest.raises(BrokerSettingsWrong) as refused:
            _ = kafka_of(secured, "PLAIN", KAFKA_SSL_CAFILE=wrong).tls
        assert "KAFKA_SSL_CAFILE" in refused.value.remedy


def test_the_password_stands_in_no_text_of_the_settings(secured: Secured) -> None:
    assert PASSWORD not in repr(kafka_of(secured, "PLAIN"))
