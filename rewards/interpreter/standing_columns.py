"""Ladders at day closes: who has reached which level, how long it holds, who falls; a column a ladder.

A ladder that is due on the day is evaluated for everybody. Whether a level whose term is over is lost is looked at at
every close, for those whose term is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.interpreter.close_outcome import LevelChange
from rewards.interpreter.columns import CloseState, StandingColumns
from rewards.interpreter.state import LAST_DAY
from rewards.plan.fields import Field
from rewards.plan.ladder import Evaluated, Ladder
from rewards.plan.windows import Span, ends_period

PERIOD_OF = {
    Evaluated.DAY: Span.DAY,
    Evaluated.WEEK: Span.WEEK,
    Evaluated.MONTH: Span.MONTH,
    Evaluated.QUARTER: Span.QUARTER,
    Evaluated.YEAR: Span.YEAR,
}
"""At the end of which period a ladder is evaluated; those evaluated on events never are at a close."""


class Looking(Protocol):
    """As much of a close as evaluating a ladder needs."""

    state: CloseState
    size: int

    def value(self, field_: Field) -> Any:
        """A field's column."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """What a close has made of one ladder: the change to put on record, if any, and who has risen."""

    change: LevelChange | None
    risen: NDArray[np.bool_]


def due(ladder: Ladder, day: date) -> bool:
    """Whether the close of a day evaluates a ladder for everybody."""
    period = PERIOD_OF.get(ladder.evaluated)
    return period is not None and ends_period(period, day)


def floors(ladder: Ladder, state: CloseState, day: date) -> Column:
    """The level below which each member does not stand, for the tags they carry on a day; −1 for none."""
    floor = np.full(state.size, -1, dtype=np.int64)
    for tag, level in ladder.floors.items():
        np.maximum(floor, level, out=floor, where=state.carries(tag, day.toordinal()))
    return floor


def shown(ladder: Ladder, state: CloseState, day: date) -> Column:
    """The level each member stands on: what they hold, or the floor of a tag they carry."""
    held = state.standing(ladder.name).level
    return np.maximum(held, floors(ladder, state, day)) if ladder.floors else held


def highest(ladder: Ladder, state: CloseState, day: date) -> Column:
    """The highest level each member has ever stood on."""
    held = state.standing(ladder.name).highest
    return np.maximum(held, floors(ladder, state, day)) if ladder.floors else held


def reached(run: Looking, ladder: Ladder) -> Column:
    """The highest level whose threshold or condition each member fulfils, −1 for none."""
    plain = ladder.measure is not None and all(level.when is None for level in ladder.levels)
    measure = None
    if ladder.measure is not None:
        measure = np.broadcast_to(np.asarray(run.value(ladder.measure), dtype=np.int64), (run.size,))
    if plain and measure is not None:
        lowest = np.array([level.lowest for level in ladder.levels], dtype=np.int64)
        return np.searchsorted(lowest, measure, side="right").astype(np.int64) - 1
    found = np.full(run.size, -1, dtype=np.int64)
    for index, level in enumerate(ladder.levels):
        if level.when is not None:
            holds = np.broadcast_to(np.asarray(level.when.holds(run.value), dtype=np.bool_), (run.size,))
        else:
            assert measure is not None
            holds = measure >= level.lowest
        found[holds] = index
    return found


def evaluate(run: Looking, ladder: Ladder, day: date) -> Evaluation:
    """Bring a ladder's standings up to the close of a day, and say what has changed."""
    state, before = run.state, run.state.standing(ladder.name)
    risen = np.zeros(run.size, dtype=np.bool_)
    after = _looked_at(run, ladder, before, day)
    if ladder.floors:
        top = np.maximum(after.highest, floors(ladder, state, day))
        after = StandingColumns(after.level, top, after.since, after.until)
    if after is before:
        return Evaluation(None, risen)
    rows = np.flatnonzero(
        (after.level != before.level)
        | (after.highest != before.highest)
        | (after.since != before.since)
        | (after.until != before.until)
    )
    if not len(rows):
        return Evaluation(None, risen)
    state.standings[ladder.name] = after
    change = LevelChange(ladder, rows + 1, *(column[rows] for column in after.columns()))
    return Evaluation(change, after.level > before.level)


def _looked_at(run: Looking, ladder: Ladder, before: StandingColumns, day: date) -> StandingColumns:
    """The standings after the look that a close takes at a ladder, the same if it changes nothing."""
    is_due, over, until = due(ladder, day), _over(ladder, before, day), ladder.term.last_day(day)
    if not is_due and not over.any():
        return before
    found, held = reached(run, ladder), before.level
    concerned = over
    if is_due:
        lost = found < held if ladder.term.until_evaluated else np.zeros(run.size, dtype=np.bool_)
        concerned = over | (found > held) | lost
        concerned |= (found == held) & (held >= 0) & (before.until < until)
    rows = np.flatnonzero(concerned)
    if not len(rows):
        return before
    after = StandingColumns(*(column.copy() for column in before.columns()))
    part = StandingColumns(*(column[rows] for column in before.columns()))
    moved = _stand(ladder, part, found[rows], day, is_due=is_due)
    for whole, changed in zip(after.columns(), moved.columns(), strict=True):
        whole[rows] = changed
    return after


def _over(ladder: Ladder, standing: StandingColumns, day: date) -> NDArray[np.bool_]:
    """Whose term is over with the close of a day, grace included."""
    today = day.toordinal()
    over = (standing.until <= today) & (standing.level >= 0)
    if not over.any() or not (ladder.grace.months or ladder.grace.days):
        return over
    for until in np.unique(standing.until[over]).tolist():
        if ladder.grace.last_day(date.fromordinal(until + 1)) > today:
            over &= standing.until != until
    return over


def _stand(ladder: Ladder, before: StandingColumns, found: Column, day: date, *, is_due: bool) -> StandingColumns:
    """What becomes of those who have reached another level, are confirmed, or whose term is over.

    A level whose term is over and which is still fulfilled is confirmed by that look, whether or not the ladder is due.
    """
    today, until = day.toordinal(), ladder.term.last_day(day)
    held = before.level
    rises = (found > held) & is_due
    falls = found < held
    landing = np.maximum(found, held - 1) if ladder.falls_one_level else found
    level = np.where(rises, found, np.where(falls, landing, held))
    moved = rises | falls
    confirmed = np.maximum(before.until, until)
    return StandingColumns(
        level,
        np.maximum(before.highest, level),
        np.where(moved, today, before.since),
        np.where(moved, np.where(level >= 0, until, LAST_DAY), confirmed),
    )
