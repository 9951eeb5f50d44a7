"""What the events of a batch leave behind, as rows of the ledger, until it is written.

Whatever is called here with a number of an event, and all rows of it, belong to that event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import LAST_DAY, TagSpan, Transfer
from rewards.interpreter.tally import Cell
from rewards.ledger import events, levels, lots, members, notes, prices, refunds, sales, tags, tallies, transfers
from rewards.ledger.json_texts import compact
from rewards.services.binding import Binding
from rewards.services.recorded import COUNTED
from rewards.services.source import level_row, span_of
from rewards.services.undoing import UNITS, kept_units
from rewards.tuples import new_tuple


class Booked(NamedTuple):
    """How one event was booked under one plan version."""

    binding: Binding
    day: date
    outcome: Outcome


_ROWS_OF = 32
"""Of how many events rows are made at a time.

Few functions many times in a row run faster than many in turn; but not when what is kept for them is no longer at hand.
"""


class Unwritten:
    """Rows by table, in the order of the events; what is added up or replaced within a batch by its key."""

    def __init__(self) -> None:
        self._booked: list[tuple[int, int | None, Sequence[Booked]]] = []
        """Events of which there are no rows yet: the number, whose it is, and how it was booked."""
        self.events: list[events.Event] = []
        self.transfers: list[transfers.Transfer] = []
        self.members: list[members.Member] = []
        self.tags: dict[tuple[int, int, str], tags.Tag] = {}
        self.refunds: list[refunds.Refund] = []
        self._bookings: list[events.Booking] = []
        self._participants: list[tuple[int, int]] = []
        self._lots: list[lots.Lot] = []
        self._sales: list[sales.Sale] = []
        self._prices: list[prices.Price] = []
        self._cut_lots: dict[int, lots.Lot] = {}
        self._reversals: list[refunds.Reversal] = []
        self._cells: dict[int, dict[tallies.Key, tallies.Counted]] = {}
        self._levels: dict[tuple[int, str, int, int], levels.Level] = {}
        self._cuts: list[notes.Cut] = []

    @property
    def looks(self) -> bool:
        """Whether writing it asks the database something, or how many rows it has found."""
        self._make_rows()
        read = (self.members, self.tags, self.refunds, self._cut_lots, self._reversals, self._cells)
        return any(map(bool, read))

    def write(self, tx: Connection, first: int) -> None:
        """Write it all; `first` is the number of its first event."""
        self._make_rows()
        if not self.events:
            return
        events.add(tx, self.events, first)
        members.add(tx, self.members)
        tags.add(tx, self.tags.values())
        events.book(tx, self._bookings)
        events.participate(tx, self._participants)
        lots.add(tx, self._lots)
        transfers.add(tx, self.transfers)
        sales.add(tx, self._sales)
        prices.add(tx, self._prices)
        if self._cut_lots:
            lots.set_terms(tx, list(self._cut_lots.values()))
        refunds.add(tx, self.refunds)
        refunds.add_reversals(tx, self._reversals)
        for plan_id, cells in self._cells.items():
            tallies.add(tx, plan_id, cells)
        levels.add(tx, list(self._levels.values()))
        notes.add_cuts(tx, self._cuts)

    def take(self, seq: int, member: int | None, booked: Sequence[Booked]) -> None:
        """Note what an event has done, but for tags; `member` is whose it is, if anybody's. Lots have their numbers.

        It appears in the statements of all whom it concerns.
        """
        self._booked.append((seq, member, booked))
        if len(self._booked) == _ROWS_OF:
            self._make_rows()

    def _make_rows(self) -> None:
        for seq, member, booked in self._booked:
            number = 0
            people: set[int] = set()
            for one in booked:
                self._book(seq, member, one)
                number = self._move(seq, member, one, number, people)
                if one.outcome.tags:
                    people |= {each for each, _ in one.outcome.tags}
            if member:
                people.add(member)
            for each in people:
                self._participants.append((each, seq))
        self._booked.clear()

    def _book(self, seq: int, buyer: int | None, one: Booked) -> None:
        """What one plan has done, but for what it has moved."""
        binding, day, outcome = one
        version = binding.version
        plan_id = version.plan_id
        self._bookings.append(new_tuple(events.Booking, (seq, plan_id, version.id, day, _trace(outcome))))
        for lot in outcome.lots:
            assert lot.id is not None
            row = (lot.id, binding.books[lot.book], lot.member, seq, binding.rule_ids[lot.rule], day)
            self._lots.append(lots.Lot(*row, lot.basis, lot.granted, lot.remaining))
        if outcome.cut_lots or outcome.reversals:
            self._refund(seq, one)
        if outcome.cells or outcome.standings or outcome.cuts:
            self._count(seq, one)
        if outcome.sale is not None:
            assert buyer is not None
            cash, points, orders = outcome.sale
            self._sales.append(new_tuple(sales.Sale, (seq, plan_id, buyer, day, cash, points, orders)))
        for asset, (numerator, denominator) in outcome.prices.items():
            self._prices.append(new_tuple(prices.Price, (plan_id, asset, seq, day, numerator, denominator)))

    def _move(self, seq: int, member: int | None, one: Booked, number: int, people: set[int]) -> int:
        """What one plan has moved, numbered on from `number` within the event; answers the last number.

        Adds to `people` whom it concerns besides the member whose event it is. A transfer is filed as `concerns` says.
        """
        binding = one.binding
        rule_ids, books, holders = binding.rule_ids, binding.books, binding.holders
        rows = self.transfers
        for rule, source_book, source, target_book, target, quantity, into in one.outcome.transfers:
            number += 1
            filed = 0
            if target > 0:
                filed = target
                if target != member:
                    people.add(target)
            else:
                target = holders[target]
            if source > 0:
                filed = source
                if source != member:
                    people.add(source)
            else:
                source = holders[source]
            moved = (
                seq, filed, number, rule_ids[rule], books[source_book], source, books[target_book], target,
                quantity, None if into is None else into.id,
            )  # fmt: skip
            rows.append(new_tuple(transfers.Transfer, moved))
        return number

    def _refund(self, seq: int, one: Booked) -> None:
        """What only a refund leaves behind: lots it has cut, and negative releases for the next day close."""
        binding = one.binding
        for lot, _, _ in one.outcome.cut_lots:
            assert lot.id is not None
            self._cut_lots[lot.id] = lots.Lot(
                lot.id, binding.books[lot.book], lot.member, seq, 0, one.day, lot.basis, lot.granted, lot.remaining
            )
        self._reversals += [
            refunds.Reversal(seq, binding.plan_id, rule, member, one.day, quantity)
            for rule, member, quantity in one.outcome.reversals
        ]

    def count(self, plan_id: int, new: Iterable[Cell]) -> None:
        """Add to what a plan counts."""
        for name, member, day, label, amount, entries in new:
            cells, key = self._cells.setdefault(plan_id, {}), tallies.Key(name, member, day, label)
            before = cells.get(key, tallies.Counted(0, 0))
            cells[key] = tallies.Counted(before.amount + amount, before.entries + entries)

    def tagged(self, seq: int, given: Mapping[tuple[int, str], TagSpan]) -> list[tags.Tag]:
        """The tags that rules have given; those of two plans may have given the same one, which then lasts longer."""
        found = []
        for (member, name), days in given.items():
            if (seq, member, name) in self.tags:
                days = span_of(self.tags[seq, member, name]).lengthened(days)
            last = date.fromordinal(days.last) if days.last < LAST_DAY else None
            found.append(tags.Tag(seq, member, name, date.fromordinal(days.first), last))
        return found

    def _count(self, seq: int, one: Booked) -> None:
        """What has been counted, who has come to stand elsewhere, and what caps have cut off."""
        binding, outcome = one.binding, one.outcome
        self.count(binding.plan_id, outcome.cells)
        for ladder, member, standing in outcome.standings:
            row = level_row(binding.plan_id, binding.plan.ladders[ladder], member, seq, one.day, standing)
            self._levels[row[:4]] = row
        self._cuts += [
            notes.Cut(seq, binding.plan_id, each.cap, binding.rule_ids[each.rule], each.member, each.quantity)
            for each in outcome.cuts
        ]


def _trace(outcome: Outcome) -> str:
    """Why an event has done what it has, as JSON."""
    if not outcome.counted and not outcome.units:
        return compact(outcome.trace) if outcome.trace else "{}"
    kept: dict[str, object] = dict(outcome.trace)
    if outcome.counted:
        kept[COUNTED] = outcome.counted
    if outcome.units:
        kept[UNITS] = kept_units(outcome)
    return compact(kept)


def concerns(transfer: Transfer) -> int:
    """The member under whom a transfer is filed: who gives, else who gets, 0 when neither is a member."""
    if transfer.source > 0:
        return transfer.source
    return transfer.target if transfer.target > 0 else 0
