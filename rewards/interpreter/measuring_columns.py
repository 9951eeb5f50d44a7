"""Measures at day closes: one number a member, worked out of the cells of all members at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.columns import add_at, exact_sum
from rewards.interpreter.cell_columns import CellColumns, ascending, joined_cells
from rewards.interpreter.columns import CloseState, TreeShape
from rewards.interpreter.everybody import checked_total
from rewards.interpreter.looking_down import added_up
from rewards.interpreter.tally import EVERYBODY
from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.measures import Aggregate, Flow, Measure, Members, Stream, Whose, entries_of
from rewards.plan.model import Plan
from rewards.plan.windows import FOR_EVER, Span, Window

Bools = NDArray[np.bool_]

ADDED_UP = frozenset({Aggregate.SUM, Aggregate.COUNT})
"""Where every entry counts, and not only whether there is one."""


class Looking(Protocol):
    """As much of a close as measuring needs."""

    plan: Plan
    state: CloseState
    day: date
    size: int

    def value(self, field_: Field) -> Any:
        """A field's column."""
        ...

    def holds(self, condition: Condition) -> Bools:
        """Of which members a condition holds."""
        ...


def measured(run: Looking, measure: Measure) -> Column | int:
    """What a measure comes to on the run's day: int64[members], or one number for a measure of everybody."""
    if isinstance(measure.source, Members):
        return _of_members(run, measure, measure.source)
    names = [measure.source.key] if isinstance(measure.source, Stream) else [flow.key for flow in measure.source]
    if measure.everybody:
        first, last = measure.window.bounds(run.day)
        cells = _cells(run, names, first, last)
        return checked_total(
            run.state.everybody, int(_own(cells.take(cells.member == EVERYBODY), measure.aggregate, 1, EVERYBODY)[0])
        )
    cells = _in_window(run, names, measure.window)
    if measure.of.whose is Whose.MEMBER:
        return _own(cells, measure.aggregate, run.size)
    return _below(run, measure, cells)


def flowed(run: Looking, flows: Iterable[Flow], window: Window) -> Column:
    """What flows of an asset come to for each member in all that shares a window with the run's day, int64[members]."""
    return _own(_in_window(run, [flow.key for flow in flows], window, window.reach), Aggregate.SUM, run.size)


def flowed_together(run: Looking, flows: Iterable[Flow], window: Window) -> int:
    """What flows of an asset come to for everybody together in a window that is the same for all."""
    cells = _cells(run, [flow.key for flow in flows], *window.reach(run.day))
    return run.state.everybody.total(exact_sum(cells.amount[cells.member == EVERYBODY]))


# --- windows -----------------------------------------------------------------------------------------------------


def anchors(run: Looking, window: Window) -> Column:
    """The day each member's own window counts from, 0 where what it counts from has not happened."""
    state, today = run.state, run.day.toordinal()
    kind, _, name = window.since.partition(".")
    if window.span is Span.MEMBERSHIP_YEAR or kind == "joined":
        return state.joined
    found = np.zeros(run.size, dtype=np.int64)
    if kind == "tag":
        spans = state.tags.get(name)
        if spans is not None:
            begun = spans.first <= today
            np.maximum.at(found, spans.member[begun] - 1, spans.first[begun])
        return found
    if kind == "level":
        standing = state.standing(name)
        return np.where(standing.level >= 0, standing.since, 0)
    cells = state.cells.columns(entries_of(name).key, FOR_EVER, today).summed()
    happened = cells.take((cells.entries > 0) & (cells.member > 0))
    np.maximum.at(found, happened.member - 1, happened.day)
    return found


def concerned(run: Looking, window: Window) -> NDArray[np.bool_]:
    """For whom the run's day lies in a window, bool[members]."""
    found = []
    begun = anchors(run, window) if window.personal else np.zeros(run.size, dtype=np.int64)
    anchor, where = np.unique(begun, return_inverse=True)
    for each in anchor.tolist():
        first, last = window.reach(run.day, each)
        found.append(first <= last)
    return np.array(found, dtype=np.bool_)[where]


def _in_window(
    run: Looking,
    names: Sequence[str],
    window: Window,
    bounds_on: Callable[[date, int], tuple[int, int]] | None = None,
) -> CellColumns:
    """The cells of members that lie in each one's window, or in what `bounds_on` makes of it."""
    within = bounds_on or window.bounds
    if not window.personal:
        cells = _cells(run, names, *within(run.day, 0))
        return cells.take(cells.member > 0)
    anchor, where = np.unique(anchors(run, window), return_inverse=True)
    bounds = np.array([within(run.day, each) for each in anchor.tolist()], dtype=np.int64).reshape(-1, 2)
    first, last = bounds[where].T if len(bounds) else np.zeros((2, 0), dtype=np.int64)
    cells = _cells(run, names, int(bounds[:, 0].min(initial=run.day.toordinal())), int(bounds[:, 1].max(initial=0)))
    cells = cells.take(cells.member > 0)
    owner = cells.member - 1
    return cells.take((first[owner] <= cells.day) & (cells.day <= last[owner]))


def _cells(run: Looking, names: Sequence[str], first: int, last: int) -> CellColumns:
    return joined_cells([run.state.cells.columns(name, first, last) for name in names])


# --- aggregates --------------------------------------------------------------------------------------------------


def _own(cells: CellColumns, aggregate: Aggregate, size: int, lowest: int = 1) -> Column:
    """What cells come to for each of `size` members from the one numbered `lowest` on, int64[size]."""
    result = np.zeros(size, dtype=np.int64)
    if aggregate in ADDED_UP:
        amount = cells.amount if aggregate is Aggregate.SUM else cells.entries
        add_at(result, cells.member - lowest, amount)
        return result
    owner, key = _present(cells, aggregate)
    if aggregate is not Aggregate.MAX:
        add_at(result, owner - lowest, np.ones_like(owner))
    elif len(key):
        result[owner - lowest] = key.min()
        np.maximum.at(result, owner - lowest, key)
    return result


def _present(cells: CellColumns, aggregate: Aggregate) -> tuple[Column, Column]:
    """What is there of each member, each once: members (ordinals), and days, values or texts (indexes)."""
    key = {Aggregate.DAYS: cells.day, Aggregate.DISTINCT: cells.label}.get(aggregate)
    key = cells.numbers() if key is None else key
    # What has been taken back again leaves entries that add up to nothing.
    member, entries = cells.member, cells.entries
    if not ascending(member, key, key):
        order = np.lexsort((key, member))
        member, key, entries = member[order], key[order], entries[order]
    if not len(member):
        return member, key
    first = np.flatnonzero(np.append(True, (member[1:] != member[:-1]) | (key[1:] != key[:-1])))
    present = first[np.add.reduceat(entries, first) > 0]
    return member[present], key[present]


def _below(run: Looking, measure: Measure, cells: CellColumns) -> Column:
    """What each of those below comes to, added up: cells of days before somebody moved as the tree was then."""
    tree, today = measure.of.tree, run.day.toordinal()
    first, last = (FOR_EVER, today) if measure.window.personal else measure.window.bounds(run.day)
    moves = [day for day in run.state.changes(tree) if first < day <= last]
    pieces = []
    for start, end in zip([first, *moves], [*(day - 1 for day in moves), last], strict=True):
        inside = cells.take((start <= cells.day) & (cells.day <= end)) if moves else cells
        pieces.append((_pruned(run, measure, run.state.shape(tree, end)), _own(inside, measure.aggregate, run.size)))
    return added_up(pieces, measure.of, run.plan)


def _of_members(run: Looking, measure: Measure, source: Members) -> Column | int:
    """Members as they are now, counted or with a field of theirs added up."""
    own: Column = np.ones(run.size, dtype=np.int64)
    if source.value is not None:
        own = np.broadcast_to(np.asarray(run.value(source.value), dtype=np.int64), (run.size,)).copy()
    if source.when is not None:
        own = np.where(run.holds(source.when), own, 0)
    if measure.everybody:
        return checked_total(run.state.everybody, exact_sum(own))
    if measure.of.whose is Whose.MEMBER:
        return own
    shape = _pruned(run, measure, run.state.shape(measure.of.tree, run.day.toordinal()))
    return added_up([(shape, own)], measure.of, run.plan)


def _pruned(run: Looking, measure: Measure, shape: TreeShape) -> TreeShape:
    """A tree without those whom the measure leaves out: they stand below nobody, and what is below them with them."""
    if measure.without is None:
        return shape
    return shape.without(run.holds(measure.without))
