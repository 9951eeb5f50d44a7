"""What the fields of the catalogue are worth while an event is interpreted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Protocol

from rewards.interpreter.state import State
from rewards.plan.events import Event, OrderPaid, OrderRefunded
from rewards.plan.fields import WEEKDAYS, Field
from rewards.plan.model import Asset, Plan


class Run(Protocol):
    """As much of an event on its way through the rules as its fields depend on."""

    plan: Plan
    day: date
    event: Event
    state: State

    def person(self, role: str) -> int:
        """The buyer, sponsor or member the event is about."""
        ...

    def balance(self, asset: Asset, holder: int) -> int:
        """What a holder has available."""
        ...

    def value(self, field_: Field) -> Any:
        """The value of another field."""
        ...

    def outcome(self, rule_id: str) -> int:
        """What an earlier rule has moved."""
        ...


Reader = Callable[[Run, Field], Any]


def order_of(run: Run) -> OrderPaid:
    """The order an event is about."""
    event = run.event
    if isinstance(event, OrderRefunded):
        return event.order
    assert isinstance(event, OrderPaid)
    return event


def order_value(order: OrderPaid, plan: Plan, field: Field) -> Any:
    """The value of an `order.…` field, which depends on nothing but the order. Raises KeyError for any other field."""
    if field.root != "order":
        raise KeyError(field.name)
    if field.attribute == "level":
        ladder = plan.ladders[field.ladder]
        assert ladder.measure is not None
        return ladder.level_of(order_value(order, plan, ladder.measure))
    if field.attribute == "attributes":
        return order.attributes.get(field.argument, "")
    if field.attribute == "lines":
        return len(order.lines)
    return order.lines if field.attribute == "each_line" else getattr(order, field.attribute)


def _order_value(run: Run, field: Field) -> Any:
    return order_value(order_of(run), run.plan, field)


def _refund_amount(run: Run, field: Field) -> int:
    assert isinstance(run.event, OrderRefunded)
    return run.event.amount


def _person_balance(run: Run, field: Field) -> int:
    person = run.person(field.root)
    return run.balance(run.plan.assets[field.argument], person) if person else 0


def _person_sales(run: Run, field: Field) -> int:
    person = run.person(field.root)
    return run.state.purchases(person).cash if person else 0


def _person_orders(run: Run, field: Field) -> int:
    person = run.person(field.root)
    return run.state.purchases(person).orders if person else 0


def _person_merchant(run: Run, field: Field) -> bool:
    person = run.person(field.root)
    return bool(person) and run.state.source.merchant(person)


def _person_level(run: Run, field: Field) -> int:
    person = run.person(field.root)
    return run.state.source.level(field.ladder, person) if person else -1


READERS: Mapping[tuple[str, str], Reader] = {
    **{
        ("order", attribute): _order_value
        for attribute in ("cash", "total", "points", "lines", "each_line", "attributes", "level")
    },
    ("sponsor", "exists"): lambda run, field: bool(run.person("sponsor")),
    ("refund", "amount"): _refund_amount,
    ("rules", "amount"): lambda run, field: run.outcome(field.argument),
    ("day", "weekday"): lambda run, field: WEEKDAYS[run.day.weekday()],
    ("day", "month"): lambda run, field: run.day.month,
    ("day", "of_month"): lambda run, field: run.day.day,
    **{
        (person, attribute): reader
        for person in ("buyer", "sponsor", "member")
        for attribute, reader in (
            ("balance", _person_balance),
            ("sales", _person_sales),
            ("orders", _person_orders),
            ("merchant", _person_merchant),
            ("level", _person_level),
        )
    },
}
