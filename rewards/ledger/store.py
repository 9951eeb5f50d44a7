"""Opening a database and working on it in atomic units."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rewards.ledger.texts import StoreUnavailable

LOCK_TIMEOUT_SECONDS = 30
"""How long a unit waits for another one before it gives up with StoreUnavailable."""

_WRITE_LOCK = 0x72657761
"""The key of PostgreSQL's advisory lock; writers take turns so that the sequence of events has no gap."""

_CACHE_KIB = 131_072
_MODE = "rewards_unit"
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_UNREACHABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
# SQLSTATE of lock_not_available, deadlock_detected, serialization_failure: another unit was in the way.
_POSTGRES_BUSY = frozenset({"55P03", "40P01", "40001"})


def open_engine(url: str, *, durable: bool = True, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> Engine:
    """An engine for a database URL.

    `sqlite:///path`, `sqlite://` (in memory) or `postgresql://...` (psycopg 3). `durable=False` gives up
    surviving a power cut for speed: for throw-away databases only. A database in memory has exactly one
    connection: units on it follow each other and must not be nested.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed.render_as_string(hide_password=False), durable, lock_timeout_seconds)
    settings = [f"-c lock_timeout={int(lock_timeout_seconds * 1000)}", "-c timezone=UTC"]
    if not durable:
        settings.append("-c synchronous_commit=off")
    return create_engine(parsed, connect_args={"options": " ".join(settings)}, pool_pre_ping=True)


def _open_sqlite(url: str, durable: bool, lock_timeout_seconds: float) -> Engine:
    options: dict[str, Any] = {}
    if make_url(url).database in (None, "", ":memory:"):
        # One connection that everybody shares; every further one would be another, empty database.
        options = {
            "poolclass": QueuePool,
            "pool_size": 1,
            "max_overflow": 0,
            "pool_timeout": lock_timeout_seconds,
        }
    engine = create_engine(url, connect_args={"timeout": lock_timeout_seconds, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself; `begin` below does
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {'FULL' if durable else 'OFF'}",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # otherwise REPLACE deletes without asking the append-only triggers
            f"cache_size = -{_CACHE_KIB}",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get(_MODE)
        connection.exec_driver_sql(f"PRAGMA query_only = {int(mode == 'read')}")
        # A writer takes the lock at once: a reader that turns writer half-way could only fail, not wait.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if mode == "write" else "BEGIN")

    return engine


class Ledger:
    """The books in one database.

    Everything is read and written inside a unit, which the room's functions take first.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{_MODE: "write"})
        self._reader = engine.execution_options(**{_MODE: "read"})
        if engine.dialect.name == "postgresql":
            # A reader sees one moment of the books, as it does on SQLite.
            self._reader = self._reader.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One atomic unit of writing: all of it is kept, or on any exception none. Writers take turns.

        Raises StoreUnavailable when the database is locked for too long or cannot be reached.
        """
        with _clear_errors(), self._writer.begin() as unit:
            if unit.dialect.name == "postgresql":
                unit.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))
            yield unit

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the books; writing is refused by the database. Raises StoreUnavailable."""
        with _clear_errors(), self._reader.begin() as unit:
            yield unit


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        clear = _explain(error)
        if clear is None:
            raise
        raise clear from error


def _explain(error: SQLAlchemyError) -> StoreUnavailable | None:
    """The caller's view of a database error, or None when it is a fault of ours and must stay what it is."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("ledger.busy")
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    reason = str(cause).strip().partition("\n")[0]
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the low byte is the class, the rest its detail
        if code in _SQLITE_BUSY:
            return StoreUnavailable("ledger.busy")
        return StoreUnavailable("ledger.unreachable", reason=reason) if code in _SQLITE_UNREACHABLE else None
    if getattr(cause, "sqlstate", None) in _POSTGRES_BUSY:
        return StoreUnavailable("ledger.busy")
    lost = error.connection_invalidated or isinstance(error, OperationalError)
    return StoreUnavailable("ledger.unreachable", reason=reason) if lost else None
