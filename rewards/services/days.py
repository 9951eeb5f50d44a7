"""Business days: closing them, once and all or nothing (promise 7), and what happened on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from sqlalchemy import Connection

from rewards.errors import Conflict, NotFound, Refused
from rewards.ledger import closes, sales
from rewards.money import format_amount
from rewards.services.binding import Binding
from rewards.services.closing import Closer
from rewards.services.platform import Calendar, Platform
from rewards.services.views import ClosedView, DayView, MovedView

Progress = Callable[[str, date], None]
"""Told plan and day before each close."""


def close_day(platform: Platform, day: date, plan: str | None = None) -> list[ClosedView]:
    """Close a day of one plan, or of every plan in force on it; one that is closed already is answered again.

    Raises NotFound for an unknown plan, Refused when no plan is in force, the day is not over or an earlier one is open.
    """
    with platform.ledger.read() as tx:
        names = _names(platform.calendar(tx), day, plan)
    return [_close(platform, name, day, None)[0] for name in names]


def close_through(
    platform: Platform, through: date, plan: str | None = None, progress: Progress | None = None
) -> Iterator[ClosedView]:
    """Close every open day up to `through`, plan by plan, each in a unit of its own. Raises as `close_day`."""
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        names = _names(calendar, through, plan)
        first = {name: calendar.first_open_day(name) for name in names}
    for name in names:
        closer: Closer | None = None
        day = first[name]
        while day <= through:
            if progress:
                progress(name, day)
            view, closer = _close(platform, name, day, closer)
            yield view
            day += timedelta(days=1)


def _names(calendar: Calendar, day: date, plan: str | None) -> list[str]:
    if plan is not None and plan not in calendar.bindings:
        raise NotFound("plan.unknown", plan=plan, known=", ".join(calendar.bindings) or "–")
    names = [name for name in calendar.bindings if plan in (None, name) and calendar.in_force(name, day)]
    if not names:
        raise Refused("day.no-plan", pointer="/date", day=day.isoformat())
    return names


def _close(platform: Platform, name: str, day: date, closer: Closer | None) -> tuple[ClosedView, Closer]:
    """Close one day of one plan in one unit; `closer` is the one that closed the day before, if any."""
    now = platform.clock()
    with platform.ledger.write() as tx:
        calendar = platform.calendar(tx)
        binding = calendar.in_force(name, day)
        assert binding is not None
        if closer is None or closer.binding.version.id != binding.version.id:
            closer = Closer(binding)
        known = closes.find(tx, binding.plan_id, day)
        if known is not None:
            return closed_view(binding, known, repeated=True), closer
        first = calendar.first_open_day(name)
        if first < day:
            raise Conflict("day.earlier-open", pointer="/date", plan=name, first=first.isoformat())
        if day >= binding.plan.business_day(now):
            zone = str(binding.plan.timezone)
            raise Refused("day.not-over", pointer="/date", plan=name, day=day.isoformat(), timezone=zone)
        try:
            closer.close(tx, day, now)
        except BaseException:
            closer.forget()
            raise
        stored = closes.find(tx, binding.plan_id, day)
        assert stored is not None
        return closed_view(binding, stored, repeated=False), closer


def closed_view(binding: Binding, stored: closes.ClosedDay, *, repeated: bool) -> ClosedView:
    """A closed day."""
    summary = json.loads(stored.summary)
    return ClosedView(
        plan=binding.plan.name,
        version=binding.plan.digest,
        day=stored.day,
        sequence=stored.event_seq,
        transfers=summary["transfers"],
        moved=[
            MovedView(rule, asset, format_amount(int(quantity), binding.plan.assets[asset].scale), count)
            for rule, asset, quantity, count in summary["moved"]
        ],
        repeated=repeated,
    )


def day(platform: Platform, when: date) -> list[DayView]:
    """A business day under every plan in force on it. Raises Refused when there is none."""
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        return [_day_view(tx, calendar, name, when) for name in _names(calendar, when, None)]


def _day_view(tx: Connection, calendar: Calendar, name: str, when: date) -> DayView:
    binding = calendar.in_force(name, when)
    assert binding is not None
    sold = sales.day_columns(tx, binding.plan_id, when)
    stored = closes.find(tx, binding.plan_id, when)
    scale = binding.plan.currency_scale
    return DayView(
        plan=name,
        day=when,
        status="open" if stored is None else "closed",
        orders=int(sold.orders.sum()),
        cash=format_amount(int(sold.cash.sum()), scale),
        points=format_amount(int(sold.points.sum()), scale),
        closed=None if stored is None else closed_view(binding, stored, repeated=True),
    )
