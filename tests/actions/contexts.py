"""Contexts of a few members held in plain dictionaries, for seeing what one action does by itself.

They keep to the words of the protocols in rewards.actions.base; caps are a number of units a member may still be given.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from rewards.actions.base import Action, CloseContext, Column, EventContext
from rewards.network import Forest
from rewards.plan.amounts import Amount, Fixed
from rewards.plan.conditions import Compare, Condition
from rewards.plan.fields import Field, Kind
from rewards.plan.model import Asset, Plan, Pool, Rule
from rewards.plan.triggers import Occasion, Trigger

TODAY = date(2026, 3, 10)


def no_plan() -> Plan:
    """Stands for the plan where an action asks no more of it than the currency's decimals."""
    return cast(Plan, SimpleNamespace(currency_scale=2))


def units(name: str, scale: int = 0, index: int = 0, **more: Any) -> Asset:
    return Asset(name, index, {}, scale, **more)


def fixed(quantity: int) -> Amount:
    return Amount(Fixed(quantity))


def member_field(name: str, kind: Kind = Kind.NUMBER, scale: int = 0) -> Field:
    root, attribute, *rest = name.split(".")
    return Field(name, root, attribute, ".".join(rest), kind, scale)


def at_least(field_: Field, bound: int) -> Condition:
    return Compare(field_, "at_least", bound)


def rule_of(action: Action, trigger: Trigger) -> Rule:
    return Rule("rule", 0, {}, Occasion(trigger), None, "action", action, enabled=True, line=1)


@dataclass
class OneEvent:
    """An event that happens to `member`; everything by member ordinal."""

    action: Action
    member: int = 1
    trigger: Trigger = Trigger.ORDER_PAID
    parents: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    levels: Mapping[int, int] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    of_member: Mapping[str, Mapping[int, Any]] = field(default_factory=dict)
    """Fields of members, for conditions on whoever is looked at."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    room: Mapping[int, int] = field(default_factory=dict)
    paid_before: int = 0
    balances: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    lots: list[tuple[str, int, int, int]] = field(default_factory=list)
    reported: int | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)
    """The members whose parents were asked for."""
    plan: Plan = field(default_factory=no_plan)
    day: date = TODAY

    @property
    def rule(self) -> Rule:
        return rule_of(self.action, self.trigger)

    def run(self) -> OneEvent:
        self.action.on_event(cast(EventContext, self))
        return self

    def value(self, field_: Field) -> Any:
        return self.values[field_.name]

    def person(self, role: str) -> int:
        return self.parents.get("", {}).get(self.member, 0) if role == "sponsor" else self.member

    def balance(self, asset: Asset, holder: int) -> int:
        return self.balances[asset.name, holder]

    def quantity(self, amount: Amount, member: int) -> int:
        return max(amount.single(self.value) - self.paid_before, 0)

    def give(self, asset: Asset, member: int, quantity: int) -> int:
        given = min(quantity, self.room.get(member, quantity))
        self.balances[asset.name, member] += given
        return given

    def give_lot(self, asset: Asset, member: int, quantity: int, basis: int) -> int:
        given = min(quantity, self.room.get(member, quantity))
        self.lots.append((asset.name, member, given, basis))
        return given

    def take(self, asset: Asset, member: int, quantity: int) -> int:
        taken = min(quantity, self.balances[asset.name, member])
        self.balances[asset.name, member] -= taken
        return taken

    def parent(self, tree: str, member: int) -> int:
        self.asked.append(member)
        return self.parents.get(tree, {}).get(member, 0)

    def level(self, ladder: str, member: int) -> int:
        return self.levels.get(member, -1)

    def holds(self, condition: Condition, member: int) -> bool:
        return bool(condition.holds(lambda field_: self.of_member[field_.name][member]))

    def outcome(self, rule_id: str) -> int:
        return self.outcomes[rule_id]

    def report(self, quantity: int, **details: object) -> None:
        self.reported, self.details = quantity, details


@dataclass
class OneClose:
    """A day close of `size` members; everything as lists by index."""

    action: Action
    size: int
    trigger: Trigger = Trigger.DAY_CLOSE
    chosen: Sequence[bool] | None = None
    trees: Mapping[str, Sequence[int]] = field(default_factory=dict)
    levels: Sequence[int] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Mapping[str, Sequence[int]] = field(default_factory=dict)
    room: int | None = None
    pool: int = 0
    balances: dict[str, list[int]] = field(default_factory=dict)
    used_later: int = 0
    """What events of later days have used of each balance already."""
    lots_issued: list[tuple[str, list[int], list[int]]] = field(default_factory=list)
    reported: list[int] | None = None
    details: Mapping[str, object] = field(default_factory=dict)
    plan: Plan = field(default_factory=no_plan)
    day: date = TODAY

    @property
    def rule(self) -> Rule:
        return rule_of(self.action, self.trigger)

    def run(self) -> OneClose:
        self.action.on_close(cast(CloseContext, self))
        return self

    def value(self, field_: Field) -> Any:
        found = self.values[field_.name]
        return np.array(found, dtype=np.int64) if isinstance(found, list) else found

    def selected(self) -> NDArray[np.bool_]:
        return np.array(self.chosen if self.chosen is not None else [True] * self.size, dtype=np.bool_)

    def spendable(self, asset: Asset) -> Column:
        return self._held(asset) - self.used_later

    def _held(self, asset: Asset) -> Column:
        return np.array(self.balances.setdefault(asset.name, [0] * self.size), dtype=np.int64)

    def level(self, ladder: str) -> Column:
        return np.array(self.levels if self.levels is not None else [-1] * self.size, dtype=np.int64)

    def forest(self, tree: str) -> Forest:
        return Forest(np.array(self.trees[tree], dtype=np.int64))

    def total(self, part: int) -> int:
        return part

    def holds(self, condition: Condition) -> NDArray[np.bool_]:
        return np.asarray(condition.holds(self.value), dtype=np.bool_)

    def quantity(self, amount: Amount) -> Column:
        return amount.column(self.value, self.size)

    def outcome(self, rule_id: str) -> Column:
        return np.array(self.outcomes[rule_id], dtype=np.int64)

    def pool_balance(self, pool: Pool) -> int:
        return self.pool

    def fund(self, pool: Pool, quantity: int) -> int:
        self.pool += quantity
        return quantity

    def pay_from_pool(self, pool: Pool, asset: Asset, quantity: Column) -> Column:
        paid = self.issue(asset, quantity)
        self.pool -= int(paid.sum())
        return paid

    def issue(self, asset: Asset, quantity: Column) -> Column:
        given = quantity if self.room is None else np.minimum(quantity, self.room)
        self._add(asset, given)
        return given

    def issue_lots(self, asset: Asset, quantity: Column, basis: Column) -> Column:
        given = quantity if self.room is None else np.minimum(quantity, self.room)
        self.lots_issued.append((asset.name, given.tolist(), basis.tolist()))
        return given

    def burn(self, asset: Asset, quantity: Column) -> None:
        self._add(asset, -quantity)

    def take_back(self, asset: Asset, quantity: Column, *, lock_again: bool) -> Column:
        self._add(asset, -quantity)
        return quantity

    def _add(self, asset: Asset, quantity: Column) -> None:
        self.balances[asset.name] = (self._held(asset) + quantity).tolist()
        assert min(self.balances[asset.name]) >= 0

    def report(self, quantity: Column, **details: object) -> None:
        self.reported, self.details = quantity.tolist(), details


@dataclass
class Recorded:
    """What is on record of one transfer, for explaining it; members are called m and their index."""

    action: Action
    member: int
    quantity: int = 0
    trigger: Trigger = Trigger.DAY_CLOSE
    details: Mapping[str, object] = field(default_factory=dict)
    sponsor: Sequence[int] = ()
    level: Sequence[int] = ()
    moved: Mapping[str, Sequence[int]] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    plan: Plan = field(default_factory=no_plan)
    day: date = TODAY

    @property
    def rule(self) -> Rule:
        return rule_of(self.action, self.trigger)

    def value(self, field_: Field) -> Any:
        return self.values[field_.name]

    def outcome(self, rule_id: str) -> Column:
        return np.array(self.moved[rule_id], dtype=np.int64)

    def sponsors(self) -> Column:
        return np.array(self.sponsor, dtype=np.int64)

    def levels(self, ladder: str) -> Column:
        return np.array(self.level, dtype=np.int64)

    def name(self, index: int) -> str:
        return f"m{index}"

    def lines(self) -> list[str]:
        """The explanation in English; that there is one in Chinese for every line is seen on the way."""
        steps = self.action.explain(self)
        assert all(step.zh for step in steps)
        return [step.en for step in steps]
