"""An explanation's sources and rates add up to the award they explain."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import network

from .trees import TEAM_RATES, Network, chain, column, forests, laws, small_amounts, small_rates

# A sponsored B, B sponsored C and D, C sponsored E.
LINE = column([-1, 0, 1, 1, 2])


def test_generation_sources_name_member_generation_rate_and_amount() -> None:
    sources = network.generation_sources(LINE, column([0, 500, 3600, 0, 7200]), [Fraction(1, 2), Fraction(3, 10)], 0)
    assert sources == [(1, 1, Fraction(1, 2), 500), (2, 2, Fraction(3, 10), 3600)]


def test_differential_sources_name_the_rate_left_after_those_passed() -> None:
    level = column([6, 5, 0, -1, -1])
    sources = network.differential_sources(LINE, column([9, 10, 20, 30, 40]), TEAM_RATES, level, 1)
    assert sources == [(2, Fraction(44, 100), 20), (3, Fraction(44, 100), 30), (4, Fraction(34, 100), 40)]


def test_same_level_sources_name_the_peer_and_the_peers_downline() -> None:
    sources = network.same_level_sources(LINE, column([9, 10, 20, 30, 40]), column([1, 0, 1, -1, -1]), 0)
    assert sources == [(2, 40)]


def test_a_peer_below_someone_higher_is_no_source() -> None:
    """The higher level stands in the way for the whole downline, also where a lower one comes in between."""
    sponsor, source = column(chain(5)), column([0, 0, 0, 0, 40])
    assert network.same_level_sources(sponsor, source, column([1, 2, 0, 1, -1]), 0) == []
    assert network.same_level_sources(sponsor, source, column([1, 0, 0, 1, -1]), 0) == [(3, 40)]


@laws
@given(forests(small_amounts), st.lists(small_rates, max_size=4))
def test_generation_sources_add_up_to_the_award(tree: Network, rates: list[Fraction]) -> None:
    sponsor, source = column(tree.sponsor), column(tree.source)
    explained = [
        math.floor(sum(line.rate * line.amount for line in network.generation_sources(sponsor, source, rates, earner)))
        for earner in range(len(sponsor))
    ]
    assert explained == network.generation_award(sponsor, source, rates).tolist()


@laws
@given(forests(small_amounts), st.lists(small_rates, min_size=7, max_size=7))
def test_differential_sources_add_up_to_the_award(tree: Network, rates: list[Fraction]) -> None:
    sponsor, source, level = column(tree.sponsor), column(tree.source), column(tree.level)
    explained = [
        math.floor(
            sum(line.rate * line.amount for line in network.differential_sources(sponsor, source, rates, level, earner))
        )
        for earner in range(len(sponsor))
    ]
    assert explained == network.differential_award(sponsor, source, rates, level).tolist()


@laws
@given(forests(small_amounts, levels=2), small_rates)
def test_same_level_sources_add_up_to_the_award(tree: Network, rate: Fraction) -> None:
    sponsor, source, level = column(tree.sponsor), column(tree.source), column(tree.level)
    explained = [
        math.floor(rate * sum(line.amount for line in network.same_level_sources(sponsor, source, level, earner)))
        for earner in range(len(sponsor))
    ]
    assert explained == network.same_level_award(sponsor, source, rate, level).tolist()


@given(forests(small_amounts), small_rates.filter(bool))
@laws
def test_explanations_leave_out_what_adds_nothing(tree: Network, rate: Fraction) -> None:
    sponsor, source, level = column(tree.sponsor), column(tree.source), column(tree.level)
    for earner in range(len(sponsor)):
        by_generation = network.generation_sources(sponsor, source, [rate, Fraction(0)], earner)
        assert all(line.amount and line.rate for line in by_generation)
        by_difference = network.differential_sources(sponsor, source, TEAM_RATES, level, earner)
        assert all(line.amount and line.rate for line in by_difference)
        assert all(line.amount for line in network.same_level_sources(sponsor, source, level, earner))


def test_the_head_of_a_long_chain_can_be_explained() -> None:
    members = 100_000
    sponsor, source = column(chain(members)), column([1] * members)
    level = column([1, 0] + [-1] * (members - 2))
    assert len(network.differential_sources(sponsor, source, TEAM_RATES, level, 0)) == members - 1
    assert len(network.generation_sources(sponsor, source, [Fraction(1, 2)] * 3, 0)) == 3
    assert network.same_level_sources(sponsor, source, column([0, 0] + [-1] * (members - 2)), 0) == [(1, members - 2)]


@pytest.mark.parametrize("stranger", [-1, 5])
def test_only_a_member_has_awards_to_explain(stranger: int) -> None:
    amounts, level = column([1] * 5), column([0] * 5)
    with pytest.raises(ValueError, match=f"there is no member {stranger}"):
        network.generation_sources(LINE, amounts, TEAM_RATES, stranger)
    with pytest.raises(ValueError, match=f"there is no member {stranger}"):
        network.differential_sources(LINE, amounts, TEAM_RATES, level, stranger)
    with pytest.raises(ValueError, match=f"there is no member {stranger}"):
        network.same_level_sources(LINE, amounts, level, stranger)
