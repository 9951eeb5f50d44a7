"""What accounts held at the end of a past business day, told by the transfers that are booked up to it."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sqlalchemy import BigInteger, Connection, Select, and_, cast, func, select, union_all

from rewards.ledger import transfers
from rewards.ledger.tables import book, booking, closed_day, participation, transfer


def balances_at(tx: Connection, member: int, day: date) -> dict[tuple[int, int], int]:
    """What a member's accounts held at the end of a business day, its close included, in smallest units.

    By (book id, member); accounts that held nothing are left out. Follows the events that touched the member, and what
    closes have moved of theirs.
    """
    held: Counter[tuple[int, int]] = Counter()
    for book_id, amount in tx.execute(_net_of_events(member, day)):
        held[book_id, member] += amount
    for each in transfers.in_closes(tx, member, closed_day.c.day <= day):
        held[each.from_book, each.from_holder] -= each.amount
        held[each.to_book, each.to_holder] += each.amount
    return {account: amount for account, amount in held.items() if amount and account[1] == member}


def _net_of_events(member: int, day: date) -> Select[int, int]:
    """By book, what events that are no closes have brought a member by the end of a day."""
    t = transfer.c
    # An event may be booked in several plans, on different days; the books tell which transfers are of which plan.
    taken = (
        participation.join(booking, booking.c.event_seq == participation.c.event_seq)
        .join(transfer, t.event_seq == booking.c.event_seq)
        .join(book, and_(book.c.id == t.from_book, book.c.plan_id == booking.c.plan_id))
    )
    where = (participation.c.member == member, booking.c.day <= day)
    came = select(t.to_book.label("book"), t.amount.label("amount")).select_from(taken)
    went = select(t.from_book, -t.amount).select_from(taken)
    moved = union_all(came.where(t.to_holder == member, *where), went.where(t.from_holder == member, *where)).subquery()
    return select(moved.c.book, cast(func.sum(moved.c.amount), BigInteger)).group_by(moved.c.book)
