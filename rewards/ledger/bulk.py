"""Many rows at once: inserted, upserted, updated, deleted and read as columns.

The one place that goes round the statement compiler: to the driver's executemany on SQLite; to arrays
(`unnest`) and COPY on PostgreSQL. Rows are given as columns, `name -> values`, all of one length; values are
an integer NumPy array, a sequence of Python values, or one int for all rows. Nothing is done for no rows.
"""

# Statements are put together from the names of tables and columns, never from values: those are bound.
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Column, Connection, LargeBinary, Select, Table, cast, func, literal, select
from sqlalchemy.sql.selectable import CompoundSelect

Ints = NDArray[np.int64]
Values = NDArray[np.integer[Any]] | Sequence[Any] | int
Columns = Mapping[str, Values]
T = TypeVar("T")

_CHUNK_ROWS = 50_000
_COPY_FROM_ROWS = 300
_ROWS_A_STATEMENT = 25
"""SQLite takes 25 rows in one INSERT almost twice as fast as 25 statements of one row.

More rows gain nothing.
"""

_IN_LIST = 1000

__all__ = [
    "Columns",
    "Ints",
    "Values",
    "chunks",
    "delete",
    "insert",
    "insert_rows",
    "read",
    "update",
    "upsert",
]


def insert(tx: Connection, table: Table, columns: Columns) -> int:
    """Append rows; returns how many. Raises the driver's IntegrityError when a constraint refuses one."""
    names, lists = _lists(tx, table, columns)
    for part in _parts(lists, _chunk_rows(table, names)):
        if tx.dialect.name == "sqlite":
            _insert_sqlite(tx, table, names, part, "")
        elif len(part[0]) > _COPY_FROM_ROWS:
            _copy(tx, table, names, part)
        else:
            _run(tx, f"INSERT INTO {_into(tx, table, names)} {_unnest(tx, table, names)}", part)
    return len(lists[0])


def insert_rows(tx: Connection, table: Table, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Append rows given one by one, each in the order of `names`; returns how many."""
    lists = list(zip(*rows, strict=True))
    return insert(tx, table, dict(zip(names, lists, strict=True))) if lists else 0


def upsert(tx: Connection, table: Table, columns: Columns, *, add: bool = False) -> int:
    """Insert rows or, where the primary key exists, replace the other columns (`add=True`: add to them).

    Keys must not repeat within one call. Returns how many rows were given.
    """
    names, lists = _lists(tx, table, columns)
    keys = [column.name for column in table.primary_key]
    quote = tx.dialect.identifier_preparer.quote
    own = quote(table.name)
    changes = ", ".join(
        f"{quote(name)} = {f'{own}.{quote(name)} + ' if add else ''}excluded.{quote(name)}"
        for name in names
        if name not in keys
    )
    conflict = f" ON CONFLICT ({', '.join(map(quote, keys))}) DO " + (f"UPDATE SET {changes}" if changes else "NOTHING")
    for part in _parts(lists, _chunk_rows(table, names)):
        if tx.dialect.name == "sqlite":
            _insert_sqlite(tx, table, names, part, conflict)
        else:
            _run(tx, f"INSERT INTO {_into(tx, table, names)} {_unnest(tx, table, names)}{conflict}", part)
    return len(lists[0])


def update(tx: Connection, table: Table, key: str, columns: Columns) -> int:
    """Set the given columns of the rows named by the column `key`; returns how many rows were found."""
    names, lists = _lists(tx, table, columns)
    order = [*(name for name in names if name != key), key]
    lists = [lists[names.index(name)] for name in order]
    quote = tx.dialect.identifier_preparer.quote
    own, key_name = quote(table.name), quote(key)
    found = 0
    for part in _parts(lists, _chunk_rows(table, names)):
        if tx.dialect.name == "sqlite":
            changes = ", ".join(f"{quote(name)} = ?" for name in order[:-1])
            rows = list(zip(*part, strict=True))
            found += tx.exec_driver_sql(f"UPDATE {own} SET {changes} WHERE {key_name} = ?", rows).rowcount
        else:
            changes = ", ".join(f"{quote(name)} = given.{quote(name)}" for name in order[:-1])
            given = f"({_unnest(tx, table, order)}) AS given"
            found += _run(
                tx, f"UPDATE {own} SET {changes} FROM {given} WHERE {own}.{key_name} = given.{key_name}", part
            )
    return found


def delete(tx: Connection, table: Table, columns: Columns) -> int:
    """Delete the rows that have exactly these values in these columns; returns how many there were."""
    names, lists = _lists(tx, table, columns)
    quote = tx.dialect.identifier_preparer.quote
    own = quote(table.name)
    found = 0
    for part in _parts(lists, _chunk_rows(table, names)):
        if tx.dialect.name == "sqlite":
            where = " AND ".join(f"{quote(name)} = ?" for name in names)
            found += tx.exec_driver_sql(f"DELETE FROM {own} WHERE {where}", list(zip(*part, strict=True))).rowcount
        else:
            where = " AND ".join(f"{own}.{quote(name)} = given.{quote(name)}" for name in names)
            found += _run(tx, f"DELETE FROM {own} USING ({_unnest(tx, table, names)}) AS given WHERE {where}", part)
    return found


def read(tx: Connection, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> tuple[Ints, ...]:
    """The result of a SELECT of integer columns, as int64 arrays of shape (rows,), one a column.

    Days come as ordinals. The statement must give whole numbers only: cast sums to 64 bits, coalesce NULL.
    """
    if tx.dialect.name == "postgresql":
        return _read_packed(tx, statement)
    cursor: Any = tx.execute(statement).cursor
    width = len(cursor.description)
    blocks = []
    while rows := cursor.fetchmany(_CHUNK_ROWS):
        flat = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width)
        blocks.append(np.ascontiguousarray(flat.reshape(-1, width).T))  # turned while it is at hand
    cursor.close()
    return tuple(np.concatenate(blocks, axis=1) if blocks else np.empty((width, 0), dtype=np.int64))


def _read_packed(
    tx: Connection, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
) -> tuple[Ints, ...]:
    """Have the server put each column into one value, eight bytes a number: one by one they take far longer."""
    wanted = statement.subquery()
    columns = [cast(column, BigInteger) for column in wanted.c]
    whole = select(func.count(), *(func.string_agg(func.int8send(each), literal(b"")) for each in columns))
    found = tx.execute(whole.select_from(wanted)).one()
    count, *packed = found
    read = [np.frombuffer(data or b"", dtype=">i8").astype(np.int64) for data in packed]
    if any(len(column) != count for column in read):
        raise ValueError("a column to be read has rows without a number")
    return tuple(read)


def chunks(values: Iterable[T], size: int = _IN_LIST) -> Iterator[list[T]]:
    """Cut `values` into lists of at most `size`, as many as one IN list may name."""
    iterator = iter(values)
    while part := list(islice(iterator, size)):
        yield part


def _lists(tx: Connection, table: Table, columns: Columns) -> tuple[list[str], list[list[Any]]]:
    """The columns as lists of what the driver takes, all of one length."""
    lengths = {len(values) for values in columns.values() if not isinstance(values, int)}
    if len(lengths) != 1:
        raise ValueError(f"columns for table {table.name} have different lengths: {sorted(lengths)}")
    rows = lengths.pop()
    return list(columns), [_list(tx, table.c[name], values, rows) for name, values in columns.items()]


def _list(tx: Connection, column: Column[Any], values: Values, rows: int) -> list[Any]:
    if isinstance(values, np.ndarray):
        if values.dtype.kind not in "iu" or values.ndim != 1:
            raise TypeError(f"column {column.name}: integers of shape (rows,) are needed, not {values.dtype}")
        listed: list[Any] = values.tolist()
        return listed
    if isinstance(values, int):
        return [values] * rows
    if isinstance(column.type, LargeBinary):
        return list(values)  # both drivers take bytes as they are
    convert: Callable[[Any], Any] | None = column.type.dialect_impl(tx.dialect).bind_processor(tx.dialect)
    if convert is None:
        return list(values)
    # Many rows have few days and few moments of recording between them.
    converted = {value: convert(value) for value in set(values)}
    return [converted[value] for value in values]


def _chunk_rows(table: Table, names: Sequence[str]) -> int:
    """How many rows are written at a time: fewer where they are long."""
    return _CHUNK_ROWS // 50 if any(_of_bytes(table, name) for name in names) else _CHUNK_ROWS


def _parts(lists: list[list[Any]], size: int) -> Iterator[list[list[Any]]]:
    rows = len(lists[0])
    if rows <= size:
        if rows:
            yield lists
        return
    for start in range(0, rows, size):
        yield [values[start : start + size] for values in lists]


def _into(tx: Connection, table: Table, names: Sequence[str]) -> str:
    quote = tx.dialect.identifier_preparer.quote
    return f"{quote(table.name)} ({', '.join(map(quote, names))})"


def _insert_sqlite(tx: Connection, table: Table, names: Sequence[str], part: list[list[Any]], tail: str) -> None:
    rows = list(zip(*part, strict=True))
    whole = len(rows) - len(rows) % _ROWS_A_STATEMENT
    one = f"({', '.join('?' * len(names))})"
    head = f"INSERT INTO {_into(tx, table, names)} VALUES "
    if whole:
        many = ", ".join([one] * _ROWS_A_STATEMENT)
        flat = [
            tuple(chain.from_iterable(rows[start : start + _ROWS_A_STATEMENT]))
            for start in range(0, whole, _ROWS_A_STATEMENT)
        ]
        tx.exec_driver_sql(head + many + tail, flat)
    if rows[whole:]:
        tx.exec_driver_sql(head + one + tail, rows[whole:])


def _unnest(tx: Connection, table: Table, names: Sequence[str]) -> str:
    """SELECT of one row for each position of the arrays given as parameters, columns called `names`."""
    quote = tx.dialect.identifier_preparer.quote
    # Bytes go as they are (%b): written out as text they would be twice as long.
    arrays = ", ".join(
        f"%{'b' if _of_bytes(table, name) else 's'}::{table.c[name].type.compile(tx.dialect)}[]" for name in names
    )
    return f"SELECT * FROM unnest({arrays}) AS row_given({', '.join(map(quote, names))})"


def _run(tx: Connection, sql: str, part: list[list[Any]]) -> int:
    return tx.exec_driver_sql(sql, tuple(part)).rowcount


def _of_bytes(table: Table, name: str) -> bool:
    return isinstance(table.c[name].type, LargeBinary)


def _copy(tx: Connection, table: Table, names: Sequence[str], part: list[list[Any]]) -> None:
    if any(_of_bytes(table, name) for name in names):
        _run(tx, f"INSERT INTO {_into(tx, table, names)} {_unnest(tx, table, names)}", part)
        return
    lines = "\n".join(map("\t".join, zip(*map(_texts, part), strict=True))) + "\n"
    driver: Any = tx.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_into(tx, table, names)} FROM STDIN") as copy:
        copy.write(lines)


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _texts(values: list[Any]) -> list[str]:
    """A column in COPY's text format."""
    return [_text(value) if type(value) is not int else str(value) for value in values]


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    return value.isoformat() if isinstance(value, datetime) else str(value)
