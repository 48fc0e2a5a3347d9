"""The faults: each breaks something at once, for a while, and makes it whole again."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from random import Random

import psutil

from scripts.cluster import Cluster
from scripts.kafka import Broker
from services.kit.settings import SERVICES

Fault = Callable[[Cluster, Random, float], str]
"""Does it, with times multiplied by the last argument, and says in words what was done."""

LEASE_SECONDS = 7.0
SESSION_SECONDS = 10.0


def kill_service(name: str, cluster: Cluster, chance: Random, scale: float) -> str:
    """kill -9 of a process of a service, which whoever supervises it starts again."""
    process = chance.choice(cluster.services[name])
    process.kill()
    time.sleep(chance.uniform(0, 3) * scale)
    process.start()
    return f"kill -9 of {name}"


def kill_broker(cluster: Cluster, chance: Random, scale: float) -> str:
    """kill -9 of one broker of three."""
    return f"kill -9 of broker {_broken(chance.sample(cluster.kafka.nodes, 1), chance, scale)}"


def kill_two_brokers(cluster: Cluster, chance: Random, scale: float) -> str:
    """kill -9 of two brokers: nothing is acknowledged until one is back."""
    many = min(2, len(cluster.kafka.nodes))
    return f"kill -9 of brokers {_broken(chance.sample(cluster.kafka.nodes, many), chance, scale)}"


def kill_controller(cluster: Cluster, chance: Random, scale: float) -> str:
    """kill -9 of the broker that leads the quorum."""
    leader = leader_of(cluster)
    return f"kill -9 of the controller, broker {_broken([leader], chance, scale)}"


def leader_of(cluster: Cluster) -> Broker:
    """The node that leads the metadata quorum; the first where that cannot be told."""
    node = cluster.kafka.nodes[0]
    tool = node.java(
        "128m", "org.apache.kafka.tools.MetadataQuorumCommand", "--bootstrap-server", cluster.kafka.servers
    )
    told = subprocess.run([*tool, "describe", "--status"], capture_output=True, text=True, timeout=60, check=False)
    found = [line.split(":")[1].strip() for line in told.stdout.splitlines() if line.startswith("LeaderId")]
    return next((n for n in cluster.kafka.nodes if found and str(n.node) == found[0]), node)


def _broken(nodes: list[Broker], chance: Random, scale: float) -> str:
    for node in nodes:
        node.kill()
    time.sleep(chance.uniform(2, 10) * scale)
    for node in nodes:
        node.start()
    return " and ".join(str(node.node) for node in nodes)


def restart_postgres(cluster: Cluster, chance: Random, scale: float) -> str:
    """The database ends at once, with every connection, and comes back by recovering."""
    server = cluster.server
    if server is None:
        return "no database of ours to restart"
    cluster.kill_postgres()
    time.sleep(chance.uniform(0.5, 4) * scale)
    server.revive()
    return "kill -9 and restart of PostgreSQL"


def stop_broker(cluster: Cluster, chance: Random, scale: float) -> str:
    """A broker stands still for a minute: its connections stay open and say nothing."""
    node = chance.choice(cluster.kafka.nodes)
    node.signal(signal.SIGSTOP)
    time.sleep(60 * scale)
    node.signal(signal.SIGCONT)
    return f"broker {node.node} stood still for {60 * scale:.0f} s"


def pause_consumer(cluster: Cluster, chance: Random, scale: float) -> str:
    """A reader stands still past its session: another takes its partitions, and it comes back not knowing."""
    name = chance.choice(SERVICES)
    seconds = SESSION_SECONDS + chance.uniform(2, 6)
    _stand_still_beside_another(cluster, name, seconds, chance.uniform(2, 4) * scale)
    return f"a reader of {name} stood still for {seconds:.0f} s beside another"


def two_relays(cluster: Cluster, chance: Random, scale: float) -> str:
    """A second process takes the buckets of one that stands still past its lease, which then wakes up and goes on."""
    name = chance.choice(SERVICES)
    _stand_still_beside_another(cluster, name, LEASE_SECONDS + 2, 4 * scale)
    return f"two relays of {name} on the same buckets"


def _stand_still_beside_another(cluster: Cluster, name: str, seconds: float, together: float) -> None:
    first, second = cluster.services[name][0], cluster.another(name)
    second.start()
    try:
        cluster.wait_for(second)
        first.send(signal.SIGSTOP)
        time.sleep(seconds)
        first.send(signal.SIGCONT)
        time.sleep(together)
    finally:
        first.send(signal.SIGCONT)
        second.stop()


def fill_broker(cluster: Cluster, chance: Random, scale: float) -> str:
    """A broker cannot make its files longer, as on a full disk, until there is room again."""
    node = chance.choice(cluster.kafka.nodes)
    pid = node.pid
    if pid is None:
        return "the broker had ended"
    psutil.Process(pid).rlimit(psutil.RLIMIT_FSIZE, (4096, psutil.RLIM_INFINITY))
    time.sleep(chance.uniform(5, 12) * scale)
    node.kill()
    node.start()
    return f"the folder of broker {node.node} full"


FAULTS: dict[str, Fault] = {
    **{f"kill {name}": partial(kill_service, name) for name in SERVICES},
    "kill broker": kill_broker,
    "kill two brokers": kill_two_brokers,
    "kill controller": kill_controller,
    "restart postgres": restart_postgres,
    "stop broker": stop_broker,
    "pause consumer": pause_consumer,
    "two relays": two_relays,
    "fill broker": fill_broker,
}


def sequence(seed: int, count: int) -> list[str]:
    """The faults in their order: the same for the same seed, each kind before any comes again."""
    chance = Random(seed)
    order: list[str] = []
    while len(order) < count:
        turn = list(FAULTS)
        chance.shuffle(turn)
        order += turn
    return order[:count]
