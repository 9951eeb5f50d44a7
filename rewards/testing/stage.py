"""Playing a case: a world with what is given, and the steps that change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import BUILT_IN_RULES
from rewards.interpreter.world import World
from rewards.money import parse_amount
from rewards.plan.events import Line
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.model import Plan
from rewards.plan.schema_words import plain
from rewards.testing.check import days_closed
from rewards.testing.format import Step
from rewards.testing.given import give
from rewards.testing.names import NEWCOMERS, newcomer
from rewards.testing.trees import play_place


class Stage:
    """The world of one case, the day it is there, and what the last step has done."""

    def __init__(self, plan: Plan, given: Mapping[str, Any], starts: date | None) -> None:
        self.plan = plan
        self.world = World(plan)
        self.newcomers = 0
        self.outcome: Outcome | CloseOutcome | None = None
        """What the last step has done; of repeated ones, the last."""
        self.seen = starts or date.min
        """The day of the last step: that of an event, or the last one closed."""
        self._day = date.min
        give(self.world, given, starts)

    def play(self, step: Step) -> None:
        """Do what a step says. Raises Refused, and ArithmeticError where the plan comes to the impossible."""
        value = step.value
        match step.kind:
            case "join":
                self._join(value)
            case "close":
                self._close(value)
            case "order":
                self._order(value)
            case "refund":
                amount = plain(value["amount"]) if "amount" in value else None
                self.outcome = self.world.refund(value["order"], amount, on=self._on(value))
            case "event":
                self._event(value)
            case "tag":
                first, last = value.get("from"), value.get("through")
                on = self._on(value)
                self.outcome = self.world.tag(value["member"], value["tag"], first=first, until=last, on=on)
            case "untag":
                self.world.untag(value["member"], value["tag"], on=self._on(value))
                self.outcome = None
            case "place":
                play_place(self.world, value, self._on(value))
                self.outcome = None
            case "claim":
                on, count = self._on(value), value.get("count", 1)
                self.outcome = self.world.claim(value["member"], value["reward"], count, on=on, id=value.get("id"))
            case "cancel":
                self.outcome = self.world.cancel(value["claim"], on=self._on(value))
            case "declare":
                if "on" in value:
                    self._on(value)
                self.world.declare(value["parameter"], plain(value["period"]), plain(value["value"]))
                self.outcome = None
            case _:
                self._request(step.kind, value)

    def _on(self, value: Mapping[str, Any]) -> str:
        if "on" in value:
            self._day = date.fromisoformat(value["on"])
        self.seen = self._day
        return self._day.isoformat()

    # --- members --------------------------------------------------------------------------------------------

    def _join(self, value: Mapping[str, Any]) -> None:
        before = self.world.last
        self.world.join(
            value["id"],
            value.get("sponsor"),
            merchant=value.get("merchant", False),
            birthday=value.get("birthday"),
            on=self._on(value) if "on" in value else None,
        )
        self.outcome = None if self.world.last is before else self.world.last

    # --- orders, events and requests ------------------------------------------------------------------------

    def _order(self, value: Mapping[str, Any]) -> None:
        on = self._on(value)
        for member in list(self._buyers(value)):
            self.outcome = self.world.order(
                member,
                plain(value["total"]),
                on=on,
                time=value.get("time"),
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

    def _event(self, value: Mapping[str, Any]) -> None:
        declared = self.plan.events[value["name"]].fields
        fields = {name: _sent(declared[name], said) for name, said in value.get("fields", {}).items()}
        self.outcome = self.world.event(
            value["member"], value["name"], fields, on=self._on(value), time=value.get("time"), id=value.get("id")
        )

    def _request(self, kind: str, value: Mapping[str, Any]) -> None:
        world, on = self.world, self._on(value)
        member, quantity = value["member"], plain(value["quantity"])
        match kind:
            case "redeem":
                self.outcome = world.redeem(member, value["asset"], quantity, on=on)
            case "convert":
                self.outcome = world.convert(member, value["from"], value["to"], quantity, on=on)
            case "pay":
                self.outcome = world.pay(member, value["to"], value["asset"], quantity, on=on)
            case "adjust":
                basis = plain(value["locked_basis"]) if "locked_basis" in value else None
                reason = value.get("reason", "test")
                self.outcome = world.adjust(member, value["asset"], quantity, on=on, locked_basis=basis, reason=reason)

    # --- closes ---------------------------------------------------------------------------------------------

    def _close(self, value: str | Mapping[str, Any]) -> None:
        first, last = days_closed(value)
        approved = frozenset(value.get("approve", ()) if isinstance(value, dict) else ())
        for number in range((last - first).days + 1):
            self.seen = first + timedelta(days=number)
            self.outcome = self.world.close(self.seen, approved=approved) if approved else self.world.close(self.seen)
        self._day = last + timedelta(days=1)

    # --- names ----------------------------------------------------------------------------------------------

    def meant(self, key: str) -> list[str]:
        """The members a key stands for."""
        if key != NEWCOMERS or not self.newcomers:
            return [key]
        return [newcomer(number) for number in range(1, self.newcomers + 1)]

    def rule_index(self, name: str) -> int:
        """The index of a rule, or of one that is built in, by its name."""
        built_in = {rule: index for index, rule in BUILT_IN_RULES.items()}
        return built_in[name] if name in built_in else self.plan.rule(name).index


def _sent(field: DeclaredField, said: Any) -> Any:
    """A field's value as a world takes it, from how it may be written."""
    if field.kind is Kind.AMOUNT or field.scale:
        return plain(said)
    return int(plain(said)) if field.kind is Kind.NUMBER else said
