"""The compiled plan: what a rule file means once every name in it is resolved.

Everything here is immutable. Amounts are whole numbers of an asset's smallest unit, rates are exact rationals.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from rewards.plan.amounts import Amount
from rewards.plan.cap import Cap
from rewards.plan.catalogue import Reward
from rewards.plan.conditions import Condition
from rewards.plan.fields import DeclaredField
from rewards.plan.ladder import Ladder
from rewards.plan.lots import Expiry, LotPolicy
from rewards.plan.measures import Flow, Measure, Stream, entries_of
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import Span, Window

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
class Asset:
    """A unit of account the plan declares; `scale` is the number of decimals of its smallest unit."""

    name: str
    index: int
    title: Title
    scale: int
    currency: bool = False
    lots: LotPolicy | None = None
    """How its locked lots behave; None when members cannot hold any."""
    expiry: Expiry | None = None
    """How long units stay good once they are free to use; None for ever."""
    cash_value: Fraction | None = None
    """What one whole unit pays for, in whole units of the currency."""
    priced: Priced | None = None

    def book(self, compartment: Compartment) -> int:
        """The plan's own number of the book that holds this asset's accounts of one compartment."""
        return self.index * len(COMPARTMENTS) + COMPARTMENTS.index(compartment)

    @cached_property
    def free_book(self) -> int:
        """The book of what is free to use, which most that happens is about."""
        return self.book(Compartment.AVAILABLE)

    @cached_property
    def locked_book(self) -> int:
        """The book of what is in lots."""
        return self.book(Compartment.LOCKED)

    @cached_property
    def debt_book(self) -> int:
        """The book of what is owed."""
        return self.book(Compartment.DEBT)


@dataclass(frozen=True)
class Pool:
    """An account of the platform's that holds currency for a stated purpose."""

    name: str
    index: int
    title: Title

    @cached_property
    def holder(self) -> int:
        """The holder number of this pool within its plan (the ledger has its own, stable across versions)."""
        return -100 - self.index


@dataclass(frozen=True)
class DeclaredEvent:
    """A kind of event that the plan declares and a shop sends: a stay, a review, a check-in."""

    name: str
    title: Title
    fields: Mapping[str, DeclaredField]


@dataclass(frozen=True)
class Tag:
    """A mark a member may carry from one day to another, given by hand or asked for."""

    name: str
    title: Title


SPONSOR_TREE = "sponsor"
"""What the sponsor tree is called where people name trees, which no other may be; in code its name is empty."""


@dataclass(frozen=True)
class Tree:
    """A tree besides the sponsor tree; with `legs` a member has one place for each name, else as many as come."""

    name: str
    title: Title
    legs: tuple[str, ...]


@dataclass(frozen=True)
class Parameter:
    """A named number. Its values are as written in the file, each with the first day (ordinal) it is in force."""

    name: str
    title: Title
    values: tuple[tuple[int, Any], ...]
    declared: Span | None = None
    """The periods for which it is declared when they are over or under way, by an event; it then has no values."""


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
    occasion: Occasion
    when: Condition | None
    action_name: str
    action: Any
    """The compiled action (see rewards.actions.base); typed there because the plan room does not know the actions."""
    enabled: bool
    line: int
    """Line of the rule in its file, for explanations."""
    awaits: frozenset[str] = frozenset()
    """The declared parameters it, or a rule it waits with, needs; while one of them is missing it waits."""
    taken_of: frozenset[str] = frozenset()
    """The rules (ids) further up of which it is computed: it runs in the same close as they."""

    @property
    def trigger(self) -> Trigger:
        """What kind of event it waits for."""
        return self.occasion.trigger


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
    measures: Mapping[str, Measure]
    events: Mapping[str, DeclaredEvent]
    tags: Mapping[str, Tag]
    trees: Mapping[str, Tree]
    caps: Mapping[str, Cap]
    parameters: Mapping[str, Parameter]
    source: str
    digest: str
    file: str = field(compare=False)
    rewards: Mapping[str, Reward] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, DeclaredField]] = field(default_factory=dict)
    """The declared attributes of `order` and of `line`, by name."""
    recompile: Callable[[Mapping[str, Any]], Plan] | None = field(default=None, compare=False, repr=False)
    """Gives the same plan with other values (as written) for its parameters; set by the loader where values change."""
    _variants: dict[tuple[tuple[str, Any], ...], Plan] = field(default_factory=dict, compare=False, repr=False)
    _on_days: dict[date, Plan] = field(default_factory=dict, compare=False, repr=False)
    """The plan on days that were asked for, where nothing is declared: every event asks."""
    courses: dict[type, Any] = field(default_factory=dict, compare=False, repr=False)
    """For a kind of event the rules and streams it meets (see `rewards.interpreter.course`), once they are known."""

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
    def backings(self) -> Mapping[str, tuple[int, int, int]]:
        """For each priced asset what makes its price: the book of its units, the currency's, and the pool's holder.

        The price is what is in the pool, divided by what is in circulation: issued and not burned.
        """
        found = {}
        for asset in self.priced_assets:
            currency = self.currency_asset
            assert asset.priced is not None
            assert currency is not None
            found[asset.name] = (asset.free_book, currency.free_book, self.pools[asset.priced.pool].holder)
        return found

    @cached_property
    def remembers(self) -> bool:
        """Whether more is remembered of a transfer than balances: what was earned or spent, or when it expires."""
        return bool(self.flow_keys) or any(asset.expiry is not None for asset in self.assets.values())

    @cached_property
    def held_ladders(self) -> tuple[Ladder, ...]:
        """The ladders whose levels members hold, in the file's order."""
        return tuple(ladder for ladder in self.ladders.values() if ladder.held)

    @cached_property
    def evaluates_on_events(self) -> bool:
        """Whether events may bring members to another level, and not closes alone."""
        return any(ladder.evaluated.on_events for ladder in self.held_ladders)

    @cached_property
    def _by_occasion(self) -> Mapping[Occasion, tuple[Rule, ...]]:
        enabled = [rule for rule in self.rules if rule.enabled]
        occasions = {rule.occasion for rule in enabled}
        return {each: tuple(rule for rule in enabled if rule.occasion == each) for each in occasions}

    def rules_on(self, trigger: Trigger, event: str = "") -> tuple[Rule, ...]:
        """The enabled rules that wait for a trigger (of a declared event: for that event), in the file's order."""
        return self.rules_at(Occasion(trigger, event))

    def rules_at(self, occasion: Occasion) -> tuple[Rule, ...]:
        """The enabled rules that wait for what happens then, in the file's order."""
        return self._by_occasion.get(occasion, ())

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        """The streams its measures count, and those that note when windows begin, by key."""
        sources = [measure.source for measure in self.measures.values()]
        sources += [entries_of(window.since.removeprefix("event.")) for window in self._windows_since_events]
        return {source.key: source for source in sources if isinstance(source, Stream)}

    @cached_property
    def _streams_by_occasion(self) -> Mapping[Occasion, tuple[Stream, ...]]:
        streams = self.streams.values()
        return {each.occasion: tuple(one for one in streams if one.occasion == each.occasion) for each in streams}

    def streams_on(self, occasion: Occasion) -> tuple[Stream, ...]:
        """The streams that count what happens then, in their order."""
        return self._streams_by_occasion.get(occasion, ())

    @property
    def _windows_since_events(self) -> Iterator[Window]:
        windows = [measure.window for measure in self.measures.values()] + [cap.window for cap in self.caps.values()]
        windows += [reward.window for reward in self.rewards.values()]
        amounts = [each for rule in self.rules for each in vars(rule.action).values() if isinstance(each, Amount)]
        windows += [amount.less_paid for amount in amounts if amount.less_paid is not None]
        return (window for window in windows if window.since.startswith("event."))

    @cached_property
    def total_keys(self) -> frozenset[str]:
        """The keys of streams and flows that are also kept for everybody together, under member 0."""
        measures = [measure.source for measure in self.measures.values() if measure.everybody]
        flows = {flow.key for cap in self.caps.values() if cap.everybody for flow in cap.flows}
        for source in measures:
            flows |= {source.key} if isinstance(source, Stream) else set()
            flows |= {flow.key for flow in source} if isinstance(source, tuple) else set()
        return frozenset(flows)

    @cached_property
    def flows(self) -> frozenset[Flow]:
        """The flows that something in the plan looks at; no others are kept."""
        of_measures = {flow for m in self.measures.values() if isinstance(m.source, tuple) for flow in m.source}
        of_caps = {flow for cap in self.caps.values() for flow in cap.flows}
        of_rules = {flow for rule in self.rules for flow in rule.action.flows}
        return frozenset(of_measures | of_caps | of_rules)

    @cached_property
    def flow_keys(self) -> frozenset[str]:
        """The names of those flows' cells."""
        return frozenset(flow.key for flow in self.flows)

    def on(self, day: date, declared: Mapping[str, Any] | None = None) -> Plan:
        """The plan with the values its parameters have on a day; `declared` gives those of declared parameters.

        All variants have the same assets, ladders and rules, and differ in numbers only.
        """
        if self.recompile is None:
            return self
        if declared:
            return self._variant(day, dict(declared))
        found = self._on_days.get(day)
        if found is None:
            found = self._on_days[day] = self._variant(day, {})
        return found

    def _variant(self, day: date, chosen: dict[str, Any]) -> Plan:
        for name, parameter in self.parameters.items():
            for first, value in parameter.values:
                if first <= day.toordinal():
                    chosen[name] = value
        key = tuple(sorted(chosen.items()))
        if key not in self._variants:
            assert self.recompile is not None
            self._variants[key] = self.recompile(chosen)
        return self._variants[key]

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; KeyError when there is none."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

    def business_day(self, moment: datetime) -> date:
        """The day, in the plan's time zone, that an aware moment belongs to."""
        return moment.astimezone(self.timezone).date()
