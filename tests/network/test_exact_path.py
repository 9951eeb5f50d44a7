"""What leaves 64 bits on the way is noticed beforehand, and that column computed on whole numbers of any size.

The amounts cancel out: every answer fits, and none of what has to be added up for it is promised to.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from rewards import network
from rewards.columns import Column
from rewards.money import MAX_AMOUNT
from rewards.network import awards, legs, loops, walks
from rewards.network import tree as sums

from . import reference
from .trees import Network, column, rehung

ODD = Fraction(999_999_937, 10**12)
RATES = [ODD, ODD + Fraction(1, 1000), ODD + Fraction(1, 7)]
MEMBERS = 60
SPONSOR = [-1, *(index - 1 - index * index % min(index, 3) for index in range(1, MEMBERS))]
HUGE = [(-1) ** index * (MAX_AMOUNT // 3 - index) for index in range(MEMBERS)]
LEVEL = [index * 5 % 4 - 1 for index in range(MEMBERS)]
COUNTS = [index % 3 > 0 for index in range(MEMBERS)]
CASCADE = Network(SPONSOR, HUGE, LEVEL)
CHAIN = Network(list(range(-1, MEMBERS - 1)), HUGE, LEVEL)
"""Here every sum over a downline is of amounts next to one another, and fits."""
MOVED = rehung(CHAIN, [*range(MEMBERS // 2, MEMBERS), *range(MEMBERS // 2)])


def leg(choose: Callable[[list[int]], int]) -> Callable[[Network], list[int]]:
    return lambda tree: [choose(each) if each else 0 for each in reference.legs(tree.sponsor, tree.source)]


KERNELS: dict[str, tuple[Callable[[Column, Column, Column], Column], Callable[[Network], list[int]]]] = {
    "team": (
        lambda parent, own, level: network.team_sums(parent, own),
        lambda tree: reference.team_sums(tree.sponsor, tree.source),
    ),
    "downline": (
        lambda parent, own, level: network.downline_sums(parent, own),
        lambda tree: reference.downline_sums(tree.sponsor, tree.source),
    ),
    "generations": (
        lambda parent, own, level: network.generations_sum(parent, own, 1, 7),
        lambda tree: reference.generations_sum(tree.sponsor, tree.source, 1, 7),
    ),
    "largest leg": (lambda parent, own, level: network.legs_largest(parent, own), leg(max)),
    "smallest leg": (
        lambda parent, own, level: network.legs_smallest(parent, own),
        leg(lambda each: min(each) if len(each) > 1 else 0),
    ),
    "other legs": (
        lambda parent, own, level: network.legs_others(parent, own),
        leg(lambda each: sum(each) - max(each)),
    ),
    "legs reaching": (
        lambda parent, own, level: network.legs_reaching(parent, own, 10),
        leg(lambda each: sum(total >= 10 for total in each)),
    ),
    "capped legs": (
        lambda parent, own, level: network.legs_capped(parent, own, Fraction(1)),
        leg(lambda each: sum(max(total, 0) for total in each)),
    ),
    "generation award": (
        lambda parent, own, level: network.generation_award(parent, own, RATES),
        lambda tree: reference.generation_award(tree.sponsor, tree.source, RATES),
    ),
    "generation award with oneself": (
        lambda parent, own, level: network.generation_award(parent, own, RATES, own=True),
        lambda tree: reference.generation_award(tree.sponsor, tree.source, RATES, own=True),
    ),
    "generation award with levels": (
        lambda parent, own, level: network.generation_award(parent, own, RATES, blocker=level),
        lambda tree: reference.generation_award(tree.sponsor, tree.source, RATES, blocker=tree.level),
    ),
    "differential": (
        lambda parent, own, level: network.differential_award(parent, own, RATES, level),
        lambda tree: reference.differential_award(tree.sponsor, tree.source, RATES, tree.level),
    ),
    "differential with oneself": (
        lambda parent, own, level: network.differential_award(parent, own, RATES, level, own=True),
        lambda tree: reference.differential_award(tree.sponsor, tree.source, RATES, tree.level, own=True),
    ),
    "same level": (
        lambda parent, own, level: network.same_level_award(parent, own, ODD, level),
        lambda tree: reference.same_level_award(tree.sponsor, tree.source, ODD, tree.level),
    ),
}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each loop that is run: whether its numbers are promised to fit 64 bits."""
    found: list[bool] = []

    def noting(loop: Callable[..., None], fits: bool, *columns: object) -> object:
        found.append(fits)
        return loops.run_loop(loop, fits, *columns)  # type: ignore[arg-type]

    for module in (awards, legs, sums, walks):
        monkeypatch.setattr(module, "run_loop", noting)
    return found


@pytest.mark.parametrize("tree", [CHAIN, MOVED, CASCADE], ids=["chain", "moved", "cascade"])
@pytest.mark.parametrize("kernel", KERNELS)
def test_beyond_64_bits_every_kernel_is_exact(kernel: str, tree: Network, taken: list[bool]) -> None:
    compute, expected = KERNELS[kernel]
    answer = expected(tree)
    columns = column(tree.sponsor), column(tree.source), column(tree.level)
    if any(abs(value) > MAX_AMOUNT for value in answer):
        assert tree is CASCADE
        with pytest.raises(OverflowError, match="a ledger column holds at most"):
            compute(*columns)
    else:
        assert compute(*columns).tolist() == answer
    assert not any(taken)


@pytest.mark.parametrize("kernel", KERNELS)
def test_small_amounts_stay_on_the_fast_path(kernel: str, taken: list[bool]) -> None:
    compute, expected = KERNELS[kernel]
    small = Network(SPONSOR, [index * 7 % 1000 - 100 for index in range(MEMBERS)], LEVEL)
    assert compute(column(small.sponsor), column(small.source), column(small.level)).tolist() == expected(small)
    assert all(taken)
