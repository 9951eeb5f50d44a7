"""What a distribution does: a pool is paid out to members (specification 2, static and dynamic pool)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rewards.actions.base import Action, CloseContext, Column, Facts, Step
from rewards.actions.dividing import Division
from rewards.money import format_amount
from rewards.plan.amounts import Amount
from rewards.plan.describing import describe_amount
from rewards.plan.model import Asset, Pool


@dataclass(frozen=True)
class Distribute(Action):
    """Pay a pool out to the members for whom the rule's condition holds and whose `limit` asset is not used up.

    A member is paid at most what is left of the limit, which falls by as much, and at most `most`; a part below `least`
    is not paid (both smallest units of the currency, for each member; None for none). What cannot be paid goes back to
    the platform or, with `carry`, stays in the pool.
    """

    pool: Pool
    by: Division
    pay: Asset
    limit: Asset | None
    carry: bool
    least: Amount | None = None
    most: Amount | None = None

    @property
    def outcome_asset(self) -> Asset:
        return self.pay

    def on_close(self, context: CloseContext) -> None:
        eligible = np.broadcast_to(context.selected(), (context.size,))
        limit = context.spendable(self.limit) if self.limit else None
        if limit is not None:
            eligible = eligible & (limit > 0)
        whole = max(context.pool_balance(self.pool), 0)
        parts, details = self.by.parts(context, whole, eligible)
        paid = context.pay_from_pool(self.pool, self.pay, self._within(context, parts, limit))
        if self.limit:
            context.burn(self.limit, paid)
        if not self.carry:
            left = context.pool_balance(self.pool)
            details["returned"] = left
            context.fund(self.pool, -left)
        context.report(paid, **details)

    def _within(self, context: CloseContext, parts: Column, limit: Column | None) -> Column:
        """The parts as far as they may be paid."""
        if limit is not None:
            parts = np.minimum(parts, limit)
        if self.most is not None:
            parts = np.clip(context.quantity(self.most), 0, parts)
        if self.least is not None:
            parts = np.where(parts < context.quantity(self.least), 0, parts)
        return parts

    def explain(self, facts: Facts) -> list[Step]:
        scale = self.pay.scale
        if "pool" not in facts.details:
            return []
        whole = format_amount(int(str(facts.details["pool"])), scale)
        if not facts.member:
            left = format_amount(facts.quantity, scale)
            return [
                Step(
                    f"of {whole} in pool {self.pool.name}, {left} could not be paid and went back to the platform",
                    f"资金池 {self.pool.name} 的 {whole} 中，{left} 未能分配，退回平台",
                )
            ]
        limit = ("", "")
        if self.limit:
            limit = (f"; at most the {self.limit.name} left", f"；以剩余 {self.limit.name} 为限")
        if self.most is not None:
            most = describe_amount(self.most, scale, facts.value)
            limit = (f"{limit[0]}; at most {most}", f"{limit[1]}；最多 {most}")
        part = self.by.own_part(facts)
        return [
            Step(f"pool {self.pool.name}: {whole}", f"资金池 {self.pool.name}：{whole}"),
            Step(f"own part: {part}{limit[0]}", f"本人份额：{part}{limit[1]}"),
        ]
