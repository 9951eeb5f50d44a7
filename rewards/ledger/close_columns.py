"""What all day closes together have brought to each member's account, and drawn from each lot, as packed columns.

A close changes millions of accounts: writing a row for each would take most of its time. So a row of `balance` tells
what an account held when an *event* wrote it last, and beside it (`settled`) what closes had brought by then; what they
bring is here, 1,024 members in one row. An account holds `amount` + (what closes have brought by now − `settled`).
With lots it is the same: `remaining` − (what closes have drawn by now − `drawn`).

Closes of one plan come one after the other and write their own books' columns only while nobody else writes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal,
    select,
)

from rewards.ledger import bulk
from rewards.ledger.among import among
from rewards.ledger.close_tables import close_balance, close_lot
from rewards.ledger.packing import PART_SIZE

_BYTES = 8


def brought(dialect: str) -> Select[*tuple[Any, ...]]:
    """What closes have brought to members in books: book, ordinal, 0, and the number's bytes.

    Members and books are what `several` gives as the parameters `members` and `books`.
    """
    holder = _each(dialect, "members")
    joined = select(close_balance.c.book_id, holder, literal(0), cell_of(close_balance.c.amounts, holder))
    return joined.where(among(dialect, close_balance.c.book_id, "books"), close_balance.c.part == part_in_sql(holder))


def _each(dialect: str, parameter: str) -> ColumnElement[int]:
    """The numbers given by `several` as rows."""
    if dialect == "sqlite":
        return func.json_each(bindparam(parameter, type_=Text())).table_valued("value").c.value
    return func.unnest(bindparam(parameter, type_=ARRAY(BigInteger()))).column_valued("holder")


def part_in_sql(column: ColumnElement[int]) -> ColumnElement[int]:
    """See `packing.part_of`, of a column of ordinals or ids from 1 on."""
    return (column - 1) // PART_SIZE


def cell_of(data: ColumnElement[bytes], column: ColumnElement[int]) -> ColumnElement[bytes]:
    """The bytes of one number in the column of its part; only these are read, not the whole part."""
    at = cast((column - 1) % PART_SIZE * _BYTES + 1, Integer)
    return func.substr(data, at, _BYTES, type_=LargeBinary())


def number(data: bytes | None) -> int:
    """The number that `cell_of` found; nothing is 0."""
    return 0 if data is None else int.from_bytes(data, "little", signed=True)


def of_book(tx: Connection, book: int, size: int) -> bulk.Ints:
    """What closes have brought to each member in a book, int64 of shape (size,), index = ordinal − 1."""
    return _column(tx, _of_book(book), size)[:size]


def _of_book(book: int) -> Select[int, bytes]:
    return select(close_balance.c.part, close_balance.c.amounts).where(close_balance.c.book_id == book)


def of_lots(tx: Connection, last: int) -> bulk.Ints:
    """What closes have drawn from each lot, int64 of shape (last,), index = id − 1, in smallest units."""
    return _column(tx, _LOTS, last)[:last]


_LOTS = select(close_lot.c.part, close_lot.c.drawn)


def _column(tx: Connection, parts: Select[int, bytes], size: int) -> bulk.Ints:
    """The first parts of a column, as many as hold `size` numbers, whole."""
    whole = np.zeros(-(-size // PART_SIZE) * PART_SIZE, dtype=np.int64)
    for part, data in tx.execute(parts):
        first = part * PART_SIZE
        if first < len(whole):
            whole[first : first + PART_SIZE] = np.frombuffer(data, dtype="<i8")
    return whole


def bring(tx: Connection, book: int, change: bulk.Ints) -> None:
    """Add what a close brings to members in a book, int64 of shape (members,), index = ordinal − 1."""
    parts, data = _changed(_column(tx, _of_book(book), len(change)), change)
    bulk.upsert(tx, close_balance, {"book_id": book, "part": parts, "amounts": data})


def draw(tx: Connection, change: bulk.Ints) -> bulk.Ints:
    """Add what a close draws from lots, int64 of shape (lots,), index = id − 1; returns what all have drawn by now."""
    drawn = _column(tx, _LOTS, len(change))
    parts, data = _changed(drawn, change)
    bulk.upsert(tx, close_lot, {"part": parts, "drawn": data})
    return drawn[: len(change)]


def _changed(column: bulk.Ints, change: bulk.Ints) -> tuple[bulk.Ints, list[bytes]]:
    """Add a change to the beginning of a column; the parts that are others now, and their bytes."""
    column[: len(change)] += change
    rows = np.flatnonzero(change)
    parts = np.unique(rows // PART_SIZE)
    whole = np.ascontiguousarray(column, dtype="<i8")
    return parts, [whole[part * PART_SIZE : (part + 1) * PART_SIZE].tobytes() for part in parts.tolist()]
