"""Refunds: how much of each order has been taken back, and the negative releases that wait for the next day close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    cast,
    func,
    select,
    update,
)

from rewards.ledger import bulk, lots, transfers
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import closed_day, metadata
from rewards.ledger.transfers import Transfer


class RefundColumns(TypedColumns):
    """That an event has taken back part of an order; `amount` in the currency's smallest units."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    order_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), nullable=False)
    amount: Named[int] = Column(BIG, nullable=False)


refund = Table("refund", metadata, RefundColumns, CheckConstraint("amount > 0", name="positive"))
Index("refund_order_seq", refund.c.order_seq)


class ReversalColumns(TypedColumns):
    """What a rule had released to a member and a refund has taken back, until a close has settled it."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    rule = Column(Text, primary_key=True)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    quantity: Named[int] = Column(BIG, nullable=False)
    settled_seq: Named[int | None] = Column(BIG, ForeignKey("event.seq"))


reversal = Table(
    "reversal", metadata, ReversalColumns, CheckConstraint("quantity > 0", name="positive"), sqlite_with_rowid=False
)
Index(
    "reversal_open",
    reversal.c.plan_id,
    reversal.c.day,
    sqlite_where=reversal.c.settled_seq.is_(None),
    postgresql_where=reversal.c.settled_seq.is_(None),
)


class Refund(NamedTuple):
    """That an event has taken back an amount of an order, in the currency's smallest units."""

    event_seq: int
    order_seq: int
    amount: int


class Reversal(NamedTuple):
    """A negative release: what `rule` had moved to a member and a refund booked to `day` took back; smallest units."""

    event_seq: int
    plan_id: int
    rule: str
    member: int
    day: date
    quantity: int


def add(tx: Connection, new: Sequence[Refund]) -> None:
    """Append refunds."""
    bulk.insert_rows(tx, refund, Refund._fields, new)


def refunded(tx: Connection, order_seq: int) -> int:
    """How much of an order has been refunded, in the currency's smallest units."""
    total = select(cast(func.coalesce(func.sum(refund.c.amount), 0), BigInteger))
    return tx.execute(total.where(refund.c.order_seq == order_seq)).scalar_one()


def amounts(tx: Connection, event_seqs: Iterable[int]) -> dict[int, int]:
    """How much of their orders these refund events take back, in the currency's smallest units."""
    found: dict[int, int] = {}
    for part in bulk.chunks(event_seqs):
        own = select(refund.c.event_seq, refund.c.amount).where(refund.c.event_seq.in_(part))
        found.update((seq, amount) for seq, amount in tx.execute(own))
    return found


def order_of(tx: Connection, event_seq: int) -> int | None:
    """The order a refund event takes back from."""
    return tx.scalar(select(refund.c.order_seq).where(refund.c.event_seq == event_seq))


def add_reversals(tx: Connection, new: Sequence[Reversal]) -> None:
    """Append negative releases."""
    bulk.insert_rows(tx, reversal, Reversal._fields, new)


def open_reversals(tx: Connection, plan_id: int, through: date) -> list[Reversal]:
    """The negative releases of a plan, booked to days up to `through`, that no close has settled."""
    columns = [reversal.c[name] for name in Reversal._fields]
    own = select(*columns).where(
        reversal.c.plan_id == plan_id, reversal.c.day <= through, reversal.c.settled_seq.is_(None)
    )
    return [Reversal(*row) for row in tx.execute(own.order_by(reversal.c.event_seq, reversal.c.rule))]


def settle(tx: Connection, plan_id: int, through: date, close_seq: int) -> None:
    """Note that a close has settled the negative releases booked to days up to `through`."""
    own = update(reversal).where(
        reversal.c.plan_id == plan_id, reversal.c.day <= through, reversal.c.settled_seq.is_(None)
    )
    tx.execute(own.values(settled_seq=close_seq))


def reversed_of_order(tx: Connection, order_seq: int, plan_id: int) -> dict[tuple[int, str], int]:
    """For each member and rule, what earlier refunds of an order have reversed in a plan, in smallest units."""
    rows = tx.execute(
        select(reversal.c.member, reversal.c.rule, cast(func.sum(reversal.c.quantity), BigInteger))
        .join(refund, refund.c.event_seq == reversal.c.event_seq)
        .where(refund.c.order_seq == order_seq, reversal.c.plan_id == plan_id)
        .group_by(reversal.c.member, reversal.c.rule)
    )
    return {(member, rule): quantity for member, rule, quantity in rows}


def released_by_rule(tx: Connection, member: int, lot_ids: Iterable[int]) -> dict[tuple[int, int], int]:
    """What day closes have released from lots of a member, less what they have locked again, in smallest units.

    By (lot, rule id).
    """
    released: Counter[tuple[int, int]] = Counter()
    for lot_id, book_id, each in _of_lots(tx, member, lot_ids):
        released[lot_id, each.rule_id] += each.amount if each.from_book == book_id else -each.amount
    return dict(released)


def releases(tx: Connection, member: int, lot_ids: Iterable[int]) -> list[tuple[int, date, int]]:
    """What day closes have released from lots of a member: lot, day, quantity in smallest units; oldest first."""
    found = [
        (lot_id, each.event_seq, each.amount)
        for lot_id, book_id, each in _of_lots(tx, member, lot_ids)
        if each.from_book == book_id
    ]
    days: dict[int, date] = {}
    for part in bulk.chunks({seq for _, seq, _ in found}):
        own = select(closed_day.c.event_seq, closed_day.c.day).where(closed_day.c.event_seq.in_(part))
        days.update((seq, day) for seq, day in tx.execute(own))
    return [(lot_id, days[seq], amount) for lot_id, seq, amount in found]


def _of_lots(tx: Connection, member: int, lot_ids: Iterable[int]) -> Iterator[tuple[int, int, Transfer]]:
    """What closes have moved from or into lots of a member, in order, with the lots and their books."""
    books = {each.id: each.book_id for each in lots.by_ids(tx, lot_ids)}
    for each in transfers.in_closes(tx, member) if books else ():
        if each.lot_id in books:
            yield each.lot_id, books[each.lot_id], each
