"""`grant`: a member is given units (specification 1.2–1.4, 2, 3).

Units are issued. Of a priced asset they are granted by what they are *worth* at the price before the
order, out of what the same order contributed, so that the price cannot fall; what the supply has left is
the limit (发完即止). Of an asset with lots they may be granted locked, as one lot with the order as its
basis.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rewards.actions.base import Action, CloseContext, EventContext, Facts, Step
from rewards.actions.fund import Fund
from rewards.money import format_amount, format_rate, format_ratio
from rewards.plan.amounts import Amount, LevelTimes, LinesSum
from rewards.plan.describing import describe_amount
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Field, Kind
from rewards.plan.model import ISSUANCE, Asset, Plan, Rule
from rewards.plan.scope import UNKNOWN_FIELD
from rewards.plan.texts import KINDS
from rewards.plan.together import largest_together, sum_in_words
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Worth:
    """A share of what an earlier `fund` rule contributed in the same event."""

    rate: Fraction
    rule_id: str


@dataclass(frozen=True)
class Grant(Action):
    """Give `to` (buyer or sponsor; at day close every member) `amount` units of `asset`, or units `worth` so much."""

    asset: Asset
    to: str
    amount: Amount | None
    worth: Worth | None
    basis: Field | None
    """Set when the units are granted as a locked lot: the field that is its basis."""

    @property
    def outcome_asset(self) -> Asset:
        return self.asset

    @property
    def gives(self) -> tuple[Asset, ...]:
        return () if self.basis else (self.asset,)

    @property
    def locks(self) -> tuple[Asset, ...]:
        return (self.asset,) if self.basis else ()

    def on_event(self, context: EventContext) -> None:
        member = context.person(self.to)
        if not member:
            context.report(0)
            return
        quantity = self._quantity(context)
        supply = self.asset.priced.supply if self.asset.priced else None
        if supply is not None:
            quantity = min(quantity, supply - context.issued(self.asset))
        if self.basis is not None:
            context.grant_lot(self.asset, member, quantity, context.value(self.basis))
        else:
            context.move(self.asset, ISSUANCE, member, quantity)
        if self.worth is None:
            context.report(quantity)
        else:
            context.report(
                quantity,
                contributed=context.outcome(self.worth.rule_id),
                price="{}/{}".format(*context.price_before(self.asset)),
            )

    def _quantity(self, context: EventContext) -> int:
        if self.worth is None:
            assert self.amount is not None
            return self.amount.single(context.value)
        numerator, denominator = context.price_before(self.asset)
        worth = self.worth.rate * context.outcome(self.worth.rule_id)
        return worth.numerator * denominator // (worth.denominator * numerator)

    def explain(self, facts: Facts) -> list[Step]:
        scale = facts.plan.currency_scale
        if self.amount is not None:
            line = describe_amount(self.amount, self.asset.scale, scale, facts.value)
            return [Step(line, line)]
        assert self.worth is not None
        if "price" not in facts.details:
            return []
        numerator, denominator = map(int, str(facts.details["price"]).split("/"))
        price = format_ratio(numerator * 10**self.asset.scale, denominator * 10**scale, 4)
        contributed = format_amount(int(str(facts.details["contributed"])), scale)
        worth = f"{format_rate(self.worth.rate)} × rules.{self.worth.rule_id}.amount {contributed}"
        return [
            Step(f"{worth}, in units at the price before the order, {price}", f"{worth}，按下单前价格 {price} 折算")
        ]

    def on_close(self, context: CloseContext) -> None:
        assert self.amount is not None
        quantity = np.where(context.selected(), self.amount.column(context.value, context.size), 0)
        context.issue(self.asset, quantity)
        context.report(quantity)


def build(draft: Draft) -> Grant:
    """Read `grant: {asset, to, amount | worth, locked}`."""
    asset = draft.asset("asset")
    if draft.has("amount") == draft.has("worth"):
        draft.error("plan.grant-amount-or-worth")
    worth = _read_worth(draft, asset) if draft.has("worth") else None
    amount = draft.amount(asset, "amount") if draft.has("amount") else None
    if asset.currency:
        draft.error("plan.grant-currency", "asset", name=asset.name)
    if amount and asset.priced:
        draft.error("plan.priced-needs-worth", "amount", name=asset.name)
    to = draft.get("to")
    if (draft.trigger is Trigger.DAY_CLOSE) != (to == "member"):
        draft.error("plan.grant-to", "to", to=to, on=draft.trigger.value)
    if amount is not None:
        _check_limits(draft, amount)
        _check_points_for_points(draft, asset, amount)
    basis = None
    if draft.has("locked"):
        basis = draft.field("locked", "basis")
        if basis.kind is not Kind.AMOUNT:
            draft.error("plan.not-a-quantity", "locked", "basis", field=basis.name, kind=KINDS[basis.kind])
        if asset.lots is None:
            draft.error("plan.asset-without-lots", "asset", name=asset.name)
        if draft.trigger is not Trigger.ORDER_PAID:
            draft.error("plan.lot-at-close", "locked")
    return Grant(asset, to, amount, worth, basis)


def _read_worth(draft: Draft, asset: Asset) -> Worth:
    """`worth: {rate, of: rules.ID.amount}`, where the rule funds the pool behind the asset."""
    field = draft.field("worth", "of")
    rate = draft.rate("worth", "rate", most=None)
    if rate == 0:
        draft.warning("plan.rate-zero", "worth", "rate")
    if draft.trigger is Trigger.ORDER_REFUNDED:
        draft.error("plan.worth-on-refund", "worth")
    if not asset.priced:
        draft.error("plan.worth-needs-priced", "asset", name=asset.name)
        return Worth(rate, field.argument)
    if field is UNKNOWN_FIELD or ("rule", field.argument) in draft.scope.in_doubt:
        return Worth(rate, field.argument)
    rule = next((rule for rule in draft.scope.rules if rule.id == field.argument), None)
    funds = rule is not None and isinstance(rule.action, Fund) and rule.action.pool.name == asset.priced.pool
    if field.root != "rules" or not funds:
        draft.error("plan.worth-of-contribution", "worth", "of", pool=asset.priced.pool)
    return Worth(rate, field.argument)


def _check_limits(draft: Draft, amount: Amount) -> None:
    """Refuse a condition that leaves only orders below the ladder the amount is taken from."""
    formula = amount.formula
    if isinstance(formula, LevelTimes) and formula.ladder.measure and not formula.ladder.held:
        limit = draft.when_limits.get(formula.ladder.measure.name)
        if limit is not None and limit < formula.ladder.levels[0].lowest:
            draft.error("plan.below-first-level", "amount", ladder=formula.ladder.name)


def _check_points_for_points(draft: Draft, asset: Asset, amount: Amount) -> None:
    """Warn where spending points earns points of the same kind again, out of nothing."""
    payment = draft.scope.at(("payment",))
    if not isinstance(payment, dict) or payment.get("asset") != asset.name:
        return
    for base in amount.formula.bases():
        if isinstance(base, LinesSum) or base.name in ("order.total", "order.points"):
            draft.warning("plan.points-earn-points", "amount", name=asset.name)


def check_price_cannot_fall(plan: Plan, report: Report) -> None:
    """Refuse grants of a priced asset that together are worth more than the contribution they are a share of."""
    shares: dict[tuple[str, str], list[tuple[Rule, Fraction]]] = defaultdict(list)
    for rule in plan.rules:
        if rule.enabled and isinstance(rule.action, Grant) and rule.action.worth:
            worth = rule.action.worth
            shares[rule.action.asset.name, worth.rule_id].append((rule, worth.rate))
    for (asset, rule_id), parts in shares.items():
        counted = largest_together(parts)
        if sum(rate for _, rate in counted) > 1:
            report.error(
                "plan.grants-exceed-contribution",
                ("rules", counted[-1][0].index, "grant", "worth", "rate"),
                asset=asset,
                rule=rule_id,
                arithmetic=sum_in_words([rate for _, rate in counted]),
            )


KIND = ActionKind(
    name="grant",
    triggers=frozenset({Trigger.ORDER_PAID, Trigger.ORDER_REFUNDED, Trigger.DAY_CLOSE}),
    title={"en": "Grant units", "zh": "发放"},
    summary={
        "en": "A member is given units of an asset, freely available or locked in a lot; a priced asset by "
        "what it is worth.",
        "zh": "向会员发放资产：直接可用，或锁定为一个批次；增值积分按价值发放。",
    },
    schema={
        "type": "object",
        "required": ["asset", "to"],
        "additionalProperties": False,
        "properties": {
            "asset": {"$ref": "#/$defs/name"},
            "to": {"enum": ["buyer", "sponsor", "member"]},
            "amount": {"$ref": "#/$defs/amount"},
            "worth": {
                "type": "object",
                "required": ["rate", "of"],
                "additionalProperties": False,
                "properties": {"rate": {"$ref": "#/$defs/rate"}, "of": {"$ref": "#/$defs/field"}},
            },
            "locked": {
                "type": "object",
                "required": ["basis"],
                "additionalProperties": False,
                "properties": {"basis": {"$ref": "#/$defs/field"}},
            },
        },
    },
    build=build,
    check=check_price_cannot_fall,
)
