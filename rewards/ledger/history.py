"""What accounts held at the end of a past business day, told by the transfers that are booked up to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Connection, FromClause, Select, and_, cast, func, select, union_all

from rewards.ledger.tables import book, booking, closed_day, participation, transfer


def balances_at(tx: Connection, member: int, day: date) -> dict[tuple[int, int], int]:
    """What a member's accounts held at the end of a business day, its close included, in smallest units.

    By (book id, member); accounts that held nothing are left out. Follows the events that touched the member and, in
    closes, the key of transfers.
    """
    t = transfer.c
    # An event may be booked in several plans, on different days; the books tell which transfers are of which plan.
    taken = (
        participation.join(booking, booking.c.event_seq == participation.c.event_seq)
        .join(transfer, t.event_seq == booking.c.event_seq)
        .join(book, and_(book.c.id == t.from_book, book.c.plan_id == booking.c.plan_id))
    )
    closed = closed_day.join(transfer, and_(t.event_seq == closed_day.c.event_seq, t.member == member))
    moved = union_all(
        *_legs(taken, member, [participation.c.member == member, booking.c.day <= day]),
        *_legs(closed, member, [closed_day.c.day <= day]),
    ).subquery()
    total = cast(func.sum(moved.c.amount), BigInteger)
    rows = tx.execute(select(moved.c.book, total).group_by(moved.c.book).having(total != 0))
    return {(book_id, member): amount for book_id, amount in rows}


def _legs(joined: FromClause, member: int, where: Sequence[ColumnElement[bool]]) -> list[Select[int, int]]:
    """What came in and what went out, of the transfers in question."""
    t = transfer.c
    came = select(t.to_book.label("book"), t.amount.label("amount")).select_from(joined)
    went = select(t.from_book, -t.amount).select_from(joined)
    return [came.where(t.to_holder == member, *where), went.where(t.from_holder == member, *where)]
