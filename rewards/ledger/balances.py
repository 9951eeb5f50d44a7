"""Balances: what every account holds, in smallest units.

They always equal the sum of transfers (promise 1).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, select

from rewards.ledger import bulk
from rewards.ledger.among import among, several
from rewards.ledger.tables import balance

Account = tuple[int, int]
"""An account: (book id, holder)."""


def get(tx: Connection, books: Collection[int], holders: Collection[int]) -> dict[Account, int]:
    """The balances of these holders in these books, in smallest units.

    Accounts never used are left out (they hold 0).
    """
    if not holders:
        return {}
    given = {"books": several(tx, books), "holders": several(tx, holders)}
    return {(book_id, holder): amount for book_id, holder, amount in tx.execute(_amounts(tx.dialect.name), given).all()}


@cache
def _amounts(dialect: str) -> Select[*tuple[Any, ...]]:
    wanted = select(balance.c.book_id, balance.c.holder, balance.c.amount)
    return wanted.where(among(dialect, balance.c.book_id, "books"), among(dialect, balance.c.holder, "holders"))


def put(tx: Connection, amounts: Mapping[Account, int]) -> None:
    """Set the balances of these accounts, in smallest units.

    Raises the driver's IntegrityError when one that may not be overdrawn is below zero.
    """
    accounts = sorted(amounts)  # in key order, neighbouring accounts share a page
    bulk.upsert(
        tx,
        balance,
        {
            "book_id": [book_id for book_id, _ in accounts],
            "holder": [holder for _, holder in accounts],
            "amount": [amounts[account] for account in accounts],
        },
    )


def add(tx: Connection, changes: Mapping[Account, int]) -> None:
    """Add to the balances of these accounts, in smallest units, whatever they are at that moment.

    Raises the driver's IntegrityError when one that may not be overdrawn comes to be below zero.
    """
    accounts = sorted(account for account, change in changes.items() if change)
    bulk.upsert(
        tx,
        balance,
        {
            "book_id": [book_id for book_id, _ in accounts],
            "holder": [holder for _, holder in accounts],
            "amount": [changes[account] for account in accounts],
        },
        add=True,
    )


def put_columns(tx: Connection, book_id: int, holders: bulk.Ints, amounts: bulk.Ints) -> None:
    """Set the balances of one book, given as int64 arrays of shape (rows,); holders ascending, each once."""
    bulk.upsert(tx, balance, {"book_id": book_id, "holder": holders, "amount": amounts})


def column(tx: Connection, book_id: int) -> tuple[bulk.Ints, bulk.Ints]:
    """A whole book: (holders, amounts in smallest units), int64 of shape (accounts,), holders ascending."""
    wanted = select(balance.c.holder, balance.c.amount).where(balance.c.book_id == book_id)
    holders, amounts = bulk.read(tx, wanted.order_by(balance.c.holder))
    return holders, amounts
