"""What the platform tells of rewards and claims. Quantities are decimal texts with the asset's full scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rewards.services.views import EventView


@dataclass(frozen=True)
class RefusalView:
    """Why somebody cannot have a reward: a code, and what it means in each language."""

    code: str
    text: Mapping[str, str]


@dataclass(frozen=True)
class RewardView:
    """A reward that a plan in force has, and whether it can be had today."""

    plan: str
    reward: str
    title: Mapping[str, str]
    price: Mapping[str, str]
    """What one piece costs: for each asset a quantity; empty for a gift."""
    gives: Mapping[str, str]
    """What one piece gives: for each asset a quantity."""
    codes: bool
    """Whether each piece is a voucher code."""
    stock: int | None
    """How many are left; None for no limit."""
    limit: int | None
    """How many more the member asked about may have now; None for no limit, and where nobody was asked about."""
    refusal: RefusalView | None
    """Why that member, or where nobody was asked about anybody, cannot have one today; None when they can."""


@dataclass(frozen=True)
class ClaimView:
    """A claim on record."""

    plan: str
    reward: str
    title: Mapping[str, str]
    member: str
    count: int
    price: Mapping[str, str]
    """What all of it cost: for each asset a quantity."""
    gives: Mapping[str, str]
    """What all of it gave: for each asset a quantity."""
    day: date
    """The business day it was booked to."""
    codes: Sequence[str]
    cancelled: bool
    event: EventView

    @property
    def repeated(self) -> bool:
        """Whether this very claim had been taken before."""
        return self.event.repeated


@dataclass(frozen=True)
class CodesView:
    """Voucher codes that were loaded, and how many wait to be given out now."""

    plan: str
    reward: str
    added: int
    left: int
