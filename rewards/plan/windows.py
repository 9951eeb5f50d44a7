"""Windows: the stretch of business days a measure looks at.

Days are `date.toordinal()`. A window ends with the day it is asked for, or, for one that looks `back`, with the end of
the period before. Weeks begin on Monday; all else is the calendar of the plan's time zone, in which business days are
expressed already.
"""

from __future__ import annotations

import enum
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

FOR_EVER = 1
"""The first day of a window without a beginning: `date.min.toordinal()`."""


class Span(enum.Enum):
    """How long a window is, as the rule file writes it after `over:`."""

    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    MEMBERSHIP_YEAR = "membership_year"
    """From the day of joining, or its anniversary, to the day before the next."""
    DAYS = "days"
    """So many days, the present one included."""
    MONTHS = "months"
    """So many months back from the present day, which is included: one month on the 15th begins on the last 16th."""
    SINCE = "since"
    """From the day something happened to the member, that day included."""
    DATES = "dates"


PERIODS = (Span.DAY, Span.WEEK, Span.MONTH, Span.QUARTER, Span.YEAR)
"""The spans of the calendar, which divide all days among them."""


@dataclass(frozen=True)
class Window:
    """A stretch of business days. `count` is for DAYS and MONTHS, `since` for SINCE, `first` and `last` for DATES."""

    span: Span = Span.EVER
    count: int = 0
    back: bool = False
    """Whether it is a whole earlier period that counts, the one before (calendar periods and membership years)."""
    since: str = ""
    """`joined`, `tag.NAME`, `level.LADDER` or `event.NAME`: what happened on the first day."""
    first: int = FOR_EVER
    last: int = date.max.toordinal()
    years_ago: int = 0
    """With `back`: the calendar period in which the same day lies so many years earlier, not the one before."""

    @property
    def personal(self) -> bool:
        """Whether it begins on a day of each member's own, and so needs an anchor."""
        return self.span in (Span.MEMBERSHIP_YEAR, Span.SINCE)

    def bounds(self, day: date, anchor: int = 0) -> tuple[int, int]:
        """First and last day as seen from `day`.

        `anchor` is the day of joining (for MEMBERSHIP_YEAR) or the day something happened (for SINCE), 0 when it has
        not: the window then has no day, its last before its first.
        """
        if self.personal:
            return self._from_anchor(day, anchor)
        if self.span is Span.EVER:
            return FOR_EVER, day.toordinal()
        if self.span is Span.DATES:
            return self.first, min(self.last, day.toordinal())
        if self.span is Span.DAYS:
            return day.toordinal() - self.count + 1, day.toordinal()
        if self.span is Span.MONTHS:
            return months_before(day, self.count).toordinal() + 1, day.toordinal()
        first = period_start(self.span, day)
        if not self.back:
            return first.toordinal(), day.toordinal()
        before = months_before(day, 12 * self.years_ago) if self.years_ago else first - timedelta(days=1)
        return period_start(self.span, before).toordinal(), period_end(self.span, before).toordinal()

    def reach(self, day: date, anchor: int = 0) -> tuple[int, int]:
        """First and last day of all that shares a window with `day`, later days too.

        What is paid on a day must leave room for what a later one, known already, was paid: a limit holds in whatever
        order days are told of. Empty, the last day before the first, where the window has not begun or is over.
        """
        first, last = self.bounds(day, anchor)
        if self.back:
            return first, last
        if not first <= day.toordinal() <= last:
            return day.toordinal() + 1, day.toordinal()
        if self.span in PERIODS:
            return first, period_end(self.span, day).toordinal()
        if self.span is Span.DAYS:
            return first, day.toordinal() + self.count - 1
        if self.span is Span.MONTHS:
            return first, months_after(day, self.count).toordinal() - 1
        if self.span is Span.MEMBERSHIP_YEAR:
            start = date.fromordinal(first)
            return first, anniversary_in(date.fromordinal(anchor), start.year + 1).toordinal() - 1
        return first, self.last

    def _from_anchor(self, day: date, anchor: int) -> tuple[int, int]:
        today = day.toordinal()
        if anchor == 0 or anchor > today:
            return today + 1, today
        if self.span is Span.SINCE:
            return anchor, today
        joined = date.fromordinal(anchor)
        first = membership_year_start(joined, day)
        if not self.back:
            return first.toordinal(), today
        if first == joined:
            return today + 1, today
        before = first - timedelta(days=1)
        return membership_year_start(joined, before).toordinal(), before.toordinal()


def period_start(span: Span, day: date) -> date:
    """The first day of the calendar period a day lies in. Raises ValueError for a span that is no calendar period."""
    if span is Span.DAY:
        return day
    if span is Span.WEEK:
        return day - timedelta(days=day.weekday())
    if span is Span.MONTH:
        return day.replace(day=1)
    if span is Span.QUARTER:
        return date(day.year, day.month - (day.month - 1) % 3, 1)
    if span is Span.YEAR:
        return date(day.year, 1, 1)
    raise ValueError(f"{span.value} is no calendar period")


def period_end(span: Span, day: date) -> date:
    """The last day of the calendar period a day lies in. Raises ValueError for a span that is no calendar period."""
    first = period_start(span, day)
    if span is Span.DAY:
        return first
    if span is Span.WEEK:
        return first + timedelta(days=6)
    months = {Span.MONTH: 1, Span.QUARTER: 3, Span.YEAR: 12}[span]
    return months_after(first, months) - timedelta(days=1)


def ends_period(span: Span, day: date) -> bool:
    """Whether a day is the last of its calendar period."""
    return period_end(span, day) == day


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later (negative: earlier), or the last day of a month without it."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """The same day of the month so many months earlier, or that month's last day if it has no such day."""
    return months_after(day, -months)


def anniversary_in(joined: date, year: int) -> date:
    """The anniversary of a day in a year; that of 29 February is 28 February where there is no other."""
    return months_after(joined, (year - joined.year) * 12)


def is_anniversary(since: date, day: date) -> bool:
    """Whether a day is an anniversary, the first or a later one, of another."""
    return day.year > since.year and anniversary_in(since, day.year) == day


def membership_year_start(joined: date, day: date) -> date:
    """The first day of the membership year a day lies in; the first begins with the day of joining."""
    this_year = anniversary_in(joined, day.year)
    return this_year if this_year <= day else anniversary_in(joined, day.year - 1)
