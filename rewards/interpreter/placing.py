"""Placing members in the trees of a plan in memory, and moving them."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime, timedelta

from rewards.errors import InvalidRequest, NotFound
from rewards.interpreter.given import Given
from rewards.interpreter.placements import Placement, check_leg, placement
from rewards.plan.events import Placed
from rewards.plan.model import SPONSOR_TREE
from rewards.plan.windows import FOR_EVER


class PlacingWorld(Given):
    """The part of a world that knows who stands below whom."""

    closed_through: date | None

    @abstractmethod
    def _next_id(self) -> str: ...

    @abstractmethod
    def _at(self, day: date, clock: str | None = None) -> datetime: ...

    def place(self, tree: str, member: str, parent: str, leg: str | None = None, *, on: str) -> Placement:
        """Let a member stand below another in a tree from an open day on; orders before it stay where they were.

        The tree is one of the plan's, or `sponsor`. Raises NotFound, InvalidRequest, Refused.
        """
        day = date.fromisoformat(on)
        if self.closed_through and day <= self.closed_through:
            first = self.closed_through + timedelta(days=1)
            raise InvalidRequest("world.place-closed", day=on, first=first.isoformat())
        return self._place(tree, member, parent, leg, day)

    def give_place(self, tree: str, member: str, parent: str, leg: str | None = None) -> Placement:
        """Let a member have stood below another in a tree from the beginning. Raises as `place`."""
        return self._place(tree, member, parent, leg, date.fromordinal(FOR_EVER))

    def place_of(self, tree: str, member: str, *, on: str) -> str | None:
        """Who a member stands below in a tree at the end of a day, or None. Raises NotFound."""
        name, _ = self._tree(tree)
        above = self.source.parent(name, self.ordinal(member), date.fromisoformat(on).toordinal())
        return self.name(above) if above else None

    def _place(self, tree: str, member: str, parent: str, leg: str | None, day: date) -> Placement:
        name, legs = self._tree(tree)
        of, above, on_leg = self.ordinal(member), self.ordinal(parent), check_leg(tree, leg, legs)
        event = Placed(self._next_id(), of, name, above, on_leg, day, self._at(day))
        record = self.source.tree(name)
        joined = FOR_EVER if day.toordinal() == FOR_EVER else self.source.joined.get(of, 0)
        new = placement(record, event, joined, self.name)
        record.add(new)
        return new

    def _tree(self, tree: str) -> tuple[str, tuple[str, ...]]:
        """The name of a tree in plans and code, and its legs."""
        if tree == SPONSOR_TREE:
            return "", ()
        if tree not in self.plan.trees:
            known = ", ".join([SPONSOR_TREE, *self.plan.trees])
            raise NotFound("world.unknown-tree", tree=tree, known=known)
        return tree, self.plan.trees[tree].legs
