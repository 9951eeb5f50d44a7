"""Trees whose members are in any order: whoever is above may have joined later."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given

from rewards import network
from rewards.money import MAX_AMOUNT
from rewards.network import order as order_loops
from rewards.network.order import OrderedTree

from . import reference
from .trees import Network, as_written, chain, column, forests, laws, networks

CHAIN = 200_000

# Member 0 was moved under 2, who came without a sponsor; 1 is below 0, and 3 below 1.
MOVED = column([2, 0, -1, 1])


def test_whoever_is_above_comes_first() -> None:
    assert network.tree_order(MOVED).tolist() == [2, 0, 1, 3]


def test_members_who_need_not_wait_stay_where_they_are() -> None:
    assert network.tree_order(column([-1, 0, 0, 1, -1])).tolist() == [0, 1, 2, 3, 4]
    assert network.tree_order(column([])).tolist() == []


@laws
@given(forests())
def test_the_order_has_everybody_once_and_parents_first(tree: Network) -> None:
    order = network.tree_order(column(tree.sponsor)).tolist()
    assert sorted(order) == list(range(len(tree.sponsor)))
    met = {-1}
    for member in order:
        assert tree.sponsor[member] in met
        met.add(member)


@laws
@given(networks())
def test_a_tree_in_order_keeps_its_order(tree: Network) -> None:
    sponsor = column(tree.sponsor)
    assert network.tree_order(sponsor).tolist() == list(range(len(sponsor)))
    assert OrderedTree(sponsor).order is None


def test_a_chain_with_the_last_member_on_top_is_turned_over() -> None:
    upwards = np.append(np.arange(1, CHAIN), -1)
    assert network.tree_order(upwards).tolist() == list(range(CHAIN - 1, -1, -1))
    assert network.depths(upwards)[0] == CHAIN - 1
    assert network.team_sums(upwards, np.ones(CHAIN, dtype=np.int64)).tolist() == list(range(1, CHAIN + 1))


@pytest.mark.parametrize(
    ("parent", "fault"),
    [
        ([0], r"parent\[0\] is 0, from where the way up leads back to 0"),
        ([-1, 0, 2], r"parent\[2\] is 2, from"),
        ([-1, 2, 3, 1, 1], r"parent\[1\] is 2, from"),
        ([3, -1, 3, 2], r"parent\[3\] is 2, from"),
        ([-1, -2], r"parent\[1\] is -2; a parent is -1 or the index of a member, 0 to 1"),
        ([-1, 2], r"parent\[1\] is 2; a parent is -1 or"),
    ],
    ids=["self", "self in a tree", "three", "entered from below", "less than none", "nobody"],
)
def test_a_circle_or_a_stranger_above_is_refused(parent: list[int], fault: str) -> None:
    for ask in (network.tree_order, network.depths, network.Forest):
        with pytest.raises(ValueError, match=fault):
            ask(column(parent))


@laws
@given(forests())
def test_the_order_means_the_same_compiled_and_as_written(tree: Network) -> None:
    parent = column(tree.sponsor)
    state, path, order = (np.zeros_like(parent) for _ in range(3))
    circle = column([-1])
    as_written(order_loops._fill_order)(parent, state, path, order, circle)
    assert order.tolist() == network.tree_order(parent).tolist()
    assert circle.tolist() == [-1]


def test_a_circle_is_found_as_written_too() -> None:
    circle = column([-1])
    as_written(order_loops._fill_order)(column([1, 2, 1]), *(column([0, 0, 0]) for _ in range(3)), circle)
    assert circle.tolist() == [1]


# --- a forest made once -------------------------------------------------------------------------------------


def test_a_forest_has_all_questions_as_methods() -> None:
    questions = {
        name
        for name in network.__all__
        if inspect.isfunction(getattr(network, name)) and name != "tree_order"  # the order is an attribute
    }
    assert questions == {name for name in vars(network.Forest) if not name.startswith("_")}


@laws
@given(forests())
def test_a_forest_answers_as_the_functions_do(tree: Network) -> None:
    parent, level = column(tree.sponsor), column(tree.level)
    forest = network.Forest(parent)
    ones = np.ones_like(parent)
    assert forest.team_sums(ones).tolist() == network.team_sums(parent, ones).tolist()
    assert forest.nearest_upline_at_least(level).tolist() == network.nearest_upline_at_least(parent, level).tolist()
    assert network.legs_largest(forest, ones).tolist() == forest.legs_largest(ones).tolist()


def test_a_forest_does_not_change_with_the_column_it_was_made_from() -> None:
    parent = column(chain(3))
    forest = network.Forest(parent)
    parent[2] = 0
    assert forest.depths().tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        forest.parent[2] = 0


def test_numbers_on_the_way_beyond_64_bits_come_back_to_their_members() -> None:
    own = column([MAX_AMOUNT, MAX_AMOUNT, -MAX_AMOUNT, -MAX_AMOUNT])
    assert network.team_sums(MOVED, own).tolist() == reference.team_sums(MOVED.tolist(), own.tolist())


def test_an_amount_too_large_is_named_by_its_member() -> None:
    with pytest.raises(OverflowError, match="entry 2 comes to"):
        network.downline_sums(MOVED, column([MAX_AMOUNT, 0, 0, 1]))
