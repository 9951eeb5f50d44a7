"""The legs of each member: for everybody directly below, the total of that one together with their whole downline.

Totals may be negative, where more was taken back than came in; such a leg counts as it is, but for `legs_capped`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from rewards.columns import Column, Numbers, compiled
from rewards.network.loops import as_amounts, as_numbers, products_fit, run_loop, sums_fit, zeros
from rewards.network.order import OrderedTree, Tree, ordered
from rewards.network.tree import add_to, team_numbers


def legs_largest(parent: Tree, own: Column) -> Column:
    """The total of each member's largest leg, 0 without legs; int64[n] in the unit of `own`.

    Raises OverflowError when a total does not fit.
    """
    tree, team, fits = _teams(parent, own)
    leg = run_loop(_find_largest, fits, tree.upline, team, _nobody(tree))
    return as_amounts(tree.restore(run_loop(_take, fits, leg, team, zeros(tree))))


def legs_smallest(parent: Tree, own: Column) -> Column:
    """The total of each member's smallest leg, 0 with fewer than two legs; int64[n] in the unit of `own`.

    Raises OverflowError when a total does not fit.
    """
    tree, team, fits = _teams(parent, own)
    leg = run_loop(_find_smallest, fits, tree.upline, team, zeros(tree), _nobody(tree))
    return as_amounts(tree.restore(run_loop(_take, fits, leg, team, zeros(tree))))


def legs_others(parent: Tree, own: Column) -> Column:
    """The total of all legs but the largest (of several as large, all but one); int64[n] in the unit of `own`.

    Raises OverflowError when a total does not fit.
    """
    tree, team, fits = _teams(parent, own)
    leg = run_loop(_find_largest, fits, tree.upline, team, _nobody(tree))
    return as_amounts(tree.restore(run_loop(_add_others, fits, tree.upline, team, leg, zeros(tree))))


def legs_reaching(parent: Tree, own: Column, reaching: int) -> Column:
    """How many legs of each member come to at least `reaching`, in the unit of `own`; int64[n]."""
    tree, team, _ = _teams(parent, own)
    large = np.array([total >= reaching for total in team] if isinstance(team, list) else team >= reaching, dtype=bool)
    counts = zeros(tree)
    add_to(np.where(large, tree.upline, -1), np.ones_like(counts), counts)
    return tree.restore(counts)


def legs_capped(parent: Tree, own: Column, share: Fraction) -> Column:
    """The largest total to which no leg gives more than `share` of it; int64[n] in the unit of `own`.

    That is the largest T for which the legs, each counted up to `share` x T, still add up to T, rounded down: the sum
    of all legs when none is more than its share of it, and 0 when there are too few legs ever to reach T. Legs below
    zero count as 0. A share of 1 or more caps nothing.

    Raises ValueError when the share is not positive, OverflowError when a total does not fit.
    """
    if share <= 0:
        raise ValueError(f"the share is {share}; a leg's share of the total must be more than 0")
    tree, team, _ = _teams(parent, own)
    share = min(share, Fraction(1))
    ratio = [share.numerator, share.denominator]
    legs = _largest_first(tree.upline, team)
    fits = products_fit(own, ratio)
    size: Numbers = [team[leg] for leg in legs.tolist()] if isinstance(team, list) else team[legs]
    columns = (tree.upline[legs], size, as_numbers(ratio, fits))
    return as_amounts(tree.restore(run_loop(_cap, fits, *columns, zeros(tree), zeros(tree), zeros(tree))))


def named_leg(parent: Tree, leg_index: Column, own: Column, wanted: int) -> Column:
    """The total of the leg that hangs at position `wanted` of each member, 0 where nobody does; int64[n].

    `leg_index` is int64[n]: at which of the parent's positions a member hangs, -1 at none that has a name. Raises
    ValueError when `wanted` is negative, OverflowError when a total does not fit.
    """
    if wanted < 0:
        raise ValueError(f"the wanted leg is {wanted}; a position is 0 or more")
    tree, team, fits = _teams(parent, own)
    (leg_index,) = tree.place(leg_index=leg_index)
    receiver = np.where(leg_index == wanted, tree.upline, -1)
    return as_amounts(tree.restore(run_loop(add_to, fits, receiver, team, zeros(tree))))


def _teams(parent: Tree, own: Column) -> tuple[OrderedTree, Numbers, bool]:
    """The tree, the sum of each place's team in the tree's order, and whether sums of these stay within 64 bits."""
    tree = ordered(parent)
    (own,) = tree.place(own=own)
    return tree, team_numbers(tree, own), sums_fit(own)


def _nobody(tree: OrderedTree) -> Column:
    return np.full(len(tree), -1, dtype=np.int64)


def _largest_first(upline: Column, team: Numbers) -> Column:
    """The places of all legs above zero, sorted by whose leg it is, and of one upline the largest first."""
    if isinstance(team, list):
        above = upline.tolist()
        legs = [place for place, total in enumerate(team) if above[place] >= 0 and total > 0]
        return np.array(sorted(legs, key=lambda place: (above[place], -team[place])), dtype=np.int64)
    places = np.flatnonzero((upline >= 0) & (team > 0))
    return places[np.lexsort((-team[places], upline[places]))]


@compiled
def _find_largest(upline: Column, team: Column, leg: Column) -> None:
    for place in range(len(upline)):
        above = upline[place]
        if above >= 0 and (leg[above] < 0 or team[place] > team[leg[above]]):
            leg[above] = place


@compiled
def _find_smallest(upline: Column, team: Column, legs: Column, leg: Column) -> None:
    for place in range(len(upline)):
        above = upline[place]
        if above >= 0:
            legs[above] += 1
            if legs[above] == 1 or team[place] < team[leg[above]]:
                leg[above] = place
    for place in range(len(upline)):
        if legs[place] < 2:
            leg[place] = -1


@compiled
def _take(leg: Column, team: Column, total: Column) -> None:
    for place in range(len(leg)):
        if leg[place] >= 0:
            total[place] = team[leg[place]]


@compiled
def _add_others(upline: Column, team: Column, leg: Column, total: Column) -> None:
    for place in range(len(upline)):
        above = upline[place]
        if above >= 0 and leg[above] != place:
            total[above] += team[place]


@compiled
def _cap(upline: Column, size: Column, share: Column, rest: Column, cut: Column, total: Column) -> None:
    """Cut an upline's legs to their share, the largest first, until the next one is within its share.

    With k legs cut and the others adding up to `rest`, T = k x share x T + rest, so T = rest / (1 - k x share). The
    divisor stays above zero: if one more leg would bring it to zero, then 1 - k x share is at most one share, T is at
    least rest / share, and the next leg, being part of the rest, is within its share of that.

    The legs of one upline come one after the other, falling. `cut` is how many are cut so far, -1 once T is found.
    """
    part, whole = share[0], share[1]
    for leg in range(len(upline)):
        rest[upline[leg]] += size[leg]
    for leg in range(len(upline)):
        above = upline[leg]
        if cut[above] >= 0:
            left = whole - cut[above] * part
            if part * rest[above] >= size[leg] * left:
                total[above] = rest[above] * whole // left
                cut[above] = -1
            else:
                rest[above] -= size[leg]
                cut[above] += 1
