"""Become a PostgreSQL program: the few steps between our process and its `exec`.

Run as a script (`command_line` says how): a small process of its own is the safe place for what a program with threads
must not do between fork and exec. Arguments: our process id, the user id to become (`-` to stay), the folder to stand
in, then the program and its arguments.

- PostgreSQL refuses to run as root, so as root it becomes a user of its own.
- It stands in its data folder and is told `-D /proc/self/cwd`: a working folder may be used even where the folders
  above it are closed to that user (`/root`), so none of them has to be opened.
- The kernel sends it SIGINT (a fast, clean shutdown) when our process ends, however it ends.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def command_line(user: int | None, folder: Path, command: list[str]) -> list[str]:
    """The command that becomes `command` as `user` (None: as we are), stands in `folder` and ends with this process."""
    who = "-" if user is None else str(user)
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), who, str(folder), *command]


def _end_with_parent(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


def main(arguments: list[str]) -> None:
    """Stand in the folder, become the user, tie our life to the parent's, and exec."""
    parent, user, folder, *command = arguments
    os.umask(0o077)
    os.chdir(folder)
    if user != "-":
        os.setgroups([])
        os.setgid(int(user))
        os.setuid(int(user))
    _end_with_parent(int(parent))  # after setuid, which would clear it
    os.execv(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
