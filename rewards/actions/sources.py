"""What an award is computed from: what an earlier rule has moved, or a field."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rewards.actions.base import CloseContext, Column, EventContext
from rewards.plan.amounts import Base
from rewards.plan.conditions import LinesTotal, value_of
from rewards.plan.draft import Draft
from rewards.plan.lines import OF_LINES
from rewards.plan.model import Asset
from rewards.plan.schema_parts import ref, told
from rewards.plan.triggers import PERSONAL

SCHEMA: dict[str, Any] = {
    "source": told(ref("name"), "Source", "An earlier rule on the same trigger: the award is taken of what it moved."),
    "of": told(
        {"oneOf": [ref("field"), OF_LINES]},
        "Of",
        "A field the award is taken of, in place of a source: of the order or event, or of the member at a close.",
    ),
}


@dataclass(frozen=True)
class Source:
    """What an award is computed from: `rule` (an id) or, where that is empty, `base`; below zero it counts as nothing.

    What a rule has moved may be below zero at a close, where refunds take it back; an award takes its part back then.
    """

    rule: str
    base: Base | None
    scale: int
    """Decimals of its smallest unit."""
    unit: Fraction
    """Smallest units of the award's asset a smallest unit of the source."""

    @property
    def name(self) -> str:
        """How the rule file names it."""
        if self.rule:
            return f"rules.{self.rule}.amount"
        return "order.lines" if self.base is None or isinstance(self.base, LinesTotal) else self.base.name

    def single(self, context: EventContext) -> int:
        """What it is on an event, in its own smallest units."""
        if self.rule:
            return max(context.outcome(self.rule), 0)
        assert self.base is not None
        return max(int(value_of(self.base, context.value)), 0)

    def column(self, context: CloseContext) -> Column:
        """What it is for each member, int64[members], in its own smallest units.

        Where something happens to some members at a close (`level.reached`, a birthday) it is theirs alone.
        """
        if self.rule:
            found = context.outcome(self.rule)
        else:
            assert self.base is not None
            value = np.asarray(value_of(self.base, context.value), dtype=np.int64)
            found = np.maximum(np.broadcast_to(value, (context.size,)), 0)
        if context.rule.trigger in PERSONAL:
            return np.where(context.selected(), found, 0)
        return found


def read_source(draft: Draft, asset: Asset) -> Source:
    """Read `source` or `of` of an award in an asset."""
    if draft.has("source") == draft.has("of"):
        draft.error("plan.award-source-or-of")
    if not draft.has("source"):
        return _read_base(draft, asset)
    rule = draft.source_rule("source")
    scale = asset.scale
    if rule is not None:
        scale = int(rule.action.outcome_scale)
        if not rule.action.gives:
            draft.error("plan.source-moves-nothing", "source", name=rule.id)
    return Source(str(draft.get("source")), None, scale, _unit(asset, scale))


def _read_base(draft: Draft, asset: Asset) -> Source:
    if not draft.has("of"):
        return Source("", None, asset.scale, Fraction(1))
    base = draft.measure_base("of")
    return Source("", base, base.scale, _unit(asset, base.scale))


def _unit(asset: Asset, scale: int) -> Fraction:
    return Fraction(10**asset.scale, 10**scale)
