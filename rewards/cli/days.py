"""`rewards close`: closing business days."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click

from rewards.cli.base import Session, command, option, read_day, usage
from rewards.cli.close_display import display_of_closes
from rewards.cli.output import print_json, print_table
from rewards.services.days import close_day, close_through
from rewards.services.engines import on_dask
from rewards.services.platform import Platform
from rewards.services.sealing import seal_after_close
from rewards.services.views import ClosedView


@command("close")
@click.argument("day", type=read_day, metavar="DAY")
@option("--through", type=read_day, metavar="DAY")
@option("--plan", metavar="NAME", help="help.option.only-plan")
@option("--approve", metavar="CAP", multiple=True)
@option("--engine", type=click.Choice(["process", "dask"]), default="process")
@option("--scheduler", metavar="ADDRESS")
@option("--snapshot", type=click.Path(path_type=Path, file_okay=False), metavar="FOLDER")
def close(
    session: Session,
    day: date,
    through: date | None,
    plan: str | None,
    approve: tuple[str, ...],
    engine: str,
    scheduler: str | None,
    snapshot: Path | None,
) -> None:
    """Close business days."""
    if (engine == "dask") != (scheduler is not None) or (snapshot is not None and scheduler is None):
        raise usage("cli.close.engine")
    if through is not None and through < day:
        raise usage("cli.close.backwards", day=day, through=through)
    closed: list[ClosedView] = []
    with session.platform() as platform, on_dask(scheduler, snapshot) if scheduler else nullcontext() as works:
        try:
            with display_of_closes(session) as display:
                closed += close_day(platform, day, plan, approve, works, display.stage)
                if through is not None and through > day:
                    display.expect((through - day).days * len(closed))
                    closed += close_through(platform, through, plan, display.day, approve, works, display.stage)
                display.sealing()
                seal_after_close(platform)
        except BaseException:
            if closed:
                session.note("cli.close.stopped", style="yellow")
            raise
    if session.json:
        print_json(closed)
        return
    print_closed(session, closed)


def close_all(session: Session, platform: Platform, first: date, through: date, plans: int) -> list[ClosedView]:
    """Close every open day of all plans, the first of which is `first`, with progress."""
    with display_of_closes(session) as display:
        display.expect(((through - first).days + 1) * plans)
        return list(close_through(platform, through, None, display.day))


def print_closed(session: Session, closed: list[ClosedView]) -> None:
    """What each rule has moved in these closes: a few of them one by one, more of them in a line each."""
    if len(closed) > MOST_IN_FULL:
        headings = [session.text(f"cli.heading.{name}") for name in ("plan", "day", "transfers")]
        print_table(headings, [(one.plan, one.day, one.transfers) for one in closed], right=(2,))
        return
    for one in closed:
        code = "cli.close.repeated" if one.repeated else "cli.close.done"
        session.say(code, plan=one.plan, day=one.day, transfers=one.transfers)
        if one.moved:
            headings = [session.text(f"cli.heading.{name}") for name in ("rule", "asset", "quantity", "transfers")]
            rows = [(moved.rule, moved.asset, moved.quantity, moved.transfers) for moved in one.moved]
            print_table(headings, rows, right=(2, 3))
        for each in one.waiting:
            session.say(
                "cli.close.waiting", rule=each.rule, parameter=each.parameter, period=each.period, plan=one.plan
            )


MOST_IN_FULL = 10
"""How many closes are shown with what each rule has moved."""

COMMANDS = (close,)
