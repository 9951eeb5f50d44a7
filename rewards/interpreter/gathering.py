"""A plan in memory as columns for a day close, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import numpy as np

from rewards.actions.base import Column
from rewards.interpreter.cell_columns import CellColumns, KeptCells, columns_of
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.columns import (
    Activity,
    CloseState,
    LotColumns,
    SalesActivity,
    StandingColumns,
    TagColumns,
)
from rewards.interpreter.expiring import Came
from rewards.interpreter.memory import Memory
from rewards.interpreter.state import Lot, Purchases, Standing, TagSpan, Transfer
from rewards.interpreter.tally import EVERYBODY, Cell, Tally
from rewards.interpreter.tree_columns import PlacedTrees, PlacementColumns


def gather(world: Memory, day: date) -> CloseState:
    """A world as columns, ready to be moved to the day to close."""
    size = len(world.members)
    now: dict[int, Column] = {}
    platform: dict[tuple[int, int], int] = {}
    for book, known in enumerate(world.state.books):
        members = [holder for holder in known if holder > 0]
        if members:
            column = now[book] = np.zeros(size, dtype=np.int64)
            column[np.array(members) - 1] = [known[holder] for holder in members]
        platform |= {(book, holder): amount for holder, amount in known.items() if holder <= 0}
    bought = [world.state.purchases(ordinal) for ordinal in range(1, size + 1)]
    sponsor = np.array(world.source.sponsors, dtype=np.int64) - 1
    return CloseState(
        sponsor=sponsor,
        merchant=np.isin(np.arange(1, size + 1), list(world.source.merchants)),
        now=now,
        platform=platform,
        lots={book: _lot_columns(world, book) for book in {lot.book for lot in world.lots}},
        cash=np.array([each.cash for each in bought], dtype=np.int64),
        orders=np.array([each.orders for each in bought], dtype=np.int64),
        activity={each: _net(transfers) for each, transfers in world.activity.items()},
        sales={each: _sales(rows) for each, rows in world.sales.items()},
        standings={ladder.name: _standing_columns(world, ladder.name) for ladder in world.plan.held_ladders},
        reversals=_reversals(world, day),
        cells=KeptCells(_TallyColumns(world.state.tally, size)),
        joined=np.array([world.source.joined.get(each, 0) for each in range(1, size + 1)], dtype=np.int64),
        birthday=np.array([world.source.birthdays.get(each, 0) for each in range(1, size + 1)], dtype=np.int64),
        tags=_tags(world),
        trees=_trees(world, sponsor),
        declared=world.source.declarations,
        next_lot=len(world.lots) + 1,
    )


class _TallyColumns:
    """The cells of a tally that has everything in memory."""

    def __init__(self, tally: Tally, size: int) -> None:
        self._tally = tally
        self._size = size

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """The cells of a name on some days."""
        members = range(EVERYBODY, self._size + 1)
        return columns_of([cell for each in members for cell in self._tally.cells(name, each, first, last)])


def _standing_columns(world: Memory, ladder: str) -> StandingColumns:
    standings = [world.state.standing(ladder, ordinal) for ordinal in range(1, len(world.members) + 1)]
    return StandingColumns(*np.array(standings, dtype=np.int64).reshape(-1, 4).T.copy())


def _tags(world: Memory) -> dict[str, TagColumns]:
    rows: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for member, tags in world.source.tagged.items():
        for tag, spans in tags.items():
            rows[tag] += [(member, span.first, span.last) for span in spans]
    return {tag: TagColumns(*np.array(found, dtype=np.int64).reshape(-1, 3).T) for tag, found in rows.items()}


def _trees(world: Memory, sponsor: Column) -> PlacedTrees:
    legs = {name: tree.legs for name, tree in world.plan.trees.items()}
    placed = {name: PlacementColumns.of(tree.all(), legs.get(name, ())) for name, tree in world.source.trees.items()}
    return PlacedTrees(sponsor, placed)


def _ordered_lots(world: Memory, book: int) -> list[Lot]:
    return sorted((lot for lot in world.lots if lot.book == book), key=lambda lot: (lot.member, lot.day, lot.id))


def _lot_columns(world: Memory, book: int) -> LotColumns:
    lots = _ordered_lots(world, book)
    rows = [(lot.id, lot.member - 1, lot.day, lot.basis, lot.granted, lot.remaining) for lot in lots]
    return LotColumns(*np.array(rows, dtype=np.int64).reshape(-1, 6).T.copy())


def take_over(world: Memory, columns: CloseState, outcome: CloseOutcome) -> None:
    """Make what the close did to the columns true of the world."""
    for book, column in columns.now.items():
        world.state.books[book].update(enumerate(column.tolist(), 1))
    for (book, holder), amount in columns.platform.items():
        world.state.books[book][holder] = amount
    _take_over_lots(world, columns, outcome)
    for change in outcome.levels:
        rows = zip(change.member, change.level, change.highest, change.since, change.until, strict=True)
        for ordinal, *standing in rows:
            world.state.standings[change.ladder.name, int(ordinal)] = Standing(*map(int, standing))
    for block in outcome.cells:
        for cell in _cells(block.name, block.cells):
            world.state.tally.add(cell)
    columns.cells.written()
    for given in outcome.tags:
        for ordinal, first, last in np.stack(given.columns()).T.tolist():
            world.source.tagged[ordinal][given.tag] = (TagSpan(first, last),)
    assert columns.day is not None
    today = columns.day.toordinal()
    world.reversals = [each for each in world.reversals if each.day > today or each.rule in outcome.unsettled]
    for _, queue in world.queues.values():
        for ordinal in world.members.values():
            queue.touch(ordinal)  # a close may pay out of the quota that an exit waits for


def _cells(name: str, cells: CellColumns) -> Iterator[Cell]:
    columns = (cells.member, cells.day, cells.label, cells.amount, cells.entries)
    for member, day, label, amount, entries in zip(*(column.tolist() for column in columns), strict=True):
        yield Cell(name, member, day, cells.texts[label], amount, entries)


def _take_over_lots(world: Memory, columns: CloseState, outcome: CloseOutcome) -> None:
    for new in outcome.lots:
        rows = zip(*(column.tolist() for column in (new.id, new.member, new.basis, new.granted)), strict=True)
        for id_, member, basis, granted in rows:
            assert id_ == len(world.lots) + 1
            world.lots.append(Lot(new.book, member, new.rule, new.day, basis, granted, granted, id_))
    assert columns.day is not None
    day = columns.day.toordinal()
    for book, lots in columns.lots.items():
        for lot, remaining in zip(_ordered_lots(world, book), lots.remaining.tolist(), strict=True):
            lot.remaining = remaining
    for block in outcome.blocks:
        if block.lot is None or any(block.lot is new.id for new in outcome.lots):
            continue
        rule, sign = world.plan.rules[block.rule].id, 1 if block.source_book in columns.lots else -1
        for lot_id, quantity in zip(block.lot.tolist(), block.quantity.tolist(), strict=True):
            world.released[lot_id, rule] += sign * quantity
            if sign > 0:
                world.came[lot_id].append(Came(day, 0, quantity))


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
