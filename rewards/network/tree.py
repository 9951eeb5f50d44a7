"""Questions about the sponsor tree: depths, sums over downlines, generations, nearest uplines.

The loops rely on a sponsor coming before those they sponsored: backwards, a member is met after the whole
downline; forwards, after all uplines. So no question needs recursion, and a chain of any length is as cheap
as any other tree.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rewards.columns import Column, Numbers, as_column, compiled, narrowed, total_magnitude
from rewards.money import MAX_AMOUNT


def check_order(sponsor: Column) -> None:
    """Check that each member's sponsor is -1 or an earlier member.

    Raises ValueError, naming the first member for whom this does not hold, or when `sponsor` is no int64[n].
    """
    sponsor = as_column(sponsor, "sponsor")
    wrong = (sponsor >= np.arange(len(sponsor))) | (sponsor < -1)
    if wrong.any():
        index = int(wrong.argmax())
        raise ValueError(
            f"sponsor[{index}] is {sponsor[index]}; a sponsor is -1 or the index of a member who joined "
            "before: sort the members by the order in which they joined"
        )


def checked_tree(sponsor: Column, **columns: Column) -> tuple[Column, ...]:
    """The tree and its columns, made fit for a compiled loop, which itself checks neither types nor indexes.

    Raises ValueError when the tree is out of order, or a column is no int64 array of the tree's length.
    """
    check_order(sponsor)
    checked = [as_column(sponsor, "sponsor")]
    for name, values in columns.items():
        column = as_column(values, name)
        if len(column) != len(sponsor):
            raise ValueError(f"{name} has {len(column)} entries for {len(sponsor)} members; give one for each member")
        checked.append(column)
    return tuple(checked)


def run_loop(loop: Callable[..., None], fits: bool, *columns: Numbers) -> Numbers:
    """Run a compiled loop on columns; return its last argument, which is the one the loop fills.

    `fits` promises that nothing the loop computes leaves 64 bits. Without that promise the same source text
    runs on Python integers. In both cases only arguments that the caller made for this loop may be changed by
    it.
    """
    if fits:
        loop(*columns)
        return columns[-1]
    exact = [column if isinstance(column, list) else column.tolist() for column in columns]
    getattr(loop, "py_func", loop)(*exact)
    return exact[-1]


def zeros(sponsor: Column) -> Column:
    """An int64 column of zeros, one for each member."""
    return np.zeros(len(sponsor), dtype=np.int64)


def as_amounts(numbers: Numbers) -> Column:
    """What a loop computed, as int64. Raises OverflowError for a number that does not fit."""
    return narrowed(numbers) if isinstance(numbers, list) else numbers


def depths(sponsor: Column) -> Column:
    """How many uplines each member has, int64[n]: 0 for a member without sponsor."""
    (sponsor,) = checked_tree(sponsor)
    depth = zeros(sponsor)
    _fill_depths(sponsor, depth)
    return depth


def subtree_sums(sponsor: Column, own: Column) -> Column:
    """For each member, the sum of `own` over the member and the downline; int64[n] in the unit of `own`.

    Raises OverflowError when a sum does not fit.
    """
    sponsor, own = checked_tree(sponsor, own=own)
    return as_amounts(run_loop(_add_to_sponsor, total_magnitude(own) <= MAX_AMOUNT, sponsor, own.copy()))


def downline_sums(sponsor: Column, own: Column) -> Column:
    """For each member, the sum of `own` over the downline, the member left out; int64[n].

    This is the measure "team sales" of specification 3.3. Raises OverflowError when a sum does not fit.
    """
    sponsor, own = checked_tree(sponsor, own=own)
    return as_amounts(downline_numbers(sponsor, own))


def downline_numbers(sponsor: Column, own: Column) -> Numbers:
    """`downline_sums` of a tree already checked, as Python integers where 64 bits may not do."""
    return run_loop(_add_downline, total_magnitude(own) <= MAX_AMOUNT, sponsor, own, zeros(sponsor))


def generation_counts(sponsor: Column, generations: int) -> Column:
    """How many members each member has in each of the first generations; int64[n, generations].

    Column 0 counts those directly sponsored, column 1 those whom these sponsored, and so on.
    Raises ValueError when `generations` is negative.
    """
    (sponsor,) = checked_tree(sponsor)
    if generations < 0:
        raise ValueError(f"generations is {generations}; it must be 0 or more")
    counts = np.zeros((len(sponsor), generations), dtype=np.int64)
    _count_generations(sponsor, counts)
    return counts


def nearest_upline_at_least(sponsor: Column, level: Column) -> Column:
    """For each member, the index of the nearest upline whose level is at least the member's own, or -1.

    See specification 3.4. `level` is int64[n]; -1 stands for no level, so every sponsor is at least that.
    Takes as many steps a member as there are levels, at most.
    """
    sponsor, level = checked_tree(sponsor, level=level)
    nearest = zeros(sponsor)
    _find_nearest(sponsor, level, zeros(sponsor), nearest)
    return nearest


@compiled
def _fill_depths(sponsor: Column, depth: Column) -> None:
    for member in range(len(sponsor)):
        if sponsor[member] >= 0:
            depth[member] = depth[sponsor[member]] + 1


@compiled
def _add_to_sponsor(sponsor: Column, sums: Column) -> None:
    for member in range(len(sponsor) - 1, -1, -1):
        if sponsor[member] >= 0:
            sums[sponsor[member]] += sums[member]


@compiled
def _add_downline(sponsor: Column, own: Column, sums: Column) -> None:
    for member in range(len(sponsor) - 1, -1, -1):
        if sponsor[member] >= 0:
            sums[sponsor[member]] += own[member] + sums[member]


@compiled
def _count_generations(sponsor: Column, counts: Column) -> None:
    generations = counts.shape[1]
    for member in range(len(sponsor) - 1, -1, -1):
        above = sponsor[member]
        if above >= 0 and generations > 0:
            counts[above, 0] += 1
            for generation in range(1, generations):
                counts[above, generation] += counts[member, generation - 1]


@compiled
def _find_nearest(sponsor: Column, level: Column, higher: Column, nearest: Column) -> None:
    """Besides `nearest` keep `higher`, the nearest upline of a strictly higher level.

    The search follows `higher`, so each step rises by a level; following `nearest` it could stay on one level
    for as long as the chain is.
    """
    for member in range(len(sponsor)):
        upline = sponsor[member]
        while upline >= 0 and level[upline] < level[member]:
            upline = higher[upline]
        nearest[member] = upline
        if upline >= 0 and level[upline] == level[member]:
            upline = higher[upline]
        higher[member] = upline
