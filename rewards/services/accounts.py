"""What is on one plan's accounts as stored: of members read ahead in few queries, of others as they are asked for.

Books and holders have the plan's own numbers here, quantities are smallest units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy import Connection

from rewards.ledger import balances
from rewards.ledger.direct import Later
from rewards.services.binding import Binding, Looked

_FEW = 25
"""Of fewer members more is read rather than twice."""
_EXCEPTIONS = 16
"""An account that is looked at so often in a batch, or of one in so many members, is looked at of all."""


class Accounts:
    """The accounts that one unit looks at; none of them is read again once it is known here."""

    def __init__(self, tx: Connection, binding: Binding, *, platform_ahead: bool) -> None:
        """Without `platform_ahead` nothing of the platform's is read before it is asked for."""
        self._tx = tx
        self._binding = binding
        self._platform_ahead = platform_ahead
        self.looked = Looked()
        """What is read ahead, to which is added what is looked at besides."""
        self.members: set[int] = set()
        """Whose accounts are read together,"""
        self._books: set[int] = set()
        """in which books that was done,"""
        self._platform_books: set[int] = set()
        """and in which for the platform's accounts. Those that are not among the balances hold nothing."""
        self._singly: dict[int, int] = {}
        """How many accounts of the members were read by themselves in other books."""
        self._balances: dict[int, dict[int, int]] = defaultdict(dict)
        """By book and holder."""
        self._unfilled: list[tuple[Collection[int], Collection[int]]] = []
        """Books and members that were read ahead since `fill`."""
        self.settled: dict[balances.Account, int] = {}
        """What of the balances read day closes have brought, by the ledger's numbers."""

    def ahead(self, people: Collection[int]) -> list[Callable[[], Later[None]]]:
        """What is to be sent to read accounts of further members, and of the platform, ahead."""
        looked, platform = self.looked, set[int]()
        wanted: list[tuple[Collection[int], Collection[int]]] = [(self._books.copy(), people)]
        self.members.update(people)
        new = looked.books - self._books
        if self._platform_ahead:
            platform = looked.platform - self._platform_books
        if platform and len(self.members) < _FEW:
            # One reading of somewhat more takes less time than two.
            new |= platform
            wanted.append((new, [*self.members, *self._binding.holders]))
        else:
            wanted += [(new, self.members), (platform, self._binding.holders)]
        self._books |= new
        self._platform_books |= platform
        wanted = [(books, holders) for books, holders in wanted if books and holders]
        self._unfilled += wanted
        return [partial(self._send, books, holders) for books, holders in wanted]

    def fill(self, known: Sequence[dict[int, int]]) -> None:
        """Put what was read ahead into the books that somebody knows, where there is nothing yet."""
        for books, holders in self._unfilled:
            for book in books:
                own, read = known[book], self._balances[book]
                own.update({each: read.get(each, 0) for each in holders if each not in own})
        self._unfilled.clear()

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        if holder in self.members:
            if book not in self._books:
                self._read_of_book(book, holder)
        elif holder > 0:
            self._send([book], [holder])()
        elif book not in self._platform_books:
            self.looked.platform.add(book)
            self._platform_books.add(book)
            self._send([book], self._binding.holders)()
        return self._balances[book].get(holder, 0)

    def _read_of_book(self, book: int, member: int) -> None:
        """Read an account in a book that was not read ahead; when that is more than an exception, of all members."""
        singly = self._singly[book] = self._singly.get(book, 0) + 1
        if singly < min(_EXCEPTIONS, -(-len(self.members) // _EXCEPTIONS)):
            self._send([book], [member])()
        else:
            self.looked.books.add(book)
            self._books.add(book)
            self._send([book], self.members)()

    def _send(self, books: Collection[int], holders: Collection[int]) -> Later[None]:
        binding = self._binding
        ledgers = [each if each > 0 else binding.holder(each) for each in holders]
        answer = balances.send_read(self._tx, [binding.books[each] for each in books], ledgers)
        own, pools = binding.own_books, binding.own_holders

        def found() -> None:
            amounts, settled = answer()
            for (book, holder), amount in amounts.items():
                self._balances[own[book]][pools.get(holder, holder)] = amount
            self.settled |= settled

        return found
