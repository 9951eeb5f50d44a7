"""Whether a compiled plan has the shape that the order loop knows, and what it is to the loop.

The shape: orders fund pools with an amount of the order, grant a priced asset by worth and plain assets by an amount of
the order or of an earlier rule, to buyers or their sponsors; members redeem for a fee, and exit by a quota. Nothing
else may have an effect on a stream of orders and redemptions, and nothing at day closes.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rewards.actions.exit import Exit
from rewards.actions.fund import Fund
from rewards.actions.granting import Grant
from rewards.actions.redeem import Redeem
from rewards.interpreter.run import concerns
from rewards.messages import Message
from rewards.money import Rounding
from rewards.plan.amounts import Amount, Fixed, Rated
from rewards.plan.fields import Field
from rewards.plan.model import Asset, Plan, Rule
from rewards.plan.triggers import CLOSES, Trigger
from rewards.simulation import order_loop as loop
from rewards.simulation.wide import LIMIT

_ROUNDING = {Rounding.DOWN: loop.DOWN, Rounding.UP: loop.UP, Rounding.HALF_UP: loop.HALF_UP}


class Unfit(Exception):
    """The loop cannot run a plan; `reason` says why."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.reason = Message(f"simulate.reason.{code}", parameters)


def has_closes(plan: Plan) -> bool:
    """Whether anything of a plan happens at day closes."""
    rules = any(rule.enabled and rule.trigger in CLOSES for rule in plan.rules)
    return rules or bool(plan.held_ladders) or any(asset.expiry or asset.lots for asset in plan.assets.values())


def redeemable(plan: Plan) -> Asset | None:
    """The asset that members redeem: that of the first rule on redeem."""
    for rule in plan.rules_on(Trigger.REDEEM):
        if isinstance(rule.action, Redeem):
            return rule.action.sale.asset
    return None


def read_shape(plan: Plan, part: Fraction) -> loop.Program:
    """The plan as the loop's program; `part` is how much of their holding members redeem. Raises Unfit."""
    priced = _check_surroundings(plan)
    steps: list[list[int]] = []
    places: dict[str, int] = {}
    for rule in plan.rules_on(Trigger.ORDER_PAID):
        steps.append(_step(plan, rule, places))
        places[rule.id] = len(places)
    out, redeem = _exit(plan, priced), _redeem(plan)
    sale = out.sale if out else redeem.sale if redeem else None
    paid_out = _ratio(1 - out.sale.fee) if out else (0, 1)
    paid_back = _ratio(1 - redeem.sale.fee) if redeem else (0, 1)
    assert priced.priced is not None
    fixed = [
        priced.index,
        loop.POOLS + plan.pools[priced.priced.pool].index,
        LIMIT if priced.priced.supply is None else _small(priced.priced.supply),
        sale.cash.index if sale else loop.NONE,
        out.quota.index if out else loop.NONE,
        *paid_out,
        *paid_back,
        *_ratio(part),
        loop.POOLS + len(plan.pools),
    ]
    return loop.Program(np.array(steps, dtype=np.int64).reshape(-1, 10), np.array(fixed, dtype=np.int64))


def _check_surroundings(plan: Plan) -> Asset:
    """The priced asset, once everything has been looked at that is no rule on orders, redemptions or exits."""
    if has_closes(plan):
        raise Unfit("closes")
    if plan.caps or plan.measures or plan.flow_keys or plan.streams:
        raise Unfit("caps")
    if plan.applies_to is not None or plan.recompile is not None:
        raise Unfit("applies")
    if plan.trees or plan.rules_on(Trigger.MEMBER_JOINED):
        raise Unfit("trees")
    if len(plan.priced_assets) != 1:
        raise Unfit("priced")
    return plan.priced_assets[0]


def _step(plan: Plan, rule: Rule, places: dict[str, int]) -> list[int]:
    """A rule on orders as a step of the loop; `places` has the steps of the rules before it."""
    action = rule.action
    if rule.when is None and isinstance(action, Fund):
        return [loop.FUND, action.pool.index, 0, *_amount(rule, action.amount, places)]
    if rule.when is None and isinstance(action, Grant) and action.basis is None:
        head, to_sponsor = action.asset.index, int(action.to == "sponsor")
        if action.worth is not None and action.worth.rule_id in places:
            ratio = _ratio(action.worth.rate)
            base = places[action.worth.rule_id]
            return [loop.GRANT_WORTH, head, to_sponsor, base, *ratio, loop.DOWN, 1, loop.NONE, loop.NONE]
        if action.amount is not None and not action.asset.priced:
            return [loop.GRANT, head, to_sponsor, *_amount(rule, action.amount, places)]
    raise Unfit("rule", rule=rule.id)


def _amount(rule: Rule, amount: Amount, places: dict[str, int]) -> list[int]:
    """The last seven columns of a step: base, ratio, rounding, whole steps, least and most."""
    formula = amount.formula
    if amount.less_paid is None and isinstance(formula, Fixed):
        quantity = max(amount.single(lambda field: 0), 0)
        return [loop.FIXED, _small(quantity), 1, loop.DOWN, 1, loop.NONE, loop.NONE]
    if amount.less_paid is None and isinstance(formula, Rated) and isinstance(formula.base, Field):
        limits = [loop.NONE if each is None else _small(each) for each in (amount.least, amount.cap)]
        base = _base(rule, formula.base, places)
        return [base, *_ratio(formula.factor), _ROUNDING[amount.rounding], _small(formula.step or 1), *limits]
    raise Unfit("rule", rule=rule.id)


def _base(rule: Rule, field: Field, places: dict[str, int]) -> int:
    """What an amount is taken of: an order is paid in cash alone, so its total is its cash."""
    if field.root == "order" and field.attribute in ("cash", "total"):
        return loop.ORDER
    if field.root == "rules" and field.argument in places:
        return places[field.argument]
    raise Unfit("rule", rule=rule.id)


def _exit(plan: Plan, priced: Asset) -> Exit | None:
    """What sells holdings out, unless it is about nobody in the stream: all are members, and no merchants."""
    found: Exit | None = None
    for rule in plan.rules_on(Trigger.PRICE_RISES):
        if not isinstance(rule.action, Exit) or rule.action.sale.asset is not priced:
            raise Unfit("rule", rule=rule.id)
        if concerns(rule, merchant=False):
            found = rule.action
    return found


def _redeem(plan: Plan) -> Redeem | None:
    rules = plan.rules_on(Trigger.REDEEM)
    for rule in rules:
        if len(rules) > 1 or rule.when is not None or not isinstance(rule.action, Redeem) or rule.action.most:
            raise Unfit("rule", rule=rule.id)
    return rules[0].action if rules else None


def _ratio(rate: Fraction) -> tuple[int, int]:
    return _small(rate.numerator), _small(rate.denominator)


def _small(number: int) -> int:
    if not 0 <= number < LIMIT:
        raise Unfit("numbers")
    return number
