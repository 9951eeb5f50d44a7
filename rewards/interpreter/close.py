"""Closing a day: levels first, then the rules on `day.close` in the file's order, each as columns over all members.

Pure: reads and changes a `CloseState` and returns what has to be written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column, Lots
from rewards.columns import checked_sum
from rewards.interpreter.columns import CloseState, LotColumns, no_lots
from rewards.interpreter.state import MAY_OWE
from rewards.network import downline_sums
from rewards.plan.fields import WEEKDAYS, Field
from rewards.plan.ladder import Ladder
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, Asset, Compartment, Plan, Pool, Rule
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Block:
    """Transfers of one rule between the same two books, one a row; holders are a column or one holder for all rows.

    `quantity` int64[k], all positive; `lot` the lots' ids, int64[k], or None.
    """

    rule: int
    source_book: int
    source: Column | int
    target_book: int
    target: Column | int
    quantity: Column
    lot: Column | None = None


@dataclass(frozen=True)
class LevelChange:
    """Members (ordinals) who have come to hold another level of a ladder (indexes, −1 for none)."""

    ladder: Ladder
    member: Column
    level: Column


@dataclass
class CloseOutcome:
    """What a day close has done."""

    blocks: list[Block] = field(default_factory=list)
    levels: list[LevelChange] = field(default_factory=list)
    trace: dict[str, dict[str, object]] = field(default_factory=dict)
    """For each rule, totals that explain it."""


class CloseRun:
    """One day close on its way through the rules; what actions see as `CloseContext`."""

    def __init__(self, plan: Plan, state: CloseState, day: date) -> None:
        self.plan = plan
        self.day = day
        self.state = state
        self.rule: Rule
        self.size = state.size
        self.sponsor = state.sponsor
        self.result = CloseOutcome()
        self._outcomes: dict[str, Column] = {}
        self._started: dict[int, LotColumns] = {}
        self._positions: dict[int, Column] = {}

    def run(self) -> CloseOutcome:
        """Evaluate levels and run the rules."""
        for ladder in self.plan.held_ladders:
            self._evaluate(ladder)
        for rule in self.plan.rules_on(Trigger.DAY_CLOSE):
            self.rule = rule
            rule.action.on_close(self)
        return self.result

    # --- levels ------------------------------------------------------------------------------------------------------

    def _evaluate(self, ladder: Ladder) -> None:
        """Give every member the level their measure reaches; it falls only where the ladder says `demote`."""
        assert ladder.measure is not None
        measure = self.value(ladder.measure)
        lowest = np.array([level.lowest for level in ladder.levels], dtype=np.int64)
        reached = np.searchsorted(lowest, measure, side="right").astype(np.int64) - 1
        held = self.level(ladder.name)
        level = reached if ladder.term.until_evaluated else np.maximum(reached, held)
        changed = np.flatnonzero(level != held)
        if len(changed):
            self.result.levels.append(LevelChange(ladder, changed + 1, level[changed]))
            self.state.levels[ladder.name] = level

    def level(self, ladder: str) -> Column:
        """See CloseContext."""
        return self.state.levels.setdefault(ladder, np.full(self.size, -1, dtype=np.int64))

    # --- what actions may ask ---------------------------------------------------------------------------------------

    def value(self, field_: Field) -> Any:
        """See CloseContext."""
        return VALUES[field_.root, field_.attribute](self, field_)

    def selected(self) -> NDArray[np.bool_]:
        """See CloseContext."""
        if self.rule.when is None:
            return np.ones(self.size, dtype=np.bool_)
        holds = np.asarray(self.rule.when.holds(self.value), dtype=np.bool_)
        return np.broadcast_to(holds, (self.size,))

    def balance(self, asset: Asset) -> Column:
        """See CloseContext."""
        return self.state.at_day_end(asset.book())

    def spendable(self, asset: Asset) -> Column:
        """See CloseContext."""
        return self.state.usable(asset.book())

    def lots(self, asset: Asset) -> LotColumns:
        """See CloseContext."""
        book = asset.book(Compartment.LOCKED)
        if book not in self._started:
            lots = self.state.lots.get(book) or no_lots()
            assert asset.lots is not None
            last = self.day.toordinal() - asset.lots.start_after_days
            self._positions[book] = np.flatnonzero((lots.day <= last) & (lots.remaining > 0))
            self._started[book] = lots.take(self._positions[book])
        return self._started[book]

    def lot_values(self, lots: Lots) -> Callable[[Field], Any]:
        """See CloseContext."""

        def value(field_: Field) -> Any:
            if field_.root == "lot":
                return self.day.toordinal() - lots.day if field_.attribute == "age" else lots.basis
            found = self.value(field_)
            return found[lots.owner] if isinstance(found, np.ndarray) else found

        return value

    def pool_balance(self, pool: Pool) -> int:
        """See CloseContext."""
        return self.state.platform_usable(self._currency.book(), pool.holder)

    @property
    def _currency(self) -> Asset:
        assert self.plan.currency_asset is not None
        return self.plan.currency_asset

    def outcome(self, rule_id: str) -> Column:
        """See CloseContext."""
        found = self._outcomes.get(rule_id)
        return np.zeros(self.size, dtype=np.int64) if found is None else found

    def report(self, quantity: Column, **details: object) -> None:
        """See CloseContext."""
        reversed_ = self.state.reversals.get(self.rule.id)
        self._outcomes[self.rule.id] = quantity if reversed_ is None else quantity - reversed_
        if details:
            self.result.trace[self.rule.id] = details

    # --- what actions may do -----------------------------------------------------------------------------------------

    def fund(self, pool: Pool, quantity: int) -> None:
        """See CloseContext."""
        if quantity == 0:
            return
        source, target = (PLATFORM, pool.holder) if quantity > 0 else (pool.holder, PLATFORM)
        book = self._currency.book()
        self._platform(book, source, -abs(quantity))
        self._platform(book, target, abs(quantity))
        amount = np.array([abs(quantity)], dtype=np.int64)
        self.result.blocks.append(Block(self.rule.index, book, source, book, target, amount))

    def pay_from_pool(self, pool: Pool, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._from_platform(asset, pool.holder, quantity)

    def issue(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._from_platform(asset, ISSUANCE, quantity)

    def burn(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._burn(asset.book(), quantity)

    def _burn(self, book: int, quantity: Column) -> None:
        rows = np.flatnonzero(quantity > 0)
        self._change(book, rows, -quantity[rows])
        self._platform(book, BURNED, checked_sum(quantity[rows]))
        self._append(book, rows + 1, book, BURNED, quantity[rows])

    def release(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        lots = self.lots(asset)
        rows = np.flatnonzero(quantity > 0)
        if not len(rows):  # there may be no lots at all, and then no columns of them
            return
        owner, amount = lots.owner[rows], quantity[rows]
        if (amount > lots.remaining[rows]).any():
            raise ArithmeticError(f"rule {self.rule.id} releases more of {asset.name} than a lot has left")
        locked = asset.book(Compartment.LOCKED)
        lots.remaining[rows] -= amount
        self.state.lots[locked].remaining[self._positions[locked][rows]] -= amount
        self._change(locked, owner, -amount)
        self._credit(asset, locked, owner + 1, owner, amount, lots.id[rows])

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        """See CloseContext."""
        book, debt = asset.book(), asset.book(Compartment.DEBT)
        if lock_again:
            # An acceleration can only go back into a lot that has released it. Where the earner's own lots have been
            # refunded since, it has gone back with them, and taking it once more would charge the earner twice.
            quantity = np.minimum(quantity, self._room(asset))
        taken = np.minimum(quantity, self.state.held_now(book))
        owed = quantity - taken
        if lock_again:
            for member in np.flatnonzero(quantity > 0).tolist():
                self._lock_again(asset, member, int(taken[member]), int(owed[member]))
        else:
            self._burn(book, taken)
        self._from_platform_to(debt, ISSUANCE, owed)
        return quantity

    def _room(self, asset: Asset) -> Column:
        """What each member's lots have released and not got back."""
        lots = self.state.lots.get(asset.book(Compartment.LOCKED)) or no_lots()
        room = np.zeros(self.size, dtype=np.int64)
        np.add.at(room, lots.owner, lots.granted - lots.remaining)
        return room

    def _lock_again(self, asset: Asset, member: int, taken: int, owed: int) -> None:
        """Put a quantity back into a member's lots, the newest first: what they have, the rest newly issued."""
        lots = self.state.lots[asset.book(Compartment.LOCKED)]
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
        locked = asset.book(Compartment.LOCKED)
        lots = self.state.lots[locked]
        owner = int(lots.owner[row])
        lots.remaining[row] += amount
        self._started.pop(locked, None)  # what has been read of the lots is no longer true
        if holder > 0:
            self._change(asset.book(), np.array([owner]), np.array([-amount], dtype=np.int64))
        else:
            self._platform(asset.book(), holder, -amount)
        self._change(locked, np.array([owner]), np.array([amount], dtype=np.int64))
        source: Column | int = np.array([holder], dtype=np.int64) if holder > 0 else holder
        target, quantity = np.array([owner + 1], dtype=np.int64), np.array([amount], dtype=np.int64)
        self._append(asset.book(), source, locked, target, quantity, lots.id[[row]])

    def _from_platform_to(self, book: int, holder: int, quantity: Column) -> None:
        rows = np.flatnonzero(quantity > 0)
        self._platform(book, holder, -checked_sum(quantity[rows]))
        self._change(book, rows, quantity[rows])
        self._append(book, holder, book, rows + 1, quantity[rows])

    def _from_platform(self, asset: Asset, holder: int, quantity: Column) -> None:
        rows = np.flatnonzero(quantity > 0)
        amount = quantity[rows]
        self._platform(asset.book(), holder, -checked_sum(amount))
        self._credit(asset, asset.book(), holder, rows, amount, None)

    def _credit(
        self, asset: Asset, source_book: int, source: Column | int, members: Column, amount: Column, lot: Column | None
    ) -> None:
        """Move amounts (all positive) to members (indexes), who pay off their debts with them first."""
        self._change(asset.book(), members, amount)
        self._append(source_book, source, asset.book(), members + 1, amount, lot)
        owed = self.state.held_now(asset.book(Compartment.DEBT))
        if owed.any():
            received = np.zeros(self.size, dtype=np.int64)
            np.add.at(received, members, amount)
            paid = np.minimum(received, owed)
            self._burn(asset.book(), paid)
            self._burn(asset.book(Compartment.DEBT), paid)

    def _append(
        self,
        source_book: int,
        source: Column | int,
        target_book: int,
        target: Column | int,
        quantity: Column,
        lot: Column | None = None,
    ) -> None:
        if len(quantity):
            block = Block(self.rule.index, source_book, source, target_book, target, quantity, lot)
            self.result.blocks.append(block)

    def _change(self, book: int, members: Column, amount: Column) -> None:
        """Add amounts to what members (indexes, perhaps repeated) have, which must not come to be below zero."""
        held = self.state.held_now(book)
        np.add.at(held, members, amount)
        if (held[members] < 0).any():
            asset, _ = self.plan.books[book]
            raise ArithmeticError(f"rule {self.rule.id} takes more of {asset.name} from a member than they have")

    def _platform(self, book: int, holder: int, change: int) -> None:
        """Add to one of the platform's accounts or a pool, which must stay within what it may owe."""
        after = self.state.platform.get((book, holder), 0) + change
        if after < 0 and holder not in MAY_OWE:
            raise ArithmeticError(f"rule {self.rule.id} takes {-after} more out of account {holder} than there is")
        self.state.platform[book, holder] = after


Values = Callable[[CloseRun, Field], Any]

VALUES: dict[tuple[str, str], Values] = {
    # What an earlier day's event took may have come on a later day; then there was nothing at the end of the day.
    ("member", "balance"): lambda run, field_: np.maximum(run.balance(run.plan.assets[field_.argument]), 0),
    ("member", "sales"): lambda run, field_: run.state.cash - run.state.later_cash,
    ("member", "orders"): lambda run, field_: run.state.orders - run.state.later_orders,
    ("member", "merchant"): lambda run, field_: run.state.merchant,
    ("member", "level"): lambda run, field_: run.level(field_.ladder),
    ("team", "sales"): lambda run, field_: downline_sums(run.sponsor, run.state.cash - run.state.later_cash),
    ("day", "sales"): lambda run, field_: run.state.day_sales(run.day).cash,
    ("day", "weekday"): lambda run, field_: WEEKDAYS[run.day.weekday()],
    ("day", "month"): lambda run, field_: run.day.month,
    ("day", "of_month"): lambda run, field_: run.day.day,
    ("rules", "amount"): lambda run, field_: run.outcome(field_.argument),
}


def close_day(plan: Plan, state: CloseState, day: date) -> CloseOutcome:
    """Close a business day: advance the state to it and run the plan's rules.

    Specification 2 and 3, "At day close".
    """
    state.advance(day)
    return CloseRun(plan, state, day).run()
