"""What the last step of a case has done, event or close: what moved, was cut, announced and awaited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from rewards.actions.base import Column
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.plan.model import Asset, Compartment, Plan

LastOutcome = Outcome | CloseOutcome | None
Quantities = Mapping[tuple[int, int], tuple[Asset, int]]
"""(rule, holder) to the last asset concerned and how many smallest units of it."""


class _Move(NamedTuple):
    """A transfer, its lot left out."""

    rule: int
    source_book: int
    source: int
    target_book: int
    target: int
    quantity: int


def moved(plan: Plan, outcome: LastOutcome) -> Quantities:
    """What rules have moved to members and pools. Nobody receives a debt, nor what a close puts back into lots."""
    closed = isinstance(outcome, CloseOutcome)
    found: dict[tuple[int, int], tuple[Asset, int]] = {}
    for move in _moves(outcome):
        asset, compartment = plan.books[move.target_book]
        put_back = closed and compartment is Compartment.LOCKED and move.source == move.target
        if compartment is not Compartment.DEBT and not put_back:
            _add(found, move.rule, move.target, asset, move.quantity)
    return found


def taken(plan: Plan, outcome: LastOutcome) -> Quantities:
    """What rules have taken of what members had available, for anybody else."""
    found: dict[tuple[int, int], tuple[Asset, int]] = {}
    for move in _moves(outcome):
        asset, compartment = plan.books[move.source_book]
        if compartment is Compartment.AVAILABLE and move.source > 0 and move.source != move.target:
            _add(found, move.rule, move.source, asset, move.quantity)
    return found


def _add(found: dict[tuple[int, int], tuple[Asset, int]], rule: int, holder: int, asset: Asset, quantity: int) -> None:
    _, before = found.get((rule, holder), (asset, 0))
    found[rule, holder] = (asset, before + quantity)


def _moves(outcome: LastOutcome) -> Iterator[_Move]:
    if isinstance(outcome, CloseOutcome):
        for block in outcome.blocks:
            size = len(block.quantity)
            rows = zip(_each(block.source, size), _each(block.target, size), block.quantity.tolist(), strict=True)
            for source, target, quantity in rows:
                yield _Move(block.rule, block.source_book, source, block.target_book, target, quantity)
    elif outcome is not None:
        for transfer in outcome.transfers:
            yield _Move(*transfer[:6])


def _each(holder: Column | int, size: int) -> list[int]:
    found: list[int] = np.broadcast_to(np.asarray(holder), (size,)).tolist()
    return found


def cut(outcome: LastOutcome) -> Mapping[str, Mapping[int, int]]:
    """What caps have cut off: cap to member (0: everybody together) to smallest units."""
    found: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    if isinstance(outcome, CloseOutcome):
        for block in outcome.cuts:
            for member, quantity in zip(block.member.tolist(), block.quantity.tolist(), strict=True):
                found[block.cap][member] += quantity
    elif outcome is not None:
        for each in outcome.cuts:
            found[each.cap][each.member] += each.quantity
    return found


def notices(outcome: LastOutcome) -> Mapping[tuple[int, str], Mapping[int, int]]:
    """What members were told is about to expire: (member, asset) to the last day (ordinal) to smallest units."""
    found: dict[tuple[int, str], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for block in outcome.notices if isinstance(outcome, CloseOutcome) else ():
        for member, quantity in zip(block.member.tolist(), block.quantity.tolist(), strict=True):
            found[member, block.asset][block.last_day] += quantity
    return found


def waiting(outcome: LastOutcome) -> list[str]:
    """The rules that wait for a declaration since the last step, by id, in the order they came to wait."""
    return list(dict.fromkeys(each.rule for each in outcome.waiting)) if isinstance(outcome, CloseOutcome) else []
