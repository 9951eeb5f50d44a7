"""Tags: the days from and to which members carry a mark. The newest row of a member and tag is the one in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    func,
    select,
    tuple_,
)

from rewards.ledger import bulk
from rewards.ledger.among import among, several
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class TagColumns(TypedColumns):
    """That by an event a member carries a tag on these days, both included; without a last day for ever.

    An event whose rules give tags may have given several.
    """

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), primary_key=True, autoincrement=False)
    name: Named[str] = Column(Text, primary_key=True)
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


def of_members(tx: Connection, members: Collection[int]) -> dict[int, dict[str, Tag]]:
    """What is in force of these members' tags, by name."""
    found: dict[int, dict[str, Tag]] = {}
    wanted = select(*_COLUMNS).where(among(tx.dialect.name, tag.c.member, "members")).order_by(tag.c.event_seq)
    for row in tx.execute(wanted, {"members": several(tx, members)}).all() if members else []:
        found.setdefault(row[1], {})[row[2]] = Tag(*row)
    return found


def columns(tx: Connection, name: str) -> TagColumnsInForce:
    """What is in force of one tag, of all members."""
    last = func.coalesce(tag.c.last_day, date.max.toordinal())
    own = select(tag.c.member, tag.c.first_day, last).where(*_newest(name))
    return TagColumnsInForce(*bulk.read(tx, own.order_by(tag.c.member)))


def _newest(name: str, *before: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    """What is true of the newest row of each member that says something of a tag, and of which `before` is true."""
    newest = select(tag.c.member, func.max(tag.c.event_seq)).where(tag.c.name == name, *before)
    return tag.c.name == name, tuple_(tag.c.member, tag.c.event_seq).in_(newest.group_by(tag.c.member))


def carried(tx: Connection, name: str, day: date, before: int) -> bulk.Ints:
    """Who carries a tag on a day by what was said before an event (number): members, int64[k], in order."""
    own = select(tag.c.member).where(
        *_newest(name, tag.c.event_seq < before),
        tag.c.first_day <= day,
        tag.c.last_day.is_(None) | (tag.c.last_day >= day),
    )
    return bulk.read(tx, own.order_by(tag.c.member))[0]
