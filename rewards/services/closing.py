"""One plan's day close on the ledger: columns read, the close interpreted, everything written in the same unit."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from rewards.actions.base import Column
from rewards.interpreter.close import Block, CloseOutcome, LevelChange, close_day
from rewards.interpreter.columns import Activity, CloseState, LotColumns, SalesActivity
from rewards.ledger import balances, bulk, closes, events, levels, lots, members, refunds, sales, transfers
from rewards.ledger.tables import member
from rewards.plan.model import Compartment
from rewards.services import exits
from rewards.services.binding import Binding

KIND = "close"


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
    return CloseState(
        sponsor=sponsor,
        merchant=merchant,
        now=now,
        platform=platform,
        lots=_load_lots(tx, binding, used_up_too=bool(reversals)),
        reversals=reversals,
        levels={ladder.name: _load_levels(tx, binding, ladder.name, size) for ladder in binding.plan.held_ladders},
        cash=cash,
        orders=orders,
        activity=_activity(binding, moved),
        sales={
            each: SalesActivity(*(column[sold.day == each] for column in sold[1:]))
            for each in np.unique(sold.day).tolist()
        },
    )


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


def _load_levels(tx: Connection, binding: Binding, ladder: str, size: int) -> Column:
    column = np.full(size, -1, dtype=np.int64)
    indexes = {level.name: index for index, level in enumerate(binding.plan.ladders[ladder].levels)}
    for ordinal, name in levels.current(tx, binding.plan_id, ladder).items():
        column[ordinal - 1] = indexes.get(name, -1)
    return column


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

    def close(self, tx: Connection, day: date, now: datetime) -> int:
        """Close a day inside a writing unit; returns the number of the event. The columns are as after the close."""
        seq = events.next_seq(tx)
        if self.state is None or self.seen != seq - 1 or self._has_reversals(tx, day):
            self.flush(tx)
            self.state = load_state(tx, self.binding, day)
        exits.take_over(tx, self.binding)
        outcome = close_day(self.binding.plan, self.state, day)
        _append(tx, self.binding, outcome, seq, day, now)
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


def _append(tx: Connection, binding: Binding, outcome: CloseOutcome, seq: int, day: date, now: datetime) -> None:
    """Put a close on record: its event, transfers and changes of level."""
    plan = binding.plan
    payload = events.canonical({"plan": plan.name, "day": day.isoformat(), "version": plan.digest})
    id = f"{plan.name}:{day.isoformat()}"
    events.add(tx, [events.Event(seq, KIND, id, None, now, now, payload, events.fingerprint(payload))])
    trace = json.dumps(outcome.trace, separators=(",", ":"), ensure_ascii=False, default=int)
    events.book(tx, [events.Booking(seq, binding.plan_id, binding.version.id, day, trace)])
    _write_transfers(tx, binding, outcome.blocks, seq)
    _write_levels(tx, binding, outcome.levels, seq, day)
    closes.add(tx, closes.ClosedDay(binding.plan_id, day, seq, json.dumps(_summary(binding, outcome.blocks))))


def _full(value: Column | int, size: int) -> Column:
    return value if isinstance(value, np.ndarray) else np.full(size, value, dtype=np.int64)


def _write_transfers(tx: Connection, binding: Binding, blocks: list[Block], seq: int) -> None:
    """Write all blocks in the order of members, which is the order of the table's key."""
    if not blocks:
        return
    columns: dict[str, list[Column]] = {
        name: [] for name in ("rule_id", "from_book", "from_holder", "to_book", "to_holder", "amount", "lot_id")
    }
    for block in blocks:
        size = len(block.quantity)
        for name, value in (
            ("rule_id", binding.rule_ids[block.rule]),
            ("from_book", binding.books[block.source_book]),
            ("from_holder", _holders(binding, block.source)),
            ("to_book", binding.books[block.target_book]),
            ("to_holder", _holders(binding, block.target)),
            ("amount", block.quantity),
            ("lot_id", 0 if block.lot is None else block.lot),
        ):
            columns[name].append(_full(value, size))
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    concerned = np.where(whole["from_holder"] > 0, whole["from_holder"], np.maximum(whole["to_holder"], 0))
    order = np.argsort(concerned, kind="stable")
    concerned = concerned[order]
    # Within a member transfers are numbered from 1 in the order the rules moved them.
    first = np.searchsorted(concerned, concerned, side="left")
    number = np.arange(len(concerned), dtype=np.int64) - first + 1
    transfers.add_columns(
        tx, event_seq=seq, member=concerned, number=number, **{name: column[order] for name, column in whole.items()}
    )


def _holders(binding: Binding, holder: Column | int) -> Column | int:
    return holder if isinstance(holder, np.ndarray) else binding.holder(holder)


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


def _write_levels(tx: Connection, binding: Binding, changes: list[LevelChange], seq: int, day: date) -> None:
    for change in changes:
        names = [level.name for level in change.ladder.levels]
        levels.add(
            tx,
            [
                levels.Level(binding.plan_id, change.ladder.name, ordinal, seq, day, names[index] if index >= 0 else "")
                for ordinal, index in zip(change.member.tolist(), change.level.tolist(), strict=True)
            ],
        )


def _summary(binding: Binding, blocks: list[Block]) -> dict[str, Any]:
    """What each rule moved of each asset: quantities in smallest units as texts, and how many transfers."""
    moved: dict[tuple[str, str], tuple[int, int]] = {}
    for block in blocks:
        key = (binding.plan.rules[block.rule].id, binding.plan.books[block.source_book][0].name)
        quantity, count = moved.get(key, (0, 0))
        moved[key] = (quantity + int(block.quantity.sum()), count + len(block.quantity))
    return {
        "transfers": sum(count for _, count in moved.values()),
        "moved": [[rule, asset, str(quantity), count] for (rule, asset), (quantity, count) in moved.items()],
    }
