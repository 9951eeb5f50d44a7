"""A connection that one unit on a file leaves to the next.

To take one out of SQLAlchemy's pool and bring it back takes several times as long as to begin a transaction and commit
it, and on a file there is no server that may have gone meanwhile. A database in memory has one connection, which the
next unit must find in the pool; and those to a server are looked at by the pool before they are used again.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event

from rewards.ledger import direct, following, sqlite_file

_OF_ENGINE = "rewards_kept"
"""The attribute of an engine with what keeps its connections, by the kind of units."""


def kept_connection(engine: Engine, kind: str, **options: Any) -> KeptConnection:
    """What gives units of one kind on an engine their connection, the same whoever asks.

    `options` are those that their connections have in execution.
    """
    kept: dict[str, KeptConnection] = vars(engine).setdefault(_OF_ENGINE, {})
    return kept.get(kind) or kept.setdefault(kind, KeptConnection(engine, engine.execution_options(**options)))


class KeptConnection:
    """Gives units of one kind their connection; of those that are free, one is kept out of the pool."""

    def __init__(self, engine: Engine, own: Engine) -> None:
        """`own` is the engine with the options of these units."""
        self._engine = own
        self._kept: Connection | None = None
        self._lock = Lock()
        event.listen(engine, "engine_disposed", lambda _: self._close())

    def take(self) -> Connection:
        """A connection of one's own, to be left in the end or, after any exception, closed. Raises SQLAlchemyError."""
        with self._lock:
            found, self._kept = self._kept, None
        if found is not None and not sqlite_file.is_current(found):
            found.close()  # the pool looks at it again, and makes another one
            found = None
        if found is None:
            found = self._engine.connect()
        direct.forget(found)
        following.count_use(found)
        return found

    def leave(self, connection: Connection) -> None:
        """Leave a connection, whose transaction has ended well, to whoever is next."""
        left: Connection | None = connection
        if sqlite_file.has_file(connection):
            with self._lock:
                left, self._kept = self._kept, connection
        if left is not None:
            left.close()

    def _close(self) -> None:
        """Close the one that is kept, as the engine's pool does with its own."""
        with self._lock:
            found, self._kept = self._kept, None
        if found is not None:
            found.invalidate()
            found.close()
