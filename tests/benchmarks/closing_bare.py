"""The bare cost of a close, in a process of its own: `python -m tests.benchmarks.closing_bare URL WORK`.

WORK is a pickled pair: the questions the service asked of the database, and the rows it wrote. With the driver alone
the questions are asked again and the whole numbers of the answers put into arrays; then the rows are written, in the
one transaction and as durably, by the fastest means the driver has: executemany on SQLite; COPY on PostgreSQL, and
for rows that change a temporary table and one UPDATE. Fetching the rows to write from their files is not counted.
"""

# Statements are put together from the names of tables and columns; values are bound.

from __future__ import annotations

import json
import pickle
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from sqlalchemy import make_url

from tests.benchmarks.bare import Write, statement
from tests.benchmarks.closing_rows import ROWS_A_CHUNK, Chunk
from tests.benchmarks.closing_run import Read, Took, peak

_FEW = 300


class Watch:
    """Adds up what is done while it is not held."""

    def __init__(self) -> None:
        self.wall = -time.perf_counter()
        self.cpu = -time.process_time()

    @contextmanager
    def held(self) -> Iterator[None]:
        """What is done meanwhile does not count."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall -= time.perf_counter() - wall
        self.cpu -= time.process_time() - cpu

    def stop(self) -> None:
        """The work is done."""
        self.wall += time.perf_counter()
        self.cpu += time.process_time()


def keep(found: Any) -> int:
    """Fetch all rows of an answer, whole numbers into an array; returns how many."""
    count = 0
    while rows := found.fetchmany(ROWS_A_CHUNK):
        count += len(rows)
        if all(isinstance(value, int) for value in rows[0]):
            try:
                np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * len(rows[0]))
            except TypeError:  # a column of whole numbers with gaps
                continue
    return count


def on_sqlite(url: str, reads: Sequence[Read], chunks: Sequence[Chunk]) -> Took:
    """Do a close's reading and writing with `sqlite3` alone."""
    connection = sqlite3.connect(str(make_url(url).database), isolation_level=None)
    pragmas = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -131072")
    for pragma in (*pragmas, "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    watch = Watch()
    connection.execute("BEGIN IMMEDIATE")
    for read in reads:
        keep(connection.execute(read.sql))
    read_by = watch.wall + time.perf_counter()
    for chunk in chunks:
        with watch.held():
            write = _loaded(chunk)
        sql, order = statement(write, "?")
        in_place = order == list(range(len(order)))
        connection.executemany(
            sql, write.rows if in_place else [tuple(map(row.__getitem__, order)) for row in write.rows]
        )
    connection.execute("COMMIT")
    watch.stop()
    connection.close()
    return Took(watch.wall, watch.cpu, peak(), {"read": read_by, "write": watch.wall - read_by})


def on_postgres(url: str, reads: Sequence[Read], chunks: Sequence[Chunk]) -> Took:
    """Do a close's reading and writing with `psycopg` alone."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection, connection.cursor() as cursor:
        watch = Watch()
        for read in reads:
            if read.sql.lstrip().upper().startswith("COPY"):
                with cursor.copy(read.sql.encode(), read.parameters) as taken:
                    for _ in taken:
                        pass
                continue
            cursor.execute(read.sql.encode(), read.parameters)
            keep(cursor)
        read_by = watch.wall + time.perf_counter()
        position = 0
        while position < len(chunks):
            same = [each for each in chunks[position:] if each[:4] == chunks[position][:4]]
            _write(cursor, same, watch)
            position += len(same)
        connection.commit()
        watch.stop()
    return Took(watch.wall, watch.cpu, peak(), {"read": read_by, "write": watch.wall - read_by})


def _write(cursor: psycopg.Cursor[Any], chunks: Sequence[Chunk], watch: Watch) -> None:
    """Write what goes into one table in one way."""
    kind, table, keys, names, *_ = chunks[0]
    if sum(chunk.rows for chunk in chunks) <= _FEW:
        for chunk in chunks:
            with watch.held():
                write = _loaded(chunk)
            sql, order = statement(write, "%s")
            cursor.executemany(sql.encode(), [tuple(row[index] for index in order) for row in write.rows])
        return
    columns = ", ".join(names)
    into = table if kind == "insert" else f"given_{table}"
    if kind == "update":
        # Without the columns' own defaults and demands: these are values for rows that are there.
        made = f"CREATE TEMPORARY TABLE {into} ON COMMIT DROP AS SELECT {columns} FROM {table} LIMIT 0"
        cursor.execute(made.encode())
    with cursor.copy(f"COPY {into} ({columns}) FROM STDIN".encode()) as copy:
        for chunk in chunks:
            with watch.held():
                rows = _loaded(chunk).rows
                numbers = {type(value) for row in rows for value in row} <= {int, type(None)}
            if numbers:
                copy.write("".join(["\t".join(map(str, row)) + "\n" for row in rows]).replace("None", "\\N"))
            else:
                for row in rows:
                    copy.write_row(row)
    if kind == "update":
        changes = ", ".join(f"{name} = given.{name}" for name in names if name not in keys)
        same = " AND ".join(f"{table}.{name} = given.{name}" for name in keys)
        cursor.execute(f"ANALYZE {into}".encode())
        cursor.execute(f"UPDATE {table} SET {changes} FROM {into} AS given WHERE {same}".encode())


def _loaded(chunk: Chunk) -> Write:
    rows = pickle.loads(Path(chunk.path).read_bytes())
    return Write(chunk.kind, chunk.table, chunk.keys, chunk.names, rows)


def main(url: str, work: str) -> None:
    """Do it and print what it took."""
    reads, chunks = pickle.loads(Path(work).read_bytes())
    run = on_sqlite if url.startswith("sqlite") else on_postgres
    took = run(url, [Read(*each) for each in reads], [Chunk(*each) for each in chunks])
    print(json.dumps(took._asdict()))


if __name__ == "__main__":
    main(*sys.argv[1:])
