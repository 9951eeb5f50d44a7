"""What of a plan's tally interpreting an event may look at."""

from __future__ import annotations

from datetime import date

from rewards.plan.measures import Members
from rewards.plan.model import Plan
from rewards.plan.windows import FOR_EVER, Window


def cell_names(plan: Plan) -> list[str]:
    """The names of the cells that measures, caps and rules look at."""
    return sorted({*plan.streams, *(flow.key for flow in plan.flows)})


def earliest_day(plan: Plan, day: date) -> int:
    """The first day (`date.toordinal()`) that a window of the plan's looks at when it ends with `day`."""
    if any(rule.action.flows for rule in plan.rules):
        return FOR_EVER
    windows = [measure.window for measure in plan.measures.values() if not isinstance(measure.source, Members)]
    windows += [cap.window for cap in plan.caps.values()]
    return min((_first_day(window, day) for window in windows), default=day.toordinal())


def _first_day(window: Window, day: date) -> int:
    return FOR_EVER if window.personal else min(window.bounds(day)[0], day.toordinal())
