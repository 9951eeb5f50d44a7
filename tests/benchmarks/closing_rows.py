"""What a close has written: the rows in which two databases differ, as chunks that the driver takes as they are."""

# Statements are put together from the names of tables and columns.

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Table, make_url

from rewards.ledger.tables import metadata

ROWS_A_CHUNK = 50_000


class Chunk(NamedTuple):
    """Rows that go into one table; they are pickled in `path`."""

    kind: str
    """`insert` or `update`."""
    table: str
    keys: tuple[str, ...]
    names: tuple[str, ...]
    rows: int
    path: str


def written(before: str, after: str, since: int, folder: Path) -> list[Chunk]:
    """The rows that were inserted and changed between two databases, in files of a folder, in the order of their key.

    `since` is what `moment` said when `after` was still as `before` is. Raises RuntimeError when rows were deleted,
    which no close does.
    """
    folder.mkdir()
    chunks: list[Chunk] = []
    for table in metadata.sorted_tables:
        with _both(before, after, since, table) as (connection, old, new):
            found = connection.execute(f"SELECT count(*) FROM {new} AS a")
            if new.startswith("pg_temp") and not next(iter(found))[0]:
                continue
            for kind, names, rows in _differences(connection, table, old, new):
                keys = tuple(column.name for column in table.primary_key)
                for part in rows:
                    path = folder / f"{len(chunks)}.pickle"
                    path.write_bytes(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
                    chunks.append(Chunk(kind, table.name, keys, names, len(part), str(path)))
    return chunks


def moment(url: str) -> int:
    """What tells rows written from now on from those there before, where the database can tell."""
    if url.startswith("sqlite"):
        return 0
    with _postgres(url) as connection:
        row = connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
        assert row is not None
        return int(row[0])


def equal(one: str, other: str) -> None:
    """Hold that two databases have the same rows. Raises RuntimeError that names the first table where they differ."""
    for table in metadata.sorted_tables:
        if _digest(one, other, table) != _digest(other, one, table):
            raise RuntimeError(f"table {table.name} differs from what the service has written")


def _digest(url: str, other: str, table: Table) -> Any:
    if url.startswith("sqlite"):
        with _sqlite(url, other) as connection:
            count = connection.execute(f"SELECT count(*) FROM main.{table.name}").fetchone()[0]
            # The plus keeps the planner to the key: nothing else finds a row as fast.
            same = " AND ".join(
                f"a.{column.name} = b.{column.name}" if column.primary_key else f"a.{column.name} IS +b.{column.name}"
                for column in table.columns
            )
            absent = f"NOT EXISTS (SELECT 1 FROM before.{table.name} AS b WHERE {same})"
            differing = connection.execute(f"SELECT count(*) FROM main.{table.name} AS a WHERE {absent}")
            return count, differing.fetchone()[0]
    with _postgres(url) as connection:
        whole = f"SELECT count(*), sum(hashtextextended(each::text, 0)) FROM {table.name} AS each"
        return connection.execute(whole.encode()).fetchone()


def _differences(
    connection: Any, table: Table, old: str, new: str
) -> Iterator[tuple[str, tuple[str, ...], Iterator[list[Any]]]]:
    names = tuple(column.name for column in table.columns)
    keys = tuple(column.name for column in table.primary_key)
    others = tuple(name for name in names if name not in keys)
    same = " AND ".join(f"a.{name} = b.{name}" for name in keys)
    order = ", ".join(f"a.{name}" for name in keys)
    absent = f"FROM {new} AS a WHERE NOT EXISTS (SELECT 1 FROM {old} AS b WHERE {same}) ORDER BY {order}"
    yield "insert", names, _chunks(connection, f"SELECT {', '.join(f'a.{name}' for name in names)} {absent}")
    both = f"FROM {new} AS a JOIN {old} AS b ON {same}"
    unlike = "IS NOT" if new.startswith("main.") else "IS DISTINCT FROM"
    differs = {name: f"a.{name} {unlike} b.{name}" for name in others}
    if others:
        counts = ", ".join(f"sum(CASE WHEN {each} THEN 1 ELSE 0 END)" for each in differs.values())
        found = next(iter(connection.execute(f"SELECT {counts} {both}")))
        changed = tuple(name for name, count in zip(others, found, strict=True) if count)
        if changed:
            wanted = ", ".join(f"a.{name}" for name in (*keys, *changed))
            differ = " OR ".join(differs[name] for name in changed)
            sql = f"SELECT {wanted} {both} WHERE {differ} ORDER BY {order}"
            yield "update", (*keys, *changed), _chunks(connection, sql)


def _chunks(connection: Any, sql: str) -> Iterator[list[Any]]:
    cursor = connection.execute(sql)
    while rows := cursor.fetchmany(ROWS_A_CHUNK):
        yield rows


@contextmanager
def _both(before: str, after: str, since: int, table: Table) -> Iterator[tuple[Any, str, str]]:
    """A connection that sees a table as it was and as it is; of PostgreSQL's only the rows written since."""
    if before.startswith("sqlite"):
        with _sqlite(after, before) as connection:
            _check_none_deleted(connection, table, f"before.{table.name}", f"main.{table.name}")
            yield connection, f"before.{table.name}", f"main.{table.name}"
        return
    names = ", ".join(column.name for column in table.columns)
    with _postgres(before) as connection, _postgres(after) as source:
        new = f"changed_{table.name}"
        connection.execute(f"CREATE TEMPORARY TABLE {new} AS SELECT {names} FROM {table.name} LIMIT 0".encode())
        wanted = f"SELECT {names} FROM {table.name} WHERE xmin::text::bigint >= {since}"
        out = f"COPY ({wanted}) TO STDOUT (FORMAT binary)".encode()
        into = f"COPY {new} FROM STDIN (FORMAT binary)".encode()
        with source.cursor().copy(out) as taken, connection.cursor().copy(into) as given:
            for data in taken:
                given.write(data)
        connection.execute(f"ANALYZE {new}".encode())
        _check_counts(connection, source, table, new)
        yield connection, table.name, f"pg_temp.{new}"


def _check_none_deleted(connection: Any, table: Table, old: str, new: str) -> None:
    same = " AND ".join(f"a.{column.name} = b.{column.name}" for column in table.primary_key)
    gone = f"SELECT 1 FROM {old} AS b WHERE NOT EXISTS (SELECT 1 FROM {new} AS a WHERE {same}) LIMIT 1"
    if connection.execute(gone).fetchone() is not None:
        raise RuntimeError(f"rows of table {table.name} were deleted: what that costs alone is not measured here")


def _check_counts(connection: Any, source: Any, table: Table, new: str) -> None:
    same = " AND ".join(f"a.{column.name} = b.{column.name}" for column in table.primary_key)
    absent = f"SELECT count(*) FROM {new} AS a WHERE NOT EXISTS (SELECT 1 FROM {table.name} AS b WHERE {same})"
    counted = f"SELECT count(*) FROM {table.name}"
    inserted, before = (connection.execute(sql.encode()).fetchone()[0] for sql in (absent, counted))
    if source.execute(counted.encode()).fetchone()[0] != before + inserted:
        raise RuntimeError(f"rows of table {table.name} were deleted: what that costs alone is not measured here")


@contextmanager
def _sqlite(url: str, before: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(str(make_url(url).database))
    connection.execute("PRAGMA cache_size = -262144")
    connection.execute("ATTACH DATABASE ? AS before", (str(make_url(before).database),))
    yield connection
    connection.close()


@contextmanager
def _postgres(url: str) -> Iterator[psycopg.Connection]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        connection.execute("SET work_mem = '256MB'")
        yield connection
