"""Prices of priced assets as they changed, and the prices at which members' holdings are due to be sold.

A price is the exact ratio numerator / denominator: smallest units of currency for one smallest unit of the
asset (specification, 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_

from rewards.ledger import bulk
from rewards.ledger.tables import exit_trigger, price


class Price(NamedTuple):
    """The price of an asset from an event on."""

    plan_id: int
    asset: str
    event_seq: int
    day: date
    numerator: int
    denominator: int


_ALL = select(price.c.plan_id, price.c.asset, price.c.event_seq, price.c.day, price.c.numerator, price.c.denominator)


def add(tx: Connection, new: Sequence[Price]) -> None:
    """Append prices."""
    bulk.insert_rows(tx, price, Price._fields, new)


def last(tx: Connection, plan_id: int, asset: str) -> Price | None:
    """The present price, or None before the first one."""
    found = page(tx, plan_id, asset, limit=1)
    return found[0] if found else None


def page(tx: Connection, plan_id: int, asset: str, *, before: int | None = None, limit: int = 100) -> list[Price]:
    """At most `limit` prices, newest first, of events with a number below `before`."""
    own = _ALL.where(price.c.plan_id == plan_id, price.c.asset == asset)
    if before is not None:
        own = own.where(price.c.event_seq < before)
    return [Price(*row) for row in tx.execute(own.order_by(price.c.event_seq.desc()).limit(limit))]


def set_triggers(tx: Connection, book_id: int, floors: Mapping[int, int]) -> None:
    """Set the whole number the price must have reached for each member's exit (specification, 1)."""
    members = sorted(floors)
    in_order = [floors[member] for member in members]
    bulk.upsert(tx, exit_trigger, {"book_id": book_id, "member": members, "floor": in_order})


def drop_triggers(tx: Connection, book_id: int, members: Iterable[int]) -> None:
    """Forget the triggers of these members of a book."""
    bulk.delete(tx, exit_trigger, {"book_id": book_id, "member": sorted(members)})


def triggers_after(tx: Connection, book_id: int, after: tuple[int, int] | None, limit: int) -> list[tuple[int, int]]:
    """At most `limit` (floor, member) of a book's triggers above `after`, by floor, then by member."""
    own = select(exit_trigger.c.floor, exit_trigger.c.member).where(exit_trigger.c.book_id == book_id)
    if after is not None:
        own = own.where(tuple_(exit_trigger.c.floor, exit_trigger.c.member) > tuple_(*after))
    rows = tx.execute(own.order_by(exit_trigger.c.floor, exit_trigger.c.member).limit(limit))
    return [(floor, member) for floor, member in rows]
