"""The awards that travel up the tree by level: by differential, and on equal levels (specification 3.3 and 3.4).

Each award is the exact sum of its products, rounded down once. Rates are brought over a common denominator, the loops
add up whole numerators, and the one division comes last. The sources of an award are always amounts of different
members, so the sum of all absolute amounts times the largest numerator bounds everything a loop computes; it is worked
out beforehand.

Only those who hold a level earn, and what is without one only lets amounts pass. So amounts are brought to the nearest
holders above them first, once, and all else happens in the much smaller tree of the holders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from rewards.columns import Column, Numbers, compiled, divided, over_common_denominator
from rewards.network.loops import as_numbers, products_fit, run_loop
from rewards.network.order import OrderedTree, Tree, ordered
from rewards.network.tree import add_to, add_to_upline, higher_uplines


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
    holders = Holders.of(tree.upline, level)
    ascending = sorted({rate for rate in rates if rate > 0})
    rank_of = {rate: rank for rank, rate in enumerate(ascending, start=1)}
    # A rate of zero or less has rank 0 and never earns; with no rates at all there are no holders either.
    rank = np.array([rank_of.get(rate, 0) for rate in rates] or [0], dtype=np.int64)[level[holders.places]]
    numerators, denominator = over_common_denominator(ascending)
    fits = products_fit(source, numerators)
    come = run_loop(add_to, fits, holders.own if own else holders.nearest, source, holders.zeros())
    steps = [high - low for high, low in zip(numerators, [0, *numerators], strict=False)]
    return holders.award(tree, _paid_by_steps(holders.above, rank, steps, come, fits), denominator)


def _paid_by_steps(above: Column, rank: Column, steps: Sequence[int], come: Numbers, fits: bool) -> Numbers:
    """What holders earn when each step of the rates, from one rank to the next, is paid to the first of that rank.

    "Own rate less the highest rate passed" is the sum of the steps in between, and a step is earned by whoever reaches
    it first. What has `come` to those who do is paid; then those who reach no further drop out, and what had come to
    them is with the nearest above who stays. So a step takes time by how many reach it.
    """
    who = np.arange(len(above))
    award: Numbers = np.zeros_like(above)
    for passed, step in enumerate(steps):
        if (rank <= passed).any():
            staying = Holders.of(above, rank - (passed + 1))
            come = run_loop(add_to, fits, staying.own, come, staying.zeros())
            above, rank, who = staying.above, rank[staying.places], who[staying.places]
        award = run_loop(_pay, fits, who, come, as_numbers([step], fits), award)
    return award


def same_level_award(parent: Tree, source: Column, rate: Fraction, level: Column) -> Column:
    """What each member earns on peers of equal level below (specification 3.4).

    `source` is int64[n] in smallest units; `level` int64[n], -1 for none. When the nearest upline whose level
    is at least a member's own has exactly that level, that upline earns `rate` on the amounts of the member's
    downline (the member left out). Returns int64[n]. Raises OverflowError when an award does not fit.
    """
    tree = ordered(parent)
    source, level = tree.place(source=source, level=level)
    holders = Holders.of(tree.upline, level)
    held = level[holders.places]
    peer, _ = higher_uplines(holders.above, held)
    fits = products_fit(source, [rate.numerator])
    come = run_loop(add_to, fits, holders.nearest, source, holders.zeros())
    downline = run_loop(add_to_upline, fits, holders.above, come)
    total = run_loop(_add_peers, fits, peer, held, downline, holders.zeros())
    if isinstance(total, list):
        return holders.award(tree, [rate.numerator * amount for amount in total], rate.denominator)
    return holders.award(tree, rate.numerator * total, rate.denominator)


@dataclass(frozen=True)
class Holders:
    """Those of a tree who hold a level, as a tree of their own, in the same order; their uplines come first."""

    places: Column
    """int64[k]: their places in the whole tree."""
    above: Column
    """int64[k]: for each of them, the index among them of the nearest one above, or -1."""
    nearest: Column
    """int64[n]: for each place of the whole tree, the index of the nearest of them above, or -1."""
    own: Column
    """int64[n]: the same, but of somebody who is one of them their own."""

    @classmethod
    def of(cls, upline: Column, level: Column) -> Holders:
        """Who has a level of 0 or more; both columns in the tree's order."""
        places = np.flatnonzero(level >= 0)
        nearest, own = np.empty_like(upline), np.empty_like(upline)
        _find_holders(upline, level, nearest, own)
        return cls(places, nearest[places], nearest, own)

    def zeros(self) -> Column:
        """A zero for each of them."""
        return np.zeros(len(self.places), dtype=np.int64)

    def award(self, tree: OrderedTree, numerators: Numbers, denominator: int) -> Column:
        """The numerators of what they earn, divided, as a column of all members."""
        if isinstance(numerators, list):
            exact = [0] * len(tree)
            for place, numerator in zip(self.places.tolist(), numerators, strict=True):
                exact[place] = numerator
            return divided(tree.restore(exact), denominator)
        award = np.zeros(len(tree), dtype=np.int64)
        add_to(self.places if tree.order is None else tree.order[self.places], divided(numerators, denominator), award)
        return award


def check_levels(level: Column, levels: int) -> None:
    """Raise ValueError unless every entry of `level` is -1 or an index into a ladder of `levels` levels."""
    if len(level) and (level.min() < -1 or level.max() >= levels):
        index = int(((level < -1) | (level >= levels)).argmax())
        raise ValueError(
            f"level[{index}] is {level[index]}; with {levels} rates a level is -1 (none) or 0 to {levels - 1}"
        )


@compiled
def _find_holders(upline: Column, level: Column, nearest: Column, own: Column) -> None:
    found = 0
    for place in range(len(upline)):
        above = upline[place]
        nearest[place] = -1 if above < 0 else own[above]
        if level[place] >= 0:
            own[place] = found
            found += 1
        else:
            own[place] = nearest[place]


@compiled
def _pay(who: Column, come: Column, step: Column, award: Column) -> None:
    for holder in range(len(who)):
        award[who[holder]] += step[0] * come[holder]


@compiled
def _add_peers(nearest: Column, level: Column, downline: Column, total: Column) -> None:
    for holder in range(len(nearest)):
        above = nearest[holder]
        if above >= 0 and level[above] == level[holder]:
            total[above] += downline[holder]
