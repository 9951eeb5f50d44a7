"""The working state events are interpreted on: balances, lots, measures and prices of one plan, in memory.

What is not yet known is asked of a `Source` (nothing, or a database) and kept; every effect is a transfer, and undoing
an event's transfers undoes the event. Quantities are smallest units, members are ordinals, books are the plan's own
numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from rewards.interpreter.tally import Cell, Tally
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, Asset, Plan
from rewards.tuples import new_tuple

Account = tuple[int, int]
"""An account, by the plan's own numbers: book and holder."""

PAYMENT_RULE = -1
"""What a transfer that pays for part of an order names instead of a rule."""
ADJUSTMENT_RULE = -2
"""What an adjustment by hand names."""
REFUND_RULE = -3
"""What taking back an order's effects names."""
EXPIRY_RULE = -4
"""What units that have expired name."""
CLAIM_RULE = -5
"""What the price of a reward names, and what is given back of it."""
BUILT_IN_RULES = {
    PAYMENT_RULE: "#payment",
    ADJUSTMENT_RULE: "#adjustment",
    REFUND_RULE: "#refund",
    EXPIRY_RULE: "#expiry",
    CLAIM_RULE: "#claim",
}
"""Their names where a rule is named; the sign keeps them apart from a plan's own rules."""

MAY_OWE = frozenset({ISSUANCE, PLATFORM})
"""Holders whose accounts may be below zero."""

LAST_DAY = date.max.toordinal()
_MOST_UNCOUNTED = 1000
"""Of how many sales it is put off to add them up to what members have bought."""


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


class Purchases(NamedTuple):
    """What a member has bought so far: sums of their counted orders (smallest units of the currency), and how many."""

    cash: int = 0
    points: int = 0
    orders: int = 0

    def plus(self, more: Purchases) -> Purchases:
        """With what was bought besides, or less what was taken back."""
        cash, points, orders = more
        return new_tuple(Purchases, (self.cash + cash, self.points + points, self.orders + orders))


class ExitEntry(NamedTuple):
    """A holding in the order in which holdings exit: its key (see rewards.interpreter.exits) and its owner."""

    key: int
    member: int


class Standing(NamedTuple):
    """Where a member stands on a ladder: level indexes, −1 for none; days as `date.toordinal()`."""

    level: int = -1
    highest: int = -1
    """The highest level ever held."""
    since: int = 0
    """The day the present level was reached."""
    until: int = LAST_DAY
    """The last day on which the level holds without being confirmed again (grace not counted)."""


NO_STANDING = Standing()


class TagSpan(NamedTuple):
    """That a member carries a tag from one day to another, both included."""

    first: int
    last: int

    def lengthened(self, by: TagSpan) -> TagSpan:
        """The days on which a member carries a tag that a rule gives them for other days: never fewer than before.

        What is over by then begins anew.
        """
        if self.last < max(self.first, by.first - 1):
            return by
        return TagSpan(min(self.first, by.first), max(self.last, by.last))


class Person(NamedTuple):
    """What is known of a member; 0 for an unknown day, or for no sponsor."""

    sponsor: int = 0
    """Ordinal of who sponsored them when they joined."""
    merchant: bool = False
    joined: int = 0
    """The business day of joining, in the plan's time zone."""
    birthday: int = 0


class Voucher(NamedTuple):
    """A voucher code of a reward; codes are given out in the order of their ids, each once."""

    id: int
    code: str


class Source(Protocol):
    """Where the state comes from that is not in memory yet."""

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """The tally's cells of a name and member from a day on, empty ones left out."""
        ...

    def person(self, member: int) -> Person:
        """What is known of a member."""
        ...

    def tags(self, member: int) -> Mapping[str, Sequence[TagSpan]]:
        """The tags a member carries, has carried or will carry."""
        ...

    def standing(self, ladder: str, member: int) -> Standing:
        """Where a member stands on a ladder."""
        ...

    def parent(self, tree: str, member: int, day: int) -> int:
        """The member directly above in a tree (empty name: the sponsor tree) at the end of a day, or 0."""
        ...

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        """The members directly below at the end of a day, by ordinal, each with the name of its leg (or empty)."""
        ...

    def changes(self, tree: str) -> Sequence[int]:
        """The days (ordinals, ascending) on which somebody who may have been counted got another place in a tree."""
        ...

    def size(self) -> int:
        """How many members there are; their ordinals are 1 to this number."""
        ...

    def declared(self, parameter: str, period: int) -> str | None:
        """What has been declared of a parameter for the period that begins on a day, or None."""
        ...

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        ...

    def sponsor(self, member: int) -> int:
        """The ordinal of who sponsored a member when they joined, or 0; `parent` knows their sponsor on a day."""
        ...

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        ...

    def purchases(self, member: int) -> Purchases:
        """What the member has bought."""
        ...

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """The last recorded unit price, None before the first."""
        ...

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """The next holdings by exit key, ascending."""
        ...

    def vouchers(self, reward: str, after: int, limit: int) -> Sequence[Voucher] | None:
        """The next codes of a reward to be given out whose id is above `after`; None where codes are not checked."""
        ...


class Book(dict[int, int]):
    """What holders have in one book, as far as it is known; what is not is asked of a source, and known from then on.

    Who is looked up is in it, so that looking somebody up takes no call.
    """

    def __init__(self, number: int, source: Source) -> None:
        super().__init__()
        self._number, self._source = number, source

    def __missing__(self, holder: int) -> int:
        found = self[holder] = self._source.balance(self._number, holder)
        return found


@dataclass
class State:
    """Balances and facts of one plan as far as they are known in memory."""

    plan: Plan
    source: Source
    books: list[Book] = field(init=False)
    """By the plan's own numbers."""
    standings: dict[tuple[str, int], Standing] = field(default_factory=dict)
    """Where members (ladder, member) stand, as far as known."""
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Last price of each priced asset: numerator, denominator."""
    given_out: dict[str, int] = field(default_factory=dict)
    """For a reward the id of the last voucher code that was given out, as far as its source may not know of it yet."""
    reaches: dict[str, Mapping[str, int | None]] = field(default_factory=dict)
    """For a ladder how far down which trees it looks (see `rewards.interpreter.standing.reach`), once it is known."""

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        return self.books[book][holder]

    def balances(self) -> Iterator[tuple[Account, int]]:
        """What is on every account that is known."""
        for number, book in enumerate(self.books):
            for holder, amount in book.items():
                yield (number, holder), amount

    def apply(self, transfer: Transfer) -> None:
        """Book a transfer. Raises ArithmeticError when it would overdraw an account that must not be overdrawn."""
        _, source_book, source, target_book, target, quantity, lot = transfer
        if quantity <= 0:
            raise ArithmeticError(f"a transfer must be positive, not {quantity}")
        giver = self.books[source_book]
        left = giver[source] - quantity
        if left < 0 and source not in MAY_OWE:
            asset, compartment = self.plan.books[source_book]
            raise ArithmeticError(
                f"{quantity} of {asset.name} ({compartment.value}) is {-left} more than holder {source} has"
            )
        giver[source] = left
        self.books[target_book][target] += quantity
        if lot is not None:
            lot.remaining += quantity if target_book == lot.book else -quantity

    def undo(self, transfer: Transfer) -> None:
        """Take a transfer back that was the last one applied."""
        _, source_book, source, target_book, target, quantity, lot = transfer
        self.books[source_book][source] += quantity
        self.books[target_book][target] -= quantity
        if lot is not None:
            lot.remaining -= quantity if target_book == lot.book else -quantity

    def __post_init__(self) -> None:
        self.books = [Book(number, self.source) for number in range(len(self.plan.books))]
        self._bought: dict[int, Purchases] = {}
        self._bought_before: dict[int, Purchases] = {}
        self._sold: list[tuple[int, Purchases]] = []
        """What is to be added to what was bought: many plans never look at it."""
        self.tally = Tally(self.source)

    def standing(self, ladder: str, member: int) -> Standing:
        """Where a member stands on a ladder."""
        found = self.standings.get((ladder, member))
        if found is None:
            found = self.standings[ladder, member] = self.source.standing(ladder, member)
        return found

    def purchases(self, member: int) -> Purchases:
        """What a member has bought."""
        before, since = self._bought_before.get(member), self.bought.get(member)
        if before is None:
            before = self._bought_before[member] = self.source.purchases(member)
        return before if since is None else before.plus(since)

    def sell(self, member: int, sale: Purchases) -> None:
        """Count what a member has bought besides; what was bought before need not be known for it."""
        self._sold.append((member, sale))
        if len(self._sold) > _MOST_UNCOUNTED:
            self._count_sold()

    def _count_sold(self) -> None:
        bought = self._bought
        for member, sale in self._sold:
            before = bought.get(member)
            bought[member] = sale if before is None else before.plus(sale)
        self._sold.clear()

    @property
    def bought(self) -> dict[int, Purchases]:
        """What members have bought, less what was taken back, by events interpreted on this state since `written`."""
        if self._sold:
            self._count_sold()
        return self._bought

    def written(self) -> Collection[int]:
        """What was interpreted so far is known to the source as well from now on.

        Answers of which members it must ask the source anew what they have bought.
        """
        if not self._bought_before:  # nobody has looked
            unknown = {member for member, _ in self._sold} | self._bought.keys()
            self._sold.clear()
        else:
            unknown = self.bought.keys() - self._bought_before.keys()
            for member in self._bought.keys() - unknown:
                self._bought_before[member] = self._bought_before[member].plus(self._bought[member])
        self._bought.clear()
        return unknown

    def issued(self, asset: Asset) -> int:
        """Units ever issued."""
        return -self.books[asset.free_book][ISSUANCE]

    def backed_price(self, asset: Asset) -> tuple[int, int] | None:
        """What is in the pool behind a priced asset and its units in circulation; None while there are none."""
        units, money, pool = self.plan.backings[asset.name]
        book = self.books[units]
        circulation = -book[ISSUANCE] - book[BURNED]
        return (self.books[money][pool], circulation) if circulation else None

    def last_price(self, asset: Asset) -> tuple[int, int]:
        """The last unit price, at first the issue price, as smallest units of currency a smallest unit."""
        found = self.prices.get(asset.name) or self.source.last_price(asset)
        if found is None:
            assert asset.priced is not None
            issue = asset.priced.issue_price * 10**self.plan.currency_scale / 10**asset.scale
            found = (issue.numerator, issue.denominator)
        self.prices[asset.name] = found
        return found
