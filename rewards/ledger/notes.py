"""What plans have noted for people: what caps have cut off, and which units are about to expire.

Quantities in smallest units.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    and_,
    func,
    select,
)

from rewards.ledger import bulk
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata

EVERYBODY = 0
"""In place of a member: what a cap for everybody together has cut off."""


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


class CutTotal(NamedTuple):
    """What a cap has cut off a rule at an event, together.

    Of one `member`, of several (`members` of them, `member` is then 0), or of everybody at once (both are 0).
    """

    plan_id: int
    cap: str
    rule_id: int
    member: int
    members: int
    quantity: int


_PART = 10**9
"""Quantities are added up in two parts: all that a close cuts off may be more than 64 bits hold."""


def cut_totals(tx: Connection, seq: int) -> list[CutTotal]:
    """What caps have cut off at an event, a row for each cap and rule, and for everybody at once and for members."""
    return _totals(tx, cut.c.event_seq == seq)


def cuts_of_member(tx: Connection, seq: int, member: int) -> list[CutTotal]:
    """What caps have cut off one member at an event, and everybody at once."""
    return _totals(tx, and_(cut.c.event_seq == seq, cut.c.member.in_((EVERYBODY, member))))


def _totals(tx: Connection, own: ColumnElement[bool]) -> list[CutTotal]:
    together = cut.c.member == EVERYBODY
    keys = (cut.c.plan_id, cut.c.cap, cut.c.rule_id, together)
    parts = (func.sum(cut.c.quantity // _PART), func.sum(cut.c.quantity % _PART))
    wanted = select(*keys, func.max(cut.c.member), func.count(), *parts).where(own).group_by(*keys).order_by(*keys)
    return [
        CutTotal(
            plan_id, cap, rule_id, member if count == 1 else 0, 0 if everybody else count, int(high) * _PART + int(low)
        )
        for plan_id, cap, rule_id, everybody, member, count, high, low in tx.execute(wanted)
    ]


def add_notices(
    tx: Connection, seq: int, plan_id: int, asset: str, member: bulk.Ints, quantity: bulk.Ints, last_day: int
) -> None:
    """Append notices of a close: members (ordinals) and quantities in smallest units, int64 of shape (rows,).

    `last_day` is `date.toordinal()`.
    """
    named: dict[str, bulk.Values] = {"event_seq": seq, "plan_id": plan_id, "asset": [asset] * len(member)}
    bulk.insert(tx, notice, {**named, "member": member, "quantity": quantity, "last_day": last_day})


def notices(tx: Connection, member: int, *, after: tuple[int, int] | None = None, limit: int = 100) -> list[Notice]:
    """At most `limit` notices of a member, newest first; `after` names an event and how many of its were shown."""
    columns = [notice.c[name] for name in Notice._fields]
    own = select(*columns).where(notice.c.member == member)
    seq, shown = after or (0, 0)
    if after is not None:
        own = own.where(notice.c.event_seq <= seq)
    order = (notice.c.event_seq.desc(), notice.c.asset, notice.c.last_day)
    return [Notice(*row) for row in tx.execute(own.order_by(*order).limit(limit).offset(shown))]
