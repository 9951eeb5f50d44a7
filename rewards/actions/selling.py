"""Selling units of a priced asset back to the platform (specification 1, redeem and quota exit).

Gross = units × price; the fee stays in the pool, the rest is paid in cash, the units are burned. The pool
keeps at least the price for every unit left, so redeeming never lowers the price.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewards.actions import texts  # noqa: F401  (registers the texts of this room)
from rewards.actions.base import Action, EventContext, Facts, Step
from rewards.money import format_amount, format_rate, format_ratio
from rewards.plan.draft import Draft
from rewards.plan.model import BURNED, Asset, Pool
from rewards.plan.schema_parts import ref, told
from rewards.plan.scope import UNKNOWN_POOL

SALE = {
    "asset": told(ref("name"), "Asset", "The priced asset that is sold back."),
    "fee": told(ref("rate"), "Fee", "The part of the gross that stays in the pool."),
    "pay": told(ref("name"), "Pay", "The currency asset the rest is paid in."),
}
"""The keys of every sale, each with its fragment."""


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
class Selling(Action):
    """What sells a member's units, asked or unasked: it has the same outcome, takes and explains the same."""

    sale: Sale

    @property
    def outcome_asset(self) -> Asset:
        return self.sale.cash

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.sale.asset,)

    def explain(self, facts: Facts) -> list[Step]:
        return _explain_sale(self.sale, facts)


def _explain_sale(sale: Sale, facts: Facts) -> list[Step]:
    """How the gross of a sale came about."""
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


def read_sale(draft: Draft) -> Sale:
    """Read `asset`, `fee` and `pay` of a sale."""
    asset = draft.asset("asset")
    cash = draft.currency_asset("pay")
    if asset.priced is None:
        draft.error("plan.asset-not-priced", "asset", name=asset.name)
        return Sale(asset, UNKNOWN_POOL, draft.rate("fee"), cash)
    return Sale(asset, draft.scope.pools.get(asset.priced.pool, UNKNOWN_POOL), draft.rate("fee"), cash)
