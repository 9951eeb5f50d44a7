"""Ladders, compiled: levels, when they are evaluated, how long they hold, and how they fall."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property

from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.windows import Span, months_after, period_end

FOR_EVER = date.max.toordinal()
"""The last day of a level that never ends."""


class Evaluated(enum.Enum):
    """When members' levels of a ladder are looked at."""

    AT_ONCE = "at_once"
    """On every event of the member's, before the rules: what reaches a level already counts with it."""
    AFTERWARDS = "afterwards"
    """On every event of the member's, after the rules."""
    DAY = "day"
    """At the day close, before the rules; so are all below, at the close of the period's last day."""
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"

    @property
    def on_events(self) -> bool:
        """Whether events evaluate it, and not only closes."""
        return self in (Evaluated.AT_ONCE, Evaluated.AFTERWARDS)

    @property
    def daily(self) -> bool:
        """Whether every day close evaluates it: time alone may change what counts for ladders that events evaluate."""
        return self.on_events or self is Evaluated.DAY


@dataclass(frozen=True)
class Term:
    """How long a level holds after an evaluation that confirmed it; without any entry, for ever.

    See `Ladder.lasts_until` for the day from which on it counts.
    """

    until_evaluated: bool = False
    """Only as long as every evaluation confirms it."""
    period: Span | None = None
    """To the end of this calendar period,"""
    after: int = 0
    """or of the one so many periods later."""
    months: int = 0
    days: int = 0

    def last_day(self, day: date) -> int:
        """The last day (`date.toordinal()`) of a term whose first day is `day`."""
        if self.period is not None:
            end = period_end(self.period, day)
            for _ in range(self.after):
                end = period_end(self.period, end + timedelta(days=1))
            return end.toordinal()
        if self.months:
            return months_after(day, self.months).toordinal() - 1
        if self.days:
            return day.toordinal() + self.days - 1
        return FOR_EVER


@dataclass(frozen=True)
class Level:
    """One step of a ladder: reached when the measure is at least (or, when `strict`, above) the threshold.

    Where `when` is set it decides instead, and there is no threshold.
    """

    name: str
    title: Mapping[str, str]
    threshold: int | None
    strict: bool
    columns: Mapping[str, Fraction]
    when: Condition | None = None

    def reached(self, measure: int) -> bool:
        """Whether a measure (smallest units of the ladder's field) reaches the threshold."""
        return measure >= self.lowest

    @property
    def lowest(self) -> int:
        """The smallest measure, in smallest units, that reaches this level."""
        assert self.threshold is not None
        return self.threshold + 1 if self.strict else self.threshold


@dataclass(frozen=True)
class Ladder:
    """Levels, the lowest first.

    Ladders over a member's measures are evaluated and held; a ladder over an order's field only classifies that order.
    """

    name: str
    index: int
    title: Mapping[str, str]
    measure: Field | None
    """What thresholds are compared with; None when every level has a condition of its own."""
    levels: tuple[Level, ...]
    evaluated: Evaluated = Evaluated.DAY
    term: Term = field(default_factory=Term)
    grace: Term = field(default_factory=Term)
    """For how much longer (days or months) a level whose term is over holds all the same."""
    falls_one_level: bool = False
    """Whether a member whose term is over falls by one level at most (a soft landing)."""
    floors: Mapping[str, int] = field(default_factory=dict)
    """For a tag: the level (index) below which a member who has it does not stand."""

    @property
    def held(self) -> bool:
        """Whether members hold a level of this ladder (its measure belongs to a member, not to an order)."""
        return self.measure is None or self.measure.root not in ("order", "event")

    def lasts_until(self, day: date) -> int:
        """The last day (`date.toordinal()`) on which a level holds that was reached or confirmed on `day`.

        Months and days count from that day on, so that it is the first. Where only the end of a longer period is
        evaluated they count from the day after, so that the term ends where another evaluation may confirm it.
        """
        if self.evaluated.daily or self.term.period is not None:
            return self.term.last_day(day)
        return self.term.last_day(day + timedelta(days=1))

    def level_of(self, measure: int) -> int:
        """Index of the highest level a measure (smallest units) reaches by its threshold, or -1."""
        return next((index for lowest, index in self._thresholds if measure >= lowest), -1)

    @cached_property
    def _thresholds(self) -> tuple[tuple[int, int], ...]:
        """The smallest measure that reaches a level by its threshold, and its index; the highest level first."""
        found = [(level.lowest, index) for index, level in enumerate(self.levels) if level.threshold is not None]
        return tuple(reversed(found))

    def column(self, name: str) -> tuple[Fraction, ...]:
        """The values of one column, a level each."""
        return tuple(level.columns[name] for level in self.levels)

    def index_of(self, level_name: str) -> int:
        """Index of a level by its name; -1 for a name this version of the ladder does not have."""
        return next((i for i, level in enumerate(self.levels) if level.name == level_name), -1)

    def fields(self) -> Iterator[Field]:
        """Every field its evaluation looks at."""
        if self.measure is not None:
            yield self.measure
        for level in self.levels:
            if level.when is not None:
                yield from level.when.fields()
