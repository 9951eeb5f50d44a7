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
from rewards.plan.ladder import Evaluated, Ladder, Term
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
    is_due, over = due(ladder, day), _over(ladder, before, day)
    nobody = np.zeros(run.size, dtype=np.bool_)
    after = before
    if is_due or over.any():
        found = reached(run, ladder)
        after = _stand(ladder, before, found, day, over, is_due=is_due)
    if ladder.floors:
        top = np.maximum(after.highest, floors(ladder, state, day))
        after = StandingColumns(after.level, top, after.since, after.until)
    if after is before:
        return Evaluation(None, nobody)
    changed = np.zeros(run.size, dtype=np.bool_)
    for now, then in zip(_columns(after), _columns(before), strict=True):
        changed |= now != then
    if not changed.any():
        return Evaluation(None, nobody)
    state.standings[ladder.name] = after
    rows = np.flatnonzero(changed)
    change = LevelChange(ladder, rows + 1, *(column[rows] for column in _columns(after)))
    return Evaluation(change, after.level > before.level)


def _columns(standing: StandingColumns) -> tuple[Column, Column, Column, Column]:
    return standing.level, standing.highest, standing.since, standing.until


def _over(ladder: Ladder, standing: StandingColumns, day: date) -> NDArray[np.bool_]:
    """Whose term is over with the close of a day, grace included."""
    held = standing.level >= 0
    today = day.toordinal()
    over = held & (standing.until <= today)
    if not over.any() or not _grants(ladder.grace):
        return over
    for until in np.unique(standing.until[over]).tolist():
        if ladder.grace.last_day(date.fromordinal(until + 1)) > today:
            over &= standing.until != until
    return over


def _grants(grace: Term) -> bool:
    return bool(grace.months or grace.days)


def _stand(
    ladder: Ladder,
    before: StandingColumns,
    found: Column,
    day: date,
    over: NDArray[np.bool_],
    *,
    is_due: bool,
) -> StandingColumns:
    """The standings after a look at the levels `found`.

    A level whose term is over and which is still fulfilled is confirmed by that look, whether or not the ladder is due.
    """
    today, until = day.toordinal(), ladder.term.last_day(day)
    held = before.level
    rises = (found > held) & is_due
    confirmed = (held >= 0) & ((found == held) & is_due | (found >= held) & over) & ~rises
    lost = found < held
    falls = lost if ladder.term.until_evaluated and is_due else lost & over
    landing = np.maximum(found, held - 1) if ladder.falls_one_level else found
    level = np.where(rises, found, np.where(falls, landing, held))
    moved = rises | falls
    new_until = np.where(moved, np.where(level >= 0, until, LAST_DAY), before.until)
    return StandingColumns(
        level,
        np.maximum(before.highest, level),
        np.where(moved, today, before.since),
        np.where(confirmed, np.maximum(before.until, until), new_until),
    )
