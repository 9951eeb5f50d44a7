"""The awards that travel up the tree by level: by differential, and on equal levels (specification 3.3 and 3.4).

Each award is the exact sum of its products, rounded down once. Rates are brought over a common denominator, the loops
add up whole numerators, and the one division comes last. The sources of an award are always amounts of different
members, so the sum of all absolute amounts times the largest numerator bounds everything a loop computes; it is worked
out beforehand.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rewards.columns import Column, compiled, divided, over_common_denominator
from rewards.network.loops import as_numbers, products_fit, run_loop, zeros
from rewards.network.order import Tree, ordered
from rewards.network.tree import downline_numbers, higher_uplines


def differential_award(
    parent: Tree, source: Column, rates: Sequence[Fraction], level: Column, own: bool = False
) -> Column:
    """What each member earns by differential on the amounts of the downline (specification 3.3).

    `source` is int64[n] in smallest units; `level` int64[n] is an index into `rates`, or -1 for rate 0. An amount goes
    up from its member's parent; an upline earns their own rate less the highest rate among those it has passed, if that
    is positive. The member's own level does not count as passed. With `own` the amount starts at its member, who earns
    their own rate on it and is the first it passes. Returns int64[n].

    Raises ValueError when a level is no index into `rates`, OverflowError when an award does not fit.
    """
    tree = ordered(parent)
    (level,) = tree.checked(level=level)
    check_levels(level, len(rates))
    source, level = tree.place(source=source, level=level)
    ascending = sorted({rate for rate in rates if rate > 0})
    rank_of = {rate: rank for rank, rate in enumerate(ascending, start=1)}
    # A level of -1 reads the last entry: no level, like a rate of zero or less, has rank 0 and never earns.
    rank = np.array([*(rank_of.get(rate, 0) for rate in rates), 0], dtype=np.int64)[level]
    numerators, denominator = over_common_denominator(ascending)
    fits = products_fit(source, numerators)
    steps = [high - low for high, low in zip(numerators, [0, *numerators], strict=False)]
    before, after = (source, zeros(tree)) if own else (zeros(tree), source)
    award = run_loop(
        _award_steps,
        fits,
        tree.upline,
        before,
        after,
        rank,
        as_numbers(steps, fits),
        zeros(tree),
        zeros(tree),
    )
    return divided(tree.restore(award), denominator)


def same_level_award(parent: Tree, source: Column, rate: Fraction, level: Column) -> Column:
    """What each member earns on peers of equal level below (specification 3.4).

    `source` is int64[n] in smallest units; `level` int64[n], -1 for none. When the nearest upline whose level
    is at least a member's own has exactly that level, that upline earns `rate` on the amounts of the member's
    downline (the member left out). Returns int64[n]. Raises OverflowError when an award does not fit.
    """
    tree = ordered(parent)
    source, level = tree.place(source=source, level=level)
    nearest, _ = higher_uplines(tree.upline, level)
    fits = products_fit(source, [rate.numerator])
    total = tree.restore(run_loop(_add_peers, fits, nearest, level, downline_numbers(tree, source), zeros(tree)))
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


@compiled
def _award_steps(
    upline: Column, before: Column, after: Column, rank: Column, steps: Column, passing: Column, award: Column
) -> None:
    """Pay each step of the rates, from one rank to the next, to the first upline of at least that rank.

    "Own rate less the highest rate passed" is the sum of the steps in between, and a step is earned by whoever reaches
    it first; so a step is one pass up the tree, with one amount a member on its way. What a member has in `before`
    passes the member too, what is in `after` starts above.
    """
    for step in range(len(steps)):
        for member in range(len(upline)):
            passing[member] = before[member]
        for member in range(len(upline) - 1, -1, -1):
            if rank[member] > step:
                award[member] += steps[step] * passing[member]
                passing[member] = 0
            if upline[member] >= 0:
                passing[upline[member]] += passing[member] + after[member]


@compiled
def _add_peers(nearest: Column, level: Column, downline: Column, total: Column) -> None:
    for member in range(len(nearest)):
        above = nearest[member]
        if above >= 0 and level[member] >= 0 and level[above] == level[member]:
            total[above] += downline[member]
