"""What an event has left in the books, row by row, as the seals of the chain cover it.

A part is one table's rows of an event, in the order of their key. What an event's rows say is digested; beside the
digest every row has a *mark* of four bytes, which says nothing certain but finds the row that is not as it was.

Left out are columns that change later on (what a lot has left, who settled what), tables that are only sums of others
(balances, measures, cells, `recounted`) or ways to find rows (`participation`), and who may do what: replaying the
events tells whether those are right.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, ColumnElement, Connection, Integer, Select, Table, Text, collate, func, literal, select
from sqlalchemy import type_coerce as coerce

from rewards.ledger.claims import claim
from rewards.ledger.close_tables import close_flow, close_part
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.declared import declared_parameter
from rewards.ledger.notes import cut, notice
from rewards.ledger.placements import placement
from rewards.ledger.refunds import refund, reversal
from rewards.ledger.tables import (
    booking,
    closed_day,
    event,
    level,
    lot,
    member,
    plan_version,
    price,
    sale,
    transfer,
)
from rewards.ledger.tags import tag

MARK_BYTES = 4
_ROWS_AT_ONCE = 20_000
_NULL = -(2**63)
"""Stands for an empty column where rows are columns of whole numbers."""
_HEAD = struct.Struct("<BI")


class Part(NamedTuple):
    """One table's rows of an event: which columns are sealed, and by which rows are named within the event."""

    table: Table
    key: tuple[str, ...]
    """Names a row within its event, and orders them."""
    others: tuple[str, ...]
    seq: str = "event_seq"
    numbers: bool = False
    """Whether all columns are whole numbers, so that many rows are digested at once."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are sealed, the event's number first."""
        return (self.seq, *self.key, *self.others)


_TRANSFER = ("rule_id", "from_book", "from_holder", "to_book", "to_holder", "amount", "lot_id")
_EVENT = ("kind", "id", "member", "occurred_at", "recorded_at", "payload", "fingerprint")
_MEMBER = ("id", "phone", "sponsor", "merchant", "joined_at", "birthday")

# Seals hold the places of this list and the order of columns: neither may change while there are seals of this form.
# A column that comes later needs another form; a table is put at the end: what was sealed before has no rows of it.
FORM = 1
PARTS: tuple[Part, ...] = (
    Part(event, (), _EVENT, seq="seq"),
    Part(booking, ("plan_id",), ("version_id", "day", "trace")),
    Part(transfer, ("member", "number"), _TRANSFER, numbers=True),
    Part(lot, ("id",), ("book_id", "member", "rule_id", "day", "expires_on"), numbers=True),
    Part(sale, ("plan_id",), ("member", "day", "cash", "points", "orders"), numbers=True),
    Part(price, ("plan_id", "asset"), ("day", "numerator", "denominator")),
    Part(level, ("plan_id", "ladder", "member"), ("day", "level", "highest", "since", "until")),
    Part(cut, ("plan_id", "cap", "rule_id", "member"), ("quantity",)),
    Part(notice, ("plan_id", "asset", "member", "last_day"), ("quantity",)),
    Part(refund, (), ("order_seq", "amount")),
    Part(reversal, ("plan_id", "rule", "member"), ("day", "quantity")),
    Part(closed_day, ("plan_id", "day"), ("summary",)),
    Part(member, ("ordinal",), _MEMBER),
    Part(plan_version, ("id",), ("plan_id", "digest", "from_day", "source"), seq="activated_seq"),
    Part(placement, ("tree", "member"), ("parent", "leg", "day", "from_start")),
    Part(tag, ("member", "name"), ("first_day", "last_day")),
    Part(declared_parameter, ("plan_id", "name", "period_day"), ("value",)),
    Part(claim, (), ("plan_id", "reward", "member", "pieces")),
    Part(close_flow, ("flow",), ("rule_id", "from_book", "from_holder", "to_book", "to_holder"), numbers=True),
    Part(close_part, ("part",), ("moved",)),
)


class Found(NamedTuple):
    """The rows of one part that an event has."""

    part: int
    """Its place in `PARTS`."""
    rows: int
    digest: bytes
    marks: bytes


def packed(found: list[Found]) -> bytes:
    """The marks of an event's rows, as a seal keeps them."""
    return b"".join(_HEAD.pack(each.part, each.rows) + each.marks for each in found)


def unpacked(marks: bytes) -> dict[int, bytes]:
    """The marks of a seal by part. Raises ValueError when they are no such thing."""
    found, at = {}, 0
    while at < len(marks):
        if at + _HEAD.size > len(marks):
            raise ValueError("marks end within a head")
        part, rows = _HEAD.unpack_from(marks, at)
        at += _HEAD.size
        found[part] = marks[at : at + rows * MARK_BYTES]
        at += rows * MARK_BYTES
        if part >= len(PARTS) or at > len(marks):
            raise ValueError("marks end too early")
    return found


def content(previous: str, found: list[Found]) -> str:
    """The hash, 64 hexadecimal digits, of all rows of an event and of the event before it."""
    whole = hashlib.sha256(f"{FORM}:{previous}".encode())
    for each in found:
        whole.update(_HEAD.pack(each.part, each.rows) + each.digest)
    return whole.hexdigest()


class Effects:
    """All parts side by side, each read once in the order of events, from the event `first` on; to be closed."""

    def __init__(self, tx: Connection, first: int) -> None:
        self._readers: list[_Rows | _NumberRows] = []
        try:
            for part in PARTS:
                self._readers.append((_NumberRows if part.numbers else _Rows)(tx, part, first))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Effects:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Read no further."""
        for reader in self._readers:
            reader.result.close()

    def take(self, seq: int) -> list[Found]:
        """The rows of an event; those of events before it must have been taken."""
        return [Found(place, *reader.take(seq)) for place, reader in enumerate(self._readers) if reader.next_seq == seq]

    def stray(self, seq: int) -> int | None:
        """The place of a part that goes on with a row of no event, below `seq`; None when there is none."""
        return next((place for place, reader in enumerate(self._readers) if reader.next_seq < seq), None)


_END = 2**63


class _Rows:
    """One part's rows in the order of events and keys, each as a JSON text."""

    def __init__(self, tx: Connection, part: Part, first: int) -> None:
        wanted = _ordered(tx, part, _values(part)).where(part.table.c[part.seq] >= first)
        self.result = tx.execute(wanted.execution_options(yield_per=_ROWS_AT_ONCE))
        self._rows: Iterator[Any] = iter(self.result)
        self._advance()

    def _advance(self) -> None:
        self._row = next(self._rows, None)
        self.next_seq: int = _END if self._row is None else self._row[0]

    def take(self, seq: int) -> tuple[int, bytes, bytes]:
        """How many rows an event has, their digest, and their marks."""
        whole, marks, rows = hashlib.sha256(), bytearray(), 0
        while self._row is not None and self.next_seq == seq:
            text = _text(tuple(self._row)).encode()
            whole.update(text + b"\n")
            marks += hashlib.sha256(text).digest()[:MARK_BYTES]
            rows += 1
            self._advance()
        return rows, whole.digest(), bytes(marks)


def _plain(value: datetime | bytes) -> str:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value.isoformat()


_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


class _NumberRows:
    """One part's rows in the order of events and keys, as columns of 64-bit numbers, least byte first."""

    def __init__(self, tx: Connection, part: Part, first: int) -> None:
        values = [func.coalesce(value, literal(_NULL, BIG)) for value in _values(part)]
        wanted = _ordered(tx, part, values).where(part.table.c[part.seq] >= first)
        self._width = len(values)
        self.result = tx.execute(wanted.execution_options(yield_per=_ROWS_AT_ONCE))
        self._blocks: Iterator[Any] = iter(self.result.partitions())
        self._next_block()

    def _next_block(self) -> None:
        rows = next(self._blocks, ())
        flat = np.fromiter(chain.from_iterable(rows), dtype="<i8", count=len(rows) * self._width)
        self._block = flat.reshape(-1, self._width)
        self._marks = _marks(self._block)
        self._seqs = np.ascontiguousarray(self._block[:, 0])
        self._at = 0
        self.next_seq: int = int(self._seqs[0]) if len(rows) else _END

    def take(self, seq: int) -> tuple[int, bytes, bytes]:
        """How many rows an event has, their digest, and their marks."""
        whole, marks, rows = hashlib.sha256(), bytearray(), 0
        while self.next_seq == seq:
            end = self._at + int(np.searchsorted(self._seqs[self._at :], seq, side="right"))
            whole.update(self._block[self._at : end].tobytes())
            marks += self._marks[self._at : end].tobytes()
            rows += end - self._at
            if end == len(self._seqs):
                self._next_block()
            else:
                self._at, self.next_seq = end, int(self._seqs[end])
        return rows, whole.digest(), bytes(marks)


def _marks(block: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A mark for each row: its numbers mixed, one after the other, so that a change of any of them changes all bits."""
    mixed = np.zeros(len(block), dtype=np.uint64)
    for column in block.T:
        mixed = (mixed ^ column.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed.astype("<u4")


def _values(part: Part) -> list[ColumnElement[Any]]:
    """The sealed columns; days as numbers, which they are on both stores."""
    columns = [part.table.c[name] for name in part.columns]
    return [coerce(each, Integer) if isinstance(each.type, BusinessDay) else each for each in columns]


def _ordered(tx: Connection, part: Part, values: Sequence[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    order = [_by_code(tx, part.table.c[name]) for name in (part.seq, *part.key)]
    return select(*values).order_by(*order)


def _by_code(tx: Connection, column: Column[Any]) -> ColumnElement[Any]:
    # Both stores must order texts alike: by their characters' codes, whatever the database's language is.
    return collate(column, "C") if tx.dialect.name == "postgresql" and isinstance(column.type, Text) else column


def row_name(tx: Connection, part: Part, seq: int, index: int) -> str:
    """The key of one of an event's rows of a part, by its place among them, in words."""
    names = (part.seq, *part.key)
    own = _ordered(tx, part, [part.table.c[name] for name in names]).where(part.table.c[part.seq] == seq)
    row = tx.execute(own.offset(index).limit(1)).one()
    return ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))


def stray_row(tx: Connection, after: int) -> tuple[int, int] | None:
    """A row of an event above `after`, as the place of its part and the event's number; None when there is none."""
    for place, part in enumerate(PARTS):
        column = part.table.c[part.seq]
        seq = tx.scalar(select(column).where(column > after).order_by(column).limit(1))
        if seq is not None:
            return place, seq
    return None
