"""Mails a second by LMTP, from the first hand-over until every case is routed, clocked and counted.

    python -m bench mail

The floor is `bench.bare_mail` in the same run: `aiosmtpd` that parses and drops. Each mail is about two kilobytes of
Thai from a sender of its own, on 16 connections.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from bench.figures import Figure, median
from bench.narratives import filing
from bench.system import ROOT, System, drained, free_port

CONNECTIONS = 16
MAILS = 2_000
RUNS = 3
GOAL = 200.0
"""Mails a second to projected cases, on two cores."""


def mails(run: str, number: int) -> list[bytes]:
    """Mails as a mail server hands them over, dots doubled."""
    made = []
    for n in range(number):
        message = EmailMessage()
        message["From"] = f"ผู้ร้อง {n} <p{n}@example.com>"
        message["To"] = "centre@fio.example"
        message["Subject"] = f"เรื่องที่ {n}"
        message["Message-ID"] = f"<{run}.{n}@example.com>"
        message.set_content(str(filing(n, n)["narrative"]))
        made.append(message.as_bytes().replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..") + b".\r\n")
    return made


async def hand_over(port: int, raws: list[bytes]) -> float:
    """Hand mails over on several connections; answers the seconds it took."""
    waiting = iter(raws)

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)

        async def say(line: bytes, expected: bytes) -> None:
            writer.write(line)
            while True:
                answer = await reader.readline()
                assert answer.startswith(expected), answer
                if answer[3:4] == b" ":
                    return

        await say(b"", b"220")
        await say(b"LHLO bench\r\n", b"250")
        for raw in waiting:
            await say(b"MAIL FROM:<p@example.com> SIZE=%d\r\n" % len(raw), b"250")
            await say(b"RCPT TO:<centre@fio.example>\r\n", b"250")
            await say(b"DATA\r\n", b"354")
            await say(raw, b"250")
        writer.close()

    begun = time.perf_counter()
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return time.perf_counter() - begun


def floor() -> float:
    """Mails a second of the floor."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.bare_mail", str(port)], cwd=ROOT)
    try:
        limit = time.monotonic() + 30
        while True:
            try:
                asyncio.run(hand_over(port, mails("warm", CONNECTIONS)))
                break
            except OSError:
                assert time.monotonic() < limit, "the floor does not answer"
                time.sleep(0.1)
        return MAILS / asyncio.run(hand_over(port, mails("floor", MAILS)))
    finally:
        process.terminate()
        process.wait(timeout=15)


def main() -> list[Figure]:
    """The figures."""
    port = free_port()
    os.environ["REDRESS_LMTP_LISTEN"] = f"127.0.0.1:{port}"
    taken, projected, floors = [], [], []
    try:
        with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder, System(Path(folder) / "mail") as system:
            asyncio.run(hand_over(port, mails("warm", 100)))
            asyncio.run(drained(system))
            for run in range(RUNS):
                floors.append(floor())
                begun = time.perf_counter()
                taken.append(MAILS / asyncio.run(hand_over(port, mails(f"run{run}", MAILS))))
                asyncio.run(drained(system))
                projected.append(MAILS / (time.perf_counter() - begun))
    finally:
        del os.environ["REDRESS_LMTP_LISTEN"]
    bare = median(floors)
    what = "aiosmtpd, parsed and dropped"
    return [
        Figure("mail by LMTP, committed", median(taken), "/s", bare, what),
        Figure("  to projected cases", median(projected), "/s", bare, what, at_least=GOAL),
    ]
