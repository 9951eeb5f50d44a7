"""How a pool is divided among members: by weight, by level in equal parts, or by units (specification 2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import CloseContext, Column, Facts
from rewards.columns import exact_sum, narrowed, proportional
from rewards.money import format_amount, format_rate, format_ratio
from rewards.plan.describing import known
from rewards.plan.fields import Field
from rewards.plan.ladder import Ladder


class Division(Protocol):
    """A way of dividing a pool."""

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, object]]:
        """Each member's part of `whole` (smallest units of the currency), int64[members], and what explains it."""
        ...

    def own_part(self, facts: Facts) -> str:
        """How the part of one member came about, as one line of arithmetic."""
        ...


@dataclass(frozen=True)
class ByWeight:
    """Parts in proportion to a field of members; `everyone` keeps those who cannot be paid in the divisor.

    A weight below zero counts as none.
    """

    weight: Field
    everyone: bool

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, object]]:
        """See Division."""
        weight = np.maximum(np.asarray(context.value(self.weight), dtype=np.int64), 0)
        counted = weight if self.everyone else np.where(eligible, weight, 0)
        divisor = int(narrowed([context.total(exact_sum(counted))])[0])
        parts = np.where(eligible, proportional(whole, counted, divisor), 0)
        return parts, {"pool": whole, "divisor": divisor}

    def own_part(self, facts: Facts) -> str:
        """See Division."""
        field, divisor = self.weight, int(str(facts.details["divisor"]))
        weight = known(facts.value, field)
        own = field.name if weight is None else f"{field.name} {format_amount(weight, field.scale)}"
        return f"{own} ÷ {format_amount(divisor, field.scale)}"


@dataclass(frozen=True)
class ByLevel:
    """Every level has a share of the pool, divided equally among its eligible members."""

    ladder: Ladder
    shares: tuple[Fraction, ...]

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, object]]:
        """See Division."""
        counts = _members_by_level(context, self.ladder, eligible)
        details: dict[str, object] = {"pool": whole}
        details |= {f"members.{level.name}": count for level, count in zip(self.ladder.levels, counts, strict=True)}
        worth = [
            whole * share.numerator // (share.denominator * count) if count else 0
            for share, count in zip(self.shares, counts, strict=True)
        ]
        return _by_level(context, self.ladder, eligible, worth), details

    def own_part(self, facts: Facts) -> str:
        """See Division."""
        index = int(facts.levels(self.ladder.name)[facts.member - 1])
        level = self.ladder.levels[index]
        count = facts.details.get(f"members.{level.name}", "?")
        return f"{level.name} {format_rate(self.shares[index])} ÷ {count}"


@dataclass(frozen=True)
class ByUnits:
    """Every level has so many units; a unit is worth the pool divided by the units of all eligible members.

    With `grain` (smallest units of the currency, 0 for none) the worth of a unit is a whole multiple of it, rounded
    down. A part is rounded down once.
    """

    ladder: Ladder
    units: tuple[Fraction, ...]
    grain: int

    def parts(self, context: CloseContext, whole: int, eligible: NDArray[np.bool_]) -> tuple[Column, dict[str, object]]:
        """See Division."""
        counts = _members_by_level(context, self.ladder, eligible)
        total = sum((count * units for count, units in zip(counts, self.units, strict=True)), Fraction(0))
        worth = Fraction(whole) / total if total else Fraction(0)
        if self.grain:
            worth = Fraction(worth // self.grain * self.grain)
        each = [int(units * worth) if count else 0 for units, count in zip(self.units, counts, strict=True)]
        return _by_level(context, self.ladder, eligible, each), {
            "pool": whole,
            "units": str(total),
            "worth": str(worth),
        }

    def own_part(self, facts: Facts) -> str:
        """See Division."""
        index = int(facts.levels(self.ladder.name)[facts.member - 1])
        worth, total = Fraction(str(facts.details["worth"])), Fraction(str(facts.details["units"]))
        scale = facts.plan.currency_scale
        shown = format_ratio(worth.numerator, worth.denominator * 10**scale, scale + 2)
        own, of = _plain(self.units[index]), _plain(total)
        return f"{self.ladder.levels[index].name} {own} × {shown} (pool ÷ {of})"


def _members_by_level(context: CloseContext, ladder: Ladder, eligible: NDArray[np.bool_]) -> list[int]:
    """How many eligible members are on each level."""
    # Whoever is not eligible is counted among those without a level, and not at all.
    counts = np.bincount((context.level(ladder.name) + 1) * eligible, minlength=len(ladder.levels) + 1)
    return [context.total(int(count)) for count in counts[1:]]


def _by_level(context: CloseContext, ladder: Ladder, eligible: NDArray[np.bool_], worth: list[int]) -> Column:
    """For each member, what one on their level gets; nothing for whoever is not eligible or has no level."""
    parts: Column = narrowed([*worth, 0])[context.level(ladder.name)] * eligible  # −1 reads the last
    return parts


def _plain(units: Fraction) -> str:
    """A number of units as people write it."""
    return format_rate(units / 100).rstrip("%")
