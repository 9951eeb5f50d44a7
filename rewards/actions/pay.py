"""`pay`: a member pays another, a merchant say, with an asset (specification 1: stable points pay for goods)."""

from __future__ import annotations

from dataclasses import dataclass

from rewards.actions.base import Action, EventContext, Facts, Step
from rewards.actions.shortage import refuse_shortage
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.events import Pay as PayRequest
from rewards.plan.model import Asset
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Pay(Action):
    """Move the quantity asked for from the payer to the payee."""

    asset: Asset

    @property
    def outcome_asset(self) -> Asset:
        return self.asset

    @property
    def gives(self) -> tuple[Asset, ...]:
        return ()

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.asset,)

    @property
    def claim(self) -> tuple[str, ...]:
        return ("pay", self.asset.name)

    def on_event(self, context: EventContext) -> None:
        request = context.event
        assert isinstance(request, PayRequest)
        if request.asset != self.asset.name:
            return
        if request.payee == request.member:
            context.refuse("request.pay-oneself", "/payee")
        have = context.balance(self.asset, request.member)
        if request.quantity > have:
            refuse_shortage(context, self.asset, have, request.quantity)
        context.move(self.asset, request.member, request.payee, request.quantity)
        context.report(request.quantity)

    def explain(self, facts: Facts) -> list[Step]:
        return [Step("the quantity the payer asked to pay", "付款人要求支付的数量")]


def build(draft: Draft) -> Pay:
    """Read `pay: {asset}`."""
    return Pay(draft.asset("asset"))


KIND = ActionKind(
    name="pay",
    triggers=frozenset({Trigger.PAY}),
    title={"en": "Pay", "zh": "支付"},
    summary={
        "en": "Members and merchants pay one another with an asset.",
        "zh": "会员与商家之间用某项资产支付。",
    },
    schema=mapping({"asset": told(ref("name"), "Asset", "The asset that moves from payer to payee.")}, "asset"),
    build=build,
)
