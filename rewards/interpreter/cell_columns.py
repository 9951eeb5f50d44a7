"""The cells of a tally as columns: what a day close reads of all members at once, and what it adds.

A close asks for the cells of one name over a stretch of days. What the source has is read once a name and kept; what
closes add goes on top, so that a state serves several closes in a row before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.columns import Column, compiled
from rewards.interpreter.tally import LAST_DAY, Cell


@dataclass(frozen=True)
class CellColumns:
    """Cells of one name, a row each; all int64[k]. Where two rows have the same key their sums belong together."""

    member: Column
    """Ordinals; 0 for everybody together."""
    day: Column
    """`date.toordinal()`."""
    label: Column
    """Indexes into `texts`."""
    amount: Column
    entries: Column
    texts: Sequence[str] = ("",)
    """The labels that occur, each once."""

    def take(self, rows: NDArray[np.bool_] | Column) -> CellColumns:
        """The chosen rows."""
        return CellColumns(
            self.member[rows], self.day[rows], self.label[rows], self.amount[rows], self.entries[rows], self.texts
        )

    def summed(self) -> CellColumns:
        """The same with one row a cell, in the order of members, days and label indexes; empty cells left out."""
        cells = self
        if not ascending(self.member, self.day, self.label):  # a source gives its cells in order
            cells = self.take(np.lexsort((self.label, self.day, self.member)))
        if len(self.member):
            keys = (cells.member, cells.day, cells.label)
            differ = np.logical_or.reduce([key[1:] != key[:-1] for key in keys])
            if not differ.all():
                first = np.flatnonzero(np.append(True, differ))
                amount, entries = np.add.reduceat(cells.amount, first), np.add.reduceat(cells.entries, first)
                member, day, label = (key[first] for key in keys)
                cells = CellColumns(member, day, label, amount, entries, self.texts)
        kept = (cells.amount != 0) | (cells.entries != 0)
        return cells if kept.all() else cells.take(kept)

    def numbers(self) -> Column:
        """The labels as numbers, int64[k]; for labels that are numbers (0 for an empty one)."""
        return np.array([int(text or 0) for text in self.texts], dtype=np.int64)[self.label]


def ascending(first: Column, second: Column, third: Column) -> bool:
    """Whether rows are in the order of three keys, the first of which counts most."""
    return _ascending(*(np.ascontiguousarray(key) for key in (first, second, third)))


@compiled
def _ascending(first: Column, second: Column, third: Column) -> bool:
    for row in range(1, len(first)):
        if first[row] != first[row - 1]:
            if first[row] < first[row - 1]:
                return False
        elif second[row] != second[row - 1]:
            if second[row] < second[row - 1]:
                return False
        elif third[row] < third[row - 1]:
            return False
    return True


def no_cells() -> CellColumns:
    """No cells at all."""
    return columns_of(())


def columns_of(cells: Iterable[Cell]) -> CellColumns:
    """Cells of one name as columns."""
    codes: dict[str, int] = {}
    rows = [(each.member, each.day, codes.setdefault(each.label, len(codes)), *each[4:]) for each in cells]
    member, day, label, amount, entries = np.array(rows, dtype=np.int64).reshape(-1, 5).T.copy()
    return CellColumns(member, day, label, amount, entries, tuple(codes) or ("",))


def cells_of(
    member: Column, day: int | Column, amount: Column, entries: int | Column = 1, label: str = ""
) -> CellColumns:
    """Cells with one label; `day` and `entries` are columns or the same for all rows."""
    size = len(member)
    return CellColumns(
        member,
        np.broadcast_to(np.asarray(day, dtype=np.int64), (size,)),
        np.zeros(size, dtype=np.int64),
        amount,
        np.broadcast_to(np.asarray(entries, dtype=np.int64), (size,)),
        (label,),
    )


def joined_cells(parts: Sequence[CellColumns]) -> CellColumns:
    """The rows of several sets of cells, one after the other, with one list of labels."""
    if len(parts) == 1:
        return parts[0]
    codes: dict[str, int] = {}
    labels = []
    for part in parts:
        translated = np.array([codes.setdefault(text, len(codes)) for text in part.texts], dtype=np.int64)
        labels.append(translated[part.label])
    if not parts:
        return no_cells()
    return CellColumns(
        np.concatenate([part.member for part in parts]),
        np.concatenate([part.day for part in parts]),
        np.concatenate(labels),
        np.concatenate([part.amount for part in parts]),
        np.concatenate([part.entries for part in parts]),
        tuple(codes),
    )


class ColumnSource(Protocol):
    """Where the cells of all members come from: what has been written, without what is only in memory."""

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """The cells of a name on days `first` to `last` of all members, 0 included; empty ones left out."""
        ...


class NoCells:
    """A source without any cells."""

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """None."""
        return no_cells()


@dataclass
class KeptCells:
    """Cells as closes see them: those of a source, and on top what closes have added since.

    A taker that has written the additions to its source says so with `written`.
    """

    source: ColumnSource = field(default_factory=NoCells)
    _known: dict[str, list[CellColumns]] = field(default_factory=dict)
    _from: dict[str, int] = field(default_factory=dict)
    _added: dict[str, list[CellColumns]] = field(default_factory=dict)

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """The cells of a name on days `first` to `last` of all members, 0 included; rows of one key may repeat."""
        known_from = self._from.get(name)
        if known_from is None or first < known_from:
            # Read to the end of time: what is asked for next is mostly a later stretch of the same.
            self._known[name] = [self.source.columns(name, first, LAST_DAY), *self._added.get(name, ())]
            self._from[name] = known_from = first
        if len(self._known[name]) > 1:
            self._known[name] = [joined_cells(self._known[name])]
        (known,) = self._known[name]
        inside = (known.day >= first) & (known.day <= last)
        return known if inside.all() else known.take(inside)

    def add(self, name: str, cells: CellColumns) -> None:
        """Add to cells, a row each; the days of a name asked for before must cover them or they come to be read."""
        self._added.setdefault(name, []).append(cells)
        if name in self._known:
            self._known[name].append(cells)

    def written(self) -> None:
        """Everything added is in the source now."""
        self._added.clear()
