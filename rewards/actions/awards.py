"""How awards reach their earners: as an extra release of their own locked lots, or as newly issued units.

An award written with `release: ASSET` is an acceleration (specification 3): it is taken at a close from the earner's
own locked lots, oldest order first, and limited by what is left in them. One written with `grant: ASSET` is issued on
top, at a close or at once on an event.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rewards.actions.base import Action, CloseContext, Column, EventContext, Facts, Step
from rewards.actions.sources import SCHEMA as SOURCE_SCHEMA
from rewards.actions.sources import Source, read_source
from rewards.actions.walks import Earner
from rewards.columns import drawn_oldest_first
from rewards.money import format_amount, format_rate
from rewards.plan.draft import Draft
from rewards.plan.model import Asset
from rewards.plan.schema_parts import ref, told
from rewards.plan.scope import UNKNOWN_ASSET
from rewards.plan.triggers import OCCASIONS, PERSONAL

MOST_SOURCES = 30
"""How many sources of an award an explanation lists, the largest first."""

SCHEMA: dict[str, Any] = {
    **SOURCE_SCHEMA,
    "release": told(ref("name"), "Release", "Pay it out of the earner's own locked lots of this asset; closes only."),
    "grant": told(ref("name"), "Grant", "Pay it in newly issued units of this asset."),
    "tree": told(ref("name"), "Tree", "The tree it goes up; the sponsor tree when left out."),
}

OWN_SCHEMA = told({"type": "boolean"}, "Own", "Whether the member the source is of earns on it first, like an upline.")


@dataclass(frozen=True)
class Award:
    """What an award is computed from, how it is paid, and which tree it goes up (empty: the sponsor tree)."""

    source: Source
    asset: Asset
    accelerates: bool
    tree: str = ""

    @property
    def releases(self) -> tuple[Asset, ...]:
        """The assets whose locked lots it releases."""
        return (self.asset,) if self.accelerates else ()

    def rates(self, rates: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
        """Rates of the source's units as rates between smallest units."""
        return tuple(rate * self.source.unit for rate in rates)

    @property
    def on_record(self) -> bool:
        """Whether everything an explanation of a close needs stays on record: the sponsors, and what a rule moved."""
        return bool(self.source.rule) and not self.tree

    # --- at a close ------------------------------------------------------------------------------------------------

    def pay(self, context: CloseContext, earned: Column) -> None:
        """Pay each member what they earned (int64[members], smallest units), as far as the rule's condition holds.

        Where something happens to some members, the condition is about them and not about those who earn of it.
        """
        if context.rule.trigger not in PERSONAL:
            selected = context.selected()
            earned = earned if selected.all() else np.where(selected, earned, 0)
        taken_back = None
        if (earned < 0).any():
            taken_back = context.take_back(self.asset, np.maximum(-earned, 0), lock_again=self.accelerates)
            earned = np.maximum(earned, 0)
        if self.accelerates:
            lots = context.lots(self.asset)
            taken, paid = drawn_oldest_first(lots.owner, lots.remaining, earned)
            context.release(self.asset, taken)
        else:
            paid = context.issue(self.asset, earned)
        context.report(paid if taken_back is None else paid - taken_back)

    def explain(self, facts: Facts, sources: Iterable[tuple[int, str, Fraction, int]]) -> list[Step]:
        """What an award adds up to: for each source a member (index), a label, the rate and the quantity."""
        listed = [each for each in sources if each[3]]
        total = sum((rate * quantity for _, _, rate, quantity in listed), Fraction(0))
        earned = format_amount(int(total * self.source.unit), self.asset.scale)
        limit = ("", "")
        if self.accelerates:
            limit = (", as far as the own locked lots reach, oldest first", "，以本人锁定批次为限，先到先释放")
        steps = [Step(f"earned {earned} in all{limit[0]}", f"合计应得 {earned}{limit[1]}")]
        largest = sorted(listed, key=lambda each: -abs(each[2] * each[3]))
        for member, label, rate, quantity in largest[:MOST_SOURCES]:
            text = f"{facts.name(member)}{label}: {format_rate(rate)} × {format_amount(quantity, self.source.scale)}"
            steps.append(Step(text, text, 1))
        if len(listed) > MOST_SOURCES:
            more = len(listed) - MOST_SOURCES
            steps.append(Step(f"and {more} more sources", f"另有 {more} 项来源", 1))
        return steps

    # --- on an event -----------------------------------------------------------------------------------------------

    def pay_at_once(self, context: EventContext, earners: Sequence[Earner]) -> None:
        """Pay every earner their rate of the source, each rounded down once, and state who earned at which rate."""
        base = self.source.single(context)
        details: dict[str, object] = {"base": base}
        total = 0
        for member, generation, rate in earners:
            quantity = int(rate * self.source.unit * base)
            if quantity:
                total += context.give(self.asset, member, quantity)
                details[f"of.{member}"] = f"{generation}:{rate}"
        context.report(total, **details)

    def explain_at_once(self, facts: Facts) -> list[Step]:
        """How an award on an event came about, from what the rule stated."""
        stated = facts.details.get(f"of.{facts.member}")
        if stated is None:
            return []
        generation, _, rate = str(stated).partition(":")
        base = format_amount(int(str(facts.details["base"])), self.source.scale)
        line = f"{format_rate(Fraction(rate))} × {self.source.name} {base}"
        if generation == "0":
            return [Step(line, line)]
        return [Step(f"{line}, as generation {generation}", f"{line}，第 {generation} 代")]


@dataclass(frozen=True)
class AwardAction(Action):
    """Base of the actions that are awards: what members earn of a source, member by member or column by column."""

    award: Award

    @property
    def outcome_asset(self) -> Asset:
        return self.award.asset

    @property
    def releases(self) -> tuple[Asset, ...]:
        return self.award.releases

    def earned(self, context: CloseContext, source: Column) -> Column:
        """What each member earns of the source (both int64[members], smallest units of each one's asset)."""
        raise TypeError(f"{type(self).__name__} does not say what is earned at a close")

    def earners(self, context: EventContext, member: int) -> Iterable[Earner]:
        """Who earns which rate of what has happened to a member."""
        raise TypeError(f"{type(self).__name__} does not say who earns on an event")

    def on_close(self, context: CloseContext) -> None:
        self.award.pay(context, self.earned(context, self.award.source.column(context)))

    def on_event(self, context: EventContext) -> None:
        # Who earns is settled before anybody is paid, so that no payment decides about another.
        self.award.pay_at_once(context, list(self.earners(context, context.person("member"))))


def read_award(draft: Draft) -> Award:
    """Read `source` or `of`, `release` or `grant`, and `tree` of an award."""
    asset = draft.asset("release" if draft.has("release") else "grant") if _one_of(draft) else UNKNOWN_ASSET
    if draft.has("release") and asset.lots is None:
        draft.error("plan.asset-without-lots", "release", name=asset.name)
    if draft.has("release") and draft.trigger in OCCASIONS:
        draft.error("plan.release-at-close", "release", on=draft.occasion.written)
    if draft.has("grant") and (asset.priced or asset.currency):
        draft.error("plan.award-asset", "grant", name=asset.name)
    return Award(read_source(draft, asset), asset, draft.has("release"), draft.tree("tree"))


def _one_of(draft: Draft) -> bool:
    if draft.has("release") == draft.has("grant"):
        draft.error("plan.award-release-or-grant")
        return False
    return True


def read_ladder(draft: Draft, key: str) -> str:
    """The name of the ladder at a key, which members must hold levels of."""
    name = str(draft.get(key))
    ladder = draft.scope.ladder(draft.at(key), name)
    if ladder is not None and not ladder.held:
        draft.error("plan.ladder-not-held", key, name=ladder.name)
    return name
