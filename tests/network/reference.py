"""The meaning of the tree functions, obvious and slow: walk up from each member, add fractions, round once.

Everything here is plain Python on lists, written from the specification; the fast functions are judged by it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction


def uplines(sponsor: Sequence[int], member: int) -> Iterator[int]:
    """The member's sponsor, the sponsor's sponsor, and so on."""
    while sponsor[member] != -1:
        member = sponsor[member]
        yield member


def depths(sponsor: Sequence[int]) -> list[int]:
    return [len(list(uplines(sponsor, member))) for member in range(len(sponsor))]


def downline_sums(sponsor: Sequence[int], own: Sequence[int]) -> list[int]:
    sums = [0] * len(sponsor)
    for member, amount in enumerate(own):
        for upline in uplines(sponsor, member):
            sums[upline] += amount
    return sums


def team_sums(sponsor: Sequence[int], own: Sequence[int]) -> list[int]:
    return [below + amount for below, amount in zip(downline_sums(sponsor, own), own, strict=True)]


def generation_counts(sponsor: Sequence[int], generations: int) -> list[list[int]]:
    counts = [[0] * generations for _ in sponsor]
    for member in range(len(sponsor)):
        for generation, upline in zip(range(generations), uplines(sponsor, member), strict=False):
            counts[upline][generation] += 1
    return counts


def nearest_upline_at_least(sponsor: Sequence[int], level: Sequence[int]) -> list[int]:
    return [
        next((upline for upline in uplines(sponsor, member) if level[upline] >= level[member]), -1)
        for member in range(len(sponsor))
    ]


def generations_sum(sponsor: Sequence[int], own: Sequence[int], first: int, last: int) -> list[int]:
    sums = [0] * len(sponsor)
    for member, amount in enumerate(own):
        for generation, upline in enumerate([member, *uplines(sponsor, member)]):
            if first <= generation <= last:
                sums[upline] += amount
    return sums


def legs(sponsor: Sequence[int], own: Sequence[int]) -> list[list[int]]:
    """For each member, the totals of the legs."""
    team = team_sums(sponsor, own)
    return [
        [team[below] for below, above in enumerate(sponsor) if above == member]  # one directly below is one leg
        for member in range(len(sponsor))
    ]


def capped(legs: Sequence[int], share: Fraction) -> int:
    """By looking at every total from the largest down: the first that the legs come to within their shares of it."""
    legs = [max(leg, 0) for leg in legs]
    return next(
        total for total in range(sum(legs), -1, -1) if sum(min(Fraction(leg), share * total) for leg in legs) >= total
    )


def generation_award(
    sponsor: Sequence[int],
    source: Sequence[int],
    rates: Sequence[Fraction],
    counts: Sequence[bool] | None = None,
    blocker: Sequence[int] | None = None,
    own: bool = False,
) -> list[int]:
    award = [Fraction(0)] * len(sponsor)
    for member, amount in enumerate(source):
        met: list[int] = []
        generation = 0
        for upline in [member, *uplines(sponsor, member)]:
            if (upline != member or own) and (counts is None or counts[upline]):
                generation += 1
                blocked = blocker is not None and any(blocker[below] >= blocker[upline] for below in met)
                if generation <= len(rates) and not blocked:
                    award[upline] += rates[generation - 1] * amount
            met.append(upline)
    return [math.floor(exact) for exact in award]


def differential_award(
    sponsor: Sequence[int], source: Sequence[int], rates: Sequence[Fraction], level: Sequence[int], own: bool = False
) -> list[int]:
    award = [Fraction(0)] * len(sponsor)
    for member, amount in enumerate(source):
        highest = Fraction(0)
        for upline in [*([member] if own else []), *uplines(sponsor, member)]:
            if level[upline] >= 0 and rates[level[upline]] > highest:
                award[upline] += (rates[level[upline]] - highest) * amount
                highest = rates[level[upline]]
    return [math.floor(exact) for exact in award]


def same_level_award(sponsor: Sequence[int], source: Sequence[int], rate: Fraction, level: Sequence[int]) -> list[int]:
    award = [Fraction(0)] * len(sponsor)
    below = downline_sums(sponsor, source)
    for member, upline in enumerate(nearest_upline_at_least(sponsor, level)):
        if upline != -1 and level[member] >= 0 and level[upline] == level[member]:
            award[upline] += rate * below[member]
    return [math.floor(exact) for exact in award]


def draw_oldest_first(owner: Sequence[int], remaining: Sequence[int], wanted: Sequence[int]) -> list[int]:
    left = list(wanted)
    taken = []
    for member, amount in zip(owner, remaining, strict=True):
        taken.append(min(left[member], amount))
        left[member] -= taken[-1]
    return taken
