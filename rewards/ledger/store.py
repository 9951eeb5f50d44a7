"""Opening a database and working on it in atomic units."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from rewards.ledger import direct, locks, sqlite_file
from rewards.ledger.kept_connection import KeptConnection, kept_connection
from rewards.ledger.texts import Contended, StoreUnavailable

LOCK_TIMEOUT_SECONDS = 30
"""How long a unit waits for another one before it gives up with StoreUnavailable."""

_CACHE_KIB = 131_072
_READ_ONLY = "rewards_read_only"
"""What a connection was told last of whether it may write."""
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_UNREACHABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
# SQLSTATE of deadlock_detected and serialization_failure: another unit was in the way, and need not be the next time.
_POSTGRES_CONTENDED = frozenset({"40P01", "40001"})
_POSTGRES_LOCK_TIMEOUT = "55P03"
_POSTGRES_DISK_FULL = "53100"
_POSTGRES_READ_ONLY = "25006"


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
    database = make_url(url).database or ":memory:"
    if database == ":memory:":
        # One connection that everybody shares; every further one would be another, empty database.
        options = {
            "poolclass": QueuePool,
            "pool_size": 1,
            "max_overflow": 0,
            "pool_timeout": lock_timeout_seconds,
        }
    engine = create_engine(url, connect_args={"timeout": lock_timeout_seconds, "check_same_thread": False}, **options)
    if database != ":memory:" and not database.startswith("file:"):
        sqlite_file.keep_to(engine, Path(database).absolute())

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
        mode = locks.mode(connection)
        reading, told = mode == locks.READ, connection.info
        if told.get(_READ_ONLY) != reading:
            told.pop(_READ_ONLY, None)
            direct.run(connection, f"PRAGMA query_only = {int(reading)}").close()
            told[_READ_ONLY] = reading
        # A writer takes the lock at once: a reader that turns writer half-way could only fail, not wait.
        writing = mode in (locks.ALONE, locks.BESIDE)
        direct.run(connection, "BEGIN IMMEDIATE" if writing else "BEGIN").close()

    return engine


class Ledger:
    """The books in one database.

    Everything is read and written inside a unit, which the room's functions take first.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._alone = kept_connection(engine, locks.ALONE, **{locks.MODE: locks.ALONE})
        self._beside = kept_connection(engine, locks.BESIDE, **{locks.MODE: locks.BESIDE})
        reading: dict[str, Any] = {locks.MODE: locks.READ}
        if engine.dialect.name == "postgresql":
            # A reader sees one moment of the books, as it does on SQLite.
            reading |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = kept_connection(engine, locks.READ, **reading)
        self.count_unit: Callable[[int], object] = _nothing
        """Is told of every unit that begins (1) and of every one that ends (-1): each uses a connection."""

    @property
    def writes_beside(self) -> bool:
        """Whether several units can write at a time."""
        return self.engine.dialect.name == "postgresql"

    def write(self, *, holding: bool = True) -> AbstractContextManager[Connection]:
        """One atomic unit of writing: all of it is kept, or on any exception none. Nobody else writes meanwhile.

        Without `holding`, whoever works on it holds the books before all else (`rewards.ledger.locks.hold_books`).
        Raises StoreUnavailable when the database is locked for too long or cannot be reached.
        """
        return self._unit(self._alone, _Phase(reading=False), holding=holding)

    def write_beside(self, *, holding: bool = True) -> AbstractContextManager[Connection]:
        """One atomic unit of writing beside others of its kind, where the database can do that.

        It holds what it works on by `rewards.ledger.locks`; without `holding`, the books as well. Raises
        StoreUnavailable.
        """
        return self._unit(self._beside, _Phase(reading=False), holding=holding)

    def read(self) -> AbstractContextManager[Connection]:
        """One consistent view of the books; writing is refused by the database. Raises StoreUnavailable."""
        return self._unit(self._reader, _Phase(reading=True), holding=False)

    @contextmanager
    def _unit(self, connections: KeptConnection, phase: _Phase, *, holding: bool) -> Iterator[Connection]:
        try:
            unit = connections.take()
            self.count_unit(1)
            try:
                with unit.begin():
                    if holding:
                        locks.hold_books(unit)
                    yield unit
                    phase.committing = True
            except BaseException:
                unit.close()
                raise
            finally:
                self.count_unit(-1)
            connections.leave(unit)
        except SQLAlchemyError as error:
            clear = _explain(error, phase)
            if clear is None:
                raise
            raise clear from error


@dataclass(slots=True)
class _Phase:
    """What a unit is for, and how far it has come."""

    reading: bool
    committing: bool = False


def _nothing(_: int) -> None:
    """Nobody counts."""


def _explain(error: SQLAlchemyError, phase: _Phase) -> StoreUnavailable | None:
    """The caller's view of a database error, or None when it is a fault of ours and must stay what it is."""
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("ledger.busy")
    if not isinstance(error, DBAPIError):
        return None
    cause = error.orig
    reason = str(cause).strip().partition("\n")[0]
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(getattr(cause, "sqlite_errorcode", 0), phase, reason)
    state = getattr(cause, "sqlstate", None)
    if state in _POSTGRES_CONTENDED:
        return Contended("ledger.busy")
    if state == _POSTGRES_LOCK_TIMEOUT:
        return StoreUnavailable("ledger.busy")
    if state == _POSTGRES_DISK_FULL:
        return StoreUnavailable("ledger.full", reason=reason)
    if state == _POSTGRES_READ_ONLY and not phase.reading:
        return StoreUnavailable("ledger.read-only", reason=reason)
    if not (error.connection_invalidated or isinstance(error, OperationalError)):
        return None
    # A connection that is lost while a unit is committed does not say whether the server still kept it.
    return StoreUnavailable("ledger.uncertain" if phase.committing else "ledger.unreachable", reason=reason)


def _explain_sqlite(code: int, phase: _Phase, reason: str) -> StoreUnavailable | None:
    kind = code & 0xFF  # the low byte is the class, the rest its detail
    if kind in _SQLITE_BUSY:
        return Contended("ledger.busy")
    if kind == sqlite3.SQLITE_FULL:
        return StoreUnavailable("ledger.full", reason=reason)
    # Without a detail it is also what a reading unit is told that tries to write, and that would be a fault of ours.
    if kind == sqlite3.SQLITE_READONLY and not (phase.reading and code == kind):
        return StoreUnavailable("ledger.read-only", reason=reason)
    if kind == sqlite3.SQLITE_IOERR and phase.committing:
        return StoreUnavailable("ledger.uncertain", reason=reason)
    return StoreUnavailable("ledger.unreachable", reason=reason) if kind in _SQLITE_UNREACHABLE else None
