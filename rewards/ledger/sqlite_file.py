"""The file of a SQLite database: whoever goes on with one that was removed writes where nobody will ever read."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DisconnectionError

_FILE = "rewards_file"
"""Where a connection's record keeps the path and the identity of its file."""

Identity = tuple[int, int]
"""Device and number of a file."""


def keep_to(engine: Engine, path: Path) -> None:
    """Let every unit of the engine begin on the file that has this path at that moment.

    After another file was put in its place, connections are made anew. Once there was a file, one that is gone is not
    made again: the driver's OperationalError says that it cannot be opened, until it is back.
    """
    seen, name = False, str(path)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: object, _record: object, _words: object, _settings: object) -> None:
        if seen and _identity(name) is None:
            gone = sqlite3.OperationalError("unable to open database file: it is no longer there")
            gone.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            raise gone

    @event.listens_for(engine, "connect")
    def connected(_connection: object, record: Any) -> None:
        nonlocal seen
        seen = True
        record.info[_FILE] = (name, _identity(name))

    @event.listens_for(engine, "checkout")
    def check_out(_connection: object, record: Any, _proxy: object) -> None:
        if record.info[_FILE][1] != _identity(name):
            raise DisconnectionError  # the pool makes another connection


def has_file(connection: Connection) -> bool:
    """Whether a connection is to a file that `keep_to` looks after."""
    return _FILE in connection.info


def is_current(connection: Connection) -> bool:
    """Whether the file a connection is to (`has_file`) still has its path."""
    name, identity = connection.info[_FILE]
    return bool(identity == _identity(name))


def _identity(path: str) -> Identity | None:
    """Which file has this path, None when there is none."""
    try:
        # By the path's text: every unit asks, and making it of a Path takes longer than asking.
        found = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return found.st_dev, found.st_ino
