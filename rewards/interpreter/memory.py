"""What there is of a plan in memory: members, balances, lots, and what has happened on days that are not closed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import exit_queues
from rewards.interpreter.state import ExitEntry, Lot, Purchases, State, Transfer
from rewards.plan.events import OrderPaid
from rewards.plan.model import Asset, Plan
from rewards.plan.triggers import Trigger


class MemorySource:
    """A source that knows only what the world was told of its members."""

    def __init__(self) -> None:
        self.sponsors: list[int] = []
        self.merchants: set[int] = set()
        self.levels: dict[tuple[str, int], int] = {}

    def balance(self, book: int, holder: int) -> int:
        """Nothing was there before."""
        return 0

    def sponsor(self, member: int) -> int:
        """The sponsor's ordinal, or 0."""
        return self.sponsors[member - 1]

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        return member in self.merchants

    def purchases(self, member: int) -> Purchases:
        """Nothing was bought before."""
        return Purchases()

    def level(self, ladder: str, member: int) -> int:
        """The index of the level held, or −1."""
        return self.levels.get((ladder, member), -1)

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """No price was recorded before."""
        return None

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """Nobody held anything before."""
        return ()


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

    def undo(self, plan: Plan, released: Mapping[tuple[int, str], int]) -> Undo:
        """What a refund has to undo: not what the order has triggered, such as exits.

        `released` is what each rule has released from each lot (lot id, rule id), in smallest units.
        """
        triggered = {rule.index for rule in plan.rules_on(Trigger.PRICE_RISES)}
        owner = {lot.id: lot.member for lot in self.outcome.lots}
        left: Counter[tuple[int, str]] = Counter()
        for (lot, rule), quantity in released.items():
            if lot in owner:
                left[owner[lot], rule] += quantity
        left.subtract(self.reversed)
        return Undo(tuple(each for each in self.outcome.transfers if each.rule not in triggered), +left)


class Memory:
    """The state of one plan, all of it in memory, with no history before the first event."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.source = MemorySource()
        self.state = State(plan, self.source)
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
        """What each rule has released from each lot (lot id, rule id), smallest units."""
