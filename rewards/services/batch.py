"""Events taken in one unit: interpreted one after the other in memory, written together at the end.

The working state of each plan lives as long as the batch. An event is booked under every plan it concerns, or, when one
plan refuses it, under none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from rewards.interpreter.exits import ExitQueue
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import exit_queues, interpret, members_of, revoke
from rewards.interpreter.state import LAST_DAY, State, TagSpan, Transfer
from rewards.interpreter.tally import Cell
from rewards.ledger import (
    balances,
    direct,
    events,
    levels,
    locks,
    lots,
    members,
    notes,
    numbers,
    prices,
    refunds,
    sales,
    tags,
    tallies,
    transfers,
)
from rewards.ledger.json_texts import compact
from rewards.plan.events import Event
from rewards.plan.model import Rule
from rewards.services import exits, recount
from rewards.services.beside import BesideSource, BesideState, NeedsAlone
from rewards.services.binding import Binding
from rewards.services.recorded import COUNTED
from rewards.services.source import LedgerSource, News, level_row, span_of
from rewards.services.undoing import UNITS, kept_units


@dataclass
class Working:
    """The working state of one plan version."""

    binding: Binding
    source: LedgerSource
    state: State
    queues: dict[str, tuple[Rule, ExitQueue]]
    moved: list[Transfer] = field(default_factory=list)
    """What has been moved and is not written yet."""


class Booked(NamedTuple):
    """How one event was booked under one plan version."""

    binding: Binding
    day: date
    outcome: Outcome


class Batch:
    """Collects events and their outcomes inside a writing unit; `flush` writes them."""

    def __init__(self, tx: Connection, now: datetime, held: Collection[int] | None = None) -> None:
        """Begin a batch in a unit that works alone or, with the ordinals of the members it holds, beside others."""
        self.tx = tx
        self.now = now
        self._held = held
        self._next_seq = 0
        self._next_lot = 0
        self._unwritten_from = 0
        """The number of the first event that is not written yet."""
        self._working: dict[int, Working] = {}
        self._news = News()
        self._clear()

    def _clear(self) -> None:
        self._events: list[events.Event] = []
        self._bookings: list[events.Booking] = []
        self._participants: set[tuple[int, int]] = set()
        self._transfers: list[transfers.Transfer] = []
        self._lots: list[lots.Lot] = []
        self._sales: list[sales.Sale] = []
        self._prices: list[prices.Price] = []
        self._cut_lots: dict[int, lots.Lot] = {}
        self._refunds: list[refunds.Refund] = []
        self._reversals: list[refunds.Reversal] = []
        self._members: list[members.Member] = []
        self._tags: dict[tuple[int, int, str], tags.Tag] = {}
        self._cells: dict[int, dict[tallies.Key, tallies.Counted]] = {}
        self._levels: dict[tuple[int, str, int, int], levels.Level] = {}
        self._cuts: list[notes.Cut] = []

    def working(self, binding: Binding) -> Working:
        """The working state of a plan version.

        When another version of the plan was at work, what it did is written first.
        """
        found = self._working.get(binding.plan_id)
        if found is None or found.binding.version.id != binding.version.id:
            if found is not None:
                self.flush()
            source, state = self._alone(binding) if self._held is None else self._beside(binding, self._held)
            found = self._working[binding.plan_id] = Working(binding, source, state, exit_queues(state))
        return found

    def _alone(self, binding: Binding) -> tuple[LedgerSource, State]:
        exits.take_over(self.tx, binding)
        recount.take_over(self.tx, binding)
        source = LedgerSource(self.tx, binding, self._news)
        return source, State(binding.plan, source)

    def _beside(self, binding: Binding, held: Collection[int]) -> tuple[LedgerSource, State]:
        if exits.watched_books(binding.plan) or recount.is_due(self.tx, binding):
            raise NeedsAlone
        source = BesideSource(self.tx, binding, self._news, held)
        return source, BesideState(binding.plan, source)

    def prefetch(self, binding: Binding, of: set[int], day: date) -> None:
        """Read what interpreting events of these members, booked to about a day, will need."""
        working = self.working(binding)
        working.source.prefetch(of)
        working.source.prefetch_counts(of, day)

    @property
    def next_seq(self) -> int:
        """The number of the event that is recorded next; whoever works beside this unit gets the ones after it."""
        if not self._next_seq:
            locks.hold_numbers(self.tx)
            self._next_seq, self._next_lot = numbers.following(self.tx)
            self._unwritten_from = self._next_seq
        return self._next_seq

    def join(self, member: members.Member) -> None:
        """Somebody joins by the event that is recorded next; events taken from now on know them."""
        self._members.append(member)
        self._news.join(member)

    def tag(self, given: tags.Tag) -> None:
        """Somebody is given a tag by an event; events taken from now on know of it."""
        self._tags[given[:3]] = given
        self._news.tags.setdefault(given.member, {})[given.name] = span_of(given)

    def take(self, under: list[tuple[Binding, date, Event]], undo: Mapping[int, Undo] | None = None) -> list[Booked]:
        """Interpret one event under each of these plan versions. Raises Refused, leaving no trace of the event.

        A refund needs, for each version's id, what its order did.
        """
        done: list[tuple[Working, Booked]] = []
        # Found first: another version of a plan makes the batch write what it has so far, and nothing half done may be
        # in that.
        at_work = [self.working(binding) for binding, _, _ in under]
        try:
            for working, (binding, day, event) in zip(at_work, under, strict=True):
                undone = undo[binding.version.id] if undo else None
                outcome = interpret(working.state, working.queues, event, day, undone)
                done.append((working, Booked(binding, day, outcome)))
        except BaseException:
            for (working, booked), (_, _, event) in zip(reversed(done), reversed(under[: len(done)]), strict=True):
                revoke(working.state, working.queues, event, booked.outcome)
            raise
        return [booked for _, booked in done]

    def note(
        self, kind: str, id: str, member: int | None, at: datetime, payload: str, fingerprint: str | None = None
    ) -> int:
        """Put an event on record that concerns no plan and nobody's statement; returns its number."""
        seq = self.next_seq
        self._next_seq += 1
        fingerprint = fingerprint or events.fingerprint(payload)
        self._events.append(events.Event(seq, kind, id, member, at, self.now, payload, fingerprint))
        return seq

    def record(
        self,
        kind: str,
        id: str,
        member: int | None,
        at: datetime,
        payload: str,
        booked: list[Booked],
        fingerprint: str | None = None,
    ) -> int:
        """Put an interpreted event on record; returns its number. The payload's fingerprint if it is known already."""
        seq = self.note(kind, id, member, at, payload, fingerprint)
        people = {member} if member else set()
        number = 0
        for one in booked:
            number = self._record_booking(seq, one, number)
            people |= members_of(one.outcome.transfers)
            if one.outcome.tags:
                people |= {each for each, _ in one.outcome.tags}
        for each in people:
            self._participants.add((each, seq))
        return seq

    def _record_booking(self, seq: int, one: Booked, number: int) -> int:
        """Put what one plan has done on record; transfers are numbered on from `number` within the event."""
        binding, day, outcome = one
        version = binding.version
        plan_id = version.plan_id
        self._bookings.append(events.Booking(seq, plan_id, version.id, day, _trace(outcome)))
        for lot in outcome.lots:
            lot.id = self._next_lot
            self._next_lot += 1
            self._lots.append(
                lots.Lot(
                    lot.id,
                    binding.books[lot.book],
                    lot.member,
                    seq,
                    binding.rule_ids[lot.rule],
                    day,
                    lot.basis,
                    lot.granted,
                    lot.remaining,
                )
            )
        if outcome.cut_lots or outcome.reversals:
            self._record_refund(seq, one)
        if outcome.cells or outcome.standings or outcome.cuts:
            self._record_counts(seq, one)
        if outcome.tags:
            self._record_tags(seq, outcome.tags)
        self._working[plan_id].moved += outcome.transfers
        rule_ids, books, holder = binding.rule_ids, binding.books, binding.holder
        for place, moved in enumerate(outcome.transfers, number + 1):
            rule, source_book, source, target_book, target, quantity, into = moved
            self._transfers.append(
                transfers.Transfer(
                    seq,
                    concerns(moved),
                    place,
                    rule_ids[rule],
                    books[source_book],
                    source if source > 0 else holder(source),
                    books[target_book],
                    target if target > 0 else holder(target),
                    quantity,
                    None if into is None else into.id,
                )
            )
        if outcome.sale is not None:
            buyer = self._events[-1].member
            assert buyer is not None
            self._sales.append(sales.Sale(seq, plan_id, buyer, day, *outcome.sale))
        for asset, (numerator, denominator) in outcome.prices.items():
            self._prices.append(prices.Price(plan_id, asset, seq, day, numerator, denominator))
        return number + len(outcome.transfers)

    def _record_refund(self, seq: int, one: Booked) -> None:
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

    def refund(self, taken: refunds.Refund) -> None:
        """Note which order a recorded event has taken back, and how much of it."""
        self._refunds.append(taken)

    def count(self, plan_id: int, new: Iterable[Cell]) -> None:
        """Add to what a plan counts."""
        for name, member, day, label, amount, entries in new:
            cells, key = self._cells.setdefault(plan_id, {}), tallies.Key(name, member, day, label)
            before = cells.get(key, tallies.Counted(0, 0))
            cells[key] = tallies.Counted(before.amount + amount, before.entries + entries)

    def _record_tags(self, seq: int, given: Mapping[tuple[int, str], TagSpan]) -> None:
        """The tags that rules have given; those of two plans may have given the same one, which then lasts longer."""
        for (member, name), days in given.items():
            if (seq, member, name) in self._tags:
                days = span_of(self._tags[seq, member, name]).lengthened(days)
            last = date.fromordinal(days.last) if days.last < LAST_DAY else None
            self.tag(tags.Tag(seq, member, name, date.fromordinal(days.first), last))

    def _record_counts(self, seq: int, one: Booked) -> None:
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

    def flush(self) -> None:
        """Write everything taken so far."""
        looks = self._members or self._tags or self._cut_lots or self._refunds or self._reversals or self._cells
        if len(self._events) == 1 and not looks:
            with direct.together(self.tx):
                self._flush()
        else:
            self._flush()

    def _flush(self) -> None:
        if self._events:
            events.add(self.tx, self._events, self._unwritten_from)
            self._unwritten_from = self._next_seq
            members.add(self.tx, self._members)
            tags.add(self.tx, self._tags.values())
            events.book(self.tx, self._bookings)
            events.participate(self.tx, self._participants)
            lots.add(self.tx, self._lots)
            transfers.add(self.tx, sorted(self._transfers))
            sales.add(self.tx, self._sales)
            prices.add(self.tx, self._prices)
            lots.set_terms(self.tx, list(self._cut_lots.values()))
            refunds.add(self.tx, self._refunds)
            refunds.add_reversals(self.tx, self._reversals)
            for plan_id, cells in self._cells.items():
                tallies.add(self.tx, plan_id, cells)
            levels.add(self.tx, list(self._levels.values()))
            notes.add_cuts(self.tx, self._cuts)
        amounts: dict[tuple[int, int], int] = {}
        changes: dict[tuple[int, int], int] = {}
        settled: dict[tuple[int, int], int] = {}
        for working in self._working.values():
            amounts.update(self._changed_balances(working))
            settled.update(working.source.settled)
            changes.update(self._added_balances(working))
            exits.write(self.tx, working.binding, working.queues)
        balances.put(self.tx, amounts, settled)
        balances.add(self.tx, changes)
        self._clear()

    def _changed_balances(self, working: Working) -> dict[tuple[int, int], int]:
        known, books, ledgers = working.state.balances, working.binding.books, working.binding.holder
        touched = set()
        for _, source_book, source, target_book, target, _, _ in working.moved:
            touched.add((source_book, source))
            touched.add((target_book, target))
        working.moved.clear()
        touched &= known.keys()  # whoever works beside others only knows what is added to the platform's
        return {
            (books[book], holder if holder > 0 else ledgers(holder)): known[book, holder] for book, holder in touched
        }

    def _added_balances(self, working: Working) -> dict[tuple[int, int], int]:
        if not isinstance(working.state, BesideState):
            return {}
        added = {
            (working.binding.books[book], working.binding.holder(holder)): quantity
            for (book, holder), quantity in working.state.added.items()
        }
        working.state.added.clear()
        return added


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
