"""Closing a day: levels first, then the rules of all that happens with the close, each as columns over all members.

A level whose last day it is counts for these rules, and falls after them.

Pure: reads and changes a `CloseState` and returns what has to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column, Lots
from rewards.interpreter.capping import HeldBack, allowed, cut_alike, held_back_by
from rewards.interpreter.close_books import CloseBooks
from rewards.interpreter.close_lots import CloseLots
from rewards.interpreter.close_outcome import Block, CloseOutcome, Fallen, LevelChange, TagBlock
from rewards.interpreter.close_values import field_value, kept_on
from rewards.interpreter.columns import CloseState, LotColumns
from rewards.interpreter.ladder_order import in_order
from rewards.interpreter.measuring_columns import flowed
from rewards.interpreter.standing_columns import evaluate, shown
from rewards.interpreter.waiting import Waits
from rewards.network import Forest
from rewards.plan.amounts import Amount
from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.ladder import Ladder
from rewards.plan.model import Asset, Plan, Pool, Rule
from rewards.plan.triggers import CLOSES, Trigger
from rewards.plan.windows import Span, ends_period

__all__ = ["Block", "CloseOutcome", "CloseRun", "LevelChange", "close_day"]

Bools = NDArray[np.bool_]

PERIOD_OF = {
    Trigger.DAY_CLOSE: Span.DAY,
    Trigger.WEEK_CLOSE: Span.WEEK,
    Trigger.MONTH_CLOSE: Span.MONTH,
    Trigger.QUARTER_CLOSE: Span.QUARTER,
    Trigger.YEAR_CLOSE: Span.YEAR,
}
"""The closes that are for everybody, with the period whose last day they close."""


def _nobody(rule: str) -> None:
    """For whoever does not watch."""


class CloseRun:
    """One day close on its way through the rules; what actions see as `CloseContext`."""

    def __init__(
        self,
        plan: Plan,
        state: CloseState,
        day: date,
        approved: frozenset[str] = frozenset(),
        told: Callable[[str], None] = _nobody,
    ) -> None:
        self.state = state
        self._told = told
        self.size = state.size
        self.result = CloseOutcome()
        self.rule: Rule
        self.closing = day
        """The day that is closed; `day` is an earlier one while a rule runs that has waited."""
        self.day = day
        self._waits = Waits(plan, state, day)
        self.plan = self._waits.plan_on(day)
        self.reached: dict[str, Column] = {}
        self._approved = approved
        self._books = CloseBooks(self.plan, state, day, self.result)
        self._lots = CloseLots(self._books)
        self._outcomes: dict[str, Column] = {}
        self._concerned: Bools | None = None
        """Those to whom what has triggered the rules has happened; None for everybody."""
        self._held: list[HeldBack] = []
        self._ran: set[str] = set()

    # --- the course of a close ---------------------------------------------------------------------------------------

    def run(self) -> CloseOutcome:
        """Evaluate levels, run the rules, and let go levels and units whose last day it is.

        Raises Refused when a cap stops the close.
        """
        self._evaluate_levels()
        self._run_late()
        for trigger in CLOSES:
            rules = self.plan.rules_on(trigger)
            if rules:
                self._happen(trigger, rules)
        self._told("")
        for ladder in in_order(self.plan):
            self._evaluate(ladder, ending=True)
        self._books.units.expire()
        self._settle_reversals()
        return self.result

    def _evaluate_levels(self) -> None:
        """Bring levels up to date, then run the rules of those who have risen."""
        risen: list[tuple[str, Bools]] = []
        for ladder in in_order(self.plan):
            members = self._evaluate(ladder, ending=False)
            if self.plan.rules_on(Trigger.LEVEL_REACHED) and self.state.everybody.anybody(members):
                risen.append((ladder.name, members))
        rules = self.plan.rules_on(Trigger.LEVEL_REACHED)
        for name, members in risen if rules else ():
            self.reached = {name: np.where(members, self.state.standing(name).level, -1)}
            self._run_rules(rules, members)
        self.reached = {}

    def _evaluate(self, ladder: Ladder, *, ending: bool) -> Bools:
        """Evaluate one ladder, before the rules or with the end of the day; returns who has risen."""
        held = self.state.standing(ladder.name).level
        found = evaluate(self, ladder, self.day, ending=ending)
        if found.change is not None:
            self.result.levels.append(found.change)
            member = found.change.member[found.change.level != held[found.change.member - 1]]
            if ending and len(member):
                self.result.fallen.append(Fallen(ladder.name, member, held[member - 1]))
        return found.risen

    def _run_late(self) -> None:
        """Run the rules whose parameter has been declared since, as of the end of the period they are about."""
        for end, rules in self._waits.over():
            self._look_from(end)
            self._run_rules([self.plan.rule(rule) for rule in rules], None)
            for rule in rules:
                self._books.count(*self._waits.taken_off(rule, end))
        self._look_from(self.closing)

    def _look_from(self, day: date) -> None:
        if day != self.day:
            self.day, self.plan = day, self._waits.plan_on(day)
            self._lots.forget()

    def _happen(self, trigger: Trigger, rules: Sequence[Rule]) -> None:
        """Run the rules of a trigger if it happens with this close, to anybody."""
        if trigger in PERIOD_OF:
            if ends_period(PERIOD_OF[trigger], self.day):
                self._run_rules(rules, None)
            return
        if trigger is Trigger.MEMBERSHIP_YEAR_CLOSE:
            members = kept_on(self.state.joined, self.day + timedelta(days=1))
        else:
            since = self.state.birthday if trigger is Trigger.BIRTHDAY else self.state.joined
            members = kept_on(since, self.day)
        if self.state.everybody.anybody(members):
            self._run_rules(rules, members)

    def _run_rules(self, rules: Sequence[Rule], concerned: Bools | None) -> None:
        self._concerned = concerned
        self._outcomes = {}
        for position, rule in enumerate(rules):
            missing = self._waits.missing(rule, self.day)
            if missing:
                self.result.waiting += missing
                self._books.count(*self._waits.put_down(rule, self.day))
            else:
                self._told(rule.id)
                self._act_for(rule)
                rule.action.on_close(self)
                self._ran.add(rule.id)
            if self._held:
                self._pay_held_back({each.id for each in rules[position + 1 :]})
        self._concerned = None

    def _act_for(self, rule: Rule) -> None:
        self.rule = rule
        self._books.act_for(rule, self.day)

    def _settle_reversals(self) -> None:
        """Keep what refunds have taken back of rules that did not run: only what they move next can make up for it."""
        own = {rule.id for trigger in CLOSES for rule in self.plan.rules_on(trigger)}
        self.result.unsettled = frozenset(own - self._ran)
        self.state.reversals = {rule: each for rule, each in self.state.reversals.items() if rule in own - self._ran}

    # --- what actions may ask ---------------------------------------------------------------------------------------

    def value(self, field_: Field) -> Any:
        """See CloseContext."""
        return field_value(self, field_)

    def selected(self) -> Bools:
        """See CloseContext."""
        chosen = np.ones(self.size, dtype=np.bool_) if self._concerned is None else self._concerned
        return chosen if self.rule.when is None else chosen & self.holds(self.rule.when)

    def holds(self, condition: Condition) -> Bools:
        """See CloseContext."""
        return np.broadcast_to(np.asarray(condition.holds(self.value), dtype=np.bool_), (self.size,))

    def balance(self, asset: Asset) -> Column:
        """See CloseContext."""
        return self.state.at_day_end(asset.free_book)

    def spendable(self, asset: Asset) -> Column:
        """See CloseContext."""
        return self._books.units.spendable(asset)

    def level(self, ladder: str) -> Column:
        """See CloseContext."""
        return shown(self.plan.ladders[ladder], self.state, self.day)

    def total(self, part: int) -> int:
        """See CloseContext."""
        return self.state.everybody.total(part)

    def forest(self, tree: str) -> Forest:
        """See CloseContext."""
        return self.state.shape(tree, self.day.toordinal()).forest

    def lots(self, asset: Asset) -> LotColumns:
        """See CloseContext."""
        return self._lots.started(asset, self.day.toordinal())

    def lot_values(self, lots: Lots) -> Callable[[Field], Any]:
        """See CloseContext."""

        def value(field_: Field) -> Any:
            if field_.root == "lot":
                age = field_.attribute == "age"
                return self.day.toordinal() - lots.day if age else getattr(lots, field_.attribute)
            found = self.value(field_)
            return found[lots.owner] if isinstance(found, np.ndarray) else found

        return value

    def pool_balance(self, pool: Pool) -> int:
        """See CloseContext."""
        waiting = sum(self.total(int(each.quantity.sum())) for each in self._held if each.pool == pool)
        return self.state.platform_usable(self._currency.free_book, pool.holder) - waiting

    @property
    def _currency(self) -> Asset:
        assert self.plan.currency_asset is not None
        return self.plan.currency_asset

    def quantity(self, amount: Amount) -> Column:
        """See CloseContext."""
        quantity = amount.column(self.value, self.size)
        if amount.less_paid is None:
            return quantity
        given = [flow for flow in self.rule.action.flows if flow.rule in (self.rule.id, *amount.less_paid_by)]
        left: Column = np.maximum(quantity - flowed(self, given, amount.less_paid), 0)
        return left

    def outcome(self, rule_id: str) -> Column:
        """See CloseContext."""
        return self._outcomes.get(rule_id, np.zeros(self.size, dtype=np.int64))

    def report(self, quantity: Column, **details: object) -> None:
        """See CloseContext."""
        reversed_ = None if self.rule.id in self._ran else self.state.reversals.get(self.rule.id)
        self._outcomes[self.rule.id] = quantity if reversed_ is None else quantity - reversed_
        if details:
            self.result.trace.setdefault(self.rule.id, details)

    # --- what actions may do -----------------------------------------------------------------------------------------

    def fund(self, pool: Pool, quantity: int) -> int:
        """See CloseContext."""
        if quantity <= 0:
            self._books.fund(self._currency, pool.holder, quantity)
            return quantity
        # One of the parts of a close pays it in, and all of them know how much.
        wanted = np.array([quantity if self.state.everybody.leads else 0], dtype=np.int64)
        put_in = lambda part: self._books.fund(self._currency, pool.holder, int(part[0]))  # noqa: E731
        return self.total(int(self._give(self._currency, wanted, put_in)[0]))

    def pay_from_pool(self, pool: Pool, asset: Asset, quantity: Column) -> Column:
        """See CloseContext."""
        return self._give(asset, quantity, lambda part: self._books.pay_out(asset, pool.holder, part), pool)

    def issue(self, asset: Asset, quantity: Column) -> Column:
        """See CloseContext."""
        return self._give(asset, quantity, lambda part: self._books.issue(asset, part))

    def issue_lots(self, asset: Asset, quantity: Column, basis: Column) -> Column:
        """See CloseContext."""
        return self._give(asset, quantity, lambda part: self._lots.open(asset, part, basis))

    def give_tag(self, tag: str, members: Bools, first: int, last: int) -> None:
        """See CloseContext."""
        given = self.state.give_tag(tag, members, first, last)
        if len(given.member):
            self.result.tags.append(TagBlock(tag, *given.columns()))

    def burn(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._books.spend(asset, quantity)

    def release(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._lots.release(asset, self.lots(asset), quantity)

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        """See CloseContext."""
        return self._lots.take_back(asset, quantity, lock_again=lock_again)

    def _give(self, asset: Asset, quantity: Column, pay: Callable[[Column], None], pool: Pool | None = None) -> Column:
        """Pay what the caps allow of a quantity, or have it wait with the other payments of its caps."""
        if not self.plan.caps:
            pay(quantity)
            return quantity
        quantity, rule = np.maximum(quantity, 0), self.rule

        def pay_allowed(wanted: Column) -> Column:
            part = allowed(self, rule, asset, wanted, self._approved)
            pay(part)
            return part

        caps = held_back_by(self, rule)
        if not caps:
            return pay_allowed(quantity)
        self._held.append(HeldBack(rule, asset, quantity, caps, pay_allowed, pool))
        return quantity

    def _pay_held_back(self, still_to_run: set[str]) -> None:
        """Cut and pay what has waited for caps none of whose rules is still to run."""
        for cap in self.plan.caps.values():
            held = [each for each in self._held if cap.name in each.caps]
            if not held or still_to_run & set(cap.rules):
                continue
            cut_alike(self, cap, held)
            for each in held:
                each.caps.discard(cap.name)
        for each in [each for each in self._held if not each.caps]:
            self._held.remove(each)
            self._act_for(each.rule)
            paid = each.pay(each.left)
            if each.rule.action.fills:  # which moves nothing to members
                funded = self.total(int(paid[0]))
                self.result.trace[each.rule.id]["funded"] = funded
                self._outcomes[each.rule.id] = np.full(self.size, funded, dtype=np.int64)
                continue
            self._outcomes[each.rule.id] = self.outcome(each.rule.id) - (each.quantity - paid)


def close_day(
    plan: Plan,
    state: CloseState,
    day: date,
    approved: frozenset[str] = frozenset(),
    told: Callable[[str], None] = _nobody,
) -> CloseOutcome:
    """Close a business day: advance the state to it and run the plan's rules.

    `told` is told the id of each rule before it runs, and an empty text when all have run.
    `approved` names the caps that may be exceeded this time though they stop a close. Raises Refused when another
    stops it; the state is then of no further use. Specification 2 and 3, "At day close".
    """
    state.advance(day)
    return CloseRun(plan, state, day, approved, told).run()
