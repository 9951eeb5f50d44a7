"""Legs: for everybody directly below a member, their total together with their whole downline."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import network
from rewards.money import MAX_AMOUNT

from . import reference
from .trees import Network, agree, chain, column, forests, laws, sun

# Member 0 sponsored 1, 2 and 3; 1 sponsored 4; 3 sponsored 5.
FAMILY = column([-1, 0, 0, 0, 1, 3])
OWN = column([9, 30, 50, 10, 60, 20])  # the legs of 0 are 90, 50 and 30

small = st.integers(-20, 60)
shares = st.fractions(min_value=0, max_value=2, max_denominator=12).filter(bool)
HALF = Fraction(1, 2)


def test_a_leg_is_one_directly_below_with_the_whole_downline() -> None:
    assert network.legs_largest(FAMILY, OWN).tolist() == [90, 60, 0, 20, 0, 0]
    assert network.legs_smallest(FAMILY, OWN).tolist() == [30, 0, 0, 0, 0, 0]
    assert network.legs_others(FAMILY, OWN).tolist() == [80, 0, 0, 0, 0, 0]


def test_a_single_leg_is_the_largest_but_not_the_smallest() -> None:
    assert network.legs_largest(column([-1, 0]), column([1, 7])).tolist() == [7, 0]
    assert network.legs_smallest(column([-1, 0]), column([1, 7])).tolist() == [0, 0]


def test_of_two_equal_legs_one_is_left() -> None:
    assert network.legs_others(column(sun(3)), column([1, 7, 7])).tolist() == [7, 0, 0]


def test_legs_below_zero_count_as_they_are() -> None:
    tree, own = column(sun(3)), column([0, -5, -8])
    assert network.legs_largest(tree, own).tolist() == [-5, 0, 0]
    assert network.legs_smallest(tree, own).tolist() == [-8, 0, 0]
    assert network.legs_others(tree, own).tolist() == [-8, 0, 0]
    assert network.legs_reaching(tree, own, -5).tolist() == [1, 0, 0]


def test_legs_that_reach_a_total_are_counted() -> None:
    assert network.legs_reaching(FAMILY, OWN, 50).tolist() == [2, 1, 0, 0, 0, 0]
    assert network.legs_reaching(FAMILY, OWN, 0).tolist() == [3, 1, 0, 1, 0, 0]
    assert network.legs_reaching(FAMILY, OWN, 2**70).tolist() == [0] * 6
    assert network.legs_reaching(FAMILY, OWN, -(2**70)).tolist() == [3, 1, 0, 1, 0, 0]


def test_a_leg_may_be_half_of_the_total() -> None:
    """90 is more than half of 170; with 80 from the others it counts for 80, so 160."""
    assert network.legs_capped(FAMILY, OWN, HALF).tolist() == [160, 0, 0, 0, 0, 0]


def test_two_legs_are_cut_when_both_are_over_their_share() -> None:
    """At 35 % each, 90 and 50 count for 35 both: 35 + 35 + 30 = 100."""
    assert network.legs_capped(FAMILY, OWN, Fraction(35, 100)).tolist() == [100, 0, 0, 0, 0, 0]


def test_legs_within_their_share_all_count() -> None:
    assert network.legs_capped(FAMILY, OWN, Fraction(90, 170)).tolist() == [170, 0, 0, 0, 0, 0]
    assert network.legs_capped(FAMILY, OWN, Fraction(1)).tolist() == [170, 60, 0, 20, 0, 0]
    assert network.legs_capped(FAMILY, OWN, Fraction(10**30)).tolist() == [170, 60, 0, 20, 0, 0]


def test_too_few_legs_come_to_nothing() -> None:
    """Three legs of at most 30 % each are never the whole; three of a third are, if all are as the smallest."""
    assert network.legs_capped(FAMILY, OWN, Fraction(3, 10)).tolist() == [0] * 6
    assert network.legs_capped(FAMILY, OWN, Fraction(1, 3)).tolist() == [90, 0, 0, 0, 0, 0]


def test_a_leg_below_zero_takes_nothing_from_the_capped_total() -> None:
    assert network.legs_capped(column(sun(4)), column([0, 10, 10, -5]), HALF).tolist() == [20, 0, 0, 0]
    assert network.legs_capped(column(sun(4)), column([0, 10, 10, -5]), Fraction(1)).tolist() == [20, 0, 0, 0]


def test_a_capped_total_is_rounded_down_once() -> None:
    """With legs 10, 10 and 1 the first two are cut: at 40 %, T = 1 / (1 - 4/5) = 5; at 44 %, T = 1 / (3/25), so 8."""
    own = column([0, 10, 10, 1])
    assert network.legs_capped(column(sun(4)), own, Fraction(2, 5)).tolist() == [5, 0, 0, 0]
    assert network.legs_capped(column(sun(4)), own, Fraction(3, 7)).tolist() == [7, 0, 0, 0]
    assert network.legs_capped(column(sun(4)), own, Fraction(5, 12)).tolist() == [6, 0, 0, 0]
    assert network.legs_capped(column(sun(4)), own, Fraction(11, 25)).tolist() == [8, 0, 0, 0]


def test_a_named_leg_is_the_one_at_its_position() -> None:
    left, right = 0, 1
    position = column([-1, left, -1, right, right, left])
    assert network.named_leg(FAMILY, position, OWN, left).tolist() == [90, 0, 0, 20, 0, 0]
    assert network.named_leg(FAMILY, position, OWN, right).tolist() == [30, 60, 0, 0, 0, 0]
    assert network.named_leg(FAMILY, position, OWN, 2).tolist() == [0] * 6


@laws
@given(forests())
def test_legs_equal_the_reference(tree: Network) -> None:
    parent, own = column(tree.sponsor), column(tree.source)
    legs = reference.legs(tree.sponsor, tree.source)
    agree(lambda: network.legs_largest(parent, own), [max(each, default=0) for each in legs])
    agree(lambda: network.legs_smallest(parent, own), [min(each) if len(each) > 1 else 0 for each in legs])
    agree(lambda: network.legs_others(parent, own), [sum(each) - max(each, default=0) for each in legs])


@laws
@given(forests(), st.integers() | st.sampled_from([2**63, -(2**63), 2**65]))
def test_reaching_legs_equal_the_reference(tree: Network, reaching: int) -> None:
    counted = network.legs_reaching(column(tree.sponsor), column(tree.source), reaching)
    legs = reference.legs(tree.sponsor, tree.source)
    assert counted.tolist() == [sum(leg >= reaching for leg in each) for each in legs]


@laws
@given(forests(small), shares)
def test_capped_legs_equal_the_reference(tree: Network, share: Fraction) -> None:
    capped = network.legs_capped(column(tree.sponsor), column(tree.source), share)
    legs = reference.legs(tree.sponsor, tree.source)
    assert capped.tolist() == [reference.capped(each, share) for each in legs]


@laws
@given(forests(), shares)
def test_the_capped_total_is_reached_and_one_more_is_not(tree: Network, share: Fraction) -> None:
    """For amounts of any size: what lies between zero and the largest total is reached as well, so this is enough."""
    legs = [[max(leg, 0) for leg in each] for each in reference.legs(tree.sponsor, tree.source)]
    try:
        totals = network.legs_capped(column(tree.sponsor), column(tree.source), share).tolist()
    except OverflowError:
        assert any(sum(each) > MAX_AMOUNT for each in legs)
        return
    for each, total in zip(legs, totals, strict=True):
        assert sum(min(Fraction(leg), share * total) for leg in each) >= total
        assert sum(min(Fraction(leg), share * (total + 1)) for leg in each) < total + 1


@laws
@given(forests(), st.integers(0, 2))
def test_a_named_leg_equals_the_reference(tree: Network, wanted: int) -> None:
    team = reference.team_sums(tree.sponsor, tree.source)
    expected = [0] * len(team)
    for member, above in enumerate(tree.sponsor):
        if above >= 0 and tree.level[member] == wanted:
            expected[above] += team[member]
    parent, position, own = column(tree.sponsor), column(tree.level), column(tree.source)
    agree(lambda: network.named_leg(parent, position, own, wanted), expected)


def test_capped_legs_are_exact_beyond_64_bits() -> None:
    """Products and sums leave 64 bits by far, the totals do not."""
    share = Fraction(999_999_937, 2 * 10**9)
    own = column([0, MAX_AMOUNT, MAX_AMOUNT, 1, 0])
    expected = math.floor(1 / (1 - 2 * share))
    assert network.legs_capped(column(sun(5)), own, share).tolist() == [expected, 0, 0, 0, 0]


def test_the_inputs_are_left_as_they_were() -> None:
    tree, own, position = column(chain(3)), column([1, 2, 3]), column([-1, 0, 0])
    network.legs_largest(tree, own)
    network.legs_capped(tree, own, HALF)
    network.named_leg(tree, position, own, 0)
    assert (tree.tolist(), own.tolist(), position.tolist()) == ([-1, 0, 1], [1, 2, 3], [-1, 0, 0])


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2)])
def test_a_share_is_positive(share: Fraction) -> None:
    with pytest.raises(ValueError, match=f"the share is {share}; a leg's share"):
        network.legs_capped(FAMILY, OWN, share)


def test_a_position_is_not_negative() -> None:
    with pytest.raises(ValueError, match="the wanted leg is -1"):
        network.named_leg(FAMILY, FAMILY, OWN, -1)


def test_a_chain_and_a_sun_of_two_hundred_thousand() -> None:
    members = 200_000
    ones = np.ones(members, dtype=np.int64)
    assert network.legs_largest(column(chain(members)), ones)[:2].tolist() == [members - 1, members - 2]
    assert network.legs_capped(column(chain(members)), ones, HALF).max() == 0
    wide = column(sun(members))
    assert network.legs_others(wide, ones)[0] == members - 2
    assert network.legs_reaching(wide, ones, 1)[0] == members - 1
    # 100,000 legs of 1,000 and one less of 1: cut to a 150,000th each, the large ones give two thirds of the total.
    own = np.where(np.arange(members) <= members // 2, 1000, 1)
    assert network.legs_capped(wide, own, Fraction(1, 150_000))[0] == 3 * 99_999
