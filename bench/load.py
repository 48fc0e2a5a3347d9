"""Filing load on a port: wrk where it is (Debian's package; installed when we are root), else the light client."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from bench.light_client import Connection

PATH = "/api/v1/complaints"


@cache
def wrk() -> str | None:
    """The wrk program, installed by its package's name where that is possible."""
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "-y", "-q", "wrk"], capture_output=True, timeout=180, check=False,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )  # fmt: skip
    return shutil.which("wrk")


def filings(port: int, body: bytes, *, connections: int, seconds: float) -> float:
    """Accepted filings a second. The same bytes every time, one request at a time on each connection."""
    program = wrk()
    if program is None:
        return asyncio.run(_by_light_client(port, body, connections, seconds))
    with tempfile.TemporaryDirectory(prefix="redress-wrk-") as folder:
        (Path(folder) / "body").write_bytes(body)
        script = Path(folder) / "post.lua"
        script.write_text(
            f'local file = io.open("{folder}/body", "rb")\n'
            'wrk.method = "POST"\nwrk.body = file:read("*a")\nwrk.headers["Content-Type"] = "application/json"\n'
        )
        answer = subprocess.run(
            [program, "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", "-s", str(script), f"http://127.0.0.1:{port}{PATH}"],
            capture_output=True, text=True, timeout=seconds + 30, check=True,
        ).stdout  # fmt: skip
    if "Non-2xx" in answer or "Socket errors" in answer:
        raise AssertionError(answer)
    found = re.search(r"Requests/sec:\s+([\d.]+)", answer)
    if found is None:
        raise AssertionError(answer)
    return float(found[1])


async def _by_light_client(port: int, body: bytes, connections: int, seconds: float) -> float:
    until, done = time.perf_counter() + seconds, 0

    async def file() -> None:
        nonlocal done
        connection = await Connection.to(port)
        while time.perf_counter() < until:
            answer = await connection.request("POST", PATH, body)
            if answer.status != 201:
                raise AssertionError(answer)
            done += 1
        connection.close()

    await asyncio.gather(*(file() for _ in range(connections)))
    return done / seconds
