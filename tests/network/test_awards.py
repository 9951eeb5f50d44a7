"""Generation, differential and same-level awards (specification 3.2-3.4). Amounts are in hundredths."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import network
from rewards.columns import Column
from rewards.money import MAX_AMOUNT

from . import reference
from .trees import TEAM_RATES, Network, agree, chain, column, forests, laws, networks, rates, rehung, small_amounts, sun

SHARING = [Fraction(1, 2), Fraction(3, 10)]
SAME_LEVEL = Fraction(3, 100)
SEVEN_RATES = st.lists(rates, min_size=7, max_size=7)


def test_golden_sharing_reaches_two_generations() -> None:
    """B releases 36: sponsor A earns 18, A's sponsor 10.8."""
    award = network.generation_award(column([-1, 0, 1]), column([0, 0, 3600]), SHARING)
    assert award.tolist() == [1080, 1800, 0]


def test_golden_differential_pays_the_difference() -> None:
    """A level 7, B level 6, C level 1 in line, C's downline releases 10,000: C 1,000, B 3,400, A 600."""
    award = network.differential_award(
        column([-1, 0, 1, 2]), column([0, 0, 0, 1_000_000]), TEAM_RATES, column([6, 5, 0, -1])
    )
    assert award.tolist() == [60_000, 340_000, 100_000, 0]


def test_golden_equal_levels() -> None:
    """A and B both level 1, B's downline releases 10,000: B 1,000 by differential, A 300 for equal level."""
    sponsor, source, level = column([-1, 0, 1]), column([0, 0, 1_000_000]), column([0, 0, -1])
    assert network.differential_award(sponsor, source, TEAM_RATES, level).tolist() == [0, 100_000, 0]
    assert network.same_level_award(sponsor, source, SAME_LEVEL, level).tolist() == [30_000, 0, 0]


def test_the_third_generation_earns_nothing() -> None:
    award = network.generation_award(column(chain(4)), column([0, 0, 0, 1000]), SHARING)
    assert award.tolist() == [0, 300, 500, 0]


def test_nobody_earns_on_their_own_amount() -> None:
    alone, amount, level = column([-1]), column([1000]), column([6])
    assert network.generation_award(alone, amount, SHARING).tolist() == [0]
    assert network.differential_award(alone, amount, TEAM_RATES, level).tolist() == [0]
    assert network.same_level_award(alone, amount, SAME_LEVEL, level).tolist() == [0]


def test_the_releasing_members_own_level_is_not_met() -> None:
    """A member of the highest level releases; the sponsor of the lowest still earns the whole of 10 %."""
    award = network.differential_award(column([-1, 0]), column([0, 1000]), TEAM_RATES, column([0, 6]))
    assert award.tolist() == [100, 0]


def test_a_lower_upline_above_a_higher_one_earns_nothing() -> None:
    award = network.differential_award(column(chain(4)), column([0, 0, 0, 1000]), TEAM_RATES, column([6, 1, 5, -1]))
    assert award.tolist() == [60, 0, 440, 0]


def test_rates_need_not_rise_with_the_level() -> None:
    falling = [Fraction(1, 2), Fraction(1, 10)]
    award = network.differential_award(column(chain(3)), column([0, 0, 1000]), falling, column([0, 1, -1]))
    assert award.tolist() == [400, 100, 0]


def test_equal_level_is_looked_for_past_lower_ones_but_not_past_a_higher_one() -> None:
    source = column([0, 0, 0, 1000])
    past_lower = network.same_level_award(column(chain(4)), source, SAME_LEVEL, column([2, 0, 2, -1]))
    assert past_lower.tolist() == [30, 0, 0, 0]
    past_higher = network.same_level_award(column(chain(4)), source, SAME_LEVEL, column([2, 3, 2, -1]))
    assert past_higher.tolist() == [0, 0, 0, 0]


def test_members_without_level_are_no_peers() -> None:
    award = network.same_level_award(column(chain(3)), column([0, 0, 1000]), SAME_LEVEL, column([-1, -1, -1]))
    assert award.tolist() == [0, 0, 0]


def test_an_award_is_rounded_once_not_by_source() -> None:
    """Three sources of 1 at 50 % are 1.5, so 1; rounded one by one they would be 0."""
    award = network.generation_award(column(sun(4)), column([0, 1, 1, 1]), [Fraction(1, 2)])
    assert award.tolist() == [1, 0, 0, 0]
    award = network.differential_award(column(sun(4)), column([0, 1, 1, 1]), [Fraction(1, 2)], column([0, -1, -1, -1]))
    assert award.tolist() == [1, 0, 0, 0]


def test_a_negative_amount_takes_the_award_back() -> None:
    sponsor, source = column([-1, 0, 1]), column([0, 0, -3600])
    assert network.generation_award(sponsor, source, SHARING).tolist() == [-1080, -1800, 0]
    assert network.differential_award(sponsor, source, TEAM_RATES, column([1, 0, -1])).tolist() == [
        -360,
        -360,
        0,
    ]
    assert network.same_level_award(sponsor, source, SAME_LEVEL, column([0, 0, -1])).tolist() == [-108, 0, 0]


def test_without_rates_nobody_earns() -> None:
    sponsor, source = column(chain(3)), column([1, 2, 3])
    assert network.generation_award(sponsor, source, []).tolist() == [0, 0, 0]
    assert network.differential_award(sponsor, source, [], column([-1, -1, -1])).tolist() == [0, 0, 0]
    assert network.same_level_award(sponsor, source, Fraction(0), column([0, 0, 0])).tolist() == [0, 0, 0]


def test_the_inputs_are_left_as_they_were() -> None:
    sponsor, source, level = column(chain(3)), column([1, 2, 3]), column([1, 1, 0])
    network.generation_award(sponsor, source, SHARING)
    network.differential_award(sponsor, source, TEAM_RATES, level)
    network.same_level_award(sponsor, source, SAME_LEVEL, level)
    assert (sponsor.tolist(), source.tolist(), level.tolist()) == ([-1, 0, 1], [1, 2, 3], [1, 1, 0])


@laws
@given(forests(), st.lists(rates, max_size=5))
def test_generation_award_equals_the_reference(tree: Network, chosen: list[Fraction]) -> None:
    agree(
        lambda: network.generation_award(column(tree.sponsor), column(tree.source), chosen),
        reference.generation_award(tree.sponsor, tree.source, chosen),
    )


@laws
@given(forests(), SEVEN_RATES)
def test_differential_award_equals_the_reference(tree: Network, chosen: list[Fraction]) -> None:
    agree(
        lambda: network.differential_award(column(tree.sponsor), column(tree.source), chosen, column(tree.level)),
        reference.differential_award(tree.sponsor, tree.source, chosen, tree.level),
    )


@laws
@given(forests(levels=2), rates)
def test_same_level_award_equals_the_reference(tree: Network, rate: Fraction) -> None:
    agree(
        lambda: network.same_level_award(column(tree.sponsor), column(tree.source), rate, column(tree.level)),
        reference.same_level_award(tree.sponsor, tree.source, rate, tree.level),
    )


@laws
@given(networks(small_amounts))
def test_differentials_on_an_amount_add_up_to_the_highest_rate_above_it(tree: Network) -> None:
    source = [amount * 100 for amount in tree.source]  # so that no award is rounded
    award = network.differential_award(column(tree.sponsor), column(source), TEAM_RATES, column(tree.level))
    highest = [
        max((tree.level[upline] for upline in reference.uplines(tree.sponsor, member)), default=-1)
        for member in range(len(source))
    ]
    owed = [TEAM_RATES[level] * amount for level, amount in zip(highest, source, strict=True) if level >= 0]
    assert award.sum() == sum(owed)


@laws
@given(networks(small_amounts), st.randoms(use_true_random=False))
def test_the_order_of_joining_does_not_matter(tree: Network, random: object) -> None:
    """Members change places, also with those above them; everyone's award goes with them."""
    members = list(range(len(tree.sponsor)))
    random.shuffle(members)  # type: ignore[attr-defined]
    sponsor, source, level = (column(values) for values in rehung(tree, members))
    for award, moved in (
        (
            reference.generation_award(tree.sponsor, tree.source, SHARING),
            network.generation_award(sponsor, source, SHARING),
        ),
        (
            reference.differential_award(tree.sponsor, tree.source, TEAM_RATES, tree.level),
            network.differential_award(sponsor, source, TEAM_RATES, level),
        ),
        (
            reference.same_level_award(tree.sponsor, tree.source, SAME_LEVEL, tree.level),
            network.same_level_award(sponsor, source, SAME_LEVEL, level),
        ),
    ):
        assert moved.tolist() == [award[member] for member in members]


HALF = MAX_AMOUNT // 2


def test_products_beyond_64_bits_are_exact() -> None:
    """The products leave 64 bits by far, the awards do not."""
    odd = Fraction(999_999_937, 10**12)
    sponsor, source, level = column(chain(4)), column([0, HALF, HALF, HALF]), column([1, 1, 0, -1])
    lists = (sponsor.tolist(), source.tolist())
    award = network.generation_award(sponsor, source, [odd, odd])
    assert award.tolist() == [math.floor(odd * 2 * HALF)] * 2 + [math.floor(odd * HALF), 0]
    pair = [odd, odd + Fraction(1, 3)]
    award = network.differential_award(sponsor, source, pair, level)
    assert award.tolist() == reference.differential_award(*lists, pair, level.tolist())
    award = network.same_level_award(sponsor, source, odd, level)
    assert award.tolist() == [math.floor(odd * 2 * HALF), 0, 0, 0]


def test_sums_beyond_64_bits_are_exact() -> None:
    """The downline's sum leaves 64 bits, whatever the rate; a thousandth of it does not."""
    sponsor, source = column(sun(5)), column([0] + [MAX_AMOUNT] * 4)
    thousandth, all_levels = Fraction(1, 1000), column([0] * 5)
    expected = [4 * MAX_AMOUNT // 1000, 0, 0, 0, 0]
    assert network.generation_award(sponsor, source, [thousandth]).tolist() == expected
    assert network.differential_award(sponsor, source, [thousandth], all_levels).tolist() == expected
    below_a_peer = column([-1, 0, 1, 1, 1])
    peers = network.same_level_award(below_a_peer, source, thousandth, column([0, 0, -1, -1, -1]))
    assert peers.tolist() == [3 * MAX_AMOUNT // 1000, 0, 0, 0, 0]


def test_an_award_no_column_can_hold_is_refused() -> None:
    sponsor, source = column(sun(4)), column([0] + [MAX_AMOUNT] * 3)
    with pytest.raises(OverflowError, match=r"entry 0 comes to \d+ smallest units.*lower the rate"):
        network.generation_award(sponsor, source, [Fraction(1, 2)])


@pytest.mark.parametrize("wrong", [-2, 7])
def test_a_level_must_have_a_rate(wrong: int) -> None:
    with pytest.raises(ValueError, match=rf"level\[1\] is {wrong}; with 7 rates"):
        network.differential_award(column([-1, 0]), column([1, 1]), TEAM_RATES, column([0, wrong]))


@pytest.mark.parametrize("sponsor", [chain(2000), sun(5000)], ids=["chain", "sun"])
def test_extreme_shapes_equal_the_reference(sponsor: list[int]) -> None:
    random = np.random.default_rng(35)
    size = len(sponsor)
    source, level = random.integers(-(10**9), 10**9, size), random.integers(-1, 7, size)
    _agree_with_reference(column(sponsor), source, level)


def test_a_hundred_thousand_members_equal_the_reference() -> None:
    random = np.random.default_rng(100_000)
    members = 100_000
    sponsor = random.integers(-1, np.maximum(np.arange(members), 0))
    source = random.integers(-(10**7), 10**8, members)
    level = np.where(random.random(members) < 0.8, -1, random.integers(0, 7, members))
    _agree_with_reference(sponsor, source, level)


def _agree_with_reference(sponsor: Column, source: Column, level: Column) -> None:
    tree, amounts, levels = sponsor.tolist(), source.tolist(), level.tolist()
    award = network.generation_award(sponsor, source, SHARING)
    assert award.tolist() == reference.generation_award(tree, amounts, SHARING)
    award = network.differential_award(sponsor, source, TEAM_RATES, level)
    assert award.tolist() == reference.differential_award(tree, amounts, TEAM_RATES, levels)
    award = network.same_level_award(sponsor, source, SAME_LEVEL, level)
    assert award.tolist() == reference.same_level_award(tree, amounts, SAME_LEVEL, levels)


def test_a_chain_of_a_million_completes() -> None:
    members = 1_000_000
    sponsor, ones = np.arange(-1, members - 1), np.ones(members, dtype=np.int64)
    level = np.full(members, -1, dtype=np.int64)
    level[:2] = 0
    below = members - 1
    assert network.depths(sponsor)[-1] == below
    assert network.team_sums(sponsor, ones)[0] == members
    assert network.generation_award(sponsor, ones * 10, SHARING)[:2].tolist() == [8, 8]
    award = network.differential_award(sponsor, ones, TEAM_RATES, level)
    # Of all below, A (index 0) earns on B's own amount only; B (index 1) on all the others.
    assert award[:3].tolist() == [0, (below - 1) // 10, 0]
    award = network.same_level_award(sponsor, ones, SAME_LEVEL, level)
    assert award[:2].tolist() == [(below - 1) * 3 // 100, 0]


def test_finding_an_upline_does_not_crawl_along_a_level() -> None:
    """Half a million of one level above as many of the next: a search going by equals would not end."""
    members = 1_000_000
    level = np.repeat(np.array([0, 1]), members // 2)
    nearest = network.nearest_upline_at_least(np.arange(-1, members - 1), level)
    assert nearest[members // 2] == -1
    assert nearest[members // 2 + 1 :].tolist() == list(range(members // 2, members - 1))
