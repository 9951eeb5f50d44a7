"""What has been measured of closes, as tables that are Markdown as well."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from tests.benchmarks.close_in_sql import SqlTimes
from tests.benchmarks.closing_run import Took

_GIB = 2**30


class Row(NamedTuple):
    """Closing a day of a plan, by the service and barely; medians."""

    plan: str
    store: str
    members: int
    close: Took
    bare: Took
    rows: dict[str, int]
    """How many rows are written, by table and way."""


def middle(runs: Sequence[Took]) -> Took:
    """The median of each, and the most memory of any."""
    stages = {name: median(each.stages.get(name, 0.0) for each in runs) for name in runs[0].stages}
    wall, cpu = median(each.wall for each in runs), median(each.cpu for each in runs)
    return Took(wall, cpu, max(each.peak for each in runs), stages)


def print_closes(rows: Sequence[Row], notes: Sequence[str]) -> None:
    """One line for each plan, store and number of members; then what it was made of."""
    table = Table(box=MARKDOWN)
    for name in ("plan", "store"):
        table.add_column(name, no_wrap=True)
    for name in ("members", "close s", "bare s", "close ÷ bare", "CPU s", "bare CPU", "peak GiB", "÷ fewest members"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *row[:2],
            f"{row.members:,}",
            *(f"{each:.2f}" for each in (row.close.wall, row.bare.wall, row.close.wall / row.bare.wall)),
            *(f"{each:.2f}" for each in (row.close.cpu, row.bare.cpu, row.close.peak / _GIB)),
            _growth(rows, row),
        )
    console = Console(width=150)
    for note in notes:
        console.print(f"- {note}")
    console.print(table)
    for row in rows:
        written = ", ".join(f"{count:,} {name}" for name, count in row.rows.items())
        console.print(f"- {row.plan} on {row.store}, {row.members:,} members: {written}")
        console.print(f"  - bare: {_stages(row.bare)}")
        if row.close.stages:
            console.print(f"  - close: {_stages(row.close)}")


def print_in_sql(found: SqlTimes) -> None:
    """The close in SQL beside the service's."""
    table = Table(box=MARKDOWN)
    table.add_column("locked-points on PostgreSQL", no_wrap=True)
    for name in ("members", "seconds", "÷ rewards"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, seconds in {
        "rewards": found.service,
        **{f"SQL, {way}": each for way, each in found.by_way.items()},
    }.items():
        table.add_row(name, f"{found.members:,}", f"{seconds:.2f}", f"{seconds / found.service:.2f}")
    Console(width=150).print(table)


def _growth(rows: Sequence[Row], row: Row) -> str:
    """How many times the time of the fewest members measured."""
    alike = [each for each in rows if each[:2] == row[:2]]
    fewest = min(alike, key=lambda each: each.members)
    return "" if fewest is row else f"{row.close.wall / fewest.close.wall:.2f}"


def _stages(took: Took) -> str:
    return ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.stages.items())
