"""Questions about a tree of members: depths, sums over downlines and generations, nearest uplines.

The loops rely on a parent coming before those below: backwards, a member is met after the whole downline; forwards,
after all uplines. So no question needs recursion, and a chain of any length is as cheap as any other tree.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from rewards.columns import Column, Numbers, compiled
from rewards.network.loops import as_amounts, run_loop, sums_fit, zeros
from rewards.network.order import OrderedTree, Tree, ordered


def depths(parent: Tree) -> Column:
    """How many uplines each member has, int64[n]: 0 for a member with nobody above."""
    tree = ordered(parent)
    depth = zeros(tree)
    _fill_depths(tree.upline, depth)
    return tree.restore(depth)


def team_sums(parent: Tree, own: Column) -> Column:
    """For each member, the sum of `own` over the member and the downline; int64[n] in the unit of `own`.

    Raises OverflowError when a sum does not fit.
    """
    tree = ordered(parent)
    (own,) = tree.place(own=own)
    return as_amounts(tree.restore(team_numbers(tree, own)))


def team_numbers(tree: OrderedTree, own: Column) -> Numbers:
    """`team_sums` of an amount in the tree's order, as Python integers where 64 bits may not do."""
    return run_loop(add_to_upline, sums_fit(own), tree.upline, own.copy())


def downline_sums(parent: Tree, own: Column) -> Column:
    """For each member, the sum of `own` over the downline, the member left out; int64[n].

    This is the measure "team sales" of specification 3.3. Raises OverflowError when a sum does not fit.
    """
    tree = ordered(parent)
    (own,) = tree.place(own=own)
    return as_amounts(tree.restore(downline_numbers(tree, own)))


def downline_numbers(tree: OrderedTree, own: Column) -> Numbers:
    """`downline_sums` of an amount in the tree's order, as Python integers where 64 bits may not do."""
    return run_loop(_add_downline, sums_fit(own), tree.upline, own, zeros(tree))


def generations_sum(parent: Tree, own: Column, first: int, last: int) -> Column:
    """For each member, the sum of `own` over generations `first` to `last` below; int64[n] in the unit of `own`.

    Generation 0 is the member, generation 1 those directly below, and so on. Takes time by the number of digits of
    `last`, not by its size, so "down to any depth" is as cheap as one generation. Raises ValueError when `first` is
    negative or after `last`, OverflowError when a sum does not fit.
    """
    tree = ordered(parent)
    (own,) = tree.place(own=own)
    if not 0 <= first <= last:
        raise ValueError(f"generations {first} to {last}: the first must be 0 or more, and the last not before it")
    team = team_numbers(tree, own)
    # Everybody from generation g on is in exactly one team of a member of generation g.
    upper, lower = (
        run_loop(add_to, sums_fit(own), _ancestors(tree.upline, generation), team, zeros(tree))
        for generation in (first, last + 1)
    )
    if isinstance(upper, list) or isinstance(lower, list):
        return as_amounts(tree.restore([high - low for high, low in zip(upper, lower, strict=True)]))
    return tree.restore(np.subtract(upper, lower))


def generation_counts(parent: Tree, generations: int) -> npt.NDArray[np.int64]:
    """How many members each member has in each of the first generations; int64[n, generations].

    Column 0 counts those directly below, column 1 those directly below these, and so on.
    Raises ValueError when `generations` is negative.
    """
    tree = ordered(parent)
    if generations < 0:
        raise ValueError(f"generations is {generations}; it must be 0 or more")
    counts = np.zeros((len(tree), generations), dtype=np.int64)
    _count_generations(tree.upline, counts)
    return tree.restore(counts)


def nearest_upline_at_least(parent: Tree, level: Column) -> Column:
    """For each member, the index of the nearest upline whose level is at least the member's own, or -1.

    See specification 3.4. `level` is int64[n]; -1 stands for no level, so every upline is at least that.
    Takes as many steps a member as there are levels, at most.
    """
    tree = ordered(parent)
    (level,) = tree.place(level=level)
    nearest, _ = higher_uplines(tree.upline, level)
    return tree.restore(tree.members_at(nearest))


def higher_uplines(upline: Column, level: Column) -> tuple[Column, Column]:
    """For each place, those of the nearest uplines of at least the own level, and of a higher one; -1 for none."""
    nearest, higher = np.zeros_like(upline), np.zeros_like(upline)
    _find_nearest(upline, level, higher, nearest)
    return nearest, higher


def _ancestors(upline: Column, generations: int) -> Column:
    """The upline so many generations above each place, or -1: jumps of 1, 2, 4, ... generations put together."""
    # An index of -1 reads the last entry: above nobody is nobody.
    jump = np.append(upline, -1)
    found = np.arange(len(upline))
    while generations:
        if generations % 2:
            found = jump[found]
        jump = jump[jump]
        generations //= 2
    return found


@compiled
def add_to(receiver: Column, amounts: Column, sums: Column) -> None:
    """Add each place's amount to the sum at the place that receives it, if there is one."""
    for place in range(len(receiver)):
        if receiver[place] >= 0:
            sums[receiver[place]] += amounts[place]


@compiled
def _fill_depths(upline: Column, depth: Column) -> None:
    for member in range(len(upline)):
        if upline[member] >= 0:
            depth[member] = depth[upline[member]] + 1


@compiled
def add_to_upline(upline: Column, sums: Column) -> None:
    """Add to the sum at each place those of the whole downline."""
    for member in range(len(upline) - 1, -1, -1):
        if upline[member] >= 0:
            sums[upline[member]] += sums[member]


@compiled
def _add_downline(upline: Column, own: Column, sums: Column) -> None:
    for member in range(len(upline) - 1, -1, -1):
        if upline[member] >= 0:
            sums[upline[member]] += own[member] + sums[member]


@compiled
def _count_generations(upline: Column, counts: npt.NDArray[np.int64]) -> None:
    generations = counts.shape[1]
    for member in range(len(upline) - 1, -1, -1):
        above = upline[member]
        if above >= 0 and generations > 0:
            counts[above, 0] += 1
            for generation in range(1, generations):
                counts[above, generation] += counts[member, generation - 1]


@compiled
def _find_nearest(upline: Column, level: Column, higher: Column, nearest: Column) -> None:
    """Besides `nearest` keep `higher`, the nearest upline of a strictly higher level.

    The search follows `higher`, so each step rises by a level; following `nearest` it could stay on one level
    for as long as the chain is.
    """
    for member in range(len(upline)):
        above = upline[member]
        while above >= 0 and level[above] < level[member]:
            above = higher[above]
        nearest[member] = above
        if above >= 0 and level[above] == level[member]:
            above = higher[above]
        higher[member] = above
