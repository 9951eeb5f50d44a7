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
from rewards.network.tree import checked_tree


class GenerationSource(NamedTuple):
    """`amount` smallest units of `member`, so many generations below the earner, count at `rate`."""

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
    sponsor: Column, source: Column, rates: Sequence[Fraction], earner: int
) -> list[GenerationSource]:
    """The sources of `generation_award(sponsor, source, rates)[earner]` (specification 3.2).

    Raises ValueError when the earner is no member's index.
    """
    sponsor, source = checked_tree(sponsor, source=source)
    amounts: list[int] = source.tolist()
    generation = {_checked(earner, sponsor): 0}
    found = []
    for member, above in _downline(sponsor, earner):
        generation[member] = generation[above] + 1
        if generation[member] <= len(rates):
            rate = rates[generation[member] - 1]
            if rate and amounts[member]:
                found.append(GenerationSource(member, generation[member], rate, amounts[member]))
    return found


def differential_sources(
    sponsor: Column, source: Column, rates: Sequence[Fraction], level: Column, earner: int
) -> list[DifferentialSource]:
    """The sources of `differential_award(sponsor, source, rates, level)[earner]` (specification 3.3).

    Raises ValueError when the earner is no member's index or a level is no index into `rates`.
    """
    sponsor, source, level = checked_tree(sponsor, source=source, level=level)
    check_levels(level, len(rates))
    amounts: list[int] = source.tolist()
    own_rate = [rates[index] if index >= 0 else Fraction(0) for index in level.tolist()]
    # The highest rate met on the way from a member up to the earner.
    passed = {_checked(earner, sponsor): Fraction(0)}
    found = []
    for member, above in _downline(sponsor, earner):
        passed[member] = Fraction(0) if above == earner else max(passed[above], own_rate[above])
        rate = own_rate[earner] - passed[member]
        if rate > 0 and amounts[member]:
            found.append(DifferentialSource(member, rate, amounts[member]))
    return found


def same_level_sources(sponsor: Column, source: Column, level: Column, earner: int) -> list[SameLevelSource]:
    """The sources of `same_level_award(sponsor, source, rate, level)[earner]` (specification 3.4).

    Raises ValueError when the earner is no member's index.
    """
    sponsor, source, level = checked_tree(sponsor, source=source, level=level)
    levels: list[int] = level.tolist()
    # Whether nobody of the earner's level or a higher one stands between a member and the earner.
    reached = {_checked(earner, sponsor): True}
    peers = []
    members = list(_downline(sponsor, earner))
    for member, above in members:
        reached[member] = above == earner or (reached[above] and levels[above] < levels[earner])
        if reached[member] and levels[member] == levels[earner] >= 0:
            peers.append(member)
    amounts: list[int] = source.tolist()
    below = dict.fromkeys(reached, 0)
    for member, above in reversed(members):
        below[above] += below[member] + amounts[member]
    return [SameLevelSource(peer, below[peer]) for peer in peers if below[peer]]


def _checked(earner: int, sponsor: Column) -> int:
    if not 0 <= earner < len(sponsor):
        raise ValueError(f"there is no member {earner}; an earner is an index from 0 to {len(sponsor) - 1}")
    return earner


def _downline(sponsor: Column, earner: int) -> Iterator[tuple[int, int]]:
    """The earner's downline as (member, the member's sponsor), each after all their uplines."""
    below = {earner}
    for member, above in enumerate(sponsor[earner + 1 :].tolist(), start=earner + 1):
        if above in below:
            below.add(member)
            yield member, above
