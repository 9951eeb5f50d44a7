"""Balances: what every account holds, in smallest units.

They always equal the sum of transfers (promise 1). A member's are kept in two places: see
`rewards.ledger.close_columns`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, null, select, union_all
from sqlalchemy.sql.selectable import CompoundSelect

from rewards.ledger import bulk, close_columns, members, rows
from rewards.ledger.among import among, several
from rewards.ledger.direct import Later, Question, Row
from rewards.ledger.tables import balance, book

Account = tuple[int, int]
"""An account: (book id, holder)."""


class Held(NamedTuple):
    """What accounts hold, in smallest units, and what of it day closes have brought; 0 where one is left out."""

    amounts: dict[Account, int]
    settled: dict[Account, int]


def get(tx: Connection, books: Collection[int], holders: Collection[int]) -> dict[Account, int]:
    """The balances of these holders in these books, in smallest units.

    Accounts never used are left out (they hold 0).
    """
    return read(tx, books, holders).amounts


def read(tx: Connection, books: Collection[int], holders: Collection[int]) -> Held:
    """The balances of these holders in these books, with what whoever writes them has to know."""
    return send_read(tx, books, holders)()


def send_read(tx: Connection, books: Collection[int], holders: Collection[int]) -> Later[Held]:
    """As `read`, to be asked for together with other things (see `rewards.ledger.direct.together`)."""
    if not books or not holders:
        return lambda: Held({}, {})
    given = {
        "books": several(tx, books),
        "holders": several(tx, holders),
        "members": several(tx, [each for each in holders if each > 0]),
    }
    answer = _HELD.send(tx, **given)
    return lambda: _put_together(answer())


def _put_together(stored: list[Row]) -> Held:
    amounts = {(book_id, holder): amount for book_id, holder, amount, brought in stored if brought is None}
    settled = {}
    if len(amounts) < len(stored):
        settled = {(each[0], each[1]): close_columns.number(each[3]) for each in stored if each[3] is not None}
        for account, brought in settled.items():
            amounts[account] = amounts.get(account, 0) + brought
    return Held(amounts, settled)


def _held(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Of each account what its row says, less what was settled then, and what closes have brought by now."""
    own = select(balance.c.book_id, balance.c.holder, balance.c.amount - balance.c.settled, null())
    own = own.where(among(dialect, balance.c.book_id, "books"), among(dialect, balance.c.holder, "holders"))
    return union_all(own, close_columns.brought(dialect))


_HELD = Question(lambda keys: _held(keys.dialect))


def put(tx: Connection, amounts: Mapping[Account, int], settled: Mapping[Account, int] | None = None) -> None:
    """Set the balances of these accounts, in smallest units.

    `settled` is what `read` has told of them in this unit. Raises the driver's IntegrityError when one that may not be
    overdrawn is below zero.
    """
    brought = settled or {}
    # in key order, neighbouring accounts share a page
    new = [(*account, amounts[account], brought.get(account, 0)) for account in sorted(amounts)]
    rows.put(tx, balance, ("book_id", "holder", "amount", "settled"), new)


def add(tx: Connection, changes: Mapping[Account, int]) -> None:
    """Add to balances of accounts that are no member's, in smallest units, whatever they are at that moment.

    Raises ValueError for a member's, the driver's IntegrityError when one that may not be overdrawn comes to be below
    zero.
    """
    if any(holder > 0 for _, holder in changes):
        raise ValueError("a member's balance is set, not added to: closes bring to it as well")
    accounts = sorted(account for account, change in changes.items() if change)
    if not accounts:
        return
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


class Book(NamedTuple):
    """A whole book: what members hold, int64 of shape (members,), index = ordinal − 1, and everybody else by holder."""

    members: bulk.Ints
    others: dict[int, int]
    written: NDArray[np.bool_]
    """Which members an event has ever written about."""


def of_book(tx: Connection, book_id: int, size: int) -> Book:
    """What all accounts of a book hold, in smallest units; `size` is the number of members."""
    wanted = select(balance.c.holder, balance.c.amount - balance.c.settled).where(balance.c.book_id == book_id)
    holders, amounts = bulk.read(tx, wanted.order_by(balance.c.holder))
    held = close_columns.of_book(tx, book_id, size)
    rows = (holders > 0) & (holders <= size)
    held[holders[rows] - 1] += amounts[rows]
    written = np.zeros(size, dtype=np.bool_)
    written[holders[rows] - 1] = True
    return Book(held, dict(zip(holders[~rows].tolist(), amounts[~rows].tolist(), strict=True)), written)


def every(tx: Connection, books: Collection[int] | None = None) -> Iterator[tuple[int, int, int]]:
    """All accounts, of some books or all, that hold something: (book, holder, amount in smallest units), in order."""
    size = members.count(tx)
    for book_id in sorted(tx.scalars(select(book.c.id)).all() if books is None else books):
        whole = of_book(tx, book_id, size)
        yield from ((book_id, holder, amount) for holder, amount in whole.others.items() if amount)
        rows = np.flatnonzero(whole.members)
        for holder, amount in zip((rows + 1).tolist(), whole.members[rows].tolist(), strict=True):
            yield book_id, holder, amount
