"""The awards and distributions of a day close, obvious and slow: dictionaries, fractions, walks up the tree.

Written from the specification (2, 3). Members are names; amounts are smallest units.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass
class Lot:
    owner: str
    day: int
    basis: int
    remaining: int


@dataclass
class Person:
    """What one member has."""

    sponsor: str | None
    balance: int = 0
    debt: int = 0
    quota: int = 0
    weight: int = 0
    level: int = -1

    def receive(self, amount: int) -> None:
        """A debt is paid off first."""
        paid = min(amount, self.debt)
        self.debt -= paid
        self.balance += amount - paid


@dataclass
class Day:
    """Members, lots (oldest first for each member) and a pool at the end of a day."""

    people: dict[str, Person]
    lots: list[Lot] = field(default_factory=list)
    pool: int = 0
    platform: int = 0
    """What the platform has got back from the pool."""

    def uplines(self, name: str) -> Iterator[str]:
        sponsor = self.people[name].sponsor
        while sponsor is not None:
            yield sponsor
            sponsor = self.people[sponsor].sponsor

    def downline_sums(self, own: Mapping[str, int]) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for name, amount in own.items():
            if amount:
                for upline in self.uplines(name):
                    sums[upline] += amount
        return sums

    # --- what each rule moves ---------------------------------------------------------------------------

    def release(self, rate: Fraction, last_day: int) -> dict[str, int]:
        """Each lot that has started releases a rate of its basis, at most what it has left (3.1)."""
        released: dict[str, int] = defaultdict(int)
        for lot in self.lots:
            if lot.day <= last_day:
                amount = min(math.floor(rate * lot.basis), lot.remaining)
                lot.remaining -= amount
                released[lot.owner] += amount
                self.people[lot.owner].receive(amount)
        return released

    def accelerate(self, earned: Mapping[str, Fraction], last_day: int) -> dict[str, int]:
        """What is earned is taken from the earner's own lots, oldest first, and limited by them (3, 2-4)."""
        paid: dict[str, int] = {}
        for name, exact in earned.items():
            left = math.floor(exact)
            for lot in self.lots:
                if lot.owner == name and lot.day <= last_day:
                    amount = min(left, lot.remaining)
                    lot.remaining -= amount
                    left -= amount
            paid[name] = math.floor(exact) - left
            self.people[name].receive(paid[name])
        return paid

    def issue(self, earned: Mapping[str, Fraction]) -> None:
        """What is earned is issued on top."""
        for name, exact in earned.items():
            self.people[name].receive(math.floor(exact))

    # --- what members earn ------------------------------------------------------------------------------

    def shared(self, source: Mapping[str, int], rates: Sequence[Fraction]) -> dict[str, Fraction]:
        """The upline of generation g earns the g-th rate (3.2)."""
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for name, amount in source.items():
            if amount:
                for rate, upline in zip(rates, self.uplines(name), strict=False):
                    earned[upline] += rate * amount
        return earned

    def differential(self, source: Mapping[str, int], rates: Sequence[Fraction]) -> dict[str, Fraction]:
        """Own rate less the highest rate already met below, if positive (3.3)."""
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for name, amount in source.items():
            highest = Fraction(0)
            for upline in self.uplines(name) if amount else ():
                level = self.people[upline].level
                if level >= 0 and rates[level] > highest:
                    earned[upline] += (rates[level] - highest) * amount
                    highest = rates[level]
        return earned

    def same_level(self, source: Mapping[str, int], rate: Fraction) -> dict[str, Fraction]:
        """The nearest upline of at least a member's level earns on their downline, if of exactly that level (3.4)."""
        earned: dict[str, Fraction] = defaultdict(Fraction)
        for name, amount in self.downline_sums(source).items():
            level = self.people[name].level
            nearest = next((each for each in self.uplines(name) if self.people[each].level >= level), None)
            if level >= 0 and nearest is not None and self.people[nearest].level == level:
                earned[nearest] += rate * amount
        return earned

    # --- pools (2) --------------------------------------------------------------------------------------

    def by_weight(self, *, everyone: bool) -> dict[str, int]:
        """In proportion to weight among those whose quota is not used up; `everyone` counts in the divisor."""
        eligible = [name for name, person in self.people.items() if person.quota > 0]
        counted = self.people if everyone else eligible
        divisor = sum(self.people[name].weight for name in counted)
        if not divisor:
            return {}
        return {name: math.floor(Fraction(self.pool * self.people[name].weight, divisor)) for name in eligible}

    def by_level(self, shares: Sequence[Fraction]) -> dict[str, int]:
        """Within a level every eligible member gets the same amount."""
        parts = {}
        for level, share in enumerate(shares):
            members = [name for name, person in self.people.items() if person.level == level and person.quota > 0]
            for name in members:
                parts[name] = math.floor(self.pool * share / len(members))
        return parts

    def pay(self, parts: Mapping[str, int], *, carry: bool) -> None:
        """Limited by the remaining quota, which it reduces; the rest goes to the platform, or is carried."""
        for name, part in parts.items():
            person = self.people[name]
            amount = min(part, person.quota)
            person.quota -= amount
            self.pool -= amount
            person.receive(amount)
        if not carry:
            self.platform += self.pool
            self.pool = 0
