"""A close of everybody and the same close in parts, side by side: what they leave behind must be equal."""

from __future__ import annotations

import copy
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np

from rewards.distributed.engine import InParts
from rewards.distributed.tasks import Here
from rewards.interpreter.cell_columns import joined_cells
from rewards.interpreter.close import close_day
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.plan.model import Plan


def plain(value: Any) -> Any:
    """A value with its arrays as lists, so that it can be compared and read."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def told(outcome: CloseOutcome) -> dict[str, Any]:
    """All that an outcome says; cells as what they add up to, as several may add to the same one."""
    found = {each.name: plain(getattr(outcome, each.name)) for each in fields(outcome) if each.name != "cells"}
    for change in found["levels"]:
        change["ladder"] = change["ladder"]["name"]
    names = sorted({block.name for block in outcome.cells})
    found["cells"] = {
        name: of_cells(joined_cells([block.cells for block in outcome.cells if block.name == name])) for name in names
    }
    return found


def of_cells(cells: Any) -> dict[tuple[int, int, str], tuple[int, int]]:
    """What cells add up to, by member, day and label; nothing where it is nothing."""
    found: dict[tuple[int, int, str], tuple[int, int]] = {}
    columns = (cells.member, cells.day, cells.label, cells.amount, cells.entries)
    for member, day, label, amount, entries in zip(*(column.tolist() for column in columns), strict=True):
        before = found.get((member, day, cells.texts[label]), (0, 0))
        found[member, day, cells.texts[label]] = before[0] + amount, before[1] + entries
    return {key: each for key, each in found.items() if each != (0, 0)}


def held(state: CloseState) -> dict[str, Any]:
    """What a state holds after a close."""
    return {
        "now": {book: plain(column) for book, column in state.now.items() if column.any()},
        "platform": {key: amount for key, amount in state.platform.items() if amount},
        "lots": {book: plain(lots) for book, lots in state.lots.items() if len(lots.id)},
        "standings": {name: plain(each) for name, each in state.standings.items() if (each.highest >= 0).any()},
        "tags": {
            tag: sorted(zip(*plain(list(each.columns())), strict=True))
            for tag, each in state.tags.items()
            if len(each.member)
        },
        "reversals": {rule: plain(column) for rule, column in state.reversals.items() if column.any()},
        "next": state.next_lot,
    }


def in_parts(parts: int = 4) -> InParts:
    """An engine that runs the parts one after the other in this process."""
    return InParts(Here(), parts)


def close_both(
    plan: Plan, state: CloseState, day: date, approved: frozenset[str] = frozenset(), engine: Any = None
) -> CloseOutcome:
    """Close a day in one piece and in parts, and compare; the state is left as the one piece leaves it."""
    other = copy.deepcopy(state)
    try:
        outcome: Any = close_day(plan, state, day, approved)
    except Exception as error:
        outcome = error
    try:
        divided: Any = (engine or in_parts()).close(plan, other, day, approved)
    except Exception as error:
        divided = error
    if isinstance(outcome, Exception) or isinstance(divided, Exception):
        assert (type(divided), str(divided)) == (type(outcome), str(outcome))
        raise outcome
    one, other_one = told(divided), told(outcome)
    for name in one:
        assert one[name] == other_one[name], (name, one[name], other_one[name])
    one, other_one = held(other), held(state)
    for name in one:
        assert one[name] == other_one[name], (name, one[name], other_one[name])
    return divided  # type: ignore[no-any-return]
