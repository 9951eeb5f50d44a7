"""What there is of a plan in memory: members, balances, lots, and what has happened on days that are not closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rewards.interpreter.expiring import Came
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.placements import TreeInMemory, children_on, no_sponsor, nobody_sponsored, span_on
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import exit_queues
from rewards.interpreter.state import (
    NO_STANDING,
    ExitEntry,
    Lot,
    Person,
    Purchases,
    Standing,
    State,
    TagSpan,
    Transfer,
    Voucher,
)
from rewards.interpreter.tally import Cell
from rewards.plan.events import OrderPaid
from rewards.plan.model import Asset, Plan
from rewards.plan.triggers import Trigger


class MemorySource:
    """A source that knows only what the world was told of its members: who they are, their tags, what was declared.

    All else began with the first event, and is in the state.
    """

    def __init__(self) -> None:
        self.sponsors: list[int] = []
        self.merchants: set[int] = set()
        self.joined: dict[int, int] = {}
        """Days of joining (`date.toordinal()`), as far as known; so with birthdays."""
        self.birthdays: dict[int, int] = {}
        self.tagged: dict[int, dict[str, tuple[TagSpan, ...]]] = defaultdict(dict)
        self.standings: dict[tuple[str, int], Standing] = {}
        """Where members (ladder, member) stand; the state changes it directly."""
        self.declarations: dict[tuple[str, int], str] = {}
        """What was declared of a parameter for the period that begins on a day."""
        self.codes: dict[str, list[Voucher]] = {}
        """Voucher codes of rewards, numbered from 1."""
        self.trees: dict[str, TreeInMemory] = {}
        """The trees, by name, in which somebody was placed."""
        self._below: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._sponsored = 0
        """How many members are in `_below`."""

    def balance(self, book: int, holder: int) -> int:
        """Nothing was there before."""
        return 0

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """Nothing was counted before: all cells are in the state's tally."""
        return ()

    def sponsor(self, member: int) -> int:
        """The ordinal of who sponsored a member when they joined, or 0."""
        return self.sponsors[member - 1]

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        return member in self.merchants

    def person(self, member: int) -> Person:
        """What is known of a member."""
        joined, birthday = self.joined.get(member, 0), self.birthdays.get(member, 0)
        return Person(self.sponsor(member), self.merchant(member), joined, birthday)

    def tags(self, member: int) -> Mapping[str, Sequence[TagSpan]]:
        """The tags a member carries, has carried or will carry; a tag given again replaces what was given before."""
        return self.tagged.get(member, {})

    def standing(self, ladder: str, member: int) -> Standing:
        """Where a member stands on a ladder."""
        return self.standings.get((ladder, member), NO_STANDING)

    def parent(self, tree: str, member: int, day: int) -> int:
        """The member directly above in a tree (empty name: the sponsor tree) at the end of a day, or 0."""
        if tree in self.trees:
            return span_on(self.trees[tree], member, day).parent
        return 0 if tree else self.sponsor(member)

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        """The members directly below at the end of a day, by ordinal, each with the name of the leg (or empty)."""
        if tree in self.trees:
            return children_on(self.trees[tree], member, day)
        return () if tree else self._sponsored_by(member)

    def changes(self, tree: str) -> Sequence[int]:
        """The days (ordinals, ascending) on which somebody was given another place in a tree."""
        return self.trees[tree].changes() if tree in self.trees else ()

    def tree(self, name: str) -> TreeInMemory:
        """The record of a tree, for placing somebody in it."""
        if name not in self.trees:
            sponsors = (no_sponsor, nobody_sponsored) if name else (self.sponsor, self._ordinals_sponsored)
            self.trees[name] = TreeInMemory(*sponsors)
        return self.trees[name]

    def _ordinals_sponsored(self, member: int) -> Sequence[int]:
        return [ordinal for ordinal, _ in self._sponsored_by(member)]

    def _sponsored_by(self, member: int) -> Sequence[tuple[int, str]]:
        for ordinal in range(self._sponsored + 1, len(self.sponsors) + 1):
            self._below[self.sponsors[ordinal - 1]].append((ordinal, ""))
        self._sponsored = len(self.sponsors)
        return self._below.get(member, ())

    def size(self) -> int:
        """How many members there are."""
        return len(self.sponsors)

    def declared(self, parameter: str, period: int) -> str | None:
        """What has been declared of a parameter for the period that begins on a day, or None."""
        return self.declarations.get((parameter, period))

    def purchases(self, member: int) -> Purchases:
        """Nothing was bought before."""
        return Purchases()

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """No price was recorded before."""
        return None

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """Nobody held anything before."""
        return ()

    def vouchers(self, reward: str, after: int, limit: int) -> Sequence[Voucher] | None:
        """The next codes that were loaded; of a reward without any they are not checked."""
        loaded = self.codes.get(reward)
        return None if loaded is None else loaded[after : after + limit]


class Reversal(NamedTuple):
    """A negative release, booked to a day (`date.toordinal()`): what a rule moved to a member and a refund took."""

    day: int
    rule: str
    member: int
    quantity: int


@dataclass
class TakenOrder:
    """An order a world has taken, and what has become of it since."""

    order: OrderPaid
    day: date
    outcome: Outcome
    refunded: int = 0
    reversed: Counter[tuple[int, str]] = field(default_factory=Counter)
    """What refunds have reversed, by member and rule."""

    def undo(
        self,
        plan: Plan,
        released: Mapping[tuple[int, str], int],
        came: Mapping[int, Sequence[Came]] | None = None,
    ) -> Undo:
        """What a refund has to undo: not what the order has triggered, such as exits.

        `released` is what each rule has released from each lot (lot id, rule id), in smallest units; `came` when units
        of a lot (its id) came.
        """
        triggered = {rule.index for rule in plan.rules_on(Trigger.PRICE_RISES)}
        owner = {lot.id: lot.member for lot in self.outcome.lots}
        left: Counter[tuple[int, str]] = Counter()
        for (lot, rule), quantity in released.items():
            if lot in owner:
                left[owner[lot], rule] += quantity
        left.subtract(self.reversed)
        direct = [index for index, each in enumerate(self.outcome.transfers) if each.rule not in triggered]
        return undo_of(self.outcome, direct, +left, came or {})


def undo_of(
    outcome: Outcome,
    direct: Iterable[int] | None = None,
    released: Mapping[tuple[int, str], int] | None = None,
    came: Mapping[int, Sequence[Came]] | None = None,
) -> Undo:
    """What there is to undo of an outcome: of all its transfers, or of the `direct` ones (indexes)."""
    of = range(len(outcome.transfers)) if direct is None else list(direct)
    units = {place: outcome.units[index] for place, index in enumerate(of) if index in outcome.units}
    transfers = tuple(outcome.transfers[index] for index in of)
    return Undo(transfers, released or {}, tuple(outcome.counted), units, came or {})


class Memory:
    """The state of one plan, all of it in memory, with no history before the first event."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = MemorySource()
        self.state = State(plan, self.source, standings=self.source.standings)
        self.queues = exit_queues(self.state)
        self.members: dict[str, int] = {}
        """Names and ordinals, in the order they joined."""
        self.lots: list[Lot] = []
        self.activity: dict[int, list[Transfer]] = defaultdict(list)
        """What events have moved on business days that are not closed, by `date.toordinal()`."""
        self.sales: dict[int, list[tuple[int, Purchases]]] = defaultdict(list)
        """What was sold on those days, to whom."""
        self.reversals: list[Reversal] = []
        """Negative releases that wait for a close."""
        self.released: Counter[tuple[int, str]] = Counter()
        """What each rule has released from each lot (lot id, rule id), smallest units,"""
        self.came: defaultdict[int, list[Came]] = defaultdict(list)
        """and when, by lot."""
