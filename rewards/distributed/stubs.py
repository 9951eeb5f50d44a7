"""What goes up out of a part of a tree, made small: stubs that stand for whole branches.

An award that travels up the tree does not need the branches below to be worked out for those above them: it needs, for
each member they hang on, how much comes up and what it has met on its way, such as how many generations it has passed,
or the highest level. Stubs are invented members with just these properties: hung on the same member in place of the
branches, they make the very same loops give the very same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rewards.columns import Column, Numbers
from rewards.money import MAX_AMOUNT
from rewards.network.loops import run_loop, sums_fit
from rewards.network.tree import add_to


@dataclass(frozen=True)
class Stubs:
    """Invented members; all columns int64[k]. Those above come first."""

    at: Column
    """The member (index among all members) on whom each hangs, perhaps by way of other stubs."""
    above: Column
    """The stub directly above, −1 for those that hang on `at` themselves."""
    amount: Column
    """What comes from each, smallest units."""
    level: Column
    counts: Column
    """1 for those that are a generation of their own, else 0."""

    def __len__(self) -> int:
        return len(self.at)

    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of the fields."""
        return self.at, self.above, self.amount, self.level, self.counts

    def only(self, rows: NDArray[np.bool_]) -> Stubs:
        """Some of the stubs; whole groups, which hang on the same member."""
        place = np.append(np.cumsum(rows) - 1, -1)
        at, above, *rest = (column[rows] for column in self.columns())
        return Stubs(at, place[above], *rest)


def no_stubs() -> Stubs:
    """Nothing comes up."""
    return Stubs(*(np.zeros(0, dtype=np.int64) for _ in range(5)))


def joined(parts: Sequence[Stubs]) -> Stubs:
    """The stubs of several parts."""
    if not parts:
        return no_stubs()
    start = np.cumsum([0, *(len(each) for each in parts)])
    above = [
        np.where(each.above >= 0, each.above + first, -1) for each, first in zip(parts, start.tolist(), strict=False)
    ]
    at, _, *rest = (np.concatenate(column) for column in zip(*(each.columns() for each in parts), strict=True))
    return Stubs(at, np.concatenate(above), *rest)


@dataclass(frozen=True)
class Sums:
    """Sums over those who share a group and a key, none of them 0; groups and keys int64[k]."""

    group: Column
    key: Column
    amount: Numbers


def sums_by(group: Column, key: Column, amount: Numbers) -> Sums:
    """Add amounts up by group and key (both from 0 on; a group of −1 is left out), exactly."""
    inside = np.flatnonzero(group >= 0)
    keys = int(key[inside].max(initial=0)) + 1
    both, where = np.unique(group[inside] * keys + key[inside], return_inverse=True)
    own: Numbers = [amount[row] for row in inside.tolist()] if isinstance(amount, list) else amount[inside]
    fits = not isinstance(own, list) and sums_fit(own)
    zeros = np.zeros(len(both), dtype=np.int64)
    total = run_loop(add_to, fits, np.asarray(where, dtype=np.int64), own, zeros)
    kept = np.array([each != 0 for each in total] if isinstance(total, list) else total != 0, dtype=np.bool_)
    left: Numbers = [each for each in total if each] if isinstance(total, list) else total[kept]
    return Sums(both[kept] // keys, both[kept] % keys, left)


def chained(
    at: Column, steps: Column, amount: Numbers, chain_level: Column | int = -1, leaf_level: Column | int = -1
) -> Stubs:
    """Stubs for amounts that have passed so many (`steps`, int64[k]) members of a level on their way up to `at`.

    Each amount comes from a leaf of `leaf_level`, which is no generation of its own, below a chain of members of
    `chain_level` who are. Amounts at the same member with the same `chain_level` share a chain.
    """
    at, steps, chain, leaf, amounts = _split_large(at, steps, chain_level, leaf_level, amount)
    if not len(at):
        return no_stubs()
    order = np.lexsort((steps, chain, at))
    at, steps, chain, leaf, amounts = (column[order] for column in (at, steps, chain, leaf, amounts))
    first = np.flatnonzero(np.append(True, (at[1:] != at[:-1]) | (chain[1:] != chain[:-1])))
    group = np.zeros(len(at), dtype=np.int64)
    group[first[1:]] = 1
    group = np.cumsum(group)
    length = np.maximum.reduceat(steps, first)
    start = np.cumsum(length) - length
    number = int(length.sum())
    links = np.arange(number)
    link_group = np.repeat(np.arange(len(first)), length)
    link_above = np.where(links == start[link_group], -1, links - 1)
    leaf_above = np.where(steps > 0, start[group] + steps - 1, -1)
    return Stubs(
        np.concatenate([at[first][link_group], at]),
        np.concatenate([link_above, leaf_above]).astype(np.int64),
        np.concatenate([np.zeros(number, dtype=np.int64), amounts]),
        np.concatenate([chain[first][link_group], leaf]),
        np.concatenate([np.ones(number, dtype=np.int64), np.zeros(len(at), dtype=np.int64)]),
    )


def _split_large(
    at: Column, steps: Column, chain_level: Column | int, leaf_level: Column | int, amount: Numbers
) -> tuple[Column, Column, Column, Column, Column]:
    """The columns with amounts that 64 bits do not hold split up into several that they do."""
    chain, leaf = (np.broadcast_to(np.asarray(each, dtype=np.int64), (len(at),)) for each in (chain_level, leaf_level))
    if not isinstance(amount, list):
        return at, steps, chain, leaf, amount
    times = np.array([max(-(-abs(each) // MAX_AMOUNT), 1) for each in amount], dtype=np.int64)
    parts: list[int] = []
    for each, number in zip(amount, times.tolist(), strict=True):
        parts += [each // number] * (number - 1)
        parts.append(each - each // number * (number - 1))
    at, steps, chain, leaf = (np.repeat(column, times) for column in (at, steps, chain, leaf))
    return at, steps, chain, leaf, np.array(parts, dtype=np.int64)


def difference(one: Numbers, other: Numbers) -> Numbers:
    """Each of one less each of the other, exactly."""
    exact = [int(a) - int(b) for a, b in zip(_listed(one), _listed(other), strict=True)]
    return exact if any(abs(each) > MAX_AMOUNT for each in exact) else np.array(exact, dtype=np.int64)


def spread(groups: int, sums: Sums) -> Numbers:
    """What the sums come to for each of the groups, whatever the key."""
    total = [0] * groups
    for group, amount in zip(sums.group.tolist(), _listed(sums.amount), strict=True):
        total[group] += amount
    return total


def _listed(numbers: Numbers) -> list[int]:
    return numbers if isinstance(numbers, list) else numbers.tolist()
