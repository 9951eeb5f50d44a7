"""What of a plan one kind of event meets: looked up once, and not by every event again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from rewards.interpreter.plain_orders import Step, plain_steps
from rewards.plan.events import Convert, Declared, Event, Joined, OrderPaid, OrderRefunded, Pay, Redeem, TagGiven
from rewards.plan.measures import Stream
from rewards.plan.model import Plan, Rule
from rewards.plan.triggers import REQUESTS, Occasion

_OCCASIONS: Mapping[type, Occasion] = {
    kind: Occasion(kind.trigger) for kind in (OrderPaid, OrderRefunded, Joined, TagGiven, Redeem, Convert, Pay)
}


class Course(NamedTuple):
    """The rules and streams of a plan that wait for one kind of event."""

    day: date
    plan: Plan
    """With the values its parameters have on that day."""
    rules: tuple[Rule, ...]
    streams: tuple[Stream, ...]
    by_rules: bool
    """Whether rules wait for such events at all; none does for others, such as an adjustment."""
    asked: bool
    """Whether it is a request, which some rule has to answer."""
    looks: bool
    """Whether it is looked at before its rules run: counted in streams, or reaching a level at once."""
    plain: tuple[Step, ...] | None = None
    """Of a paid order what its rules move, where that is all there is to it (`rewards.interpreter.plain_orders`)."""


def course_of(plan: Plan, event: Event, day: date) -> Course:
    """What an event meets; kept with the plan for each kind of event, until there is one of another day."""
    known: Course | None = plan.courses.get(type(event))
    if known is None or known.day != day:
        known = _course(plan.on(day), event, day)
        if not isinstance(event, Declared):  # of these each has its own
            plan.courses[type(event)] = known
    return known


def _course(plan: Plan, event: Event, day: date) -> Course:
    occasion = Occasion(event.trigger, event.name) if isinstance(event, Declared) else _OCCASIONS.get(type(event))
    if occasion is None:
        return Course(day, plan, (), (), by_rules=False, asked=False, looks=plan.evaluates_on_events)
    rules, asked = plan.rules_at(occasion), occasion.trigger in REQUESTS
    streams = () if isinstance(event, OrderRefunded) else plan.streams_on(occasion)
    looks = bool(streams) or plan.evaluates_on_events
    plain = plain_steps(plan, rules) if isinstance(event, OrderPaid) and not looks else None
    return Course(day, plan, rules, streams, by_rules=True, asked=asked, looks=looks, plain=plain)
