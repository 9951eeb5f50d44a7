"""What books, accounts and assets are called in an export: valid for both programs, unique, and without members' ids.

Account names have parts of letters, digits and -, each begun by a capital letter or a digit; commodities are at most
24 capital letters, digits, . and -. Members appear by their ordinal only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from rewards.errors import Conflict
from rewards.ledger.holders import BURNED, ISSUANCE, PLATFORM, TREASURY
from rewards.ledger.plans import Book
from rewards.messages import register

MOST_SIGNS = 24
"""The longest commodity that every version of beancount reads."""

_SLUG = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._:#-]", re.ASCII)

PLATFORM_HEADS = {
    ISSUANCE: "Liabilities:Issuance",
    PLATFORM: "Liabilities:Platform",
    TREASURY: "Assets:Treasury",
    BURNED: "Expenses:Burned",
}
"""Where the platform's own accounts stand. The two that may be below zero are liabilities: what the others have."""

CARRIED_FORWARD = "Liabilities:Carried-forward"
"""Against which the balances before the first day are entered; comes to nothing once all are."""

register(
    {
        "export.unknown-book": (
            "a transfer or balance names {what} {number}, which is not on the books; run: rewards verify",
            "有转账或余额引用了账簿中不存在的{what} {number}；请运行：rewards verify",
        ),
    }
)


def component(name: str) -> str:
    """A name as one part of an account's; different names give different parts.

    >>> component("locked-points"), component("积分")
    ('Locked-points', '0xe7a7afe58886')
    """
    if _SLUG.fullmatch(name):
        return name[0].upper() + name[1:]
    return "0x" + name.encode().hex()


def plain(text: str) -> str:
    """A text that means nothing to either program but itself: all other signs are written %XX, as in addresses.

    >>> plain('order "7"; 1|2')
    'order%20%227%22%3B%201%7C2'
    """
    return _UNSAFE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), text)


class Commodity(NamedTuple):
    """What an asset of a plan is called in an export. `scale` is its number of decimals."""

    symbol: str
    plan: str
    asset: str
    scale: int


def symbol(asset: str, plan_id: int, book_id: int) -> str:
    """The commodity of a plan's asset; `book_id` is any book of that asset, for names that are too long.

    >>> symbol("points", 1, 4), symbol("points-for-very-good-friends", 1, 4)
    ('POINTS.P1', 'POINTS-FOR-VERY-GO.P1.A4')
    """
    whole = f"{asset.upper()}.P{plan_id}"
    if _SLUG.fullmatch(asset) and len(whole) <= MOST_SIGNS:
        return whole
    tail = f".P{plan_id}.A{book_id}"
    return (asset.upper() if _SLUG.fullmatch(asset) else "ASSET")[: MOST_SIGNS - len(tail)] + tail


@dataclass(frozen=True)
class BookNames:
    """The names of everything on the books of the exported plans.

    `plans` are the names by id, `pools` those by holder, `currencies` the currency and the asset that is it by plan id.
    """

    books: Mapping[int, Book]
    plans: Mapping[int, str]
    pools: Mapping[int, str]
    currencies: Mapping[int, tuple[str, str]]

    @cached_property
    def commodities(self) -> dict[int, Commodity]:
        """The commodity of each book. A plan's currency keeps its code; all other assets are a plan's own."""
        found: dict[tuple[int, str], Commodity] = {}
        for book in self.books.values():
            code, currency = self.currencies.get(book.plan_id, ("", ""))
            name = code if book.asset == currency else symbol(book.asset, book.plan_id, book.id)
            key = (book.plan_id, book.asset)
            found.setdefault(key, Commodity(name, self.plans[book.plan_id], book.asset, book.scale))
        return {book.id: found[book.plan_id, book.asset] for book in self.books.values()}

    @cached_property
    def _tails(self) -> dict[int, str]:
        return {
            book.id: ":".join(map(component, (self.plans[book.plan_id], book.asset, book.compartment)))
            for book in self.books.values()
        }

    def account(self, book: int, holder: int) -> str:
        """The account's name: Assets:Members:M00000042:Plan:Asset:Compartment. Raises Conflict."""
        tail = self._tails.get(book)
        if tail is None:
            raise unknown("book", book)
        return f"Assets:Members:M{holder:08d}:{tail}" if holder > 0 else f"{self._head(holder)}:{tail}"

    def _head(self, holder: int) -> str:
        if holder in PLATFORM_HEADS:
            return PLATFORM_HEADS[holder]
        if holder not in self.pools:
            raise unknown("holder", holder)
        return f"Assets:Pools:{component(self.pools[holder])}"

    def carried_forward(self, book: int) -> str:
        """The account against which a book's balances are carried forward: one for all compartments of its asset.

        Units move from one compartment to another, so that only all of them together come to nothing.
        """
        return (
            f"{CARRIED_FORWARD}:{component(self.plans[self.books[book].plan_id])}:{component(self.books[book].asset)}"
        )

    def listed(self) -> Iterable[Commodity]:
        """Every commodity once for each plan that has it, in the order of books."""
        return dict.fromkeys(self.commodities.values())


def unknown(what: str, number: int) -> Conflict:
    """The error about a number on the books that nothing there explains."""
    return Conflict("export.unknown-book", what=what, number=number)
