"""The working state events are interpreted on: balances, lots, measures and prices of one plan, in memory.

What is not yet known is asked of a `Source` (nothing, or a database) and kept; every effect is a transfer, and undoing
an event's transfers undoes the event. Quantities are smallest units, members are ordinals, books are the plan's own
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from rewards.plan.model import ISSUANCE, PLATFORM, Asset, Plan

PAYMENT_RULE = -1
"""What a transfer that pays for part of an order names instead of a rule."""
ADJUSTMENT_RULE = -2
"""What an adjustment by hand names."""
REFUND_RULE = -3
"""What taking back an order's effects names."""
BUILT_IN_RULES = {PAYMENT_RULE: "#payment", ADJUSTMENT_RULE: "#adjustment", REFUND_RULE: "#refund"}
"""Their names where a rule is named; the sign keeps them apart from a plan's own rules."""

MAY_OWE = frozenset({ISSUANCE, PLATFORM})
"""Holders whose accounts may be below zero."""


@dataclass(eq=False)
class Lot:
    """One grant with its own basis and remaining quantity. `id` is None until the ledger has numbered it."""

    book: int
    member: int
    rule: int
    day: int
    """Business day of its order, as `date.toordinal()`."""
    basis: int
    granted: int
    remaining: int
    id: int | None = None


class Transfer(NamedTuple):
    """A positive quantity moving from one account to another; `rule` is the index of the rule that moved it."""

    rule: int
    source_book: int
    source: int
    target_book: int
    target: int
    quantity: int
    lot: Lot | None = None


class Measure(NamedTuple):
    """What a member has bought so far: sums of their counted orders (smallest units of the currency), and how many."""

    cash: int = 0
    points: int = 0
    orders: int = 0


class ExitEntry(NamedTuple):
    """A holding in the order in which holdings exit: its key (see rewards.interpreter.exits) and its owner."""

    key: int
    member: int


class Source(Protocol):
    """Where the state comes from that is not in memory yet."""

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        ...

    def sponsor(self, member: int) -> int:
        """The sponsor's ordinal, or 0."""
        ...

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        ...

    def measure(self, member: int) -> Measure:
        """What the member has bought."""
        ...

    def level(self, ladder: str, member: int) -> int:
        """The index of the level held, or −1."""
        ...

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """The last recorded unit price, None before the first."""
        ...

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """The next holdings by exit key, ascending."""
        ...


@dataclass
class State:
    """Balances and facts of one plan as far as they are known in memory."""

    plan: Plan
    source: Source
    balances: dict[tuple[int, int], int] = field(default_factory=dict)
    measures: dict[int, Measure] = field(default_factory=dict)
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Last price of each priced asset: numerator, denominator."""

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        account = (book, holder)
        found = self.balances.get(account)
        if found is None:
            found = self.balances[account] = self.source.balance(book, holder)
        return found

    def apply(self, transfer: Transfer) -> None:
        """Book a transfer. Raises ArithmeticError when it would overdraw an account that must not be overdrawn."""
        _, source_book, source, target_book, target, quantity, lot = transfer
        if quantity <= 0:
            raise ArithmeticError(f"a transfer must be positive, not {quantity}")
        left = self.balance(source_book, source) - quantity
        if left < 0 and source not in MAY_OWE:
            asset, compartment = self.plan.books[source_book]
            raise ArithmeticError(
                f"{quantity} of {asset.name} ({compartment.value}) is {-left} more than holder {source} has"
            )
        self.balances[source_book, source] = left
        self.balances[target_book, target] = self.balance(target_book, target) + quantity
        if lot is not None:
            lot.remaining += quantity if target_book == lot.book else -quantity

    def undo(self, transfer: Transfer) -> None:
        """Take a transfer back that was the last one applied."""
        _, source_book, source, target_book, target, quantity, lot = transfer
        self.balances[source_book, source] += quantity
        self.balances[target_book, target] -= quantity
        if lot is not None:
            lot.remaining -= quantity if target_book == lot.book else -quantity

    def measure(self, member: int) -> Measure:
        """What a member has bought."""
        found = self.measures.get(member)
        if found is None:
            found = self.measures[member] = self.source.measure(member)
        return found

    def issued(self, asset: Asset) -> int:
        """Units ever issued."""
        return -self.balance(asset.book(), ISSUANCE)

    def last_price(self, asset: Asset) -> tuple[int, int]:
        """The last unit price, at first the issue price, as smallest units of currency a smallest unit."""
        found = self.prices.get(asset.name) or self.source.last_price(asset)
        if found is None:
            assert asset.priced is not None
            issue = asset.priced.issue_price * 10**self.plan.currency_scale / 10**asset.scale
            found = (issue.numerator, issue.denominator)
        self.prices[asset.name] = found
        return found
