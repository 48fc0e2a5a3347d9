"""Texts cut into words by a process of its own, which starts when it is needed and ends when it was not for a while.

The process holds PyThaiNLP; this one only holds the pipe to it. A call waits for its turn in a thread, so nothing else
waits with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import services
from services.kit.errors import Unavailable
from services.kit.i18n import N_

START_SECONDS = 30.0
"""How long the first answer may take: the dictionary is read and the machine may be busy."""

CHARACTERS = 200_000
"""Of one text that are looked at; the rest of what is longer is not found by its words."""

ROOT = Path(services.__file__).resolve().parents[1]


class SegmenterFailed(Unavailable):
    """The words could not be cut; what was asked can be asked again."""

    code = "segmenter-failed"


class Segmenter:
    """The pipe to the process; one for each process of the program, used by search, indexing and suggestions."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    async def cut(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text, each once, in small letters.

        Raises:
            SegmenterFailed: the process cannot be started, or did not answer.
        """
        if not texts:
            return []
        found: list[list[str]] = await self.ask({"cut": [text[:CHARACTERS] for text in texts]})
        return found

    async def ask(self, question: Mapping[str, Any]) -> Any:
        """The answer of the process.

        Raises:
            SegmenterFailed: as for `cut`.
        """
        return await asyncio.to_thread(self._asked, json.dumps(question, ensure_ascii=False).encode() + b"\n")

    async def warm(self) -> None:
        """Start the process where it does not run yet, so that the first question need not wait."""
        await asyncio.to_thread(self._started)

    def close(self) -> None:
        """End the process."""
        with self._turn:
            self._end()

    def _asked(self, line: bytes) -> Any:
        with self._turn:
            for again in (True, False):
                try:
                    said = self._round(line)
                    break
                except (OSError, EOFError) as problem:
                    # It may have ended for want of work just as it was asked: then a new one is.
                    self._end()
                    if not again or isinstance(problem, TimeoutError):
                        raise _failed(type(problem).__name__) from problem
        if "failed" in said:
            raise _failed(said["failed"])
        return said["done"]

    def _round(self, line: bytes) -> dict[str, Any]:
        process = self._running()
        into, out = _pipes(process)
        into.write(line)
        into.flush()
        if not select.select([out], [], [], START_SECONDS)[0]:
            raise TimeoutError
        answer = out.readline()
        if not answer.endswith(b"\n"):
            raise EOFError
        said: dict[str, Any] = json.loads(answer)
        return said

    def _started(self) -> None:
        with self._turn:
            self._running()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            # No secret of ours is in its surroundings: it needs to know where the program is and nothing else.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "services.routing.search.segment_worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={
                    "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), "HOME": os.environ.get("HOME", "/"),
                    "PYTHAINLP_READ_ONLY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
                },
            )  # fmt: skip
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass  # what it had not read is lost with it
        process.terminate()
        process.wait()


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise EOFError
    return process.stdin, process.stdout


def _failed(why: str) -> SegmenterFailed:
    return SegmenterFailed(
        N_("The words could not be looked up (%(why)s)."),
        N_("Search by number, or try again in a moment."),
        params={"why": why},
    )
