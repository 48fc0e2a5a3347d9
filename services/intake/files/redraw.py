"""Draw a picture anew in a short-lived process, so that no decoder's mistake reaches this one (`redraw_worker`)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import NamedTuple

from services.intake.files import redraw_worker

WORKER = Path(redraw_worker.__file__)
SECONDS = 30.0


class Drawn(NamedTuple):
    """A picture as it was drawn: its own content and the small one."""

    content: Path
    small: Path
    media_type: str
    width: int
    height: int


class PictureTooLarge(Exception):
    """It would take too much memory to decode."""


class PictureUnreadable(Exception):
    """It is broken, or none that is known."""


class Redrawing:
    """At most as many at a time as there are processors."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(max(1, os.cpu_count() or 1))

    async def redraw(self, source: Path, *, side: int, pixels: int) -> Drawn:
        """The picture anew, beside its source.

        Raises:
            PictureTooLarge: more pixels, or more memory, than is allowed.
            PictureUnreadable: it cannot be decoded, or not in time.
        """
        target, small = source.with_suffix(".drawn"), source.with_suffix(".small")
        async with self._turns:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", str(WORKER), str(source), str(target), str(small), str(side), str(pixels),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
                env={"PATH": os.environ.get("PATH", "")},
            )  # fmt: skip
            try:
                out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
            except BaseException as problem:
                process.kill()
                await process.wait()
                if isinstance(problem, TimeoutError):
                    raise PictureUnreadable from None
                raise
        if process.returncode == 0:
            return Drawn(target, small, **json.loads(out))
        # A worker that was killed ran into its limits.
        raise PictureTooLarge if process.returncode in (redraw_worker.TOO_LARGE, -9, -24) else PictureUnreadable
