"""`take`: units of what a member has are used up, as far as they reach: a fee, or a flush of what is above a limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewards.actions.base import Action, CloseContext, EventContext, Facts, Step
from rewards.plan.amounts import Amount
from rewards.plan.describing import describe_amount
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.model import Asset
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import CLOSES, OCCASIONS


@dataclass(frozen=True)
class Take(Action):
    """Use up `amount` (smallest units) of what the member has available, at most all of it; it counts as spent.

    What a member is short of does not become a debt.
    """

    asset: Asset
    amount: Amount

    @property
    def outcome_asset(self) -> Asset:
        return self.asset

    @property
    def gives(self) -> tuple[Asset, ...]:
        return ()

    @property
    def takes(self) -> tuple[Asset, ...]:
        return (self.asset,)

    def on_event(self, context: EventContext) -> None:
        member = context.person("member")
        quantity = context.quantity(self.amount, member)
        context.report(context.take(self.asset, member, quantity) if quantity > 0 else 0)

    def on_close(self, context: CloseContext) -> None:
        wanted = np.where(context.selected(), context.quantity(self.amount), 0)
        taken = np.clip(wanted, 0, np.maximum(context.spendable(self.asset), 0))
        context.burn(self.asset, taken)
        context.report(taken)

    def explain(self, facts: Facts) -> list[Step]:
        line = describe_amount(self.amount, self.asset.scale, facts.value)
        return [Step(f"{line}, at most what was available", f"{line}，以可用余额为限")]


def build(draft: Draft) -> Take:
    """Read `take: {asset, amount}`."""
    asset = draft.asset("asset")
    if asset.priced or asset.currency:
        draft.error("plan.plain-asset", "asset", name=asset.name)
    return Take(asset, draft.amount(asset, "amount"))


KIND = ActionKind(
    name="take",
    triggers=OCCASIONS | frozenset(CLOSES),
    title={"en": "Take units", "zh": "扣除"},
    summary={
        "en": "Units of what a member has are used up, at most all of them: a fee, or a balance set back to nothing.",
        "zh": "扣除会员的可用数量，以余额为限：例如收费，或将余额清零。",
    },
    schema=mapping(
        {
            "asset": told(ref("name"), "Asset", "The asset units are taken of."),
            "amount": told(ref("amount"), "Amount", "How much; at most what the member has available."),
        },
        "asset",
        "amount",
    ),
    build=build,
)
