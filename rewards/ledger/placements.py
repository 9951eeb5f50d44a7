"""Placements: under whom members stand in trees, from which business day on; the sponsor tree has no name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    case,
    literal,
    select,
)

from rewards.ledger import bulk
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class PlacementColumns(TypedColumns):
    """That by an event a member stands below another in a tree from a day on."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    tree = Column(Text, nullable=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    parent: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    # Empty in a tree whose legs have no names.
    leg = Column(Text, nullable=False)
    day: Named[date] = Column(BusinessDay, nullable=False)
    # There was nothing of the member before: it holds for the days before, too.
    from_start: Named[bool] = Column(Boolean, nullable=False)


placement = Table("placement", metadata, PlacementColumns)
Index("placement_member", placement.c.tree, placement.c.member)
Index("placement_parent", placement.c.tree, placement.c.parent)
Index("placement_day", placement.c.tree, placement.c.day)


class Placement(NamedTuple):
    """That a member stands below another in a tree from a day on; members are ordinals."""

    event_seq: int
    tree: str
    member: int
    parent: int
    leg: str
    day: date
    from_start: bool


class PlacementArrays(NamedTuple):
    """The placements of one tree as int64 arrays of shape (placements,), by first day, then in the order made.

    `first` is 1 for one that holds for all days before, too; `leg` is an index, −1 for none.
    """

    first: bulk.Ints
    member: bulk.Ints
    parent: bulk.Ints
    leg: bulk.Ints


_ALL = select(*(placement.c[name] for name in Placement._fields))
_FROM_START = 1


def add(tx: Connection, new: Iterable[Placement]) -> None:
    """Append placements; of two of one member for the same day the later one counts."""
    bulk.insert_rows(tx, placement, Placement._fields, new)


def any_in(tx: Connection, tree: str) -> bool:
    """Whether anybody has ever been placed in a tree."""
    return tx.execute(select(placement.c.event_seq).where(placement.c.tree == tree).limit(1)).first() is not None


def of_members(tx: Connection, tree: str, members: Iterable[int]) -> dict[int, list[Placement]]:
    """For each of these members the placements in a tree, in the order in which they were made."""
    found: dict[int, list[Placement]] = {}
    for part in bulk.chunks(members):
        found.update((each, []) for each in part)
        own = _ALL.where(placement.c.tree == tree, placement.c.member.in_(part)).order_by(placement.c.event_seq)
        for row in tx.execute(own):
            found[row[2]].append(Placement(*row))
    return found


def once_below(tx: Connection, tree: str, parents: Iterable[int]) -> dict[int, set[int]]:
    """For each of these members whoever was ever placed directly below them."""
    found: dict[int, set[int]] = {}
    for part in bulk.chunks(parents):
        found.update((each, set()) for each in part)
        own = select(placement.c.parent, placement.c.member).where(
            placement.c.tree == tree, placement.c.parent.in_(part)
        )
        for parent, member in tx.execute(own):
            found[parent].add(member)
    return found


def change_days(tx: Connection, tree: str) -> list[date]:
    """The days, ascending, from which placements hold that do not hold for the days before."""
    days = select(placement.c.day).where(placement.c.tree == tree, placement.c.from_start.is_(False))
    return list(tx.scalars(days.distinct().order_by(placement.c.day)))


def columns(tx: Connection, tree: str, legs: Sequence[str]) -> PlacementArrays:
    """All placements of a tree; `legs` are those whose indexes are wanted."""
    first = case((placement.c.from_start, literal(_FROM_START)), else_=placement.c.day)
    numbered = [(placement.c.leg == leg, literal(index)) for index, leg in enumerate(legs)]
    leg = case(*numbered, else_=literal(-1)) if numbered else literal(-1)
    own = select(first, placement.c.member, placement.c.parent, leg).where(placement.c.tree == tree)
    return PlacementArrays(*bulk.read(tx, own.order_by(first, placement.c.event_seq)))
