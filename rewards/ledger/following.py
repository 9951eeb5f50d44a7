"""Whether a unit of writing follows another with nothing written in between: what was known then is still so.

Only on a SQLite file, whose connections tell when another one, of whatever process, has changed it. What was written
through the same connection is seen by how often it was used. On PostgreSQL units work beside each other.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection

from rewards.ledger import direct, sqlite_file

_USES = "rewards_uses"
"""Where a connection's record counts the units it was used by."""


class Place(NamedTuple):
    """A unit's place among all that write."""

    connection: Connection
    use: int
    """How many units have used the connection so far, this one included."""
    version: int
    """SQLite's `data_version`, which is another one once another connection has written."""

    def follows(self, before: Place) -> bool:
        """Whether nothing was written between an earlier unit, that ended well, and this one."""
        return self.connection is before.connection and self.use == before.use + 1 and self.version == before.version


def count_use(connection: Connection) -> None:
    """A unit begins that uses a connection."""
    connection.info[_USES] = connection.info.get(_USES, 0) + 1


def place_of(tx: Connection) -> Place | None:
    """A writing unit's place; None where nobody can tell what others write."""
    if not sqlite_file.has_file(tx):
        return None
    ((version,),) = direct.run(tx, "PRAGMA data_version").fetchall()
    return Place(tx, tx.info[_USES], version)
