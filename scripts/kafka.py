"""Apache Kafka on this machine, without containers: one broker or three, KRaft, on loopback.

`python scripts/kafka.py start [--brokers 3] [--folder DIR]` starts them and returns; `stop` ends them. Tests and
measurements use `Brokers` and end their own. The server's jars come from Maven (`deploy/kafka/pom.xml`) into a cache
folder: `REDRESS_KAFKA_CACHE`, else `~/.cache/redress/kafka`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POM = ROOT / "deploy" / "kafka" / "pom.xml"
START_SECONDS = 180.0
STOP_SECONDS = 20.0
CLUSTER = "cmVkcmVzcy1vbi1sb29wYg"
"""The id of the cluster: 16 bytes in base64, the same for every broker."""

SERVER = """\
process.roles=broker,controller
node.id={node}
controller.quorum.voters={voters}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs={logs}
num.partitions=1
default.replication.factor={replication}
min.insync.replicas={insync}
offsets.topic.replication.factor={replication}
offsets.topic.num.partitions=4
transaction.state.log.replication.factor={replication}
transaction.state.log.num.partitions=4
transaction.state.log.min.isr={insync}
share.coordinator.state.topic.replication.factor={replication}
share.coordinator.state.topic.min.isr={insync}
group.initial.rebalance.delay.ms=0
initial.broker.registration.timeout.ms=600000
auto.create.topics.enable=false
log.segment.bytes=67108864
controlled.shutdown.enable=true
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
"""


class NotHere(Exception):
    """Java or Maven is missing, or the jars could not be fetched; the message says what to do."""


def find_tools() -> None:
    """Raise NotHere, with the remedy, where Java 17 or Maven is missing."""
    if shutil.which("java") is None:
        raise NotHere("Java is not installed. Install Java 17 or newer: apt-get install openjdk-17-jre-headless")
    if shutil.which("mvn") is None and not jars_there(jars_folder()):
        raise NotHere("Maven is not installed. It fetches Kafka's jars: apt-get install maven")


def jars_folder() -> Path:
    """Where the jars of this `pom.xml` are kept."""
    chosen = os.environ.get("REDRESS_KAFKA_CACHE")
    base = Path(chosen) if chosen else Path.home() / ".cache" / "redress" / "kafka"
    return base / hashlib.sha256(POM.read_bytes()).hexdigest()[:12]


def jars_there(folder: Path) -> bool:
    """Whether they have all been fetched."""
    return (folder / "complete").exists()


def jars() -> Path:
    """The folder with Kafka's jars, fetched once. Raises NotHere."""
    find_tools()
    folder = jars_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars_there(folder):
            fetch = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            done = subprocess.run(fetch, capture_output=True, text=True)
            if done.returncode != 0:
                raise NotHere(
                    f"Kafka's jars could not be fetched: {(done.stdout + done.stderr).strip()[-300:]}\n"
                    "Check that Maven reaches its repository, then try again."
                )
            (folder / "complete").touch()
    return folder


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on just now, all different."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def pid_alive(pid: int) -> bool:
    """Whether a process of this id runs."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


@dataclass
class Broker:
    """One node: broker and controller."""

    node: int
    folder: Path
    port: int
    controller: int
    memory: str = "384m"
    settings: Mapping[str, str] = field(default_factory=dict)
    """Lines of server.properties beyond those of `SERVER`, or instead of them."""
    users: Sequence[str] = ()
    """Users of SCRAM, as `StorageTool format --add-scram` takes them."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def pid_file(self) -> Path:
        """Where its process id is noted, for a `stop` by another process."""
        return self.folder / "pid"

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.folder / "kafka.log"

    def format(self, voters: str, brokers: int) -> None:
        """Prepare its folder, once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        replication = min(3, brokers)
        (self.folder / "server.properties").write_text(
            SERVER.format(
                node=self.node,
                voters=voters,
                port=self.port,
                controller=self.controller,
                logs=self.folder / "data",
                replication=replication,
                insync=max(1, replication - 1),
            )
            + "".join(f"{name}={value}\n" for name, value in self.settings.items())
        )
        (self.folder / "log4j2.properties").write_text(
            "rootLogger.level=WARN\nrootLogger.appenderRef.out.ref=out\n"
            "appender.out.type=Console\nappender.out.name=out\n"
            "appender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%d %p %c{1} %m%n\n"
        )
        if not (self.folder / "data" / "meta.properties").exists():
            command = self.java("64m", "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties)
            command += [word for user in self.users for word in ("--add-scram", user)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise NotHere(f"Kafka could not prepare {self.folder}: {(done.stdout + done.stderr)[-500:]}")

    @property
    def _properties(self) -> str:
        return str(self.folder / "server.properties")

    def java(self, memory: str, *arguments: str) -> list[str]:
        """The command that runs a class of Kafka's jars."""
        quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", f"-Xmx{memory}", "-Djava.net.preferIPv4Stack=true"]
        logging = f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}"
        return ["java", *quick, logging, "-cp", f"{jars()}/*", *arguments]

    def start(self) -> None:
        """Start its process; `wait` says when it serves."""
        command = self.java(self.memory, "kafka.Kafka", self._properties)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self.pid_file.write_text(str(self.process.pid))

    def serves(self) -> bool:
        """Whether it takes connections."""
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        if self.process is not None:
            return self.process.pid if self.process.poll() is None else None
        try:
            pid = int(self.pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if pid_alive(pid) and f"{self.folder}/" in _command_of(pid) else None

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        if (pid := self.pid) is not None:
            os.kill(pid, number)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self.signal(signal.SIGKILL)
        self._reap(STOP_SECONDS)

    def _reap(self, seconds: float) -> bool:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if self.process is not None:
                self.process.poll()
            if self.pid is None:
                self.pid_file.unlink(missing_ok=True)
                return True
            time.sleep(0.05)
        return False

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """End it in order; after `seconds` at once."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        if not self._reap(seconds):
            self.kill()


def _command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


@dataclass
class Brokers:
    """One broker or three that belong together, in a folder."""

    folder: Path
    count: int = 1
    ports: Sequence[int] = ()
    nodes: list[Broker] = field(default_factory=list)

    def __post_init__(self) -> None:
        noted = self.folder / "ports"
        if noted.exists():
            numbers = [int(port) for port in noted.read_text().split()]
            self.count = len(numbers) // 2
        else:
            numbers = [*(self.ports or free_ports(self.count)), *free_ports(self.count)]
        pairs = zip(numbers[: self.count], numbers[self.count :], strict=True)
        self.nodes = [
            Broker(node, self.folder / str(node), port, controller) for node, (port, controller) in enumerate(pairs, 1)
        ]

    @property
    def servers(self) -> str:
        """`KAFKA_BOOTSTRAP_SERVERS`."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def environment(self) -> dict[str, str]:
        """What a process of Redress is told."""
        return {"KAFKA_BOOTSTRAP_SERVERS": self.servers, "KAFKA_REPLICATION": str(min(3, self.count))}

    def start(self) -> Brokers:
        """Start all and wait until they serve. Raises NotHere."""
        jars()
        self.folder.mkdir(parents=True, exist_ok=True)
        voters = ",".join(f"{node.node}@127.0.0.1:{node.controller}" for node in self.nodes)
        (self.folder / "ports").write_text(
            " ".join(str(port) for port in [*(n.port for n in self.nodes), *(n.controller for n in self.nodes)])
        )
        for node in self.nodes:
            if node.pid is None:
                node.format(voters, self.count)
                node.start()
        self.wait()
        return self

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Until every broker that runs serves. Raises NotHere when one ended or does not serve in time."""
        limit = time.monotonic() + seconds
        for node in self.nodes:
            while not node.serves():
                if node.pid is None or time.monotonic() > limit:
                    raise NotHere(f"Kafka did not start; {node.log} ends with: {node.log.read_text()[-600:]}")
                time.sleep(0.1)

    def stop(self) -> None:
        """End all."""
        for node in self.nodes:
            node.signal(signal.SIGCONT)
            node.signal(signal.SIGTERM)
        for node in self.nodes:
            node.stop(5)


def main() -> int:
    """`start` or `stop`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["start", "stop"])
    parser.add_argument("--brokers", type=int, choices=[1, 3], default=1)
    parser.add_argument("--folder", type=Path, default=ROOT / "data" / "kafka")
    parser.add_argument("--port", type=int, default=9092, help="of the first broker; the others follow")
    given = parser.parse_args()
    try:
        brokers = Brokers(given.folder.absolute(), given.brokers, range(given.port, given.port + given.brokers))
        if given.what == "stop":
            brokers.stop()
            print("Kafka is stopped.")
        else:
            print(f"KAFKA_BOOTSTRAP_SERVERS={brokers.start().servers} KAFKA_REPLICATION={min(3, brokers.count)}")
    except NotHere as problem:
        print(f"✗ {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
