"""How fast the kernels of a day close are, in memory: `python -m tests.benchmarks.kernels [MEMBERS …]`.

Random sponsor trees, 1.2 lots a member, all seven stars held; one thread, warm, medians of five. Beside what the
kernels take stands what a prototype written for this one plan took, and after them the whole close in memory, with
everything it leaves to be written. Processor time is the number to go by where other work shares the machine.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from fractions import Fraction
from statistics import median
from typing import NamedTuple

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from rewards.columns import Column, drawn_oldest_first, scaled, steps_reached, summed_at
from rewards.interpreter.close import close_day
from rewards.interpreter.columns import CloseState, LotColumns
from rewards.network import Forest
from rewards.plan.model import Plan
from tests.benchmarks.population import DAY, locked_points, recurring_dividend
from tests.benchmarks.report import machine

TIMES = 5
BAR = Fraction(3, 2)
"""So many times the prototype's figure is allowed."""


class Measured(NamedTuple):
    """Medians, in milliseconds; the prototype's is None where it did no such thing."""

    what: str
    members: int
    wall: float
    processor: float
    prototype: float | None


def main(given: Sequence[str]) -> None:
    """Measure populations of the sizes given (1,000,000 and nothing else where there are none) and print a table."""
    table = Table(box=MARKDOWN)
    for name in ("what", "members", "ms", "processor", "prototype", "÷ prototype", "within 1.5"):
        table.add_column(name, justify="left" if name == "what" else "right", no_wrap=True)
    notes = [*machine(), f"one thread, warm, medians of {TIMES}"]
    _all_of(1_000)  # compiles, or loads what was compiled before
    for members in map(int, given or ["1000000"]):
        for each in _all_of(members):
            row = (each.what, f"{each.members:,}", f"{each.wall:,.1f}", f"{each.processor:,.1f}")
            if each.prototype is None:
                table.add_row(*row, "–", "–", "–")
            else:
                ratio = each.processor / each.prototype
                table.add_row(*row, f"{each.prototype:,.0f}", f"{ratio:.2f}", "yes" if ratio <= BAR else "no")
        notes.append(f"peak memory with {members:,} members, making them up included: {_peak()}")
    console = Console(width=140)
    for note in notes:
        console.print(f"- {note}")
    console.print(table)


def _all_of(members: int) -> list[Measured]:
    return [
        *_kernels(members),
        *_closes("locked-points", *locked_points(members)),
        *_closes("recurring-dividend", *recurring_dividend(members)),
    ]


def _peak() -> str:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"{peak / 2**30:.2f} GiB"


def _kernels(members: int) -> Iterator[Measured]:
    plan, state = locked_points(members)
    work = Work(plan, state)

    def against(millions: float) -> float:
        return millions * members / 1_000_000

    yield _median("team totals", members, work.team_totals, against(4))
    yield _median("levels", members, work.levels, against(10))
    yield _median("release, sharing, differential, same level, lots", members, work.awards, against(190))
    yield _median("  release of every lot", members, work.release)
    base = work.release()
    yield _median("  sharing", members, lambda: work.sharing(base))
    yield _median("  differential", members, lambda: work.differential(base))
    yield _median("  same level", members, lambda: work.same_level(base))
    earned = work.sharing(base)
    yield _median("  drawing one award from the lots", members, lambda: work.draw(earned))


class Work:
    """The kernels as the actions of the locked-points plan call them."""

    def __init__(self, plan: Plan, state: CloseState) -> None:
        stars = plan.ladders["star"]
        self.size, self.cash = state.size, state.cash
        self.forest = Forest(state.sponsor)
        self.lots: LotColumns = state.lots[plan.assets["points"].locked_book]
        self.lowest = np.array([level.lowest for level in stars.levels], dtype=np.int64)
        self.rates = [Fraction(percent, 100) for percent in (10, 20, 26, 32, 38, 44, 50)]
        self.sales = self.forest.downline_sums(self.cash)
        self.star = self.levels()

    def team_totals(self) -> Column:
        return self.forest.team_sums(self.cash)

    def levels(self) -> Column:
        return steps_reached(self.sales, self.lowest)

    def release(self) -> Column:
        released = np.minimum(scaled(self.lots.basis, Fraction(12, 1000)), self.lots.remaining)
        return summed_at(self.size, self.lots.owner, released)

    def sharing(self, base: Column) -> Column:
        return self.forest.generation_award(base, [Fraction(1, 2), Fraction(3, 10)])

    def differential(self, base: Column) -> Column:
        return self.forest.differential_award(base, self.rates, self.star)

    def same_level(self, base: Column) -> Column:
        return self.forest.same_level_award(base, Fraction(3, 100), self.star)

    def draw(self, earned: Column) -> Column:
        return drawn_oldest_first(self.lots.owner, self.lots.remaining, earned)[0]

    def awards(self) -> None:
        base = self.release()
        for award in (self.sharing, self.differential, self.same_level):
            self.draw(award(base))


def _closes(name: str, plan: Plan, state: CloseState) -> Iterator[Measured]:
    """The first close, in which everybody rises, and the days after it."""
    days = iter(range(TIMES + 1))

    def close() -> None:
        close_day(plan, state, DAY + timedelta(days=next(days)))

    wall, processor = _timed(close)
    yield Measured(f"first close of {name}", state.size, wall, processor, None)
    yield _median(f"close of {name}", state.size, close)


def _median(what: str, members: int, run: Callable[[], object], prototype: float | None = None) -> Measured:
    walls, processors = zip(*(_timed(run) for _ in range(TIMES)), strict=True)
    return Measured(what, members, median(walls), median(processors), prototype)


def _timed(run: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds on the clock and of the processor."""
    began, processor = time.perf_counter_ns(), time.process_time_ns()
    run()
    return (time.perf_counter_ns() - began) / 1e6, (time.process_time_ns() - processor) / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])
