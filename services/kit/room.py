"""Whether the disk of the embedded database still has room: asked before anything new is taken in.

PostgreSQL stops altogether when its log cannot grow. Before it comes to that, nothing new is accepted (507, with the
remedy), then readers and jobs wait; pages go on. When there is room again everything goes on by itself.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

TAKE_IN_BYTES = 64 * 2**20
"""With less than this free nothing new is accepted: four segments of PostgreSQL's log."""

WORK_BYTES = 32 * 2**20
"""With less than this free readers and jobs wait too."""

LOOK_SECONDS = 1.0


class Room:
    """The free space of one disk, looked at no more than once a second. Without a folder there is always room."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._free = 2**62
        self._look_at = 0.0

    @property
    def free(self) -> int:
        """Free bytes for an ordinary user, as last seen."""
        now = time.monotonic()
        if self.folder is not None and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            try:
                found = os.statvfs(self.folder)
            except OSError:
                return self._free  # a folder that cannot be looked at says nothing about its disk
            self._free = found.f_bavail * found.f_frsize
        return self._free

    @property
    def takes_in(self) -> bool:
        """Whether something new may be accepted."""
        return self.free >= TAKE_IN_BYTES

    @property
    def works(self) -> bool:
        """Whether readers and jobs may write."""
        return self.free >= WORK_BYTES
