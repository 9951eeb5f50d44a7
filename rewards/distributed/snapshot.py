"""A state on disk in parts, for tasks to read their own: Parquet files of columns, and what is not a column as JSON.

The driver writes the snapshot before a close; a worker that takes over a part of one that is gone reads it again. Cells
of the tally are written when they are first asked for. The directory must be one that all workers see.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from rewards.columns import Column
from rewards.distributed.asking import Course, Kind, Question
from rewards.distributed.part_state import PartState, Sight
from rewards.distributed.splitting import Split
from rewards.interpreter.cell_columns import CellColumns, KeptCells
from rewards.interpreter.columns import CloseState, LotColumns, StandingColumns, TagColumns
from rewards.interpreter.state import Purchases
from rewards.interpreter.tally import LAST_DAY
from rewards.interpreter.waiting import WAITS

_STANDING = ("level", "highest", "since", "until")
_LOT = ("id", "owner", "day", "basis", "granted", "remaining")
_KEPT = ("member", "parent", "hangs")
"""Columns that are written in any case; others that are missing are zeros."""
_CELL = ("member", "day", "label", "amount", "entries")
_TAG = ("member", "first", "last")


@dataclass
class Snapshot:
    """A snapshot being written by the driver, who has the state, which must be at the day of the close."""

    directory: Path
    state: CloseState
    split: Split
    _written: int = 0

    def write(self) -> None:
        """Write everything but the cells."""
        self.directory.mkdir(parents=True, exist_ok=True)
        below = self.split.below()
        (self.directory / "state.json").write_text(json.dumps(self._common()))
        for part in range(self.split.parts):
            members = self.split.members(part)
            about = {"above_others": bool(below[part]), "leads": part == self.split.parts - 1}
            (self.directory / f"part-{part}.json").write_text(json.dumps(about))
            _write(self._file("members", part), self._members(part, members))
            for book, lots in self.state.lots.items():
                rows = self.split.part[lots.owner] == part
                columns = dict(zip(_LOT, (column[rows] for column in lots.columns()), strict=True))
                columns["owner"] = np.searchsorted(members, columns["owner"]).astype(np.int64)
                _write(self._file(f"lots-{book}", part), columns)
            for number, tag in enumerate(self.state.tags):
                spans = self.state.tags[tag]
                rows = self.split.part[spans.member - 1] == part
                columns = dict(zip(_TAG, (column[rows] for column in spans.columns()), strict=True))
                columns["member"] = np.searchsorted(members, columns["member"] - 1).astype(np.int64) + 1
                _write(self._file(f"tag-{number}", part), columns)

    def write_cells(self, name: str, first: int) -> int:
        """Write the cells of a name from a day on, and return the number of their files."""
        self._written += 1
        cells = self.state.cells.columns(name, first, LAST_DAY)
        together = name.startswith(WAITS)
        part_of = np.concatenate([np.full(1, self.split.parts - 1, dtype=np.int64), self.split.part])
        for part in range(self.split.parts):
            members = self.split.members(part)
            rows = (part_of[cells.member] == part) | (together & (cells.member == 0))
            columns = dict(zip(_CELL, (getattr(cells, each)[rows] for each in _CELL), strict=True))
            of_members = np.searchsorted(members, columns["member"] - 1).astype(np.int64) + 1
            columns["member"] = np.where(columns["member"] == 0, 0, of_members)
            _write(self._file(f"cells-{self._written}", part), columns)
        (self.directory / f"cells-{self._written}.json").write_text(json.dumps(list(cells.texts)))
        return self._written

    def _file(self, name: str, part: int) -> Path:
        return self.directory / f"{name}-{part}.parquet"

    def _common(self) -> dict[str, Any]:
        state = self.state
        assert state.day is not None
        days = [*state.sales, state.day.toordinal()]
        return {
            "day": state.day.toordinal(),
            "size": state.size,
            "platform": [[*key, amount] for key, amount in state.platform.items()],
            "later_platform": [[*key, amount] for key, amount in state.later_platform.items()],
            "sold": [[each, *state.day_sales(date.fromordinal(each))] for each in dict.fromkeys(days)],
            "moves": [int(each) for each in state.changes("")],
            "declared": [[*key, value] for key, value in state.declared.items()],
            "next_lot": state.next_lot,
            "lots": list(state.lots),
            "ladders": list(state.standings),
            "reversals": list(state.reversals),
            "tags": list(state.tags),
            "now": list(state.now),
            "later": list(state.later),
        }

    def _members(self, part: int, members: Column) -> dict[str, Column]:
        state, split = self.state, self.split
        parent = split.parent[members]
        inside = (parent >= 0) & (split.part[parent] == part)
        columns = {
            "member": members,
            "parent": np.where(inside, np.searchsorted(members, parent), -1).astype(np.int64),
            "hangs": np.where(inside, -1, parent),
            "merchant": state.merchant[members].astype(np.int64),
        }
        for name in ("cash", "orders", "later_cash", "later_orders", "joined", "birthday"):
            columns[name] = getattr(state, name)[members]
        for name, books in (("now", state.now), ("later", state.later)):
            columns |= {f"{name}.{book}": column[members] for book, column in books.items()}
        for number, standing in enumerate(state.standings.values()):
            for name, column in zip(_STANDING, standing.columns(), strict=True):
                columns[f"standing.{number}.{name}"] = column[members]
        for number, rule in enumerate(state.reversals):
            columns[f"reversal.{number}"] = state.reversals[rule][members]
        # Many columns of a plan that does not use them are nothing but zeros.
        return {name: column for name, column in columns.items() if name in _KEPT or column.any()}


def read_part(directory: Path, part: int, course: Course[Any]) -> PartState:
    """A part's state, whose questions are asked of the course."""
    common = json.loads((directory / "state.json").read_text())
    about = json.loads((directory / f"part-{part}.json").read_text())
    written = _read(directory / f"members-{part}.parquet")
    zeros = np.zeros(len(written["member"]), dtype=np.int64)
    columns: Mapping[str, Column] = defaultdict(zeros.copy, written)
    sight = Sight(course, columns["member"], common["size"], about["leads"], about["above_others"])
    state = PartState(
        sponsor=columns["parent"],
        merchant=columns["merchant"].astype(np.bool_),
        now={book: columns[f"now.{book}"] for book in common["now"]},
        platform={},
        lots={book: LotColumns(**_read(directory / f"lots-{book}-{part}.parquet")) for book in common["lots"]},
        cash=columns["cash"],
        orders=columns["orders"],
        activity={},
        sales={},
        standings={
            name: StandingColumns(*(columns[f"standing.{number}.{each}"] for each in _STANDING))
            for number, name in enumerate(common["ladders"])
        },
        reversals={rule: columns[f"reversal.{number}"] for number, rule in enumerate(common["reversals"])},
        cells=KeptCells(PartCells(directory, part, course)),
        joined=columns["joined"],
        birthday=columns["birthday"],
        tags={
            tag: TagColumns(**_read(directory / f"tag-{number}-{part}.parquet"))
            for number, tag in enumerate(common["tags"])
        },
        declared={(name, period): value for name, period, value in common["declared"]},
        next_lot=common["next_lot"],
        later={book: columns[f"later.{book}"] for book in common["later"]},
        day=date.fromordinal(common["day"]),
        sight=sight,
        hangs=columns["hangs"],
        sold={each: Purchases(*sold) for each, *sold in common["sold"]},
        moves=common["moves"],
        platform_before=_keyed(common["platform"]),
    )
    state.later_platform.update(_keyed(common["later_platform"]))
    state.later_cash, state.later_orders = columns["later_cash"], columns["later_orders"]
    return state


@dataclass(frozen=True)
class PartCells:
    """The cells of a part's members, which the driver is asked to write where nobody has asked for them yet."""

    directory: Path
    part: int
    course: Course[Any]

    def columns(self, name: str, first: int, last: int) -> CellColumns:
        """See ColumnSource; what is everybody's is with the part that leads."""
        question = Question(0, Kind.CELLS, f"{first}:{name}")
        self.course.give(question, None)
        number = self.course.answer(question)
        columns = _read(self.directory / f"cells-{number}-{self.part}.parquet")
        texts = json.loads((self.directory / f"cells-{number}.json").read_text())
        found = CellColumns(**columns, texts=tuple(texts))
        return found.take((found.day >= first) & (found.day <= last))


def asked_for(question: Question) -> tuple[str, int]:
    """The name and the first day of the cells that a question is about."""
    first, _, name = question.text.partition(":")
    return name, int(first)


def _keyed(rows: list[list[int]]) -> Mapping[tuple[int, int], int]:
    return {(book, holder): amount for book, holder, amount in rows}


def _write(path: Path, columns: Mapping[str, Column]) -> None:
    arrays = {name: pa.array(np.ascontiguousarray(column)) for name, column in columns.items()}
    parquet.write_table(pa.table(arrays), path, compression="none", use_dictionary=False, write_statistics=False)


def _read(path: Path) -> dict[str, Column]:
    table = parquet.read_table(path)
    return {name: np.array(table[name].to_numpy(), dtype=np.int64) for name in table.column_names}
