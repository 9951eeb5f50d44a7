"""Running a plan's rules on one event.

`interpret` changes the working state by transfers and returns them, with everything else the event leaves behind; a
refused event leaves the state as it was. Pure: no database, no clock, no input or output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import NoReturn

from rewards.errors import Refused
from rewards.interpreter import claim_texts, texts  # noqa: F401  (register the texts of this room)
from rewards.interpreter.adjusting import adjust
from rewards.interpreter.asking import Asking
from rewards.interpreter.claiming import cancel_claim, take_claim, take_vouchers_back
from rewards.interpreter.course import Course, course_of
from rewards.interpreter.exits import ExitQueue, Queues
from rewards.interpreter.facts import NO_SALE
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.plain_orders import note_price, take_plainly
from rewards.interpreter.refund import Undo, take_back
from rewards.interpreter.standing import Ladders, Rise
from rewards.interpreter.state import (
    ADJUSTMENT_RULE,
    CLAIM_RULE,
    PAYMENT_RULE,
    REFUND_RULE,
    Purchases,
    State,
    Transfer,
)
from rewards.interpreter.tally import Cell
from rewards.interpreter.values import order_value
from rewards.money import format_amount, format_rate
from rewards.plan.conditions import value_of
from rewards.plan.events import (
    Adjust,
    Claim,
    ClaimCancelled,
    Declared,
    Event,
    Joined,
    OrderPaid,
    OrderRefunded,
    TagGiven,
)
from rewards.plan.ladder import Evaluated
from rewards.plan.model import BURNED, Asset, Plan, Rule
from rewards.plan.triggers import Occasion, Trigger
from rewards.tuples import new_tuple

_LEVEL_REACHED = Occasion(Trigger.LEVEL_REACHED)


def exit_queues(state: State) -> dict[str, tuple[Rule, ExitQueue]]:
    """For each priced asset with a rule on `price.rises`: the rule, and its queue over this state."""
    queues = {}
    for rule in state.plan.rules_on(Trigger.PRICE_RISES):
        if rule.action.watches is not None:
            units, quota = rule.action.watches
            queues[units.name] = (rule, ExitQueue(state, units, quota, _concerns(state, rule)))
    return queues


def _concerns(state: State, rule: Rule) -> Callable[[int], bool]:
    others, merchants = (concerns(rule, merchant) for merchant in (False, True))
    if others == merchants:
        return lambda _: others
    return lambda member: merchants if state.source.merchant(member) else others


def concerns(rule: Rule, merchant: bool) -> bool:
    """Whether a rule on `price.rises` is about a member; its condition may only look at what no event changes."""
    return rule.when is None or bool(rule.when.holds(lambda _: merchant))


class EventRun(Asking):
    """One event on its way through the rules; what actions see as `EventContext`."""

    _acted = False
    """Whether a rule has done something."""
    _sale: Purchases
    """Of an order: what it adds to what its buyer has bought."""

    def __init__(self, course: Course, state: State, queues: Queues, event: Event, undo: Undo | None = None) -> None:
        self._course = course
        self.state, self.plan, self.day, self.event = state, course.plan, course.day, event
        self.result = result = Outcome()
        self._queues, self._undo = queues, undo
        self._subject, self._outcomes = event.member, {}
        if course.plan.priced_assets:
            self._prices_seen = {}
            for asset in course.plan.priced_assets:
                result.prices_before[asset.name] = self.price(asset)

    @cached_property
    def _ladders(self) -> Ladders:
        """Who comes to stand where; made when asked for, as most events bring nobody to another level."""
        return Ladders(self.facts, self.result)

    # --- what actions may say --------------------------------------------------------------------------------------

    def report(self, quantity: int, **details: object) -> None:
        """See EventContext."""
        self._acted = True
        self._outcomes[self.rule.id] = quantity
        if details:
            self.result.trace.setdefault(self.rule.id, []).append(details)

    def refuse(self, code: str, pointer: str | None = None, **parameters: object) -> NoReturn:
        """See EventContext."""
        raise Refused(code, pointer=pointer, **parameters)

    # --- the course of an event --------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """Interpret the event. Raises Refused, leaving the state as it was."""
        try:
            rises = self._before_the_rules()
            if self._course.by_rules:
                self._run_event_rules()
            else:
                self._run_without_rules()
            if self.plan.evaluates_on_events or self.result.tags:
                rises += self._after_the_rules()
            if rises:
                self._celebrate(rises)
            if self._queues:
                self._sell_out_the_due()
            if self.plan.priced_assets:
                self._note_prices()
        except BaseException:
            revoke(self.state, self._queues, self.event, self.result)
            raise
        return self.result

    def _before_the_rules(self) -> list[Rise]:
        """What the event is by itself: a payment, an undoing, an entry to count, and levels reached at once."""
        event = self.event
        if isinstance(event, OrderPaid):
            if event.payments:
                self._pay_with_points(event)
            self._sale = new_tuple(Purchases, (event.cash, event.points, 1))
        elif isinstance(event, OrderRefunded):
            assert self._undo is not None
            self._rule_index = REFUND_RULE
            take_back(self, event, self._undo)
        elif isinstance(event, TagGiven):
            self._ladders.tag_given(event.tag, event.member)
        rises = []
        if self._course.looks or self.result.tags:
            if isinstance(event, OrderPaid):
                # Fields of people leave the order out while its rules run, but the level it reaches at once counts it.
                self.facts.sale = (event.member, self._sale)
            self.count_in_streams()
            if self.plan.evaluates_on_events or self.result.tags:
                rises = self._ladders.evaluate([event.member], Evaluated.AT_ONCE)
            self.facts.sale = NO_SALE
        return rises

    def count_in_streams(self) -> list[Cell]:
        """Enter the event in every stream it belongs to; returns its cells. Later streams may look at earlier ones."""
        for stream in self._course.streams:
            if stream.when is None or stream.when.holds(self.value):
                amount = 0 if stream.value is None else value_of(stream.value, self.value)
                label = "" if stream.label is None else self.value(stream.label)
                if stream.label is not None and not label:
                    continue  # what does not say, is nothing that could be told apart
                if stream.by_value:
                    label = str(amount)
                cell = Cell(stream.key, self.event.member, self.day.toordinal(), label, amount, 1)
                self.result.counted += self.add_cells(cell)
        return self.result.counted

    def _run_event_rules(self) -> None:
        self._run_rules(self._course.rules)
        if self._course.asked and not self._acted:
            self.refuse("request.no-rule", kind=self.event.kind, plan=self.plan.name)
        if isinstance(self.event, OrderPaid):
            self._count_sale()

    def _run_without_rules(self) -> None:
        if isinstance(self.event, Adjust):
            self._rule_index = ADJUSTMENT_RULE
            adjust(self, self.event)
        else:
            assert isinstance(self.event, Claim | ClaimCancelled)
            self._claim(self.event)

    def _run_rules(self, rules: Iterable[Rule]) -> None:
        for rule in rules:
            self._rule_index, self.rule = rule.index, rule
            if rule.when is None or rule.when.holds(self.value):
                rule.action.on_event(self)

    def _after_the_rules(self) -> list[Rise]:
        # There are no rules that a level could count for: all is looked at when it is done.
        at_once = [] if self._course.by_rules else [Evaluated.AT_ONCE]
        return self._ladders.evaluate([self.event.member], Evaluated.AFTERWARDS, *at_once)

    def _celebrate(self, rises: list[Rise]) -> None:
        """Run the rules on level.reached for everybody who has risen, and for whom that in turn lets rise."""
        while rises:
            for rise in rises:
                self._subject, self.reached, self._outcomes = rise.member, (rise.ladder, rise.level), {}
                self._run_rules(self.plan.rules_at(_LEVEL_REACHED))
            risen = dict.fromkeys(rise.member for rise in rises)
            rises = self._ladders.evaluate(risen, Evaluated.AT_ONCE, Evaluated.AFTERWARDS)
        self._subject, self.reached = self.event.member, ("", -1)

    def _count_sale(self) -> None:
        self.result.sale = self._sale
        self.state.sell(self.event.member, self._sale)

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

    def _claim(self, event: Claim | ClaimCancelled) -> None:
        """Use up the price of a reward, or give it back."""
        self._rule_index = CLAIM_RULE
        if isinstance(event, Claim):
            take_claim(self, event)
        else:
            assert self._undo is not None
            cancel_claim(self, event, self._undo)

    def _sell_out_the_due(self) -> None:
        """Let everybody exit whose time has come; each exit's fee raises the price and may trigger the next."""
        touch_queues(self._queues, self.result.transfers)
        # Holdings of two assets may share one quota, so that an exit from either makes an exit from the other due.
        again = True
        while again:
            again = False
            for asset, (rule, queue) in self._queues.items():
                if self._sell_out(self.plan.assets[asset], rule, queue):
                    again = len(self._queues) > 1
        self._subject = self.event.member

    def _sell_out(self, asset: Asset, rule: Rule, queue: ExitQueue) -> bool:
        """Let those exit who are due in one asset; says whether anybody was."""
        anybody = False
        while (member := queue.next_due(*self.price(asset))) is not None:
            self._rule_index, self.rule, anybody = rule.index, self.plan.rules[rule.index], True
            self._subject = member
            first = len(self.result.transfers)
            self.rule.action.on_event(self)
            touch_queues(self._queues, self.result.transfers[first:])
        return anybody

    def _note_prices(self) -> None:
        for asset in self.plan.priced_assets:
            note_price(self.state, self.result, asset, self.price(asset))


def revoke(state: State, queues: Queues, event: Event, outcome: Outcome) -> None:
    """Take an event back that was the last one interpreted, as if it had never happened."""
    for lot, basis, granted in reversed(outcome.cut_lots):
        lot.basis, lot.granted = basis, granted
    for transfer in reversed(outcome.transfers):
        state.undo(transfer)
    for cell in outcome.cells:
        state.tally.undo(cell)
    for ladder, member, standing in reversed(outcome.standings_before):
        state.standings[ladder, member] = standing
    if outcome.sale is not None:
        cash, points, orders = outcome.sale
        state.sell(event.member, Purchases(-cash, -points, -orders))
    state.prices.update(outcome.prices_before)
    if isinstance(event, Claim):
        take_vouchers_back(state, event, outcome)
    if queues:
        touch_queues(queues, outcome.transfers)


def touch_queues(queues: Queues, transfers: Iterable[Transfer]) -> None:
    """Bring the places of the members up to date whose accounts some transfers touch."""
    members = members_of(transfers)
    for _, queue in queues.values():
        for member in members:
            queue.touch(member)


def members_of(transfers: Iterable[Transfer]) -> set[int]:
    """The members whose accounts some transfers touch."""
    members = set()
    for _, _, source, _, target, _, _ in transfers:
        if source > 0:
            members.add(source)
        if target > 0:
            members.add(target)
    return members


def applies(plan: Plan, event: Event) -> bool:
    """Whether an event is one this plan is about."""
    if not isinstance(event, OrderPaid):
        return concerns_event(plan, event)
    order = event
    return plan.applies_to is None or bool(plan.applies_to.holds(lambda field_: order_value(order, plan, field_)))


def concerns_event(plan: Plan, event: Event) -> bool:
    """Whether what happens can mean anything to a plan; of events that do not name one."""
    if isinstance(event, Declared):
        return event.name in plan.events
    if isinstance(event, TagGiven):
        return event.tag in plan.tags
    if isinstance(event, Joined):
        counted = any(stream.occasion.trigger is Trigger.MEMBER_JOINED for stream in plan.streams.values())
        looked_at = any(ladder.evaluated.on_events for ladder in plan.held_ladders)
        return counted or looked_at or bool(plan.rules_on(Trigger.MEMBER_JOINED))
    return True


def interpret(state: State, queues: Queues, event: Event, day: date, undo: Undo | None = None) -> Outcome:
    """Run a plan's rules on an event booked to a business day; a refund needs what its order did.

    Raises rewards.errors.Refused; the state is then unchanged.
    """
    course = course_of(state.plan, event, day)
    if course.plain is not None and isinstance(event, OrderPaid) and not event.payments:
        outcome = take_plainly(state, course.plan, queues, event, course.plain)
        if outcome is not None:
            return outcome
    return EventRun(course, state, queues, event, undo).run()
