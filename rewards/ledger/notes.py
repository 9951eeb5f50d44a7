"""What plans have noted for people: what caps have cut off, and which units are about to expire.

Quantities in smallest units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Index, Named, Table, Text, TypedColumns, select

from rewards.ledger import bulk
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class CutColumns(TypedColumns):
    """What a cap has cut off what a rule would have given a member (0: everybody together) at an event."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    cap = Column(Text, primary_key=True)
    rule_id: Named[int] = Column(BIG, ForeignKey("rule.id"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    quantity: Named[int] = Column(BIG, nullable=False)


cut = Table("cut", metadata, CutColumns, CheckConstraint("quantity > 0", name="positive"), sqlite_with_rowid=False)


class NoticeColumns(TypedColumns):
    """That by a close a member is told of units whose last day comes."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    asset = Column(Text, primary_key=True)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    quantity: Named[int] = Column(BIG, nullable=False)
    last_day: Named[date] = Column(BusinessDay, primary_key=True, autoincrement=False)


notice = Table(
    "notice", metadata, NoticeColumns, CheckConstraint("quantity > 0", name="positive"), sqlite_with_rowid=False
)
Index("notice_member", notice.c.member, notice.c.event_seq)


class Cut(NamedTuple):
    """What a cap has cut off what a rule would have given a member (0: everybody together) at an event."""

    event_seq: int
    plan_id: int
    cap: str
    rule_id: int
    member: int
    quantity: int


class Notice(NamedTuple):
    """That a member has been told, by a close, of units of an asset whose last day comes."""

    event_seq: int
    plan_id: int
    asset: str
    member: int
    quantity: int
    last_day: date


def add_cuts(tx: Connection, new: Iterable[Cut]) -> None:
    """Append what caps have cut off; what one rule lost to one cap more than once in an event is added up."""
    sums: Counter[tuple[int, int, str, int, int]] = Counter()
    for each in new:
        sums[each[:5]] += each.quantity
    rows = [(*key, quantity) for key, quantity in sorted(sums.items()) if quantity > 0]
    bulk.insert_rows(tx, cut, Cut._fields, rows)


def cuts_of_event(tx: Connection, seq: int) -> list[Cut]:
    """What caps have cut off at an event."""
    columns = [cut.c[name] for name in Cut._fields]
    own = select(*columns).where(cut.c.event_seq == seq)
    return sorted(Cut(*row) for row in tx.execute(own))


def add_notices(tx: Connection, new: Sequence[Notice]) -> None:
    """Append notices."""
    bulk.insert_rows(tx, notice, Notice._fields, new)


def notices(tx: Connection, member: int, *, after: tuple[int, int] | None = None, limit: int = 100) -> list[Notice]:
    """At most `limit` notices of a member, newest first; `after` names an event and how many of its were shown."""
    columns = [notice.c[name] for name in Notice._fields]
    own = select(*columns).where(notice.c.member == member)
    seq, shown = after or (0, 0)
    if after is not None:
        own = own.where(notice.c.event_seq <= seq)
    order = (notice.c.event_seq.desc(), notice.c.asset, notice.c.last_day)
    return [Notice(*row) for row in tx.execute(own.order_by(*order).limit(limit).offset(shown))]
