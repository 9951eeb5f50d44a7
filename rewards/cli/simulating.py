"""`rewards simulate`: what a plan would do to a made-up stream of orders."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from pathlib import Path as FilePath

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rewards.actions import vocabulary
from rewards.cli import simulating_texts  # noqa: F401  (registers what the command says)
from rewards.cli.base import FOUND, Session, command, option, read_day, usage
from rewards.cli.output import clean, print_json, print_table, stderr, stdout
from rewards.cli.plans import RULE_FILE, print_diagnostics, read_source, source_name
from rewards.cli.plotting import columns
from rewards.errors import InvalidRequest
from rewards.money import AmountError, format_amount, parse_amount, parse_rate
from rewards.plan.load import load_plan
from rewards.plan.model import Plan
from rewards.simulation.report import PRICE_PLACES, as_json, csv_lines, price_text, row_texts
from rewards.simulation.result import Path, Result, Row
from rewards.simulation.run import Told, simulate
from rewards.simulation.stream import Settings

MOST_DAYS_SHOWN = 31
"""Above so many days there is a line a month, unless days are asked for."""

_LEFT_OUT = ("price_exact", "held")
"""Columns that only files have."""

_RARE = ("redemptions", "refused", "exits", "paid", "liabilities")
"""Columns that are left out where all is zero."""


@command("simulate", database=False)
@click.argument("file", type=RULE_FILE, metavar="FILE")
@option("--orders", type=click.IntRange(1), required=True, metavar="N", help="help.option.simulate-orders")
@option("--members", type=click.IntRange(1), required=True, metavar="M", help="help.option.simulate-members")
@option("--days", type=click.IntRange(1), required=True, metavar="D", help="help.option.simulate-days")
@option("--seed", type=click.IntRange(0), default=0, metavar="S", help="help.option.simulate-seed")
@option("--from", "first_day", type=read_day, default="2026-01-01", metavar="DAY", help="help.option.simulate-from")
@option("--first-members", type=click.IntRange(0), default=1, metavar="K", help="help.option.simulate-first-members")
@option("--amount", default="100", metavar="AMOUNT", help="help.option.simulate-amount")
@option("--growth", default="1", metavar="RATE", help="help.option.simulate-growth")
@option("--sponsored", default="50%", metavar="SHARE", help="help.option.simulate-sponsored")
@option("--redeem", default="0%", metavar="SHARE", help="help.option.simulate-redeem")
@option("--part", default="100%", metavar="SHARE", help="help.option.simulate-part")
@option("--path", type=click.Choice([each.value for each in Path]), default="auto", help="help.option.simulate-path")
@option("--by", type=click.Choice(["day", "month"]), help="help.option.simulate-by")
@option("--csv", "csv_file", metavar="FILE", type=click.Path(dir_okay=False, path_type=FilePath),
        help="help.option.simulate-csv")  # fmt: skip
@click.pass_context
def simulate_plan(
    context: click.Context,
    session: Session,
    file: str,
    *,
    orders: int,
    members: int,
    days: int,
    seed: int,
    first_day: date,
    first_members: int,
    amount: str,
    growth: str,
    sponsored: str,
    redeem: str,
    part: str,
    path: str,
    by: str | None,
    csv_file: FilePath | None,
) -> None:
    """Simulate a plan."""
    plan = _load(context, session, file)
    least, most = _amounts(amount, plan)
    settings = Settings(
        orders=orders,
        members=members,
        days=days,
        seed=seed,
        first_day=first_day,
        first_members=first_members,
        least=least,
        most=most,
        growth=_rate("growth", growth),
        sponsored=_rate("sponsored", sponsored),
        redeem=_rate("redeem", redeem),
        part=_rate("part", part),
    )
    with _progress(settings) as told:
        result = simulate(plan, settings, Path(path), told)
    if csv_file is not None:
        _write_csv(csv_file, result)
    monthly = by == "month" or (by is None and settings.days > MOST_DAYS_SHOWN)
    rows = result.by_month() if monthly else result.rows
    if session.json:
        print_json(as_json(result, rows, session.language))
        return
    _show(session, result, rows)


def _load(context: click.Context, session: Session, file: str) -> Plan:
    """The plan of a file; one with errors ends the command as `rewards check` does."""
    loaded = load_plan(read_source(file), source_name(file), vocabulary())
    if loaded.plan is None:
        if session.json:
            print_json([each.as_json(session.language) for each in loaded.diagnostics])
        else:
            print_diagnostics(session, loaded.diagnostics)
        context.exit(FOUND)
    assert loaded.plan is not None
    return loaded.plan


def _rate(name: str, text: str) -> Fraction:
    try:
        return parse_rate(text)
    except AmountError:
        raise usage("cli.simulate.bad-rate", option=f"--{name}", text=text) from None


def _amounts(text: str, plan: Plan) -> tuple[int, int]:
    """`100`, or `50..500`, in smallest units of the plan's currency."""
    least, _, most = text.partition("..")
    try:
        return parse_amount(least, plan.currency_scale), parse_amount(most or least, plan.currency_scale)
    except AmountError:
        raise usage("cli.simulate.bad-amount", text=text) from None


@contextmanager
def _progress(settings: Settings) -> Iterator[Told]:
    """A progress bar of days on stderr, where that is a terminal."""
    console = stderr()
    bars = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*bars, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("", total=settings.days)
        yield lambda done: progress.update(task, completed=done)


def _write_csv(file: FilePath, result: Result) -> None:
    """Raises InvalidRequest when the file cannot be written."""
    try:
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened, lineterminator="\n").writerows(csv_lines(result))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InvalidRequest("cli.simulate.no-file", file=str(file), reason=reason) from None


# --- for people ------------------------------------------------------------------------------------------------------


def _show(session: Session, result: Result, rows: Sequence[Row]) -> None:
    """What ran, a table of the rows, and plots of the days."""
    plan, settings = result.plan, result.settings
    session.say(
        f"cli.simulate.{result.path.value}",
        plan=plan.name,
        orders=settings.orders,
        members=settings.members,
        days=settings.days,
        seed=settings.seed,
        reason=result.reason.render(session.language) if result.reason else "",
    )
    texts = [row_texts(plan, row) for row in rows]
    names = [name for name in texts[0] if _is_shown(name, texts)]
    headings = [_heading(session, name) for name in names]
    print_table(headings, [[each[name] for name in names] for each in texts], right=range(1, len(names)))
    if len(result.rows) > 1:
        _plot(session, result)
    session.say("cli.simulate.rounding", places=PRICE_PLACES, style="dim")


def _is_shown(name: str, texts: Sequence[dict[str, str]]) -> bool:
    root = name.partition(".")[0]
    if root in _LEFT_OUT:
        return False
    return root not in _RARE or any(each[name].strip("0.") for each in texts)


def _heading(session: Session, name: str) -> str:
    root, _, of = name.partition(".")
    return session.text(f"cli.simulate.column.{root}", **({"name": of} if of else {}))


def _plot(session: Session, result: Result) -> None:
    """Day by day the price of each priced asset, and what members have to claim or, of other plans, are paid."""
    plan, days = result.plan, result.rows
    for name in result.last.priced:
        prices = [Fraction(*row.priced[name].price) for row in days]
        largest = price_text(result.last.priced[name].price)  # the last: a price never falls
        _draw(session, f"price.{name}", prices, largest, result)
    for name in ("liabilities", "paid"):
        amounts = [getattr(row, name) for row in days]
        if any(amounts):
            largest = format_amount(max(amounts), plan.currency_scale)
            _draw(session, name, [Fraction(each) for each in amounts], largest, result)
            break


def _draw(session: Session, name: str, values: Sequence[Fraction], largest: str, result: Result) -> None:
    first, last = (row.day.isoformat() for row in (result.rows[0], result.last))
    console = stdout()
    title = session.text("cli.simulate.plot", name=_heading(session, name), first=first, last=last)
    console.print(clean(title))
    for line in columns(values, (largest, "0")):
        console.print(line)
    console.print()


COMMANDS = (simulate_plan,)
