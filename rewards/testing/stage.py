"""Playing a case: a world with what is given, and the steps that change it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np

from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import BUILT_IN_RULES
from rewards.interpreter.world import World
from rewards.money import parse_amount
from rewards.plan.events import Line
from rewards.plan.model import Asset, Compartment, Plan
from rewards.plan.schema_words import plain
from rewards.testing.check import NEWCOMERS, days_closed, newcomer
from rewards.testing.format import Step

LONG_AGO = date.min.isoformat()
"""The business day of lots that do not say theirs: all of them have started."""

Moved = Mapping[tuple[int, int], tuple[Asset, int]]
"""(rule, receiver) to the asset received and how many smallest units of it."""


class Stage:
    """The world of one case, the day it is there, and what the last step has moved."""

    def __init__(self, plan: Plan, given: Mapping[str, Any]) -> None:
        self.plan = plan
        self.world = World(plan)
        self.newcomers = 0
        self._day = date.min
        self._outcome: Outcome | CloseOutcome | None = None
        self._give(given)

    def _give(self, given: Mapping[str, Any]) -> None:
        # Everybody joins first: no holding may be looked at before all there is at first is there.
        for member in given.get("members", ()):
            self.world.join(member["id"], member.get("sponsor"), merchant=member.get("merchant", False))
        for name, quantity in given.get("pools", {}).items():
            self.world.fill_pool(name, plain(quantity))
        for asset, quantity in given.get("treasury", {}).items():
            self.world.fill_treasury(asset, plain(quantity))
        for member in given.get("members", ()):
            self._give_member(member)

    def _give_member(self, member: Mapping[str, Any]) -> None:
        name = member["id"]
        for asset, quantity in member.get("balances", {}).items():
            self.world.give(name, asset, plain(quantity))
        for asset, quantity in member.get("owes", {}).items():
            self.world.give_debt(name, asset, plain(quantity))
        for lot in member.get("locked", ()):
            quantity, basis = plain(lot["quantity"]), plain(lot.get("basis", 0))
            self.world.give_lot(name, lot["asset"], quantity, basis=basis, day=lot.get("day", LONG_AGO))
        for ladder, level in member.get("levels", {}).items():
            self.world.give_level(name, ladder, level)
        if "sales" in member or "orders" in member:
            self.world.give_sales(name, plain(member.get("sales", 0)), member.get("orders", 1))

    # --- steps ----------------------------------------------------------------------------------------------

    def play(self, step: Step) -> None:
        """Do what a step says. Raises Refused, and ArithmeticError where the plan comes to the impossible."""
        value = step.value
        match step.kind:
            case "join":
                self.world.join(value["id"], value.get("sponsor"), merchant=value.get("merchant", False))
            case "close":
                self._close(*days_closed(value))
            case "order":
                self._order(value)
            case "refund":
                amount = plain(value["amount"]) if "amount" in value else None
                self._outcome = self.world.refund(value["order"], amount, on=self._on(value))
            case _:
                self._request(step.kind, value)

    def _on(self, value: Mapping[str, Any]) -> str:
        if "on" in value:
            self._day = date.fromisoformat(value["on"])
        return self._day.isoformat()

    def _order(self, value: Mapping[str, Any]) -> None:
        on = self._on(value)
        for member in list(self._buyers(value)):
            self._outcome = self.world.order(
                member,
                plain(value["total"]),
                on=on,
                points=[(asset, plain(quantity)) for asset, quantity in value.get("points", {}).items()],
                lines=[self._line(line) for line in value.get("lines", ())],
                attributes=value.get("attributes"),
                id=value.get("id"),
            )

    def _buyers(self, value: Mapping[str, Any]) -> Iterator[str]:
        for _ in range(value.get("repeat", 1) if "member" in value else 0):
            yield value["member"]
        for _ in range(value.get(NEWCOMERS, 0)):
            self.newcomers += 1
            self.world.join(newcomer(self.newcomers), value.get("sponsor"))
            yield newcomer(self.newcomers)

    def _line(self, line: Mapping[str, Any]) -> Line:
        return Line(
            amount=parse_amount(plain(line["amount"]), self.plan.currency_scale),
            sku=line.get("sku", ""),
            category=line.get("category", ""),
            quantity=line.get("quantity", 1),
            attributes=line.get("attributes", {}),
        )

    def _request(self, kind: str, value: Mapping[str, Any]) -> None:
        world, on = self.world, self._on(value)
        member, quantity = value["member"], plain(value["quantity"])
        match kind:
            case "redeem":
                self._outcome = world.redeem(member, value["asset"], quantity, on=on)
            case "convert":
                self._outcome = world.convert(member, value["from"], value["to"], quantity, on=on)
            case "pay":
                self._outcome = world.pay(member, value["to"], value["asset"], quantity, on=on)
            case "adjust":
                basis = plain(value["locked_basis"]) if "locked_basis" in value else None
                reason = value.get("reason", "test")
                self._outcome = world.adjust(member, value["asset"], quantity, on=on, locked_basis=basis, reason=reason)

    def _close(self, first: date, last: date) -> None:
        for number in range((last - first).days + 1):
            self._outcome = self.world.close(first + timedelta(days=number))
        self._day = last + timedelta(days=1)

    # --- what the last step has moved -----------------------------------------------------------------------

    def rule_index(self, name: str) -> int:
        """The index of a rule, or of one that is built in, by its name."""
        built_in = {rule: index for index, rule in BUILT_IN_RULES.items()}
        return built_in[name] if name in built_in else self.plan.rule(name).index

    def moved(self) -> Moved:
        """What the last step's event or close has moved to members and pools; of repeated ones, the last.

        Nobody receives a debt, nor what a close puts back into lots.
        """
        found: dict[tuple[int, int], tuple[Asset, int]] = {}
        sums: dict[tuple[int, int], int] = defaultdict(int)
        closed = isinstance(self._outcome, CloseOutcome)
        for rule, book, receiver, quantity in _arrivals(self._outcome):
            asset, compartment = self.plan.books[book]
            if compartment is not Compartment.DEBT and not (closed and compartment is Compartment.LOCKED):
                sums[rule, receiver] += quantity
                found[rule, receiver] = (asset, sums[rule, receiver])
        return found


def _arrivals(outcome: Outcome | CloseOutcome | None) -> Iterator[tuple[int, int, int, int]]:
    """Every transfer's rule, target book, receiver and quantity."""
    if isinstance(outcome, CloseOutcome):
        for block in outcome.blocks:
            receivers = np.broadcast_to(np.asarray(block.target), block.quantity.shape).tolist()
            for receiver, quantity in zip(receivers, block.quantity.tolist(), strict=True):
                yield block.rule, block.target_book, receiver, quantity
    elif outcome is not None:
        for transfer in outcome.transfers:
            yield transfer.rule, transfer.target_book, transfer.target, transfer.quantity
