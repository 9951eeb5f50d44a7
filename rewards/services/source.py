"""The ledger as the source of an interpreter's working state; reads what a batch will need in few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select

from rewards.interpreter.state import ExitEntry, Purchases, State
from rewards.ledger import balances, bulk, levels, prices, sales
from rewards.ledger.tables import member
from rewards.plan.model import Asset
from rewards.services.binding import Binding


class LedgerSource:
    """One plan's balances and facts as stored, read inside one unit."""

    def __init__(self, tx: Connection, binding: Binding) -> None:
        self._tx = tx
        self._binding = binding
        self._people: dict[int, tuple[int, bool]] = {}
        self._measures: dict[int, Purchases] = {}
        self._levels: dict[tuple[str, int], int] = {}

    def prefetch(self, state: State, members: Collection[int]) -> None:
        """Read everything the state does not know about these members, their sponsors and the platform's accounts."""
        people = self._read_people(members)
        wanted = [each for each in people if each not in self._measures]
        holders = [*wanted, *self._binding.platform_holders] if wanted else []
        books = self._binding.books
        known = balances.get(self._tx, books, holders)
        for own_book, book in enumerate(books):
            for holder in holders:
                account = (own_book, self._binding.own_holder(holder))
                if account not in state.balances:
                    state.balances[account] = known.get((book, holder), 0)
        totals = sales.totals(self._tx, self._binding.plan_id, wanted)
        for each in wanted:
            self._measures[each] = Purchases(*totals[each]) if each in totals else Purchases()
        for ladder in self._binding.plan.held_ladders:
            held = levels.current(self._tx, self._binding.plan_id, ladder.name, wanted)
            for each in wanted:
                self._levels[ladder.name, each] = ladder.index_of(held.get(each, ""))

    def _read_people(self, members: Collection[int]) -> set[int]:
        """Read sponsor and merchant of members and of their sponsors; returns all of them."""
        found = set(members)
        missing = {each for each in found if each not in self._people}
        while missing:
            for part in bulk.chunks(missing):
                rows = self._tx.execute(
                    select(member.c.ordinal, member.c.sponsor, member.c.merchant).where(member.c.ordinal.in_(part))
                )
                self._people.update((ordinal, (sponsor or 0, merchant)) for ordinal, sponsor, merchant in rows)
            sponsors = {self._people[each][0] for each in members} - {0}
            found |= sponsors
            missing = {each for each in found if each not in self._people}
        return found

    def _person(self, ordinal: int) -> tuple[int, bool]:
        if ordinal not in self._people:
            self._read_people([ordinal])
        return self._people[ordinal]

    def balance(self, book: int, holder: int) -> int:
        """What is on an account."""
        account = (self._binding.books[book], self._binding.holder(holder))
        return balances.get(self._tx, [account[0]], [account[1]]).get(account, 0)

    def sponsor(self, member: int) -> int:
        """The sponsor's ordinal, or 0."""
        return self._person(member)[0]

    def merchant(self, member: int) -> bool:
        """Whether a member is a merchant."""
        return self._person(member)[1]

    def purchases(self, member: int) -> Purchases:
        """What the member has bought."""
        if member not in self._measures:
            found = sales.totals(self._tx, self._binding.plan_id, [member])
            self._measures[member] = Purchases(*found[member]) if member in found else Purchases()
        return self._measures[member]

    def level(self, ladder: str, member: int) -> int:
        """The index of the level held, or −1."""
        if (ladder, member) not in self._levels:
            held = levels.current(self._tx, self._binding.plan_id, ladder, [member])
            self._levels[ladder, member] = self._binding.plan.ladders[ladder].index_of(held.get(member, ""))
        return self._levels[ladder, member]

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        """The last recorded unit price, None before the first."""
        found = prices.last(self._tx, self._binding.plan_id, asset.name)
        return (found.numerator, found.denominator) if found else None

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        """The next holdings by exit key, ascending."""
        rows = prices.triggers_after(self._tx, self._binding.books[asset.book()], after, limit)
        return (ExitEntry(floor, member) for floor, member in rows)
