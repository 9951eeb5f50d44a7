"""One part's close: the same as a close of everybody, on the part's members, with a note of the step each thing is of.

What parts leave behind is put together step by step. A step is one thing that a rule does to all members: as every part
runs the same rules in the same order, the steps of one number belong together, and what a part has nothing of it just
leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Column
from rewards.distributed.part_state import PartState, Sight
from rewards.interpreter.cell_columns import CellColumns
from rewards.interpreter.close import CloseRun
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
    Waiting,
)
from rewards.plan.ladder import Ladder
from rewards.plan.model import Asset, Plan, Pool, Rule

Item = TypeVar("Item")


class Stepped(NamedTuple):
    """Something a part has left behind, and in which step."""

    step: int
    what: Any


class Noted(list[Any]):
    """A list that notes the step of what is put into it."""

    def __init__(self, run: PartRun) -> None:
        super().__init__()
        self._run = run
        self.noted: list[Stepped] = []

    def append(self, what: Any) -> None:
        """Add something of the present step."""
        super().append(what)
        self.noted.append(Stepped(self._run.step, what))

    def extend(self, more: Iterable[Any]) -> None:
        """Add several things of the present step."""
        for each in more:
            self.append(each)


@dataclass(frozen=True)
class PartOutcome:
    """What a part's close has done, members as ordinals among all; new lots count on from what the state had."""

    blocks: list[Stepped]
    levels: list[Stepped]
    fallen: list[Stepped]
    lots: list[Stepped]
    cuts: list[Stepped]
    notices: list[Stepped]
    tags: list[Stepped]
    cells: list[CellBlock]
    platform: dict[tuple[int, int], int]
    """What has been added to the platform's accounts and pools."""
    trace: dict[str, dict[str, object]]
    waiting: list[Waiting]
    unsettled: frozenset[str]


class PartRun(CloseRun):
    """One part's close on its way."""

    state: PartState

    def __init__(self, plan: Plan, state: PartState, day: date, approved: frozenset[str]) -> None:
        self.step = 0
        super().__init__(plan, state, day, approved)
        result = self.result
        result.blocks, result.levels, result.fallen = Noted(self), Noted(self), Noted(self)
        result.lots, result.cuts, result.notices, result.tags = (Noted(self), Noted(self), Noted(self), Noted(self))

    def outcome_of_part(self) -> PartOutcome:
        """Run the part's close."""
        return _told(self.run(), self.state.sight, dict(self.state.platform))

    def _next_step(self, what: str) -> None:
        self.step += 1
        self.state.sight.where = f"{self.step} {what}"

    # --- the steps ---------------------------------------------------------------------------------------------------

    def _evaluate(self, ladder: Ladder, *, ending: bool) -> NDArray[np.bool_]:
        self._next_step(ladder.name)
        return super()._evaluate(ladder, ending=ending)

    def _act_for(self, rule: Rule) -> None:
        self._next_step(rule.id)
        super()._act_for(rule)

    def fund(self, pool: Pool, quantity: int) -> int:
        """See CloseContext."""
        self._next_step("fund")
        return super().fund(pool, quantity)

    def pay_from_pool(self, pool: Pool, asset: Asset, quantity: Column) -> Column:
        """See CloseContext."""
        self._next_step("pay")
        return super().pay_from_pool(pool, asset, quantity)

    def issue(self, asset: Asset, quantity: Column) -> Column:
        """See CloseContext."""
        self._next_step("issue")
        return super().issue(asset, quantity)

    def issue_lots(self, asset: Asset, quantity: Column, basis: Column) -> Column:
        """See CloseContext."""
        self._next_step("issue lots")
        return super().issue_lots(asset, quantity, basis)

    def give_tag(self, tag: str, members: NDArray[np.bool_], first: int, last: int) -> None:
        """See CloseContext."""
        self._next_step("tag")
        super().give_tag(tag, members, first, last)

    def burn(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._next_step("burn")
        super().burn(asset, quantity)

    def release(self, asset: Asset, quantity: Column) -> None:
        """See CloseContext."""
        self._next_step("release")
        super().release(asset, quantity)

    # What is taken back belongs to the step of its rule: whether a part has anything to take back is its own matter.


def _told(outcome: CloseOutcome, sight: Sight, platform: dict[tuple[int, int], int]) -> PartOutcome:
    """An outcome with its members as ordinals among all."""
    told = _Teller(sight.members)

    def each(items: list[Any], tell: Any) -> list[Stepped]:
        assert isinstance(items, Noted)
        return [Stepped(step, tell(what)) for step, what in items.noted]

    return PartOutcome(
        blocks=each(outcome.blocks, told.block),
        levels=each(outcome.levels, told.levels),
        fallen=each(outcome.fallen, told.fallen),
        lots=each(outcome.lots, told.lots),
        cuts=each(outcome.cuts, told.cuts),
        notices=each(outcome.notices, told.notices),
        tags=each(outcome.tags, told.tags),
        cells=[told.cells(block) for block in outcome.cells],
        platform=platform,
        trace=outcome.trace if sight.leads else {},
        waiting=outcome.waiting if sight.leads else [],
        unsettled=outcome.unsettled,
    )


class _Teller:
    """Puts ordinals among all members in the place of ordinals in the part; 0 stays 0."""

    def __init__(self, members: Column) -> None:
        self._ordinal = np.concatenate([np.zeros(1, dtype=np.int64), members + 1])

    def block(self, block: Block) -> Block:
        source, target = (
            self._ordinal[holder] if isinstance(holder, np.ndarray) else holder
            for holder in (block.source, block.target)
        )
        return Block(block.rule, block.source_book, source, block.target_book, target, block.quantity, block.lot)

    def levels(self, change: LevelChange) -> LevelChange:
        columns = (change.level, change.highest, change.since, change.until)
        return LevelChange(change.ladder, self._ordinal[change.member], *columns)

    def fallen(self, fallen: Fallen) -> Fallen:
        return Fallen(fallen.ladder, self._ordinal[fallen.member], fallen.level)

    def lots(self, new: NewLots) -> NewLots:
        return NewLots(new.book, new.rule, new.day, new.id, self._ordinal[new.member], new.basis, new.granted)

    def cuts(self, cut: CutColumns) -> CutColumns:
        return CutColumns(cut.cap, cut.rule, self._ordinal[cut.member], cut.quantity)

    def notices(self, notice: NoticeColumns) -> NoticeColumns:
        return NoticeColumns(notice.asset, notice.last_day, self._ordinal[notice.member], notice.quantity)

    def tags(self, block: TagBlock) -> TagBlock:
        return TagBlock(block.tag, self._ordinal[block.member], block.first, block.last)

    def cells(self, block: CellBlock) -> CellBlock:
        _, day, label, amount, entries = (getattr(block.cells, name) for name in _CELLS)
        member = self._ordinal[block.cells.member]
        return CellBlock(block.name, CellColumns(member, day, label, amount, entries, block.cells.texts))


_CELLS = ("member", "day", "label", "amount", "entries")
