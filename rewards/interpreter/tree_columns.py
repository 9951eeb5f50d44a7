"""Trees as columns, as they were at the end of any day: what day closes look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from rewards.actions.base import Column
from rewards.interpreter.columns import TreeShape
from rewards.interpreter.placements import Placement, in_order
from rewards.plan.windows import FOR_EVER


@dataclass(frozen=True)
class PlacementColumns:
    """The placements of one tree by the first day on which they hold, int64[placements].

    Those of one day are in the order in which they were made.
    """

    first: Column
    """`date.toordinal()`."""
    member: Column
    """Index of the member."""
    parent: Column
    """Index of the member they are placed below."""
    leg: Column
    """Index of the leg among the tree's, −1 for none."""

    @classmethod
    def of(cls, placements: Iterable[Placement], legs: Sequence[str]) -> PlacementColumns:
        """Placements as columns; those of one member stand in the order in which they were made."""
        number = {leg: index for index, leg in enumerate(legs)}
        rows = [
            (each.first, each.member - 1, each.parent - 1, number.get(each.leg, -1)) for each in in_order(placements)
        ]
        return cls(*np.array(rows, dtype=np.int64).reshape(-1, 4).T.copy())


@dataclass(frozen=True)
class PlacedTrees:
    """The sponsor tree and others, with the placements there are."""

    sponsor: Column
    """Index of each member's sponsor, −1 for none, int64[members]."""
    placed: Mapping[str, PlacementColumns]
    """By tree (the sponsor tree's name is empty); a tree that is missing has no placements."""
    _last: dict[str, tuple[int, TreeShape]] = field(default_factory=dict, repr=False)
    """By tree, the shape asked for last and how many placements it is made of."""

    def shape(self, tree: str, day: int) -> TreeShape:
        """A tree at the end of a day."""
        placed = self.placed.get(tree)
        inside = 0 if placed is None else int(np.searchsorted(placed.first, day, side="right"))
        if tree not in self._last or self._last[tree][0] != inside:
            self._last[tree] = inside, self._shape(tree, placed, inside)
        return self._last[tree][1]

    def _shape(self, tree: str, placed: PlacementColumns | None, inside: int) -> TreeShape:
        nobody = np.full(len(self.sponsor), -1, dtype=np.int64)
        parent = nobody if tree else self.sponsor
        if placed is None or not inside:
            return TreeShape(parent, None if not tree else nobody)
        parent, leg = parent.copy(), nobody.copy()
        # Of several placements of one member the last one stays.
        members = placed.member[:inside]
        parent[members], leg[members] = placed.parent[:inside], placed.leg[:inside]
        return TreeShape(parent, leg)

    def changes(self, tree: str) -> Sequence[int]:
        """The days, ascending, on which placements begin that change something that was there before."""
        placed = self.placed.get(tree)
        if placed is None:
            return ()
        days: list[int] = np.unique(placed.first[placed.first > FOR_EVER]).tolist()
        return days
