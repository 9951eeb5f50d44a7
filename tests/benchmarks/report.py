"""The machine, and a table of medians."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table


class Row(NamedTuple):
    """One way of taking orders, in orders a second; each number is a median."""

    plan: str
    store: str
    way: str
    rate: float
    bare: float
    """What the driver alone makes of the same rows in the same transactions."""
    cpu: float | None
    """Microseconds of this process's processor time an order; None where other processes did the work."""
    bare_cpu: float
    slowest: float
    fastest: float


def machine() -> list[str]:
    """What the numbers were measured on."""
    cpu = Path("/proc/cpuinfo")
    models = (
        [line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if "model name" in line]
        if (cpu.exists())
        else []
    )
    return [
        f"{os.cpu_count()} cores, {models[0] if models else platform.processor() or platform.machine()}",
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}",
    ]


def print_report(rows: Sequence[Row], notes: Sequence[str]) -> None:
    """Write the table, which is also Markdown, and what has to be known to read it."""
    table = Table(box=MARKDOWN)
    for name in ("plan", "store", "way"):
        table.add_column(name, no_wrap=True)
    for name in ("orders/s", "slowest to fastest", "bare", "bare ÷ orders/s", "CPU µs", "bare CPU"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        span = f"{row.slowest:,.0f} to {row.fastest:,.0f}"
        cpu = ("–", "–") if row.cpu is None else (f"{row.cpu:,.0f}", f"{row.bare_cpu:,.0f}")
        table.add_row(*row[:3], f"{row.rate:,.0f}", span, f"{row.bare:,.0f}", f"{row.bare / row.rate:.2f}", *cpu)
    console = Console(width=150)
    for note in notes:
        console.print(f"- {note}")
    console.print(table)
