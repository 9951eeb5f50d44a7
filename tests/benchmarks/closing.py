"""How long closing a day takes, beside its bare cost: `python -m tests.benchmarks.closing`.

Bare is what the database's driver alone takes to answer the same questions and to write the same rows. With
PostgreSQL the same close written as set-based SQL is measured, too (`close_in_sql`).
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from tests.benchmarks import close_in_sql
from tests.benchmarks.closing_copies import settle
from tests.benchmarks.closing_population import AT_FIRST, DAY, MOST_WITH_HISTORY, YESTERDAY, fill
from tests.benchmarks.closing_report import Row, middle, print_closes, print_in_sql
from tests.benchmarks.closing_rows import Chunk, equal, moment, written
from tests.benchmarks.closing_run import Took, in_own_process
from tests.benchmarks.report import machine
from tests.benchmarks.stores import Copies, Postgres, Sqlite, Store, durability, postgres_server

PLANS = ("locked-points", "recurring-dividend")
STORES = ("sqlite", "postgresql")
MILLION = 1_000_000
MOST_COMPARED = 2_000_000
"""Up to so many members what was written barely is held to be what the service has written."""


def main(given: Sequence[str] | None = None) -> None:
    """Measure what the arguments ask for, and print it."""
    asked = _arguments().parse_args(given)
    rows: list[Row] = []
    notes = machine()
    notes.append(
        f"medians of {asked.times}, each in a process of its own, of which CPU and memory are; 1.2 orders a member"
    )
    if max(asked.members) > MOST_WITH_HISTORY:
        notes.append(f"above {MOST_WITH_HISTORY:,} members: without the history before the day, which no close reads")
    compared: close_in_sql.SqlTimes | None = None
    progress = Console(stderr=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rewards-bench-", dir=asked.folder)))
        stores: list[Store] = [Sqlite(folder)] if "sqlite" in asked.stores else []
        if "postgresql" in asked.stores:
            stores.append(Postgres(stack.enter_context(postgres_server())))
        for plan in asked.plans:
            for members in sizes(asked.members):
                for store in stores:
                    progress.print(f"{plan}, {members:,} members, {store.name} …")
                    rows.append(measure(store, plan, members, asked.times, folder, notes))
        if asked.sql_members and isinstance(stores[-1], Postgres):
            progress.print(f"{close_in_sql.PLAN} in SQL, {asked.sql_members:,} members …")
            copies = prepared(stores[-1], close_in_sql.PLAN, asked.sql_members)
            compared = close_in_sql.in_sql(copies, asked.sql_members, asked.times)
            copies.remove()
    print_closes(rows, notes)
    if compared is not None:
        print_in_sql(compared)


def prepared(store: Store, plan: str, members: int, at_first: int = AT_FIRST) -> Copies:
    """A database with members of a plan, their orders, and the first day closed."""

    def prepare(url: str) -> None:
        fill(url, plan, members, at_first)
        in_own_process("closing_run", url, plan, YESTERDAY.isoformat())
        settle(url)

    return store.filled(f"{plan}-{members}", prepare)


def measure(store: Store, plan: str, members: int, times: int, folder: Path, notes: list[str]) -> Row:
    """Close a day of a plan so often, and do so often barely what that takes."""
    copies = prepared(store, plan, members)
    closes: list[Took] = []
    bare: list[Took] = []
    with tempfile.TemporaryDirectory(dir=folder) as noted:
        work = Path(noted) / "work.pickle"
        chunks = note_work(copies, plan, work, compared=members <= MOST_COMPARED)
        # In turns, so that whatever else the machine does in the meantime hits both alike.
        for _ in range(times):
            with copies.fresh() as url:
                settings = f"{store.name}: {durability(url)}"
                notes += [settings] * (settings not in notes)
                closes.append(in_own_process("closing_run", url, plan, DAY.isoformat()))
            with copies.fresh() as url:
                bare.append(in_own_process("closing_bare", url, str(work)))
    copies.remove()
    return Row(plan, store.name, members, middle(closes), middle(bare), counts(chunks))


def note_work(copies: Copies, plan: str, work: Path, *, compared: bool) -> list[Chunk]:
    """Let the service close a day once, and note what it has asked and written, for `closing_bare`.

    `compared` holds that writing this barely leaves the same database; raises RuntimeError when it does not.
    """
    reads = work.with_name("reads.pickle")
    with ExitStack() as stack:
        url = stack.enter_context(copies.fresh())
        since = moment(url)
        in_own_process("closing_run", url, plan, DAY.isoformat(), str(reads))
        chunks = written(copies.url, url, since, work.with_name("rows"))
        work.write_bytes(pickle.dumps((pickle.loads(reads.read_bytes()), [tuple(each) for each in chunks])))
        if compared:
            other = stack.enter_context(copies.fresh())
            in_own_process("closing_bare", other, str(work))
            equal(url, other)
    return chunks


def counts(chunks: Sequence[Chunk]) -> dict[str, int]:
    """How many rows are written, by table and way."""
    found: dict[str, int] = {}
    for each in chunks:
        name = f"{each.table} {each.kind}ed".replace("updateed", "updated")
        found[name] = found.get(name, 0) + each.rows
    return found


def sizes(asked: Sequence[int]) -> list[int]:
    """Ascending; a million too, where there are more, to compare with."""
    return sorted({*asked, *([MILLION] if max(asked) > MILLION else [])})


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.closing", description="How fast days are closed.")
    parser.add_argument("--members", type=int, nargs="+", default=[MILLION], help="each is measured")
    parser.add_argument("--plans", nargs="+", choices=PLANS, default=PLANS, help="plans of rules/")
    parser.add_argument("--stores", nargs="+", choices=STORES, default=STORES)
    parser.add_argument("--times", type=int, default=3, help="how often each is measured; the median is shown")
    parser.add_argument("--sql-members", type=int, default=100_000, help="of the close in SQL; 0 leaves it out")
    parser.add_argument("--folder", help="where SQLite files are put (default: the system's temporary folder)")
    return parser


if __name__ == "__main__":
    main()
