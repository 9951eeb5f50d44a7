"""Putting a day close on record: its event, transfers, lots, standings, cells, cuts, notices and tags."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Connection

from rewards.actions.base import Column
from rewards.interpreter.cell_columns import joined_cells
from rewards.interpreter.close_outcome import Block, CellBlock, CloseOutcome, LevelChange
from rewards.interpreter.periods import format_period
from rewards.interpreter.state import BUILT_IN_RULES, LAST_DAY, Standing
from rewards.ledger import close_parts, closes, events, levels, lots, notes, tags, tallies
from rewards.services.binding import Binding
from rewards.services.closing_progress import WRITING, Course
from rewards.services.recorded import HELD
from rewards.services.source import level_row

KIND = "close"


def put_on_record(
    tx: Connection,
    binding: Binding,
    outcome: CloseOutcome,
    seq: int,
    day: date,
    now: datetime,
    approved: Collection[str],
    course: Course,
) -> None:
    """Write all that a close leaves behind but the balances and lots it has changed, which the next may change again.

    `approved` are the caps that somebody has let it exceed.
    """
    plan = binding.plan
    course.begin(WRITING, "transfers")
    body: dict[str, Any] = {"plan": plan.name, "day": day.isoformat(), "version": plan.digest}
    if approved:
        body["approve"] = sorted(approved)
    payload = events.canonical(body)
    id = f"{plan.name}:{day.isoformat()}"
    events.add(tx, [events.Event(seq, KIND, id, None, now, now, payload, events.fingerprint(payload))])
    kept: dict[str, object] = {**outcome.trace}
    if outcome.fallen:
        # Every ladder falls once a close, when its rules have run.
        kept[HELD] = {
            each.ladder: list(zip(each.member.tolist(), each.level.tolist(), strict=True)) for each in outcome.fallen
        }
    trace = json.dumps(kept, separators=(",", ":"), ensure_ascii=False, default=int)
    events.book(tx, [events.Booking(seq, binding.plan_id, binding.version.id, day, trace)])
    if outcome.blocks:
        close_parts.add(tx, seq, _moved(binding, outcome.blocks))
        course.count(sum(len(block.quantity) for block in outcome.blocks))
    if any(asset.lots is not None for asset in plan.assets.values()):
        course.begin(WRITING, "new-lots")
        course.count(_write_new_lots(tx, binding, outcome, seq))
    if plan.held_ladders:
        course.begin(WRITING, "levels")
        course.count(_write_standings(tx, binding, outcome.levels, seq, day))
    course.begin(WRITING, "cells")
    course.count(_write_cells(tx, binding, outcome.cells))
    course.begin(WRITING, "notes")
    course.count(_write_notes(tx, binding, outcome, seq))
    if plan.tags:
        course.begin(WRITING, "tags")
        course.count(_write_tags(tx, outcome, seq))
    closes.add(tx, closes.ClosedDay(binding.plan_id, day, seq, json.dumps(_summary(binding, outcome))))


def _moved(binding: Binding, blocks: list[Block]) -> close_parts.Moved:
    """All blocks in the order of members; of one member in the order in which the rules moved them."""
    flows: dict[close_parts.Flow, int] = {}
    members, flow, amounts, lot_ids = [], [], [], []
    for block in blocks:
        size = len(block.quantity)
        concerned, flow_of_block = _flow(binding, block)
        number = flows.setdefault(flow_of_block, len(flows))
        members.append(concerned if isinstance(concerned, np.ndarray) else np.full(size, concerned, dtype=np.int64))
        flow.append(np.full(size, number, dtype=np.int64))
        amounts.append(block.quantity)
        lot_ids.append(np.zeros(size, dtype=np.int64) if block.lot is None else block.lot)
    member = np.concatenate(members)
    order = np.argsort(member, kind="stable")
    columns = (np.concatenate(each)[order] for each in (flow, amounts, lot_ids))
    return close_parts.Moved(list(flows), member[order], *columns)


def _flow(binding: Binding, block: Block) -> tuple[Column | int, close_parts.Flow]:
    """Under whom the transfers of a block are filed, and what they have in common."""
    source, target = block.source, block.target
    of_members = [each for each in (source, target) if isinstance(each, np.ndarray)]
    if len(of_members) == 2 and not np.array_equal(of_members[0], of_members[1]):
        raise ValueError("a close moves between a member's own accounts, or between a member and the platform")
    holders = [
        close_parts.THE_MEMBER if isinstance(each, np.ndarray) else binding.holder(each) for each in (source, target)
    ]
    flow = close_parts.Flow(
        binding.rule_ids[block.rule],
        binding.books[block.source_book],
        holders[0],
        binding.books[block.target_book],
        holders[1],
    )
    return of_members[0] if of_members else 0, flow


def _write_new_lots(tx: Connection, binding: Binding, outcome: CloseOutcome, seq: int) -> int:
    for new in outcome.lots:
        lots.add_columns(
            tx,
            id=new.id,
            book_id=binding.books[new.book],
            member=new.member,
            event_seq=seq,
            rule_id=binding.rule_ids[new.rule],
            day=new.day,
            basis=new.basis,
            granted=new.granted,
        )
    return sum(len(new.id) for new in outcome.lots)


def _write_standings(tx: Connection, binding: Binding, changes: list[LevelChange], seq: int, day: date) -> int:
    # Somebody may have fallen and risen in one close: the last word counts.
    rows: dict[tuple[str, int], levels.Level] = {}
    for change in changes:
        columns = (change.member, change.level, change.highest, change.since, change.until)
        for ordinal, *standing in zip(*(column.tolist() for column in columns), strict=True):
            row = level_row(binding.plan_id, change.ladder, ordinal, seq, day, Standing(*standing))
            rows[change.ladder.name, ordinal] = row
    levels.add(tx, list(rows.values()))
    return len(rows)


def _write_cells(tx: Connection, binding: Binding, blocks: list[CellBlock]) -> int:
    written = 0
    by_name: dict[str, list[CellBlock]] = {}
    for block in blocks:
        by_name.setdefault(block.name, []).append(block)
    for name in sorted(by_name):
        cells = joined_cells([block.cells for block in by_name[name]]).summed()
        tallies.add_columns(
            tx,
            binding.plan_id,
            name,
            tallies.Cells(cells.member, cells.day, cells.label, cells.amount, cells.entries, cells.texts),
        )
        written += len(cells.member)
    return written


def _write_notes(tx: Connection, binding: Binding, outcome: CloseOutcome, seq: int) -> int:
    cuts = [
        notes.Cut(seq, binding.plan_id, cut.cap, binding.rule_ids[cut.rule], ordinal, quantity)
        for cut in outcome.cuts
        for ordinal, quantity in zip(cut.member.tolist(), cut.quantity.tolist(), strict=True)
    ]
    notes.add_cuts(tx, cuts)
    for each in outcome.notices:
        notes.add_notices(tx, seq, binding.plan_id, each.asset, each.member, each.quantity, each.last_day)
    return len(cuts) + sum(len(each.member) for each in outcome.notices)


def _write_tags(tx: Connection, outcome: CloseOutcome, seq: int) -> int:
    # Two rules may have given one member the same tag: the last word counts.
    given: dict[tuple[int, str], tags.Tag] = {}
    for block in outcome.tags:
        for ordinal, first, last in zip(*(column.tolist() for column in block.columns()), strict=True):
            until = date.fromordinal(last) if last < LAST_DAY else None
            given[ordinal, block.tag] = tags.Tag(seq, ordinal, block.tag, date.fromordinal(first), until)
    tags.add(tx, given.values())
    return len(given)


def _summary(binding: Binding, outcome: CloseOutcome) -> dict[str, Any]:
    """What each rule moved of each asset: quantities in smallest units as texts, and how many transfers.

    Beside it the rules that wait for a parameter, where there are any.
    """
    moved: dict[tuple[str, str], tuple[int, int]] = {}
    for block in outcome.blocks:
        key = (_rule_name(binding, block.rule), binding.plan.books[block.source_book][0].name)
        quantity, count = moved.get(key, (0, 0))
        moved[key] = (quantity + int(block.quantity.sum()), count + len(block.quantity))
    summary: dict[str, Any] = {
        "transfers": sum(count for _, count in moved.values()),
        "moved": [[rule, asset, str(quantity), count] for (rule, asset), (quantity, count) in moved.items()],
    }
    if outcome.waiting:
        summary["waiting"] = [
            [each.rule, each.parameter, _period(binding, each.parameter, each.period)] for each in outcome.waiting
        ]
    return summary


def _rule_name(binding: Binding, index: int) -> str:
    return BUILT_IN_RULES[index].lstrip("#") if index < 0 else binding.plan.rules[index].id


def _period(binding: Binding, parameter: str, first: int) -> str:
    span = binding.plan.parameters[parameter].declared
    assert span is not None
    return format_period(span, date.fromordinal(first))
