"""`differential` and `same_level`: awards on the whole downline by level (specification 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rewards.actions.awards import OWN_SCHEMA, SCHEMA, AwardAction, read_award, read_ladder
from rewards.actions.base import CloseContext, Column, EventContext, Facts, Step
from rewards.actions.walks import Earner, by_difference
from rewards.money import format_rate
from rewards.network import differential_award, differential_sources, same_level_award, same_level_sources
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import CLOSES, OCCASIONS


@dataclass(frozen=True)
class Differential(AwardAction):
    """Going up from each source, an upline earns its level's rate less the highest rate already met below.

    With `own` the member the source is of earns their own rate of it first, and it counts as met.
    """

    ladder: str
    rates: tuple[Fraction, ...]
    own: bool = False

    def earned(self, context: CloseContext, source: Column) -> Column:
        rates, levels = self.award.rates(self.rates), context.level(self.ladder)
        return differential_award(context.forest(self.award.tree), source, rates, levels, own=self.own)

    def earners(self, context: EventContext, member: int) -> Iterator[Earner]:
        return by_difference(
            lambda each: context.parent(self.award.tree, each),
            member,
            self.rates,
            lambda each: context.level(self.ladder, each),
            own=self.own,
        )

    def explain(self, facts: Facts) -> list[Step]:
        if facts.rule.trigger in OCCASIONS and facts.details:
            return self.award.explain_at_once(facts)
        levels = facts.levels(self.ladder)
        own = levels[facts.member - 1]
        name = facts.plan.ladders[self.ladder].levels[own].name if own >= 0 else "–"
        level = Step(f"level {name} of {self.ladder}", f"{self.ladder} 等级 {name}")
        if not self.award.on_record:
            of = self.award.source.name
            line = Step(f"its rate of {of} of those below, less the highest rate passed", f"按级差计下级的 {of}")
            return [level, line]
        source = facts.outcome(self.award.source.rule)
        found = differential_sources(facts.sponsors(), source, self.rates, levels, facts.member - 1, own=self.own)
        return [level, *self.award.explain(facts, ((each.member, "", each.rate, each.amount) for each in found))]


@dataclass(frozen=True)
class SameLevel(AwardAction):
    """The nearest upline of at least a member's level, if of exactly that level, earns of the member's downline."""

    ladder: str
    rate: Fraction

    def earned(self, context: CloseContext, source: Column) -> Column:
        (rate,) = self.award.rates((self.rate,))
        return same_level_award(context.forest(self.award.tree), source, rate, context.level(self.ladder))

    def explain(self, facts: Facts) -> list[Step]:
        if not self.award.on_record:
            of = self.award.source.name
            rate = format_rate(self.rate)
            return [Step(f"{rate} of {of} of the downlines of peers", f"同级会员下级的 {of} 的 {rate}")]
        source, levels = facts.outcome(self.award.source.rule), facts.levels(self.ladder)
        found = same_level_sources(facts.sponsors(), source, levels, facts.member - 1)
        return self.award.explain(facts, ((each.member, " (downline)", self.rate, each.amount) for each in found))


def build_differential(draft: Draft) -> Differential:
    """Read `differential: {source | of, rate: LADDER.COLUMN, own, tree, release | grant}`."""
    award, own = read_award(draft), bool(draft.get("own", False))
    found = draft.scope.column(draft.at("rate"))
    if found is None:
        return Differential(award, "", (), own)
    ladder, column, rates = found
    if not ladder.held:
        draft.error("plan.ladder-not-held", "rate", name=ladder.name)
    elif any(rate > 1 for rate in rates):
        draft.error("plan.column-over-100", "rate", column=column, ladder=ladder.name)
    if list(rates) != sorted(rates):
        draft.warning("plan.rates-fall", "rate", column=column, ladder=ladder.name)
    return Differential(award, ladder.name, rates, own)


def build_same_level(draft: Draft) -> SameLevel:
    """Read `same_level: {source | of, ladder, rate, tree, release | grant}`."""
    award = read_award(draft)
    ladder = read_ladder(draft, "ladder")
    rate = draft.rate("rate")
    if rate == 0:
        draft.warning("plan.rate-zero", "rate")
    return SameLevel(award, ladder, rate)


DIFFERENTIAL = ActionKind(
    name="differential",
    triggers=OCCASIONS | frozenset(CLOSES),
    title={"en": "Differential", "zh": "级差"},
    summary={
        "en": "An upline earns its level's rate on the downline's source, less the highest rate already paid below.",
        "zh": "上级按自己等级的比率，减去下级已得的最高比率，对下级的数量计奖。",
    },
    schema=mapping(
        {
            **SCHEMA,
            "rate": told(ref("column"), "Rate", "The column with the rate of each level of a ladder members hold."),
            "own": OWN_SCHEMA,
        },
        "rate",
    ),
    build=build_differential,
)

SAME_LEVEL = ActionKind(
    name="same_level",
    triggers=frozenset(CLOSES),
    title={"en": "Same-level award", "zh": "平级奖"},
    summary={
        "en": "An upline earns a rate of the downline of a peer of equal level.",
        "zh": "上级对同级会员的下级数量，按一定比率获得平级奖。",
    },
    schema=mapping(
        {
            **SCHEMA,
            "ladder": told(ref("name"), "Ladder", "The ladder whose levels are compared."),
            "rate": told(ref("rate"), "Rate", "What the upline earns of the source of the peer's whole downline."),
        },
        "ladder",
        "rate",
    ),
    build=build_same_level,
)
