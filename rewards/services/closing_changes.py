"""Writing what a day close changes in accounts and lots: columns for members and lots, rows for everybody else."""

from __future__ import annotations

from collections import Counter

import numpy as np
from sqlalchemy import Connection

from rewards.actions.base import Column
from rewards.interpreter.close_outcome import Block, CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.ledger import balances, close_columns, lots
from rewards.services import exits
from rewards.services.binding import Binding
from rewards.services.closing_progress import WRITING, Course


def write_changes(tx: Connection, binding: Binding, state: CloseState, outcome: CloseOutcome, course: Course) -> None:
    """Write what a close has changed; `state` is as after the close, and its new lots are written."""
    course.begin(WRITING, "balances")
    changed = _write_balances(tx, binding, state.size, outcome.blocks, course)
    if changed:
        exits.refresh(tx, binding, changed)
    if state.lots:
        course.begin(WRITING, "lots")
        _write_lots(tx, state, outcome, course)


def _write_balances(tx: Connection, binding: Binding, size: int, blocks: list[Block], course: Course) -> set[int]:
    """Add to what everybody holds; returns the members of whom something has changed that an exit waits for."""
    members: dict[int, Column] = {}
    others: Counter[tuple[int, int]] = Counter()
    for block in blocks:
        for sign, book, holder in ((-1, block.source_book, block.source), (1, block.target_book, block.target)):
            if isinstance(holder, np.ndarray):
                column = members.setdefault(book, np.zeros(size, dtype=np.int64))
                np.add.at(column, holder - 1, sign * block.quantity)
            else:
                others[binding.books[book], binding.holder(holder)] += sign * int(block.quantity.sum())
    held = balances.get(tx, *map(set, zip(*others, strict=True))) if others else {}
    balances.put(tx, {account: held.get(account, 0) + change for account, change in others.items()})
    for own in sorted(members, key=lambda own: binding.books[own]):
        close_columns.bring(tx, binding.books[own], members[own])
        course.count(int(np.count_nonzero(members[own])))
    course.count(len(others))
    watched = exits.watched_books(binding.plan) & members.keys()
    return {ordinal for own in watched for ordinal in (np.flatnonzero(members[own]) + 1).tolist()}


def _write_lots(tx: Connection, state: CloseState, outcome: CloseOutcome, course: Course) -> None:
    """Draw from lots. The row of one says so that is used up or has something again: closes pass over used-up ones."""
    opened = {id(new.id) for new in outcome.lots}
    moved = [block for block in outcome.blocks if block.lot is not None and id(block.lot) not in opened]
    if not moved:
        return
    change = np.zeros(max(int(of_book.id.max()) for of_book in state.lots.values() if len(of_book.id)), dtype=np.int64)
    for block in moved:
        assert block.lot is not None
        np.add.at(change, block.lot - 1, block.quantity if block.source_book in state.lots else -block.quantity)
    drawn = close_columns.draw(tx, change)
    course.count(int(np.count_nonzero(change)))
    for of_book in state.lots.values():
        before = of_book.remaining + change[of_book.id - 1]
        turned = np.flatnonzero((before == 0) != (of_book.remaining == 0))
        rows = turned[np.argsort(of_book.id[turned])]
        lots.set_remaining(tx, of_book.id[rows], of_book.remaining[rows], drawn[of_book.id[rows] - 1])
