"""The stages of a plan's day close, in their order. Those who do the work tell of each one as it begins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from rewards.interpreter.close import PERIOD_OF
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.plan.model import Compartment, Plan
from rewards.plan.triggers import CLOSES, Trigger
from rewards.plan.windows import ends_period
from rewards.services.closing_columns import looks_at_people
from rewards.services.closing_progress import READING, WORKING_OUT, WRITING, Step


def book_name(plan: Plan, own: int) -> str:
    """What the log calls a book: its asset, and its compartment where that is not what can be spent."""
    asset, compartment = plan.books[own]
    return asset.name if compartment is Compartment.AVAILABLE else f"{asset.name} {compartment.value}"


def stages_of(plan: Plan, day: date, *, reading: bool, here: bool) -> Iterator[Step]:
    """The stages of a close.

    `reading`: the columns are not at hand; `here`: it is worked out in this process, which tells of each rule.
    """
    if reading:
        yield from _reading(plan)
    yield from _working_out(plan, day) if here else [Step(WORKING_OUT, "rules")]
    yield from _writing(plan)


def _reading(plan: Plan) -> Iterator[Step]:
    yield Step(READING, "members")
    yield from (Step(READING, "balances", book_name(plan, own)) for own in range(len(plan.books)))
    yield from (Step(READING, name) for name in ("totals", "refunds", "later-days"))
    if _has_lots(plan):
        yield Step(READING, "lots")
    yield from (Step(READING, "levels", ladder.name) for ladder in plan.held_ladders)
    yield from (Step(READING, "tags", name) for name in plan.tags)
    yield Step(READING, "trees")
    if looks_at_people(plan):
        yield Step(READING, "people")


def _working_out(plan: Plan, day: date) -> Iterator[Step]:
    yield Step(WORKING_OUT, "day")
    for trigger in (Trigger.LEVEL_REACHED, *CLOSES):
        if trigger not in PERIOD_OF or ends_period(PERIOD_OF[trigger], day):
            yield from (Step(WORKING_OUT, "rule", rule.id) for rule in plan.rules_on(trigger))
    yield Step(WORKING_OUT, "end")


def _writing(plan: Plan) -> Iterator[Step]:
    names = {
        "transfers": True,
        "new-lots": _has_lots(plan),
        "levels": bool(plan.held_ladders),
        "cells": True,
        "notes": True,
        "tags": bool(plan.tags),
        "balances": True,
        "lots": _has_lots(plan),
        "commit": True,
    }
    yield from (Step(WRITING, name) for name, there in names.items() if there)


def rows_to_write(outcome: CloseOutcome) -> Mapping[Step, int]:
    """How many rows the stages of writing will have, about."""
    moved = sum(len(block.quantity) for block in outcome.blocks)
    rows = {
        "transfers": moved,
        "new-lots": sum(len(new.id) for new in outcome.lots),
        "levels": sum(len(change.member) for change in outcome.levels),
        "cells": sum(len(block.cells.member) for block in outcome.cells),
        "notes": sum(len(cut.member) for cut in outcome.cuts) + sum(len(each.member) for each in outcome.notices),
        "tags": sum(len(block.columns()[0]) for block in outcome.tags),
        "balances": 2 * moved,
        "lots": sum(len(block.quantity) for block in outcome.blocks if block.lot is not None),
    }
    return {Step(WRITING, name): count for name, count in {**rows, "commit": moved}.items()}


def _has_lots(plan: Plan) -> bool:
    return any(asset.lots is not None for asset in plan.assets.values())
