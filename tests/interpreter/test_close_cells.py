"""Cells as columns: what was there before, and what closes have added, each counted once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.cell_columns import CellColumns, KeptCells, cells_of, columns_of, joined_cells, no_cells
from rewards.interpreter.tally import Cell

from .worlds import laws

cells = st.builds(
    Cell,
    name=st.just("n"),
    member=st.integers(0, 3),
    day=st.integers(1, 9),
    label=st.sampled_from(["", "a", "7"]),
    amount=st.integers(-2, 2),
    entries=st.integers(-1, 1),
)


@dataclass
class Stored:
    """A source to which cells are written."""

    cells: list[Cell] = field(default_factory=list)
    read: int = 0

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        self.read += 1
        return columns_of(each for each in self.cells if each.name == name and first <= each.day <= last)


def summed(found: CellColumns) -> dict[tuple[int, int, str], tuple[int, int]]:
    rows = zip(
        found.member.tolist(),
        found.day.tolist(),
        (found.texts[label] for label in found.label.tolist()),
        found.amount.tolist(),
        found.entries.tolist(),
        strict=True,
    )
    return {(member, day, label): (amount, entries) for member, day, label, amount, entries in rows}


def added_up(rows: list[Cell]) -> dict[tuple[int, int, str], tuple[int, int]]:
    found: dict[tuple[int, int, str], tuple[int, int]] = {}
    for each in rows:
        amount, entries = found.get(each[1:4], (0, 0))
        found[each[1:4]] = (amount + each.amount, entries + each.entries)
    return {key: sums for key, sums in found.items() if any(sums)}


@laws
@given(rows=st.lists(cells, max_size=12))
def test_rows_of_one_cell_are_added_up(rows: list[Cell]) -> None:
    assert summed(columns_of(rows).summed()) == added_up(rows)
    parts = [columns_of([each]) for each in rows]
    assert summed(joined_cells(parts).summed()) == added_up(rows)


steps = st.one_of(
    cells,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.just("written"),
)


@laws
@given(before=st.lists(cells, max_size=5), happening=st.lists(steps, max_size=12))
def test_a_close_sees_what_was_written_and_what_was_added_since(before: list[Cell], happening: list[object]) -> None:
    source, unwritten = Stored(list(before)), list[Cell]()
    kept = KeptCells(source)
    for step in happening:
        if isinstance(step, Cell):
            kept.add("n", columns_of([step]))
            unwritten.append(step)
        elif isinstance(step, tuple):
            first, last = step
            expected = [each for each in (*source.cells, *unwritten) if first <= each.day <= last]
            assert summed(kept.columns("n", first, last).summed()) == added_up(expected)
        else:
            source.cells += unwritten
            unwritten.clear()
            kept.written()


def test_a_source_is_asked_once_for_a_stretch_of_days() -> None:
    source = Stored([Cell("n", 1, 5, "", 1, 1), Cell("n", 1, 9, "", 1, 1)])
    kept = KeptCells(source)
    for last in (5, 6, 9):
        kept.columns("n", 4, last)
    kept.columns("n", 5, 9)
    assert source.read == 1
    kept.columns("n", 3, 9)
    assert source.read == 2


def test_labels_that_are_numbers_can_be_read_as_such() -> None:
    found = columns_of([Cell("n", 1, 1, label, 0, 1) for label in ("12", "", "-3", "12")])
    assert found.numbers().tolist() == [12, 0, -3, 12]
    assert no_cells().numbers().tolist() == []
    member, amount = np.array([1, 2], dtype=np.int64), np.array([3, 4], dtype=np.int64)
    assert summed(cells_of(member, 7, amount, label="x")) == {(1, 7, "x"): (3, 1), (2, 7, "x"): (4, 1)}
