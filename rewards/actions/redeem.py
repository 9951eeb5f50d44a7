"""`redeem` and `exit`: units of a priced asset are sold back to the platform (specification 1, redeem and quota exit).

Gross = units × price; the fee stays in the pool, the rest is paid in cash, the units are burned. The pool
keeps at least the price for every unit left, so redeeming never lowers the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewards.actions import texts  # noqa: F401  (registers the texts of this room)
from rewards.actions.base import Action, EventContext, Facts, Step
from rewards.actions.shortage import refuse_shortage
from rewards.money import format_amount, format_rate, format_ratio
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.events import Redeem as RedeemRequest
from rewards.plan.model import BURNED, Asset, Plan, Pool
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.scope import UNKNOWN_POOL
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Sale:
    """How a holding is sold back: out of which pool, at which fee, paid in which currency asset."""

    asset: Asset
    pool: Pool
    fee: Fraction
    cash: Asset

    def sell(self, context: EventContext, member: int, quantity: int) -> Fraction:
        """Burn `quantity` units of the member's and pay for them; returns the gross, smallest units of currency."""
        numerator, denominator = context.price(self.asset)
        gross = Fraction(quantity * numerator, denominator)
        paid = int(gross * (1 - self.fee))
        context.move(self.asset, member, BURNED, quantity)
        context.move(self.cash, self.pool.holder, member, paid)
        context.report(
            paid,
            member=member,
            units=quantity,
            price=f"{numerator}/{denominator}",
            gross=f"{gross.numerator}/{gross.denominator}",
        )
        return gross


@dataclass(frozen=True)
class Redeem(Action):
    """A member sells as many units as they ask to."""

    sale: Sale

    @property
    def outcome_asset(self) -> Asset:
        return self.sale.cash

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.sale.asset,)

    @property
    def claim(self) -> tuple[str, ...]:
        return ("redeem", self.sale.asset.name)

    def on_event(self, context: EventContext) -> None:
        request = context.event
        assert isinstance(request, RedeemRequest)
        if request.asset != self.sale.asset.name:
            return
        have = context.balance(self.sale.asset, request.member)
        if request.quantity > have:
            refuse_shortage(context, self.sale.asset, have, request.quantity)
        self.sale.sell(context, request.member, request.quantity)

    def explain(self, facts: Facts) -> list[Step]:
        return _explain_sale(self.sale, facts)


@dataclass(frozen=True)
class Exit(Action):
    """A member whose holding has come to be worth their remaining quota is sold out without being asked.

    `quota` falls by the gross; it may be exceeded when the price jumps past it, and is then used up.
    """

    sale: Sale
    quota: Asset

    @property
    def watches(self) -> tuple[Asset, Asset]:
        return self.sale.asset, self.quota

    @property
    def outcome_asset(self) -> Asset:
        return self.sale.cash

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.sale.asset,)

    def on_event(self, context: EventContext) -> None:
        member = context.person("member")
        gross = self.sale.sell(context, member, context.balance(self.sale.asset, member))
        used = min(-int(-gross // 1), context.balance(self.quota, member))
        context.move(self.quota, member, BURNED, used)

    def explain(self, facts: Facts) -> list[Step]:
        return _explain_sale(self.sale, facts)


def _explain_sale(sale: Sale, facts: Facts) -> list[Step]:
    if "price" not in facts.details:
        return []
    numerator, denominator = map(int, str(facts.details["price"]).split("/"))
    units = int(str(facts.details["units"]))
    scale = sale.cash.scale
    price = format_ratio(numerator * 10**sale.asset.scale, denominator * 10**scale, 4)
    gross = format_ratio(units * numerator, denominator * 10**scale, scale)
    sold, fee = format_amount(units, sale.asset.scale), format_rate(sale.fee)
    return [
        Step(
            f"{sold} units × price {price} = {gross} gross, less the fee of {fee}, which stays in the pool",
            f"{sold} 个 × 价格 {price} = 毛额 {gross}，减去留在资金池的手续费 {fee}",
        )
    ]


def _read_sale(draft: Draft) -> Sale:
    asset = draft.asset("asset")
    cash = draft.currency_asset("pay")
    if asset.priced is None:
        draft.error("plan.asset-not-priced", "asset", name=asset.name)
        return Sale(asset, UNKNOWN_POOL, draft.rate("fee"), cash)
    return Sale(asset, draft.scope.pools.get(asset.priced.pool, UNKNOWN_POOL), draft.rate("fee"), cash)


def build_redeem(draft: Draft) -> Redeem:
    """Read `redeem: {asset, fee, pay}`."""
    return Redeem(_read_sale(draft))


def build_exit(draft: Draft) -> Exit:
    """Read `exit: {asset, quota, fee, pay}`."""
    return Exit(_read_sale(draft), draft.quota("quota"))


def check_one_exit(plan: Plan, report: Report) -> None:
    """Refuse a second exit rule of one asset: a holding has one place in the order of exits."""
    first: dict[str, str] = {}
    for rule in plan.rules:
        if rule.enabled and isinstance(rule.action, Exit):
            other = first.setdefault(rule.action.sale.asset.name, rule.id)
            if other != rule.id:
                path = ("rules", rule.index, "exit", "asset")
                report.error("plan.exit-twice", path, asset=rule.action.sale.asset.name, rule=other)


def check_quota_granted(plan: Plan, report: Report) -> None:
    """Refuse an exit whose quota nothing grants: every holding would be worth more than a quota of nothing."""
    given = {asset.name for rule in plan.rules if rule.enabled for asset in rule.action.gives}
    for rule in plan.rules:
        if rule.enabled and isinstance(rule.action, Exit) and rule.action.quota.name not in given:
            report.error(
                "plan.quota-never-granted", ("rules", rule.index, "exit", "quota"), name=rule.action.quota.name
            )


_SALE = {
    "asset": told(ref("name"), "Asset", "The priced asset that is sold back."),
    "fee": told(ref("rate"), "Fee", "The part of the gross that stays in the pool."),
    "pay": told(ref("name"), "Pay", "The currency asset the rest is paid in."),
}

REDEEM = ActionKind(
    name="redeem",
    triggers=frozenset({Trigger.REDEEM}),
    title={"en": "Redeem", "zh": "回购"},
    summary={
        "en": "A member gives units of a priced asset back for cash; a fee stays in the pool and the units are burned.",
        "zh": "会员将增值积分交回平台换取现金；手续费留在资金池，积分销毁。",
    },
    schema=mapping(_SALE, "asset", "fee", "pay"),
    build=build_redeem,
)

EXIT = ActionKind(
    name="exit",
    triggers=frozenset({Trigger.PRICE_RISES}),
    title={"en": "Quota exit", "zh": "出局"},
    summary={
        "en": "A holding that has come to be worth its owner's remaining quota is sold without being asked.",
        "zh": "会员持有的价值达到剩余分红额度时，自动卖出。",
    },
    schema=mapping(
        {
            **_SALE,
            "quota": told(ref("name"), "Quota", "The plain asset that limits the worth of a holding."),
        },
        "asset",
        "quota",
        "fee",
        "pay",
    ),
    build=build_exit,
    check=check_one_exit,
    check_complete=check_quota_granted,
)

__all__ = ["EXIT", "REDEEM", "Exit", "Redeem", "Sale"]
