"""Members are divided by whole branches, evenly, however the tree is shaped."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.columns import Column
from rewards.distributed.splitting import PIECES_A_PART, split

from .trees import trees

laws = settings(deadline=None)


@laws
@given(trees(), st.integers(1, 7))
def test_every_member_is_in_one_part_and_what_hangs_on_a_part_is_in_a_lower_layer(parent: Column, parts: int) -> None:
    divided = split(parent, parts)
    assert sorted(np.concatenate([divided.members(part) for part in range(divided.parts)])) == list(range(len(parent)))
    for member, above in enumerate(parent.tolist()):
        if above >= 0 and divided.part[member] != divided.part[above]:
            assert divided.layer[divided.part[member]] < divided.layer[divided.part[above]]
    assert list(divided.layer) == sorted(divided.layer)


@laws
@given(trees(), st.integers(1, 7))
def test_below_a_member_of_the_lowest_layer_nobody_is_in_another_part(parent: Column, parts: int) -> None:
    divided = split(parent, parts)
    below = divided.below()
    assert all(not below[part] for part in range(divided.parts) if divided.layer[part] == 0)
    for part, others in enumerate(below):
        assert all(divided.layer[other] < divided.layer[part] for other in others)


@laws
@given(trees(300), st.integers(1, 7))
def test_parts_are_no_larger_than_an_even_share_and_a_piece(parent: Column, parts: int) -> None:
    divided = split(parent, parts)
    share = -(-len(parent) // parts)
    piece = max(share // PIECES_A_PART, 1) + 1
    assert max(len(divided.members(part)) for part in range(divided.parts)) <= share + piece


def chain(size: int) -> Column:
    return np.arange(size, dtype=np.int64) - 1


def skewed(size: int) -> Column:
    """Nine tenths of the members are in the branch of the second one."""
    random = np.random.default_rng(1)
    parent = np.zeros(size, dtype=np.int64)
    parent[0] = -1
    for member in range(2, size):
        parent[member] = random.integers(1, member) if member % 10 else 0
    return parent


@pytest.mark.parametrize("shape", [chain, skewed, lambda size: np.where(np.arange(size) == 0, -1, 0)])
def test_large_trees_come_in_even_parts(shape: object) -> None:
    parent = shape(20_000)  # type: ignore[operator]
    divided = split(parent.astype(np.int64), 4)
    sizes = [len(divided.members(part)) for part in range(divided.parts)]
    assert max(sizes) <= 20_000 / 4 * 1.2
    assert divided.parts <= 6


def test_the_trunk_of_a_wide_tree_is_small() -> None:
    divided = split(skewed(20_000), 4)
    assert divided.layer[:-1] == (0,) * (divided.parts - 1)
    assert len(divided.members(divided.parts - 1)) < 1_000


def test_a_tree_is_divided_into_at_least_one_part() -> None:
    with pytest.raises(ValueError, match="0 parts; there must be 1 or more"):
        split(chain(3), 0)
