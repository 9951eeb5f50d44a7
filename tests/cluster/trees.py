"""Trees of members of all shapes, and how the parts of one answer a question in place of the whole."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from rewards.columns import Column
from rewards.distributed.forest import PartForest
from rewards.distributed.splitting import Split
from rewards.distributed.stubs import Stubs, joined


@st.composite
def trees(draw: st.DrawFn, most: int = 60) -> Column:
    """Forests, chains, stars, one branch with most of the members, and trees in which members have been moved."""
    size = draw(st.integers(1, most))
    reach = draw(st.sampled_from([1, 2, 5, most]))
    roots = draw(st.sampled_from([1, 3, most]))
    parents = [
        -1 if (each < roots and each % 3 == 0) or each == 0 else draw(st.integers(max(each - reach, 0), each - 1))
        for each in range(size)
    ]
    places = np.array(draw(st.permutations(range(size))) if draw(st.booleans()) else range(size), dtype=np.int64)
    parent = np.full(size, -1, dtype=np.int64)
    for each, above in enumerate(parents):
        parent[places[each]] = -1 if above < 0 else places[above]
    return parent


class Passed:
    """What goes from part to part, where parts are asked one after the other, those further down first."""

    def __init__(self, divided: Split) -> None:
        self.divided = divided
        self.everywhere = len(divided.parent)
        self.below = divided.below()
        self.given: dict[int, Stubs] = {}
        self.part = 0

    def next(self, question: str) -> int:
        return 1

    def from_below(self, number: int) -> Stubs | None:
        if not self.below[self.part]:
            return None
        parts = [
            each.only(self.divided.part[each.at] == self.part) for each in map(self.given.get, self.below[self.part])
        ]
        at, *rest = joined(parts).columns()
        return Stubs(np.searchsorted(self.divided.members(self.part), at).astype(np.int64), *rest)

    def upward(self, number: int, stubs: Stubs) -> None:
        self.given[self.part] = stubs


def answered(divided: Split, ask: Callable[[PartForest, Column], Column]) -> Column:
    """What the parts of a tree answer, each for its own members (indexes, handed to `ask`)."""
    found = np.zeros(len(divided.parent), dtype=np.int64)
    passed = Passed(divided)
    for passed.part in range(divided.parts):
        members = divided.members(passed.part)
        parent = divided.parent[members]
        inside = (parent >= 0) & (divided.part[parent] == passed.part)
        within = np.where(inside, np.searchsorted(members, parent), -1).astype(np.int64)
        found[members] = ask(PartForest(within, np.where(inside, -1, parent), passed), members)
    return found
