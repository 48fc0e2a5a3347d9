"""When a message that did not get through is tried again. Pure."""

from __future__ import annotations

from datetime import timedelta

FIRST = timedelta(seconds=15)
LONGEST = timedelta(hours=1)
ATTEMPTS = 12
"""Attempts in all before a channel is given up and the next one is taken: some five hours."""


def wait_before(attempt: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the `attempt`-th attempt: doubling, and at least what the provider asked for."""
    doubled = min(FIRST * (1 << min(max(attempt - 1, 0), 16)), LONGEST)
    return max(doubled, asked) if asked is not None else doubled
