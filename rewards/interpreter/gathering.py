"""A plan in memory as columns for a day close, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from rewards.actions.base import Column
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.columns import Activity, CloseState, LotColumns, SalesActivity
from rewards.interpreter.memory import Memory
from rewards.interpreter.state import Lot, Purchases, Transfer


def gather(world: Memory, day: date) -> CloseState:
    """A world as columns, ready to be moved to the day to close."""
    size = len(world.members)
    now: dict[int, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
    platform: dict[tuple[int, int], int] = {}
    for (book, holder), amount in world.state.balances.items():
        if holder > 0:
            now.setdefault(book, np.zeros(size, dtype=np.int64))[holder - 1] = amount
        else:
            platform[book, holder] = amount
    measures = [world.state.purchases(ordinal) for ordinal in range(1, size + 1)]
    return CloseState(
        sponsor=np.array(world.source.sponsors, dtype=np.int64) - 1,
        merchant=np.isin(np.arange(1, size + 1), list(world.source.merchants)),
        now=now,
        platform=platform,
        lots={book: _lot_columns(world, book) for book in {lot.book for lot in world.lots}},
        levels={
            ladder.name: np.array(
                [world.source.level(ladder.name, ordinal) for ordinal in range(1, size + 1)], dtype=np.int64
            )
            for ladder in world.plan.held_ladders
        },
        cash=np.array([measure.cash for measure in measures], dtype=np.int64),
        orders=np.array([measure.orders for measure in measures], dtype=np.int64),
        activity={each: _net(transfers) for each, transfers in world.activity.items()},
        sales={each: _sales(rows) for each, rows in world.sales.items()},
        reversals=_reversals(world, day),
    )


def _ordered_lots(world: Memory, book: int) -> list[Lot]:
    return sorted((lot for lot in world.lots if lot.book == book), key=lambda lot: (lot.member, lot.day, lot.id))


def _lot_columns(world: Memory, book: int) -> LotColumns:
    lots = _ordered_lots(world, book)
    rows = [(lot.id, lot.member - 1, lot.day, lot.basis, lot.granted, lot.remaining) for lot in lots]
    return LotColumns(*np.array(rows, dtype=np.int64).reshape(-1, 6).T.copy())


def take_over(world: Memory, columns: CloseState, outcome: CloseOutcome) -> None:
    """Make what the close did to the columns true of the world."""
    for book, column in columns.now.items():
        for ordinal, amount in enumerate(column.tolist(), 1):
            world.state.balances[book, ordinal] = amount
    world.state.balances.update(columns.platform)
    for book, lots in columns.lots.items():
        for lot, remaining in zip(_ordered_lots(world, book), lots.remaining.tolist(), strict=True):
            lot.remaining = remaining
    for block in outcome.blocks:
        if block.lot is not None:
            rule, sign = world.plan.rules[block.rule].id, 1 if block.source_book in columns.lots else -1
            for lot_id, quantity in zip(block.lot.tolist(), block.quantity.tolist(), strict=True):
                world.released[lot_id, rule] += sign * quantity
    assert columns.day is not None
    world.reversals = [each for each in world.reversals if each.day > columns.day.toordinal()]
    for change in outcome.levels:
        for ordinal, level in zip(change.member.tolist(), change.level.tolist(), strict=True):
            world.source.levels[change.ladder.name, ordinal] = level
    for _, queue in world.queues.values():
        for ordinal in world.members.values():
            queue.touch(ordinal)  # a close may pay out of the quota that an exit waits for


def _reversals(world: Memory, day: date) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for each in world.reversals:
        if each.day <= day.toordinal():
            found.setdefault(each.rule, np.zeros(len(world.members), dtype=np.int64))[each.member - 1] += each.quantity
    return found


def _accounts(transfers: Iterable[Transfer]) -> Iterator[tuple[tuple[int, int], int]]:
    for transfer in transfers:
        yield (transfer.source_book, transfer.source), -transfer.quantity
        yield (transfer.target_book, transfer.target), transfer.quantity


def _net(transfers: Iterable[Transfer]) -> Activity:
    sums: dict[tuple[int, int], int] = defaultdict(int)
    for account, change in _accounts(transfers):
        sums[account] += change
    rows = np.array([(book, holder, net) for (book, holder), net in sums.items()], dtype=np.int64)
    return Activity(*rows.reshape(-1, 3).T.copy())


def _sales(rows: Iterable[tuple[int, Purchases]]) -> SalesActivity:
    sums: dict[int, Purchases] = {}
    for member, sale in rows:
        before = sums.get(member, Purchases())
        sums[member] = Purchases(before.cash + sale.cash, before.points + sale.points, before.orders + sale.orders)
    table = np.array([(member, *measure) for member, measure in sums.items()], dtype=np.int64)
    return SalesActivity(*table.reshape(-1, 4).T.copy())
