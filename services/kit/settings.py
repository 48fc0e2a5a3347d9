"""What is set from outside: environment variables, read once at the composition root."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

SERVICES = ("governance", "intake", "routing", "sla", "reporting")


def default_data() -> Path:
    """The data folder: `REDRESS_DATA`, else `data` below the current folder."""
    return Path(os.environ.get("REDRESS_DATA") or "data").expanduser().absolute()


@dataclass(frozen=True, slots=True)
class Settings:
    """How one process runs. `secret` signs tokens and forms; it never appears in a log or in `repr`."""

    data: Path = field(default_factory=default_data)
    host: str = "127.0.0.1"
    port: int = 8000
    secret: str = field(default="", repr=False)
    base_url: str = ""
    """The address printed in links and QR codes; empty means the address of the request."""
    max_body_bytes: int = 2_000_000
    """The largest request body that is read at all; a narrative is limited far below it."""
    secure_cookies: bool = False
    """Whether cookies are sent over TLS only; on wherever a proxy terminates TLS."""
