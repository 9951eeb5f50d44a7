"""`release`: each lot gives part of what is locked to its member (specification 3.1, base release)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewards.actions.base import Action, CloseContext, Facts, Step
from rewards.columns import summed_at
from rewards.plan.amounts import Amount
from rewards.plan.describing import describe_amount
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Place
from rewards.plan.model import Asset
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import CLOSES


@dataclass(frozen=True)
class Release(Action):
    """Release `amount` (smallest units, worked out a lot) from every lot that has started, at most what it has left."""

    asset: Asset
    amount: Amount

    @property
    def outcome_asset(self) -> Asset:
        return self.asset

    @property
    def releases(self) -> tuple[Asset, ...]:
        return (self.asset,)

    def on_close(self, context: CloseContext) -> None:
        lots = context.lots(self.asset)
        size = len(lots.owner)
        wanted = self.amount.column(context.lot_values(lots), size)
        released = np.minimum(wanted, lots.remaining)
        chosen = np.broadcast_to(context.selected(), (context.size,))
        if not chosen.all():
            released = np.where(chosen[lots.owner], released, 0)
        context.release(self.asset, released)
        context.report(summed_at(context.size, lots.owner, released))

    def explain(self, facts: Facts) -> list[Step]:
        line = describe_amount(self.amount, self.asset.scale, facts.value)
        return [Step(f"{line}, at most what the lot had left", f"{line}，以批次剩余为限")]


def build(draft: Draft) -> Release:
    """Read `release: {asset, amount}`."""
    asset = draft.asset("asset")
    if asset.lots is None:
        draft.error("plan.asset-without-lots", "asset", name=asset.name)
    return Release(asset, draft.amount(asset, "amount", place=Place.RELEASE))


KIND = ActionKind(
    name="release",
    triggers=frozenset(CLOSES),
    title={"en": "Release lots", "zh": "释放"},
    summary={
        "en": "Every lot that has started gives part of what is locked in it to its member.",
        "zh": "每个已开始释放的批次，把锁定的一部分释放给会员。",
    },
    schema=mapping(
        {
            "asset": told(ref("name"), "Asset", "The asset with lots."),
            "amount": told(ref("amount"), "Amount", "How much, worked out for each lot, and at most what it has left."),
        },
        "asset",
        "amount",
    ),
    build=build,
)
