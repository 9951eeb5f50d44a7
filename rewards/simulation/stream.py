"""Made-up orders: who joins, who orders what, and who redeems, drawn from a seed, in whole numbers only.

The same settings give the same stream to whatever path takes it. It is drawn a day at a time with NumPy's PCG64, so a
stream of a hundred million orders needs no more memory than its largest day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from rewards.columns import Column
from rewards.errors import InvalidRequest
from rewards.money import MAX_AMOUNT
from rewards.simulation import texts  # noqa: F401  (registers the texts of this room)

MOST_ORDERS, MOST_MEMBERS, MOST_DAYS = 10**10, 10**8, 10**5
"""The largest run; members are held in memory, orders are not."""

ONE = Fraction(1)


@dataclass(frozen=True)
class Settings:
    """A stream's parameters: how many, over how long, from which seed, and how they behave."""

    orders: int
    members: int
    """How many there are in the end; they join evenly over the days."""
    days: int
    seed: int = 0
    first_day: date = date(2026, 1, 1)
    first_members: int = 1
    """How many are there on the first day before it begins."""
    least: int = 100_00
    """The smallest order, smallest units of the currency; orders are drawn evenly between it and `most`."""
    most: int = 100_00
    growth: Fraction = ONE
    """Orders of the last day, as a multiple of those of the first; between them they change evenly."""
    sponsored: Fraction = Fraction(1, 2)
    """The share of members whom another brought, who is drawn evenly from all who were there before."""
    redeem: Fraction = Fraction(0)
    """After which share of the orders somebody, drawn evenly from all members, redeems,"""
    part: Fraction = ONE
    """and how much of what they hold."""

    def check(self) -> None:
        """Raises InvalidRequest for settings that make no stream."""
        self._within("orders", self.orders, 1, MOST_ORDERS)
        self._within("members", self.members, 1, MOST_MEMBERS)
        self._within("days", self.days, 1, MOST_DAYS)
        self._within("seed", self.seed, 0, MAX_AMOUNT)
        self._within("first-members", self.first_members, 0, self.members)
        self._within("growth", self.growth, Fraction(1, 1000), Fraction(1000))
        for name, share in (("sponsored", self.sponsored), ("redeem", self.redeem), ("part", self.part)):
            if not 0 <= share <= 1 or share.denominator > 10**9:
                raise InvalidRequest("simulate.bad-share", name=name, value=share)
        if not 0 < self.least <= self.most < MAX_AMOUNT:
            raise InvalidRequest("simulate.bad-amounts", least=self.least, most=self.most)
        if date.max.toordinal() - self.first_day.toordinal() < self.days:
            raise InvalidRequest("simulate.days-beyond-calendar", days=self.days, first_day=self.first_day)

    @staticmethod
    def _within(name: str, value: int | Fraction, least: int | Fraction, most: int | Fraction) -> None:
        if not least <= value <= most:
            raise InvalidRequest("simulate.bad-count", name=name, value=value, least=least, most=most)


class Day(NamedTuple):
    """What happens on one day, in this order: members join; each order is paid, and after it perhaps a redemption."""

    day: date
    members: int
    """How many there are, with those who have joined on the day."""
    buyers: Column
    """int64[orders], ordinals."""
    amounts: Column
    """int64[orders], smallest units of the currency."""
    redeeming: Column
    """int64[orders]: who redeems after an order, 0 for nobody; empty when nobody ever does."""


def sponsors(settings: Settings) -> Column:
    """Each member's sponsor by ordinal (int64[members + 1]; 0 for none, and at 0), always one of smaller ordinal."""
    random = np.random.default_rng([settings.seed, 0])
    chosen = np.zeros(settings.members + 1, dtype=np.int64)
    ordinals = np.arange(2, settings.members + 1, dtype=np.int64)
    brought = random.integers(1, ordinals)
    chosen[2:] = np.where(_happens(random, settings.sponsored, len(ordinals)), brought, 0)
    return chosen


def days(settings: Settings) -> Iterator[Day]:
    """The stream, a day at a time. Raises InvalidRequest for settings that make none."""
    settings.check()
    random = np.random.default_rng([settings.seed, 1])
    taken = 0
    for index in range(settings.days):
        members = _members_through(settings, index)
        until = _orders_through(settings, index)
        size, taken = until - taken, until
        buyers = random.integers(1, members, size=size, endpoint=True)
        amounts = (
            np.full(size, settings.least, dtype=np.int64)
            if settings.least == settings.most
            else random.integers(settings.least, settings.most, size=size, endpoint=True)
        )
        redeeming = np.zeros(0, dtype=np.int64)
        if settings.redeem:
            who = random.integers(1, members, size=size, endpoint=True)
            redeeming = np.where(_happens(random, settings.redeem, size), who, 0)
        yield Day(settings.first_day + timedelta(days=index), members, buyers, amounts, redeeming)


def _happens(random: np.random.Generator, share: Fraction, size: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each of so many whether something of a given chance happens."""
    drawn: np.ndarray[tuple[int], np.dtype[np.bool_]] = (
        random.integers(0, share.denominator, size=size) < share.numerator
    )
    return drawn


def _members_through(settings: Settings, index: int) -> int:
    """How many members there are on a day (0 for the first); one at least, so that somebody can order."""
    joining = settings.members - settings.first_members
    return max(settings.first_members + joining * (index + 1) // settings.days, 1)


def _orders_through(settings: Settings, index: int) -> int:
    """How many orders there are to the end of a day (0 for the first), rounded down; on the last day all of them.

    Day d of n weighs 1 + (growth − 1) × d ÷ (n − 1), from which the sums follow exactly.
    """
    rise = (settings.growth - 1) / (settings.days - 1) if settings.days > 1 else Fraction(0)
    whole = settings.days + rise * settings.days * (settings.days - 1) / 2
    through = index + 1 + rise * index * (index + 1) / 2
    return int(settings.orders * through / whole)
