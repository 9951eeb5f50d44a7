"""The state of a plan as columns, for closing days: one int64 entry a member, index = ordinal − 1.

A day is closed on what was true at its end. Events booked to later days may have been interpreted already (orders go on
arriving while yesterday is closed), so for each book there is what members have *now* and how much of it *later* days
brought; the difference is the balance at the end of the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Protocol

import numpy as np

from rewards.actions.base import Column
from rewards.columns import add_at
from rewards.interpreter.cell_columns import KeptCells
from rewards.interpreter.everybody import Everybody, Undivided
from rewards.interpreter.state import LAST_DAY, Purchases
from rewards.network import Forest


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
        return LotColumns(*(column[chosen] for column in self.columns()))

    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of the fields."""
        return self.id, self.owner, self.day, self.basis, self.granted, self.remaining


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
class StandingColumns:
    """Where members stand on one ladder; all int64[members], see `rewards.interpreter.state.Standing`."""

    level: Column
    """Held without regard to floors: index of a level, −1 for none."""
    highest: Column
    since: Column
    until: Column

    @classmethod
    def none(cls, size: int) -> StandingColumns:
        """Nobody has reached a level yet."""
        return cls(
            np.full(size, -1, dtype=np.int64),
            np.full(size, -1, dtype=np.int64),
            np.zeros(size, dtype=np.int64),
            np.full(size, LAST_DAY, dtype=np.int64),
        )

    def columns(self) -> tuple[Column, Column, Column, Column]:
        """The columns in the order of the fields."""
        return self.level, self.highest, self.since, self.until


@dataclass(frozen=True)
class TagColumns:
    """Who carries one tag and when: parallel int64 columns, a row a span, both days (`date.toordinal()`) included."""

    member: Column
    """Ordinals."""
    first: Column
    last: Column

    def columns(self) -> tuple[Column, ...]:
        """The columns in the order of the fields."""
        return self.member, self.first, self.last


def no_tags() -> TagColumns:
    """Nobody's."""
    return TagColumns(*(np.zeros(0, dtype=np.int64) for _ in range(3)))


@dataclass(frozen=True)
class TreeShape:
    """A tree at the end of some day; both int64[members]."""

    parent: Column
    """Index of the member directly above, −1 for none."""
    leg: Column | None = None
    """Index of the leg the member is placed in below their parent, −1 for none; None where no leg has a name."""

    def without(self, left_out: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> TreeShape:
        """The tree without some members: they stand below nobody, and what is below them with them."""
        return TreeShape(np.where(left_out, -1, self.parent), self.leg)

    @cached_property
    def forest(self) -> Forest:
        """The tree, checked and with its order known, for all that is asked of it. Raises ValueError for a circle."""
        return Forest(self.parent)


class Trees(Protocol):
    """The shapes of the sponsor tree (empty name) and of the trees a plan declares."""

    def shape(self, tree: str, day: int) -> TreeShape:
        """A tree at the end of a day."""
        ...

    def changes(self, tree: str) -> Sequence[int]:
        """The days, ascending, on which members of whom something may have been counted were given another place."""
        ...


@dataclass(frozen=True)
class SponsorTree:
    """Nothing but a sponsor tree in which nobody has ever moved."""

    sponsor: Column

    @cached_property
    def _shape(self) -> TreeShape:
        return TreeShape(self.sponsor)

    def shape(self, tree: str, day: int) -> TreeShape:
        """The sponsor tree. Raises KeyError for any other."""
        if tree:
            raise KeyError(tree)
        return self._shape

    def changes(self, tree: str) -> Sequence[int]:
        """None."""
        return ()


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
    cash: Column
    orders: Column
    """What each member has bought until now: money in smallest units of the currency, and number of orders."""
    activity: Mapping[int, Activity]
    """What the events of days not closed yet have moved, by `date.toordinal()`."""
    sales: Mapping[int, SalesActivity]
    standings: dict[str, StandingColumns] = field(default_factory=dict)
    """For each held ladder where members stand; a ladder that is missing has been reached by nobody."""
    reversals: dict[str, Column] = field(default_factory=dict)
    """For each rule, what refunds have taken back of what it moved to each member: negative releases not settled
    yet."""
    cells: KeptCells = field(default_factory=KeptCells)
    """The tally. Whoever writes the cells of an outcome to its source calls `cells.written()`."""
    joined: Column = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """The day each member joined, `date.toordinal()`, 0 when unknown; empty for nobody's being known."""
    birthday: Column = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    tags: Mapping[str, TagColumns] = field(default_factory=dict)
    trees: Trees | None = None
    """None for nothing but the sponsor tree, as it is now."""
    declared: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """What has been declared: (parameter, first day of the period) to the value as written."""
    next_lot: int = 1
    """The id of the next lot that a close opens."""
    everybody: Everybody = field(default_factory=Undivided)
    """All members, where these are but a part of them."""
    later: dict[int, Column] = field(default_factory=dict)
    later_platform: dict[tuple[int, int], int] = field(default_factory=lambda: defaultdict(int))
    _sponsors: SponsorTree = field(init=False, repr=False)
    later_cash: Column = field(init=False)
    later_orders: Column = field(init=False)
    day: date | None = None

    def __post_init__(self) -> None:
        self._sponsors = SponsorTree(self.sponsor)
        self.later_cash = np.zeros(self.size, dtype=np.int64)
        self.later_orders = np.zeros(self.size, dtype=np.int64)
        if len(self.joined) != self.size:
            self.joined = np.zeros(self.size, dtype=np.int64)
        if len(self.birthday) != self.size:
            self.birthday = np.zeros(self.size, dtype=np.int64)
        for day in self.activity:
            self._shift(self.activity[day], 1)
        for day in self.sales:
            self._shift_sales(self.sales[day], 1)

    @property
    def size(self) -> int:
        """How many members there are."""
        return len(self.sponsor)

    def standing(self, ladder: str) -> StandingColumns:
        """Where members stand on a ladder."""
        if ladder not in self.standings:
            self.standings[ladder] = StandingColumns.none(self.size)
        return self.standings[ladder]

    def shape(self, tree: str, day: int) -> TreeShape:
        """A tree at the end of a day."""
        if self._sponsors.sponsor is not self.sponsor:
            self._sponsors = SponsorTree(self.sponsor)
        return (self.trees or self._sponsors).shape(tree, day)

    def changes(self, tree: str) -> Sequence[int]:
        """The days on which members of a tree moved."""
        return self.trees.changes(tree) if self.trees else ()

    def carries(self, tag: str, day: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which members carry a tag on a day."""
        found = np.zeros(self.size, dtype=np.bool_)
        spans = self.tags.get(tag)
        if spans is not None:
            found[spans.member[(spans.first <= day) & (day <= spans.last)] - 1] = True
        return found

    def give_tag(
        self, tag: str, members: np.ndarray[tuple[int], np.dtype[np.bool_]], first: int, last: int
    ) -> TagColumns:
        """Let members carry a tag on some days, and no less than before; returns those for whom that is a change.

        The days become one stretch, unless what was is over by then (see `TagSpan.lengthened`).
        """
        spans = self.tags.get(tag, no_tags())
        before = np.zeros((2, self.size), dtype=np.int64)
        before[0] = 1  # a last day before the first one: nothing
        before[:, spans.member - 1] = spans.first, spans.last
        over = before[1] < np.maximum(before[0], first - 1)
        begins = np.where(over, first, np.minimum(before[0], first))
        ends = np.where(over, last, np.maximum(before[1], last))
        changed = members & ((begins != before[0]) | (ends != before[1]))
        rows, stay = np.flatnonzero(changed), ~changed[spans.member - 1]
        given = TagColumns(rows + 1, begins[rows], ends[rows])
        together = (np.concatenate([old[stay], new]) for old, new in zip(spans.columns(), given.columns(), strict=True))
        self.tags = {**self.tags, tag: TagColumns(*together)}
        return given

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
            add_at(column, holders[members] - 1, net[members])
            for holder, amount in zip(holders[~members].tolist(), net[~members].tolist(), strict=True):
                self.later_platform[int(book), holder] += amount

    def _shift_sales(self, sales: SalesActivity, sign: int) -> None:
        add_at(self.later_cash, sales.member - 1, sales.cash * sign)
        add_at(self.later_orders, sales.member - 1, sales.orders * sign)

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
