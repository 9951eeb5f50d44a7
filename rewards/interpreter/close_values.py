"""What the fields of the catalogue are worth at a day close: a column of all members, or one value for all."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from datetime import date
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.interpreter.measuring_columns import Looking as Measuring
from rewards.interpreter.measuring_columns import measured
from rewards.interpreter.standing_columns import highest, shown
from rewards.plan.fields import WEEKDAYS, Field
from rewards.plan.model import Pool
from rewards.plan.windows import anniversary_in


class Reading(Measuring, Protocol):
    """As much of a close as its fields depend on."""

    reached: dict[str, Column]
    """For each ladder of which members have just reached a level: the level, −1 for the others."""

    def outcome(self, rule_id: str) -> Column:
        """What an earlier rule has moved to each member."""
        ...

    def pool_balance(self, pool: Pool) -> int:
        """What is in a pool, and may be taken."""
        ...


Reader = Callable[[Reading, Field], Any]


def field_value(run: Reading, field_: Field) -> Any:
    """The value of a field. Raises KeyError for one that a close does not know."""
    if field_.root == "reached":
        return run.reached.get(field_.ladder, np.full(run.size, -1, dtype=np.int64))
    return READERS[field_.root, field_.attribute](run, field_)


# --- days of members ---------------------------------------------------------------------------------------------


def kept_on(since: Column, day: date) -> NDArray[np.bool_]:
    """Of which days (ordinals, 0 for unknown) a day is an anniversary, the first or a later one."""
    known = since[since > 0]
    if not len(known):
        return np.zeros(len(since), dtype=np.bool_)
    years = range(date.fromordinal(int(known.min())).year, day.year)
    leap_day = (day.month, day.day) == (2, 29)
    earlier = [date(year, day.month, day.day) for year in years if not leap_day or isleap(year)]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        earlier += [date(year, 2, 29) for year in years if isleap(year)]
    return np.isin(since, [each.toordinal() for each in earlier])


def years_since(since: Column, day: date) -> Column:
    """Whole years from each day (ordinals, 0 for unknown: 0) to a day."""
    distinct, where = np.unique(since, return_inverse=True)
    years = [_years(date.fromordinal(each), day) if each > 0 else 0 for each in distinct.tolist()]
    return np.array(years, dtype=np.int64)[where]


def _years(since: date, day: date) -> int:
    years = day.year - since.year
    return max(years - (anniversary_in(since, day.year) > day), 0)


def _in_month_of(run: Reading, since: Column) -> NDArray[np.bool_]:
    distinct, where = np.unique(since, return_inverse=True)
    same = [each > 0 and date.fromordinal(each).month == run.day.month for each in distinct.tolist()]
    return np.array(same, dtype=np.bool_)[where]


def _days_since_joined(run: Reading, field_: Field) -> Column:
    joined = run.state.joined
    return np.where(joined > 0, np.maximum(run.day.toordinal() - joined, 0), 0)


def _sales(run: Reading) -> Column:
    return run.state.cash - run.state.later_cash


def _balance(run: Reading, field_: Field) -> Column:
    # What an earlier day's event took may have come on a later day; then there was nothing at the end of the day.
    return np.maximum(run.state.at_day_end(run.plan.assets[field_.argument].free_book), 0)


def _team_sales(run: Reading) -> Column:
    return run.state.shape("", run.day.toordinal()).forest.downline_sums(_sales(run))


READERS: dict[tuple[str, str], Reader] = {
    ("member", "balance"): _balance,
    ("member", "sales"): lambda run, field_: _sales(run),
    ("member", "orders"): lambda run, field_: run.state.orders - run.state.later_orders,
    ("member", "merchant"): lambda run, field_: run.state.merchant,
    ("member", "level"): lambda run, field_: shown(run.plan.ladders[field_.ladder], run.state, run.day),
    ("member", "highest"): lambda run, field_: highest(run.plan.ladders[field_.ladder], run.state, run.day),
    ("member", "tag"): lambda run, field_: run.state.carries(field_.argument, run.day.toordinal()),
    ("member", "measure"): lambda run, field_: measured(run, run.plan.measures[field_.argument]),
    ("member", "days_since_joined"): _days_since_joined,
    ("member", "years"): lambda run, field_: years_since(run.state.joined, run.day),
    ("member", "birthday"): lambda run, field_: kept_on(run.state.birthday, run.day),
    ("member", "birthday_month"): lambda run, field_: _in_month_of(run, run.state.birthday),
    ("member", "anniversary"): lambda run, field_: kept_on(run.state.joined, run.day),
    ("team", "sales"): lambda run, field_: _team_sales(run),
    ("plan", "measure"): lambda run, field_: measured(run, run.plan.measures[field_.argument]),
    ("day", "sales"): lambda run, field_: run.state.day_sales(run.day).cash,
    ("day", "weekday"): lambda run, field_: WEEKDAYS[run.day.weekday()],
    ("day", "month"): lambda run, field_: run.day.month,
    ("day", "of_month"): lambda run, field_: run.day.day,
    ("day", "date"): lambda run, field_: run.day.toordinal(),
    ("rules", "amount"): lambda run, field_: run.outcome(field_.argument),
    ("pool", "held"): lambda run, field_: max(run.pool_balance(run.plan.pools[field_.argument]), 0),
}
