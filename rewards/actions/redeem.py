"""`redeem`: a member sells units of a priced asset back to the platform (specification 1, redeem)."""

from __future__ import annotations

from dataclasses import dataclass

from rewards.actions.base import EventContext
from rewards.actions.selling import SALE, Selling, read_sale
from rewards.actions.shortage import refuse_above, refuse_shortage
from rewards.plan.amounts import Amount
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.events import Redeem as RedeemRequest
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import Trigger

MOST = told(ref("amount"), "Most", "At most so many units in one request; a request for more is refused.")


@dataclass(frozen=True)
class Redeem(Selling):
    """A member sells as many units as they ask to, at most `most` at a time (smallest units; None: no limit)."""

    most: Amount | None = None

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
        if self.most is not None:
            most = max(context.quantity(self.most, request.member), 0)
            if request.quantity > most:
                refuse_above(context, self.sale.asset, most, request.quantity)
        self.sale.sell(context, request.member, request.quantity)


def build_redeem(draft: Draft) -> Redeem:
    """Read `redeem: {asset, fee, pay, most}`."""
    sale = read_sale(draft)
    return Redeem(sale, draft.most(sale.asset.scale))


KIND = ActionKind(
    name="redeem",
    triggers=frozenset({Trigger.REDEEM}),
    title={"en": "Redeem", "zh": "回购"},
    summary={
        "en": "A member gives units of a priced asset back for cash; a fee stays in the pool and the units are burned.",
        "zh": "会员将增值积分交回平台换取现金；手续费留在资金池，积分销毁。",
    },
    schema=mapping({**SALE, "most": MOST}, "asset", "fee", "pay"),
    build=build_redeem,
)
