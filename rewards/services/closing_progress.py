"""How far a day close has come: told to whoever watches it, and to the log, by those who do the work.

A close has three phases: its columns are read, it is worked out, and it is written. Each of them is made of stages,
known before the close begins, of which every one is told as it begins and as it ends.

How much time is left is worked out from the rows of the stages to come. What a row takes is measured: by the same
stage of an earlier close of this run, else by another stage of its kind (the balances of one asset tell of those of the
next), else by how fast the stages until now were beside `NOMINAL`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from rewards.logs import logger

READING, WORKING_OUT, WRITING = "reading", "working out", "writing"
"""The phases of a close."""


class Cost(NamedTuple):
    """What a stage costs where nothing of its kind has been measured yet."""

    row: int
    """Nanoseconds on some machine: only how the stages stand to each other counts."""
    rows: int = 100
    """How many rows it has for a hundred members, as long as nobody knows."""


NOMINAL = {
    (READING, "members"): Cost(950),
    (READING, "balances"): Cost(400),
    (READING, "totals"): Cost(1300),
    (READING, "refunds"): Cost(1000, 0),
    (READING, "later-days"): Cost(2100, 4),
    (READING, "lots"): Cost(3000, 120),
    (READING, "levels"): Cost(4700, 20),
    (READING, "tags"): Cost(4000, 10),
    (READING, "trees"): Cost(500),
    (READING, "people"): Cost(500),
    (WORKING_OUT, "day"): Cost(90),
    (WORKING_OUT, "rule"): Cost(80),
    (WORKING_OUT, "end"): Cost(5),
    (WORKING_OUT, "rules"): Cost(1000),
    (WRITING, "transfers"): Cost(110, 200),
    (WRITING, "new-lots"): Cost(3000, 1),
    (WRITING, "levels"): Cost(5000, 1),
    (WRITING, "cells"): Cost(1000, 1),
    (WRITING, "notes"): Cost(3000, 1),
    (WRITING, "tags"): Cost(3000, 1),
    (WRITING, "balances"): Cost(80, 200),
    (WRITING, "lots"): Cost(100, 120),
    (WRITING, "commit"): Cost(175, 200),
}

_log = logger("rewards.close")


class Step(NamedTuple):
    """One stage of a close: its phase, its kind, and what it is about (a book, a ladder, a rule; mostly nothing)."""

    phase: str
    name: str
    of: str = ""


@dataclass(frozen=True)
class Stage:
    """A stage that begins or has ended."""

    plan: str
    day: date
    step: Step
    number: int
    """Its place among all stages of this close, from 1."""
    stages: int
    """How many stages the close has; some of them it may pass over."""
    left: float | None
    """Seconds the rest of the close will take from here, about; None while nothing is known."""
    rows: int = 0
    """Rows it has read or written, or members it has gone over; 0 as long as it is not over."""
    seconds: float | None = None
    """What it took; None while it runs."""

    @property
    def rate(self) -> int | None:
        """Rows a second, once it is over and had any."""
        return int(self.rows / self.seconds) if self.rows and self.seconds else None


Watcher = Callable[[str, Stage], None]
"""Told each stage, with the name of its phase before it, when it begins and again when it is over."""


def _nobody(phase: str, stage: Stage) -> None:
    """For whoever does not watch."""


class Course:
    """The closes of one plan on their way, one after another. Those who do the work say what they do."""

    def __init__(self, plan: str, watcher: Watcher | None = None) -> None:
        self._plan, self._watcher = plan, watcher or _nobody
        self._day = date.min
        self._steps: Sequence[Step] = ()
        self._step: Step | None = None
        self._index = 0
        self._rows = 0
        self._opened = self._since = time.perf_counter()
        self._took: dict[date, float] = {}
        self._left = _Left()

    def open(self, day: date, steps: Iterable[Step]) -> None:
        """The close of a day begins, or begins again; these are its stages, in their order."""
        self.end()
        self._day, self._steps, self._index = day, tuple(steps), 0
        self._opened = time.perf_counter()
        self._left.forget_expected()

    def begin(self, phase: str, name: str, of: str = "", rows: int = 0) -> None:
        """A stage begins, and the one before it is over. `rows` are counted at once; see `count`."""
        self.end()
        self._step, self._rows = Step(phase, name, of), rows
        if self._step in self._steps:
            self._index = self._steps.index(self._step)
        self._since = time.perf_counter()
        self._tell(self._step, self._left.seconds(self._steps[self._index :]))

    def count(self, rows: int) -> None:
        """The running stage has read or written so many rows more."""
        self._rows += rows

    def end(self) -> None:
        """The running stage is over, if there is one."""
        step, self._step = self._step, None
        if step is None:
            return
        present = time.perf_counter()
        seconds = present - self._since
        self._took[self._day] = present - self._opened
        self._left.measured(step, self._rows, seconds)
        stage = self._tell(step, self._left.seconds(self._steps[self._index + 1 :]), self._rows, seconds)
        about = {"of": step.of} if step.of else {}
        _log.info(
            "close.stage",
            plan=self._plan,
            day=self._day.isoformat(),
            phase=step.phase,
            stage=step.name,
            **about,
            number=stage.number,
            stages=stage.stages,
            rows=stage.rows,
            seconds=round(seconds, 6),
            rows_a_second=stage.rate,
        )

    def stopped(self) -> None:
        """The unit is not kept: the running stage did not come to its end."""
        self._step = None

    def members(self, count: int) -> None:
        """So many rows has a stage of which nothing else is known."""
        self._left.members = count

    def expect(self, rows: Mapping[Step, int]) -> None:
        """How many rows stages to come will have."""
        self._left.expected.update(rows)

    def kept(self, day: date, transfers: int) -> None:
        """The close of a day is in the ledger for good."""
        seconds = self._took.pop(day, 0)
        _log.info("close.done", plan=self._plan, day=day.isoformat(), transfers=transfers, seconds=round(seconds, 6))

    def _tell(self, step: Step, left: float | None, rows: int = 0, seconds: float | None = None) -> Stage:
        stage = Stage(self._plan, self._day, step, self._index + 1, len(self._steps), left, rows, seconds)
        self._watcher(step.phase, stage)
        return stage


class _Left:
    """Estimates what stages to come will take, from what those until now took."""

    def __init__(self) -> None:
        self.members: int | None = None
        self.expected: dict[Step, int] = {}
        self._last: dict[Step, tuple[int, float]] = {}
        """Of each stage that has run: rows and seconds, the last time."""
        self._kinds: dict[tuple[str, str], tuple[int, float]] = {}
        """Of each kind of stage: all rows and seconds until now."""
        self._spent: float = 0
        self._nominal: float = 0

    def forget_expected(self) -> None:
        """Another close begins."""
        self.expected.clear()

    def measured(self, step: Step, rows: int, seconds: float) -> None:
        """A stage is over."""
        self._last[step] = rows, seconds
        if rows:
            before, spent = self._kinds.get(step[:2], (0, 0))
            self._kinds[step[:2]] = before + rows, spent + seconds
            self._spent += seconds
            self._nominal += rows * NOMINAL[step[:2]].row / 10**9

    def seconds(self, steps: Iterable[Step]) -> float | None:
        """What these stages will take; None as long as nothing can be said."""
        if self.members is None or not self._spent:
            return None
        return sum(self._seconds(step, self.members) for step in steps)

    def _seconds(self, step: Step, members: int) -> float:
        rows, seconds = self._last.get(step, (0, None))
        expected = self.expected.get(step)
        if seconds is not None:
            return seconds if expected is None or not rows else seconds * expected / rows
        cost = NOMINAL[step[:2]]
        count = members * cost.rows // 100 if expected is None else expected
        if step[:2] in self._kinds:
            before, spent = self._kinds[step[:2]]
            return count * spent / before
        return count * cost.row / 10**9 * self._spent / self._nominal
