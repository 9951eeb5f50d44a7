"""What an export reads: bookings, their transfers and the accounts, each as a stream in the order of its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Select, and_, cast, func, select, tuple_, union_all

from rewards.ledger import balances, bulk, close_parts, members, transfers
from rewards.ledger.tables import book, booking, closed_day, event, transfer
from rewards.services.closing_record import KIND as CLOSE
from rewards.services.export_names import unknown

_BOOKINGS_A_PAGE = 1000
_EVENTS_A_PAGE = 500
_STREAM = {"stream_results": True, "yield_per": 5000}

Row = tuple[int, int, int, int, int, int, int]
"""A transfer: member, rule, from book, from holder, to book, to holder, amount in smallest units."""


class Booked(NamedTuple):
    """An event as one plan has booked it."""

    seq: int
    plan_id: int
    version_id: int
    day: date
    kind: str
    id: str


class Amount(NamedTuple):
    """What an account holds, in smallest units."""

    book: int
    holder: int
    units: int


def days(tx: Connection, plan_ids: Collection[int]) -> tuple[date, date] | None:
    """The first and the last business day on which these plans have booked anything; None when they have not."""
    wanted = select(func.min(booking.c.day), func.max(booking.c.day)).where(booking.c.plan_id.in_(plan_ids))
    first, last = tx.execute(wanted).one()
    return None if first is None or last is None else (first, last)


def booked(
    tx: Connection, plan_ids: Collection[int], plan_of: Mapping[int, int], first: date, last: date
) -> Iterator[tuple[Booked, Iterator[Row]]]:
    """Every booking of these days in the order of events, with its transfers in the order of theirs.

    `plan_of` gives the plan of each book. What is held are a page of bookings and the transfers of a page of events
    that are no closes; those of a close are a stream, to be read before the next booking is asked for. Raises Conflict
    when a transfer names a book there is not.
    """
    for closing, run in groupby(_bookings(tx, plan_ids, first, last), key=lambda each: each.kind == CLOSE):
        if closing:
            for each in run:
                yield each, _of_close(tx, each.seq)
        else:
            for page in bulk.chunks(run, _EVENTS_A_PAGE):
                moved = _by_plan(tx.execute(_transfers([each.seq for each in page])), plan_of)
                yield from ((each, iter(moved.get(each[:2], ()))) for each in page)


def _bookings(tx: Connection, plan_ids: Collection[int], first: date, last: date) -> Iterator[Booked]:
    key = (booking.c.event_seq, booking.c.plan_id)
    wanted = (
        select(*key, booking.c.version_id, booking.c.day, event.c.kind, event.c.id)
        .join(event, event.c.seq == booking.c.event_seq)
        .where(booking.c.plan_id.in_(plan_ids), booking.c.day >= first, booking.c.day <= last)
        .order_by(*key)
        .limit(_BOOKINGS_A_PAGE)
    )
    after = (0, 0)
    while page := [Booked(*row) for row in tx.execute(wanted.where(tuple_(*key) > tuple_(*after)))]:
        yield from page
        after = page[-1][:2]


def _transfers(seqs: Collection[int]) -> Select[*tuple[Any, ...]]:
    t = transfer.c
    columns = (t.event_seq, t.member, t.rule_id, t.from_book, t.from_holder, t.to_book, t.to_holder, t.amount)
    return select(*columns).where(t.event_seq.in_(seqs)).order_by(t.event_seq, t.member, t.number)


def _by_plan(rows: Iterable[Any], plan_of: Mapping[int, int]) -> dict[tuple[int, int], list[Row]]:
    """Transfers by event and plan: an event may be booked in several."""
    found: dict[tuple[int, int], list[Row]] = {}
    for seq, *row in rows:
        book_id = row[2]
        if book_id not in plan_of:
            raise unknown("book", book_id)
        found.setdefault((seq, plan_of[book_id]), []).append(tuple(row))
    return found


def _of_close(tx: Connection, seq: int) -> Iterator[Row]:
    for row in tx.execute(_transfers([seq]), execution_options=_STREAM):  # older releases kept them among the others
        yield row[1:]
    for _, moved in close_parts.of_events(tx, [seq]):
        for each in transfers.of_moved(seq, moved):
            yield each.member, *each[3:9]


def accounts(tx: Connection, plan_ids: Collection[int], day: date | None) -> Iterator[Amount]:
    """What every account of these plans holds at the end of a business day, by (book, holder); now when None.

    Accounts that have only moved later hold 0. The amounts are the stored balances less what was booked later.
    """
    size = members.count(tx)
    moved = _MovedByCloses(tx, plan_ids, day)
    later = {} if day is None else {row[:2]: row[2] for row in tx.execute(_later(plan_ids, day))}
    for book_id in sorted(tx.scalars(select(book.c.id).where(book.c.plan_id.in_(plan_ids)))):
        whole = balances.of_book(tx, book_id, size)
        for holder in sorted(whole.others):
            units = whole.others[holder] - later.get((book_id, holder), 0) - moved.later_of_others[book_id, holder]
            yield Amount(book_id, holder, units)
        held = whole.members - moved.later.get(book_id, 0)
        for index in np.flatnonzero(whole.written | moved.ever.get(book_id, np.False_)).tolist():
            yield Amount(book_id, index + 1, int(held[index]) - later.get((book_id, index + 1), 0))


class _MovedByCloses:
    """Which members' accounts closes have ever moved, and what those of days after one have brought."""

    def __init__(self, tx: Connection, plan_ids: Collection[int], day: date | None) -> None:
        size = members.count(tx)
        self.ever: dict[int, NDArray[np.bool_]] = {}
        """By book."""
        self.later: dict[int, bulk.Ints] = {}
        self.later_of_others: Counter[tuple[int, int]] = Counter()
        own = select(closed_day.c.event_seq, closed_day.c.day).where(closed_day.c.plan_id.in_(plan_ids))
        days = dict(tx.execute(own.order_by(closed_day.c.event_seq)).all())
        for seqs in bulk.chunks(days):
            for seq, moved in close_parts.of_events(tx, seqs):
                self._count(moved, size, later=day is not None and days[seq] > day)

    def _count(self, moved: close_parts.Moved, size: int, *, later: bool) -> None:
        for number, flow in enumerate(moved.flows):
            rows = moved.flow == number
            member, amount = moved.member[rows], moved.amount[rows]
            for sign, book_id, holder in ((-1, flow.from_book, flow.from_holder), (1, flow.to_book, flow.to_holder)):
                if holder != close_parts.THE_MEMBER:
                    self.later_of_others[book_id, holder] += sign * int(amount.sum()) if later else 0
                    continue
                self.ever.setdefault(book_id, np.zeros(size, dtype=np.bool_))[member - 1] = True
                if later:
                    net = self.later.setdefault(book_id, np.zeros(size, dtype=np.int64))
                    np.add.at(net, member - 1, sign * amount)


def before(tx: Connection, plan_ids: Collection[int], first: date) -> Iterator[Amount]:
    """What every account of these plans holds before a business day begins."""
    return accounts(tx, plan_ids, first - timedelta(days=1))


def _later(plan_ids: Collection[int], day: date) -> Select[*tuple[Any, ...]]:
    """Net change of each account after a business day, of what is among the transfers: book, holder, change."""
    ours = (booking.c.plan_id.in_(plan_ids), booking.c.day > day)
    joined = booking.join(transfer, transfer.c.event_seq == booking.c.event_seq)
    # An event may be booked in several plans on different days; each takes the transfers of its own books.
    joined = joined.join(book, and_(book.c.id == transfer.c.from_book, book.c.plan_id == booking.c.plan_id))
    t = transfer.c
    legs = union_all(
        select(t.from_book.label("book"), t.from_holder.label("holder"), (-t.amount).label("net"))
        .select_from(joined)
        .where(*ours),
        select(t.to_book, t.to_holder, t.amount).select_from(joined).where(*ours),
    ).subquery()
    # PostgreSQL sums 64-bit integers to a decimal.
    net = cast(func.sum(legs.c.net), BigInteger).label("net")
    return select(legs.c.book, legs.c.holder, net).group_by(legs.c.book, legs.c.holder)
