"""What an event moves: transfers, and with each of them what the plan remembers of it.

Units that rules give are limited by caps and counted as earned, units that members give up as spent, and those of
expiring assets are kept by the day they are good to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from rewards.interpreter.expiring import Came, Reclaimed, Shelf, spendable
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.measuring import anchor
from rewards.interpreter.outcome import Cut, Outcome
from rewards.interpreter.state import BUILT_IN_RULES, CLAIM_RULE, PAYMENT_RULE, Lot, State, TagSpan, Transfer
from rewards.interpreter.tally import EVERYBODY, Cell
from rewards.plan.amounts import Amount
from rewards.plan.cap import Cap
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, TREASURY, Asset, Compartment, Plan, Pool, Rule
from rewards.plan.triggers import Trigger
from rewards.plan.windows import Window
from rewards.tuples import new_tuple

FIRST_POOL = -100
"""The first pool's holder; the others are below it."""


class Giving:
    """The part of an event on its way through the rules that moves things."""

    state: State
    plan: Plan
    """With the values its parameters have on the day."""
    day: date
    result: Outcome
    rule: Rule
    """The rule that runs,"""
    _rule_index = PAYMENT_RULE
    """and its index; or the number of one that every plan has."""
    _facts: MemberFacts | None = None

    @property
    def facts(self) -> MemberFacts:
        """What is true of members; made when asked for, as most events look at none but the order."""
        found = self._facts
        if found is None:
            found = self._facts = MemberFacts(self.state, self.plan, self.day)
            found.given_tags = self.result.tags
        return found

    def balance(self, asset: Asset, holder: int) -> int:
        """See EventContext."""
        return spendable(self.facts, asset, holder)

    @property
    def _shelf(self) -> Shelf:
        """The units that expire; made when asked for, as it knows this object and would keep it alive for ever."""
        return Shelf(self.facts, self.add_cell)

    # --- what actions may do ---------------------------------------------------------------------------------------

    def give(self, asset: Asset, member: int, quantity: int) -> int:
        """See EventContext."""
        if self.plan.caps:
            quantity = self._allowed(member, quantity)
        if quantity <= 0:
            return 0
        book = asset.free_book
        self.book(book, ISSUANCE, book, member, quantity)
        if self.state.books[asset.debt_book][member]:
            self._pay_debt(asset, member, quantity)
        return quantity

    def give_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> int:
        """See EventContext."""
        if self.plan.caps:
            quantity = self._allowed(member, quantity)
        if quantity <= 0:
            return 0
        self.open_lot(asset, member, quantity, basis)
        return quantity

    def fund(self, pool: Pool, quantity: int) -> int:
        """See EventContext."""
        currency = self.plan.currency_asset
        assert currency is not None
        if self.plan.caps:
            quantity = self._allowed(EVERYBODY, quantity)
        if quantity <= 0:
            return 0
        book = currency.free_book
        self.book(book, PLATFORM, book, pool.holder, quantity)
        if self.plan.remembers:
            today = self.day.toordinal()
            self.count_flow(FlowKind.FUNDED, currency, self._rule_index, EVERYBODY, today, quantity, 1)
        return quantity

    def give_tag(self, tag: str, member: int, first: int, last: int) -> None:
        """See EventContext."""
        before, days = self.facts.tags(tag, member), TagSpan(first, last)
        if before:
            days = before[-1].lengthened(days)
        if not before or days != before[-1]:
            self.result.tags[member, tag] = days

    def take(self, asset: Asset, member: int, quantity: int) -> int:
        """See EventContext."""
        taken = max(min(quantity, self.balance(asset, member)), 0)
        self.move(asset, member, BURNED, taken)
        return taken

    def move(self, asset: Asset, source: int, target: int, quantity: int) -> None:
        """See EventContext."""
        if quantity == 0:
            return
        book = asset.free_book
        self.book(book, source, book, target, quantity, spends=source > 0 and self._spends(source, target))
        if target > 0:
            self._pay_debt(asset, target, quantity)

    def give_back(self, asset: Asset, member: int, whole: int, part: range, drawn: Sequence[Cell]) -> None:
        """Give back a part of the `whole` that a member gave up and that was drawn from these cells (`Shelf.restored`).

        A debt is paid off, but not with what is past its last day meanwhile.
        """
        if not part:
            return
        good, units = len(part), None
        if asset.expiry is not None:
            units = self._shelf.restored(asset, asset.expiry, member, whole, drawn, part)
            good = self._shelf.still_good(units, good)
        book = asset.free_book
        self.book(book, BURNED, book, member, len(part), units=units)
        self._pay_debt(asset, member, good)

    def reclaim(self, asset: Asset, member: int, quantity: int, came: Sequence[Came]) -> Reclaimed:
        """What is there of a quantity that a member has to give back because it `came` with an order."""
        had = self.state.balance(asset.free_book, member)
        if asset.expiry is None:
            return Reclaimed(min(quantity, had))
        return self._shelf.reclaim(asset, asset.expiry, member, quantity, came, had)

    def open_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> None:
        """Issue a quantity (nothing when zero) into a new locked lot of a member."""
        if quantity == 0:
            return
        book = asset.locked_book
        lot = Lot(book, member, self._rule_index, self.day.toordinal(), basis, quantity, 0)
        self.book(asset.free_book, ISSUANCE, book, member, quantity, lot)
        self.result.lots.append(lot)

    def _pay_debt(self, asset: Asset, member: int, received: int) -> None:
        """Let a member pay what a refund left owing, if anything, out of what they have just received, free to use."""
        book, debt = asset.free_book, asset.debt_book
        if (paid := min(self.state.books[debt][member], received)) > 0:
            self.book(book, member, book, BURNED, paid)
            self.book(debt, member, debt, BURNED, paid)

    # --- limits ------------------------------------------------------------------------------------------------------

    def quantity_less_paid(self, quantity: int, amount: Amount, member: int) -> int:
        """A quantity less what the rule has given the member in the amount's window, never below 0."""
        if amount.less_paid is None:
            return quantity
        flows = [flow for flow in self.rule.action.flows if flow.rule in (self.rule.id, *amount.less_paid_by)]
        return max(quantity - sum(self._flowed(flow, member, amount.less_paid) for flow in flows), 0)

    def _allowed(self, member: int, quantity: int) -> int:
        """As much of a quantity as the caps of the rule let a member have; notes what they cut off."""
        for cap in self.plan.caps.values():
            if self.rule.id in cap.rules and quantity > 0:
                who = EVERYBODY if cap.everybody else member
                left = self._left(cap, who)
                allowed = quantity if left is None else min(quantity, max(left, 0))
                if allowed < quantity:
                    self.result.cuts.append(Cut(cap.name, self._rule_index, who, quantity - allowed))
                quantity = allowed
        return quantity

    def _left(self, cap: Cap, member: int) -> int | None:
        """What a cap leaves; None on a day that is not in its window."""
        first, last = cap.window.reach(self.day, anchor(self.facts, cap.window, member))
        if last < first:
            return None
        most = cap.most.single(lambda field: self.facts.value(field, member))
        return most - sum(self._flowed(flow, member, cap.window) for flow in cap.flows)

    def _flowed(self, flow: Flow, member: int, window: Window) -> int:
        first, last = window.reach(self.day, anchor(self.facts, window, member))
        return sum(cell.amount for cell in self.state.tally.cells(flow.key, member, first, last))

    # --- booking -----------------------------------------------------------------------------------------------------

    def book(
        self,
        source_book: int,
        source: int,
        target_book: int,
        target: int,
        quantity: int,
        lot: Lot | None = None,
        *,
        spends: bool = False,
        units: Sequence[Cell] | None = None,
    ) -> None:
        """Book one transfer in the name of the rule that runs; `spends` when the source gives it up by doing so.

        Where units expire, `units` are the cells it changes; None leaves them to the asset's order and its term.
        """
        transfer = new_tuple(Transfer, (self._rule_index, source_book, source, target_book, target, quantity, lot))
        self.state.apply(transfer)
        self.result.transfers.append(transfer)
        if self.plan.remembers:
            asset, compartment = self.plan.books[target_book]
            self._remember(asset, transfer, units, earns=is_earned(transfer, compartment), spends=spends)

    def _remember(
        self, asset: Asset, transfer: Transfer, units: Sequence[Cell] | None, *, earns: bool, spends: bool
    ) -> None:
        """Count what a transfer has brought as earned or spent, and keep by what day its units are good."""
        _, source_book, source, target_book, target, quantity, _ = transfer
        today = self.day.toordinal()
        if earns:
            self.count_flow(FlowKind.EARNED, asset, self._rule_index, target, today, quantity, 1)
        if spends:
            self.count_flow(FlowKind.SPENT, asset, self._rule_index, source, today, quantity, 1)
        if asset.expiry is None:
            return
        free, shelf, changed = asset.free_book, self._shelf, list[Cell]()
        if asset.expiry.inactive and (earns or spends):
            shelf.renew(asset, asset.expiry, target if earns else source)
        if units is not None:
            changed += shelf.change(units)
        else:
            if source > 0 and source_book == free:
                had = self.state.balance(free, source) + quantity
                changed += shelf.debit(asset, asset.expiry, source, quantity, had)
            if target > 0 and target_book == free:
                changed += shelf.credit(asset, asset.expiry, target, quantity)
        if changed:
            self.result.units[len(self.result.transfers) - 1] = changed

    def _spends(self, source: int, target: int) -> bool:
        """Whether a member who has something moved gives it up: to pay, when asking for it, or to a rule."""
        if source <= 0 or not (target > 0 or target in (BURNED, TREASURY)):
            return False
        if self._rule_index < 0:
            return self._rule_index in (PAYMENT_RULE, CLAIM_RULE)
        return self.rule.trigger is not Trigger.PRICE_RISES

    def count_flow(
        self, kind: FlowKind, asset: Asset, rule: int, member: int, day: int, quantity: int, entries: int
    ) -> None:
        """Count units as earned or spent on a day, where something looks at them."""
        names = self.plan.flow_keys
        if not names:
            return
        rule_id = BUILT_IN_RULES[rule] if rule < 0 else self.plan.rules[rule].id
        for flow in (Flow(kind, asset.name), Flow(kind, asset.name, rule_id)):
            if flow.key in names:
                self.add_cells(Cell(flow.key, member, day, "", quantity, entries))

    def add_cells(self, cell: Cell) -> list[Cell]:
        """Add to a member's cell and, where it is kept, to that of everybody; returns what was added."""
        cells = [cell]
        if cell.name in self.plan.total_keys and cell.member != EVERYBODY:
            cells.append(cell._replace(member=EVERYBODY))
        for each in cells:
            self.add_cell(each)
        return cells

    def add_cell(self, cell: Cell) -> None:
        """Add to a cell."""
        self.state.tally.add(cell)
        self.result.cells.append(cell)


def is_earned(transfer: Transfer, compartment: Compartment) -> bool:
    """Whether a transfer is a rule's giving a member units, into a compartment of theirs, that were nobody's before."""
    return (
        transfer.rule >= 0
        and transfer.target > 0
        and compartment is not Compartment.DEBT
        and (transfer.source == ISSUANCE or transfer.source <= FIRST_POOL)
    )
