"""What a grant does: units are issued to a member, free to use or locked in a lot (specification 1.2–1.4, 2, 3).

Of a priced asset they are granted by what they are *worth* at the price before the order, out of what the same order
contributed, so that the price cannot fall; what the supply has left is the limit (发完即止). Of an asset with lots they
may be granted locked, as one lot with a basis of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np

from rewards.actions.base import Action, CloseContext, Column, EventContext, Facts, Plain, Step
from rewards.money import format_amount, format_rate, format_ratio
from rewards.plan.amounts import Amount, Share
from rewards.plan.describing import describe_amount
from rewards.plan.fields import Field
from rewards.plan.measures import Flow
from rewards.plan.model import ISSUANCE, Asset


@dataclass(frozen=True)
class Worth:
    """A share of what an earlier `fund` rule contributed in the same event."""

    rate: Fraction
    rule_id: str

    @cached_property
    def ratio(self) -> tuple[int, int]:
        """The rate as two integers, which every order asks for."""
        return self.rate.as_integer_ratio()


@dataclass(frozen=True)
class Grant(Action):
    """Give `to` (buyer, member or sponsor; at a close every member) `amount` units of `asset`, or units worth so much.

    What caps cut off is not given; the rule's outcome is what was given.
    """

    asset: Asset
    to: str
    amount: Amount | None
    worth: Worth | None
    basis: Field | None
    """Set when the units are granted as a locked lot: the field that is its basis."""
    paid_before: tuple[Flow, ...] = ()
    """With `less_paid`: what the rule has given before."""

    @property
    def outcome_asset(self) -> Asset:
        return self.asset

    @property
    def gives(self) -> tuple[Asset, ...]:
        return () if self.basis else (self.asset,)

    @property
    def locks(self) -> tuple[Asset, ...]:
        return (self.asset,) if self.basis else ()

    @property
    def flows(self) -> tuple[Flow, ...]:
        return self.paid_before

    @property
    def plain(self) -> Plain | None:
        if self.to != "buyer" or self.basis is not None:
            return None
        if self.worth is not None:
            return Plain(self.asset, ISSUANCE, 0, Share("", *self.worth.ratio), self.worth.rule_id)
        share = None if self.amount is None else self.amount.share
        return None if share is None else Plain(self.asset, ISSUANCE, 0, share)

    # --- on an event -----------------------------------------------------------------------------------------------

    def on_event(self, context: EventContext) -> None:
        member = context.person(self.to)
        if not member:
            context.report(0)
            return
        if self.worth is not None:
            self._give_worth(context, member, self.worth)
        else:
            assert self.amount is not None
            context.report(self._give(context, member, context.quantity(self.amount, member)))

    def _give_worth(self, context: EventContext, member: int, worth: Worth) -> None:
        numerator, denominator = context.price_before(self.asset)
        (of, per), contributed = worth.ratio, context.outcome(worth.rule_id)
        quantity = of * contributed * denominator // (per * numerator)
        given = self._give(context, member, quantity)
        context.report(given, contributed=contributed, price=f"{numerator}/{denominator}")

    def _give(self, context: EventContext, member: int, quantity: int) -> int:
        priced = self.asset.priced
        if priced is not None and priced.supply is not None:
            quantity = min(quantity, priced.supply - context.issued(self.asset))
        if quantity <= 0:
            return 0
        if self.basis is None:
            return context.give(self.asset, member, quantity)
        return context.give_lot(self.asset, member, quantity, context.value(self.basis))

    # --- at a close --------------------------------------------------------------------------------------------------

    def on_close(self, context: CloseContext) -> None:
        assert self.amount is not None
        quantity = np.where(context.selected(), np.maximum(context.quantity(self.amount), 0), 0)
        if self.to == "sponsor":
            quantity = _to_sponsors(context, quantity)
        if self.basis is None:
            given = context.issue(self.asset, quantity)
        else:
            basis = np.broadcast_to(np.asarray(context.value(self.basis), dtype=np.int64), (context.size,))
            if self.to == "sponsor":
                basis = _to_sponsors(context, np.where(context.selected(), basis, 0))
            given = context.issue_lots(self.asset, quantity, basis)
        context.report(given)

    def explain(self, facts: Facts) -> list[Step]:
        if self.amount is not None:
            line = describe_amount(self.amount, self.asset.scale, facts.value)
            if self.amount.less_paid is None:
                return [Step(line, line)]
            return [Step(f"{line}, less what the rule has paid before", f"{line}，减去该规则此前已发放的数量")]
        assert self.worth is not None
        if "price" not in facts.details:
            return []
        scale = facts.plan.currency_scale
        numerator, denominator = map(int, str(facts.details["price"]).split("/"))
        price = format_ratio(numerator * 10**self.asset.scale, denominator * 10**scale, 4)
        contributed = format_amount(int(str(facts.details["contributed"])), scale)
        worth = f"{format_rate(self.worth.rate)} × rules.{self.worth.rule_id}.amount {contributed}"
        return [
            Step(f"{worth}, in units at the price before the order, {price}", f"{worth}，按下单前价格 {price} 折算")
        ]


def _to_sponsors(context: CloseContext, quantity: Column) -> Column:
    """What members would get (int64[members]), added up for their sponsors; nothing for nobody's."""
    return context.forest("").generations_sum(quantity, 1, 1)
