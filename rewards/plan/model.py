"""The compiled plan: what a rule file means once every name in it is resolved.

Everything here is immutable. Amounts are whole numbers of an asset's smallest unit, rates are exact rationals.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.triggers import Trigger

Title = Mapping[str, str]
"""A name for people: language (`en`, `zh`) to text."""


class Compartment(enum.Enum):
    """The parts of what a member has of one asset: free to use, still locked in lots, or owed back after a refund."""

    AVAILABLE = "available"
    LOCKED = "locked"
    DEBT = "debt"


COMPARTMENTS = tuple(Compartment)

ISSUANCE = -1
"""Holder from which units of an asset are issued; below zero by what has been issued."""
PLATFORM = -2
"""The platform's own account: funds pools and takes back what is not paid out; may be below zero."""
TREASURY = -3
"""Units members gave for the stable asset: still in circulation, held by the platform (specification 1, convert)."""
BURNED = -4
"""Units that were destroyed or used up."""


@dataclass(frozen=True)
class Priced:
    """A unit price that is a pool divided by the units in circulation (specification 1)."""

    pool: str
    issue_price: Fraction
    """Currency a unit, before the first unit exists."""
    supply: int | None
    """The most that may ever be issued, in smallest units; None for no limit."""


@dataclass(frozen=True)
class LotPolicy:
    """When a locked lot starts to release: at the close of the day so many days after its order's business day."""

    start_after_days: int


@dataclass(frozen=True)
class Asset:
    """A unit of account the plan declares; `scale` is the number of decimals of its smallest unit."""

    name: str
    index: int
    title: Title
    scale: int
    currency: bool = False
    lots: LotPolicy | None = None
    """How its locked lots behave; None when members cannot hold any."""
    cash_value: Fraction | None = None
    """What one whole unit pays for, in whole units of the currency."""
    priced: Priced | None = None

    def book(self, compartment: Compartment = Compartment.AVAILABLE) -> int:
        """The plan's own number of the book that holds this asset's accounts of one compartment."""
        return self.index * len(COMPARTMENTS) + COMPARTMENTS.index(compartment)


@dataclass(frozen=True)
class Pool:
    """An account of the platform's that holds currency for a stated purpose."""

    name: str
    index: int
    title: Title

    @property
    def holder(self) -> int:
        """The holder number of this pool within its plan (the ledger has its own, stable across versions)."""
        return -100 - self.index


@dataclass(frozen=True)
class Level:
    """One step of a ladder: reached when the measure is at least (or, when `strict`, above) the threshold."""

    name: str
    title: Title
    threshold: int
    strict: bool
    columns: Mapping[str, Fraction]

    def reached(self, measure: int) -> bool:
        """Whether a measure (smallest units of the ladder's field) reaches this level."""
        return measure > self.threshold if self.strict else measure >= self.threshold

    @property
    def lowest(self) -> int:
        """The smallest measure, in smallest units, that reaches this level."""
        return self.threshold + 1 if self.strict else self.threshold


@dataclass(frozen=True)
class Ladder:
    """Thresholds on a measure.

    Ladders over a member's measures are evaluated at day close and held; a ladder over an order's field only
    classifies that order.
    """

    name: str
    index: int
    title: Title
    measure: Field
    levels: tuple[Level, ...]
    demote: bool

    @property
    def held(self) -> bool:
        """Whether members hold a level of this ladder (its measure belongs to a member, not to an order)."""
        return self.measure.root != "order"

    def level_of(self, measure: int) -> int:
        """Index of the highest level a measure (smallest units) reaches, or -1."""
        reached = -1
        for index, level in enumerate(self.levels):
            if not level.reached(measure):
                break
            reached = index
        return reached

    def column(self, name: str) -> tuple[Fraction, ...]:
        """The values of one column, a level each."""
        return tuple(level.columns[name] for level in self.levels)

    def index_of(self, level_name: str) -> int:
        """Index of a level by its name; -1 for a name this version of the ladder does not have."""
        return next((i for i, level in enumerate(self.levels) if level.name == level_name), -1)


@dataclass(frozen=True)
class Payment:
    """Up to which share of an order's total may be paid with which asset."""

    asset: Asset
    up_to: Fraction


@dataclass(frozen=True)
class Rule:
    """One rule: when `trigger` happens and `when` holds, `action` has its effect."""

    id: str
    index: int
    title: Title
    trigger: Trigger
    when: Condition | None
    action_name: str
    action: Any
    """The compiled action (see rewards.actions.base); typed there because the plan room does not know the actions."""
    enabled: bool
    line: int
    """Line of the rule in its file, for explanations."""


@dataclass(frozen=True)
class Plan:
    """A rule file, compiled. `digest` is the SHA-256 of its source text and names the version."""

    name: str
    title: Title
    currency: str
    timezone: ZoneInfo
    assets: Mapping[str, Asset]
    pools: Mapping[str, Pool]
    ladders: Mapping[str, Ladder]
    payment: Payment | None
    keeps_accelerations: bool
    """Whether a refund leaves with the upline what the refunded order's releases have earned them."""
    applies_to: Condition | None
    rules: tuple[Rule, ...]
    source: str
    digest: str
    file: str = field(compare=False)

    @cached_property
    def books(self) -> tuple[tuple[Asset, Compartment], ...]:
        """The plan's books in the order of their numbers."""
        return tuple((asset, compartment) for asset in self.assets.values() for compartment in COMPARTMENTS)

    @cached_property
    def currency_asset(self) -> Asset | None:
        """The asset that is the currency itself, if the plan keeps any."""
        return next((asset for asset in self.assets.values() if asset.currency), None)

    @property
    def currency_scale(self) -> int:
        """Decimals of the currency: those of the currency asset, else 2."""
        return self.currency_asset.scale if self.currency_asset else 2

    @cached_property
    def priced_assets(self) -> tuple[Asset, ...]:
        """The assets whose unit price follows a pool."""
        return tuple(asset for asset in self.assets.values() if asset.priced)

    @cached_property
    def held_ladders(self) -> tuple[Ladder, ...]:
        """The ladders whose levels members hold, in the file's order."""
        return tuple(ladder for ladder in self.ladders.values() if ladder.held)

    @cached_property
    def _by_trigger(self) -> Mapping[Trigger, tuple[Rule, ...]]:
        return {
            trigger: tuple(rule for rule in self.rules if rule.trigger is trigger and rule.enabled)
            for trigger in Trigger
        }

    def rules_on(self, trigger: Trigger) -> tuple[Rule, ...]:
        """The enabled rules that wait for a trigger, in the file's order."""
        return self._by_trigger[trigger]

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; KeyError when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def business_day(self, moment: datetime) -> date:
        """The day, in the plan's time zone, that an aware moment belongs to."""
        return moment.astimezone(self.timezone).date()
