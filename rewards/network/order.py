"""The order in which loops go through a tree: parents first, whatever order the members themselves are in.

Members stand in the order in which they joined. As long as nobody has been moved, a sponsor joined before those they
sponsored, and that order will do; a member moved under somebody who joined later breaks it. Loops therefore run on
columns in the tree's own order, which is worked out once a tree and is the members' order wherever that will do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt

from rewards.columns import Column, Numbers, as_column, compiled

Flags: TypeAlias = npt.NDArray[np.bool_]
"""A one-dimensional array of true and false."""


def tree_order(parent: Column) -> Column:
    """The members' indexes with parents before those below them; int64[n].

    `parent` is int64[n]: the index of the member directly above, or -1. Members who need not wait for a parent stay in
    the order they are in, so a tree that is in order already gives 0, 1, 2, ... Raises ValueError when an entry is no
    member's index, or naming a member who is in a circle.
    """
    parent = as_column(parent, "parent")
    wrong = (parent < -1) | (parent >= len(parent))
    if wrong.any():
        index = int(wrong.argmax())
        raise ValueError(
            f"parent[{index}] is {parent[index]}; a parent is -1 or the index of a member, 0 to {len(parent) - 1}"
        )
    order = np.zeros(len(parent), dtype=np.int64)
    circle = np.full(1, -1, dtype=np.int64)
    _fill_order(parent, np.zeros_like(order), np.zeros_like(order), order, circle)
    if circle[0] >= 0:
        raise ValueError(
            f"parent[{circle[0]}] is {parent[circle[0]]}, from where the way up leads back to {circle[0]}; "
            "nobody can be above themselves: give one of the members of this circle another parent"
        )
    return order


@dataclass(frozen=True, eq=False)
class OrderedTree:
    """A tree and the order of its members in which parents come first.

    `parent` is int64[n], as for `tree_order`, which also names the errors; it is copied. Columns go in by `place`,
    loops run on `upline` and what `place` gave, and what they computed comes out by `restore`.
    """

    parent: Column
    order: Column | None = field(init=False, repr=False)
    """int64[n]: which member stands at each place; None when the members' own order will do."""
    upline: Column = field(init=False, repr=False)
    """int64[n]: for each place, the place of the member above, which comes before it, or -1."""

    def __post_init__(self) -> None:
        upline = as_column(self.parent, "parent").copy()
        order = None if _in_order(upline) else tree_order(upline)
        parent = upline.view()
        parent.flags.writeable = False
        if order is not None:
            # The last entry, which an index of -1 reads, stands for "nobody above".
            place = np.full(len(order) + 1, -1, dtype=np.int64)
            place[order] = np.arange(len(order))
            upline = place[parent[order]]
        for name, value in (("parent", parent), ("order", order), ("upline", upline)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.parent)

    def checked(self, **columns: Column) -> tuple[Column, ...]:
        """The columns, in the members' order, fit for a compiled loop, which itself checks neither types nor lengths.

        Raises ValueError when one is no int64 array of the tree's length.
        """
        found = []
        for name, values in columns.items():
            column = as_column(values, name)
            self._check_length(name, len(column))
            found.append(column)
        return tuple(found)

    def place(self, **columns: Column) -> tuple[Column, ...]:
        """The columns, checked, in the tree's order. Those of a tree in order are not copied."""
        found = self.checked(**columns)
        return found if self.order is None else tuple(column[self.order] for column in found)

    def checked_flags(self, name: str, flags: Flags | None) -> Column:
        """The flags, in the members' order, as a column of 0 and 1; None stands for true everywhere.

        Raises ValueError when they are no bool array of the tree's length.
        """
        if flags is None:
            return np.ones(len(self), dtype=np.int64)
        array = np.asarray(flags)
        if array.dtype != np.bool_ or array.ndim != 1:
            raise ValueError(
                f"{name} has dtype {array.dtype} and {array.ndim} dimensions; give a one-dimensional bool array"
            )
        self._check_length(name, len(array))
        return array.astype(np.int64)

    @overload
    def restore(self, numbers: Column) -> Column: ...
    @overload
    def restore(self, numbers: Numbers) -> Numbers: ...
    def restore(self, numbers: Numbers) -> Numbers:
        """What a loop computed, in the members' order; of an array of several dimensions, the rows."""
        if self.order is None:
            return numbers
        if isinstance(numbers, list):
            # A column of 64 bits may not hold them.
            exact = [0] * len(numbers)
            for place, member in enumerate(self.order.tolist()):
                exact[member] = numbers[place]
            return exact
        restored = np.empty_like(numbers)
        restored[self.order] = numbers
        return restored

    def members_at(self, places: Column) -> Column:
        """The members who stand at these places; -1 stays -1."""
        return places if self.order is None else np.append(self.order, -1)[places]

    def after(self, member: int) -> Iterable[int]:
        """The members after this one in the tree's order: all the member's downline, and others."""
        if self.order is None:
            return range(member + 1, len(self))
        later: list[int] = self.order[int(np.flatnonzero(self.order == member)[0]) + 1 :].tolist()
        return later

    def _check_length(self, name: str, length: int) -> None:
        if length != len(self):
            raise ValueError(f"{name} has {length} entries for {len(self)} members; give one for each member")


Tree: TypeAlias = Column | OrderedTree
"""What the functions of this package take: a column of parents, or a tree whose order is known already."""


def ordered(tree: Tree) -> OrderedTree:
    """The tree with its order, which is worked out when only the parents are given. Raises as `tree_order`."""
    return tree if isinstance(tree, OrderedTree) else OrderedTree(tree)


@compiled
def _in_order(parent: Column) -> bool:
    for member in range(len(parent)):  # noqa: SIM110 - compiled
        if parent[member] < -1 or parent[member] >= member:
            return False
    return True


@compiled
def _fill_order(parent: Column, state: Column, path: Column, order: Column, circle: Column) -> None:
    """Go up from each member to somebody who has their place, then give out places on the way back down.

    `state` is 0 for who has not been met, 1 for who is on the present way up, 2 for who has a place.
    """
    placed = 0
    for member in range(len(parent)):
        steps = 0
        above = member
        while above >= 0 and state[above] == 0:
            state[above] = 1
            path[steps] = above
            steps += 1
            above = parent[above]
        if above >= 0 and state[above] == 1:
            circle[0] = above
            return
        while steps > 0:
            steps -= 1
            state[path[steps]] = 2
            order[placed] = path[steps]
            placed += 1
