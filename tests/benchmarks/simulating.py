"""How fast planning runs are, on both paths, in one run: `python -m tests.benchmarks.simulating`.

The compiled loop takes ORDERS orders of 100 over five years, and the interpreter the FIRST of the very same; where both
have been, every number of every day must be the same. ORDERS=100000000 FIRST=1000000 asks for the token plan's whole
promise. Then a plan with day closes is run: MEMBERS members over DAYS days.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace

from rewards.actions import vocabulary
from rewards.plan.load import load_plan_file
from rewards.plan.model import Plan
from rewards.resources import rules_directory
from rewards.simulation.compiled import run_compiled
from rewards.simulation.interpreted import run_interpreted
from rewards.simulation.report import row_texts
from rewards.simulation.result import Row
from rewards.simulation.stream import Settings
from tests.benchmarks.report import machine

PRICED, CLOSING = "appreciating-token", "locked-points"
SHOWN = ("orders", "pool", "price", "circulation", "exits")


def asked(name: str, otherwise: int) -> int:
    """A number of the environment."""
    return int(os.environ.get(name) or otherwise)


def main() -> None:
    """Measure and print; the first call of the loop, which compiles or loads it, is not counted."""
    for line in machine():
        print(line)
    run = Settings(orders=asked("ORDERS", 2_000_000), members=1_000_000, days=5 * 365, seed=1)
    plan = _plan(PRICED)
    list(run_compiled(plan, replace(run, orders=1, members=1, days=1)))
    rows, fast = _timed(plan, run, "compiled", run_compiled(plan, run), run.orders)
    last = row_texts(plan, rows[-1])
    print("  " + ", ".join(f"{name} {text}" for name, text in last.items() if name.partition(".")[0] in SHOWN))
    first, slow = _timed(plan, run, "interpreted", run_interpreted(plan, run), asked("FIRST", 50_000))
    assert first == rows[: len(first)], "the two paths differ"
    print(f"  the same to the unit on each of the first {len(first)} days; compiled ÷ interpreted: {fast // slow}")
    closing, members = _plan(CLOSING), asked("MEMBERS", 1_000)
    run = Settings(
        orders=5 * members, members=members, days=asked("DAYS", 60), seed=1, least=3000_00, most=9000_00
    )  # fmt: skip
    _timed(closing, run, "interpreted", run_interpreted(closing, run), run.orders)


def _plan(name: str) -> Plan:
    plan = load_plan_file(rules_directory() / f"{name}.yaml", vocabulary()).plan
    assert plan is not None
    return plan


def _timed(plan: Plan, run: Settings, path: str, rows: Iterator[Row], most: int) -> tuple[list[Row], int]:
    """The days until `most` orders are taken, and orders a second of processor time."""
    began, processor = time.monotonic_ns(), time.process_time_ns()
    done: list[Row] = []
    orders = 0
    while orders < most:
        done.append(next(rows))
        orders += done[-1].orders
    took, worked = time.monotonic_ns() - began, time.process_time_ns() - processor
    rate = orders * 10**9 // worked
    print(
        f"{plan.name}, {path}: {orders:,} orders, {done[-1].members:,} members, {len(done):,} days: "
        f"{took / 1e9:.1f} s, processor {worked / 1e9:.1f} s, {rate:,} orders a second of processor time"
    )
    return done, rate


if __name__ == "__main__":
    main()
