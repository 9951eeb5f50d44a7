"""What a planning run has found: the state of the books at the end of each day, exact, the same for both paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from fractions import Fraction
from itertools import groupby

from rewards.messages import Message
from rewards.plan.model import Asset, Plan
from rewards.simulation.stream import Settings


class Path(Enum):
    """How the orders are run through the rules."""

    AUTO = "auto"
    """Compiled where the plan has the shape for it, else interpreted."""
    INTERPRETED = "interpreted"
    """By the interpreter, as the platform would."""
    COMPILED = "compiled"
    """By the compiled order loop; no other plan."""


@dataclass(frozen=True)
class Priced:
    """A priced asset: smallest units, and the unit price in whole units of currency a whole unit, as an exact ratio."""

    issued: int
    circulation: int
    price: tuple[int, int]


@dataclass(frozen=True)
class Row:
    """One day, or one month: what has happened in it, and what there is at its end. Smallest units all."""

    day: date
    """The last day of it."""
    members: int
    orders: int
    """Orders the plan has taken in it,"""
    sales: int
    """and their sum."""
    redemptions: int
    refused: int
    """Redemptions the rules refused."""
    exits: int
    paid: int
    """What members have been paid in currency in it."""
    pools: Mapping[str, int]
    priced: Mapping[str, Priced]
    held: Mapping[str, int]
    """What members hold of each asset that is not the currency, free to use,"""
    locked: Mapping[str, int]
    """and locked in lots, of assets that have any."""
    liabilities: int
    """What members hold that stands for money, free or locked, at its price or cash value, in currency, rounded up."""


@dataclass(frozen=True)
class Result:
    """A planning run: which path ran and why, and a row for each day."""

    plan: Plan
    settings: Settings
    path: Path
    reason: Message | None
    """Why it was interpreted; None when it was compiled."""
    rows: tuple[Row, ...]

    @property
    def last(self) -> Row:
        """How it ended."""
        return self.rows[-1]

    def by_month(self) -> tuple[Row, ...]:
        """A row for each month, and for the part of one at either end."""
        months = groupby(self.rows, key=lambda row: (row.day.year, row.day.month))
        return tuple(_together(list(days)) for _, days in months)


def _together(rows: list[Row]) -> Row:
    """Some days as one row: what has happened is added up, what there is is that of the last."""
    sums = {
        name: sum(getattr(row, name) for row in rows)
        for name in ("orders", "sales", "redemptions", "refused", "exits", "paid")
    }
    return replace(rows[-1], **sums)


def liabilities(plan: Plan, priced: Mapping[str, Priced], amounts: Iterable[tuple[str, int]]) -> int:
    """What members hold of assets (name, smallest units) in smallest units of the currency, rounded up once."""
    total = Fraction(0)
    for name, amount in amounts:
        asset = plan.assets[name]
        if asset.name in priced:
            worth = Fraction(*priced[asset.name].price)
        elif asset.cash_value is not None:
            worth = asset.cash_value
        else:
            continue
        total += worth * amount * 10**plan.currency_scale / 10**asset.scale
    return -int(-total // 1)


def unit_price(plan: Plan, asset: Asset, numerator: int, denominator: int) -> tuple[int, int]:
    """A price of smallest units as one of whole units (not reduced, so that pool and circulation stay to be seen)."""
    return numerator * 10**asset.scale, denominator * 10**plan.currency_scale
