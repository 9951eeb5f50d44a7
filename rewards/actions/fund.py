"""`fund`: the platform puts currency into a pool (specification 1: the contribution; 2: the day's pools)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rewards.actions import texts  # noqa: F401  (registers the texts of this room)
from rewards.actions.base import Action, CloseContext, EventContext, Facts, Plain, Step
from rewards.money import format_amount
from rewards.plan.amounts import Amount, Base, Brackets, Fixed
from rewards.plan.conditions import All, LinesTotal, lower_limit
from rewards.plan.describing import describe_amount
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.model import PLATFORM, Asset, Plan, Pool
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.together import largest_together, sum_in_words
from rewards.plan.triggers import CLOSES, OCCASIONS, Trigger


@dataclass(frozen=True)
class Fund(Action):
    """Move `amount` (smallest units of the currency) from the platform into `pool`."""

    pool: Pool
    amount: Amount
    currency: Asset

    @property
    def outcome_asset(self) -> Asset:
        return self.currency

    @property
    def gives(self) -> tuple[Asset, ...]:
        return ()

    @property
    def fills(self) -> tuple[Pool, ...]:
        return (self.pool,)

    @property
    def plain(self) -> Plain | None:
        share = self.amount.share
        return None if share is None else Plain(self.currency, PLATFORM, self.pool.holder, share)

    def on_event(self, context: EventContext) -> None:
        quantity = max(self.amount.single(context.value), 0)
        context.report(context.fund(self.pool, quantity))

    def on_close(self, context: CloseContext) -> None:
        when = context.rule.when
        quantity = self.amount.single(context.value) if when is None or when.holds(context.value) else 0
        # Refunds may leave a day's sales below zero; nothing is then put in, and nothing taken out of the pool either.
        quantity = max(quantity, 0)
        funded = context.fund(self.pool, quantity)
        # It moves nothing to members, but what it has put in is one number that rules further down may look at.
        context.report(np.full(context.size, funded, dtype=np.int64), funded=funded)

    def explain(self, facts: Facts) -> list[Step]:
        line = describe_amount(self.amount, self.currency.scale, facts.value)
        return [Step(line, line)]


def build(draft: Draft) -> Fund:
    """Read `fund: {pool, amount}`."""
    scope = draft.scope
    pool = draft.pool("pool")
    currency = scope.need_currency(draft.at("pool"))
    backed = [asset.name for asset in scope.assets.values() if asset.priced and asset.priced.pool == pool.name]
    if backed and draft.trigger not in (Trigger.ORDER_PAID, Trigger.ORDER_REFUNDED):
        draft.error("plan.backing-at-close", "pool", pool=pool.name, asset=backed[0])
    amount = draft.amount(currency, "amount")
    if draft.trigger in CLOSES:
        # A pool is funded once a day, not once a member, so only what there is one of a day can say how much and when.
        names = [field.name for field in amount.fields()] + list(draft.when_limits)
        for name in names:
            if not name.startswith(("day.", "plan.", "pool.")):
                draft.error("plan.fund-by-day", field=name)
    return Fund(pool, amount, currency)


def check_least(plan: Plan, report: Report) -> None:
    """Warn of a rule by which even the smallest order puts a fixed quantity, larger than itself, into a pool."""
    for rule in plan.rules_on(Trigger.ORDER_PAID):
        if not isinstance(rule.action, Fund):
            continue
        amount = rule.action.amount
        least = max(amount.least or 0, _of_nothing(amount))
        conditions = [condition for condition in (plan.applies_to, rule.when) if condition is not None]
        fields = {field for condition in conditions for field in condition.fields()}
        sizes = [field for field in fields if field.name in _SALES]
        smallest = max((lower_limit(All(tuple(conditions)), field) for field in sizes), default=0)
        if least > smallest:
            text = format_amount(least, rule.action.currency.scale)
            path = ("rules", rule.index, "fund", "amount")
            report.warning("plan.fund-above-order", path, text=text, pool=rule.action.pool.name)


def _of_nothing(amount: Amount) -> int:
    """What it gives even of the smallest order, in smallest units."""
    formula = amount.formula
    if isinstance(formula, Brackets):
        return formula.fixed[0] if formula.fixed and formula.by is None and formula.starts[0] == 0 else 0
    return formula.quantity if isinstance(formula, Fixed) else 0


_SALES = ("order.cash", "order.total", "day.sales")


def check_within_sales(plan: Plan, report: Report) -> None:
    """Refuse rules that together put more into pools than the sales they are taken of."""
    rules = [
        (rule, _share_of_sales(rule.action)) for rule in plan.rules if rule.enabled and isinstance(rule.action, Fund)
    ]
    counted = largest_together([(rule, share) for rule, share in rules if share])
    total = sum((share for _, share in counted), Fraction(0))
    if total > 1:
        last = counted[-1][0].index
        arithmetic = sum_in_words([share for _, share in counted])
        report.error("plan.funds-exceed-sales", ("rules", last, "fund", "amount"), arithmetic=arithmetic)


def _share_of_sales(action: Fund) -> Fraction:
    """The largest part of an order, or of a day's sales, that goes into the pool; 0 for other amounts."""
    of_sales = any(_is_sales(base) for base in action.amount.formula.bases())
    return action.amount.formula.largest_factor or Fraction(0) if of_sales else Fraction(0)


def _is_sales(base: Base) -> bool:
    return base.attribute in ("amount", "cash") if isinstance(base, LinesTotal) else base.name in _SALES


_PERSONAL = frozenset({Trigger.ANNIVERSARY, Trigger.BIRTHDAY, Trigger.MEMBERSHIP_YEAR_CLOSE, Trigger.LEVEL_REACHED})
"""What happens to some members at a close, each by themselves, so that it says nothing of a pool."""

KIND = ActionKind(
    name="fund",
    triggers=(OCCASIONS | {Trigger.ORDER_REFUNDED} | frozenset(CLOSES)) - _PERSONAL,
    title={"en": "Fund a pool", "zh": "注入资金池"},
    summary={
        "en": "The platform puts currency into a pool: a share of each order, or of the sales of a day or period.",
        "zh": "平台把资金注入资金池：每笔订单的一部分，或当日、当期销售额的一部分。",
    },
    schema=mapping(
        {
            "pool": told(ref("name"), "Pool", "The pool that receives the money."),
            "amount": told(ref("amount"), "Amount", "How much; at a close only of day.… and plan.… fields."),
        },
        "pool",
        "amount",
    ),
    build=build,
    check=check_within_sales,
    check_complete=check_least,
)
