"""Server-sent events: how long a stream lasts, how often it is looked without a ring, and how its lines are written."""

from __future__ import annotations

LASTS_SECONDS = 600.0
"""A stream ends after this; the browser opens a new one by itself, with a session that is judged anew."""

LOOK_SECONDS = 5.0
"""Without a ring it is looked this often, so that a ring that got lost costs a few seconds; the comment then sent keeps
proxies from closing the line."""

BEGIN = "retry: 2000\n\n"
STILL_HERE = ": still here\n\n"


def line_of(event: str, data: str) -> str:
    """An event; `data` is one line."""
    return f"event: {event}\ndata: {data}\n\n"
