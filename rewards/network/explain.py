"""Where one member's award came from: the amounts and rates whose exact sum, rounded down, is the award.

Plain Python, written from the earner's point of view and not from the awards' loops, so that an explanation
also checks the award. Amounts that are zero, or at a rate of zero, are left out. Members are indexes (ordinal
- 1), in the order they joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

from rewards.columns import Column
from rewards.network.awards import check_levels
from rewards.network.order import Flags, OrderedTree, Tree, ordered
from rewards.network.walks import check_blocker


class GenerationSource(NamedTuple):
    """`amount` smallest units of `member`, for which the earner is the upline of that `generation`, count at `rate`.

    Uplines who do not count are no generation; with `own`, a member who counts is the first on their own amount.
    """

    member: int
    generation: int
    rate: Fraction
    amount: int


class DifferentialSource(NamedTuple):
    """`amount` smallest units of `member` count at `rate`: the earner's rate less the highest one passed."""

    member: int
    rate: Fraction
    amount: int


class SameLevelSource(NamedTuple):
    """The downline of `member`, the earner's peer, has `amount` smallest units."""

    member: int
    amount: int


def generation_sources(
    parent: Tree,
    source: Column,
    rates: Sequence[Fraction],
    earner: int,
    counts: Flags | None = None,
    blocker: Column | None = None,
    own: bool = False,
) -> list[GenerationSource]:
    """The sources of `generation_award(parent, source, rates, counts, blocker, own)[earner]` (specification 3.2).

    Raises ValueError when the earner is no member's index or a level is less than -1.
    """
    tree = ordered(parent)
    (source,) = tree.checked(source=source)
    counting: list[int] = tree.checked_flags("counts", counts).tolist()
    if not counting[_checked(earner, tree)]:
        return []
    amounts: list[int] = source.tolist()
    generations = [(earner, 1)] if own else []
    generations += _generations(tree, earner, counting, _open(tree, earner, blocker), own)
    return sorted(
        GenerationSource(member, generation, rates[generation - 1], amounts[member])
        for member, generation in generations
        if generation <= len(rates) and rates[generation - 1] and amounts[member]
    )


def differential_sources(
    parent: Tree, source: Column, rates: Sequence[Fraction], level: Column, earner: int, own: bool = False
) -> list[DifferentialSource]:
    """The sources of `differential_award(parent, source, rates, level, own)[earner]` (specification 3.3).

    Raises ValueError when the earner is no member's index or a level is no index into `rates`.
    """
    tree = ordered(parent)
    source, level = tree.checked(source=source, level=level)
    check_levels(level, len(rates))
    amounts: list[int] = source.tolist()
    # A rate below zero never earns, as if it were zero.
    own_rate = [max(rates[index], Fraction(0)) if index >= 0 else Fraction(0) for index in level.tolist()]
    # The highest rate met on the way from a member, left out, up to the earner.
    passed = {_checked(earner, tree): Fraction(0)}
    found = []
    if own and own_rate[earner] and amounts[earner]:
        found.append(DifferentialSource(earner, own_rate[earner], amounts[earner]))
    for member, above in _downline(tree, earner):
        passed[member] = Fraction(0) if above == earner else max(passed[above], own_rate[above])
        rate = own_rate[earner] - (max(passed[member], own_rate[member]) if own else passed[member])
        if rate > 0 and amounts[member]:
            found.append(DifferentialSource(member, rate, amounts[member]))
    return sorted(found)


def same_level_sources(parent: Tree, source: Column, level: Column, earner: int) -> list[SameLevelSource]:
    """The sources of `same_level_award(parent, source, rate, level)[earner]` (specification 3.4).

    Raises ValueError when the earner is no member's index.
    """
    tree = ordered(parent)
    source, level = tree.checked(source=source, level=level)
    levels: list[int] = level.tolist()
    # Whether nobody of the earner's level or a higher one stands between a member and the earner.
    reached = {_checked(earner, tree): True}
    peers = []
    members = list(_downline(tree, earner))
    for member, above in members:
        reached[member] = above == earner or (reached[above] and levels[above] < levels[earner])
        if reached[member] and levels[member] == levels[earner] >= 0:
            peers.append(member)
    amounts: list[int] = source.tolist()
    below = dict.fromkeys(reached, 0)
    for member, above in reversed(members):
        below[above] += below[member] + amounts[member]
    return sorted(SameLevelSource(peer, below[peer]) for peer in peers if below[peer])


def _generations(
    tree: OrderedTree, earner: int, counting: list[int], open_: set[int], own: bool
) -> Iterator[tuple[int, int]]:
    """Those of the earner's downline whose way up is open, each with the earner's generation above them."""
    # How many who count are on the way from a member up to the earner, the earner included.
    passed = {earner: 0}
    for member, above in _downline(tree, earner):
        passed[member] = passed[above] + counting[above]
        if member in open_:
            yield member, passed[member] + (counting[member] if own else 0)


def _open(tree: OrderedTree, earner: int, blocker: Column | None) -> set[int]:
    """Those of the earner's downline from whom, themselves included, nobody on the way has the earner's level."""
    if blocker is None:
        return {member for member, _ in _downline(tree, earner)}
    (blocker,) = tree.checked(blocker=blocker)
    check_blocker(blocker)
    levels: list[int] = blocker.tolist()
    found = {earner}
    for member, above in _downline(tree, earner):
        if above in found and levels[member] < levels[earner]:
            found.add(member)
    return found


def _checked(earner: int, tree: OrderedTree) -> int:
    if not 0 <= earner < len(tree):
        raise ValueError(f"there is no member {earner}; an earner is an index from 0 to {len(tree) - 1}")
    return earner


def _downline(tree: OrderedTree, earner: int) -> Iterator[tuple[int, int]]:
    """The earner's downline as (member, the member directly above), each after all their uplines."""
    below = {earner}
    parents: list[int] = tree.parent.tolist()
    for member in tree.after(earner):
        if parents[member] in below:
            below.add(member)
            yield member, parents[member]
