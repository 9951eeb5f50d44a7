"""Whether accounts and lots hold what transfers have moved: one pass over all of them, in columns.

Promises 1 (balances are the sum of transfers), 2 (nothing is overdrawn, no lot out of bounds), 3 (lots make up the
locked accounts), 5 (pools) and, of 9, that transfers name lots there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, select

from rewards.ledger import balances, bulk, close_columns, close_parts, members
from rewards.ledger.bulk import Ints
from rewards.ledger.close_parts import THE_MEMBER, Moved
from rewards.ledger.close_tables import close_part
from rewards.ledger.holders import FIRST_POOL, OVERDRAFT
from rewards.ledger.packing import unpack
from rewards.ledger.tables import balance, book, lot, pool, transfer
from rewards.ledger.violations import AT_MOST, Violation, found, moved

_ROWS_AT_ONCE = 50_000


def check(tx: Connection) -> list[Violation]:
    """All violations these checks find."""
    unreadable = _unreadable(tx)
    if unreadable:
        return unreadable  # nothing can be added up
    stored = _Lots(tx)
    sums = _Sums(members.count(tx))
    sums.take_events(tx)
    violations = sums.take_closes(tx, stored) + _lots_named(tx)
    locked = set(tx.scalars(select(book.c.id).where(book.c.has_lots)))
    for book_id in tx.scalars(select(book.c.id).order_by(book.c.id)).all():
        held = balances.of_book(tx, book_id, sums.size)
        violations += _overdrafts(book_id, held) + sums.differences(book_id, held)
        if book_id in locked:
            violations += stored.differences(book_id, held)
    return violations + sums.pools(tx) + stored.out_of_bounds()


def _violation(promise: int, code: str, **parameters: object) -> Violation:
    return Violation(promise, f"ledger.violation.{code}", parameters)


def _unreadable(tx: Connection) -> list[Violation]:
    violations = []
    wanted = select(close_part.c.event_seq, close_part.c.part, close_part.c.moved)
    with tx.execute(wanted.execution_options(yield_per=100)) as rows:
        for seq, part, data in rows:
            try:
                columns = unpack(data)
            except ValueError:
                columns = ()
            if len(columns) != len(Moved.COLUMNS):
                violations.append(_violation(1, "close-unreadable", event=seq, part=part))
    return violations[:AT_MOST]


class _Sums:
    """What transfers have brought to every account."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._members: dict[int, Ints] = {}
        self._others: Counter[tuple[int, int]] = Counter()
        self._off: dict[tuple[int, int], int] = {}
        """By account what is stored less the sum, where they differ."""

    def take_events(self, tx: Connection) -> None:
        """Add what is among the transfers up."""
        t = transfer.c
        wanted = select(t.from_book, t.from_holder, t.to_book, t.to_holder, t.amount)
        with tx.execute(wanted.execution_options(yield_per=_ROWS_AT_ONCE)) as result:
            for rows in result.partitions():
                columns = np.array(rows, dtype=np.int64).T
                for sign, books, holders in ((-1, columns[0], columns[1]), (1, columns[2], columns[3])):
                    for book_id in np.unique(books).tolist():
                        own = books == book_id
                        self._add(book_id, holders[own], sign * columns[4][own])

    def take_closes(self, tx: Connection, lots: _Lots) -> list[Violation]:
        """Add what closes have moved up; what they have moved of lots there are not, and what is not positive."""
        violations: list[Violation] = []
        for seq, part in close_parts.every(tx):
            violations += _not_positive(seq, part) + lots.elsewhere(seq, part)
            for number, flow in enumerate(part.flows):
                own = part.flow == number
                for sign, book_id, holder in (
                    (-1, flow.from_book, flow.from_holder),
                    (1, flow.to_book, flow.to_holder),
                ):
                    whose = part.member[own] if holder == THE_MEMBER else np.full(int(own.sum()), holder)
                    self._add(book_id, whose, sign * part.amount[own])
        return violations[:AT_MOST]

    def _add(self, book_id: int, holders: Ints, amounts: Ints) -> None:
        known = (holders > 0) & (holders <= self.size)
        column = self._members.setdefault(book_id, np.zeros(self.size, dtype=np.int64))
        np.add.at(column, holders[known] - 1, amounts[known])
        for holder in np.unique(holders[~known]).tolist():
            self._others[book_id, holder] += int(amounts[holders == holder].sum())

    def differences(self, book_id: int, held: balances.Book) -> list[Violation]:
        """Where the balances stored of a book are not the sum of the transfers."""
        own = self._members.get(book_id, np.zeros(self.size, dtype=np.int64))
        off = {(book_id, index + 1): int(held.members[index] - own[index]) for index in _first(held.members != own)}
        holders = {holder for of, holder in self._others if of == book_id} | held.others.keys()
        for holder in holders:
            difference = held.others.get(holder, 0) - self._others[book_id, holder]
            if difference:
                off[book_id, holder] = difference
        self._off.update(off)
        return [
            _violation(1, "balance-differs", book=book_id, holder=holder, difference=difference)
            for (_, holder), difference in sorted(off.items())[:AT_MOST]
        ]

    def pools(self, tx: Connection) -> list[Violation]:
        """Pools that do not hold what came in less what went out, and accounts of pools there are not."""
        names = dict(tx.execute(select(pool.c.holder, pool.c.name)).all())
        violations = [
            _violation(5, "pool-differs", pool=names[holder], book=book_id, difference=difference)
            for (book_id, holder), difference in sorted(self._off.items())
            if holder in names
        ]
        strangers = (
            select(balance.c.book_id, balance.c.holder)
            .join(book, book.c.id == balance.c.book_id)
            .outerjoin(pool, and_(pool.c.holder == balance.c.holder, pool.c.plan_id == book.c.plan_id))
            .where(balance.c.holder <= FIRST_POOL, pool.c.holder.is_(None))
        )
        return violations + found(tx, 5, "pool-unknown", ("book", "holder"), strangers)


class _Lots:
    """All lots as columns, int64 of shape (lots,), in the order of ids."""

    def __init__(self, tx: Connection) -> None:
        c = lot.c
        columns = bulk.read(tx, select(c.id, c.book_id, c.member, c.granted, c.remaining, c.drawn).order_by(c.id))
        self.id, self.book, self.member, self.granted, self.row, before = columns
        drawn = close_columns.of_lots(tx, int(self.id[-1]) if len(self.id) else 0)
        self.left = self.row + before - drawn[self.id - 1]

    def out_of_bounds(self) -> list[Violation]:
        """Lots that have less than nothing or more than was granted left, or that closes take for used up."""
        wrong = _first((self.left < 0) | (self.left > self.granted))
        violations = [
            _violation(
                2,
                "lot-out-of-bounds",
                lot=int(self.id[at]),
                remaining=int(self.left[at]),
                granted=int(self.granted[at]),
            )
            for at in wrong
        ]
        passed = _first((self.row == 0) != (self.left == 0))
        return violations + [
            _violation(2, "lot-passed-over", lot=int(self.id[at]), remaining=int(self.left[at])) for at in passed
        ]

    def differences(self, book_id: int, held: balances.Book) -> list[Violation]:
        """Members whose lots of a book do not make up their account."""
        own = self.book == book_id
        sums = np.zeros(len(held.members), dtype=np.int64)
        np.add.at(sums, self.member[own] - 1, self.left[own])
        off = sums - held.members
        return [
            _violation(3, "lots-differ", book=book_id, member=index + 1, difference=int(off[index]))
            for index in _first(off != 0)
        ]

    def elsewhere(self, seq: int, part: Moved) -> list[Violation]:
        """What a close has moved from lots there are not, or that are of other books."""
        named = np.flatnonzero(part.lot)
        if not len(named):
            return []
        at = np.searchsorted(self.id, part.lot[named])
        exists = at < len(self.id)
        exists[exists] = self.id[at[exists]] == part.lot[named][exists]
        sides = np.array([(flow.from_book, flow.to_book) for flow in part.flows], dtype=np.int64)[part.flow[named]]
        fits = exists.copy()
        fits[exists] = (sides[exists] == self.book[at[exists]][:, None]).any(axis=1)
        return [
            _violation(9, "lot-elsewhere", transfer=part.name(seq, row), lot=int(part.lot[row]))
            for row in named[~fits].tolist()
        ]


def _not_positive(seq: int, part: Moved) -> list[Violation]:
    return [
        _violation(1, "transfer-not-positive", transfer=part.name(seq, row), amount=int(part.amount[row]))
        for row in _first(part.amount <= 0)
    ]


def _lots_named(tx: Connection) -> list[Violation]:
    t = transfer.c
    named = and_(lot.c.id == t.lot_id, lot.c.book_id.in_((t.from_book, t.to_book)))
    wanted = select(t.event_seq, t.member, t.number, t.lot_id).outerjoin(lot, named)
    return moved(tx, 9, "lot-elsewhere", ("lot",), wanted.where(t.lot_id.is_not(None), lot.c.id.is_(None)))


def _overdrafts(book_id: int, held: balances.Book) -> list[Violation]:
    off = {holder: amount for holder, amount in held.others.items() if amount < 0 and holder not in OVERDRAFT}
    off.update((index + 1, int(held.members[index])) for index in _first(held.members < 0))
    return [
        _violation(2, "overdrawn", book=book_id, holder=holder, amount=amount) for holder, amount in sorted(off.items())
    ]


def _first(wrong: Any) -> Iterator[int]:
    """The positions at which something is wrong, as many as one check names."""
    yield from np.flatnonzero(wrong)[:AT_MOST].tolist()
