"""Locked lots at day closes: which have started, what they release and take back, and new ones."""

from __future__ import annotations

import numpy as np

from rewards.actions.base import Column
from rewards.columns import above_zero, checked_sum, compiled, draw_oldest_first, summed_at
from rewards.interpreter.close_books import CloseBooks
from rewards.interpreter.close_outcome import NewLots
from rewards.interpreter.columns import LotColumns, no_lots
from rewards.plan.measures import FlowKind
from rewards.plan.model import ISSUANCE, Asset


class CloseLots:
    """The lots of one close's state."""

    def __init__(self, books: CloseBooks) -> None:
        self._books = books
        self._state = books.state
        self._started: dict[int, LotColumns] = {}
        self._positions: dict[int, Column | None] = {}
        """Where among all lots the started ones are; None where these are the very same."""

    def forget(self) -> None:
        """Forget which lots have started: it depends on the day that is looked at."""
        self._started.clear()

    def started(self, asset: Asset, day: int) -> LotColumns:
        """The lots of an asset that have started by the close of a day (`date.toordinal()`) and hold something."""
        book = asset.locked_book
        if book not in self._started:
            lots = self._state.lots.get(book) or no_lots()
            assert asset.lots is not None
            last = day - asset.lots.start_after_days
            begun = (lots.day <= last) & (lots.remaining > 0)
            # Most often every lot there is has started; then nothing need be copied.
            positions = None if begun.all() else np.flatnonzero(begun)
            self._positions[book] = positions
            self._started[book] = lots if positions is None else lots.take(positions)
        return self._started[book]

    def open(self, asset: Asset, quantity: Column, basis: Column) -> None:
        """Issue a quantity (int64[members]) into a new lot of each member; it counts as earned."""
        rows = np.flatnonzero(quantity > 0)
        if not len(rows):
            return
        state, books, day = self._state, self._books, self._books.day.toordinal()
        book, amount = asset.locked_book, quantity[rows]
        ids = np.arange(state.next_lot, state.next_lot + len(rows), dtype=np.int64)
        state.next_lot += len(rows)
        new = LotColumns(ids, rows, np.full(len(rows), day, dtype=np.int64), basis[rows], amount, amount.copy())
        old = state.lots.get(book) or no_lots()
        state.lots[book] = _merged(old, new)
        self._started.pop(book, None)
        books.units.renew(asset, quantity > 0)
        books.platform(asset.free_book, ISSUANCE, -checked_sum(amount))
        books.change(book, rows, amount)
        books.append(asset.free_book, ISSUANCE, book, rows + 1, amount, ids)
        books.result.lots.append(NewLots(book, books.rule, day, ids, rows + 1, basis[rows], amount))
        books.flow(FlowKind.EARNED, asset, rows, amount)

    def release(self, asset: Asset, lots: LotColumns, quantity: Column) -> None:
        """Release a quantity from each of the started lots, int64[lots]."""
        rows, amount = above_zero(quantity)
        if not len(rows):  # there may be no lots at all, and then no columns of them
            return
        owner = lots.owner[rows]
        if not _take_from(lots.remaining, rows, amount):
            raise ArithmeticError(f"rule {self._books.rule_id} releases more of {asset.name} than a lot has left")
        locked = asset.locked_book
        positions = self._positions[locked]
        if positions is not None:
            _take_from(self._state.lots[locked].remaining, positions[rows], amount)
        self._books.change(locked, owner, -amount)
        self._books.credit(asset, locked, owner + 1, owner, amount, lots.id[rows])

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        """Take a quantity back from each member, into their own lots or for good; what they lack becomes a debt."""
        books = self._books
        if lock_again:
            # An acceleration can only go back into a lot that has released it. Where the earner's own lots have been
            # refunded since, it has gone back with them, and taking it once more would charge the earner twice.
            quantity = np.minimum(quantity, self._room(asset))
        taken = np.minimum(quantity, self._state.held_now(asset.free_book))
        owed = quantity - taken
        if lock_again:
            self._lock_again(asset, taken, owed)
            books.units.go(asset, taken)
        else:
            books.use_up(asset, taken)
            rows = np.flatnonzero(quantity > 0)
            books.flow(FlowKind.EARNED, asset, rows, -quantity[rows], entries=0)
        books.owe(asset, owed)
        return quantity

    def _room(self, asset: Asset) -> Column:
        """What each member's lots have released and not got back."""
        lots = self._state.lots.get(asset.locked_book) or no_lots()
        return summed_at(self._books.size, lots.owner, lots.granted - lots.remaining)

    def _lock_again(self, asset: Asset, taken: Column, owed: Column) -> None:
        """Put quantities back into members' lots, the newest first: what they have, then the rest newly issued."""
        lots = self._state.lots.get(asset.locked_book) or no_lots()
        room = lots.granted - lots.remaining
        for quantity, issued in ((taken, False), (owed, True)):
            part = _newest_first(lots.owner, room, quantity)
            room = room - part
            self._refill(asset, lots, part, issued=issued)

    def _refill(self, asset: Asset, lots: LotColumns, part: Column, *, issued: bool) -> None:
        books, locked = self._books, asset.locked_book
        rows = np.flatnonzero(part)[::-1]
        rows = rows[np.argsort(lots.owner[rows], kind="stable")]  # by member, of each the newest lot first
        if not len(rows):
            return
        owner, amount = lots.owner[rows], part[rows]
        lots.remaining[rows] += amount
        self._started.pop(locked, None)  # what has been read of the lots is no longer true
        if issued:
            books.platform(asset.free_book, ISSUANCE, -checked_sum(amount))
        else:
            books.change(asset.free_book, owner, -amount)
        books.change(locked, owner, amount)
        members = owner + 1
        books.append(asset.free_book, ISSUANCE if issued else members, locked, members, amount, lots.id[rows])


def _merged(old: LotColumns, new: LotColumns) -> LotColumns:
    """The lots of both in their order; the new ones are of one day, one a member."""
    if not len(old.id) or old.day.max() <= new.day[0]:  # else a later day's event has been booked already
        at = np.searchsorted(old.owner, new.owner, side="right")
        return LotColumns(*(np.insert(was, at, more) for was, more in zip(old.columns(), new.columns(), strict=True)))
    both = LotColumns(*(np.concatenate(pair) for pair in zip(old.columns(), new.columns(), strict=True)))
    return both.take(np.lexsort((both.id, both.day, both.owner)))


def _newest_first(owner: Column, room: Column, wanted: Column) -> Column:
    """What each lot takes up of what its member (index) puts back, the newest lot first; int64[lots]."""
    upside_down = len(wanted) - 1 - owner[::-1]
    return draw_oldest_first(upside_down, room[::-1], wanted[::-1])[::-1]


@compiled
def _take_from(remaining: Column, rows: Column, amount: Column) -> bool:
    """Take amounts off the rows; false where one has less left."""
    for index in range(len(rows)):
        if amount[index] > remaining[rows[index]]:
            return False
        remaining[rows[index]] -= amount[index]
    return True
