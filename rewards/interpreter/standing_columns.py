"""Ladders at day closes: who has reached which level, how long it holds, who falls; a column a ladder.

A close looks at a ladder twice. Before the rules one that is due is evaluated for everybody: members rise and are
confirmed, and fall where every evaluation must confirm them. After the rules, whether the ladder is due or not, those
are looked at whose last day it is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.columns import compiled, steps_reached
from rewards.interpreter.close_outcome import LevelChange
from rewards.interpreter.columns import CloseState, StandingColumns
from rewards.interpreter.ladder_order import looking_at_itself
from rewards.interpreter.state import LAST_DAY
from rewards.plan.fields import Field
from rewards.plan.ladder import Evaluated, Ladder
from rewards.plan.model import Plan
from rewards.plan.windows import Span, ends_period

Bools = NDArray[np.bool_]

PERIOD_OF = {
    Evaluated.WEEK: Span.WEEK,
    Evaluated.MONTH: Span.MONTH,
    Evaluated.QUARTER: Span.QUARTER,
    Evaluated.YEAR: Span.YEAR,
}
"""At the end of which period a ladder is evaluated that is not looked at every day."""


class Looking(Protocol):
    """As much of a close as evaluating a ladder needs."""

    plan: Plan
    state: CloseState
    size: int

    def value(self, field_: Field) -> Any:
        """A field's column."""
        ...


@dataclass(frozen=True)
class Evaluation:
    """What a close has made of one ladder: the change to put on record, if any, and who has risen."""

    change: LevelChange | None
    risen: Bools


def due(ladder: Ladder, day: date) -> bool:
    """Whether the close of a day evaluates a ladder for everybody."""
    return ladder.evaluated.daily or ends_period(PERIOD_OF[ladder.evaluated], day)


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


def evaluate(run: Looking, ladder: Ladder, day: date, *, ending: bool = False) -> Evaluation:
    """Bring a ladder's standings up to the close of a day, and say what has changed.

    `ending` is the look after the rules, when levels are over whose last day it is and nobody rises.
    """
    state, before = run.state, run.state.standing(ladder.name)
    look = Look.at(ladder, before, day, ending=ending)
    after, rows = before, np.zeros(0, dtype=np.int64)
    if state.everybody.anybody(look.looked):
        after, rows = look.standings(reached(run, look))
    if ladder.floors:
        top = np.maximum(after.highest, floors(ladder, state, day))
        rows = np.union1d(rows, np.flatnonzero(top != before.highest))
        after = StandingColumns(after.level, top, after.since, after.until)
    if not len(rows):
        return Evaluation(None, look.never)
    state.standings[ladder.name] = after
    change = LevelChange(ladder, rows + 1, *(column[rows] for column in after.columns()))
    return Evaluation(change, after.level > before.level)


@dataclass(frozen=True)
class Look:
    """The look that a close takes at a ladder: where members stood before, and whose standing is in question."""

    ladder: Ladder
    before: StandingColumns
    day: date
    rising: bool
    """Whether what is reached counts for everybody, and not only for those whose level may fall."""
    looked: Bools
    falling: Bools
    """Who does not keep a level that is not reached."""

    @classmethod
    def at(cls, ladder: Ladder, before: StandingColumns, day: date, *, ending: bool) -> Look:
        """The look before the rules of a day's close, or the one at the end of that day."""
        # Events of later days may have been interpreted already; where they have changed a level, it is theirs.
        known = before.since <= day.toordinal()
        rising = due(ladder, day) and not ending
        falling = known & _over(ladder, before, day.toordinal() + ending)
        if rising and ladder.term.until_evaluated:
            falling = known
        return cls(ladder, before, day, rising, known if rising else falling, falling)

    @property
    def never(self) -> Bools:
        """Nobody."""
        return np.zeros(len(self.looked), dtype=np.bool_)

    def levels(self, found: Column) -> Column:
        """What members hold when they have reached levels, −1 for none, so far or after all."""
        held = self.before.level
        landing = np.maximum(found, held - 1) if self.ladder.falls_one_level else found
        level = np.where(self.falling & (found < held), landing, held)
        return np.where(self.looked & (found > held), found, level) if self.rising else level

    @property
    def _landed_until(self) -> int:
        """Until when a level holds that one falls to when the day is over: at least through another day."""
        until = self.ladder.lasts_until(self.day)
        return until if until > self.day.toordinal() else self.ladder.lasts_until(self.day + timedelta(days=1))

    def standings(self, found: Column) -> tuple[StandingColumns, Column]:
        """The standings after it, and the rows that differ from those before; most often they are few."""
        lasts = self.ladder.lasts_until(self.day)
        differ = np.empty(len(found), dtype=np.bool_)
        before = self.before
        _find_changes(found, before.level, before.until, self.looked, self.falling, self.rising, lasts, differ)
        rows = np.flatnonzero(differ)
        if not len(rows):
            return before, rows
        chosen = StandingColumns(*(column[rows] for column in before.columns()))
        part = replace(self, before=chosen, looked=self.looked[rows], falling=self.falling[rows])._all(found[rows])
        after = StandingColumns(*(column.copy() for column in before.columns()))
        for column, changed in zip(after.columns(), part.columns(), strict=True):
            column[rows] = changed
        return after, rows

    def _all(self, found: Column) -> StandingColumns:
        """The standings after it. Who still fulfils a level whose term is over is confirmed, due or not."""
        before, level = self.before, self.levels(found)
        moved = level != before.level
        confirmed = self.looked & (found >= before.level) & (level >= 0) & ~moved
        until = self.ladder.lasts_until(self.day)
        return StandingColumns(
            level,
            np.maximum(before.highest, level),
            np.where(moved, self.day.toordinal(), before.since),
            np.where(
                moved,
                np.where(level >= 0, until if self.rising else self._landed_until, LAST_DAY),
                np.where(confirmed, np.maximum(before.until, until), before.until),
            ),
        )


@compiled
def _find_changes(
    found: Column, held: Column, until: Column, looked: Bools, falling: Bools, rising: bool, lasts: int, differ: Bools
) -> None:
    """Who rises or falls, or is confirmed on a level that lasts until later than before."""
    for member in range(len(found)):
        if found[member] < held[member]:
            differ[member] = falling[member]
        elif rising and found[member] > held[member]:
            differ[member] = looked[member]
        else:
            differ[member] = looked[member] and held[member] >= 0 and until[member] < lasts


def _over(ladder: Ladder, standing: StandingColumns, today: int) -> Bools:
    """Whose term, grace included, is over before a day (ordinal)."""
    over = (standing.until < today) & (standing.level >= 0)
    if not over.any() or not (ladder.grace.months or ladder.grace.days):
        return over
    for until in np.unique(standing.until[over]).tolist():
        if ladder.grace.last_day(date.fromordinal(until + 1)) >= today:
            over &= standing.until != until
    return over


# --- what is reached -----------------------------------------------------------------------------------------------


def reached(run: Looking, look: Look) -> Column:
    """The highest level whose threshold or condition each member fulfils, −1 for none."""
    ladder = look.ladder
    looking = looking_at_itself(run.plan, ladder)
    if looking:
        return _settled(run, look, looking)
    if ladder.measure is not None and all(level.when is None for level in ladder.levels):
        lowest = np.array([level.lowest for level in ladder.levels], dtype=np.int64)
        return steps_reached(_measure(run, ladder.measure), lowest)
    found = np.full(run.size, -1, dtype=np.int64)
    for index in range(len(ladder.levels)):
        found[_holds(run, ladder, index)] = index
    return found


def _settled(run: Looking, look: Look, looking: Collection[int]) -> Column:
    """The same where it depends on who holds which level of this very ladder.

    Levels are looked at from the lowest up, each with the standings that those reached so far make; and again those
    that look at the ladder itself, until nothing changes any more. A level may be lost again on the way: who stands
    above somebody that has reached it may no longer count their group. As it is those below who decide, all are
    settled after as many rounds as the tree has generations; where levels contradict one another there is no end
    to that, and after so many rounds what is reached stays reached.
    """
    ladder, standings = look.ladder, run.state.standings
    fulfilled = np.zeros((len(ladder.levels), run.size), dtype=np.bool_)
    indexes: Collection[int] = range(len(ladder.levels))
    left = run.state.everybody.total(run.size) + len(ladder.levels)
    try:
        found = _highest(fulfilled)
        level = _stand_for_now(run, look, found)
        while indexes:
            changed, left = False, left - 1
            for index in indexes:
                holds = _holds(run, ladder, index)
                fulfilled[index] = holds if left > 0 else fulfilled[index] | holds
                before, found = level, _highest(fulfilled)
                level = _stand_for_now(run, look, found)
                changed |= run.state.everybody.anybody(level != before)
            indexes = sorted(looking) if changed else ()
    finally:
        standings[ladder.name] = look.before
    return found


def _highest(fulfilled: Bools) -> Column:
    """The highest level (row) each member (column) fulfils, −1 for none."""
    upside_down = fulfilled[::-1]
    last = len(fulfilled) - 1
    return np.where(upside_down.any(axis=0), last - np.argmax(upside_down, axis=0), -1).astype(np.int64)


def _stand_for_now(run: Looking, look: Look, found: Column) -> Column:
    level, before = look.levels(found), look.before
    highest_ = np.maximum(before.highest, level)
    run.state.standings[look.ladder.name] = StandingColumns(level, highest_, before.since, before.until)
    return level


def _holds(run: Looking, ladder: Ladder, index: int) -> Bools:
    """Who fulfils one level's threshold or condition."""
    level = ladder.levels[index]
    if level.when is not None:
        return np.broadcast_to(np.asarray(level.when.holds(run.value), dtype=np.bool_), (run.size,))
    assert ladder.measure is not None
    return _measure(run, ladder.measure) >= level.lowest


def _measure(run: Looking, field_: Field) -> Column:
    return np.broadcast_to(np.asarray(run.value(field_), dtype=np.int64), (run.size,))
