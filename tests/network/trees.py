"""Trees, amounts, rates and levels for the tests: named shapes, and hypothesis strategies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

from rewards.columns import Column
from rewards.money import MAX_AMOUNT

# Compiling a loop on its first call takes longer than any deadline for an example.
laws = settings(deadline=None, max_examples=40)

TEAM_RATES = [Fraction(percent, 100) for percent in (10, 20, 26, 32, 38, 44, 50)]


class Network(NamedTuple):
    """A sponsor tree with an amount and a level for each member, as lists."""

    sponsor: list[int]
    source: list[int]
    level: list[int]


def column(values: Sequence[int]) -> Column:
    return np.array(values, dtype=np.int64)


def chain(members: int) -> list[int]:
    """Each member sponsors the next."""
    return list(range(-1, members - 1))


def sun(members: int) -> list[int]:
    """The first member sponsors all others."""
    return [-1] + [0] * (members - 1)


def as_written(loop: Callable[..., None]) -> Callable[..., None]:
    """The Python function a compiled loop was made from."""
    function: Callable[..., None] = getattr(loop, "py_func", loop)
    return function


def agree(compute: Callable[[], Column], expected: Sequence[int]) -> None:
    """The column is as expected or, where no ledger column could hold that, refused."""
    if any(abs(value) > MAX_AMOUNT for value in expected):
        with pytest.raises(OverflowError, match="a ledger column holds at most"):
            compute()
    else:
        assert compute().tolist() == list(expected)


small_amounts = st.integers(-(10**6), 10**6)
huge_amounts = st.integers(-MAX_AMOUNT, MAX_AMOUNT) | st.sampled_from([MAX_AMOUNT, -MAX_AMOUNT, -(2**63)])
amounts = small_amounts | huge_amounts

small_rates = st.fractions(min_value=-1, max_value=2, max_denominator=1000)
fine_rates = st.builds(Fraction, st.integers(0, 10**19), st.just(10**19))
rates = small_rates | fine_rates


@st.composite
def networks(draw: st.DrawFn, amount: st.SearchStrategy[int] = amounts, levels: int = 7) -> Network:
    """Any tree of up to 40 members: forests, chains and wide trees among them."""
    rows = draw(st.lists(st.tuples(st.integers(0, 10**6), amount, st.integers(-1, levels - 1)), max_size=40))
    # Counting back from the latest member makes small numbers chains, so deep trees are not rare.
    sponsor = [index - 1 - number % (index + 1) for index, (number, _, _) in enumerate(rows)]
    return Network(sponsor, [row[1] for row in rows], [row[2] for row in rows])


@st.composite
def forests(draw: st.DrawFn, amount: st.SearchStrategy[int] = amounts, levels: int = 7) -> Network:
    """As `networks`, but whoever is above may have joined later."""
    tree = draw(networks(amount, levels))
    return rehung(tree, draw(st.permutations(range(len(tree.sponsor)))))


def rehung(tree: Network, members: Sequence[int]) -> Network:
    """The same tree with its members in another order: the first is the one who was members[0]."""
    index = {member: index for index, member in enumerate(members)} | {-1: -1}
    return Network(
        [index[tree.sponsor[member]] for member in members],
        [tree.source[member] for member in members],
        [tree.level[member] for member in members],
    )
