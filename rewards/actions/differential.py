"""`differential` and `same_level`: awards on the whole downline by level (specification 3.3 and 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewards.actions.awards import SCHEMA, AwardAction, read_award
from rewards.actions.base import CloseContext, Column, Facts, Step
from rewards.network import differential_award, differential_sources, same_level_award, same_level_sources
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Differential(AwardAction):
    """Going up from each source, an upline earns its level's rate less the highest rate already met below."""

    ladder: str
    rates: tuple[Fraction, ...]

    def earned(self, context: CloseContext, source: Column) -> Column:
        rates = self.award.rates(self.rates)
        return differential_award(context.sponsor, source, rates, context.level(self.ladder))

    def explain(self, facts: Facts) -> list[Step]:
        source, levels = facts.outcome(self.award.source), facts.levels(self.ladder)
        found = differential_sources(facts.sponsors(), source, self.rates, levels, facts.member - 1)
        own = levels[facts.member - 1]
        name = facts.plan.ladders[self.ladder].levels[own].name if own >= 0 else "–"
        level = Step(f"level {name} of {self.ladder}", f"{self.ladder} 等级 {name}")
        return [level, *self.award.explain(facts, ((each.member, "", each.rate, each.amount) for each in found))]


@dataclass(frozen=True)
class SameLevel(AwardAction):
    """The nearest upline of at least a member's level, if of exactly that level, earns of the member's downline."""

    ladder: str
    rate: Fraction

    def earned(self, context: CloseContext, source: Column) -> Column:
        (rate,) = self.award.rates((self.rate,))
        return same_level_award(context.sponsor, source, rate, context.level(self.ladder))

    def explain(self, facts: Facts) -> list[Step]:
        source, levels = facts.outcome(self.award.source), facts.levels(self.ladder)
        found = same_level_sources(facts.sponsors(), source, levels, facts.member - 1)
        return self.award.explain(facts, ((each.member, " (downline)", self.rate, each.amount) for each in found))


def build_differential(draft: Draft) -> Differential:
    """Read `differential: {source, rate: LADDER.COLUMN, release | grant}`."""
    award = read_award(draft)
    found = draft.scope.column(draft.at("rate"))
    if found is None:
        return Differential(award, "", ())
    ladder, column, rates = found
    if not ladder.held:
        draft.error("plan.ladder-not-held", "rate", name=ladder.name)
    elif any(rate > 1 for rate in rates):
        draft.error("plan.column-over-100", "rate", column=column, ladder=ladder.name)
    if list(rates) != sorted(rates):
        draft.warning("plan.rates-fall", "rate", column=column, ladder=ladder.name)
    return Differential(award, ladder.name, rates)


def build_same_level(draft: Draft) -> SameLevel:
    """Read `same_level: {source, ladder, rate, release | grant}`."""
    award = read_award(draft)
    name = str(draft.get("ladder"))
    ladder = draft.scope.ladder(draft.at("ladder"), name)
    if ladder is not None and not ladder.held:
        draft.error("plan.ladder-not-held", "ladder", name=ladder.name)
    rate = draft.rate("rate")
    if rate == 0:
        draft.warning("plan.rate-zero", "rate")
    return SameLevel(award, name, rate)


DIFFERENTIAL = ActionKind(
    name="differential",
    triggers=frozenset({Trigger.DAY_CLOSE}),
    title={"en": "Differential", "zh": "级差"},
    summary={
        "en": "An upline earns its level's rate on the downline's source, less the highest rate already paid below.",
        "zh": "上级按自己等级的比率，减去下级已得的最高比率，对下级的数量计奖。",
    },
    schema={
        "type": "object",
        "required": ["source", "rate"],
        "additionalProperties": False,
        "properties": {**SCHEMA, "rate": {"$ref": "#/$defs/column"}},
    },
    build=build_differential,
)

SAME_LEVEL = ActionKind(
    name="same_level",
    triggers=frozenset({Trigger.DAY_CLOSE}),
    title={"en": "Same-level award", "zh": "平级奖"},
    summary={
        "en": "An upline earns a rate of the downline of a peer of equal level.",
        "zh": "上级对同级会员的下级数量，按一定比率获得平级奖。",
    },
    schema={
        "type": "object",
        "required": ["source", "ladder", "rate"],
        "additionalProperties": False,
        "properties": {**SCHEMA, "ladder": {"$ref": "#/$defs/name"}, "rate": {"$ref": "#/$defs/rate"}},
    },
    build=build_same_level,
)
