"""`exchange`: so much of some assets becomes so much of others, as many whole times as a member's balances allow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rewards.actions.base import Action, CloseContext, Column, EventContext, Facts, Step
from rewards.columns import scaled
from rewards.money import format_amount
from rewards.plan.amounts import Amount
from rewards.plan.diagnostics import Report
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.model import Asset, Plan
from rewards.plan.schema_parts import mapping, named, ref, told
from rewards.plan.scope import UNKNOWN_ASSET
from rewards.plan.triggers import CLOSES, OCCASIONS

Part = tuple[Asset, int]
"""An asset and how much of it goes into one exchange, in its smallest units."""


@dataclass(frozen=True)
class Exchange(Action):
    """Take `taken` and give `given`, as many whole times as what is available allows, at most `most` (None: no limit).

    `most` is a number of times. The rule's outcome is what it has given of the first asset under `give`. Caps do not
    apply to it: units would be taken for nothing.
    """

    taken: tuple[Part, ...]
    given: tuple[Part, ...]
    most: Amount | None = None

    @property
    def outcome_asset(self) -> Asset:
        return self.given[0][0]

    @property
    def gives(self) -> tuple[Asset, ...]:
        return tuple(asset for asset, _ in self.given)

    @property
    def takes(self) -> tuple[Asset, ...]:
        return tuple(asset for asset, _ in self.taken)

    def on_event(self, context: EventContext) -> None:
        member = context.person("member")
        times = min(context.balance(asset, member) // quantity for asset, quantity in self.taken)
        if self.most is not None:
            times = min(times, context.quantity(self.most, member))
        if times <= 0:
            context.report(0)
            return
        for asset, quantity in self.taken:
            context.take(asset, member, quantity * times)
        received = [context.give(asset, member, quantity * times) for asset, quantity in self.given]
        context.report(received[0], times=times)

    def on_close(self, context: CloseContext) -> None:
        times = np.where(context.selected(), self._times(context), 0)
        for asset, quantity in self.taken:
            context.burn(asset, scaled(times, Fraction(quantity)))
        received = [context.issue(asset, scaled(times, Fraction(quantity))) for asset, quantity in self.given]
        context.report(received[0])

    def _times(self, context: CloseContext) -> Column:
        """How often each member can exchange, int64[members]."""
        possible = [np.maximum(context.spendable(asset), 0) // quantity for asset, quantity in self.taken]
        times: Column = np.minimum.reduce(possible)
        if self.most is None:
            return times
        return np.clip(context.quantity(self.most), 0, times)

    def explain(self, facts: Facts) -> list[Step]:
        taken, given = (
            " + ".join(f"{format_amount(quantity, asset.scale)} {asset.name}" for asset, quantity in parts)
            for parts in (self.taken, self.given)
        )
        often = facts.details.get("times")
        if often is None:
            return [Step(f"{taken} → {given}, as often as they reach", f"{taken} → {given}，以余额所及的整数次为限")]
        return [Step(f"{often} × ({taken} → {given})", f"{often} × ({taken} → {given})")]


def build(draft: Draft) -> Exchange:
    """Read `exchange: {take: {ASSET: quantity}, give: {ASSET: quantity}, most}`."""
    taken, given = tuple(_read_parts(draft, "take")), tuple(_read_parts(draft, "give"))
    names = {asset.name for asset, _ in taken}
    for asset, _ in given:
        if asset.name in names:
            draft.error("plan.exchange-for-itself", "give", asset.name, name=asset.name)
    return Exchange(taken, given, draft.most(scale=0))


def _read_parts(draft: Draft, side: str) -> Iterator[Part]:
    for name in draft.get(side):
        asset = _asset(draft, side, name)
        if asset.priced or asset.currency:
            draft.error("plan.plain-asset", side, name, name=asset.name)
        quantity = draft.scope.quantity_at(draft.at(side, name), asset.scale)
        if quantity == 0:
            draft.error("plan.must-be-positive", side, name, key=name)
        yield asset, quantity or 1


def _asset(draft: Draft, side: str, name: str) -> Asset:
    """The asset that a key names."""
    scope = draft.scope
    if name in scope.assets:
        scope.used.add(("asset", name))
        scope.doubts += ("asset", name) in scope.in_doubt
        return scope.assets[name]
    if not scope.doubtful("asset", name):
        scope.unknown("plan.unknown-asset", draft.at(side, name), name, scope.assets)
    return UNKNOWN_ASSET


def check_uncapped(plan: Plan, report: Report) -> None:
    """Refuse a cap on an exchange: what is cut off would have been taken for nothing."""
    exchanges = {rule.id for rule in plan.rules if isinstance(rule.action, Exchange)}
    for cap in plan.caps.values():
        for index, rule_id in enumerate(cap.rules):
            if rule_id in exchanges:
                report.error("plan.exchange-capped", ("caps", cap.name, "rules", index), name=rule_id)


_PARTS = named(ref("quantity"), minProperties=1, maxProperties=20)

KIND = ActionKind(
    name="exchange",
    triggers=OCCASIONS | frozenset(CLOSES),
    title={"en": "Exchange", "zh": "换取"},
    summary={
        "en": "So much of some assets becomes so much of others, as many whole times as the member's balances allow: "
        "ten stamps become a drink.",
        "zh": "一定数量的资产换成一定数量的其他资产，按会员余额所及的整数次进行：十枚印章换一杯饮品。",
    },
    schema=mapping(
        {
            "take": told(_PARTS, "Take", "What one exchange uses up: for each asset, how much."),
            "give": told(_PARTS, "Give", "What one exchange gives: for each asset, how much."),
            "most": told(ref("amount"), "Most", "At most so many exchanges at a time."),
        },
        "take",
        "give",
    ),
    build=build,
    check=check_uncapped,
)
