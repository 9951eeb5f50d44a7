"""`grant`: how a grant is read, and what grants of one plan may not do together (specification 1.2–1.4, 2, 3)."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from rewards.actions.fund import Fund
from rewards.actions.granting import Grant, Worth
from rewards.plan.amounts import Amount, LevelTimes
from rewards.plan.conditions import LinesTotal
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Field, Kind
from rewards.plan.measures import Flow
from rewards.plan.model import Asset, Plan, Rule
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.scope import UNKNOWN_FIELD
from rewards.plan.texts import KINDS
from rewards.plan.together import largest_together, sum_in_words
from rewards.plan.triggers import CLOSES, OCCASIONS, Trigger


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
    to = read_receiver(draft)
    paid_before: tuple[Flow, ...] = ()
    if amount is not None:
        _check_limits(draft, amount)
        _check_points_for_points(draft, asset, amount)
        if amount.less_paid is not None:
            paid_before = draft.flows_of(amount, asset)
            _check_receiver_paid(draft, to)
    basis = _read_basis(draft, asset) if draft.has("locked") else None
    return Grant(asset, to, amount, worth, basis, paid_before)


_ABOUT_ORDERS = frozenset({Trigger.ORDER_PAID, Trigger.ORDER_REFUNDED})


def read_receiver(draft: Draft) -> str:
    """`to`: the member wherever there is one, their sponsor where something happens to one, the buyer of an order."""
    to, trigger = str(draft.get("to")), draft.trigger
    fits = to == "member" or trigger in _ABOUT_ORDERS or (to == "sponsor" and trigger in OCCASIONS)
    if not fits:
        draft.error("plan.grant-to", "to", to=to, on=draft.occasion.written)
    return to


def _check_receiver_paid(draft: Draft, to: str) -> None:
    """At a close several may reach a level at once, and one sponsor would be paid for all of them in one sum."""
    if to == "sponsor" and draft.trigger is Trigger.LEVEL_REACHED:
        draft.error("plan.less-paid-sponsor", "to")


def _read_basis(draft: Draft, asset: Asset) -> Field:
    """`locked: {basis}`: the field that says what a lot is worth to a release."""
    basis = draft.field("locked", "basis")
    if basis.kind is not Kind.AMOUNT:
        draft.error("plan.not-a-quantity", "locked", "basis", field=basis.name, kind=KINDS[basis.kind])
    if asset.lots is None:
        draft.error("plan.asset-without-lots", "asset", name=asset.name)
    return basis


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
        lowest = min((level.lowest for level in formula.ladder.levels if level.threshold is not None), default=0)
        if limit is not None and limit < lowest:
            draft.error("plan.below-first-level", "amount", ladder=formula.ladder.name)


def _check_points_for_points(draft: Draft, asset: Asset, amount: Amount) -> None:
    """Warn where spending points earns points of the same kind again, out of nothing."""
    payment = draft.scope.at(("payment",))
    if not isinstance(payment, dict) or payment.get("asset") != asset.name:
        return
    for base in amount.formula.bases():
        of_all = isinstance(base, LinesTotal) and base.attribute == "amount"
        if of_all or base.name in ("order.total", "order.points"):
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
    triggers=OCCASIONS | {Trigger.ORDER_REFUNDED} | frozenset(CLOSES),
    title={"en": "Grant units", "zh": "发放"},
    summary={
        "en": "A member is given units of an asset, freely available or locked in a lot; a priced asset by "
        "what it is worth.",
        "zh": "向会员发放资产：直接可用，或锁定为一个批次；增值积分按价值发放。",
    },
    schema=mapping(
        {
            "asset": told(ref("name"), "Asset", "The asset that is given."),
            "to": told(
                {"enum": ["buyer", "sponsor", "member"]},
                "To",
                "Who: member, whom it happens to (of an order the buyer, at a close every member); buyer, of an "
                "order; or sponsor, theirs.",
            ),
            "amount": told(ref("amount"), "Amount", "How many units. Either this or worth."),
            "worth": told(
                mapping(
                    {
                        "rate": told(ref("rate"), "Rate", "The share of the contribution."),
                        "of": told(ref("field"), "Of", "rules.ID.amount of the rule that funds the pool behind it."),
                    },
                    "rate",
                    "of",
                ),
                "Worth",
                "Units of a priced asset that are worth so much at the price before the order.",
            ),
            "locked": told(
                mapping(
                    {"basis": told(ref("field"), "Basis", "What the lot keeps as lot.basis.")},
                    "basis",
                    **expected(
                        "what the lot keeps as lot.basis: {basis: order.cash}",
                        "批次记下的 lot.basis：{basis: order.cash}",
                    ),
                ),
                "Locked",
                "Grant the units as a locked lot, to be released by rules.",
            ),
        },
        "asset",
        "to",
    ),
    build=build,
    check=check_price_cannot_fall,
)

__all__ = ["KIND", "Grant", "Worth", "build", "check_price_cannot_fall"]
