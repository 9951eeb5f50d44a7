"""Units that expire, at day closes: which of them come and go, which are over, and who is told in time.

What `rewards.interpreter.expiring` says of one member's units holds here of all members' at once.
"""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.columns import draw_oldest_first, summed_at
from rewards.interpreter.cell_columns import CellColumns, ascending
from rewards.interpreter.close_outcome import CloseOutcome, NoticeColumns
from rewards.interpreter.columns import CloseState
from rewards.interpreter.standing_columns import shown
from rewards.interpreter.state import EXPIRY_RULE
from rewards.interpreter.tally import LAST_DAY, expired_of, good_until
from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.measures import FlowKind
from rewards.plan.model import Asset, Plan
from rewards.plan.windows import FOR_EVER

Bools = NDArray[np.bool_]


class Books(Protocol):
    """As much of a close's books as units need."""

    plan: Plan
    state: CloseState
    day: date
    result: CloseOutcome
    size: int
    rule: int
    rule_id: str
    counted_on: int

    def burn(self, book: int, quantity: Column) -> tuple[Column, Column]:
        """Take a quantity of each member out of circulation; returns who (indexes) and how much."""
        ...

    def flow(self, kind: FlowKind, asset: Asset, members: Column, amount: Column, entries: int = 1) -> None:
        """Count what has gone."""
        ...

    def count(self, name: str, cells: CellColumns) -> None:
        """Add to the tally."""
        ...


class Units:
    """The dated units of a close's members."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def come(self, asset: Asset, quantity: Column) -> None:
        """Each member has received a quantity, int64[members], on the day of the close."""
        members = np.flatnonzero(quantity > 0)
        if asset.expiry is None or not len(members):
            return
        zeros = np.zeros(len(members), dtype=np.int64)
        last, came = self._last_days(asset.expiry, members), (str(self._books.day.toordinal()),)
        self._books.count(good_until(asset.name), CellColumns(members + 1, last, zeros, quantity[members], zeros, came))

    def go(self, asset: Asset, quantity: Column) -> None:
        """Each member has given up a quantity, int64[members]; it is drawn in the asset's order of spending."""
        if asset.expiry is None or not (quantity > 0).any():
            return
        order = asset.expiry.spend_order
        cells, wanted = self._of(asset, quantity > 0), np.maximum(quantity, 0)
        # What is in no cell came before the asset expired at all.
        had = self._books.state.held_now(asset.free_book) + wanted
        undated = np.maximum(had - self._by_member(cells), 0)
        if order is SpendOrder.OLDEST:
            wanted, undated = wanted - np.minimum(undated, wanted), np.zeros_like(wanted)
        good = cells.day >= self._books.day.toordinal()
        if not good.all():
            # What is past its last day goes last.
            over, cells = cells.take(~good), cells.take(good)
            self._draw(asset, over, np.maximum(wanted - self._by_member(cells) - undated, 0), order)
        self._draw(asset, cells, wanted, order)

    def _draw(self, asset: Asset, cells: CellColumns, wanted: Column, order: SpendOrder) -> None:
        """Take what each member is wanted to give, or all there is, off cells in an order."""
        came = cells.numbers()
        keys = {
            SpendOrder.SOONEST: (came, cells.day, cells.member),
            SpendOrder.OLDEST: (cells.day, came, cells.member),
            SpendOrder.NEWEST: (-cells.day, -came, cells.member),
        }
        if not ascending(*reversed(keys[order])):
            cells = cells.take(np.lexsort(keys[order]))
        self._take(asset, cells, draw_oldest_first(cells.member - 1, cells.amount, wanted))

    def renew(self, asset: Asset, members: Bools) -> None:
        """Where units expire when nothing happens: let all that is still good be good for a whole term from now on."""
        if asset.expiry is None or not asset.expiry.inactive or not members.any():
            return
        cells = self._of(asset, members)
        last = self._last_days(asset.expiry, cells.member - 1)
        moved = np.flatnonzero((cells.day != last) & (cells.day >= self._books.day.toordinal()))
        if len(moved):
            cells, last = cells.take(moved), last[moved]
            self._take(asset, cells, cells.amount)
            zeros = np.zeros(len(moved), dtype=np.int64)
            renewed = CellColumns(cells.member, last, cells.label, cells.amount, zeros, cells.texts)
            self._books.count(good_until(asset.name), renewed)

    def spendable(self, asset: Asset) -> Column:
        """What of an asset each member may use up, int64[members]: not what is past its last day."""
        usable = self._books.state.usable(asset.free_book)
        if asset.expiry is None:
            return usable
        cells = self._of(asset)
        over = self._by_member(cells.take(cells.day < self._books.day.toordinal()))
        left: Column = np.minimum(usable, self._books.state.held_now(asset.free_book) - over)
        return np.maximum(left, 0)

    def expire(self) -> None:
        """What is good to the day of the close or an earlier one goes; those whose units go soon are told."""
        for asset in self._books.plan.assets.values():
            if asset.expiry is not None:
                self._expire(asset)
                if asset.expiry.notice_days:
                    self._notice(asset, asset.expiry.notice_days)

    def _expire(self, asset: Asset) -> None:
        books, today = self._books, self._books.day.toordinal()
        cells = self._of(asset)
        cells = cells.take(cells.day <= today)
        if not len(cells.member):
            return
        books.rule, books.rule_id, books.counted_on = EXPIRY_RULE, "", today
        # A later day's event may have used some already; its cells then say so too.
        gone = np.minimum(self._by_member(cells), books.state.held_now(asset.free_book))
        members = np.flatnonzero(gone > 0)
        books.burn(asset.free_book, gone)
        books.flow(FlowKind.EXPIRED, asset, members, gone[members])
        self._take(asset, cells, cells.amount)
        zeros = np.zeros(len(cells.member), dtype=np.int64)
        over = CellColumns(cells.member, cells.day, cells.label, cells.amount, zeros, cells.texts)
        books.count(expired_of(asset.name), over)

    def _notice(self, asset: Asset, days: int) -> None:
        last_day = self._books.day.toordinal() + days
        cells = self._of(asset)
        soon = self._by_member(cells.take(cells.day == last_day))
        members = np.flatnonzero(soon > 0)
        if len(members):
            self._books.result.notices.append(NoticeColumns(asset.name, last_day, members + 1, soon[members]))

    def _of(self, asset: Asset, members: Bools | None = None) -> CellColumns:
        """The units that are there of some members, one row a cell."""
        cells = self._books.state.cells.columns(good_until(asset.name), FOR_EVER, LAST_DAY)
        if members is not None:
            cells = cells.take(members[cells.member - 1])
        cells = cells.summed()
        return cells.take(cells.amount > 0)

    def _by_member(self, cells: CellColumns) -> Column:
        return summed_at(self._books.size, cells.member - 1, cells.amount)

    def _take(self, asset: Asset, cells: CellColumns, taken: Column) -> None:
        rows = np.flatnonzero(taken)
        zeros = np.zeros(len(rows), dtype=np.int64)
        gone = CellColumns(cells.member[rows], cells.day[rows], cells.label[rows], -taken[rows], zeros, cells.texts)
        self._books.count(good_until(asset.name), gone)

    def _last_days(self, expiry: Expiry, members: Column) -> Column:
        """The last day on which what comes to members (indexes) today is good."""
        day = self._books.day
        if not expiry.ladder:
            return np.full(len(members), expiry.last_day(day), dtype=np.int64)
        levels = shown(self._books.plan.ladders[expiry.ladder], self._books.state, day)[members]
        distinct, where = np.unique(levels, return_inverse=True)
        return np.array(expiry.last_days(day, distinct.tolist()), dtype=np.int64)[where]
