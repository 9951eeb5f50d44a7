"""One plan's day close on the ledger: columns read, the close interpreted, everything written in the same unit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import Connection, select

from rewards.actions.base import Column
from rewards.errors import Refused
from rewards.interpreter.cell_columns import KeptCells
from rewards.interpreter.close import close_day
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import Activity, CloseState, LotColumns, SalesActivity, StandingColumns, TagColumns
from rewards.interpreter.tree_columns import PlacedTrees
from rewards.ledger import (
    balances,
    bulk,
    close_columns,
    declared,
    events,
    levels,
    lots,
    members,
    refunds,
    sales,
    tags,
    transfers,
)
from rewards.ledger.tables import member
from rewards.plan.ladder import Ladder
from rewards.plan.model import Compartment, Plan
from rewards.services import exits, recount
from rewards.services.binding import Binding
from rewards.services.closing_beside import Prepared, still_holds
from rewards.services.closing_changes import write_changes
from rewards.services.closing_columns import StoredCells, days_of_birth, days_of_joining, looks_at_people
from rewards.services.closing_progress import READING, WORKING_OUT, Course
from rewards.services.closing_record import KIND, put_on_record
from rewards.services.closing_stages import book_name, rows_to_write, stages_of
from rewards.services.collections_paused import collections_paused
from rewards.services.source import NEVER
from rewards.services.stored_trees import tree_columns

__all__ = ["KIND", "Closer", "load_state"]


def load_state(tx: Connection, binding: Binding, day: date, course: Course) -> CloseState:
    """The columns of a plan as stored now, ready to be moved to `day`, the first day that is not closed."""
    course.begin(READING, "members")
    sponsor = members.sponsors(tx)
    size = len(sponsor)
    course.count(size)
    course.members(size)
    now, platform = _load_balances(tx, binding, size, course)
    course.begin(READING, "totals")
    buyers, bought_cash, bought_orders = sales.bought_columns(tx, binding.plan_id)
    cash, orders = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    cash[buyers - 1], orders[buyers - 1] = bought_cash, bought_orders
    course.count(len(buyers))
    merchant = np.zeros(size, dtype=np.bool_)
    merchants = bulk.read(tx, select(member.c.ordinal).where(member.c.merchant))[0]
    merchant[merchants - 1] = True
    course.begin(READING, "refunds")
    reversals = _load_reversals(tx, binding, day, size)
    course.begin(READING, "later-days")
    moved, sold = transfers.later_activity(tx, binding.plan_id, day - timedelta(days=1))
    course.count(len(moved.day) + len(sold.day))
    plan = binding.plan
    state = CloseState(
        sponsor=sponsor,
        merchant=merchant,
        now=now,
        platform=platform,
        lots=_load_lots(tx, binding, lots.next_id(tx) - 1, course, used_up_too=bool(reversals)),
        reversals=reversals,
        standings={ladder.name: _load_standings(tx, binding, ladder, size, course) for ladder in plan.held_ladders},
        cash=cash,
        orders=orders,
        activity=_activity(binding, moved),
        sales={
            each: SalesActivity(*(column[sold.day == each] for column in sold[1:]))
            for each in np.unique(sold.day).tolist()
        },
        cells=KeptCells(StoredCells(tx, binding.plan_id)),
        tags={name: _load_tag(tx, name, course) for name in plan.tags},
        trees=_load_trees(tx, binding, sponsor, course),
        next_lot=lots.next_id(tx),
    )
    if looks_at_people(plan):
        course.begin(READING, "people", rows=size)
        state.joined, state.birthday = days_of_joining(tx, plan.timezone), days_of_birth(tx)
    if any(parameter.declared for parameter in plan.parameters.values()):
        values = declared.of_plan(tx, binding.plan_id)
        state.declared = {(each.name, each.period_day.toordinal()): each.value for each in values}
    return state


def _load_balances(
    tx: Connection, binding: Binding, size: int, course: Course
) -> tuple[dict[int, Column], dict[tuple[int, int], int]]:
    """What members hold in each of the plan's books, and what everybody else does."""
    now: dict[int, Column] = {}
    platform: dict[tuple[int, int], int] = {}
    for own, book in enumerate(binding.books):
        course.begin(READING, "balances", book_name(binding.plan, own))
        now[own], others, _ = balances.of_book(tx, book, size)
        platform.update(((own, binding.own_holder(holder)), amount) for holder, amount in others.items())
        course.count(size + len(others))
    return now, platform


def _load_tag(tx: Connection, name: str, course: Course) -> TagColumns:
    course.begin(READING, "tags", name)
    found = TagColumns(*tags.columns(tx, name))
    course.count(len(found.member))
    return found


def _load_trees(tx: Connection, binding: Binding, sponsor: Column, course: Course) -> PlacedTrees:
    course.begin(READING, "trees")
    found = tree_columns(tx, sponsor, binding.plan.trees)
    course.count(sum(len(placed.first) for placed in found.placed.values()))
    return found


def _load_reversals(tx: Connection, binding: Binding, day: date, size: int) -> dict[str, Column]:
    """The negative releases that a close of `day` has to settle, for each rule."""
    found: dict[str, Column] = {}
    for each in refunds.open_reversals(tx, binding.plan_id, day):
        found.setdefault(each.rule, np.zeros(size, dtype=np.int64))[each.member - 1] += each.quantity
    return found


def _load_lots(
    tx: Connection, binding: Binding, last: int, course: Course, *, used_up_too: bool
) -> dict[int, LotColumns]:
    with_lots = [asset for asset in binding.plan.assets.values() if asset.lots is not None]
    if not with_lots:
        return {}
    course.begin(READING, "lots")
    drawn, found = close_columns.of_lots(tx, last), {}
    for asset in with_lots:
        stored = lots.open_columns(tx, binding.lot_book(asset.name), drawn, used_up_too=used_up_too)
        found[asset.locked_book] = LotColumns(
            stored.id, stored.member - 1, stored.day, stored.basis, stored.granted, stored.remaining
        )
        course.count(len(stored.id))
    return found


def _load_standings(tx: Connection, binding: Binding, ladder: Ladder, size: int, course: Course) -> StandingColumns:
    course.begin(READING, "levels", ladder.name)
    found = StandingColumns.none(size)
    stored = levels.columns(tx, binding.plan_id, ladder.name, [each.name for each in ladder.levels])
    course.count(len(stored.member))
    since = np.where(stored.since == NEVER.toordinal(), 0, stored.since)
    columns = (stored.level, stored.highest, since, stored.until)
    for column, values in zip(found.columns(), columns, strict=True):
        column[stored.member - 1] = values
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


Engine = Callable[[Plan, CloseState, date, frozenset[str]], CloseOutcome]
"""What works a close out: `close_day`, or something that gives the very same outcome."""


@dataclass
class Closer:
    """Closes days of one plan version one after another, keeping the columns while nothing else is written between."""

    binding: Binding
    course: Course
    engine: Engine | None = None
    """None: in this process, rule by rule."""
    state: CloseState | None = None
    seen: int = 0
    """Number of the last event the columns know of."""
    _prepared: Prepared | None = None

    def prepare(self, tx: Connection, day: date, approved: Collection[str] = ()) -> None:
        """Work the close of a day out in a reading unit, to be written by `close` if it is still true by then.

        Nothing is worked out where something has to be written first, or where the close would be refused.
        """
        if self._prepared is not None:
            self.forget()  # the columns are as after a close that was not written
        if recount.is_due(tx, self.binding) or exits.is_due(tx, self.binding):
            return
        seen = events.next_seq(tx) - 1
        self._read(tx, day, seen)
        assert self.state is not None
        settled = bool(self.state.reversals) or any(column.any() for column in self._debts())
        next_lot = self.state.next_lot
        try:
            outcome = self._work_out(tx, day, approved)
        except Refused:
            return
        self._prepared = Prepared(outcome, day.toordinal(), seen, next_lot, settled)

    def close(self, tx: Connection, day: date, now: datetime, approved: Collection[str] = ()) -> int:
        """Close a day inside a writing unit; returns the number of the event. The columns are as after the close.

        Raises Refused when a cap that is not among the approved ones stops the close.
        """
        seq = events.next_seq(tx)
        outcome = self._still_prepared(tx, day, seq - 1)
        if outcome is None:
            recount.take_over(tx, self.binding)
            exits.take_over(tx, self.binding)
            self._read(tx, day, seq - 1)
            outcome = self._work_out(tx, day, approved)
        assert self.state is not None
        self.course.expect(rows_to_write(outcome))
        put_on_record(tx, self.binding, outcome, seq, day, now, approved, self.course)
        self.state.cells.written()
        write_changes(tx, self.binding, self.state, outcome, self.course)
        refunds.settle(tx, self.binding.plan_id, day, seq)
        self.course.end()
        self.state.reversals = {}
        self.seen = seq if self.seen == seq - 1 else 0
        return seq

    def _still_prepared(self, tx: Connection, day: date, last: int) -> CloseOutcome | None:
        """What was worked out, where it is still true after the events up to `last`."""
        prepared, self._prepared = self._prepared, None
        if prepared is None:
            return None
        assert self.state is not None
        if prepared.day == day.toordinal() and still_holds(tx, self.binding, self.state, prepared, last):
            return prepared.outcome
        self.forget()
        return None

    def _read(self, tx: Connection, day: date, seen: int) -> None:
        """Have the columns of the books as they are after an event."""
        reading = self.state is None or self.seen != seen
        reading = reading or bool(refunds.open_reversals(tx, self.binding.plan_id, day))
        self.course.open(day, stages_of(self.binding.plan, day, reading=reading, here=self.engine is None))
        if reading:
            with collections_paused():  # millions of rows are taken in, and no cycles
                self.state, self.seen = load_state(tx, self.binding, day, self.course), seen
            self.course.end()

    def _work_out(self, tx: Connection, day: date, approved: Collection[str]) -> CloseOutcome:
        assert self.state is not None
        assert isinstance(self.state.cells.source, StoredCells)
        self.state.cells.source.tx = tx
        size, given = self.state.size, (self.binding.plan, self.state, day, frozenset(approved))

        def told(rule: str) -> None:
            self.course.begin(WORKING_OUT, "rule" if rule else "end", rule, rows=size)

        self.course.begin(WORKING_OUT, "day" if self.engine is None else "rules", rows=size)
        try:
            return close_day(*given, told) if self.engine is None else self.engine(*given)
        except Refused:
            self.forget()  # a close that is stopped leaves columns that are true of no day
            raise
        finally:
            self.course.end()

    def _debts(self) -> Iterator[Column]:
        assert self.state is not None
        for own, (_, compartment) in enumerate(self.binding.plan.books):
            if compartment is Compartment.DEBT:
                yield self.state.held_now(own)

    def forget(self) -> None:
        """Drop the columns, after a unit that was not kept."""
        self.course.stopped()
        self.state = None
        self._prepared = None
