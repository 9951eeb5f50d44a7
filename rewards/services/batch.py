"""Events taken in one unit: interpreted one after the other in memory, written together at the end.

The working state of each plan lives as long as the batch. An event is booked under every plan it concerns, or, when one
plan refuses it, under none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from rewards.interpreter.exits import ExitQueue
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import exit_queues, interpret, revoke
from rewards.interpreter.state import State
from rewards.interpreter.tally import Cell
from rewards.ledger import (
    balances,
    direct,
    events,
    locks,
    members,
    numbers,
    refunds,
    tags,
)
from rewards.plan.events import Event
from rewards.plan.model import Rule
from rewards.services import exits, recount
from rewards.services.beside import BesideSource, BesideState, NeedsAlone
from rewards.services.binding import Binding
from rewards.services.source import LedgerSource, News, span_of
from rewards.services.unwritten import Booked, Unwritten
from rewards.tuples import new_tuple


@dataclass
class Working:
    """The working state of one plan version."""

    binding: Binding
    source: LedgerSource
    state: State
    queues: dict[str, tuple[Rule, ExitQueue]]


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
        self._unwritten = Unwritten()

    def working(self, binding: Binding) -> Working:
        """The working state of a plan version.

        When another version of the plan was at work, what it did is written first.
        """
        found = self._working.get(binding.plan_id)
        if found is not None:
            if found.binding is binding or found.binding.version.id == binding.version.id:
                return found
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

    def meet(self, roles: Mapping[int, tuple[int, bool]]) -> None:
        """Take note of what was read of members already: their sponsors (0: none), and who is a merchant."""
        self._news.roles.update(roles)

    def prefetch(self, binding: Binding, of: Collection[int], day: date, kind: str) -> None:
        """Read what interpreting events of a kind and of these members, booked to about a day, will need."""
        working = self.working(binding)
        working.source.prefetch(of, binding.looked_at[kind])
        working.source.fill(working.state.books)
        working.source.prefetch_counts(of, day)

    @property
    def next_seq(self) -> int:
        """The number of the event that is recorded next; whoever works beside this unit gets the ones after it."""
        if not self._next_seq:
            with direct.together(self.tx) if self._held is not None else nullcontext():
                locks.hold_numbers(self.tx)
                following = numbers.send_following(self.tx)
            self._next_seq, self._next_lot = following()
            self._unwritten_from = self._next_seq
        return self._next_seq

    def join(self, member: members.Member) -> None:
        """Somebody joins by the event that is recorded next; events taken from now on know them."""
        self._unwritten.members.append(member)
        self._news.join(member)

    def tag(self, given: tags.Tag) -> None:
        """Somebody is given a tag by an event; events taken from now on know of it."""
        self._unwritten.tags[given[:3]] = given
        self._news.tags.setdefault(given.member, {})[given.name] = span_of(given)

    def take(self, under: list[tuple[Binding, date, Event]], undo: Mapping[int, Undo] | None = None) -> list[Booked]:
        """Interpret one event under each of these plan versions. Raises Refused, leaving no trace of the event.

        A refund needs, for each version's id, what its order did.
        """
        done: list[Booked] = []
        # Found first: another version of a plan makes the batch write what it has so far, and nothing half done may be
        # in that.
        at_work = [self.working(binding) for binding, _, _ in under]
        try:
            for working, (binding, day, event) in zip(at_work, under, strict=True):
                undone = undo[binding.version.id] if undo else None
                outcome = interpret(working.state, working.queues, event, day, undone)
                done.append(new_tuple(Booked, (binding, day, outcome)))
        except BaseException:
            for working, booked, (_, _, event) in reversed(list(zip(at_work, done, under, strict=False))):
                revoke(working.state, working.queues, event, booked.outcome)
            raise
        return done

    def note(
        self, kind: str, id: str, member: int | None, at: datetime, payload: str, fingerprint: str | None = None
    ) -> int:
        """Put an event on record that concerns no plan and nobody's statement; returns its number."""
        seq = self.next_seq
        self._next_seq += 1
        fingerprint = fingerprint or events.fingerprint(payload)
        row = (seq, kind, id, member, at, self.now, payload, fingerprint, None)
        self._unwritten.events.append(new_tuple(events.Event, row))
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
        for one in booked:
            outcome = one.outcome
            for lot in outcome.lots:
                lot.id = self._next_lot
                self._next_lot += 1
            if outcome.tags:
                for tag in self._unwritten.tagged(seq, outcome.tags):
                    self.tag(tag)
        self._unwritten.take(seq, member, booked)
        return seq

    def refund(self, taken: refunds.Refund) -> None:
        """Note which order a recorded event has taken back, and how much of it."""
        self._unwritten.refunds.append(taken)

    def count(self, plan_id: int, new: Iterable[Cell]) -> None:
        """Add to what a plan counts."""
        self._unwritten.count(plan_id, new)

    def flush(self) -> None:
        """Write everything taken so far."""
        single = len(self._unwritten.events) == 1 and not self._unwritten.looks
        with direct.together(self.tx) if single else nullcontext():
            self._unwritten.write(self.tx, self._unwritten_from)
            self._unwritten_from = self._next_seq
            self._write_balances()
        self._unwritten = Unwritten()

    def _write_balances(self) -> None:
        amounts: dict[tuple[int, int], int] = {}
        changes: dict[tuple[int, int], int] = {}
        settled: dict[tuple[int, int], int] = {}
        for working in self._working.values():
            changed, brought = self._changed_balances(working), working.source.settled
            amounts.update(changed)
            settled.update((account, brought[account]) for account in changed if account in brought)
            changes.update(self._added_balances(working))
            exits.write(self.tx, working.binding, working.queues)
            working.source.forget_purchases(working.state.written())
        balances.put(self.tx, amounts, settled)
        balances.add(self.tx, changes)

    def _changed_balances(self, working: Working) -> dict[tuple[int, int], int]:
        state, binding = working.state, working.binding
        moved = self._unwritten.transfers
        touched = {(each[4], each[5]) for each in moved} | {(each[6], each[7]) for each in moved}
        # An event may be booked under several plans; the books tell what is this one's.
        books = {book: state.books[own] for book, own in binding.own_books.items()}
        own = ((book, of, of if of > 0 else binding.own_holder(of)) for book, of in touched if book in books)
        # Whoever works beside others only knows what is added to the platform's.
        return {(book, of): books[book][mine] for book, of, mine in own if mine in books[book]}

    def _added_balances(self, working: Working) -> dict[tuple[int, int], int]:
        if not isinstance(working.state, BesideState):
            return {}
        added = {
            (working.binding.books[book], working.binding.holder(holder)): quantity
            for (book, holder), quantity in working.state.added.items()
        }
        working.state.added.clear()
        return added
