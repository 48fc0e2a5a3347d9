"""How much filing is worked on at a time. What comes beyond is asked to come again before anything is half done.

Whoever is refused is told after how many seconds, more the more are refused, so that a surge spreads itself over the
minutes it needs instead of making everybody wait.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge

from services.kit.errors import RedressError
from services.kit.i18n import N_

FILING = frozenset({"/", "/api/v1/complaints", "/desk/new", "/desk/phone", "/desk/letter", "/desk/walk-in"})
"""Where complaints are filed (by POST)."""

SHORTEST, LONGEST = 1, 30
"""Seconds after which the refused are asked to come again, at least and at most."""

WINDOW_SECONDS = 5.0

REFUSED = Counter("redress_filings_refused", "Filings asked to come again since too many were under way.")
UNDER_WAY = Gauge("redress_filings_under_way", "Filings worked on at this moment.")


class Overloaded(RedressError):
    """Too many are filing at this moment; nothing of this one was kept."""

    status = 503
    code = "overloaded"

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            N_("Very many people are filing just now."),
            N_("Nothing was saved. Send it again in %(seconds)s seconds; what you entered stays in the form."),
            params={"seconds": retry_after},
        )
        self.retry_after = retry_after


class Throttle:
    """Places for `at_once` filings. `now` is a clock that only goes forward, in seconds."""

    def __init__(self, at_once: int, now: Callable[[], float] = time.monotonic) -> None:
        self.at_once = at_once
        self.under_way = 0
        self._clock = now
        self._window = 0.0
        self._done = self._refused = 0
        self._done_before = self._refused_before = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for the length of the block.

        Raises:
            Overloaded: all are taken.
        """
        self._roll()
        if self.under_way >= self.at_once:
            self._refused += 1
            REFUSED.inc()
            raise Overloaded(self.retry_after())
        self.under_way += 1
        UNDER_WAY.set(self.under_way)
        try:
            yield
        finally:
            self.under_way -= 1
            self._done += 1
            UNDER_WAY.set(self.under_way)

    def retry_after(self) -> int:
        """Seconds until those refused lately could all have been taken, at the rate of lately; spread by turns."""
        refused = self._refused + self._refused_before
        rate = max(1.0, (self._done + self._done_before) / WINDOW_SECONDS)
        longest = min(LONGEST, max(SHORTEST + 1, math.ceil(refused / rate)))
        return SHORTEST + refused % longest

    def _roll(self) -> None:
        now = self._clock()
        if now - self._window > WINDOW_SECONDS:
            fresh = now - self._window < 2 * WINDOW_SECONDS
            self._done_before, self._refused_before = (self._done, self._refused) if fresh else (0, 0)
            self._done = self._refused = 0
            self._window = now
