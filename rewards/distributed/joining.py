"""The outcomes of all parts put together: what one close of everybody would have left behind, in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rewards.columns import Column, checked_sum, narrowed
from rewards.distributed.part_run import PartOutcome, Stepped
from rewards.interpreter.cell_columns import joined_cells
from rewards.interpreter.close_outcome import (
    Block,
    CellBlock,
    CloseOutcome,
    CutColumns,
    Fallen,
    LevelChange,
    NewLots,
    NoticeColumns,
    TagBlock,
)
from rewards.interpreter.state import EXPIRY_RULE
from rewards.interpreter.tally import EVERYBODY
from rewards.interpreter.waiting import WAITS
from rewards.plan.model import BURNED, Compartment, Plan

Key = tuple[Any, ...]


def joined(plan: Plan, parts: Sequence[PartOutcome], next_lot: int) -> CloseOutcome:
    """One outcome out of those of all parts, the last of which leads.

    New lots are numbered on from `next_lot`, by step and member, as one close would number them. Raises OverflowError
    where all parts together move more than a ledger column holds.
    """
    assets, caps = list(plan.assets), list(plan.caps)
    lots = _Lots.of(parts, next_lot)
    leading = parts[-1]
    return CloseOutcome(
        blocks=_Blocks(plan, lots).joined(parts),
        levels=_merged(parts, "levels", lambda each: (each.ladder.name,), _levels),
        fallen=_merged(parts, "fallen", lambda each: (each.ladder,), _fallen),
        trace=leading.trace,
        cells=_cells(parts),
        lots=[each.what for each in lots.new],
        cuts=_merged(parts, "cuts", lambda each: (caps.index(each.cap), each.rule), _cuts),
        notices=_merged(parts, "notices", lambda each: (assets.index(each.asset), each.last_day), _notices),
        tags=_merged(parts, "tags", lambda each: (each.tag,), _tags),
        waiting=leading.waiting,
        unsettled=leading.unsettled,
    )


def _grouped(items: Iterable[tuple[Key, Any]]) -> dict[Key, list[Any]]:
    """Items by key, the keys in their order."""
    found: dict[Key, list[Any]] = {}
    for key, what in items:
        found.setdefault(key, []).append(what)
    return {key: found[key] for key in sorted(found)}


def _merged(
    parts: Sequence[PartOutcome], name: str, key: Callable[[Any], Key], merge: Callable[[list[Any]], Any]
) -> list[Any]:
    stepped = [each for part in parts for each in getattr(part, name)]
    return [merge(same) for same in _grouped(((each.step, *key(each.what)), each.what) for each in stepped).values()]


def _rows(columns: Iterable[Sequence[Column]], by: int = 0) -> list[Column]:
    """Columns of several parts one behind the other, in the order of one of them; rows of one member stay in theirs."""
    together = [np.concatenate(column) for column in columns]
    order = np.argsort(together[by], kind="stable")
    return [column[order] for column in together]


def _of(items: Sequence[Any], *names: str) -> list[Column]:
    return _rows([[getattr(each, name) for each in items] for name in names])


def _levels(items: list[LevelChange]) -> LevelChange:
    return LevelChange(items[0].ladder, *_of(items, "member", "level", "highest", "since", "until"))


def _fallen(items: list[Fallen]) -> Fallen:
    return Fallen(items[0].ladder, *_of(items, "member", "level"))


def _notices(items: list[NoticeColumns]) -> NoticeColumns:
    return NoticeColumns(items[0].asset, items[0].last_day, *_of(items, "member", "quantity"))


def _tags(items: list[TagBlock]) -> TagBlock:
    return TagBlock(items[0].tag, *_of(items, "member", "first", "last"))


def _cuts(items: list[CutColumns]) -> CutColumns:
    member, quantity = _of(items, "member", "quantity")
    if len(member) and member[0] == EVERYBODY:
        member, quantity = member[:1], narrowed([sum(quantity.tolist())])
    return CutColumns(items[0].cap, items[0].rule, member, quantity)


def _cells(parts: Sequence[PartOutcome]) -> list[CellBlock]:
    """What is added to the tally, a block a name. Which rules wait is known to every part; one of them says it."""
    said = (
        (block.name, block.cells)
        for part in parts
        for block in part.cells
        if not block.name.startswith(WAITS) or part is parts[-1]
    )
    found: dict[str, list[Any]] = {}
    for name, cells in said:
        found.setdefault(name, []).append(cells)
    return [CellBlock(name, joined_cells(cells)) for name, cells in found.items()]


@dataclass
class _Lots:
    """The lots that have been opened, and what their numbers are where each part numbered its own from `first` on."""

    first: int
    new: list[Stepped]
    number: dict[int, Column]
    """For each part, the lots' numbers in the order of the part's own."""
    steps: frozenset[int]
    """The steps in which lots have been opened."""

    @classmethod
    def of(cls, parts: Sequence[PartOutcome], first: int) -> _Lots:
        found = [((each.step, each.what.book), (index, each)) for index, part in enumerate(parts) for each in part.lots]
        number: dict[int, list[Column]] = {index: [] for index in range(len(parts))}
        new, following = [], first
        for (step, _), same in _grouped(found).items():
            origin = [np.full(len(each.what.id), index, dtype=np.int64) for index, each in same]
            names = ("member", "basis", "granted")
            member, basis, granted, of_part = _rows(
                [*([getattr(each.what, name) for _, each in same] for name in names), origin]
            )
            id_ = np.arange(following, following + len(member), dtype=np.int64)
            following += len(member)
            for index, _ in same:
                number[index].append(id_[of_part == index])
            one = same[0][1].what
            new.append(Stepped(step, NewLots(one.book, one.rule, one.day, id_, member, basis, granted)))
        nothing = [np.zeros(0, dtype=np.int64)]
        numbers = {index: np.concatenate(nothing + given) for index, given in number.items()}
        return cls(first, new, numbers, frozenset(each.step for each in new))

    def told(self, part: int, lot: Column | None) -> Column | None:
        """Lots as all know them, where a part has numbered some by itself."""
        if lot is None or not len(self.number[part]):
            return lot
        own = lot >= self.first
        return np.where(own, self.number[part][np.where(own, lot - self.first, 0)], lot)


@dataclass
class _Blocks:
    """Puts the transfers of all parts together."""

    plan: Plan
    lots: _Lots

    def joined(self, parts: Sequence[PartOutcome]) -> list[Block]:
        """Transfers in the order in which one close would have made them."""
        found = []
        for index, part in enumerate(parts):
            for each in part.blocks:
                block = each.what
                lot = self.lots.told(index, block.lot)
                known = Block(
                    block.rule, block.source_book, block.source, block.target_book, block.target, block.quantity, lot
                )
                found.append((self._key(each.step, block), known))
        return [self._one(key[0], same) for key, same in _grouped(found).items()]

    def _key(self, step: int, block: Block) -> Key:
        """Where a transfer comes in a close: payments, then debts paid off with them, then what is owed instead."""
        asset, compartment = self.plan.books[block.target_book]
        position = list(self.plan.assets).index(asset.name)
        if compartment is Compartment.DEBT:
            kind = 2 if block.target == BURNED else 3
        else:
            kind = 1 if isinstance(block.target, int) and block.target == BURNED else 0
        # What members give back goes into lots before what is issued.
        holders = (-holder if isinstance(holder, int) else 0 for holder in (block.source, block.target))
        return step, block.rule == EXPIRY_RULE, position, kind, block.source_book, block.target_book, *holders

    def _one(self, step: int, same: list[Block]) -> Block:
        first = same[0]
        columns = [[each.quantity for each in same]]
        sides = [name for name in ("target", "source") if isinstance(getattr(first, name), np.ndarray)]
        columns += [[getattr(each, name) for each in same] for name in sides]
        if first.lot is not None:
            columns.append([each.lot for each in same if each.lot is not None])
        rows = _rows(columns, by=1) if sides else [np.concatenate(column) for column in columns]
        checked_sum(rows[0])
        holders: dict[str, Column | int] = {"source": first.source, "target": first.target}
        holders |= dict(zip(sides, rows[1:], strict=False))
        lot = None if first.lot is None else rows[-1]
        for each in self.lots.new if step in self.lots.steps else ():
            if each.step == step and each.what.book == first.target_book:
                lot = each.what.id
        return Block(
            first.rule, first.source_book, holders["source"], first.target_book, holders["target"], rows[0], lot
        )
