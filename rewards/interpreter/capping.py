"""Caps and budgets at day closes: what rules may give together, what is cut, and what waits to be cut alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import numpy as np

from rewards.actions.base import Column
from rewards.columns import exact_sum, magnitude, narrowed, proportional
from rewards.errors import Refused
from rewards.interpreter import close_texts  # noqa: F401  (registers the texts of this module)
from rewards.interpreter.close_outcome import CloseOutcome, CutColumns
from rewards.interpreter.measuring_columns import Looking, concerned, flowed, flowed_together
from rewards.interpreter.tally import EVERYBODY
from rewards.money import MAX_AMOUNT, format_amount
from rewards.plan.cap import Cap, Excess
from rewards.plan.model import Asset, Pool, Rule


class Paying(Looking, Protocol):
    """As much of a close as caps need."""

    result: CloseOutcome


@dataclass
class HeldBack:
    """A payment that waits until all the rules of its caps have run."""

    rule: Rule
    asset: Asset
    quantity: Column
    """int64[members], smallest units, before anything is cut; int64[1] where it goes into a pool."""
    caps: set[str]
    """Those that have not cut it yet."""
    pay: Callable[[Column], Column]
    """Pays what it is given as far as the other caps allow, and returns that."""
    pool: Pool | None = None
    """Out of which it is paid, if it is."""

    def __post_init__(self) -> None:
        self.left = self.quantity
        """What of it the caps have left so far."""


def held_back_by(run: Looking, rule: Rule) -> set[str]:
    """The caps that cut all their rules alike and so have a rule's payments wait."""
    return {cap.name for cap in run.plan.caps.values() if cap.excess is Excess.PRO_RATA and rule.id in cap.rules}


def allowed(run: Paying, rule: Rule, asset: Asset, quantity: Column, approved: frozenset[str]) -> Column:
    """How much of a quantity (int64[members]) the caps allow that serve rules in their order.

    Raises Refused when a cap that stops is exceeded and not approved.
    """
    for cap in run.plan.caps.values():
        if rule.id not in cap.rules or cap.excess is Excess.PRO_RATA or not run.state.everybody.anybody(quantity != 0):
            continue
        if cap.excess is Excess.STOP:
            if cap.name not in approved:
                _check(run, cap, asset, quantity)
            continue
        cut = _cut_to(run, quantity, _left(run, cap))
        _note(run, cap, rule, quantity - cut)
        quantity = cut
    return quantity


def cut_alike(run: Paying, cap: Cap, held: Sequence[HeldBack]) -> None:
    """Cut payments that a cap has had wait, all in the same proportion."""
    left = _left(run, cap)
    # Sums of several rules' payments stay far below what a column holds, or paying them would fail.
    if isinstance(left, int):
        wanted = run.state.everybody.total(sum(exact_sum(each.left) for each in held))
        cuts = [_scaled_down(each.left, left, wanted) for each in held]
    else:
        together = reduce(np.add, [each.left for each in held])
        cuts = [_cut_in_proportion(each.left, together, left) for each in held]
    for each, cut in zip(held, cuts, strict=True):
        _note(run, cap, each.rule, each.left - cut)
        each.left = cut


def _left(run: Looking, cap: Cap) -> Column | int:
    """What may still be given on the run's day: for each member, or to everybody together; not below zero."""
    if cap.everybody:
        if not _concerns(run, cap):
            return MAX_AMOUNT
        return max(cap.most.single(run.value) - flowed_together(run, cap.flows, cap.window), 0)
    left: Column = np.maximum(cap.most.column(run.value, run.size) - flowed(run, cap.flows, cap.window), 0)
    return np.where(concerned(run, cap.window), left, MAX_AMOUNT)


def _concerns(run: Looking, cap: Cap) -> bool:
    """Whether the run's day lies in the window of a cap for everybody."""
    first, last = cap.window.reach(run.day)
    return first <= last


def _cut_to(run: Looking, quantity: Column, left: Column | int) -> Column:
    """As much of a quantity (int64[members]) as is left for each member, or for all in proportion, rounded down."""
    if isinstance(left, int):
        wanted = run.state.everybody.total(exact_sum(quantity))
        return quantity if wanted <= left else proportional(left, quantity, wanted)
    return np.minimum(quantity, left, dtype=np.int64)


def _cut_in_proportion(quantity: Column, together: Column, left: Column) -> Column:
    """A quantity's part in what is left for each member of what is wanted together (all int64[members])."""
    cut = quantity.copy()
    over = np.flatnonzero(together > left)
    rows = zip(quantity[over].tolist(), left[over].tolist(), together[over].tolist(), strict=True)
    cut[over] = narrowed([part * most // wanted for part, most, wanted in rows])
    return cut


def _scaled_down(quantity: Column, left: int, wanted: int) -> Column:
    """A quantity's part in what is left of what everybody wants together."""
    if wanted <= left:
        return quantity
    if left * magnitude(quantity) <= MAX_AMOUNT:
        return quantity * left // wanted
    return narrowed([part * left // wanted for part in quantity.tolist()])


def _check(run: Looking, cap: Cap, asset: Asset, quantity: Column) -> None:
    """Raise Refused when a cap that stops would be exceeded."""
    if cap.everybody:
        if not _concerns(run, cap):
            return
        most = cap.most.single(run.value)
        wanted = flowed_together(run, cap.flows, cap.window) + run.state.everybody.total(exact_sum(quantity))
    else:
        limits = np.where(concerned(run, cap.window), cap.most.column(run.value, run.size), MAX_AMOUNT)
        given = flowed(run, cap.flows, cap.window) + quantity
        furthest = _furthest(given, limits)
        over = [(int(given[each] - limits[each]), int(limits[each]), int(given[each])) for each in furthest]
        _, most, wanted = run.state.everybody.largest(max(over, default=(-MAX_AMOUNT, 0, 0)))
    if wanted > most:
        raise Refused(
            "cap.stopped",
            cap=cap.name,
            asset=", ".join(cap.assets),
            wanted=format_amount(wanted, asset.scale),
            most=format_amount(most, asset.scale),
        )


def _furthest(given: Column, limits: Column) -> list[int]:
    """The index of the member who is furthest above their limit, or least below it; nobody's where there is nobody."""
    return [int((given - limits).argmax())] if len(given) else []


def _note(run: Paying, cap: Cap, rule: Rule, cut: Column) -> None:
    """Put down what has been cut, if anything: of each member, or of everybody together."""
    rows = np.flatnonzero(cut)
    if not len(rows):
        return
    if cap.everybody:
        member, quantity = np.array([EVERYBODY], dtype=np.int64), narrowed([exact_sum(cut)])
    else:
        member, quantity = rows + 1, cut[rows]
    run.result.cuts.append(CutColumns(cap.name, rule.index, member, quantity))
