"""The awards that travel up the sponsor tree: by generation, by differential, and on equal levels.

See specification 3.2-3.4. Each award is the exact sum of its products, rounded down once. Rates are brought
over a common denominator, the loops add up whole numerators, and the one division comes last. The sources of
an award are always amounts of different members, so the sum of all absolute amounts times the largest
numerator bounds everything a loop computes; it is worked out beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rewards.columns import Column, Numbers, compiled, divided, over_common_denominator, total_magnitude
from rewards.money import MAX_AMOUNT
from rewards.network.tree import checked_tree, downline_numbers, nearest_upline_at_least, run_loop, zeros


def generation_award(sponsor: Column, source: Column, rates: Sequence[Fraction]) -> Column:
    """What each member earns on the generations below: rates[0] on the first, rates[1] on the second, ...

    `source` is int64[n] in smallest units; returns int64[n] (specification 3.2). Raises OverflowError when an
    award does not fit.
    """
    sponsor, source = checked_tree(sponsor, source=source)
    numerators, denominator = over_common_denominator(rates)
    fits = _fits(source, numerators)
    award = run_loop(
        _award_generations,
        fits,
        sponsor,
        _as_numbers(numerators, fits),
        source.copy(),
        zeros(sponsor),
        zeros(sponsor),
    )
    return divided(award, denominator)


def differential_award(sponsor: Column, source: Column, rates: Sequence[Fraction], level: Column) -> Column:
    """What each member earns by differential on the amounts of the downline (specification 3.3).

    `source` is int64[n] in smallest units; `level` int64[n] is an index into `rates`, or -1 for rate 0. An
    amount goes up from its member's sponsor; an upline earns their own rate less the highest rate among the
    uplines it has passed, if that is positive. The member's own level does not count as passed. Returns
    int64[n].

    Raises ValueError when a level is no index into `rates`, OverflowError when an award does not fit.
    """
    sponsor, source, level = checked_tree(sponsor, source=source, level=level)
    check_levels(level, len(rates))
    ascending = sorted({rate for rate in rates if rate > 0})
    rank_of = {rate: rank for rank, rate in enumerate(ascending, start=1)}
    # A level of -1 reads the last entry: no level, like a rate of zero or less, has rank 0 and never earns.
    rank = np.array([*(rank_of.get(rate, 0) for rate in rates), 0], dtype=np.int64)[level]
    numerators, denominator = over_common_denominator(ascending)
    fits = _fits(source, numerators)
    steps = [high - low for high, low in zip(numerators, [0, *numerators], strict=False)]
    award = run_loop(
        _award_steps,
        fits,
        sponsor,
        source,
        rank,
        _as_numbers(steps, fits),
        zeros(sponsor),
        zeros(sponsor),
    )
    return divided(award, denominator)


def same_level_award(sponsor: Column, source: Column, rate: Fraction, level: Column) -> Column:
    """What each member earns on peers of equal level below (specification 3.4).

    `source` is int64[n] in smallest units; `level` int64[n], -1 for none. When the nearest upline whose level
    is at least a member's own has exactly that level, that upline earns `rate` on the amounts of the member's
    downline (the member left out). Returns int64[n]. Raises OverflowError when an award does not fit.
    """
    sponsor, source, level = checked_tree(sponsor, source=source, level=level)
    nearest = nearest_upline_at_least(sponsor, level)
    fits = _fits(source, [rate.numerator])
    total = run_loop(_add_peers, fits, nearest, level, downline_numbers(sponsor, source), zeros(sponsor))
    if isinstance(total, list):
        return divided([rate.numerator * amount for amount in total], rate.denominator)
    return divided(rate.numerator * total, rate.denominator)


def check_levels(level: Column, levels: int) -> None:
    """Raise ValueError unless every entry of `level` is -1 or an index into a ladder of `levels` levels."""
    wrong = (level < -1) | (level >= levels)
    if wrong.any():
        index = int(wrong.argmax())
        raise ValueError(
            f"level[{index}] is {level[index]}; with {levels} rates a level is -1 (none) or 0 to {levels - 1}"
        )


def _fits(source: Column, numerators: Sequence[int]) -> bool:
    """Whether sums of source amounts times numerators, in any order, stay within 64 bits."""
    largest = max(map(abs, numerators), default=0)
    # The downline is summed whether or not a rate multiplies it, so a sum must fit at a rate of zero too.
    return largest <= MAX_AMOUNT and total_magnitude(source) * max(largest, 1) <= MAX_AMOUNT


def _as_numbers(values: list[int], fits: bool) -> Numbers:
    """The whole numbers as a loop running in 64 bits (`fits`) or on Python integers takes them."""
    return np.array(values, dtype=np.int64) if fits else values


@compiled
def _award_generations(sponsor: Column, numerators: Column, below: Column, here: Column, award: Column) -> None:
    """Move all amounts up by one generation at a time; `below` has the sums of the generation before."""
    for generation in range(len(numerators)):
        for member in range(len(sponsor)):
            here[member] = 0
        for member in range(len(sponsor)):
            if sponsor[member] >= 0:
                here[sponsor[member]] += below[member]
        for member in range(len(sponsor)):
            award[member] += numerators[generation] * here[member]
            below[member] = here[member]


@compiled
def _award_steps(sponsor: Column, source: Column, rank: Column, steps: Column, passing: Column, award: Column) -> None:
    """Pay each step of the rates, from one rank to the next, to the first upline of at least that rank.

    "Own rate less the highest rate passed" is the sum of the steps in between, and a step is earned by
    whoever reaches it first; so a step is one pass up the tree, with one amount a member on its way.
    """
    for step in range(len(steps)):
        for member in range(len(sponsor)):
            passing[member] = 0
        for member in range(len(sponsor) - 1, -1, -1):
            if rank[member] > step:
                award[member] += steps[step] * passing[member]
                passing[member] = 0
            if sponsor[member] >= 0:
                passing[sponsor[member]] += passing[member] + source[member]


@compiled
def _add_peers(nearest: Column, level: Column, downline: Column, total: Column) -> None:
    for member in range(len(nearest)):
        upline = nearest[member]
        if upline >= 0 and level[member] >= 0 and level[upline] == level[member]:
            total[upline] += downline[member]
