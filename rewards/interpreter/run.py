"""Running a plan's rules on one event.

`interpret` changes the working state by transfers and returns them, with everything else the event leaves behind; a
refused event leaves the state as it was. Pure: no database, no clock, no input or output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, NoReturn

from rewards.errors import Refused
from rewards.interpreter import texts  # noqa: F401  (registers the texts of this room)
from rewards.interpreter.exits import ExitQueue
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo, take_back
from rewards.interpreter.state import ADJUSTMENT_RULE, PAYMENT_RULE, REFUND_RULE, Lot, Purchases, State, Transfer
from rewards.interpreter.values import READERS, order_value
from rewards.money import format_amount, format_rate
from rewards.plan.events import Adjust, Event, OrderPaid, OrderRefunded
from rewards.plan.fields import Field
from rewards.plan.model import BURNED, ISSUANCE, TREASURY, Asset, Compartment, Plan, Pool, Rule
from rewards.plan.triggers import Trigger

REQUESTS = frozenset({Trigger.REDEEM, Trigger.CONVERT, Trigger.PAY})


def exit_queues(state: State) -> dict[str, tuple[Rule, ExitQueue]]:
    """For each priced asset with a rule on `price.rises`: the rule, and its queue over this state."""
    queues = {}
    for rule in state.plan.rules_on(Trigger.PRICE_RISES):
        if rule.action.watches is not None:
            units, quota = rule.action.watches
            queues[units.name] = (rule, ExitQueue(state, units, quota, _concerns(state, rule)))
    return queues


def _concerns(state: State, rule: Rule) -> Callable[[int], bool]:
    return lambda member: concerns(rule, state.source.merchant(member))


def concerns(rule: Rule, merchant: bool) -> bool:
    """Whether a rule on `price.rises` is about a member; its condition may only look at what no event changes."""
    return rule.when is None or bool(rule.when.holds(lambda _: merchant))


class EventRun:
    """One event on its way through the rules; what actions see as `EventContext`."""

    def __init__(
        self, state: State, queues: dict[str, tuple[Rule, ExitQueue]], event: Event, day: date, undo: Undo | None = None
    ) -> None:
        self.state = state
        self.plan: Plan = state.plan
        self.event = event
        self.day: date = day
        self.rule: Rule
        self.result = Outcome()
        self._queues = queues
        self._undo = undo
        self._rule_index = PAYMENT_RULE
        self._outcomes: dict[str, int] = {}
        self._people = {"member": event.member, "buyer": event.member}
        self._prices_seen: dict[str, tuple[int, int]] = {}
        self._prices_before = {asset.name: self.price(asset) for asset in self.plan.priced_assets}
        self.result.prices_before = self._prices_before
        self._acted = False

    # --- what actions may ask --------------------------------------------------------------------------------------

    def value(self, field_: Field) -> Any:
        """See EventContext."""
        return READERS[field_.root, field_.attribute](self, field_)

    def person(self, role: str) -> int:
        """See EventContext."""
        found = self._people.get(role)
        if found is None:
            found = self._people[role] = self.state.source.sponsor(self.event.member)
        return found

    def balance(self, asset: Asset, holder: int) -> int:
        """See EventContext."""
        return self.state.balance(asset.book(), holder)

    def pool_balance(self, pool: Pool) -> int:
        """See EventContext."""
        currency = self.plan.currency_asset
        assert currency is not None
        return self.state.balance(currency.book(), pool.holder)

    def issued(self, asset: Asset) -> int:
        """See EventContext."""
        return self.state.issued(asset)

    def circulation(self, asset: Asset) -> int:
        """See EventContext."""
        return self.state.issued(asset) - self.state.balance(asset.book(), BURNED)

    def price(self, asset: Asset) -> tuple[int, int]:
        """See EventContext."""
        circulation = self.circulation(asset)
        if circulation == 0:
            # The last unit may have been sold in this very event, at a price the event itself had raised.
            return self._prices_seen.get(asset.name) or self.state.last_price(asset)
        assert asset.priced is not None
        found = self._prices_seen[asset.name] = self.pool_balance(self.plan.pools[asset.priced.pool]), circulation
        return found

    def price_before(self, asset: Asset) -> tuple[int, int]:
        """See EventContext."""
        return self._prices_before[asset.name]

    def outcome(self, rule_id: str) -> int:
        """See EventContext."""
        return self._outcomes.get(rule_id, 0)

    # --- what actions may do ---------------------------------------------------------------------------------------

    def move(self, asset: Asset, source: int, target: int, quantity: int) -> None:
        """See EventContext."""
        if quantity == 0:
            return
        self.book(asset.book(), source, asset.book(), target, quantity)
        if target > 0:
            self._pay_debt(asset, target, quantity)

    def _pay_debt(self, asset: Asset, member: int, received: int) -> None:
        """Let a member pay what a refund left owing, out of what they have just received."""
        debt = asset.book(Compartment.DEBT)
        paid = min(self.state.balance(debt, member), received)
        if paid > 0:
            self.book(asset.book(), member, asset.book(), BURNED, paid)
            self.book(debt, member, debt, BURNED, paid)

    def grant_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> None:
        """See EventContext."""
        if quantity == 0:
            return
        book = asset.book(Compartment.LOCKED)
        lot = Lot(book, member, self._rule_index, self.day.toordinal(), basis, quantity, 0)
        self.book(asset.book(), ISSUANCE, book, member, quantity, lot)
        self.result.lots.append(lot)

    def report(self, quantity: int, **details: object) -> None:
        """See EventContext."""
        self._acted = True
        self._outcomes[self.rule.id] = quantity
        if details:
            self.result.trace.setdefault(self.rule.id, []).append(details)

    def refuse(self, code: str, pointer: str | None = None, **parameters: object) -> NoReturn:
        """See EventContext."""
        raise Refused(code, pointer=pointer, **parameters)

    def book(
        self, source_book: int, source: int, target_book: int, target: int, quantity: int, lot: Lot | None = None
    ) -> None:
        """Book one transfer in the name of the rule that runs."""
        transfer = Transfer(self._rule_index, source_book, source, target_book, target, quantity, lot)
        self.state.apply(transfer)
        self.result.transfers.append(transfer)

    # --- the course of an event --------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Interpret the event. Raises Refused, leaving the state as it was."""
        try:
            if isinstance(self.event, Adjust):
                self._adjust(self.event)
            else:
                self._run_rules()
            self._sell_out_the_due()
            self._note_prices()
        except BaseException:
            revoke(self.state, self._queues, self.event, self.result)
            raise
        return self.result

    def _run_rules(self) -> None:
        event = self.event
        if isinstance(event, OrderPaid):
            self._pay_with_points(event)
        if isinstance(event, OrderRefunded):
            assert self._undo is not None
            self._rule_index = REFUND_RULE
            take_back(self, event, self._undo)
        assert not isinstance(event, Adjust)
        for rule in self.plan.rules_on(event.trigger):
            self._rule_index, self.rule = rule.index, rule
            if rule.when is None or rule.when.holds(self.value):
                rule.action.on_event(self)
        if event.trigger in REQUESTS and not self._acted:
            self.refuse("request.no-rule", kind=event.kind, plan=self.plan.name)
        if isinstance(event, OrderPaid):
            self._count_sale(event)

    def _count_sale(self, order: OrderPaid) -> None:
        before = self.state.purchases(order.member)
        self.result.sale = Purchases(order.cash, order.points, 1)
        self.state.bought[order.member] = Purchases(
            before.cash + order.cash, before.points + order.points, before.orders + 1
        )

    def _pay_with_points(self, order: OrderPaid) -> None:
        """Take the part of an order that is paid with this plan's points (specification, "around them")."""
        mine = [payment for payment in order.payments if payment.plan == self.plan.name]
        if not mine:
            return
        allowed = self.plan.payment
        self._rule_index = PAYMENT_RULE
        for payment in mine:
            if allowed is None or payment.asset != allowed.asset.name:
                self.refuse("request.asset-does-not-pay", "/points", asset=payment.asset, plan=self.plan.name)
            have = self.balance(allowed.asset, order.member)
            if payment.quantity > have:
                self.refuse(
                    "request.balance-too-small",
                    "/points",
                    asset=payment.asset,
                    have=format_amount(have, allowed.asset.scale),
                    wanted=format_amount(payment.quantity, allowed.asset.scale),
                )
            self.move(allowed.asset, order.member, BURNED, payment.quantity)
        assert allowed is not None
        if order.points > allowed.up_to * order.total:
            self.refuse("request.too-many-points", "/points", up_to=format_rate(allowed.up_to))

    def _adjust(self, event: Adjust) -> None:
        """Add or take units by hand. Units of a priced asset come out of, and go to, the treasury: the price stays."""
        asset = self.plan.assets.get(event.asset)
        if asset is None or asset.currency:
            self.refuse("request.not-adjustable", "/asset", asset=event.asset, plan=self.plan.name)
        self._rule_index = ADJUSTMENT_RULE
        if event.locked_basis is not None:
            if asset.lots is None or event.quantity < 0:
                self.refuse("request.no-lots", "/locked_basis", asset=asset.name)
            self.grant_lot(asset, event.member, event.quantity, event.locked_basis)
            return
        other = TREASURY if asset.priced else (ISSUANCE if event.quantity > 0 else BURNED)
        source, target = (other, event.member) if event.quantity > 0 else (event.member, other)
        have = self.balance(asset, source)
        if source != ISSUANCE and abs(event.quantity) > have:
            self.refuse(
                "request.treasury-too-small" if source == TREASURY else "request.balance-too-small",
                "/quantity",
                asset=asset.name,
                have=format_amount(have, asset.scale),
                available=format_amount(have, asset.scale),
                wanted=format_amount(abs(event.quantity), asset.scale),
            )
        self.move(asset, source, target, abs(event.quantity))

    def _sell_out_the_due(self) -> None:
        """Let everybody exit whose time has come; each exit's fee raises the price and may trigger the next."""
        self._touch_queues()
        # Holdings of two assets may share one quota, so that an exit from either makes an exit from the other due.
        anybody = True
        while anybody:
            sold_out = [self._sell_out(asset) for asset in self._queues]
            anybody = any(sold_out) and len(sold_out) > 1
        self._people["member"] = self.event.member

    def _sell_out(self, asset_name: str) -> bool:
        """Let those exit who are due in one asset; says whether anybody was."""
        rule, queue = self._queues[asset_name]
        asset, anybody = self.plan.assets[asset_name], False
        while (member := queue.next_due(*self.price(asset))) is not None:
            self._rule_index, self.rule, anybody = rule.index, rule, True
            self._people["member"] = member
            first = len(self.result.transfers)
            rule.action.on_event(self)
            self._touch_queues(first)
        return anybody

    def _touch_queues(self, first: int = 0) -> None:
        if not self._queues:
            return
        for member in members_of(self.result.transfers[first:]):
            for _, queue in self._queues.values():
                queue.touch(member)

    def _note_prices(self) -> None:
        for asset in self.plan.priced_assets:
            numerator, denominator = self.price(asset)
            before_numerator, before_denominator = self._prices_before[asset.name]
            change = numerator * before_denominator - before_numerator * denominator
            if change < 0:
                raise ArithmeticError(f"the price of {asset.name} would fall")
            self.state.prices[asset.name] = (numerator, denominator)
            if change:
                self.result.prices[asset.name] = (numerator, denominator)


def revoke(state: State, queues: dict[str, tuple[Rule, ExitQueue]], event: Event, outcome: Outcome) -> None:
    """Take an event back that was the last one interpreted, as if it had never happened."""
    for lot, basis, granted in reversed(outcome.cut_lots):
        lot.basis, lot.granted = basis, granted
    for transfer in reversed(outcome.transfers):
        state.undo(transfer)
    if outcome.sale is not None:
        before = state.purchases(event.member)
        state.bought[event.member] = Purchases(*(has - sale for has, sale in zip(before, outcome.sale, strict=True)))
    state.prices.update(outcome.prices_before)
    for member in members_of(outcome.transfers) if queues else ():
        for _, queue in queues.values():
            queue.touch(member)


def members_of(transfers: Iterable[Transfer]) -> set[int]:
    """The members whose accounts some transfers touch."""
    return {holder for transfer in transfers for holder in (transfer.source, transfer.target) if holder > 0}


def applies(plan: Plan, event: Event) -> bool:
    """Whether an order is one this plan is about."""
    if plan.applies_to is None or not isinstance(event, OrderPaid):
        return True
    order = event
    return bool(plan.applies_to.holds(lambda field_: order_value(order, plan, field_)))


def interpret(
    state: State, queues: dict[str, tuple[Rule, ExitQueue]], event: Event, day: date, undo: Undo | None = None
) -> Outcome:
    """Run a plan's rules on an event booked to a business day; a refund needs what its order did.

    Raises rewards.errors.Refused; the state is then unchanged.
    """
    return EventRun(state, queues, event, day, undo).run()
