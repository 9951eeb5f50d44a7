"""Tallies: what has been counted of members, day by day, as far as it is known in memory.

A tally is a set of *cells*. A cell has a name (the key of a stream or flow of the plan, or one given below), a member
(ordinal; 0 for everybody together), a business day (`date.toordinal()`) and a label, and holds an amount and how many
entries it is made of.
Everything a plan remembers besides balances, lots and levels is cells: measures over windows, what caps count, and the
units of expiring assets by the day they expire on. Cells only ever change by sums, so undoing is adding the opposite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

LAST_DAY = date.max.toordinal()
EVERYBODY = 0
"""The member under whose number totals of a whole plan are kept."""


class Cell(NamedTuple):
    """An amount and a number of entries, to be added to what is kept under (name, member, day, label)."""

    name: str
    member: int
    day: int
    label: str
    amount: int
    entries: int


def good_until(asset: str) -> str:
    """The name of the cells with a member's free units of an expiring asset: day is the last on which they are good.

    The label is the day on which they came, as `date.toordinal()`; the cells have no entries. Units that are in no cell
    came before the asset expired at all, and are good for ever.
    """
    return f"good:{asset}"


def expired_of(asset: str) -> str:
    """The name of the cells with what has expired of a member's cells of an expiring asset: day and label are theirs.

    What a refund finds there is not asked of the member; a refund that has made use of it takes it out.
    """
    return f"over:{asset}"


class CellSource(Protocol):
    """Where cells come from that are not in memory yet."""

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """The cells of a name and member from a day on, empty ones left out."""
        ...


@dataclass
class Tally:
    """Cells as far as they are known; what is asked for and not known is read, once, from a source."""

    source: CellSource
    _known: dict[tuple[str, int], dict[tuple[int, str], tuple[int, int]]] = field(default_factory=dict)
    _from: dict[tuple[str, int], int] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Add to a cell."""
        of = self._load(cell.name, cell.member, cell.day)
        amount, entries = of.get((cell.day, cell.label), (0, 0))
        of[cell.day, cell.label] = (amount + cell.amount, entries + cell.entries)

    def undo(self, cell: Cell) -> None:
        """Take an addition back."""
        self.add(cell._replace(amount=-cell.amount, entries=-cell.entries))

    def cells(self, name: str, member: int, first: int, last: int) -> Iterator[Cell]:
        """The cells of days `first` to `last` that are not empty, in the order of days and labels."""
        of = self._load(name, member, first)
        inside = [(key, sums) for key, sums in of.items() if first <= key[0] <= last and any(sums)]
        for (day, label), (amount, entries) in sorted(inside):
            yield Cell(name, member, day, label, amount, entries)

    def known(self) -> Iterator[Cell]:
        """All cells in memory that are not empty, sorted; all there are, if the source has none."""
        for name, member in sorted(self._known):
            yield from self.cells(name, member, self._from[name, member], LAST_DAY)

    def _load(self, name: str, member: int, first: int) -> dict[tuple[int, str], tuple[int, int]]:
        key = (name, member)
        of = self._known.setdefault(key, {})
        known_from = self._from.get(key)
        if known_from is None or first < known_from:
            for cell in self.source.cells(name, member, first):
                # What is known already may have changed since it was read.
                if known_from is None or cell.day < known_from:
                    of[cell.day, cell.label] = (cell.amount, cell.entries)
            self._from[key] = first
        return of
