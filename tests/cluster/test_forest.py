"""What goes up a tree from part to part comes to the same as in one piece, to the unit."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import network
from rewards.columns import Column
from rewards.distributed import texts  # noqa: F401  (what is refused is said in its words)
from rewards.distributed.splitting import split
from rewards.errors import Refused
from rewards.money import MAX_AMOUNT

from .trees import answered, trees

laws = settings(deadline=None, max_examples=60)
amounts = st.integers(-1000, 1000)
RATES = [Fraction(5, 100), Fraction(1, 10), Fraction(1, 10), Fraction(3, 7)]

Question = Callable[[network.Forest, Callable[[Column], Column]], Column]


def columns_of(data: st.DataObject, parent: Column, values: st.SearchStrategy[int]) -> Column:
    size = len(parent)
    return np.array(data.draw(st.lists(values, min_size=size, max_size=size)), dtype=np.int64)


def check(parent: Column, parts: int, ask: Question) -> None:
    """A question (with a function that takes of a column what is a part's) answered by parts, and by the whole."""
    whole = ask(network.Forest(parent), lambda column: column)
    found = answered(split(parent, parts), lambda forest, members: ask(forest, lambda column: column[members]))
    assert found.tolist() == whole.tolist()


@laws
@given(trees(), st.integers(1, 6), st.integers(0, 4), st.integers(0, 70), st.data())
def test_sums(parent: Column, parts: int, first: int, more: int, data: st.DataObject) -> None:
    own = columns_of(data, parent, amounts)
    check(parent, parts, lambda forest, part: forest.team_sums(part(own)))
    check(parent, parts, lambda forest, part: forest.downline_sums(part(own)))
    check(parent, parts, lambda forest, part: forest.generations_sum(part(own), first, first + more))


@laws
@given(trees(), st.integers(1, 6), st.integers(-50, 50), st.data())
def test_legs(parent: Column, parts: int, reaching: int, data: st.DataObject) -> None:
    own = columns_of(data, parent, amounts)
    check(parent, parts, lambda forest, part: forest.legs_largest(part(own)))
    check(parent, parts, lambda forest, part: forest.legs_smallest(part(own)))
    check(parent, parts, lambda forest, part: forest.legs_others(part(own)))
    check(parent, parts, lambda forest, part: forest.legs_reaching(part(own), reaching))
    check(parent, parts, lambda forest, part: forest.legs_capped(part(own), Fraction(2, 5)))


@laws
@given(trees(), st.integers(1, 6), st.booleans(), st.booleans(), st.data())
def test_awards_by_generation(parent: Column, parts: int, own: bool, blocked: bool, data: st.DataObject) -> None:
    source = columns_of(data, parent, amounts)
    counts = columns_of(data, parent, st.integers(0, 1)) == 1
    level = columns_of(data, parent, st.integers(-1, 3))
    check(
        parent,
        parts,
        lambda forest, part: network.generation_award(
            forest, part(source), RATES, counts=part(counts), blocker=part(level) if blocked else None, own=own
        ),
    )


@laws
@given(trees(), st.integers(1, 6), st.booleans(), st.data())
def test_awards_by_level(parent: Column, parts: int, own: bool, data: st.DataObject) -> None:
    source, level = columns_of(data, parent, amounts), columns_of(data, parent, st.integers(-1, 3))
    falling = [Fraction(1, 3), Fraction(0), Fraction(1, 4), Fraction(1, 3)]
    for rates in (RATES, falling):
        check(
            parent,
            parts,
            lambda forest, part, rates=rates: network.differential_award(
                forest, part(source), rates, part(level), own=own
            ),
        )
    check(
        parent,
        parts,
        lambda forest, part: network.same_level_award(forest, part(source), Fraction(1, 7), part(level)),
    )


@laws
@given(trees(), st.integers(2, 6), st.data())
def test_amounts_whose_sums_leave_64_bits_on_the_way(parent: Column, parts: int, data: st.DataObject) -> None:
    source = columns_of(data, parent, st.integers(MAX_AMOUNT // 4, MAX_AMOUNT // 2))
    level = columns_of(data, parent, st.integers(-1, 2))
    tiny = [Fraction(1, 1000), Fraction(1, 500), Fraction(1, 400)]
    check(
        parent,
        parts,
        lambda forest, part: network.differential_award(forest, part(source), tiny, part(level)),
    )
    check(parent, parts, lambda forest, part: network.generation_award(forest, part(source), tiny))
    check(
        parent,
        parts,
        lambda forest, part: network.same_level_award(forest, part(source), tiny[0], part(level)),
    )


@laws
@given(trees(), st.integers(1, 6), st.data())
def test_who_is_left_out_takes_along_what_is_below(parent: Column, parts: int, data: st.DataObject) -> None:
    own = columns_of(data, parent, amounts)
    left_out = columns_of(data, parent, st.integers(0, 3)) == 0
    whole = network.team_sums(np.where(left_out, -1, parent), own)
    found = answered(
        split(parent, parts), lambda forest, members: forest.without(left_out[members]).team_sums(own[members])
    )
    assert found.tolist() == whole.tolist()


def test_what_no_part_can_answer_is_refused() -> None:
    with pytest.raises(Refused, match="asks for depths, which a cluster cannot work out in parts"):
        answered(split(np.array([-1, 0, 1]), 2), lambda forest, members: forest.depths())
