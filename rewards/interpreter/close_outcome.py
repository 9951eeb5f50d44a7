"""What a day close leaves behind, as columns: transfers, levels, cells of the tally, lots, cuts and notices."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rewards.actions.base import Column
from rewards.interpreter.cell_columns import CellColumns
from rewards.plan.ladder import Ladder


@dataclass(frozen=True)
class Block:
    """Transfers of one rule between the same two books, one a row; holders are a column or one holder for all rows.

    `quantity` int64[k], all positive; `lot` the lots' ids, int64[k], or None. `rule` is the index of a rule, or one of
    `BUILT_IN_RULES`.
    """

    rule: int
    source_book: int
    source: Column | int
    target_book: int
    target: Column | int
    quantity: Column
    lot: Column | None = None


@dataclass(frozen=True)
class LevelChange:
    """Members (ordinals) whose standing on a ladder has changed, and what it has become; all int64[k].

    `level` and `highest` are indexes of levels, −1 for none; `since` and `until` days (`date.toordinal()`). Somebody
    whose level is only confirmed (a later `until`) is here too.
    """

    ladder: Ladder
    member: Column
    level: Column
    highest: Column
    since: Column
    until: Column


@dataclass(frozen=True)
class Fallen:
    """The level (index) that members (ordinals) held on a ladder while the rules ran, and lost as the day was over."""

    ladder: str
    member: Column
    level: Column


@dataclass(frozen=True)
class CellBlock:
    """What is to be added to the cells of one name, a row a cell; several rows may add to the same cell."""

    name: str
    cells: CellColumns


@dataclass(frozen=True)
class NewLots:
    """Locked lots that a rule (index) has opened, all on one day; int64[k], quantities in smallest units.

    The ids count on from the state's `next_lot`; transfers into the lots are blocks like any other.
    """

    book: int
    rule: int
    day: int
    id: Column
    member: Column
    """Ordinals."""
    basis: Column
    granted: Column


@dataclass(frozen=True)
class CutColumns:
    """What a cap has cut off what a rule (index) would have given: members (ordinals; 0: all together), quantities."""

    cap: str
    rule: int
    member: Column
    quantity: Column


@dataclass(frozen=True)
class NoticeColumns:
    """Members (ordinals) to be told that a quantity (smallest units) of an asset is good to `last_day` only."""

    asset: str
    last_day: int
    """`date.toordinal()`."""
    member: Column
    quantity: Column


@dataclass(frozen=True)
class TagBlock:
    """Members (ordinals) whom rules have given a tag, and the days on which they carry it now; all int64[k].

    Of somebody who is in several blocks of a tag, the last counts.
    """

    tag: str
    member: Column
    first: Column
    """`date.toordinal()`."""
    last: Column

    def columns(self) -> tuple[Column, Column, Column]:
        """The columns in the order of the fields."""
        return self.member, self.first, self.last


class Waiting(NamedTuple):
    """A rule (id) that could not run because a parameter has not been declared for the period that began on a day."""

    rule: str
    parameter: str
    period: int
    """First day of the period, `date.toordinal()`, as parameters are declared for it."""


@dataclass
class CloseOutcome:
    """What a day close has done."""

    blocks: list[Block] = field(default_factory=list)
    levels: list[LevelChange] = field(default_factory=list)
    fallen: list[Fallen] = field(default_factory=list)
    """Whose level fell after the rules: what they stand on at the end is not what the rules saw."""
    trace: dict[str, dict[str, object]] = field(default_factory=dict)
    """For each rule, totals that explain it; of a rule that ran more than once, what it said first."""
    cells: list[CellBlock] = field(default_factory=list)
    """What it adds to the tally."""
    lots: list[NewLots] = field(default_factory=list)
    cuts: list[CutColumns] = field(default_factory=list)
    notices: list[NoticeColumns] = field(default_factory=list)
    tags: list[TagBlock] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    """Rules that should have run at this close and wait for a parameter."""
    unsettled: frozenset[str] = frozenset()
    """Rules (ids) that did not run at this close: what refunds have taken back of theirs waits on for one that does."""
