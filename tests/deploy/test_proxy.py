"""The front proxy sends every path to the service whose route it is."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from services.cli.runtime import build
from services.kit.access import rules_of
from services.kit.database import Database
from services.kit.settings import SERVICES, Settings
from services.kit.web_parked import parked_router
from tests.deploy.settings_read import DEPLOY

LINE = re.compile(r'^"~(?P<path>.+)"\s+(?P<service>\w+);$')
OVERVIEW = "/admin/parked"


def routes() -> dict[str, str]:
    """Every path of the code, its parameters filled in, and the service it belongs to."""
    runtime = build(Settings(secret="only to list the routes"), Database("postgresql://nowhere/redress", "governance"))
    found: dict[str, str] = {}
    for name, service in runtime.services.items():
        routers = [*service.routers, parked_router(runtime.contexts[name], service.subscriptions)]
        for _, path, _ in rules_of(routers):
            found[re.sub(r"\{[^}]*\}", "QCK-69-00017-K", path)] = name
    return found


def table() -> list[tuple[re.Pattern[str], str]]:
    lines = (DEPLOY / "nginx" / "routes.map").read_text(encoding="utf-8").splitlines()
    return [(re.compile(found["path"]), found["service"]) for line in lines if (found := LINE.match(line))]


def sent_to(path: str) -> str:
    return next((service for pattern, service in table() if pattern.search(path)), "intake")


def test_every_route_of_the_code_is_sent_to_its_service() -> None:
    known = routes()
    assert len(known) > 60
    assert {path: (sent_to(path), service) for path, service in known.items() if sent_to(path) != service} == {}


def test_the_table_of_nginx_and_that_of_our_own_proxy_say_the_same() -> None:
    ours: dict[str, str] = json.loads((DEPLOY / "proxy" / "routes.json").read_text(encoding="utf-8"))
    assert {prefix: (sent_to(prefix), service) for prefix, service in ours.items() if sent_to(prefix) != service} == {}


def test_no_line_of_the_table_is_dead() -> None:
    known = [*routes(), "/static/redress.css"]
    assert [pattern.pattern for pattern, _ in table() if not any(pattern.search(path) for path in known)] == []


def test_a_path_that_only_begins_like_another_is_not_taken_for_it() -> None:
    assert sent_to("/desktop") == "intake"
    assert sent_to("/policy-of-another") == "intake"


class Named(BaseHTTPRequestHandler):
    """Answers with the name of its service."""

    def do_GET(self) -> None:
        said = self.server.server_name  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said.encode())

    def log_message(self, *_arguments: object) -> None:
        """Nothing: the test says what it wants to."""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[str]:
    """A real nginx with our configuration, in front of five servers that say who they are."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian package `nginx-light`)")
    configuration = (DEPLOY / "nginx" / "nginx.conf").read_text(encoding="utf-8")
    port = free_port()
    with ExitStack() as stack:
        for name in SERVICES:
            server = ThreadingHTTPServer(("127.0.0.1", 0), Named)
            server.server_name = name
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stack.callback(server.shutdown)
            configuration = configuration.replace(f"{name}:8000", f"127.0.0.1:{server.server_address[1]}")
        configuration = configuration.replace("/tmp/", f"{tmp_path}/").replace(
            "listen 8080", f"listen 127.0.0.1:{port}"
        )
        (tmp_path / "nginx.conf").write_text(configuration, encoding="utf-8")
        shutil.copy(DEPLOY / "nginx" / "routes.map", tmp_path)
        command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-g", "daemon off;"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        stack.callback(process.wait, 10)
        stack.callback(process.terminate)
        yield await_answer(f"http://127.0.0.1:{port}", process)


def await_answer(address: str, process: subprocess.Popen[str]) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            pytest.fail(f"nginx refused the configuration: {process.stderr.read() if process.stderr else ''}")
        try:
            httpx.get(address, timeout=2)
        except httpx.TransportError:
            threading.Event().wait(0.02)
        else:
            return address
    pytest.fail("nginx did not answer")


def test_nginx_itself_reads_the_table_alike_and_keeps_figures_inside(proxy: str) -> None:
    with httpx.Client(base_url=proxy) as client:
        known = routes()
        answers = {path: client.get(path).text for path in known}
        assert answers == known
        assert client.get("/metrics").status_code == 404
        assert client.get("/health/ready").status_code == 404
        assert client.get("/health/live").status_code == 200
