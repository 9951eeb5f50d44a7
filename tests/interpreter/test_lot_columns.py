"""Lots as columns at closes: new ones take their place among the old, and what goes back goes to the newest first."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rewards.columns import Column
from rewards.interpreter import cell_columns, close_lots, standing_columns
from rewards.interpreter.columns import LotColumns
from rewards.interpreter.state import LAST_DAY

from .worlds import laws

TODAY = 100


def column(values: list[int]) -> Column:
    return np.array(values, dtype=np.int64)


def lots(rows: list[tuple[int, int]], first_id: int) -> LotColumns:
    """Lots of owners on days, numbered in the order given, in the order in which a state has them."""
    numbered = sorted((owner, day, first_id + index) for index, (owner, day) in enumerate(rows))
    owner, day, number = (column([row[key] for row in numbered]) for key in range(3))
    return LotColumns(number, owner, day, number * 10, number * 100, number * 100)


@laws
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(TODAY - 3, TODAY + 1)), max_size=20),
    st.sets(st.integers(0, 5), min_size=1),
)
def test_new_lots_stand_where_they_belong(old: list[tuple[int, int]], openers: set[int]) -> None:
    """Also where an order of a later day has opened lots already."""
    new = lots([(owner, TODAY) for owner in sorted(openers)], first_id=1000)
    merged = close_lots._merged(lots(old, first_id=1), new)
    rows = list(zip(merged.owner.tolist(), merged.day.tolist(), merged.id.tolist(), strict=True))
    assert rows == sorted(rows)
    assert len(rows) == len(old) + len(openers)
    assert merged.granted.tolist() == [number * 100 for _, _, number in rows]


@laws
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=20),
    st.lists(st.integers(0, 100), min_size=4, max_size=4),
)
def test_the_newest_lot_takes_up_first(rows: list[tuple[int, int]], wanted: list[int]) -> None:
    rows.sort(key=lambda row: row[0])
    left, expected = list(wanted), []
    for owner, room in reversed(rows):
        expected.append(min(left[owner], room))
        left[owner] -= expected[-1]
    owners, rooms = column([owner for owner, _ in rows]), column([room for _, room in rows])
    assert close_lots._newest_first(owners, rooms, column(wanted)).tolist() == expected[::-1]


@laws
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2)), max_size=12), st.booleans())
def test_rows_in_order_are_known_as_such(rows: list[tuple[int, int, int]], in_order: bool) -> None:
    rows = sorted(rows) if in_order else rows
    keys = [column([row[key] for row in rows]) for key in range(3)]
    assert cell_columns.ascending(*keys) == (rows == sorted(rows)) == cell_columns._ascending.py_func(*keys)


levels = st.integers(-1, 3)


@laws
@given(
    st.lists(
        st.tuples(levels, levels, st.sampled_from([TODAY, TODAY + 9, LAST_DAY]), st.booleans(), st.booleans()),
        max_size=20,
    ),
    st.booleans(),
)
def test_who_changes_is_who_comes_out_changed(rows: list[tuple[int, int, int, bool, bool]], rising: bool) -> None:
    found, held, until = (column([int(row[key]) for row in rows]) for key in range(3))
    looked, falling = (np.array([bool(row[key]) for row in rows], dtype=np.bool_) for key in (3, 4))
    lasts = TODAY + 5
    for form in (standing_columns._find_changes, standing_columns._find_changes.py_func):
        differ = np.zeros(len(rows), dtype=np.bool_)
        form(found, held, until, looked, falling, rising, lasts, differ)
        assert differ.tolist() == [
            (rising and reached > level and seen)
            or (falls and reached < level)
            or (seen and reached >= level >= 0 and not (rising and reached > level) and end < lasts)
            for reached, level, end, seen, falls in rows
        ]
