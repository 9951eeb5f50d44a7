"""The close of the locked-points plan as set-based SQL in PostgreSQL, beside the service's: what one would else write.

It works on plain tables of its own and does less: no events, no trace, no history of levels. It must come to the same
numbers: what each rule moves, and what every member has in the end.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psycopg
from sqlalchemy import make_url

from rewards.ledger import balances, bulk, members
from rewards.money import parse_amount
from rewards.plan.model import Compartment
from rewards.services.days import close_day
from rewards.services.platform import Platform
from tests.benchmarks.closing_population import DAY, now
from tests.benchmarks.closing_run import in_own_process
from tests.benchmarks.stores import Copies

PLAN = "locked-points"
WAYS = {
    "recursive CTE": ("stars recursively", "awards recursively"),
    "generation by generation": ("stars by generation", "awards by generation"),
}
RULES = ("sharing", "team", "same-level")


class Outcome(NamedTuple):
    """What a close has come to."""

    moved: dict[str, tuple[int, int]]
    """By rule the quantity in smallest units and the number of transfers."""
    locked: dict[int, int]
    available: dict[int, int]
    """What each member has, by ordinal; nobody who has nothing."""


class SqlTimes(NamedTuple):
    """Seconds for the same close."""

    members: int
    service: float
    by_way: dict[str, float]


@cache
def parts() -> dict[str, str]:
    """The parts of close_in_sql.sql by name."""
    found: dict[str, str] = {}
    for part in Path(__file__).with_name("close_in_sql.sql").read_text().split("-- part: ")[1:]:
        name, _, sql = part.partition("\n")
        found[name] = sql
    return found


def in_sql(copies: Copies, members: int, times: int) -> SqlTimes:
    """Measure the close of `DAY` both ways in SQL, and by the service, on copies of a database of the plan.

    Raises RuntimeError when a way comes to other numbers than the service.
    """
    with copies.fresh() as url:
        wanted = by_service(url)
    service: list[float] = []
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for round_ in range(times):
        with copies.fresh() as url:
            service.append(in_own_process("closing_run", url, PLAN, DAY.isoformat()).wall)
        for way in WAYS:
            with copies.fresh() as url:
                found[way].append(run(url, way))
                if not round_:
                    check(outcome(url), wanted, way)
    return SqlTimes(members, median(service), {way: median(each) for way, each in found.items()})


def run(url: str, way: str) -> float:
    """Close `DAY` in SQL; returns the seconds, without those for setting up the plain tables."""
    with _connect(url) as connection:
        connection.execute(parts()["tables"].encode())
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM (ANALYZE)")
        connection.autocommit = False
        began = time.perf_counter()
        for statements in _close(way):
            connection.execute(statements.encode())
        connection.commit()
        return time.perf_counter() - began


def _close(way: str) -> Iterator[str]:
    stars, awards = WAYS[way]
    day = str(DAY.toordinal())
    for name in (stars, "base", "sharing", awards):
        yield parts()[name].replace("%(day)s", day)
    for rule in RULES:
        quoted = parts()["draw"].replace("earned_RULE", f'"earned_{rule}"')
        yield quoted.replace("RULE", rule).replace("%(day)s", day)
    yield parts()["balances"]


def outcome(url: str) -> Outcome:
    """What the close in SQL has left in the plain tables."""
    with _connect(url) as connection:
        moved = connection.execute("SELECT rule, sum(amount)::bigint, count(*) FROM plain.transfer GROUP BY rule")
        by_rule = {rule: (amount, count) for rule, amount, count in moved}
        rows = connection.execute("SELECT member, locked, available FROM plain.balance").fetchall()
    locked = {member: amount for member, amount, _ in rows if amount}
    return Outcome(by_rule, locked, {member: amount for member, _, amount in rows if amount})


def by_service(url: str) -> Outcome:
    """Close `DAY` by the service; returns what it has come to."""
    platform = Platform.open(url, clock=now)
    (closed,) = close_day(platform, DAY, PLAN)
    with platform.ledger.read() as tx:
        binding = platform.calendar(tx).bindings[PLAN][-1]
        asset = binding.plan.assets["points"]
        moved = {each.rule: (parse_amount(each.quantity, asset.scale), each.transfers) for each in closed.moved}
        books = [binding.books[asset.book(each)] for each in (Compartment.LOCKED, Compartment.AVAILABLE)]
        held: dict[int, dict[int, int]] = {book: {} for book in books}
        for part in bulk.chunks(range(1, members.count(tx) + 1)):
            for (book, holder), amount in balances.get(tx, books, part).items():
                if amount:
                    held[book][holder] = amount
    platform.close()
    return Outcome(moved, *(held[book] for book in books))


def check(found: Outcome, wanted: Outcome, way: str) -> None:
    """Raise RuntimeError unless two closes have come to the same."""
    for rule in {*found.moved, *wanted.moved}:
        if found.moved.get(rule) != wanted.moved.get(rule):
            raise RuntimeError(
                f"{way}: rule {rule} moved {found.moved.get(rule)} in SQL, {wanted.moved.get(rule)} by the service"
            )
    for name in ("locked", "available"):
        mine, theirs = getattr(found, name), getattr(wanted, name)
        differ = [member for member in {*mine, *theirs} if mine.get(member) != theirs.get(member)]
        if differ:
            raise RuntimeError(f"{way}: {len(differ)} members have something else {name} than by the service")


def _connect(url: str) -> psycopg.Connection:
    connection = psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    connection.execute("SET work_mem = '256MB'")
    connection.commit()
    return connection
