"""The award by generation, with conditions on who counts and on who stands in the way (specification 3.2).

An amount goes up from its member. Who counts is a generation of its own; who does not is passed over. A member whose
level somebody on the way reaches is blocked: a generation all the same, if they count, but without an award.

No loop walks up member by member: without levels, all amounts move together from one counting upline to the next;
with levels, each amount jumps to those uplines alone who are above everybody met so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from rewards.columns import Column, Numbers, compiled, divided, over_common_denominator
from rewards.network.loops import as_numbers, products_fit, run_loop, zeros
from rewards.network.order import Flags, OrderedTree, Tree, ordered
from rewards.network.tree import add_to, higher_uplines


def generation_award(
    parent: Tree,
    source: Column,
    rates: Sequence[Fraction],
    counts: Flags | None = None,
    blocker: Column | None = None,
    own: bool = False,
) -> Column:
    """What each member earns on the generations below: rates[0] on the first, rates[1] on the second, ...

    `source` is int64[n] in smallest units; returns int64[n], the exact sum rounded down once (specification 3.2).

    - `counts`, bool[n]: an upline for whom it is false earns nothing and uses up no generation. All count without it.
    - `blocker`, int64[n], levels, -1 for none: an upline earns nothing on an amount when its member, or anybody
      between the two, has at least the upline's level.
    - `own`: the member is the first candidate for the award on their own amount, whatever their level.

    Raises ValueError when a level is less than -1, OverflowError when an award does not fit.
    """
    tree = ordered(parent)
    (source,) = tree.place(source=source)
    numerators, denominator = over_common_denominator(rates)
    fits = products_fit(source, numerators)
    share = as_numbers(numerators, fits)
    if blocker is None:
        award = _by_generation(tree, source, share, counts, own, fits)
    else:
        counting = _counting(tree, counts)
        stays = counting if own else zeros(tree)
        (blocker,) = tree.checked(blocker=blocker)
        check_blocker(blocker)
        (level,) = tree.place(blocker=blocker)
        record, generation = _records(tree, level, counting)
        award = run_loop(_award_records, fits, record, generation, stays, share, source, zeros(tree))
    return divided(tree.restore(award), denominator)


def check_blocker(level: Column) -> None:
    """Raise ValueError unless every level is -1 or more."""
    wrong = level < -1
    if wrong.any():
        index = int(wrong.argmax())
        raise ValueError(f"blocker[{index}] is {level[index]}; a level is -1 (none) or 0 and more")


def _counting(tree: OrderedTree, counts: Flags | None) -> Column:
    """1 for who counts and 0 for who does not, in the tree's order."""
    (counting,) = tree.place(counts=tree.checked_flags("counts", counts))
    return counting


def _by_generation(
    tree: OrderedTree, source: Column, share: Numbers, counts: Flags | None, own: bool, fits: bool
) -> Numbers:
    """The numerators of the awards when nobody is blocked."""
    if counts is None and not own:
        nearest = tree.upline
        come = run_loop(add_to, fits, nearest, source, zeros(tree))
    else:
        counting, nearest = _counting(tree, counts), zeros(tree)
        _find_counting(tree.upline, counting, nearest)
        come = run_loop(_gather, fits, nearest, source, counting if own else zeros(tree), zeros(tree))
    award: Numbers = zeros(tree)
    for generation, rate in enumerate(share):
        if generation:
            come = run_loop(add_to, fits, nearest, come, zeros(tree))
        award = run_loop(_pay, fits, come, as_numbers([rate], fits), award)
    return award


def _records(tree: OrderedTree, level: Column, counting: Column) -> tuple[Column, Column]:
    """For each place, the nearest upline who earns (-1 for none), and the number of uplines who count.

    Who earns counts, and is above the place and everybody between the two.
    """
    _, higher = higher_uplines(tree.upline, level)
    record, generation = np.zeros_like(higher), np.zeros_like(higher)
    _find_records(tree.upline, counting, higher, generation, record)
    return record, generation


@compiled
def _find_counting(upline: Column, counting: Column, nearest: Column) -> None:
    """The nearest upline who counts, or -1."""
    for place in range(len(upline)):
        above = upline[place]
        nearest[place] = above if above < 0 or counting[above] == 1 else nearest[above]


@compiled
def _gather(nearest: Column, source: Column, stays: Column, here: Column) -> None:
    """Bring each amount to its first generation: its own member if it stays there, else the nearest upline."""
    for place in range(len(nearest)):
        if stays[place] == 1:
            here[place] += source[place]
        elif nearest[place] >= 0:
            here[nearest[place]] += source[place]


@compiled
def _pay(come: Column, rate: Column, award: Column) -> None:
    for place in range(len(come)):
        award[place] += rate[0] * come[place]


@compiled
def _find_records(upline: Column, counting: Column, higher: Column, generation: Column, record: Column) -> None:
    """Whoever is above all on the way from somebody higher is above all on the way from here as well."""
    for place in range(len(upline)):
        above = upline[place]
        generation[place] = 0 if above < 0 else generation[above] + counting[above]
        above = higher[place]
        record[place] = above if above < 0 or counting[above] == 1 else record[above]


@compiled
def _award_records(
    record: Column, generation: Column, stays: Column, share: Column, source: Column, award: Column
) -> None:
    """Each step from one record to the next is at least one generation, so there are never more steps than rates."""
    for place in range(len(record)):
        if stays[place] == 1 and len(share) > 0:
            award[place] += share[0] * source[place]
        above = record[place]
        while above >= 0:
            passed = generation[place] + stays[place] - generation[above]
            if passed > len(share):
                break
            award[above] += share[passed - 1] * source[place]
            above = record[above]
