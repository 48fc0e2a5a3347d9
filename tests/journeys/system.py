"""A running system for a journey: `redress up` as a process of its own, and its people."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, probe: Callable[[], T | None], *, seconds: float = 40) -> T:
    """The first answer of `probe` that is not None or False; fails when none comes in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for: {what}")


@dataclass
class Running:
    """`redress up` on a data folder of its own, embedded or over a broker."""

    data: Path
    policy: str = "quick"
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """What it is told besides: the broker, over Kafka."""
    _tokens: dict[str, str] = field(default_factory=dict)

    def start(self) -> Running:
        """Start and wait until it is ready."""
        command = [sys.executable, "-m", "services", "up", "--data", str(self.data), "--port", str(self.port)]
        if not (self.data / "VERSION").exists():
            command += ["--policy", str(ROOT / "deploy" / "policies" / f"{self.policy}.yaml")]
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        # A browser that is driven fills in faster than any person, and other sites are ports of this machine.
        own = {"NO_COLOR": "1", "REDRESS_FORM_SECONDS": "0", "REDRESS_EMBED_ORIGINS": "http://localhost:*"}
        environment = os.environ | own | self.environment
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=environment)
        until("the system to be ready", self._ready, seconds=120)
        # Over a broker the policy of a first start arrives like every other event.
        until("a policy", lambda: httpx.get(f"{self.address}/api/v1/policy", timeout=10).is_success)
        return self

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"redress up ended: {self.log()[-2000:]}"
        try:
            return httpx.get(f"{self.address}/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self) -> str:
        """What the process printed."""
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8", errors="replace")

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and wait; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=30)

    def people(self) -> list[dict[str, Any]]:
        """The sample log-ins."""
        found: list[dict[str, Any]] = json.loads((self.data / "logins.json").read_text(encoding="utf-8"))
        return found

    def client(self, username: str | None = None) -> httpx.Client:
        """A client of the API, signed in as somebody or as nobody."""
        headers = {}
        if username is not None:
            if username not in self._tokens:
                person = next(p for p in self.people() if p["username"] == username)
                answer = httpx.post(
                    f"{self.address}/api/v1/sessions",
                    json={"username": username, "password": person["password"]},
                    timeout=30,
                )
                assert answer.status_code == 201, answer.text
                self._tokens[username] = answer.json()["token"]
            headers["authorization"] = f"Bearer {self._tokens[username]}"
        return httpx.Client(base_url=self.address, headers=headers, timeout=30)

    def file(self, **filing: Any) -> dict[str, Any]:
        """File a complaint as the public does."""
        body = {"narrative": "น้ำไม่ไหลทั้งคืน", "identity": "anonymous", **filing}
        with self.client() as public:
            answer = public.post("/api/v1/complaints", json=body)
        assert answer.status_code == 201, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def case(self, number: str, username: str = "centre") -> dict[str, Any]:
        """A case as somebody sees it, once it is there."""
        with self.client(username) as staff:

            def look() -> dict[str, Any] | None:
                answer = staff.get(f"/api/v1/cases/{number}")
                return answer.json() if answer.status_code == 200 else None

            return until(f"case {number} for {username}", look)

    def in_state(self, number: str, state: str, username: str = "centre") -> dict[str, Any]:
        """The case, once it is in a state."""

        def look() -> dict[str, Any] | None:
            case = self.case(number, username)
            return case if case["state"] == state else None

        return until(f"{number} to be {state}", look)

    def step(self, username: str, number: str, to: str, reason: str | None = None, **fields: Any) -> dict[str, Any]:
        """A step by a member of staff, with the version they saw."""
        case = self.case(number, username)
        with self.client(username) as staff:
            answer = staff.post(
                f"/api/v1/cases/{case['id']}/transitions",
                json={"to": to, "reason": reason, "fields": fields},
                headers={"if-match": str(case["version"])},
            )
        assert answer.status_code == 200, f"{username} {to}: {answer.text}"
        moved: dict[str, Any] = answer.json()
        return moved

    def act(self, receipt: dict[str, Any], action: str, **more: Any) -> httpx.Response:
        """What the complainant does from the tracking page, as soon as it is offered there."""
        path = f"/api/v1/complaints/{receipt['tracking_number']}"
        headers = {"x-tracking-secret": receipt["tracking_secret"]}
        with self.client() as public:
            until(
                f"{action} to be offered",
                lambda: action in public.get(path, headers=headers).json()["actions"],
            )
            answer = public.post(f"{path}/actions", json={"action": action, **more}, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer

    def kpis(
        self, level: str = "organisation", username: str = "auditor"
    ) -> dict[tuple[int, str | None], dict[str, Any]]:
        """Today's figures by KPI and measure, of the first key of a level."""
        with self.client(username) as staff:
            answer = staff.get("/api/v1/kpis", params={"level": level})
        assert answer.status_code == 200, answer.text
        found: dict[tuple[int, str | None], dict[str, Any]] = {}
        for item in answer.json()["items"]:
            found.setdefault((item["kpi"], item.get("measure")), item)
        return found
