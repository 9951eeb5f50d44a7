"""How many requests a minute a key may make: each worker counts for itself, in memory.

A key may make a minute's requests at once, and gets them back one by one. Kept is one moment a key: that at which all
of them are back.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

MINUTE_NS = 60 * 10**9
SECOND_NS = 10**9
SWEPT_FROM = 10_000
"""After so many keys those that have all their requests back are forgotten."""


class Limiter:
    """Counts requests by key. Safe for threads; `clock` gives nanoseconds that never go back."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        self._clock = clock
        self._full_at: dict[str, int] = {}
        self._lock = threading.Lock()
        self._sweep_at = SWEPT_FROM

    def wait(self, key: str, rate: int) -> int:
        """Count a request of a key that may make `rate` a minute (0: any number).

        Returns 0, or, when it has none left and the request is not counted, in how many seconds it has one again.
        """
        if rate == 0:
            return 0
        each = MINUTE_NS // rate
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(key, now), now)
            too_early = full_at + each - now - each * rate
            if too_early > 0:
                return -(-too_early // SECOND_NS)
            self._full_at[key] = full_at + each
            if len(self._full_at) >= self._sweep_at:
                self._full_at = {key: moment for key, moment in self._full_at.items() if moment > now}
                self._sweep_at = max(SWEPT_FROM, 2 * len(self._full_at))
        return 0
