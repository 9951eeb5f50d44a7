"""The bare cost of orders: the rows the ledger wrote for them, written again with the database's driver alone.

The rows are noted while the service takes the orders once: table by table, transaction by transaction. They are then
written into an equal database with `sqlite3` or `psycopg`, in as many transactions and as durably, by the means the
driver's manual names for many rows: executemany, and COPY for what is only appended on PostgreSQL. Nothing is read.
"""

# Statements are put together from the names of tables and columns; values are bound.

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, Table, make_url

from rewards.ledger import bulk, rows


class Write(NamedTuple):
    """Rows that go into one table at once, with values as the driver takes them."""

    kind: str
    """`insert`, `upsert` (replace what the key has), `add` (add to it), `update` or `delete`."""
    table: str
    keys: tuple[str, ...]
    """The columns that say which row; of an insert they do not matter."""
    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]


Transaction = list[Write]
_KINDS = {"insert": "insert", "put": "upsert", "add": "add"}
"""What is called so in `rewards.ledger.rows`."""


@dataclass
class Recorder:
    """Notes what the ledger writes; `transactions` grows by one at each `begin`."""

    transactions: list[Transaction] = field(default_factory=list)
    _inside: bool = False
    """Whether what is written now was noted already: `rows` gives many to `bulk`."""

    def begin(self) -> None:
        """What follows belongs to a new transaction."""
        self.transactions.append([])

    @contextmanager
    def listening(self) -> Iterator[Recorder]:
        """Note all that goes through `rewards.ledger.rows` and `bulk`, which is all that orders leave behind."""
        kinds = {rows: ("insert", "put", "add"), bulk: ("insert", "upsert", "update", "delete")}
        originals = {(room, name): getattr(room, name) for room, names in kinds.items() for name in names}
        try:
            for (room, name), original in originals.items():
                note = self._noting(name, original) if room is bulk else self._noting_rows(name, original)
                setattr(room, name, note)
            yield self
        finally:
            for (room, name), original in originals.items():
                setattr(room, name, original)

    def _noting_rows(self, kind: str, original: Callable[..., None]) -> Callable[..., None]:
        def note(tx: Connection, table: Table, names: tuple[str, ...], given: Sequence[tuple[Any, ...]]) -> None:
            keys = tuple(column.name for column in table.primary_key)
            lists = bulk._lists(tx, table, dict(zip(names, zip(*given, strict=True), strict=True)))[1] if given else []
            if given:
                noted = list(zip(*lists, strict=True))
                self.transactions[-1].append(Write(_KINDS[kind], table.name, keys, names, noted))
            self._inside = True
            try:
                original(tx, table, names, given)
            finally:
                self._inside = False

        return note

    def _noting(self, kind: str, original: Callable[..., int]) -> Callable[..., int]:
        def note(tx: Connection, table: Table, *given: Any, add: bool = False) -> int:
            names, lists = bulk._lists(tx, table, given[-1])
            keys = tuple(column.name for column in table.primary_key)
            if kind == "update":
                keys = (given[0],)
            elif kind == "delete":
                keys = tuple(names)
            given_rows = list(zip(*lists, strict=True))
            if given_rows and not self._inside:
                noted = Write("add" if add else kind, table.name, keys, tuple(names), given_rows)
                self.transactions[-1].append(noted)
            return original(tx, table, *given, **({"add": add} if kind == "upsert" else {}))

        return note


def statement(write: Write, mark: str) -> tuple[str, list[int]]:
    """The statement for one row, with `mark` for values, and which of the row's values it takes, in order."""
    table, names, own = f'"{write.table}"', [f'"{name}"' for name in write.names], range(len(write.names))
    others = [index for index in own if write.names[index] not in write.keys]
    keys = [index for index in own if write.names[index] in write.keys]
    where = " AND ".join(f"{names[index]} = {mark}" for index in keys)
    if write.kind == "update":
        return f"UPDATE {table} SET {', '.join(f'{names[i]} = {mark}' for i in others)} WHERE {where}", [*others, *keys]
    if write.kind == "delete":
        return f"DELETE FROM {table} WHERE {where}", keys
    into = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"
    if write.kind == "insert":
        return into, list(own)
    before = f"{table}.%s + " if write.kind == "add" else ""
    changes = ", ".join(f"{names[i]} = {before.replace('%s', names[i])}excluded.{names[i]}" for i in others)
    conflict = f"ON CONFLICT ({', '.join(names[i] for i in keys)}) DO UPDATE SET {changes}"
    return f"{into} {conflict}", list(own)


class Bare(NamedTuple):
    """A driver's connection."""

    write: Callable[[Transaction], None]
    """Write one transaction and commit."""
    close: Callable[[], None]


def connect(url: str) -> Bare:
    """Connect to a ledger's database with nothing but its driver, as durably as the ledger does."""
    return _sqlite(url) if url.startswith("sqlite") else _postgres(url)


def _sqlite(url: str) -> Bare:
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    pragmas = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -131072")
    for pragma in (*pragmas, "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")

    def write(transaction: Transaction) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for each in transaction:
            sql, order = statement(each, "?")
            connection.executemany(sql, _in_order(each.rows, order))
        connection.execute("COMMIT")

    return Bare(write, connection.close)


def _postgres(url: str) -> Bare:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg.connect(address)

    def write(transaction: Transaction) -> None:
        with connection.cursor() as cursor:
            for each in transaction:
                sql, order = statement(each, "%s")
                if len(each.rows) == 1:
                    cursor.execute(sql.encode(), _in_order(each.rows, order)[0])
                elif each.kind == "insert":
                    columns = ", ".join(f'"{name}"' for name in each.names)
                    with cursor.copy(f'COPY "{each.table}" ({columns}) FROM STDIN'.encode()) as copy:
                        for row in each.rows:
                            copy.write_row(row)
                else:
                    cursor.executemany(sql.encode(), _in_order(each.rows, order))
        connection.commit()

    return Bare(write, connection.close)


def _in_order(rows: list[tuple[Any, ...]], order: Sequence[int]) -> list[tuple[Any, ...]]:
    if list(order) == list(range(len(rows[0]))):
        return rows
    return [tuple(row[index] for index in order) for row in rows]
