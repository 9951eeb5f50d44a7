"""Trees as the ledger has them: what is on record of one, read as far as it is asked for, and whole ones as columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from rewards.actions.base import Column
from rewards.interpreter.placements import Placement, no_sponsor, nobody_sponsored
from rewards.interpreter.tree_columns import PlacedTrees, PlacementColumns
from rewards.ledger import members, placements
from rewards.plan.model import Tree

_MOST_AHEAD = 5000
"""For how many members at once those below them are read."""


class StoredTree:
    """What is on record of one tree; see `rewards.interpreter.placements.TreeRecord`."""

    def __init__(
        self,
        tx: Connection,
        tree: str,
        sponsor: Callable[[int], int] = no_sponsor,
        sponsored: Callable[[int], Collection[int]] = nobody_sponsored,
    ) -> None:
        self._tx, self._tree = tx, tree
        self._sponsor, self._sponsored = sponsor, sponsored
        self.in_use = placements.any_in(tx, tree)
        """Whether anybody was ever placed in it."""
        self._of: dict[int, list[Placement]] = {}
        self._below: dict[int, set[int]] = {}
        self._unplaced: dict[int, int] = {}
        self._ahead: set[int] = set()
        """Members met below somebody of whom nobody has asked yet who is below them."""
        self._changes: list[int] | None = None

    def placements(self, member: int) -> Sequence[Placement]:
        """See TreeRecord."""
        self._read([member])
        return self._of[member]

    def once_below(self, parent: int) -> Collection[int]:
        """See TreeRecord."""
        if parent not in self._below:
            # Whoever asks for one member's children mostly goes on to those of the others of the same generation.
            wanted = {parent, *list(self._ahead)[:_MOST_AHEAD]}
            found = placements.once_below(self._tx, self._tree, wanted)
            for each, below in found.items():
                sponsored = self._sponsored(each)
                self._unplaced.update((child, each) for child in sponsored)
                below.update(sponsored)
            self._below.update(found)
            met = {child for below in found.values() for child in below}
            self._read(met)
            self._ahead = (self._ahead | met) - self._below.keys()
        # Others may have been sponsored since, by the events of the same batch.
        return {*self._below[parent], *self._sponsored(parent)}

    def unplaced(self, member: int) -> int:
        """See TreeRecord."""
        if member not in self._unplaced:
            self._unplaced[member] = self._sponsor(member)
        return self._unplaced[member]

    def changes(self) -> Sequence[int]:
        """See TreeRecord."""
        if self._changes is None:
            self._changes = [day.toordinal() for day in placements.change_days(self._tx, self._tree)]
        return self._changes

    def _read(self, wanted: Collection[int]) -> None:
        missing = [each for each in wanted if each not in self._of]
        if missing:
            stored = placements.of_members(self._tx, self._tree, missing)
            self._of.update((each, [_placement(row) for row in rows]) for each, rows in stored.items())


def _placement(stored: placements.Placement) -> Placement:
    return Placement(stored.member, stored.parent, stored.leg, stored.day.toordinal(), stored.from_start)


def stored_tree(tx: Connection, tree: str) -> StoredTree:
    """The record of a tree by itself; the sponsor tree has no name."""
    if tree:
        return StoredTree(tx, tree)

    def sponsor(member: int) -> int:
        found = members.by_ordinal(tx, member)
        return found.sponsor or 0 if found else 0

    return StoredTree(tx, "", sponsor, lambda parent: members.sponsored(tx, [parent])[parent])


def tree_columns(tx: Connection, sponsor: Column, trees: Mapping[str, Tree]) -> PlacedTrees:
    """The sponsor tree and these, whole."""
    legs = {"": (), **{name: tree.legs for name, tree in trees.items()}}
    placed = {}
    for name, own in legs.items():
        found = placements.columns(tx, name, own)
        if len(found.first):
            placed[name] = PlacementColumns(found.first, found.member - 1, found.parent - 1, found.leg)
    return PlacedTrees(sponsor, placed)


def sponsors_on(tx: Connection, day: date) -> Column:
    """The index of everybody's sponsor at the end of a day, −1 for none, int64[members]."""
    return tree_columns(tx, members.sponsors(tx), {}).shape("", day.toordinal()).parent
