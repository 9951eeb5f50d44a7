"""`share`: uplines earn a share of what their downline was moved, by generation (specification 3.2, sharing)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from rewards.actions.awards import OWN_SCHEMA, SCHEMA, AwardAction, read_award, read_ladder
from rewards.actions.base import CloseContext, Column, EventContext, Facts, Step
from rewards.actions.walks import Earner, by_generation
from rewards.money import format_rate
from rewards.network import generation_award, generation_sources
from rewards.plan.conditions import Condition
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.fields import Place
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.triggers import CLOSES, OCCASIONS


@dataclass(frozen=True)
class Share(AwardAction):
    """The upline of generation g earns `generations[g − 1]` of the source; without options it is the g-th above.

    Only those who fulfil `counts` are a generation. `blocked_by` names a ladder: nobody earns of what comes through
    (or from) somebody of at least their own level. With `own` the first generation is the member.
    """

    generations: tuple[Fraction, ...]
    counts: Condition | None = None
    blocked_by: str = ""
    own: bool = False

    def earned(self, context: CloseContext, source: Column) -> Column:
        return generation_award(
            context.forest(self.award.tree),
            source,
            self.award.rates(self.generations),
            counts=None if self.counts is None else context.holds(self.counts),
            blocker=context.level(self.blocked_by) if self.blocked_by else None,
            own=self.own,
        )

    def earners(self, context: EventContext, member: int) -> Iterator[Earner]:
        counts, ladder = self.counts, self.blocked_by
        return by_generation(
            lambda each: context.parent(self.award.tree, each),
            member,
            self.generations,
            counts=None if counts is None else lambda each: context.holds(counts, each),
            level=(lambda each: context.level(ladder, each)) if ladder else None,
            own=self.own,
        )

    def explain(self, facts: Facts) -> list[Step]:
        if facts.rule.trigger in OCCASIONS and facts.details:
            return self.award.explain_at_once(facts)
        # Who counted as a generation on that day is not on record, nor is a field's value of everybody.
        if not self.award.on_record or self.counts is not None:
            rates = ", ".join(format_rate(rate) for rate in self.generations)
            name = self.award.source.name
            return [Step(f"{rates} of {name} of those below, by generation", f"按代计下级 {name} 的 {rates}")]
        found = generation_sources(
            facts.sponsors(),
            facts.outcome(self.award.source.rule),
            self.generations,
            facts.member - 1,
            blocker=facts.levels(self.blocked_by) if self.blocked_by else None,
            own=self.own,
        )
        return self.award.explain(
            facts, ((each.member, f" (generation {each.generation})", each.rate, each.amount) for each in found)
        )


def build(draft: Draft) -> Share:
    """Read `share: {source | of, generations, counts, blocked_by, own, tree, release | grant}`."""
    rates = tuple(draft.rate("generations", index) for index in range(len(draft.get("generations"))))
    award = read_award(draft)
    if not any(rates):
        draft.warning("plan.rate-zero", "generations")
    if sum(rates) > 1 and not award.accelerates:
        draft.warning("plan.generations-over-100", "generations", total=format_rate(sum(rates, Fraction(0))))
    return Share(
        award,
        rates,
        draft.condition("counts", place=Place.MEMBER) if draft.has("counts") else None,
        read_ladder(draft, "blocked_by") if draft.has("blocked_by") else "",
        bool(draft.get("own", False)),
    )


KIND = ActionKind(
    name="share",
    triggers=OCCASIONS | frozenset(CLOSES),
    title={"en": "Share by generation", "zh": "分享"},
    summary={
        "en": "Uplines earn a share of what happens below them, a rate a generation: of what an earlier rule moved, "
        "or of a field.",
        "zh": "上级按代数分享下级的数量（前一规则转移的数量，或某个字段），每代一个比率。",
    },
    schema=mapping(
        {
            **SCHEMA,
            "generations": told(
                {"type": "array", "minItems": 1, "maxItems": 50, "items": ref("rate")},
                "Generations",
                "A rate a generation: the first for the one directly above, the second for the one above them, …",
            ),
            "counts": told(
                ref("condition"),
                "Counts",
                "A condition on members: uplines who do not fulfil it are passed over and use up no generation.",
            ),
            "blocked_by": told(
                ref("name"),
                "Blocked by",
                "A ladder: an upline earns only if nobody on the way, the source included, has at least their level.",
            ),
            "own": OWN_SCHEMA,
        },
        "generations",
    ),
    build=build,
)
