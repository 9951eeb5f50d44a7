"""Accounts at day closes: what moves between members, the platform and pools, a block of transfers at a time."""

from __future__ import annotations

from datetime import date

import numpy as np

from rewards.actions.base import Column
from rewards.columns import above_zero, add_at, checked_sum, compiled, summed_at
from rewards.interpreter.cell_columns import CellColumns, cells_of
from rewards.interpreter.close_outcome import Block, CellBlock, CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.interpreter.expiring_columns import Units
from rewards.interpreter.state import MAY_OWE
from rewards.interpreter.tally import EVERYBODY
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, Asset, Plan, Rule


class CloseBooks:
    """What one close moves: changes the state, and puts transfers and cells on record."""

    def __init__(self, plan: Plan, state: CloseState, day: date, result: CloseOutcome) -> None:
        self.plan = plan
        self.state = state
        self.day = day
        self.result = result
        self.size = state.size
        self.rule = 0
        """Index of the rule in whose name everything moves,"""
        self.rule_id = ""
        self.counted_on = day.toordinal()
        """the day its flows count on,"""
        self.units = Units(self)

    def act_for(self, rule: Rule, counted_on: date) -> None:
        """Let what moves from now on move in the name of a rule, and count on a day."""
        self.rule, self.rule_id, self.counted_on = rule.index, rule.id, counted_on.toordinal()

    # --- what moves --------------------------------------------------------------------------------------------------

    def issue(self, asset: Asset, quantity: Column) -> None:
        """Issue a quantity to each member, int64[members]."""
        self.pay_out(asset, ISSUANCE, quantity)

    def pay_out(self, asset: Asset, holder: int, quantity: Column) -> None:
        """Give each member a quantity out of one of the platform's accounts or a pool; it counts as earned."""
        rows, amount = above_zero(quantity)
        self.units.renew(asset, quantity > 0)
        self.platform(asset.free_book, holder, -checked_sum(amount))
        self.credit(asset, asset.free_book, holder, rows, amount, None)
        self.flow(FlowKind.EARNED, asset, rows, amount)

    def spend(self, asset: Asset, quantity: Column) -> None:
        """Use up a quantity of what each member has available; it counts as spent."""
        self.units.renew(asset, quantity > 0)
        rows, amount = self.use_up(asset, quantity)
        self.flow(FlowKind.SPENT, asset, rows, amount)

    def use_up(self, asset: Asset, quantity: Column) -> tuple[Column, Column]:
        """Burn a quantity of what each member has available; returns who (indexes) and how much."""
        burned = self.burn(asset.free_book, quantity)
        self.units.go(asset, quantity)
        return burned

    def burn(self, book: int, quantity: Column) -> tuple[Column, Column]:
        """Take a quantity of each member out of circulation, in any book; returns who (indexes) and how much."""
        rows, amount = above_zero(quantity)
        self.change(book, rows, -amount)
        self.platform(book, BURNED, checked_sum(amount))
        self.append(book, rows + 1, book, BURNED, amount)
        return rows, amount

    def fund(self, currency: Asset, pool: int, quantity: int) -> None:
        """Move money from the platform to a pool's account, or back when it is negative."""
        if not quantity or not self.state.everybody.leads:
            return
        book = currency.free_book
        source, target = (PLATFORM, pool) if quantity > 0 else (pool, PLATFORM)
        self.platform(book, source, -abs(quantity))
        self.platform(book, target, abs(quantity))
        amount = np.array([abs(quantity)], dtype=np.int64)
        self.result.blocks.append(Block(self.rule, book, source, book, target, amount))
        funded = Flow(FlowKind.FUNDED, currency.name, self.rule_id).key
        if quantity > 0 and funded in self.plan.flow_keys:
            self.count(funded, cells_of(np.array([EVERYBODY], dtype=np.int64), self.counted_on, amount, 1))

    def credit(
        self, asset: Asset, source_book: int, source: Column | int, members: Column, amount: Column, lot: Column | None
    ) -> None:
        """Move amounts (all positive) to members (indexes, perhaps repeated), who pay off their debts with them."""
        if not len(members):
            return
        self.change(asset.free_book, members, amount)
        same = isinstance(source, np.ndarray)  # from the members themselves, who have released it
        self.append(source_book, source, asset.free_book, source if same else members + 1, amount, lot)
        owed = self.state.held_now(asset.debt_book)
        in_debt = owed.any()
        if not in_debt and asset.expiry is None:
            return
        received = summed_at(self.size, members, amount)
        self.units.come(asset, received)
        if in_debt:
            paid = np.minimum(received, owed)
            self.use_up(asset, paid)
            self.burn(asset.debt_book, paid)

    def owe(self, asset: Asset, quantity: Column) -> None:
        """Put down a quantity as each member's debt."""
        debt = asset.debt_book
        rows, amount = above_zero(quantity)
        self.platform(debt, ISSUANCE, -checked_sum(amount))
        self.change(debt, rows, amount)
        self.append(debt, ISSUANCE, debt, rows + 1, amount)

    # --- what is counted ---------------------------------------------------------------------------------------------

    def flow(self, kind: FlowKind, asset: Asset, members: Column, amount: Column, entries: int = 1) -> None:
        """Count what has come to or gone from members (indexes), where something in the plan looks at it."""
        if not self.plan.flow_keys or not len(members):
            return
        for rule in dict.fromkeys((self.rule_id, "")):
            key = Flow(kind, asset.name, rule).key
            if key not in self.plan.flow_keys:
                continue
            self.count(key, cells_of(members + 1, self.counted_on, amount, entries))
            if key in self.plan.total_keys:
                everybody = np.array([EVERYBODY], dtype=np.int64)
                total = np.array([checked_sum(amount)], dtype=np.int64)
                self.count(key, cells_of(everybody, self.counted_on, total, entries * len(members)))

    def count(self, name: str, cells: CellColumns) -> None:
        """Add to the tally."""
        if len(cells.member):
            self.state.cells.add(name, cells)
            self.result.cells.append(CellBlock(name, cells))

    # --- accounts ----------------------------------------------------------------------------------------------------

    def append(
        self,
        source_book: int,
        source: Column | int,
        target_book: int,
        target: Column | int,
        quantity: Column,
        lot: Column | None = None,
    ) -> None:
        """Put transfers on record."""
        if len(quantity):
            self.result.blocks.append(Block(self.rule, source_book, source, target_book, target, quantity, lot))

    def change(self, book: int, members: Column, amount: Column) -> None:
        """Add amounts to what members (indexes, perhaps repeated) have, which must not come to be below zero."""
        held = self.state.held_now(book)
        add_at(held, members, amount)
        if _any_below_zero(held, members):
            asset, _ = self.plan.books[book]
            raise ArithmeticError(f"rule {self.rule_id} takes more of {asset.name} from a member than they have")

    def platform(self, book: int, holder: int, change: int) -> None:
        """Add to one of the platform's accounts or a pool, which must stay within what it may owe."""
        after = self.state.platform.get((book, holder), 0) + change
        if after < 0 and holder not in MAY_OWE and self.state.everybody.whole:
            raise ArithmeticError(f"rule {self.rule_id} takes {-after} more out of account {holder} than there is")
        self.state.platform[book, holder] = after


@compiled
def _any_below_zero(held: Column, members: Column) -> bool:
    for row in range(len(members)):  # noqa: SIM110 - compiled
        if held[members[row]] < 0:
            return True
    return False
