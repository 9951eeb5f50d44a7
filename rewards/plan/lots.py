"""What becomes of units in time, compiled: locked lots that release, and free units that expire."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rewards.plan.windows import Span, months_after, period_end


@dataclass(frozen=True)
class LotPolicy:
    """When a locked lot starts to release: at the close of the day so many days after its order's business day."""

    start_after_days: int


class SpendOrder(enum.Enum):
    """Which units go first when a member gives some up."""

    SOONEST = "soonest_to_expire"
    OLDEST = "oldest"
    NEWEST = "newest"


@dataclass(frozen=True)
class Expiry:
    """How long units stay good, counted from the day they came (or, `inactive`, from the last earning or spending).

    One of `days`, `months`, `ladder` is set, or none where units are good to the `period_end` alone.
    """

    days: int = 0
    months: int = 0
    ladder: str = ""
    """The ladder on whose level it depends,"""
    months_by_level: tuple[int, ...] = ()
    """the months for each level,"""
    months_without_level: int = 0
    """and those for members without one."""
    inactive: bool = False
    period_end: Span | None = None
    """Units stay good to the end of the calendar period the last day lies in."""
    notice_days: int = 0
    """So many days before the last day members are told; 0 for never."""
    spend_order: SpendOrder = SpendOrder.SOONEST

    def last_day(self, day: date, level: int = -1) -> int:
        """The last day (`date.toordinal()`) on which units that came on `day` are good."""
        months = self.months
        if self.ladder:
            months = self.months_by_level[level] if level >= 0 else self.months_without_level
        end = months_after(day, months) if months else day + timedelta(days=self.days)
        if self.period_end is not None:
            # The period in which the same day lies again: what comes in one year and is good for twelve months goes at
            # the end of the next, on whichever day it came.
            return period_end(self.period_end, end).toordinal()
        return end.toordinal() - 1

    def last_days(self, day: date, levels: Sequence[int]) -> list[int]:
        """`last_day` for many members' levels."""
        known = {level: self.last_day(day, level) for level in set(levels)}
        return [known[level] for level in levels]
