"""Faults on command: an error at a statement, at a commit or after it, and another unit that is in the way once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from psycopg.errors import SerializationFailure
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from rewards.ledger import locks


class Fault(Exception):
    """Something has gone wrong that nobody foresaw."""


class Trouble(NamedTuple):
    """What goes wrong with a request: `kind`, at which statement, and whether the request is sent again thereafter."""

    kind: str
    """`statement`, `commit` (nothing is kept), `answer` (all is kept, but nobody is told) or `contended`."""
    at: int
    again: bool


def _in_the_way(connection: Connection) -> OperationalError:
    """What the database says when another unit is in the way, which the ledger calls Contended."""
    if connection.dialect.name == "postgresql":
        return OperationalError(None, None, SerializationFailure("could not serialize access"))
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError(None, None, busy)


class Faults:
    """Lets what is armed happen once, on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._trouble: Trouble | None = None
        self._statements = 0
        self._loses_answer = False
        self.kept = False
        """Whether the fault came after the commit."""
        self._commits = engine.dialect.do_commit
        self._patch = patch.object(engine.dialect, "do_commit", self._do_commit)
        self._patch.start()
        event.listen(engine, "before_cursor_execute", self._on_statement)
        event.listen(engine, "commit", self._on_commit)

    @contextmanager
    def armed(self, trouble: Trouble) -> Iterator[None]:
        """Arm a fault for what is done inside."""
        self._trouble, self._statements, self.kept = trouble, 0, False
        try:
            yield
        finally:
            self._trouble = None

    def end(self) -> None:
        """Leave the engine as it was."""
        self._patch.stop()

    def _on_statement(self, connection: Connection, *_: Any) -> None:
        trouble = self._trouble
        if trouble is None or trouble.kind not in ("statement", "contended"):
            return
        if trouble.kind == "contended" and locks.mode(connection) == locks.READ:
            return  # nobody is in the way of a reader
        self._statements += 1
        if self._statements == trouble.at:
            self._trouble = None
            raise _in_the_way(connection) if trouble.kind == "contended" else Fault(f"at statement {trouble.at}")

    def _on_commit(self, connection: Connection) -> None:
        if self._trouble is None or locks.mode(connection) == locks.READ:
            return
        if self._trouble.kind == "commit":
            self._trouble = None
            raise Fault("at the commit")
        if self._trouble.kind == "answer":
            self._trouble, self._loses_answer = None, True

    def _do_commit(self, dbapi_connection: Any) -> None:
        self._commits(dbapi_connection)
        if self._loses_answer:
            self._loses_answer, self.kept = False, True
            raise Fault("after the commit")
