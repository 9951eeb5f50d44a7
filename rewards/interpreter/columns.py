"""The state of a plan as columns, for closing days: one int64 entry a member, index = ordinal − 1.

A day is closed on what was true at its end. Events booked to later days may have been interpreted already (orders go on
arriving while yesterday is closed), so for each book there is what members have *now* and how much of it *later* days
brought; the difference is the balance at the end of the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from rewards.actions.base import Column
from rewards.interpreter.state import Purchases


@dataclass
class LotColumns:
    """The open lots of one locked book, sorted by (owner, day, id); all int64[k], quantities in smallest units."""

    id: Column
    owner: Column
    """Member index (ordinal − 1)."""
    day: Column
    basis: Column
    granted: Column
    remaining: Column

    def take(self, chosen: Column | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> LotColumns:
        """The chosen lots, in the same order."""
        return LotColumns(
            self.id[chosen],
            self.owner[chosen],
            self.day[chosen],
            self.basis[chosen],
            self.granted[chosen],
            self.remaining[chosen],
        )


def no_lots() -> LotColumns:
    """An empty set of lots."""
    return LotColumns(*(np.zeros(0, dtype=np.int64) for _ in range(6)))


@dataclass(frozen=True)
class Activity:
    """What the events of one business day moved, as net sums an account: parallel int64 columns."""

    book: Column
    holder: Column
    net: Column


@dataclass(frozen=True)
class SalesActivity:
    """What was sold on one business day: parallel int64 columns, a row a buyer (cash and points in currency units)."""

    member: Column
    cash: Column
    points: Column
    orders: Column

    @property
    def total(self) -> Purchases:
        """The day's sales."""
        return Purchases(int(self.cash.sum()), int(self.points.sum()), int(self.orders.sum()))


@dataclass
class CloseState:
    """Everything a day close looks at.

    `advance` moves it to a day; a close then changes it as it changes the ledger.
    """

    sponsor: Column
    merchant: np.ndarray[tuple[int], np.dtype[np.bool_]]
    now: dict[int, Column]
    """For each book, what members have now."""
    platform: dict[tuple[int, int], int]
    """(book, holder) to what the platform's accounts and the pools have now."""
    lots: dict[int, LotColumns]
    levels: dict[str, Column]
    """For each held ladder, the index of the level each member holds, or −1."""
    cash: Column
    orders: Column
    """What each member has bought until now: money in smallest units of the currency, and number of orders."""
    activity: Mapping[int, Activity]
    """What the events of days not closed yet have moved, by `date.toordinal()`."""
    sales: Mapping[int, SalesActivity]
    reversals: dict[str, Column] = field(default_factory=dict)
    """For each rule, what refunds have taken back of what it moved to each member: negative releases not settled
    yet."""
    later: dict[int, Column] = field(default_factory=dict)
    later_platform: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    later_cash: Column = field(init=False)
    later_orders: Column = field(init=False)
    day: date | None = None

    def __post_init__(self) -> None:
        self.later_cash = np.zeros(self.size, dtype=np.int64)
        self.later_orders = np.zeros(self.size, dtype=np.int64)
        for day in self.activity:
            self._shift(self.activity[day], 1)
        for day in self.sales:
            self._shift_sales(self.sales[day], 1)

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.sponsor)

    def advance(self, day: date) -> None:
        """Make `day` the day to close: what happened up to its end is no longer later."""
        first = self.day.toordinal() + 1 if self.day else 0
        for each in sorted(self.activity):
            if first <= each <= day.toordinal():
                self._shift(self.activity[each], -1)
        for each in sorted(self.sales):
            if first <= each <= day.toordinal():
                self._shift_sales(self.sales[each], -1)
        self.day = day

    def _shift(self, activity: Activity, sign: int) -> None:
        for book in np.unique(activity.book):
            rows = activity.book == book
            holders, net = activity.holder[rows], activity.net[rows] * sign
            members = holders > 0
            column = self.later.setdefault(int(book), np.zeros(self.size, dtype=np.int64))
            np.add.at(column, holders[members] - 1, net[members])
            for holder, amount in zip(holders[~members].tolist(), net[~members].tolist(), strict=True):
                self.later_platform[int(book), holder] += amount

    def _shift_sales(self, sales: SalesActivity, sign: int) -> None:
        np.add.at(self.later_cash, sales.member - 1, sales.cash * sign)
        np.add.at(self.later_orders, sales.member - 1, sales.orders * sign)

    def held_now(self, book: int) -> Column:
        """What each member has now."""
        if book not in self.now:
            self.now[book] = np.zeros(self.size, dtype=np.int64)
        return self.now[book]

    def at_day_end(self, book: int) -> Column:
        """What each member had at the end of the day."""
        later = self.later.get(book)
        now = self.held_now(book)
        return now if later is None else now - later

    def usable(self, book: int) -> Column:
        """What may be taken: had at the end of the day, and not used since.

        Nothing where a later day has brought it all.
        """
        return np.maximum(np.minimum(self.at_day_end(book), self.held_now(book)), 0)

    def platform_usable(self, book: int, holder: int) -> int:
        """The same for one of the platform's accounts or a pool."""
        now = self.platform.get((book, holder), 0)
        return min(now, now - self.later_platform[book, holder])

    def day_sales(self, day: date) -> Purchases:
        """What was sold on a day."""
        sales = self.sales.get(day.toordinal())
        return sales.total if sales else Purchases()
