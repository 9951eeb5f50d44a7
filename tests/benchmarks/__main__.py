"""Measure: `python -m tests.benchmarks`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from rich.console import Console

from tests.benchmarks.over_http import CLIENTS, WORKERS, post_in_batches, post_one_by_one
from tests.benchmarks.report import Row, machine, print_report
from tests.benchmarks.runs import BATCH, BareRun, Run, Time, Work, import_csv, take_in_batches, take_one_by_one
from tests.benchmarks.stores import Copies, Postgres, Sqlite, Store, durability, postgres_server
from tests.benchmarks.workload import workload

PLANS = ("appreciating-token", "locked-points")
STORES = ("sqlite", "postgresql")
SINGLE: dict[str, Run] = {"one by one": take_one_by_one, "one by one, HTTP": post_one_by_one}
BATCHED: dict[str, Run] = {
    "batches": take_in_batches,
    "batches, rewards import": import_csv,
    "batches, HTTP": post_in_batches,
}


SINGLE_BEFORE = 50
"""So many orders are taken one by one before the first that is timed."""


def main(given: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for, and print it."""
    asked = _arguments().parse_args(given)
    work = workload(asked.members, max(asked.orders + BATCH, asked.single + SINGLE_BEFORE))
    rows: list[Row] = []
    notes = machine()
    notes.append(
        f"{asked.members:,} members; {asked.orders:,} orders in batches of {BATCH:,}, {asked.single:,} one by one, "
        f"after a batch, or {SINGLE_BEFORE} one by one, that are not timed; "
        f"medians of {asked.times}; HTTP: gunicorn with {WORKERS} workers, {CLIENTS} clients (one for batches)"
    )
    progress = Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rewards-bench-", dir=asked.folder)))
        stores: list[Store] = [Sqlite(folder)] if "sqlite" in asked.stores else []
        if "postgresql" in asked.stores:
            stores.append(Postgres(stack.enter_context(postgres_server())))
        for store in stores:
            for plan in asked.plans:
                progress.print(f"{plan} on {store.name} …")
                copies = store.copies_of(plan, work)
                with copies.fresh() as url:
                    settings = f"{store.name}: {durability(url)}"
                    notes += [settings] * (settings not in notes)
                for ways, orders, batch, before in (
                    (SINGLE, asked.single, 1, SINGLE_BEFORE),
                    (BATCHED, asked.orders, BATCH, BATCH),
                ):
                    chosen = {name: run for name, run in ways.items() if asked.http or "HTTP" not in name}
                    parts = Work(work.orders[:before], work.orders[before : before + orders])
                    rows += _measure(plan, store.name, copies, parts, chosen, batch, asked.times)
    print_report(rows, notes)


def _measure(
    plan: str, store: str, copies: Copies, work: Work, ways: dict[str, Run], batch: int, times: int
) -> Iterator[Row]:
    """Measure each way so often, and the bare one."""
    with ExitStack() as stack:
        bare = BareRun(lambda: stack.enter_context(copies.fresh()), work, batch)
    runs: dict[str, Run] = {"": bare, **ways}
    found: dict[str, list[Time]] = {name: [] for name in runs}
    # Round by round, so that whatever else the machine does in the meantime hits all alike.
    for _ in range(times):
        for name, run in runs.items():
            with copies.fresh() as url:
                found[name].append(run(url, work))
    bare_rate, bare_cpu = median(_rates(found[""], work)), _cpu(found[""], work)
    assert bare_cpu is not None
    for name in ways:
        rates = _rates(found[name], work)
        cpu = _cpu(found[name], work)
        yield Row(plan, store, name, median(rates), bare_rate, cpu, bare_cpu, min(rates), max(rates))


def _rates(times: Sequence[Time], work: Work) -> list[float]:
    return [len(work.timed) / each.wall for each in times]


def _cpu(times: Sequence[Time], work: Work) -> float | None:
    known = [each.cpu for each in times if each.cpu is not None]
    return median(known) * 1_000_000 / len(work.timed) if known else None


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="How fast orders are taken.")
    parser.add_argument("--plans", nargs="+", choices=PLANS, default=PLANS, help="plans of rules/")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--times", type=int, default=5, help="how often each is measured; the median is shown")
    parser.add_argument("--members", type=int, default=5_000)
    parser.add_argument("--orders", type=int, default=10_000, help="orders taken in batches")
    parser.add_argument("--single", type=int, default=1_000, help="orders taken one by one")
    parser.add_argument("--no-http", dest="http", action="store_false", help="leave out what goes over HTTP")
    parser.add_argument("--folder", help="where SQLite files are put (default: the system's temporary folder)")
    return parser


if __name__ == "__main__":
    main()
