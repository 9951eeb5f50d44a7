"""Rows written as they come, one or a batch of them: what every order leaves behind.

`rewards.ledger.bulk` works on columns, as day closes have them. Turning rows into columns and back takes as long as
writing them, and so does what SQLAlchemy does around a statement; here neither is done. Many rows go by `bulk` on
PostgreSQL, which has other means for them.
"""

# Statements are put together from the names of tables and columns, never from values: those are bound.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Table

from rewards.ledger import bulk, direct

Rows = Sequence[tuple[Any, ...]]

_ROWS_A_STATEMENT = 25
"""SQLite takes 25 rows in one INSERT almost twice as fast as 25 statements of one row."""


def insert(tx: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Append rows, each with its values in the order of `names`.

    Raises the driver's IntegrityError when a constraint refuses one.
    """
    if not _write(tx, table, names, rows, _INSERT):
        bulk.insert_rows(tx, table, names, rows)


def put(tx: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Insert rows or, where the primary key exists, set the other columns; no key may occur twice."""
    if not _write(tx, table, names, rows, _PUT):
        bulk.upsert(tx, table, _columns(names, rows))


def add(tx: Connection, table: Table, names: tuple[str, ...], rows: Rows) -> None:
    """Insert rows or, where the primary key exists, add to the other columns; no key may occur twice."""
    if not _write(tx, table, names, rows, _ADD):
        bulk.upsert(tx, table, _columns(names, rows), add=True)


def _columns(names: tuple[str, ...], rows: Rows) -> bulk.Columns:
    return dict(zip(names, zip(*rows, strict=True), strict=True))


class _Prepared(NamedTuple):
    """A statement as the driver of one kind of database takes it."""

    head: str
    row: str
    """What stands for the values of a row,"""
    tail: str
    width: int
    converts: tuple[tuple[int, Callable[[Any], Any]], ...]
    """What turns a column's values (by its index) into what the driver takes."""
    texts: dict[int, str]
    """The statements for numbers of rows that were asked for."""

    def of(self, rows: int) -> str:
        """The statement for so many rows."""
        found = self.texts.get(rows)
        if found is None:
            found = self.texts[rows] = self.head + ", ".join([self.row] * rows) + self.tail
        return found


_INSERT, _PUT, _ADD = "", "{0} = excluded.{0}", "{0} = {1}.{0} + excluded.{0}"
"""What becomes of a column of a row whose key is there: it is refused, set, or added to."""

_PREPARED: dict[tuple[str, str, tuple[str, ...], str], _Prepared] = {}
"""Statements by the kind of database, the table, the columns, and what becomes of those that are there."""


def _prepared(dialect: Dialect, table: Table, names: tuple[str, ...], change: str) -> _Prepared:
    key = (dialect.name, table.name, names, change)
    return _PREPARED.get(key) or _PREPARED.setdefault(key, _prepare(dialect, table, names, change))


def _prepare(dialect: Dialect, table: Table, names: tuple[str, ...], change: str) -> _Prepared:
    quote = dialect.identifier_preparer.quote
    own, keys = quote(table.name), {column.name for column in table.primary_key}
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    row = f"({', '.join([mark] * len(names))})"
    tail = ""
    if change:
        changes = [change.format(quote(name), own) for name in names if name not in keys]
        tail = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO UPDATE SET {', '.join(changes)}"
    head = f"INSERT INTO {own} ({', '.join(map(quote, names))}) VALUES "
    converts = ((index, direct.bind(table.c[name].type, dialect)) for index, name in enumerate(names))
    found = tuple((index, convert) for index, convert in converts if convert is not None)
    return _Prepared(head, row, tail, len(names), found, {})


def _write(tx: Connection, table: Table, names: tuple[str, ...], rows: Rows, change: str) -> bool:
    """Write rows; says whether it has: where there are many, and the database has other means, it has not."""
    many = len(rows) > _ROWS_A_STATEMENT
    if many and tx.dialect.name != "sqlite":
        return False
    if rows:
        prepared = _prepared(tx.dialect, table, names, change)
        values = _values(prepared, rows)
        if many:
            _write_many(tx, prepared, values)
        else:
            direct.run(tx, prepared.of(len(rows)), values).close()
    return True


def _values(prepared: _Prepared, rows: Rows) -> list[Any]:
    """The values of all rows, one after the other, as the driver takes them."""
    if len(rows) == 1:
        values = list(rows[0])
        for index, convert in prepared.converts:
            values[index] = convert(values[index])
        return values
    values, width = list(chain.from_iterable(rows)), prepared.width
    for index, convert in prepared.converts:
        column = values[index::width]
        # Many rows have few days and few moments of recording between them.
        converted = {value: convert(value) for value in set(column)}
        values[index::width] = [converted[value] for value in column]
    return values


def _write_many(tx: Connection, prepared: _Prepared, values: list[Any]) -> None:
    step = prepared.width * _ROWS_A_STATEMENT
    whole = len(values) - len(values) % step
    parts = [values[start : start + step] for start in range(0, whole, step)]
    direct.run_many(tx, prepared.of(_ROWS_A_STATEMENT), parts)
    if whole < len(values):
        direct.run(tx, prepared.of((len(values) - whole) // prepared.width), values[whole:]).close()
