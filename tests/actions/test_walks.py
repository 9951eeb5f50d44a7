"""Walks up from one member earn what the kernels of the tree earn on an amount of that member alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.actions.walks import Earner, by_difference, by_generation, uplines
from rewards.network import differential_award, generation_award

# Compiling a loop on its first call takes longer than any deadline for an example.
laws = settings(deadline=None, max_examples=40)

RATES = [Fraction(0), Fraction(1, 10), Fraction(1, 3), Fraction(1, 2)]


@dataclass(frozen=True)
class Network:
    """Members by index: the one above (−1: nobody), the level (−1: none), whether they count; and who it happens to."""

    above: list[int]
    level: list[int]
    counts: list[bool]
    member: int

    def parent(self, ordinal: int) -> int:
        return self.above[ordinal - 1] + 1


@st.composite
def networks(draw: st.DrawFn) -> Network:
    size = draw(st.integers(1, 12))
    above = [draw(st.integers(max(-1, index - 3), index - 1)) for index in range(size)]
    level = draw(st.lists(st.integers(-1, 3), min_size=size, max_size=size))
    counts = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return Network(above, level, counts, draw(st.integers(0, size - 1)))


def paid(found: list[Earner], base: int, size: int) -> list[int]:
    amounts = [0] * size
    for earner in found:
        amounts[earner.member - 1] += int(earner.rate * base)
    return amounts


def alone(network: Network, base: int) -> np.ndarray:
    source = np.zeros(len(network.above), dtype=np.int64)
    source[network.member] = base
    return source


@laws
@given(
    network=networks(),
    rates=st.lists(st.sampled_from(RATES), max_size=5),
    base=st.integers(0, 10**9),
    options=st.tuples(st.booleans(), st.booleans(), st.booleans()),
)
def test_generations_on_an_event_are_those_of_a_close(
    network: Network, rates: list[Fraction], base: int, options: tuple[bool, bool, bool]
) -> None:
    compressed, blocked, own = options
    found = by_generation(
        network.parent,
        network.member + 1,
        rates,
        counts=(lambda each: network.counts[each - 1]) if compressed else None,
        level=(lambda each: network.level[each - 1]) if blocked else None,
        own=own,
    )
    expected = generation_award(
        np.array(network.above, dtype=np.int64),
        alone(network, base),
        rates,
        counts=np.array(network.counts) if compressed else None,
        blocker=np.array(network.level, dtype=np.int64) if blocked else None,
        own=own,
    )
    assert paid(list(found), base, len(network.above)) == expected.tolist()


@laws
@given(network=networks(), base=st.integers(0, 10**9), own=st.booleans(), rising=st.permutations(RATES))
def test_differentials_on_an_event_are_those_of_a_close(
    network: Network, base: int, own: bool, rising: list[Fraction]
) -> None:
    found = by_difference(network.parent, network.member + 1, rising, lambda each: network.level[each - 1], own=own)
    levels = np.array(network.level, dtype=np.int64)
    above = np.array(network.above, dtype=np.int64)
    expected = differential_award(above, alone(network, base), rising, levels, own=own)
    assert paid(list(found), base, len(network.above)) == expected.tolist()


CHAIN = {1: 2, 2: 3, 3: 4, 4: 5}
"""Member 1 at the bottom, 5 at the top."""


def chain(member: int) -> int:
    return CHAIN.get(member, 0)


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def test_uplines_are_walked_to_the_top() -> None:
    assert list(uplines(chain, 3)) == [4, 5]
    assert list(uplines(chain, 3, own=True)) == [3, 4, 5]
    assert list(uplines(chain, 5)) == []


def test_who_does_not_count_uses_up_no_generation() -> None:
    found = list(by_generation(chain, 1, [HALF, THIRD], counts=lambda each: each in (3, 5)))
    assert found == [Earner(3, 1, HALF), Earner(5, 2, THIRD)]


def test_a_generation_at_no_rate_is_passed() -> None:
    assert list(by_generation(chain, 1, [Fraction(0), HALF])) == [Earner(3, 2, HALF)]


@pytest.mark.parametrize(
    ("levels", "earners"),
    [
        ({1: 0, 2: 1, 3: 1, 4: 2}, [2, 4]),  # 3 is of the same level as 2
        ({1: 2, 2: 1, 3: 2, 4: 3}, [4]),  # the one it happens to is on the way too
        ({}, []),  # nobody without a level passes anybody
    ],
)
def test_nobody_earns_past_an_equal(levels: dict[int, int], earners: list[int]) -> None:
    found = by_generation(chain, 1, [HALF] * 4, level=lambda each: levels.get(each, -1))
    assert [earner.member for earner in found] == earners


def test_nobody_is_on_the_way_to_oneself() -> None:
    found = by_generation(chain, 1, [HALF, THIRD], level=lambda each: 1, own=True)
    assert list(found) == [Earner(1, 1, HALF)]


def test_a_walk_ends_when_everything_is_earned() -> None:
    asked = []

    def parent(member: int) -> int:
        asked.append(member)
        return chain(member)

    list(by_generation(parent, 1, [HALF]))
    assert asked == [1]
    asked.clear()
    list(by_difference(parent, 1, [THIRD, HALF], lambda each: {2: 0, 3: 1}.get(each, -1)))
    assert asked == [1, 2]
    asked.clear()
    assert list(by_generation(parent, 1, [])) == list(by_difference(parent, 1, [], lambda _: -1)) == []
    assert asked == []


def test_the_own_rate_is_earned_first_and_counts_as_passed() -> None:
    levels = {1: 0, 2: 0, 3: 1}
    found = by_difference(chain, 1, [THIRD, HALF], lambda each: levels.get(each, -1), own=True)
    assert list(found) == [Earner(1, 0, THIRD), Earner(3, 0, HALF - THIRD)]


def test_a_chain_of_two_hundred_thousand_is_no_matter() -> None:
    top = 200_000
    found = list(by_generation(lambda each: each + 1 if each < top else 0, 1, [HALF], counts=lambda each: each == top))
    assert found == [Earner(top, 1, HALF)]
