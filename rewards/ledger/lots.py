"""Lots: grants with their own basis, remainder and expiry.

All amounts in smallest units of their book's asset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, UnaryExpression, func, select
from sqlalchemy.sql.operators import custom_op

from rewards.ledger import bulk, rows
from rewards.ledger.close_columns import cell_of, number, part_in_sql
from rewards.ledger.close_tables import close_lot
from rewards.ledger.tables import lot


class Lot(NamedTuple):
    """A lot as stored: granted to `member` by an event and rule on a business day.

    `basis` is what its release counts on.
    """

    id: int
    book_id: int
    member: int
    event_seq: int
    rule_id: int
    day: date
    basis: int
    granted: int
    remaining: int
    expires_on: date | None = None
    drawn: int = 0
    """What of the rest day closes have drawn from it."""


class OpenLots(NamedTuple):
    """The lots of a book that have something left, ordered by (member, day, id).

    Int64 arrays of shape (lots,). `member` is the ordinal, `day` the ordinal of the business day; amounts in
    smallest units.
    """

    id: bulk.Ints
    member: bulk.Ints
    day: bulk.Ints
    basis: bulk.Ints
    granted: bulk.Ints
    remaining: bulk.Ints


_ALL: Select[*tuple[Any, ...]] = select(
    lot.c.id,
    lot.c.book_id,
    lot.c.member,
    lot.c.event_seq,
    lot.c.rule_id,
    lot.c.day,
    lot.c.basis,
    lot.c.granted,
    lot.c.remaining,
    lot.c.expires_on,
    lot.c.drawn,
    cell_of(close_lot.c.drawn, lot.c.id),
).select_from(lot.outerjoin(close_lot, close_lot.c.part == part_in_sql(lot.c.id)))


def _lots(tx: Connection, wanted: Select[*tuple[Any, ...]]) -> list[Lot]:
    found: Any = tx.execute(wanted)
    return [_lot(*row) for row in found]


def _lot(*row: Any) -> Lot:
    """A lot of what its row says, what closes had drawn then, and what they have drawn by now."""
    remaining, expires_on, before, cell = row[-4:]
    drawn = number(cell)
    return Lot._make((*row[:-4], remaining + before - drawn, expires_on, drawn))


_LAST = select(func.max(lot.c.id))


def next_id(tx: Connection) -> int:
    """The id of the next lot; stays true only inside the writing unit that asked."""
    return (tx.execute(_LAST).scalar_one() or 0) + 1


def add(tx: Connection, new: Sequence[Lot]) -> None:
    """Append lots, their ids assigned from `next_id` on."""
    rows.insert(tx, lot, Lot._fields, new)


def add_columns(
    tx: Connection,
    *,
    id: bulk.Ints,
    book_id: int,
    member: bulk.Ints,
    event_seq: int,
    rule_id: int,
    day: int,
    basis: bulk.Ints,
    granted: bulk.Ints,
) -> None:
    """Append lots that one rule of a close has opened: int64 of shape (lots,), or what is the same of all.

    `day` is `date.toordinal()`; amounts in smallest units.
    """
    columns: dict[str, bulk.Values] = {"id": id, "book_id": book_id, "member": member, "event_seq": event_seq}
    columns |= {"rule_id": rule_id, "day": day}
    bulk.insert(tx, lot, {**columns, "basis": basis, "granted": granted, "remaining": granted, "drawn": 0})


def by_ids(tx: Connection, ids: Iterable[int]) -> list[Lot]:
    """Those of the lots that exist, used up or not, by id."""
    found: list[Lot] = []
    for part in bulk.chunks(ids):
        found += _lots(tx, _ALL.where(lot.c.id.in_(part)))
    return sorted(found)


def of_events(tx: Connection, seqs: Iterable[int]) -> list[Lot]:
    """The lots whose granting event is one of `seqs`, by id: what a refund must undo."""
    found: list[Lot] = []
    for part in bulk.chunks(seqs):
        found += _lots(tx, _ALL.where(lot.c.event_seq.in_(part)))
    return sorted(found)


def open_columns(tx: Connection, book_id: int, drawn: bulk.Ints, *, used_up_too: bool = False) -> OpenLots:
    """All lots of a book that have something left; `drawn` is what closes have drawn from lots (`close_columns`).

    With `used_up_too` the others as well, which a reversal may refill.
    """
    undrawn = lot.c.remaining + lot.c.drawn
    wanted = select(lot.c.id, lot.c.member, lot.c.day, lot.c.basis, lot.c.granted, undrawn)
    # Read as they lie and put in order here: following an index through all rows takes many times as long.
    own = wanted.where(_as_it_lies(tx, lot.c.book_id) == book_id)
    if not used_up_too:
        own = own.where(_as_it_lies(tx, lot.c.remaining) > 0)
    id, member, day, basis, granted, left = bulk.read(tx, own)
    columns = (id, member, day, basis, granted, left - drawn[id - 1])
    order = _in_order(member, day, id)
    return OpenLots(*(column[order] for column in columns))


def _in_order(member: bulk.Ints, day: bulk.Ints, id: bulk.Ints) -> bulk.Ints:
    """The order of (member, day, id). Lots mostly lie in the order of id: then one number says the rest."""
    if not (np.diff(id) > 0).all():
        return np.lexsort((id, day, member))
    first, days = (int(day.min()), int(np.ptp(day)) + 1) if len(day) else (0, 1)
    return np.argsort(member * np.int64(days) + (day - first), kind="stable")


def _as_it_lies(tx: Connection, column: ColumnElement[int]) -> ColumnElement[int]:
    """A column that no index is used for; PostgreSQL chooses well by itself."""
    return UnaryExpression(column, operator=custom_op("+")) if tx.dialect.name == "sqlite" else column


def set_remaining(tx: Connection, ids: bulk.Ints, remaining: bulk.Ints, drawn: bulk.Ints) -> None:
    """Set what lots have left, in smallest units, and what closes have drawn from them by now.

    Ids ascending, so that neighbouring rows are written together. Raises LookupError when a lot does not
    exist, the driver's IntegrityError when a remainder is out of bounds.
    """
    if len(ids) and bulk.update(tx, lot, "id", {"id": ids, "remaining": remaining, "drawn": drawn}) != len(ids):
        raise LookupError("a lot to be updated does not exist")


def set_terms(tx: Connection, changed: Sequence[Lot]) -> None:
    """Set basis, granted and remaining of lots that a refund has cut, in smallest units.

    Raises LookupError for an unknown one.
    """
    in_order = sorted(changed)
    drawn = {each.id: each.drawn for each in by_ids(tx, [one.id for one in in_order])}
    columns: bulk.Columns = {
        "id": [one.id for one in in_order],
        "basis": [one.basis for one in in_order],
        "granted": [one.granted for one in in_order],
        "remaining": [one.remaining for one in in_order],
        "drawn": [drawn.get(one.id, 0) for one in in_order],
    }
    if in_order and bulk.update(tx, lot, "id", columns) != len(in_order):
        raise LookupError("a lot to be updated does not exist")


def page(tx: Connection, member: int, after: int = 0, limit: int = 100) -> list[Lot]:
    """At most `limit` lots of a member, of all books, used up too, with an id above `after`, by id."""
    own = _ALL.where(lot.c.member == member, lot.c.id > after)
    return _lots(tx, own.order_by(lot.c.id).limit(limit))
