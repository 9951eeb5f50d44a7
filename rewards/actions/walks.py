"""Walks up a tree from one member, for awards on events: who earns of what has just happened to that member.

They follow the same rules as the kernels of rewards.network, which do it for all members at once. Members are ordinals,
0 is nobody; a tree is a function from a member to the one directly above.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

Parent = Callable[[int], int]

_NOBODY_MET = -2
"""Below every level, and below having none, which is −1."""


class Earner(NamedTuple):
    """A member who earns `rate` of the source; `generation` is 0 in an award that does not go by generations."""

    member: int
    generation: int
    rate: Fraction


def uplines(parent: Parent, member: int, *, own: bool = False) -> Iterator[int]:
    """Everybody above a member, the nearest first; with `own` the member before them."""
    if own:
        yield member
    while member := parent(member):
        yield member


def by_generation(
    parent: Parent,
    member: int,
    rates: Sequence[Fraction],
    *,
    counts: Callable[[int], bool] | None = None,
    level: Callable[[int], int] | None = None,
    own: bool = False,
) -> Iterator[Earner]:
    """Who earns by generation (specification 3.2): the g-th upline that `counts` earns `rates[g − 1]`.

    Uplines that do not count are passed over and use up no generation. With `level` (an index, −1 for none) an upline
    is blocked, and earns nothing of the generation, when anybody on the way from the member, included, has at least
    their level. With `own` the member is the first candidate, and nobody is on the way to them.
    """
    if not rates:
        return
    generation = 0
    highest = _NOBODY_MET if own or level is None else level(member)
    for upline in uplines(parent, member, own=own):
        standing = _NOBODY_MET if level is None else level(upline)
        if counts is None or counts(upline):
            generation += 1
            if rates[generation - 1] and (level is None or standing > highest):
                yield Earner(upline, generation, rates[generation - 1])
            if generation == len(rates):
                return
        highest = max(highest, standing)


def by_difference(
    parent: Parent, member: int, rates: Sequence[Fraction], level: Callable[[int], int], *, own: bool = False
) -> Iterator[Earner]:
    """Who earns by differential (specification 3.3): own rate less the highest rate passed on the way, if positive.

    `level` is an index into `rates`, −1 for none. The member's own rate counts as passed only with `own`, where the
    member earns it first.
    """
    highest, best = Fraction(0), max(rates, default=Fraction(0))
    if best <= 0:
        return
    for upline in uplines(parent, member, own=own):
        index = level(upline)
        if index >= 0 and rates[index] > highest:
            yield Earner(upline, 0, rates[index] - highest)
            highest = rates[index]
            if highest == best:
                return
