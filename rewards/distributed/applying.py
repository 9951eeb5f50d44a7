"""What a close elsewhere has done, done to the driver's own state: the columns are then as after a close of its own."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rewards.columns import Column, add_at
from rewards.interpreter.close_outcome import Block, CloseOutcome, LevelChange, NewLots, TagBlock
from rewards.interpreter.columns import CloseState, LotColumns, StandingColumns, TagColumns, no_lots, no_tags
from rewards.interpreter.state import MAY_OWE


def apply(state: CloseState, outcome: CloseOutcome, platform: Iterable[dict[tuple[int, int], int]]) -> None:
    """Change a state as the outcome says; `platform` is what each part has added to the platform's accounts.

    Raises ArithmeticError when a pool has given more than it had.
    """
    for part in platform:
        for key, amount in part.items():
            state.platform[key] = state.platform.get(key, 0) + amount
    for (_, holder), amount in state.platform.items():
        if amount < 0 and holder not in MAY_OWE:
            raise ArithmeticError(f"a close takes {-amount} more out of account {holder} than there is")
    for new in outcome.lots:
        _open(state, new)
    for block in outcome.blocks:
        _move(state, block)
    _draw(state, outcome)
    for change in outcome.levels:
        _stand(state, change)
    for given in outcome.tags:
        _carry(state, given)
    for cells in outcome.cells:
        state.cells.add(cells.name, cells.cells)
    state.reversals = {rule: each for rule, each in state.reversals.items() if rule in outcome.unsettled}


def _move(state: CloseState, block: Block) -> None:
    for book, holder, amount in (
        (block.source_book, block.source, -block.quantity),
        (block.target_book, block.target, block.quantity),
    ):
        if isinstance(holder, np.ndarray):
            add_at(state.held_now(book), holder - 1, amount)


def _open(state: CloseState, new: NewLots) -> None:
    day = np.full(len(new.id), new.day, dtype=np.int64)
    opened = LotColumns(new.id, new.member - 1, day, new.basis, new.granted, new.granted.copy())
    old = state.lots.get(new.book) or no_lots()
    both = LotColumns(*(np.concatenate(pair) for pair in zip(old.columns(), opened.columns(), strict=True)))
    state.lots[new.book] = both.take(np.lexsort((both.id, both.day, both.owner)))
    state.next_lot += len(new.id)


def _draw(state: CloseState, outcome: CloseOutcome) -> None:
    """Take off lots what has been released from them, and put back what has been locked again."""
    opened = {id(new.id) for new in outcome.lots}
    for book, lots in state.lots.items():
        drawn = [
            (block.lot, block.quantity if block.target_book == book else -block.quantity)
            for block in outcome.blocks
            if block.lot is not None and book in (block.source_book, block.target_book) and id(block.lot) not in opened
        ]
        if not drawn:
            continue
        order: Column = np.argsort(lots.id, kind="stable")
        for lot, amount in drawn:
            rows = order[np.searchsorted(lots.id, lot, sorter=order)].astype(np.int64)
            add_at(lots.remaining, rows, amount)


def _stand(state: CloseState, change: LevelChange) -> None:
    before = state.standing(change.ladder.name)
    columns = [column.copy() for column in before.columns()]
    for column, new in zip(columns, (change.level, change.highest, change.since, change.until), strict=True):
        column[change.member - 1] = new
    state.standings[change.ladder.name] = StandingColumns(*columns)


def _carry(state: CloseState, given: TagBlock) -> None:
    old = state.tags.get(given.tag, no_tags())
    stay = ~np.isin(old.member, given.member)
    pairs = zip(old.columns(), given.columns(), strict=True)
    state.tags = {**state.tags, given.tag: TagColumns(*(np.concatenate([was[stay], new]) for was, new in pairs))}
