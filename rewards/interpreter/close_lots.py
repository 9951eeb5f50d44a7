"""Locked lots at day closes: which have started, what they release and take back, and new ones."""

from __future__ import annotations

import numpy as np

from rewards.actions.base import Column
from rewards.columns import checked_sum
from rewards.interpreter.close_books import CloseBooks
from rewards.interpreter.close_outcome import NewLots
from rewards.interpreter.columns import LotColumns, no_lots
from rewards.plan.measures import FlowKind
from rewards.plan.model import ISSUANCE, Asset, Compartment


class CloseLots:
    """The lots of one close's state."""

    def __init__(self, books: CloseBooks) -> None:
        self._books = books
        self._state = books.state
        self._started: dict[int, LotColumns] = {}
        self._positions: dict[int, Column] = {}

    def forget(self) -> None:
        """Forget which lots have started: it depends on the day that is looked at."""
        self._started.clear()

    def started(self, asset: Asset, day: int) -> LotColumns:
        """The lots of an asset that have started by the close of a day (`date.toordinal()`) and hold something."""
        book = asset.book(Compartment.LOCKED)
        if book not in self._started:
            lots = self._state.lots.get(book) or no_lots()
            assert asset.lots is not None
            last = day - asset.lots.start_after_days
            self._positions[book] = np.flatnonzero((lots.day <= last) & (lots.remaining > 0))
            self._started[book] = lots.take(self._positions[book])
        return self._started[book]

    def open(self, asset: Asset, quantity: Column, basis: Column) -> None:
        """Issue a quantity (int64[members]) into a new lot of each member; it counts as earned."""
        rows = np.flatnonzero(quantity > 0)
        if not len(rows):
            return
        state, books, day = self._state, self._books, self._books.day.toordinal()
        book, amount = asset.book(Compartment.LOCKED), quantity[rows]
        ids = np.arange(state.next_lot, state.next_lot + len(rows), dtype=np.int64)
        state.next_lot += len(rows)
        new = LotColumns(ids, rows, np.full(len(rows), day, dtype=np.int64), basis[rows], amount, amount.copy())
        old = state.lots.get(book) or no_lots()
        both = LotColumns(*(np.concatenate(pair) for pair in zip(old.columns(), new.columns(), strict=True)))
        state.lots[book] = both.take(np.lexsort((both.id, both.day, both.owner)))
        self._started.pop(book, None)
        books.units.renew(asset, quantity > 0)
        books.platform(asset.book(), ISSUANCE, -checked_sum(amount))
        books.change(book, rows, amount)
        books.append(asset.book(), ISSUANCE, book, rows + 1, amount, ids)
        books.result.lots.append(NewLots(book, books.rule, day, ids, rows + 1, basis[rows], amount))
        books.flow(FlowKind.EARNED, asset, rows, amount)

    def release(self, asset: Asset, lots: LotColumns, quantity: Column) -> None:
        """Release a quantity from each of the started lots, int64[lots]."""
        rows = np.flatnonzero(quantity > 0)
        if not len(rows):  # there may be no lots at all, and then no columns of them
            return
        owner, amount = lots.owner[rows], quantity[rows]
        if (amount > lots.remaining[rows]).any():
            raise ArithmeticError(f"rule {self._books.rule_id} releases more of {asset.name} than a lot has left")
        locked = asset.book(Compartment.LOCKED)
        lots.remaining[rows] -= amount
        self._state.lots[locked].remaining[self._positions[locked][rows]] -= amount
        self._books.change(locked, owner, -amount)
        self._books.credit(asset, locked, owner + 1, owner, amount, lots.id[rows])

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        """Take a quantity back from each member, into their own lots or for good; what they lack becomes a debt."""
        books = self._books
        if lock_again:
            # An acceleration can only go back into a lot that has released it. Where the earner's own lots have been
            # refunded since, it has gone back with them, and taking it once more would charge the earner twice.
            quantity = np.minimum(quantity, self._room(asset))
        taken = np.minimum(quantity, self._state.held_now(asset.book()))
        owed = quantity - taken
        if lock_again:
            for member in np.flatnonzero(quantity > 0).tolist():
                self._lock_again(asset, member, int(taken[member]), int(owed[member]))
            books.units.go(asset, taken)
        else:
            books.use_up(asset, taken)
            rows = np.flatnonzero(quantity > 0)
            books.flow(FlowKind.EARNED, asset, rows, -quantity[rows], entries=0)
        books.owe(asset, owed)
        return quantity

    def _room(self, asset: Asset) -> Column:
        """What each member's lots have released and not got back."""
        lots = self._state.lots.get(asset.book(Compartment.LOCKED)) or no_lots()
        room = np.zeros(self._books.size, dtype=np.int64)
        np.add.at(room, lots.owner, lots.granted - lots.remaining)
        return room

    def _lock_again(self, asset: Asset, member: int, taken: int, owed: int) -> None:
        """Put a quantity back into a member's lots, the newest first: what they have, the rest newly issued."""
        lots = self._state.lots[asset.book(Compartment.LOCKED)]
        first, end = np.searchsorted(lots.owner, [member, member + 1]).tolist()
        for row in range(end - 1, first - 1, -1):
            room = int(lots.granted[row] - lots.remaining[row])
            from_member = min(taken, room)
            issued = min(owed, room - from_member)
            for holder, amount in ((member + 1, from_member), (ISSUANCE, issued)):
                if amount > 0:
                    self._refill(asset, holder, row, amount)
            taken, owed = taken - from_member, owed - issued

    def _refill(self, asset: Asset, holder: int, row: int, amount: int) -> None:
        books, locked = self._books, asset.book(Compartment.LOCKED)
        lots = self._state.lots[locked]
        owner = int(lots.owner[row])
        lots.remaining[row] += amount
        self._started.pop(locked, None)  # what has been read of the lots is no longer true
        if holder > 0:
            books.change(asset.book(), np.array([owner]), np.array([-amount], dtype=np.int64))
        else:
            books.platform(asset.book(), holder, -amount)
        books.change(locked, np.array([owner]), np.array([amount], dtype=np.int64))
        source: Column | int = np.array([holder], dtype=np.int64) if holder > 0 else holder
        target, quantity = np.array([owner + 1], dtype=np.int64), np.array([amount], dtype=np.int64)
        books.append(asset.book(), source, locked, target, quantity, lots.id[[row]])
