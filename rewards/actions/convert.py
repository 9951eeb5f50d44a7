"""`convert`: between a priced asset and the stable one, at equal value (specification 1, convert to the stable asset).

Priced units go to the treasury and stay in circulation; stable points are issued for them. The way back
takes units out of the treasury, and is refused with the quantity available when the treasury holds too
few.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewards.actions.base import Action, EventContext, Facts, Step
from rewards.actions.shortage import refuse_shortage
from rewards.money import format_amount, format_ratio
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.events import Convert as ConvertRequest
from rewards.plan.model import BURNED, ISSUANCE, TREASURY, Asset
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Convert(Action):
    """Turn `source` into `target`; one of them is priced, the other stable (it has a cash value)."""

    source: Asset
    target: Asset
    currency_scale: int

    @property
    def outcome_asset(self) -> Asset:
        return self.target

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.source,)

    @property
    def claim(self) -> tuple[str, ...]:
        return ("convert", self.source.name, self.target.name)

    def on_event(self, context: EventContext) -> None:
        request = context.event
        assert isinstance(request, ConvertRequest)
        if (request.source, request.target) != (self.source.name, self.target.name):
            return
        have = context.balance(self.source, request.member)
        if request.quantity > have:
            refuse_shortage(context, self.source, have, request.quantity)
        if self.source.priced:
            self._to_stable(context, request.member, request.quantity)
        else:
            self._to_priced(context, request.member, request.quantity)

    def _stable_price(self, stable: Asset) -> Fraction:
        """Smallest units of the currency per smallest unit of the stable asset."""
        assert stable.cash_value is not None
        return stable.cash_value * Fraction(10**self.currency_scale, 10**stable.scale)

    def _to_stable(self, context: EventContext, member: int, quantity: int) -> None:
        numerator, denominator = context.price(self.source)
        received = int(Fraction(quantity * numerator, denominator) / self._stable_price(self.target))
        if not received:
            context.refuse("request.converts-to-nothing", "/quantity", target=self.target.name)
        context.move(self.source, member, TREASURY, quantity)
        context.move(self.target, ISSUANCE, member, received)
        context.report(received, price=f"{numerator}/{denominator}")

    def _to_priced(self, context: EventContext, member: int, quantity: int) -> None:
        numerator, denominator = context.price(self.target)
        received = int(quantity * self._stable_price(self.source) * denominator / numerator)
        available = context.balance(self.target, TREASURY)
        if received > available:
            context.refuse(
                "request.treasury-too-small",
                "/quantity",
                asset=self.target.name,
                available=format_amount(available, self.target.scale),
                wanted=format_amount(received, self.target.scale),
            )
        if not received:
            context.refuse("request.converts-to-nothing", "/quantity", target=self.target.name)
        context.move(self.source, member, BURNED, quantity)
        context.move(self.target, TREASURY, member, received)
        context.report(received, price=f"{numerator}/{denominator}")

    def explain(self, facts: Facts) -> list[Step]:
        if "price" not in facts.details:
            return []
        numerator, denominator = map(int, str(facts.details["price"]).split("/"))
        priced = self.source if self.source.priced else self.target
        price = format_ratio(numerator * 10**priced.scale, denominator * 10**self.currency_scale, 4)
        return [
            Step(
                f"equal value at the price of {priced.name}, {price}; what is received is rounded down",
                f"按 {priced.name} 的价格 {price} 等值兑换；所得向下取整",
            )
        ]


def build(draft: Draft) -> Convert:
    """Read `convert: {from, to}`."""
    source, target = draft.asset("from"), draft.asset("to")
    pair = (bool(source.priced), bool(target.priced))
    stable = target if source.priced else source
    if pair[0] == pair[1]:
        draft.error("plan.convert-pair", source=source.name, target=target.name)
    elif not stable.cash_value or stable.currency:
        draft.error("plan.asset-not-stable", "to" if source.priced else "from", name=stable.name)
    return Convert(source, target, draft.scope.currency_scale)


KIND = ActionKind(
    name="convert",
    triggers=frozenset({Trigger.CONVERT}),
    title={"en": "Convert", "zh": "兑换"},
    summary={
        "en": "A member turns units of a priced asset into the stable one of equal value, or back, "
        "through the treasury.",
        "zh": "会员将增值积分按等值换成恒定积分，或换回；经由平台库存。",
    },
    schema=mapping(
        {
            "from": told(ref("name"), "From", "What is given: the priced asset, or the stable one."),
            "to": told(ref("name"), "To", "What is received: the other of the two."),
        },
        "from",
        "to",
    ),
    build=build,
)
