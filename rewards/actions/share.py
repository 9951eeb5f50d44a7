"""`share`: uplines earn a share of what their downline was moved, by generation (specification 3.2, sharing)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from rewards.actions.awards import SCHEMA, AwardAction, read_award
from rewards.actions.base import CloseContext, Column, Facts, Step
from rewards.money import format_rate
from rewards.network import generation_award, generation_sources
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.triggers import Trigger


@dataclass(frozen=True)
class Share(AwardAction):
    """The upline of generation g earns `generations[g − 1]` of the source."""

    generations: tuple[Fraction, ...]

    def earned(self, context: CloseContext, source: Column) -> Column:
        return generation_award(context.sponsor, source, self.award.rates(self.generations))

    def explain(self, facts: Facts) -> list[Step]:
        source = facts.outcome(self.award.source)
        found = generation_sources(facts.sponsors(), source, self.generations, facts.member - 1)
        return self.award.explain(
            facts, ((each.member, f" (generation {each.generation})", each.rate, each.amount) for each in found)
        )


def build(draft: Draft) -> Share:
    """Read `share: {source, generations, release | grant}`."""
    rates = tuple(draft.rate("generations", index) for index in range(len(draft.get("generations"))))
    award = read_award(draft)
    if not any(rates):
        draft.warning("plan.rate-zero", "generations")
    if sum(rates) > 1 and not award.accelerates:
        draft.warning("plan.generations-over-100", "generations", total=format_rate(sum(rates, Fraction(0))))
    return Share(award, rates)


KIND = ActionKind(
    name="share",
    triggers=frozenset({Trigger.DAY_CLOSE}),
    title={"en": "Share by generation", "zh": "分享"},
    summary={
        "en": "Sponsors earn a share of what their downline was moved by an earlier rule, a rate a generation.",
        "zh": "推荐人按代数分享下级由前一规则获得的数量，每代一个比率。",
    },
    schema={
        "type": "object",
        "required": ["source", "generations"],
        "additionalProperties": False,
        "properties": {
            **SCHEMA,
            "generations": {
                "type": "array",
                "minItems": 1,
                "maxItems": 50,
                "items": {"$ref": "#/$defs/rate"},
            },
        },
    },
    build=build,
)
