"""Who is due to exit: holdings in the order of the price that triggers them (specification 1, quota exit).

A holding is due when units × price ≥ remaining quota, so its trigger is quota ÷ units. Holdings are kept in the order
of a whole number, the *exit key*: the trigger times 2³², rounded down, which a database can index; whether a holding at
the border is due is decided exactly. As the price only rises, only the lowest keys are ever looked at, and never all
holders.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from functools import cache

from rewards.interpreter.state import ExitEntry, State
from rewards.plan.model import Asset, Rule

SHIFT = 32
LARGEST_KEY = 2**63 - 1
FIRST_CHUNK = 4
"""How many holdings are read at first: nobody is due in most events, which the lowest key tells,"""
LARGEST_CHUNK = 256
"""and at most at once thereafter."""


def exit_key(quota: int, units: int) -> int:
    """The key of a holding of `units` with `quota` left (smallest units); 0 when there is no quota."""
    if quota <= 0:
        return 0
    key = (quota << SHIFT) // units
    return key if key < LARGEST_KEY else LARGEST_KEY


def price_key(numerator: int, denominator: int) -> int:
    """The largest key that may be due at a price."""
    key = (numerator << SHIFT) // denominator
    return key if key < LARGEST_KEY else LARGEST_KEY


class ExitQueue:
    """The holdings of one priced asset by exit key, partly still in the state's source.

    `changed` has the new key (None: no holding any more) of every member whose holding or quota has moved; the caller
    that keeps the index elsewhere writes it there.
    """

    def __init__(self, state: State, asset: Asset, quota: Asset, concerns: Callable[[int], bool]) -> None:
        self._state = state
        self._asset, self._units, self._quota = asset, asset.free_book, quota.free_book
        self._concerns = cache(concerns)  # no event changes it
        self._heap: list[tuple[int, int]] = []
        """Key and member."""
        self._keys: dict[int, int | None] = {}
        self._read_to: ExitEntry | None = None
        self._chunk = FIRST_CHUNK
        self._known_to = -1
        """Every key up to this one is in the heap."""
        self.changed: dict[int, int | None] = {}

    def touch(self, member: int) -> None:
        """Bring a member's place up to date after their units or quota have moved."""
        books = self._state.books
        units = books[self._units][member]
        key = None
        if units > 0 and self._concerns(member):
            key = exit_key(books[self._quota][member], units)
            heapq.heappush(self._heap, (key, member))
        self._keys[member] = self.changed[member] = key

    def nobody_due(self, numerator: int, denominator: int) -> bool:
        """Whether there is surely nobody who is due at a price."""
        limit = price_key(numerator, denominator)
        if limit > self._known_to:
            self._read_up_to(limit)
        return not self._heap or self._heap[0][0] > limit

    def next_due(self, numerator: int, denominator: int) -> int | None:
        """The member with the lowest key (then the lowest ordinal) who is due at a price, or None."""
        if self.nobody_due(numerator, denominator):
            return None
        return self._lowest_due(price_key(numerator, denominator), numerator, denominator)

    def _lowest_due(self, limit: int, numerator: int, denominator: int) -> int | None:
        at_the_border: list[tuple[int, int]] = []
        due = None
        while (entry := self._pop(limit)) is not None:
            if self._is_due(entry[1], numerator, denominator):
                due = entry[1]
                break
            at_the_border.append(entry)
        for entry in at_the_border:
            heapq.heappush(self._heap, entry)
        return due

    def _is_due(self, member: int, numerator: int, denominator: int) -> bool:
        units = self._state.balance(self._units, member)
        return units * numerator >= self._state.balance(self._quota, member) * denominator

    def _pop(self, limit: int) -> tuple[int, int] | None:
        """Take out the lowest entry that is still true and not above the limit."""
        while self._heap and self._heap[0][0] <= limit:
            entry = key, member = heapq.heappop(self._heap)
            if self._keys.get(member) == key:
                return entry
        return None

    def _read_up_to(self, limit: int) -> None:
        """Read from the source until every key up to the limit is in the heap."""
        while self._known_to < limit:
            chunk = list(self._state.source.exits(self._asset, self._read_to, self._chunk))
            for entry in chunk:
                if entry.member not in self._keys:
                    self._keys[entry.member] = entry.key
                    heapq.heappush(self._heap, (entry.key, entry.member))
            if len(chunk) < self._chunk:
                self._known_to = LARGEST_KEY
            else:
                self._read_to = chunk[-1]
                self._known_to = chunk[-1].key - 1
                self._chunk = min(4 * self._chunk, LARGEST_CHUNK)


Queues = Mapping[str, tuple[Rule, ExitQueue]]
"""For each priced asset with a rule on `price.rises`: the rule, and who is due next."""
