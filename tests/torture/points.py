"""The points at which a process can be killed: before and after each statement, before each commit and after it."""

from __future__ import annotations

import os
import signal
from typing import Any

from sqlalchemy import Engine, Pool, event

Place = tuple[int, int]
"""The number of a step, and that of a point within it; both from 0."""


class Points:
    """Counts the points a process passes, writes each to a pipe, and kills the process at one of them."""

    def __init__(self, pipe: int, kill_at: Place | None) -> None:
        self._pipe, self._kill_at = pipe, kill_at
        self._step, self._point = 0, 0
        event.listen(Engine, "before_cursor_execute", self._before)
        event.listen(Engine, "after_cursor_execute", self._after)
        event.listen(Engine, "commit", self._commit)
        event.listen(Pool, "checkin", self._checked_in)

    def begin(self, step: int) -> None:
        """A step begins."""
        self._step, self._point = step, 0

    def _before(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        self._pass(f"before {statement}")

    def _after(self, _c: Any, _u: Any, statement: str, *_: Any) -> None:
        self._pass(f"after {statement}")

    def _commit(self, _: Any) -> None:
        self._pass("before COMMIT")

    def _checked_in(self, *_: Any) -> None:
        self._pass("after the unit")

    def _pass(self, what: str) -> None:
        here = (self._step, self._point)
        told = " ".join(what.split())[:70]
        os.write(self._pipe, f"{self._step}\t{self._point}\t{told}\n".encode())
        if self._kill_at is not None and here >= self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        self._point += 1
