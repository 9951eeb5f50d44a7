"""Tags: the days from and to which members carry a mark. The newest row of a member and tag is the one in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, Index, Named, Table, Text, TypedColumns, func, select

from rewards.ledger import bulk
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class TagColumns(TypedColumns):
    """That by an event a member carries a tag on these days, both included; without a last day for ever."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    name = Column(Text, nullable=False)
    first_day: Named[date] = Column(BusinessDay, nullable=False)
    last_day: Named[date | None] = Column(BusinessDay)


tag = Table("tag", metadata, TagColumns)
Index("tag_member", tag.c.member, tag.c.name)


class Tag(NamedTuple):
    """That a member carries a tag from one business day to another, both included; None for no end."""

    event_seq: int
    member: int
    name: str
    first_day: date
    last_day: date | None


class TagColumnsInForce(NamedTuple):
    """Who carries one tag and when: int64 arrays of shape (members,), by member; `last` is `date.max` for no end."""

    member: bulk.Ints
    first: bulk.Ints
    last: bulk.Ints


_COLUMNS = [tag.c[name] for name in Tag._fields]


def add(tx: Connection, new: Iterable[Tag]) -> None:
    """Append tags given and ended; each is in force from now on, in place of what was said of the tag before."""
    bulk.insert_rows(tx, tag, Tag._fields, new)


def of_members(tx: Connection, members: Iterable[int]) -> dict[int, dict[str, Tag]]:
    """What is in force of these members' tags, by name."""
    found: dict[int, dict[str, Tag]] = {}
    for part in bulk.chunks(members):
        for row in tx.execute(select(*_COLUMNS).where(tag.c.member.in_(part)).order_by(tag.c.event_seq)):
            found.setdefault(row[1], {})[row[2]] = Tag(*row)
    return found


def columns(tx: Connection, name: str) -> TagColumnsInForce:
    """What is in force of one tag, of all members."""
    newest = select(func.max(tag.c.event_seq)).where(tag.c.name == name).group_by(tag.c.member)
    last = func.coalesce(tag.c.last_day, date.max.toordinal())
    own = select(tag.c.member, tag.c.first_day, last).where(tag.c.event_seq.in_(newest)).order_by(tag.c.member)
    return TagColumnsInForce(*bulk.read(tx, own))
