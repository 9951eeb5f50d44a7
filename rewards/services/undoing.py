"""What an event on record has done under a plan version, as far as undoing it needs to know."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.state import CLAIM_RULE, Lot, Transfer
from rewards.interpreter.tally import Cell, good_until
from rewards.ledger import events, transfers
from rewards.services.binding import Binding

UNITS = "#units"
"""Where a booking's trace keeps which units of expiring assets its transfers have moved."""

Kept = list[tuple[int, int, int, int]]
"""For each cell that was changed: which of the plan's transfers (from 0), last day, day it came, change of amount."""


def kept_units(outcome: Outcome) -> Kept:
    """The units an outcome has moved, as a trace keeps them."""
    return [(index, cell.day, int(cell.label), cell.amount) for index, cells in outcome.units.items() for cell in cells]


class Moved(NamedTuple):
    """What rules have moved in an event under a plan version, in the order in which it happened."""

    rules: list[int]
    """The plan's own number of each transfer's rule."""
    stored: list[transfers.Transfer]
    units: dict[int, list[Cell]]
    """The cells of expiring assets that a transfer (its index here) has changed."""

    @property
    def lots(self) -> list[int]:
        """The ids of the lots that were moved."""
        return [each.lot_id for each in self.stored if each.lot_id is not None]

    def transfers(self, binding: Binding, lots: Mapping[int, Lot]) -> tuple[Transfer, ...]:
        """The transfers by the plan's own numbers."""
        return tuple(
            Transfer(
                rule,
                binding.own_books[each.from_book],
                binding.own_holder(each.from_holder),
                binding.own_books[each.to_book],
                binding.own_holder(each.to_holder),
                each.amount,
                None if each.lot_id is None else lots[each.lot_id],
            )
            for rule, each in zip(self.rules, self.stored, strict=True)
        )


def moved(tx: Connection, binding: Binding, booking: events.Booking, direct: Collection[int]) -> Moved:
    """What rules (the plan's own numbers) have moved in a booking under a version."""
    index = {rule_id: own for own, rule_id in binding.rule_ids.items()}
    of_plan = [each for each in transfers.of_event(tx, booking.event_seq) if each.rule_id in index]
    cells: defaultdict[int, list[Cell]] = defaultdict(list)
    found = Moved([], [], {})
    of_plan.sort(key=lambda each: each.number)
    for place, last, came, amount in json.loads(booking.trace).get(UNITS, ()):
        each = of_plan[place]
        asset, _ = binding.plan.books[binding.own_books[each.from_book]]
        member = each.from_holder if amount < 0 else each.to_holder
        cells[place].append(Cell(good_until(asset.name), member, last, str(came), amount, 0))
    for place, each in enumerate(of_plan):
        if index[each.rule_id] in direct:
            if place in cells:
                found.units[len(found.stored)] = cells[place]
            found.rules.append(index[each.rule_id])
            found.stored.append(each)
    return found


def undo_of_claim(tx: Connection, binding: Binding, booking: events.Booking) -> Undo:
    """What there is to undo of a claim: its price, and what it gave."""
    found = moved(tx, binding, booking, {CLAIM_RULE})
    return Undo(found.transfers(binding, {}), {}, (), found.units)
