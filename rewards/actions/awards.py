"""How day-close awards reach their earners: as an extra release of their own locked lots, or as newly issued units.

An award written with `release: ASSET` is an acceleration (specification 3): it is taken from the earner's
own locked lots, oldest order first, and limited by what is left in them. One written with `grant: ASSET`
is issued on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rewards.actions.base import Action, CloseContext, Column, Facts, Step
from rewards.columns import draw_oldest_first
from rewards.money import format_amount, format_rate
from rewards.plan.draft import Draft
from rewards.plan.model import Asset, Rule
from rewards.plan.scope import UNKNOWN_ASSET

MOST_SOURCES = 30
"""How many sources of an award an explanation lists, the largest first."""

SCHEMA: dict[str, Any] = {
    "source": {"$ref": "#/$defs/name"},
    "release": {"$ref": "#/$defs/name"},
    "grant": {"$ref": "#/$defs/name"},
}


@dataclass(frozen=True)
class Award:
    """What an award is computed from (`source`, a rule's id) and how it is paid."""

    source: str
    asset: Asset
    accelerates: bool
    unit: Fraction
    """Smallest units of the asset a smallest unit of the source."""

    @property
    def releases(self) -> tuple[Asset, ...]:
        """The assets whose locked lots it releases."""
        return (self.asset,) if self.accelerates else ()

    def rates(self, rates: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """Rates of the source's units as rates between smallest units."""
        return tuple(rate * self.unit for rate in rates)

    def pay(self, context: CloseContext, earned: Column) -> None:
        """Pay each member what they earned (int64[members], smallest units), as far as the rule's condition holds."""
        earned = np.where(context.selected(), earned, 0)
        taken_back = np.zeros(context.size, dtype=np.int64)
        if (earned < 0).any():
            taken_back = context.take_back(self.asset, np.maximum(-earned, 0), lock_again=self.accelerates)
            earned = np.maximum(earned, 0)
        if not self.accelerates:
            context.issue(self.asset, earned)
            context.report(earned - taken_back)
            return
        lots = context.lots(self.asset)
        taken = draw_oldest_first(lots.owner, lots.remaining, earned)
        context.release(self.asset, taken)
        paid = np.zeros(context.size, dtype=np.int64)
        np.add.at(paid, lots.owner, taken)
        context.report(paid - taken_back)

    def explain(self, facts: Facts, sources: Iterable[tuple[int, str, Fraction, int]]) -> list[Step]:
        """What an award adds up to: for each source a member (index), a label, the rate and the quantity."""
        listed = [each for each in sources if each[3]]
        total = sum((rate * quantity for _, _, rate, quantity in listed), Fraction(0))
        scale = self.asset.scale
        earned = format_amount(int(total * self.unit), scale)
        limit = ("", "")
        if self.accelerates:
            limit = (", as far as the own locked lots reach, oldest first", "，以本人锁定批次为限，先到先释放")
        steps = [Step(f"earned {earned} in all{limit[0]}", f"合计应得 {earned}{limit[1]}")]
        largest = sorted(listed, key=lambda each: -abs(each[2] * each[3]))
        for member, label, rate, quantity in largest[:MOST_SOURCES]:
            text = f"{facts.name(member)}{label}: {format_rate(rate)} × {format_amount(quantity, scale)}"
            steps.append(Step(text, text, 1))
        if len(listed) > MOST_SOURCES:
            more = len(listed) - MOST_SOURCES
            steps.append(Step(f"and {more} more sources", f"另有 {more} 项来源", 1))
        return steps


@dataclass(frozen=True)
class AwardAction(Action):
    """Base of the actions that are awards: what members earn of a source, column by column."""

    award: Award

    @property
    def outcome_asset(self) -> Asset:
        return self.award.asset

    @property
    def releases(self) -> tuple[Asset, ...]:
        return self.award.releases

    def earned(self, context: CloseContext, source: Column) -> Column:
        """What each member earns of the source (both int64[members], smallest units of each one's asset)."""
        raise TypeError(f"{type(self).__name__} does not say what is earned")

    def on_close(self, context: CloseContext) -> None:
        self.award.pay(context, self.earned(context, context.outcome(self.award.source)))


def read_award(draft: Draft) -> Award:
    """Read `source` and `release` or `grant` of an award."""
    rule = draft.source_rule("source")
    asset = draft.asset("release" if draft.has("release") else "grant") if _one_of(draft) else UNKNOWN_ASSET
    if draft.has("release") and asset.lots is None:
        draft.error("plan.asset-without-lots", "release", name=asset.name)
    if draft.has("grant") and (asset.priced or asset.currency):
        draft.error("plan.award-asset", "grant", name=asset.name)
    scale = _source_scale(draft, rule, asset)
    return Award(str(draft.get("source")), asset, draft.has("release"), Fraction(10**asset.scale, 10**scale))


def _one_of(draft: Draft) -> bool:
    if draft.has("release") == draft.has("grant"):
        draft.error("plan.award-release-or-grant")
        return False
    return True


def _source_scale(draft: Draft, rule: Rule | None, asset: Asset) -> int:
    if rule is None:
        return asset.scale
    if not rule.action.gives:
        draft.error("plan.source-moves-nothing", "source", name=rule.id)
    return int(rule.action.outcome_scale)
