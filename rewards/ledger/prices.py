"""Prices of priced assets as they changed, and the prices at which members' holdings are due to be sold.

A price is the exact ratio numerator / denominator: smallest units of currency for one smallest unit of the
asset (specification, 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, tuple_

from rewards.ledger import bulk, rows
from rewards.ledger.direct import Later, Question
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
    rows.insert(tx, price, Price._fields, list(new))


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
    in_order = [(book_id, member, floors[member]) for member in sorted(floors)]
    rows.put(tx, exit_trigger, ("book_id", "member", "floor"), in_order)


def drop_triggers(tx: Connection, book_id: int, members: Iterable[int]) -> None:
    """Forget the triggers of these members of a book."""
    gone = sorted(members)
    if gone:
        bulk.delete(tx, exit_trigger, {"book_id": book_id, "member": gone})


def triggers_after(tx: Connection, book_id: int, after: tuple[int, int] | None, limit: int) -> list[tuple[int, int]]:
    """At most `limit` (floor, member) of a book's triggers above `after`, by floor, then by member."""
    if after is None:
        return send_first_triggers(tx, book_id, limit)()
    return _NEXT_TRIGGERS.ask(tx, of_book=book_id, most=limit, floor=after[0], member=after[1])


def send_first_triggers(tx: Connection, book_id: int, limit: int) -> Later[list[tuple[int, int]]]:
    """As `triggers_after` nothing, to be asked for together with others (see `rewards.ledger.direct.together`)."""
    return _FIRST_TRIGGERS.send(tx, of_book=book_id, most=limit)


_PLACE = (exit_trigger.c.floor, exit_trigger.c.member)
_TRIGGERS = (
    select(*_PLACE).where(exit_trigger.c.book_id == bindparam("of_book")).order_by(*_PLACE).limit(bindparam("most"))
)
_FIRST_TRIGGERS = Question(lambda keys: _TRIGGERS)
_NEXT_TRIGGERS = Question(
    lambda keys: _TRIGGERS.where(tuple_(*_PLACE) > tuple_(*(bindparam(each.name, type_=each.type) for each in _PLACE)))
)
