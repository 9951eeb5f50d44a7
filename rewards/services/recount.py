"""Counting anew: what a version counts that the one before did not, from what is on the books of the plan already.

A window of the new version then reaches back as if the plan had counted so from the start: over the orders and events
booked to the plan that the new version is about, each on its business day, less what refunds have taken back. What
conditions ask of members is answered as it was then as far as it is counted itself, and for the rest (levels, tags,
balances) as it is now. What rules have given and members have spent cannot be told apart in retrospect: flows that are
new to a version begin with its first day.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple

from sqlalchemy import Connection, select

from rewards.interpreter.course import course_of
from rewards.interpreter.refund import Proportion, taken_off
from rewards.interpreter.run import EventRun, applies
from rewards.interpreter.state import Purchases, State
from rewards.interpreter.tally import Cell
from rewards.ledger import recounted, tallies
from rewards.ledger.recounted import BOOKED, TRACE
from rewards.ledger.refunds import refund
from rewards.ledger.tables import booking, event, sale
from rewards.plan.events import Declared, Event, Joined, OrderPaid, OrderRefunded
from rewards.plan.model import Plan
from rewards.services.binding import Binding
from rewards.services.recorded import COUNTED, booked_order, happening, kept_order
from rewards.services.source import LedgerSource

_PAGE = 1000


def take_over(tx: Connection, binding: Binding) -> None:
    """Count anew where a version is about to take its first event or close, and counts what the one before did not."""
    if is_due(tx, binding):
        recount(tx, binding)


def is_due(tx: Connection, binding: Binding) -> bool:
    """Whether a version that counts what the one before did not is about to take its first event or close."""
    if not binding.new_streams:
        return False
    own = select(booking.c.event_seq).where(
        booking.c.plan_id == binding.plan_id,
        booking.c.day >= binding.version.from_day,
        booking.c.version_id == binding.version.id,
    )
    return tx.scalar(own.limit(1)) is None


def recount(tx: Connection, binding: Binding) -> None:
    """Count the streams that are new in a version from all the plan's bookings."""
    if not binding.new_streams:
        return
    counting = _Counting(tx, binding)
    for row in _bookings(tx, binding.plan_id):
        counting.count(row)
    tallies.forget(tx, binding.plan_id, binding.new_streams)
    tallies.add(tx, binding.plan_id, counting.sums)
    counting.write_traces()


class _Row(NamedTuple):
    """One event as it was booked."""

    seq: int
    kind: str
    id: str
    member: int | None
    payload: str
    day: date
    trace: str


def _bookings(tx: Connection, plan_id: int) -> Iterator[_Row]:
    """Every event booked to a plan that may count for something, oldest first."""
    columns = (event.c.seq, event.c.kind, event.c.id, event.c.member, event.c.payload, booking.c.day, TRACE)
    kinds = (OrderPaid.kind, OrderRefunded.kind, Declared.kind, Joined.kind)
    joined = BOOKED.join(event, event.c.seq == booking.c.event_seq)
    own = select(*columns).select_from(joined).where(booking.c.plan_id == plan_id, event.c.kind.in_(kinds))
    after = 0
    while page := [_Row(*row) for row in tx.execute(own.where(event.c.seq > after).order_by(event.c.seq).limit(_PAGE))]:
        yield from page
        after = page[-1].seq


class _FromTheStart(LedgerSource):
    """The ledger before anything was counted or bought."""

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """Nothing was counted yet; what rules have given was."""
        return () if name in self._binding.plan.streams else super().cells(name, member, first)

    def purchases(self, member: int) -> Purchases:
        """Nothing was bought yet."""
        return Purchases()


@dataclass
class _Taken:
    """An order that refunds have taken something of."""

    total: int
    cells: list[Cell]
    refunded: int = 0


@dataclass
class _Counting:
    """One pass over the bookings of a plan."""

    tx: Connection
    binding: Binding
    sums: dict[tallies.Key, tallies.Counted] = field(default_factory=dict)
    _traces: dict[int, str] = field(default_factory=dict)
    _orders: dict[int, _Taken] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plan_id = self.binding.plan_id
        self.plan: Plan = self.binding.plan
        self.state = State(self.plan, _FromTheStart(self.tx, self.binding))
        bought = select(sale.c.event_seq, sale.c.points).where(sale.c.plan_id == plan_id, sale.c.points != 0)
        self._points: dict[int, int] = defaultdict(int, self.tx.execute(bought).all())
        taken = select(refund.c.event_seq, refund.c.order_seq, refund.c.amount)
        self._refunds = {seq: (order, amount) for seq, order, amount in self.tx.execute(taken)}
        self._refunded = {order for order, _ in self._refunds.values()}

    def count(self, row: _Row) -> None:
        """Count one event."""
        if row.kind == OrderRefunded.kind:
            self._take_back(row)
            return
        found = self._event(row)
        if not applies(self.plan, found):
            return
        cells = EventRun(course_of(self.state.plan, found, row.day), self.state, {}, found).count_in_streams()
        wanted = [cell for cell in cells if cell.name in self.binding.new_streams]
        for cell in wanted:
            self._add(cell)
        if isinstance(found, OrderPaid):
            self.state.sell(found.member, Purchases(found.cash, found.points, 1))
            if row.seq in self._refunded:
                self._orders[row.seq] = _Taken(found.total, cells)
            if wanted:
                self._trace(row, wanted)

    def _event(self, row: _Row) -> Event:
        assert row.member is not None
        payload = json.loads(row.payload)
        if row.kind == OrderPaid.kind:
            scale = self.plan.currency_scale
            return booked_order(row.id, kept_order(payload, scale), row.member, scale, self._points[row.seq])
        if row.kind == Declared.kind:
            return happening(row.id, payload, row.member, self.plan)
        return Joined(row.id, row.member, datetime.combine(row.day, time(12), tzinfo=self.plan.timezone))

    def _take_back(self, row: _Row) -> None:
        order, amount = self._refunds[row.seq]
        taken = self._orders.get(order)
        if taken is None:
            return  # an order that the new version is not about
        part = Proportion(taken.refunded, taken.refunded + amount, taken.total)
        taken.refunded += amount
        for cell in taken.cells:
            for change in taken_off(cell, part, by_value=self.plan.streams[cell.name].by_value):
                self.state.tally.add(change)
                if cell.name in self.binding.new_streams:
                    self._add(change)
        assert row.member is not None
        self.state.sell(row.member, Purchases(0, 0, -int(part.whole)))

    def _add(self, cell: Cell) -> None:
        key = tallies.Key(*cell[:4])
        before = self.sums.get(key, tallies.Counted(0, 0))
        self.sums[key] = tallies.Counted(before.amount + cell.amount, before.entries + cell.entries)

    def _trace(self, row: _Row, cells: list[Cell]) -> None:
        """Keep with the order what it counts for under the new version, so that a refund takes that back as well."""
        trace = json.loads(row.trace)
        others = [each for each in trace.get(COUNTED, ()) if each[0] not in self.binding.new_streams]
        trace[COUNTED] = [*others, *cells]
        self._traces[row.seq] = json.dumps(trace, separators=(",", ":"), ensure_ascii=False)

    def write_traces(self) -> None:
        """Write what orders count for under the new version."""
        recounted.put(self.tx, self.binding.plan_id, self._traces)
