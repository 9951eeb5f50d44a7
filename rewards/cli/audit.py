"""`rewards verify`, `replay` and `seal`: whether the books keep their promises, and are what was on record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from rewards.cli.base import FOUND, Session, command, option, usage
from rewards.cli.output import clean, print_json, print_table, stderr, stdout
from rewards.services.comparing import Difference
from rewards.services.replay import replay as take_again
from rewards.services.reports import CheckResult
from rewards.services.reports import verify as run_checks
from rewards.services.sealing import ChainView, check_chain, open_events
from rewards.services.sealing import seal as seal_events

_ANCHOR = re.compile(r"([0-9]{1,18}):([0-9a-f]{64})", re.ASCII)


def read_anchor(text: str) -> tuple[int, str]:
    """An end of the chain as `rewards seal` prints it, EVENT:HASH. Raises click.UsageError."""
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise usage("cli.bad-anchor", text=text)
    return int(match[1]), match[2]


@contextmanager
def progress_of_events(session: Session, total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar of events on stderr, where that is a terminal.

    Gives the function that is told how many are done and how many there are.
    """
    console = stderr()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task(session.text("cli.audit.progress"), total=total)
        yield lambda done, of: progress.update(task, completed=done, total=of)


# --- promises and the chain ------------------------------------------------------------------------------------------


@command("verify")
@option("--no-replay", "no_replay", is_flag=True, help="help.option.no-replay")
@option("--chain", "chain", is_flag=True, help="help.option.chain")
@option("--anchor", type=read_anchor, metavar="EVENT:HASH")
@click.pass_context
def verify(
    context: click.Context, session: Session, no_replay: bool, chain: bool, anchor: tuple[int, str] | None
) -> None:
    """Check every promise of the books, or the chain of seals alone."""
    if chain:
        _verify_chain(context, session, anchor)
        return
    if anchor is not None:
        raise usage("cli.verify.anchor-alone")
    with session.platform() as platform:
        results = run_checks(platform, with_replay=not no_replay)
    if session.json:
        print_json(results)
    else:
        print_checks(session, results)
    context.exit(FOUND if any(result.violations for result in results) else 0)


def print_checks(session: Session, results: list[CheckResult]) -> None:
    """A line for each promise, and below it what breaks it."""
    for result in results:
        title = session.title(result.title)
        if result.violations:
            session.say("cli.verify.broken", style="red", promise=result.promise, title=title)
        else:
            session.say("cli.verify.kept", style="green", promise=result.promise, title=title)
        for violation in result.violations:
            stdout().print(f"    {session.title(violation)}")
    broken = sum(bool(result.violations) for result in results)
    session.say("cli.verify.done", kept=len(results) - broken, broken=broken)


def _verify_chain(context: click.Context, session: Session, anchor: tuple[int, str] | None) -> None:
    with session.platform() as platform, progress_of_events(session, None) as told:
        found = check_chain(platform, anchor, lambda done: told(done, None))
    if session.json:
        print_json(found)
    elif found.broken is not None:
        stdout().print(clean(session.title(found.broken)), style="red")
    else:
        _print_whole(session, found)
    context.exit(FOUND if found.broken is not None else 0)


def _print_whole(session: Session, found: ChainView) -> None:
    session.say("cli.chain.whole", style="green", event=found.event, hash=found.hash)
    if found.unsealed:
        session.say("cli.chain.unsealed", count=found.unsealed)


@command("seal")
def seal(session: Session) -> None:
    """Seal the events that are not sealed yet."""
    with session.platform() as platform:
        total = open_events(platform)
        with progress_of_events(session, total) as told:
            found = seal_events(platform, lambda done: told(done, total))
    if session.json:
        print_json(found)
    else:
        session.say("cli.seal.done", sealed=found.sealed, event=found.event, hash=found.hash)


# --- replay ----------------------------------------------------------------------------------------------------------


@command("replay")
@option("--plan", metavar="NAME", help="help.option.replay-plan")
@click.pass_context
def replay(context: click.Context, session: Session, plan: str | None) -> None:
    """Rebuild the books from their events and compare."""
    with session.platform() as platform, progress_of_events(session, None) as told:
        differences = take_again(platform, plan, told)
    if session.json:
        print_json(
            [
                {
                    "table": each.table,
                    "place": each.place,
                    "stored": each.stored,
                    "rebuilt": each.rebuilt,
                    "message": each.render(session.language),
                }
                for each in differences
            ]
        )
    else:
        print_differences(session, differences)
    context.exit(FOUND if differences else 0)


def print_differences(session: Session, differences: list[Difference]) -> None:
    """What is stored otherwise than the events rebuild it, a line each."""
    for each in differences:
        if each.code == "replay.event-refused":
            stdout().print(clean(each.render(session.language)), style="red")
            return
    if differences:
        headings = [session.text(f"cli.heading.{name}") for name in ("table", "place", "stored", "rebuilt")]
        print_table(headings, [(each.table, each.place, each.stored, each.rebuilt) for each in differences])
        session.say("cli.replay.differs", style="red", count=len(differences))
    else:
        session.say("cli.replay.same", style="green")


COMMANDS = (verify, replay, seal)
