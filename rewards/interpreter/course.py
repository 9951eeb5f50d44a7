"""What of a plan one kind of event meets: looked up once, and not by every event again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rewards.interpreter.state import State
from rewards.plan.events import Convert, Declared, Event, Joined, OrderPaid, OrderRefunded, Pay, Redeem, TagGiven
from rewards.plan.measures import Stream
from rewards.plan.model import Plan, Rule
from rewards.plan.triggers import REQUESTS, Occasion

_OCCASIONS: Mapping[type, Occasion] = {
    kind: Occasion(kind.trigger) for kind in (OrderPaid, OrderRefunded, Joined, TagGiven, Redeem, Convert, Pay)
}


class Course(NamedTuple):
    """The rules and streams of a plan that wait for one kind of event."""

    plan: Plan
    """With the values its parameters have on the day of the event."""
    rules: tuple[Rule, ...]
    streams: tuple[Stream, ...]
    by_rules: bool
    """Whether rules wait for such events at all; none does for others, such as an adjustment."""
    asked: bool
    """Whether it is a request, which some rule has to answer."""


def course_of(state: State, plan: Plan, event: Event) -> Course:
    """What an event meets; kept in the state for each kind of event, as long as the plan's values stay the same."""
    known: Course | None = state.courses.get(type(event))
    if known is None or known.plan is not plan:
        known = _course(plan, event)
        if not isinstance(event, Declared):  # of these each has its own
            state.courses[type(event)] = known
    return known


def _course(plan: Plan, event: Event) -> Course:
    occasion = Occasion(event.trigger, event.name) if isinstance(event, Declared) else _OCCASIONS.get(type(event))
    if occasion is None:
        return Course(plan, (), (), by_rules=False, asked=False)
    streams = () if isinstance(event, OrderRefunded) else plan.streams_on(occasion)
    return Course(plan, plan.rules_at(occasion), streams, by_rules=True, asked=occasion.trigger in REQUESTS)
