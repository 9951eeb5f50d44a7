"""Tallies: what a plan counts of its members, day by day, as cells that only ever change by sums.

A cell is kept under a name (a stream, a flow, or expiring units), a member (0 for everybody together), a business day
and a label; it holds an amount in smallest units and a number of entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    delete,
    insert,
    or_,
    select,
)

from rewards.ledger import bulk
from rewards.ledger.among import among, several
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class CellNameColumns(TypedColumns):
    """What a plan's cells are called."""

    id = Column(BIG, primary_key=True)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    name = Column(Text, nullable=False)


cell_name = Table("cell_name", metadata, CellNameColumns, UniqueConstraint("plan_id", "name"))


class CellColumns(TypedColumns):
    """What has been counted; a member is named by ordinal, and 0 stands for everybody together."""

    name_id: Named[int] = Column(BIG, ForeignKey("cell_name.id"), primary_key=True, autoincrement=False)
    member: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    day: Named[date] = Column(BusinessDay, primary_key=True, autoincrement=False)
    label = Column(Text, primary_key=True)
    amount: Named[int] = Column(BIG, nullable=False)
    entries: Named[int] = Column(BIG, nullable=False)


cell = Table("cell", metadata, CellColumns, sqlite_with_rowid=False)
# A close reads a window's days of all members.
Index("cell_day", cell.c.name_id, cell.c.day)

_FILLED = or_(cell.c.amount != 0, cell.c.entries != 0)


class Key(NamedTuple):
    """Where something is counted; `day` is `date.toordinal()`."""

    name: str
    member: int
    day: int
    label: str


class Counted(NamedTuple):
    """What a cell holds, or gets added: an amount in smallest units, and how many entries it is made of."""

    amount: int
    entries: int


class Cells(NamedTuple):
    """Cells of one name: int64 arrays of shape (cells,), by member, day and label; `texts` has the labels by number."""

    member: bulk.Ints
    day: bulk.Ints
    label: bulk.Ints
    """Indexes into `texts`."""
    amount: bulk.Ints
    entries: bulk.Ints
    texts: Sequence[str]


def names(tx: Connection, plan_id: int) -> dict[str, int]:
    """The ids of the names that cells of a plan have."""
    own = select(cell_name.c.name, cell_name.c.id).where(cell_name.c.plan_id == plan_id)
    return dict(tx.execute(own).all())


def _name_ids(tx: Connection, plan_id: int, wanted: Iterable[str]) -> dict[str, int]:
    """The ids of these names, made where there are none yet."""
    known = names(tx, plan_id)
    for name in sorted(set(wanted) - known.keys()):
        added = insert(cell_name).values(plan_id=plan_id, name=name)
        known[name] = tx.execute(added.returning(cell_name.c.id)).scalar_one()
    return known


def add(tx: Connection, plan_id: int, sums: Mapping[Key, Counted]) -> None:
    """Add to cells of a plan, which come into being by it."""
    if not sums:
        return
    ids = _name_ids(tx, plan_id, (key.name for key in sums))
    rows = sorted((ids[key.name], *key[1:], *sums[key]) for key in sums)
    columns = ("name_id", "member", "day", "label", "amount", "entries")
    bulk.upsert(tx, cell, dict(zip(columns, zip(*rows, strict=True), strict=True)), add=True)


def add_columns(tx: Connection, plan_id: int, name: str, new: Cells) -> None:
    """Add to cells of one name, given as columns in the order of members and days; no cell may occur twice."""
    if len(new.member):
        labels: bulk.Values = [new.texts[index] for index in new.label.tolist()]
        columns: dict[str, bulk.Values] = {"name_id": _name_ids(tx, plan_id, [name])[name], "label": labels}
        for each in ("member", "day", "amount", "entries"):
            columns[each] = getattr(new, each)
        bulk.upsert(tx, cell, columns, add=True)


def of_members(
    tx: Connection, plan_id: int, wanted: Collection[str], members: Collection[int], first: int
) -> list[tuple[Key, Counted]]:
    """The filled cells of these names and members from a day on, by name, member, day and label."""
    values = (cell_name.c.name, cell.c.member, cell.c.day, cell.c.label, cell.c.amount, cell.c.entries)
    joined = cell.join(cell_name, cell_name.c.id == cell.c.name_id)
    if not wanted or not members:
        return []
    dialect, given = tx.dialect.name, {"names": several(tx, wanted), "members": several(tx, members)}
    own = (among(dialect, cell_name.c.name, "names"), among(dialect, cell.c.member, "members"))
    chosen = (cell_name.c.plan_id == plan_id, *own, cell.c.day >= first, _FILLED)
    rows = tx.execute(select(*values).select_from(joined).where(*chosen), given).all()
    return sorted(
        (Key(name, member, day.toordinal(), label), Counted(amount, entries))
        for name, member, day, label, amount, entries in rows
    )


def columns(tx: Connection, plan_id: int, name: str, first: int, last: int) -> Cells:
    """The filled cells of one name on the days `first` to `last`, of all members and of everybody together."""
    id = names(tx, plan_id).get(name, 0)
    place = (cell.c.name_id == id, cell.c.day >= first, cell.c.day <= last, _FILLED)
    wanted = select(cell.c.member, cell.c.day, cell.c.amount, cell.c.entries).where(*place)
    # Most streams have no labels; only where there are some the texts are read, in the same order.
    order = (cell.c.member, cell.c.day, cell.c.label)
    member, day, amount, entries = bulk.read(tx, wanted.order_by(*order))
    codes: dict[str, int] = {"": 0}
    label = np.zeros(len(member), dtype=np.int64)
    if tx.scalar(select(cell.c.label).where(*place, cell.c.label != "").limit(1)) is not None:
        texts = tx.scalars(select(cell.c.label).where(*place).order_by(*order))
        label = np.array([codes.setdefault(text, len(codes)) for text in texts], dtype=np.int64)
    return Cells(member, day, label, amount, entries, tuple(codes))


def forget(tx: Connection, plan_id: int, wanted: Collection[str]) -> None:
    """Empty all cells of these names, so that they can be counted anew."""
    known = names(tx, plan_id)
    for part in bulk.chunks([known[name] for name in wanted if name in known]):
        tx.execute(delete(cell).where(cell.c.name_id.in_(part)))
