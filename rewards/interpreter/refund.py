"""Taking an order back, whole or in part (specification, "What the platform must offer around them", refunds).

What the order caused directly is undone in proportion: grants to the buyer and sponsors, contributions to pools,
points it was paid with, sales counted. What a member has to give back is rounded up over all refunds of the order
together, what they get back is rounded down, and a wholly refunded order is undone to the last unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Protocol

from rewards.interpreter.expiring import Came, Reclaimed
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import PAYMENT_RULE, Lot, Purchases, State, Transfer
from rewards.interpreter.tally import EVERYBODY, Cell
from rewards.plan.events import OrderRefunded
from rewards.plan.measures import FlowKind
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, Asset, Compartment, Plan, Pool


class Refunding(Protocol):
    """As much of an event on its way through the rules as taking an order back needs."""

    plan: Plan
    state: State
    result: Outcome

    def add_cell(self, cell: Cell) -> None:
        """Add to a cell of the tally."""
        ...

    def count_flow(
        self, kind: FlowKind, asset: Asset, rule: int, member: int, day: int, quantity: int, entries: int
    ) -> None:
        """Count units as earned or spent on a day, where something looks at them."""
        ...

    def pool_balance(self, pool: Pool) -> int:
        """What is in a pool."""
        ...

    def price_before(self, asset: Asset) -> tuple[int, int]:
        """The unit price before the event."""
        ...

    def give_back(self, asset: Asset, member: int, whole: int, part: range, drawn: Sequence[Cell]) -> None:
        """Give back a part of the `whole` that a member gave up and that was drawn from these cells."""
        ...

    def reclaim(self, asset: Asset, member: int, quantity: int, came: Sequence[Came]) -> Reclaimed:
        """What is there of a quantity that a member has to give back because it `came` with an order."""
        ...

    def book(
        self,
        source_book: int,
        source: int,
        target_book: int,
        target: int,
        quantity: int,
        lot: Lot | None = None,
        *,
        units: Sequence[Cell] | None = None,
    ) -> None:
        """Book one transfer in the name of the refund; `units` are the cells of an expiring asset that it changes."""
        ...


@dataclass(frozen=True)
class Undo:
    """What an event did under one plan version: its transfers, and what has been released from the lots it granted.

    `released` is, for each member and rule (by its id), what the rule has released from the member's lots of this
    order, less what earlier refunds of it have reversed; smallest units.
    """

    transfers: tuple[Transfer, ...]
    released: Mapping[tuple[int, str], int]
    counted: tuple[Cell, ...] = ()
    """What the order counts for in the plan's streams (`Outcome.counted`)."""
    units: Mapping[int, Sequence[Cell]] = field(default_factory=dict)
    """The cells of expiring assets that a transfer (its index) has changed (`Outcome.units`)."""
    came: Mapping[int, Sequence[Came]] = field(default_factory=dict)
    """When units of a lot (its id) came to the member."""


@dataclass(frozen=True)
class Proportion:
    """How much of an order's `total` was taken back `before` this refund and is `after` it, in smallest units."""

    before: int
    after: int
    total: int

    def charged(self, quantity: int) -> int:
        """The part of a quantity this refund takes from a member: rounded up over all refunds together."""
        return -(-quantity * self.after // self.total) - -(-quantity * self.before // self.total)

    def returned(self, quantity: int) -> int:
        """The part this refund gives back to a member or takes out of a pool: rounded down over all together."""
        return len(self.returning(quantity))

    def returning(self, quantity: int) -> range:
        """Which units of a quantity those are, when they are numbered from 0 and come back in this order."""
        return range(quantity * self.before // self.total, quantity * self.after // self.total)

    @property
    def whole(self) -> bool:
        """Whether nothing is left of the order."""
        return self.after == self.total

    def kept(self, quantity: int) -> int:
        """What is left of a quantity that belongs to what was not refunded before this refund: rounded down."""
        return quantity * (self.total - self.after) // (self.total - self.before)


def take_back(run: Refunding, event: OrderRefunded, undo: Undo) -> None:
    """Undo in proportion what the refunded order did under the run's plan."""
    part = Proportion(event.refunded_before, event.refunded_before + event.amount, event.order.total)
    _undo_transfers(run, event, undo, part)
    for cell in undo.counted:
        for change in taken_off(cell, part, by_value=run.plan.streams[cell.name].by_value):
            run.add_cell(change)
    if not run.plan.keeps_accelerations:
        for (member, rule), released in undo.released.items():
            if reversed_ := released - part.kept(released):
                run.result.reversals.append((rule, member, reversed_))
    run.result.sale = Purchases(-part.returned(event.order.cash), -part.returned(event.order.points), -int(part.whole))
    run.state.sell(event.member, run.result.sale)


def _undo_transfers(run: Refunding, event: OrderRefunded, undo: Undo, part: Proportion) -> None:
    """Take back what was given, return what was given up, and draw contributions from their pools.

    What is taken back is earned less, and what is returned spent less, on the day of the order.
    """
    returned_units: Counter[str] = Counter()
    contributions: list[Transfer] = []
    day, entries = event.order_day.toordinal(), -int(part.whole)
    for index, (transfer, following) in enumerate(zip_longest(undo.transfers, undo.transfers[1:])):
        asset, compartment = run.plan.books[transfer.target_book]
        units = undo.units.get(index, ())
        if given_up(run.plan, transfer, following):
            returning = part.returning(transfer.quantity)
            run.give_back(asset, transfer.source, transfer.quantity, returning, units)
            run.count_flow(FlowKind.SPENT, asset, transfer.rule, transfer.source, day, -len(returning), entries)
        elif transfer.source == ISSUANCE and compartment is not Compartment.DEBT:
            charged = part.charged(transfer.quantity)
            run.count_flow(FlowKind.EARNED, asset, transfer.rule, transfer.target, day, -charged, entries)
            if transfer.lot is not None:
                _cut_lot(run, asset, transfer.lot, charged, part, undo)
            else:
                came = [Came(int(cell.label), cell.day, cell.amount) for cell in units]
                returned_units[asset.name] += take_or_owe(run, asset, transfer.target, charged, came)
        elif transfer.source == PLATFORM:
            contributions.append(transfer)
    _draw_contributions(run, contributions, part, returned_units, day)


def given_up(plan: Plan, transfer: Transfer, following: Transfer | None) -> bool:
    """Whether a member gave units up: to pay, or to a rule that took them, and not for a debt, which is paid off."""
    if transfer.rule == PAYMENT_RULE:
        return True
    _, compartment = plan.books[transfer.source_book]
    if transfer.source <= 0 or transfer.target != BURNED or compartment is not Compartment.AVAILABLE:
        return False
    return following is None or plan.books[following.source_book][1] is not Compartment.DEBT


def taken_off(cell: Cell, part: Proportion, *, by_value: bool) -> list[Cell]:
    """What a refund adds to the cells that an order has counted for; `by_value` where the label is the amount."""
    if not by_value:
        return [cell._replace(amount=-part.returned(cell.amount), entries=-int(part.whole))]
    before, after = (cell.amount - cell.amount * back // part.total for back in (part.before, part.after))
    changes = [cell._replace(label=str(before), amount=-before, entries=-1)]
    if not part.whole:
        changes.append(cell._replace(label=str(after), amount=after, entries=1))
    return changes


def take_or_owe(run: Refunding, asset: Asset, member: int, quantity: int, came: Sequence[Came]) -> int:
    """Take a quantity back that `came` to a member; what is missing and has not expired becomes a debt.

    Returns what was taken.
    """
    found = run.reclaim(asset, member, quantity, came)
    if found.taken:
        run.book(asset.free_book, member, asset.free_book, BURNED, found.taken, units=found.units)
    for cell in found.expired:
        run.add_cell(cell)
    if quantity > found.settled:
        debt = asset.debt_book
        run.book(debt, ISSUANCE, debt, member, quantity - found.settled)
    return found.taken


def _cut_lot(run: Refunding, asset: Asset, lot: Lot, quantity: int, part: Proportion, undo: Undo) -> None:
    """Take a quantity of a lot back: from what it still holds and from what it has released, in proportion."""
    run.result.cut_lots.append((lot, lot.basis, lot.granted))
    lot.basis = part.kept(lot.basis)
    if quantity == 0:
        return
    locked = lot.remaining * quantity // lot.granted
    if locked:
        run.book(lot.book, lot.member, asset.free_book, BURNED, locked, lot)
    assert lot.id is not None
    take_or_owe(run, asset, lot.member, quantity - locked, undo.came.get(lot.id, ()))
    lot.granted -= quantity


def _draw_contributions(
    run: Refunding, contributions: list[Transfer], part: Proportion, returned_units: Mapping[str, int], day: int
) -> None:
    """Take contributions out of their pools: no more than is there, nor than returned units are worth.

    So much less has been put into them on the day of the order.
    """
    pools = {pool.holder: pool for pool in run.plan.pools.values()}
    drawn: Counter[int] = Counter()
    for transfer in contributions:
        asset, _ = run.plan.books[transfer.target_book]
        pool = pools[transfer.target]
        quantity = min(part.returned(transfer.quantity), run.pool_balance(pool))
        for priced in run.plan.priced_assets:
            if priced.priced and priced.priced.pool == pool.name:
                # One limit for everything the order put behind the asset: several rules may have contributed.
                numerator, denominator = run.price_before(priced)
                worth = returned_units.get(priced.name, 0) * numerator // denominator
                quantity = min(quantity, worth - drawn[pool.holder])
        if quantity:
            run.book(asset.free_book, pool.holder, asset.free_book, PLATFORM, quantity)
            run.count_flow(FlowKind.FUNDED, asset, transfer.rule, EVERYBODY, day, -quantity, -int(part.whole))
            drawn[pool.holder] += quantity
