"""What the fields of the catalogue are worth while an event is interpreted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from rewards.interpreter.facts import PERSONS, MemberFacts
from rewards.plan.attributes import NOT_SENT, attribute_value
from rewards.plan.events import Declared, Event, OrderPaid, OrderRefunded, TagGiven
from rewards.plan.fields import SAID_BY_ORDERS, Field, Kind
from rewards.plan.model import Plan, Pool


class Run(Protocol):
    """As much of an event on its way through the rules as its fields depend on."""

    plan: Plan
    event: Event
    reached: tuple[str, int]
    """The ladder and level (index) that rules on level.reached are about."""

    @property
    def facts(self) -> MemberFacts:
        """What is true of members."""
        ...

    def person(self, role: str) -> int:
        """The buyer, sponsor or member the event is about."""
        ...

    def outcome(self, rule_id: str) -> int:
        """What an earlier rule has moved."""
        ...

    def pool_balance(self, pool: Pool) -> int:
        """What is in a pool."""
        ...


Reader = Callable[[Run, Field], Any]


def order_of(run: Run) -> OrderPaid:
    """The order an event is about."""
    event = run.event
    if isinstance(event, OrderPaid):
        return event
    assert isinstance(event, OrderRefunded)
    return event.order


def order_value(order: OrderPaid, plan: Plan, field: Field) -> Any:
    """The value of an `order.…` field, which depends on nothing but the order. Raises KeyError for any other field."""
    if field.root != "order" or field.attribute == "number":
        raise KeyError(field.name)
    reader = ORDER_READERS.get(field.attribute)
    return getattr(order, field.attribute) if reader is None else reader(order, plan, field)


def _order_level(order: OrderPaid, plan: Plan, field: Field) -> int:
    ladder = plan.ladders[field.ladder]
    assert ladder.measure is not None
    return ladder.level_of(order_value(order, plan, ladder.measure))


ORDER_READERS: Mapping[str, Callable[[OrderPaid, Plan, Field], Any]] = {
    "level": _order_level,
    "attributes": lambda order, plan, field: attribute_value(order.attributes, field),
    "lines": lambda order, plan, field: len(order.lines),
    "time": lambda order, plan, field: time_of_day(plan, order.paid_at),
    "each_line": lambda order, plan, field: order.paid_lines,
}
"""The fields of an order that are not simply what it says."""


def time_of_day(plan: Plan, moment: datetime) -> int:
    """Minutes since midnight in the plan's time zone."""
    local = moment.astimezone(plan.timezone)
    return local.hour * 60 + local.minute


def event_value(event: Declared, plan: Plan, field: Field) -> Any:
    """The value of an `event.…` field; what was not sent is 0, an empty text or false."""
    if field.attribute == "level" and field.ladder:
        ladder = plan.ladders[field.ladder]
        assert ladder.measure is not None
        return ladder.level_of(event_value(event, plan, ladder.measure))
    if field.attribute == "time" and field.kind is Kind.TIME:
        return time_of_day(plan, event.at)
    return event.fields.get(field.attribute, NOT_SENT[field.kind])


def field_value(run: Run, field: Field) -> Any:
    """The value of a field while an event is interpreted."""
    root, event = field.root, run.event
    if root == "order" and type(event) is OrderPaid and field.attribute in SAID_BY_ORDERS:
        return getattr(event, field.attribute)
    reader = READERS.get(root)
    if reader is not None:
        return reader(run, field)
    return run.facts.value(field, run.person(root) if root in PERSONS else 0)


def _order(run: Run, field: Field) -> Any:
    if field.attribute == "number":
        return _order_number(run)
    order, reader = order_of(run), ORDER_READERS.get(field.attribute)
    return getattr(order, field.attribute) if reader is None else reader(order, run.plan, field)


def _order_number(run: Run) -> int:
    orders = run.facts.state.purchases(run.event.member).orders
    if isinstance(run.event, OrderRefunded):
        # What is left of the order counts; one that is refunded whole has been taken off already.
        return orders + (run.event.refunded_before + run.event.amount == run.event.order.total)
    return orders + 1


def _event(run: Run, field: Field) -> Any:
    assert isinstance(run.event, Declared)
    return event_value(run.event, run.plan, field)


def _refund(run: Run, field: Field) -> int:
    assert isinstance(run.event, OrderRefunded)
    return run.event.amount


def _reached(run: Run, field: Field) -> int:
    ladder, level = run.reached
    return level if ladder == (field.ladder or field.attribute) else -1


def _tag(run: Run, field: Field) -> str:
    assert isinstance(run.event, TagGiven)
    return run.event.tag


READERS: Mapping[str, Reader] = {
    "order": _order,
    "event": _event,
    "refund": _refund,
    "reached": _reached,
    "tag": _tag,
    "rules": lambda run, field: run.outcome(field.argument),
    "pool": lambda run, field: run.pool_balance(run.plan.pools[field.argument]),
}
"""By their root, the fields that are the event's own; all others are those of members and of the day."""
