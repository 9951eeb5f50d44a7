"""Transfers: each moves one positive whole amount, in smallest units, of one asset between two accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, cast, func, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from rewards.ledger import bulk, close_parts, rows
from rewards.ledger.tables import book, booking, closed_day, sale, transfer


class Transfer(NamedTuple):
    """A transfer as stored; (event_seq, member, number) is its identity, member 0 where none is concerned."""

    event_seq: int
    member: int
    number: int
    rule_id: int
    from_book: int
    from_holder: int
    to_book: int
    to_holder: int
    amount: int
    lot_id: int | None = None


class LaterTransfers(NamedTuple):
    """Net change of each account on each day: int64 arrays of shape (rows,), ordered by (day, book, holder).

    `day` is the ordinal of the business day, `net` in smallest units (may be negative or zero).
    """

    day: bulk.Ints
    book: bulk.Ints
    holder: bulk.Ints
    net: bulk.Ints


class LaterSales(NamedTuple):
    """What counted as sales on each day for each member.

    Int64 arrays of shape (rows,), ordered by (day, member).
    """

    day: bulk.Ints
    member: bulk.Ints
    cash: bulk.Ints
    points: bulk.Ints
    orders: bulk.Ints


def add(tx: Connection, new: Sequence[Transfer]) -> None:
    """Append transfers.

    Raises the driver's IntegrityError when an amount is not positive or an identity is taken.
    """
    rows.insert(tx, transfer, Transfer._fields, new)


def of_event(tx: Connection, seq: int) -> list[Transfer]:
    """The transfers of an event, in the order of their identity."""
    return of_events(tx, [seq])


def named_after(tx: Connection, seq: int, member: int) -> list[Transfer]:
    """The transfers of an event whose identity names a member (0: nobody), in order; few, however much it moved."""
    columns = [transfer.c[name] for name in Transfer._fields]
    own = select(*columns).where(transfer.c.event_seq == seq, transfer.c.member == member)
    found = [Transfer(*row) for row in tx.execute(own.order_by(transfer.c.number))]
    moved = close_parts.of_member(tx, member, closed_day.c.event_seq == seq)
    return found or [each for _, of_close in moved for each in of_moved(seq, of_close)]


def of_events(tx: Connection, seqs: Iterable[int]) -> list[Transfer]:
    """The transfers of these events, in the order of their identity."""
    columns = [transfer.c[name] for name in Transfer._fields]
    found: list[Transfer] = []
    for part in bulk.chunks(seqs):
        found += [Transfer(*row) for row in tx.execute(select(*columns).where(transfer.c.event_seq.in_(part)))]
        found += [each for seq, moved in close_parts.of_events(tx, part) for each in of_moved(seq, moved)]
    return sorted(found, key=lambda one: one[:3])


def of_moved(seq: int, moved: close_parts.Moved) -> list[Transfer]:
    """What a close has moved, in the order of identity."""
    *numbers, lot_ids = (column.tolist() for column in moved.columns().values())
    rows: Iterator[Any] = zip(*numbers, lot_ids, strict=True)
    return [Transfer._make((seq, *row[:-1], row[-1] or None)) for row in rows]


def in_closes(tx: Connection, member: int, *where: ColumnElement[bool]) -> list[Transfer]:
    """What closes have moved of what is filed under a member, in the order of identity.

    `where` are conditions on `closed_day`, such as which plan's.
    """
    columns = [transfer.c[name] for name in Transfer._fields]
    own = select(*columns).join(closed_day, closed_day.c.event_seq == transfer.c.event_seq)
    # Older releases kept what closes move among the other transfers.
    found = [Transfer(*row) for row in tx.execute(own.where(transfer.c.member == member, *where))]
    found += [each for seq, moved in close_parts.of_member(tx, member, *where) for each in of_moved(seq, moved)]
    return sorted(found, key=lambda one: one[:3])


def later_activity(tx: Connection, plan_id: int, after_day: date) -> tuple[LaterTransfers, LaterSales]:
    """What events other than closes have booked in a plan on business days after `after_day`.

    A close of that day takes it off the present state to find the state at the end of the day.
    """
    return _later_transfers(tx, plan_id, after_day), _later_sales(tx, plan_id, after_day)


def _later_transfers(tx: Connection, plan_id: int, after_day: date) -> LaterTransfers:
    # An event may be booked in several plans; the books tell which of its transfers are this plan's.
    own = (
        booking.c.plan_id == plan_id,
        booking.c.day > after_day,
        booking.c.event_seq.not_in(select(closed_day.c.event_seq)),
        transfer.c.from_book.in_(select(book.c.id).where(book.c.plan_id == plan_id)),
    )
    joined = booking.join(transfer, transfer.c.event_seq == booking.c.event_seq)
    legs = union_all(
        select(
            booking.c.day,
            transfer.c.from_book.label("book"),
            transfer.c.from_holder.label("holder"),
            (-transfer.c.amount).label("net"),
        )
        .select_from(joined)
        .where(*own),
        select(booking.c.day, transfer.c.to_book, transfer.c.to_holder, transfer.c.amount)
        .select_from(joined)
        .where(*own),
    ).subquery()
    keys = (legs.c.day, legs.c.book, legs.c.holder)
    net = _sum(legs.c.net)
    return LaterTransfers(*bulk.read(tx, select(*keys, net).group_by(*keys).order_by(*keys)))


def _later_sales(tx: Connection, plan_id: int, after_day: date) -> LaterSales:
    keys = (sale.c.day, sale.c.member)
    wanted = select(*keys, _sum(sale.c.cash), _sum(sale.c.points), _sum(sale.c.orders)).where(
        sale.c.plan_id == plan_id, sale.c.day > after_day
    )
    return LaterSales(*bulk.read(tx, wanted.group_by(*keys).order_by(*keys)))


def _sum(column: ColumnElement[int]) -> ColumnElement[int]:
    # PostgreSQL sums 64-bit integers to a decimal.
    return cast(func.sum(column), BigInteger)
