"""Chains a million deep, in the members' own order and turned over: every question ends, with what arithmetic says.

Nothing here measures time: what recursed, or took a step a level, would not end at all.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest

from rewards.columns import Column
from rewards.network import Forest

DEEP = 1_000_000
UPLINES = np.arange(DEEP)
"""How many uplines the member at each depth has, which is also the depth."""
BELOW = DEEP - 1 - UPLINES
ONES = np.ones(DEEP, dtype=np.int64)
TENTH, HALF = Fraction(1, 10), Fraction(1, 2)
HEAD = UPLINES == 0


@pytest.fixture(scope="module", params=[False, True], ids=["in order", "turned over"])
def chain(request: pytest.FixtureRequest) -> tuple[Forest, Callable[[Column], Column]]:
    """The chain, and what turns a column by depth into one of its members, or back."""
    turned = bool(request.param)
    forest = Forest(np.append(np.arange(1, DEEP), -1) if turned else np.arange(-1, DEEP - 1))
    return forest, (lambda by_depth: by_depth[::-1].copy()) if turned else (lambda by_depth: by_depth)


Answer = Callable[[Forest, Callable[[Column], Column]], Column]
QUESTIONS: dict[str, tuple[Answer, Column]] = {
    "depths": (lambda forest, of: forest.depths(), UPLINES),
    "team": (lambda forest, of: forest.team_sums(of(ONES)), BELOW + 1),
    "downline": (lambda forest, of: forest.downline_sums(of(ONES)), BELOW),
    "generations 2 to 500,000": (
        lambda forest, of: forest.generations_sum(of(ONES), 2, 500_000),
        np.clip(BELOW - 1, 0, 499_999),
    ),
    "second generation's number": (
        lambda forest, of: forest.generation_counts(2)[:, 1].copy(),
        np.minimum(BELOW, 2) // 2,
    ),
    "largest leg": (lambda forest, of: forest.legs_largest(of(ONES)), BELOW),
    "smallest of several legs": (lambda forest, of: forest.legs_smallest(of(ONES)), ONES * 0),
    "other legs": (lambda forest, of: forest.legs_others(of(ONES)), ONES * 0),
    "legs reaching 10": (lambda forest, of: forest.legs_reaching(of(ONES), 10), (BELOW >= 10).astype(np.int64)),
    "capped leg": (lambda forest, of: forest.legs_capped(of(ONES), Fraction(1)), BELOW),
    "named leg": (lambda forest, of: forest.named_leg(of(UPLINES % 2), of(ONES), 0), np.where(UPLINES % 2, BELOW, 0)),
    "sharing": (
        lambda forest, of: forest.generation_award(of(ONES * 10), [HALF, TENTH, TENTH]),
        np.minimum(BELOW, 1) * 4 + np.minimum(BELOW, 3),
    ),
    "sharing, oneself first": (
        lambda forest, of: forest.generation_award(of(ONES * 10), [HALF, TENTH], own=True),
        5 + np.minimum(BELOW, 1),
    ),
    "sharing where only the head counts": (
        lambda forest, of: forest.generation_award(of(ONES * 10), [HALF, TENTH], of(HEAD)),
        np.where(HEAD, BELOW * 5, 0),
    ),
    "sharing past nobody of the own level": (
        lambda forest, of: forest.generation_award(of(ONES * 10), [HALF, TENTH], None, of(BELOW)),
        np.minimum(BELOW, 1) * 5 + np.minimum(BELOW, 2) // 2,
    ),
    "differential, one level at the head": (
        lambda forest, of: forest.differential_award(of(ONES), [TENTH], of(np.where(HEAD, 0, -1))),
        np.where(HEAD, BELOW // 10, 0),
    ),
    "differential, everybody on one level": (
        lambda forest, of: forest.differential_award(of(ONES * 10), [TENTH], of(ONES * 0)),
        np.minimum(BELOW, 1),
    ),
    "differential, the upper half higher": (
        lambda forest, of: forest.differential_award(of(ONES * 10), [TENTH, HALF], of((BELOW >= DEEP // 2) * 1)),
        # The last of the upper half earns all of the topmost below and the difference on all others.
        np.minimum(BELOW, 1)
        + np.where(BELOW >= DEEP // 2, 4, 0)
        + np.where(BELOW == DEEP // 2, 4 * (DEEP // 2 - 1), 0),
    ),
    "same level": (
        lambda forest, of: forest.same_level_award(of(ONES * 10), TENTH, of(ONES * 0)),
        np.maximum(BELOW - 1, 0),
    ),
    "nobody between two peers": (
        lambda forest, of: forest.same_level_award(of(ONES * 10), TENTH, of(np.where(HEAD | (BELOW == 1), 3, -1))),
        HEAD * 1,
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_chain_of_a_million(chain: tuple[Forest, Callable[[Column], Column]], question: str) -> None:
    forest, of = chain
    ask, expected = QUESTIONS[question]
    np.testing.assert_array_equal(of(ask(forest, of)), expected)


def test_the_nearest_of_at_least_the_own_level(chain: tuple[Forest, Callable[[Column], Column]]) -> None:
    """Where levels rise towards the head, each finds the one directly above; at an equal level far off, that one."""
    forest, of = chain
    assert forest.nearest_upline_at_least(of(BELOW)).tolist() == forest.parent.tolist()
    nearest = forest.nearest_upline_at_least(of(np.where(HEAD | (BELOW == 0), 1, 0)))
    head, last = int(of(HEAD).argmax()), int(of(BELOW == 0).argmax())
    assert nearest[last] == head
    assert nearest[head] == -1
