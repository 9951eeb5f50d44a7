"""`rewards balance` and `statement`: what a member has, or had, and how it came about."""

from __future__ import annotations

from datetime import date

import click

from rewards.cli.base import Session, command, option, read_day
from rewards.cli.output import print_json, print_table
from rewards.services.holdings import balances_of, statement_of
from rewards.services.members import member as find_member
from rewards.services.views import BalanceView


@command("balance")
@click.argument("member")
@option("--as-of", type=read_day, metavar="DAY", help="help.option.as-of")
def balance(session: Session, member: str, as_of: date | None) -> None:
    """Show what a member has, or had."""
    with session.platform() as platform:
        found = find_member(platform, member)
        held = balances_of(platform, member, as_of)
    if session.json:
        print_json({"member": found, "balances": held})
        return
    session.say("cli.balance.member", member=found.id, sponsor=found.sponsor or "–")
    if as_of is not None:
        session.say("cli.balance.as-of", day=as_of)
    print_balances(session, held)
    # Levels are those of today.
    if found.levels and as_of is None:
        headings = [session.text(f"cli.heading.{name}") for name in ("plan", "ladder", "level", "since", "through")]
        rows = [
            (level.plan, level.ladder, session.title(level.title, level.level), level.since, level.through or "–")
            for level in found.levels
        ]
        print_table(headings, rows)


def print_balances(session: Session, held: list[BalanceView]) -> None:
    """A table of balances, a line each."""
    headings = [
        session.text(f"cli.heading.{name}") for name in ("plan", "asset", "available", "locked", "debt", "value")
    ]
    rows = [
        (one.plan, session.title(one.title, one.asset), one.available, one.locked, one.debt, one.value) for one in held
    ]
    print_table(headings, rows, right=(2, 3, 4, 5))


@command("statement")
@click.argument("member")
@option("--limit", type=click.IntRange(1, 200), default=20, show_default=True, metavar="N")
@option("--before", metavar="CURSOR")
def statement(session: Session, member: str, limit: int, before: str | None) -> None:
    """Show a member's transfers."""
    with session.platform() as platform:
        page = statement_of(platform, member, before, limit)
    if session.json:
        print_json(page)
        return
    headings = [
        session.text(f"cli.heading.{name}")
        for name in (
            "transfer",
            "day",
            "event",
            "plan",
            "rule",
            "asset",
            "compartment",
            "change",
            "counterpart",
        )
    ]
    rows = [
        (
            line.transfer,
            line.day,
            f"{line.kind} {line.event}",
            line.plan,
            session.title(line.title, line.rule),
            line.asset,
            line.compartment,
            line.change,
            line.counterpart,
        )
        for line in page.items
    ]
    print_table(headings, rows, right=(7,))
    if page.next:
        session.say("cli.statement.more", member=member, cursor=page.next)


COMMANDS = (balance, statement)
