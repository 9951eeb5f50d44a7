"""What writing units on PostgreSQL wait for, and nothing more; SQLite has one writer at a time by itself.

All locks are advisory ones of the transaction, taken in the order in which they are listed here, so that no two units
wait for each other in a circle:

1. the books: a unit that works *alone* (a day close, a plan's activation, a batch) holds them by itself; units that
   work *beside* each other share them;
2. the requests, by kind and id: of two that are the same, the second finds what the first has done;
3. the members whose accounts and counts a unit reads or changes, by ordinal;
4. the numbering: the last step of every unit, from drawing event numbers to the end, so that numbers have no gap and
   are in the order in which units are kept. Accounts of the platform, which everybody moves, change in this step only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import Connection

from rewards.ledger import direct

ALONE = "write"
BESIDE = "beside"
READ = "read"
MODE = "rewards_unit"
"""The option of a connection that says how its unit works."""

_BOOKS, _REQUESTS, _MEMBERS, _NUMBERS = (0x72657700 + number for number in range(4))
"""The first half of the locks' keys: `rew` and a number."""


def hold_books(tx: Connection) -> None:
    """Begin a writing unit: alone, or beside others that do not work alone."""
    if tx.dialect.name == "postgresql":
        shared = "" if mode(tx) == ALONE else "_shared"
        direct.run(tx, f"SELECT pg_advisory_xact_lock{shared}(%s::int, 0)", (_BOOKS,)).close()


def hold_request(tx: Connection, kind: str, id: str) -> None:
    """Wait until nobody else works on the request of this kind and id."""
    if is_beside(tx):
        digest = hashlib.sha256(f"{kind}\0{id}".encode()).digest()
        _hold(tx, _REQUESTS, [int.from_bytes(digest[:4], "big", signed=True)])


def hold_members(tx: Connection, members: Collection[int]) -> None:
    """Wait until nobody else works on these members; to be called once in a unit."""
    if is_beside(tx):
        _hold(tx, _MEMBERS, sorted(members))


def hold_named(tx: Connection, ids: Collection[str]) -> None:
    """As `hold_members`, for the members with these ids and their sponsors."""
    if is_beside(tx):
        given = (_MEMBERS, list(ids), list(ids))
        direct.run(tx, _HOLD_NAMED, given).close()


_HOLD_NAMED = """
SELECT pg_advisory_xact_lock(%s::int, key) FROM (
    SELECT ordinal::int AS key FROM member WHERE id = ANY (%s)
    UNION SELECT sponsor::int FROM member WHERE id = ANY (%s) AND sponsor IS NOT NULL
    ORDER BY key
) AS people
"""


def hold_numbers(tx: Connection) -> None:
    """Begin the last step of a unit."""
    if is_beside(tx):
        _hold(tx, _NUMBERS, [0])


def mode(tx: Connection) -> str | None:
    """How the unit of a connection works."""
    found: str | None = tx.get_execution_options().get(MODE)
    return found


def is_beside(tx: Connection) -> bool:
    """Whether a unit works beside others."""
    return mode(tx) == BESIDE and tx.dialect.name == "postgresql"


def _hold(tx: Connection, what: int, keys: list[int]) -> None:
    # One statement for all: unnest keeps the order of the array.
    direct.run(tx, "SELECT pg_advisory_xact_lock(%s::int, key) FROM unnest(%s::int[]) AS key", (what, keys)).close()
