"""What an export reads: bookings, their transfers and the accounts, each as a stream in the order of its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, and_, cast, func, select, tuple_, union_all

from rewards.ledger import bulk
from rewards.ledger.tables import balance, book, booking, event, transfer
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
                rows = tx.execute(_transfers([each.seq]), execution_options=_STREAM)
                yield each, (row[1:] for row in rows)
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


def accounts(tx: Connection, plan_ids: Collection[int], day: date | None) -> Iterator[Amount]:
    """What every account of these plans holds at the end of a business day, by (book, holder); now when None.

    Accounts that have only moved later hold 0. The amounts are the stored balances less what was booked later.
    """
    own = select(book.c.id).where(book.c.plan_id.in_(plan_ids))
    key = (balance.c.book_id, balance.c.holder)
    wanted: Select[*tuple[Any, ...]] = select(*key, balance.c.amount)
    if day is not None:
        later = _later(plan_ids, day)
        on = and_(later.c.book == balance.c.book_id, later.c.holder == balance.c.holder)
        wanted = select(*key, balance.c.amount - func.coalesce(later.c.net, 0)).outerjoin(later, on)
    for row in tx.execute(wanted.where(balance.c.book_id.in_(own)).order_by(*key), execution_options=_STREAM):
        yield Amount(*row)


def before(tx: Connection, plan_ids: Collection[int], first: date) -> Iterator[Amount]:
    """What every account of these plans holds before a business day begins."""
    return accounts(tx, plan_ids, first - timedelta(days=1))


def _later(plan_ids: Collection[int], day: date) -> Any:
    """Net change of each account after a business day."""
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
    return select(legs.c.book, legs.c.holder, net).group_by(legs.c.book, legs.c.holder).subquery()
