"""One plan's day close on the ledger: columns read, the close interpreted, everything written in the same unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, select

from rewards.actions.base import Column
from rewards.errors import Refused
from rewards.interpreter.cell_columns import KeptCells
from rewards.interpreter.close import close_day
from rewards.interpreter.close_outcome import Block
from rewards.interpreter.columns import Activity, CloseState, LotColumns, SalesActivity, StandingColumns, TagColumns
from rewards.ledger import balances, bulk, declared, events, levels, lots, members, refunds, sales, tags, transfers
from rewards.ledger.tables import member
from rewards.plan.cap import Excess
from rewards.plan.ladder import Ladder
from rewards.plan.model import Compartment
from rewards.services import exits, recount
from rewards.services.binding import Binding
from rewards.services.closing_columns import StoredCells, days_of_birth, days_of_joining, looks_at_people
from rewards.services.closing_record import KIND, put_on_record
from rewards.services.source import standing_of
from rewards.services.stored_trees import tree_columns

__all__ = ["KIND", "Closer", "load_state"]


def load_state(tx: Connection, binding: Binding, day: date) -> CloseState:
    """The columns of a plan as stored now, ready to be moved to `day`, the first day that is not closed."""
    sponsor = members.sponsors(tx)
    size = len(sponsor)
    now: dict[int, Column] = {}
    platform: dict[tuple[int, int], int] = {}
    for own, book in enumerate(binding.books):
        holders, amounts = balances.column(tx, book)
        column = now[own] = np.zeros(size, dtype=np.int64)
        of_members = holders > 0
        column[holders[of_members] - 1] = amounts[of_members]
        for holder, amount in zip(holders[~of_members].tolist(), amounts[~of_members].tolist(), strict=True):
            platform[own, binding.own_holder(holder)] = amount
    totals = sales.total_columns(tx, binding.plan_id)
    cash, orders = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    cash[totals.member - 1], orders[totals.member - 1] = totals.cash, totals.orders
    merchant = np.zeros(size, dtype=np.bool_)
    merchants = bulk.read(tx, select(member.c.ordinal).where(member.c.merchant))[0]
    merchant[merchants - 1] = True
    reversals = _load_reversals(tx, binding, day, size)
    moved, sold = transfers.later_activity(tx, binding.plan_id, day - timedelta(days=1))
    plan = binding.plan
    state = CloseState(
        sponsor=sponsor,
        merchant=merchant,
        now=now,
        platform=platform,
        lots=_load_lots(tx, binding, used_up_too=bool(reversals)),
        reversals=reversals,
        standings={ladder.name: _load_standings(tx, binding, ladder, size) for ladder in plan.held_ladders},
        cash=cash,
        orders=orders,
        activity=_activity(binding, moved),
        sales={
            each: SalesActivity(*(column[sold.day == each] for column in sold[1:]))
            for each in np.unique(sold.day).tolist()
        },
        cells=KeptCells(StoredCells(tx, binding.plan_id)),
        tags={name: TagColumns(*tags.columns(tx, name)) for name in plan.tags},
        trees=tree_columns(tx, sponsor, plan.trees),
        next_lot=lots.next_id(tx),
    )
    if looks_at_people(plan):
        state.joined, state.birthday = days_of_joining(tx, plan.timezone), days_of_birth(tx)
    if any(parameter.declared for parameter in plan.parameters.values()):
        values = declared.of_plan(tx, binding.plan_id)
        state.declared = {(each.name, each.period_day.toordinal()): each.value for each in values}
    return state


def _load_reversals(tx: Connection, binding: Binding, day: date, size: int) -> dict[str, Column]:
    """The negative releases that a close of `day` has to settle, for each rule."""
    found: dict[str, Column] = {}
    for each in refunds.open_reversals(tx, binding.plan_id, day):
        found.setdefault(each.rule, np.zeros(size, dtype=np.int64))[each.member - 1] += each.quantity
    return found


def _load_lots(tx: Connection, binding: Binding, *, used_up_too: bool) -> dict[int, LotColumns]:
    found = {}
    for asset in binding.plan.assets.values():
        if asset.lots is not None:
            stored = lots.open_columns(tx, binding.lot_book(asset.name), used_up_too=used_up_too)
            found[asset.book(Compartment.LOCKED)] = LotColumns(
                stored.id, stored.member - 1, stored.day, stored.basis, stored.granted, stored.remaining
            )
    return found


def _load_standings(tx: Connection, binding: Binding, ladder: Ladder, size: int) -> StandingColumns:
    found = StandingColumns.none(size)
    stored = levels.current(tx, binding.plan_id, ladder.name)
    rows = np.array([(ordinal, *standing_of(ladder, each)) for ordinal, each in stored.items()], dtype=np.int64)
    ordinals, *columns = rows.reshape(-1, 5).T
    for column, values in zip((found.level, found.highest, found.since, found.until), columns, strict=True):
        column[ordinals - 1] = values
    return found


def _activity(binding: Binding, moved: transfers.LaterTransfers) -> dict[int, Activity]:
    """What later days moved, day by day, in the plan's own numbers."""
    own_book = np.array([binding.own_books.get(book, -1) for book in moved.book.tolist()], dtype=np.int64)
    holder = moved.holder.copy()
    for index in np.flatnonzero(holder < 0).tolist():
        holder[index] = binding.own_holder(int(holder[index]))
    return {
        day: Activity(own_book[rows], holder[rows], moved.net[rows])
        for day in np.unique(moved.day).tolist()
        for rows in [(moved.day == day) & (own_book >= 0)]
    }


@dataclass
class Closer:
    """Closes days of one plan version one after the other, keeping the columns while nothing else is written between.

    What every day moves is written at once; balances and lots, which the next day changes again, only by `flush`, which
    has to be called before the writing unit ends.
    """

    binding: Binding
    state: CloseState | None = None
    seen: int = 0
    """Number of the last event the columns know of."""
    _unwritten: list[Block] = field(default_factory=list)
    """What has been moved since the last flush."""

    def close(self, tx: Connection, day: date, now: datetime, approved: Collection[str] = ()) -> int:
        """Close a day inside a writing unit; returns the number of the event. The columns are as after the close.

        Raises Refused when a cap that is not among the approved ones stops the close; the days before are written then.
        """
        seq = events.next_seq(tx)
        if self.state is None or self.seen != seq - 1 or self._has_reversals(tx, day):
            self.flush(tx)
            recount.take_over(tx, self.binding)
            self.state = load_state(tx, self.binding, day)
        exits.take_over(tx, self.binding)
        if any(cap.excess is Excess.STOP for cap in self.binding.plan.caps.values()):
            self.flush(tx)  # a close that is stopped leaves columns that are true of no day
        assert isinstance(self.state.cells.source, StoredCells)
        self.state.cells.source.tx = tx
        try:
            outcome = close_day(self.binding.plan, self.state, day, frozenset(approved))
        except Refused:
            self.forget()
            raise
        put_on_record(tx, self.binding, outcome, seq, day, now, approved)
        self.state.cells.written()
        self._unwritten += outcome.blocks
        refunds.settle(tx, self.binding.plan_id, day, seq)
        self.state.reversals = {}
        self.seen = seq
        return seq

    def flush(self, tx: Connection) -> None:
        """Write the balances and lots that the closes since the last flush have changed."""
        if self.state is not None and self._unwritten:
            _write_balances(tx, self.binding, self.state, self._unwritten)
            exits.refresh(tx, self.binding, _exits_moved(self.binding, self._unwritten))
            _write_lots(tx, self.state, self._unwritten)
        self._unwritten = []

    def _has_reversals(self, tx: Connection, day: date) -> bool:
        return bool(refunds.open_reversals(tx, self.binding.plan_id, day))

    def forget(self) -> None:
        """Drop the columns, after a unit that was not kept."""
        self.state = None
        self._unwritten = []


def _write_balances(tx: Connection, binding: Binding, state: CloseState, blocks: list[Block]) -> None:
    touched: dict[int, list[Column]] = {}
    platform: dict[tuple[int, int], int] = {}
    for block in blocks:
        for book, holder in ((block.source_book, block.source), (block.target_book, block.target)):
            if isinstance(holder, np.ndarray):
                touched.setdefault(book, []).append(holder)
            else:
                platform[binding.books[book], binding.holder(holder)] = state.platform[book, holder]
    balances.put(tx, platform)
    for book in sorted(touched, key=lambda own: binding.books[own]):
        holders = np.unique(np.concatenate(touched[book]))
        balances.put_columns(tx, binding.books[book], holders, state.now[book][holders - 1])


def _exits_moved(binding: Binding, blocks: list[Block]) -> set[int]:
    """The members of whom the close has moved something that an exit waits for."""
    watched = exits.watched_books(binding.plan)
    sides = [
        side for block in blocks for side in ((block.source_book, block.source), (block.target_book, block.target))
    ]
    held = [holder for book, holder in sides if book in watched and isinstance(holder, np.ndarray)]
    return set(np.concatenate(held).tolist()) if held else set()


def _write_lots(tx: Connection, state: CloseState, blocks: list[Block]) -> None:
    for book, of_book in state.lots.items():
        drawn = [
            block.lot for block in blocks if block.lot is not None and book in (block.source_book, block.target_book)
        ]
        if drawn:
            ids = np.unique(np.concatenate(drawn))
            order = np.argsort(of_book.id)
            rows = order[np.searchsorted(of_book.id, ids, sorter=order)]
            lots.set_remaining(tx, ids, of_book.remaining[rows])
