"""Depths, sums over downlines, generations and nearest uplines of the sponsor tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import network
from rewards.columns import Column
from rewards.money import MAX_AMOUNT
from rewards.network import tree as tree_loops

from . import reference
from .trees import Network, agree, as_written, chain, column, forests, laws, networks, small_amounts, sun

# Member 0 sponsored 1 and 2; 1 sponsored 3 and 4; 4 sponsored 5; 6 came without a sponsor.
FAMILY = column([-1, 0, 0, 1, 1, 4, -1])


def test_depth_counts_the_uplines() -> None:
    assert network.depths(FAMILY).tolist() == [0, 1, 1, 2, 2, 3, 0]


def test_a_team_counts_the_member_and_downline_does_not() -> None:
    own = column([1, 10, 100, 1000, 10_000, 100_000, 1_000_000])
    assert network.team_sums(FAMILY, own).tolist() == [
        111_111,
        111_010,
        100,
        1000,
        110_000,
        100_000,
        10**6,
    ]
    assert network.downline_sums(FAMILY, own).tolist() == [111_110, 111_000, 0, 0, 100_000, 0, 0]


def test_generation_counts_by_distance() -> None:
    assert network.generation_counts(FAMILY, 3).tolist() == [
        [2, 2, 1],
        [2, 1, 0],
        [0, 0, 0],
        [0, 0, 0],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_nearest_upline_passes_over_lower_levels() -> None:
    level = column([3, 1, 0, 1, -1, 2, 0])
    assert network.nearest_upline_at_least(FAMILY, level).tolist() == [-1, 0, 0, 1, 1, 0, -1]


def test_a_member_without_level_finds_the_sponsor() -> None:
    level = column([-1] * len(FAMILY))
    assert network.nearest_upline_at_least(FAMILY, level).tolist() == FAMILY.tolist()


def test_the_inputs_are_left_as_they_were() -> None:
    own = column([1, 2, 3, 4, 5, 6, 7])
    network.team_sums(FAMILY, own)
    network.downline_sums(FAMILY, own)
    assert own.tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_a_tree_of_nobody_has_no_answers() -> None:
    nobody = column([])
    assert network.team_sums(nobody, nobody).tolist() == []
    assert network.depths(nobody).tolist() == []
    assert network.generation_counts(nobody, 2).shape == (0, 2)


@laws
@given(forests())
def test_sums_equal_the_reference(tree: Network) -> None:
    sponsor, own = column(tree.sponsor), column(tree.source)
    agree(lambda: network.team_sums(sponsor, own), reference.team_sums(tree.sponsor, tree.source))
    agree(lambda: network.downline_sums(sponsor, own), reference.downline_sums(tree.sponsor, tree.source))


@laws
@given(forests(), st.integers(0, 5))
def test_positions_equal_the_reference(tree: Network, generations: int) -> None:
    sponsor, level = column(tree.sponsor), column(tree.level)
    assert network.depths(sponsor).tolist() == reference.depths(tree.sponsor)
    counts = network.generation_counts(sponsor, generations)
    assert counts.tolist() == reference.generation_counts(tree.sponsor, generations)
    nearest = network.nearest_upline_at_least(sponsor, level)
    assert nearest.tolist() == reference.nearest_upline_at_least(tree.sponsor, tree.level)


@pytest.mark.parametrize("sponsor", [chain(2000), sun(5000)], ids=["chain", "sun"])
def test_extreme_shapes_equal_the_reference(sponsor: list[int]) -> None:
    own = np.random.default_rng(5).integers(-(10**9), 10**9, len(sponsor))
    sums = network.downline_sums(column(sponsor), own)
    assert sums.tolist() == reference.downline_sums(sponsor, own.tolist())
    assert network.depths(column(sponsor)).tolist() == reference.depths(sponsor)


def test_a_sum_too_large_on_the_way_may_still_end_well() -> None:
    sponsor = column(chain(4))
    own = column([-MAX_AMOUNT, 5, MAX_AMOUNT, MAX_AMOUNT])
    assert network.downline_sums(sponsor, own[[0, 1, 2, 0]]).tolist() == [5, 0, -MAX_AMOUNT, 0]
    with pytest.raises(OverflowError, match=f"entry 0 comes to {2 * MAX_AMOUNT + 5} smallest units"):
        network.downline_sums(sponsor, own)


@laws
@given(forests(), st.integers(0, 4), st.integers(0, 4) | st.just(10**30))
def test_generation_sums_equal_the_reference(tree: Network, first: int, more: int) -> None:
    agree(
        lambda: network.generations_sum(column(tree.sponsor), column(tree.source), first, first + more),
        reference.generations_sum(tree.sponsor, tree.source, first, first + more),
    )


def test_generation_sums_count_by_distance() -> None:
    own = column([1, 10, 100, 1000, 10_000, 100_000, 1_000_000])
    assert network.generations_sum(FAMILY, own, 1, 1).tolist() == [110, 11_000, 0, 0, 100_000, 0, 0]
    assert network.generations_sum(FAMILY, own, 2, 3).tolist() == [111_000, 100_000, 0, 0, 0, 0, 0]
    assert network.generations_sum(FAMILY, own, 0, 1).tolist() == [111, 11_010, 100, 1000, 110_000, 100_000, 10**6]


def test_a_generation_sum_is_exact_where_the_teams_leave_64_bits() -> None:
    own = column([0, 7, MAX_AMOUNT, MAX_AMOUNT])
    assert network.generations_sum(column(chain(4)), own, 1, 1).tolist() == [7, MAX_AMOUNT, MAX_AMOUNT, 0]


@pytest.mark.parametrize(("first", "last"), [(-1, 2), (3, 2)])
def test_generations_are_given_from_near_to_far(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"generations {first} to {last}"):
        network.generations_sum(FAMILY, FAMILY, first, last)


@pytest.mark.parametrize(
    ("own", "fault"),
    [
        (column([1, 2]), "own has 2 entries for 7 members"),
        (np.ones(7), "own has dtype float64 and 1 dimensions"),
        (np.ones((7, 1), dtype=np.int64), "own has dtype int64 and 2 dimensions"),
    ],
)
def test_a_column_must_fit_the_tree(own: Column, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        network.team_sums(FAMILY, own)


def test_generations_are_not_negative() -> None:
    with pytest.raises(ValueError, match="generations is -1"):
        network.generation_counts(FAMILY, -1)


@laws
@given(networks(small_amounts))
def test_a_loop_means_the_same_compiled_and_as_written(tree: Network) -> None:
    """Loops that cannot overflow run compiled only; here their source text is run as the Python it is."""
    sponsor, level = column(tree.sponsor), column(tree.level)
    written = [np.zeros(len(sponsor), dtype=np.int64) for _ in range(3)]
    counts = np.zeros((len(sponsor), 3), dtype=np.int64)
    as_written(tree_loops._fill_depths)(sponsor, written[0])
    as_written(tree_loops._find_nearest)(sponsor, level, written[1], written[2])
    as_written(tree_loops._count_generations)(sponsor, counts)
    assert written[0].tolist() == network.depths(sponsor).tolist()
    assert written[2].tolist() == network.nearest_upline_at_least(sponsor, level).tolist()
    assert counts.tolist() == network.generation_counts(sponsor, 3).tolist()


def test_a_column_may_be_a_slice_of_another() -> None:
    wide = np.arange(14, dtype=np.int64)
    assert network.team_sums(FAMILY, wide[::2]).tolist() == reference.team_sums(FAMILY.tolist(), wide[::2].tolist())
