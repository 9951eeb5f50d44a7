"""`rewards import`: orders, or refunds, from a CSV file, as many as there are."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from rewards.cli.base import FOUND, Session, command, option, usage
from rewards.cli.csv_file import REJECTED, BadLine, CsvFile
from rewards.cli.exact import add
from rewards.cli.importing import BatchImporter, Importer, RefundImporter, Tally
from rewards.cli.orders_csv import OrderFile
from rewards.cli.output import print_json, print_table, stderr
from rewards.cli.refunds_csv import RefundFile
from rewards.ledger import StoreUnavailable

Line = TypeVar("Line")


@command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, allow_dash=True), metavar="FILE.csv")
@option("--refunds", is_flag=True)
@option("--create-members", is_flag=True)
@option(
    "--multiply-amounts",
    "factor",
    type=click.IntRange(1, 10**9),
    default=1,
    metavar="N",
    help="help.option.multiply",
)
@option("--timezone", metavar="NAME")
@option("--rejected", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.pass_context
def import_(
    context: click.Context,
    session: Session,
    path: str,
    refunds: bool,
    create_members: bool,
    factor: int,
    timezone: str | None,
    rejected: Path | None,
) -> None:
    """Import orders, or refunds."""
    if timezone is not None and timezone not in available_timezones():
        raise usage("cli.bad-timezone", text=timezone)
    if refunds and create_members:
        raise usage("cli.import.no-members")
    zone = ZoneInfo(timezone) if timezone else None
    kind = "refunds" if refunds else "orders"
    with click.open_file(path, "rb") as file, session.platform() as platform, _progress(file, session, kind) as advance:
        _check_rejected(file, rejected)
        take = partial(_take, session, kind, rejected)
        if refunds:
            back = RefundFile(file, factor=factor, timezone=zone, advance=advance)
            tally = take(back, lambda reject: RefundImporter(platform, reject=reject))
        else:
            orders = OrderFile(file, factor=factor, timezone=zone, advance=advance)
            tally = take(orders, lambda reject: Importer(platform, create_members=create_members, reject=reject))
    _report(session, kind, tally)
    context.exit(FOUND if tally.rejected else 0)


def _take(
    session: Session,
    kind: str,
    rejected: Path | None,
    lines: CsvFile[Line],
    importer: Callable[[Callable[[BadLine], None]], BatchImporter[Line]],
) -> Tally:
    """Take all lines of a file. Where it stops before its end, what has been taken is told."""
    with _rejected_file(rejected, lines.columns, session) as reject:
        importing = importer(reject)
        try:
            return importing.run(lines)
        except (StoreUnavailable, KeyboardInterrupt):
            session.note("cli.import.stopped", style="yellow")
            _report(session, kind, importing.tally)
            raise


def _check_rejected(file: IO[bytes], rejected: Path | None) -> None:
    """Refuse to write the rejected lines over the file they come from."""
    if rejected is None or not rejected.exists():
        return
    read = _status(file)
    if read is not None and os.path.samestat(read, rejected.stat()):
        raise usage("cli.import.same-file", file=str(rejected))


def _status(file: IO[bytes]) -> os.stat_result | None:
    """What the system knows of an open file; None where there is no file behind it."""
    try:
        return os.fstat(file.fileno())
    except (OSError, io.UnsupportedOperation):
        return None


@contextmanager
def _progress(file: IO[bytes], session: Session, kind: str) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, where that is a terminal; gives the function that is told how many bytes were read."""
    console = stderr()
    status = _status(file)
    size = status.st_size if status and status.st_size else None
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(session.text(f"cli.import.progress.{kind}"), total=size)
        yield lambda read: progress.advance(task, read)


@contextmanager
def _rejected_file(
    path: Path | None, columns: tuple[str, ...], session: Session
) -> Iterator[Callable[[BadLine], None]]:
    """Tells of rejected lines on stderr.

    If a file is named they are written to it, as lines that can be corrected and imported.
    """
    kept = [index for index, name in enumerate(columns) if name not in REJECTED]

    def tell(bad: BadLine) -> None:
        place = session.text("cli.import.place", line=bad.number, column=bad.column or "–")
        session.note("cli.import.rejected", place=place, reason=bad.error.text(session.language))

    if path is None:
        yield tell
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(columns[index] for index in kept), *REJECTED])

        def write(bad: BadLine) -> None:
            tell(bad)
            whole = len(bad.cells) == len(columns)
            cells = [bad.cells[index] for index in kept] if whole else [*bad.cells, *[""] * len(kept)][: len(kept)]
            writer.writerow([*cells, bad.number, bad.column or "", bad.error.text(session.language)])

        yield write


def _report(session: Session, kind: str, tally: Tally) -> None:
    total = add(tally.total_taken, tally.total_repeated)
    if session.json:
        print_json(
            {
                "taken": tally.taken,
                "repeated": tally.repeated,
                "rejected": tally.rejected,
                **({"members_added": tally.members} if kind == "orders" else {}),
                "total_taken": tally.total_taken,
                "total_repeated": tally.total_repeated,
                "total": total,
                "rejections": [
                    {
                        "line": bad.number,
                        "column": bad.column,
                        "code": bad.error.code,
                        "message": bad.error.text(session.language),
                    }
                    for bad in tally.rejections
                ],
            }
        )
        return
    headings = [session.text(f"cli.heading.{name}") for name in (kind, "count", "total")]
    rows = [
        (session.text("cli.import.taken"), tally.taken, tally.total_taken),
        (session.text("cli.import.repeated"), tally.repeated, tally.total_repeated),
        (session.text("cli.import.rejected-lines"), tally.rejected, ""),
    ]
    if kind == "orders":
        rows.append((session.text("cli.import.members"), tally.members, ""))
    print_table(headings, rows, right=(1, 2))


COMMANDS = (import_,)
