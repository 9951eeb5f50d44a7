"""Business days: closing them, once and all or nothing (promise 7), and what happened on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.ledger import closes, sales
from rewards.money import format_amount
from rewards.services.binding import Binding
from rewards.services.closing import Closer, Engine
from rewards.services.closing_progress import WRITING, Course, Watcher
from rewards.services.platform import Calendar, Platform
from rewards.services.units import retried
from rewards.services.views import ClosedView, DayView, MovedView, WaitingView

ENOUGH_TRANSFERS = 300_000
"""After so many transfers a unit of writing ends, so that orders do not wait long for their turn."""
ENOUGH_DAYS = 31
"""The most days in one unit of writing."""

Progress = Callable[[str, date], None]
"""Told plan and day before each close."""


def close_day(
    platform: Platform,
    day: date,
    plan: str | None = None,
    approve: Sequence[str] = (),
    engine: Engine | None = None,
    stages: Watcher | None = None,
) -> list[ClosedView]:
    """Close a day of one plan, or of every plan in force on it; one that is closed already is answered again.

    `engine` works closes out (None: this process; see `rewards.services.engines`); `stages` is told of each stage.
    `approve` names caps that the close may exceed though they say that it must stop. Raises NotFound for an unknown
    plan, InvalidRequest for an unknown cap, Refused when no plan is in force, the day is not over, an earlier one is
    open or a cap stops the close.
    """
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        names = _names(calendar, day, plan)
        _check_caps(calendar, names, day, approve)
    closed: list[ClosedView] = []
    for name in names:
        closing = _Closing(platform, name, approve, engine, stages)
        closed += closing.unit(day, day, None)
        if closing.error is not None:
            raise closing.error
    return closed


def close_through(
    platform: Platform,
    through: date,
    plan: str | None = None,
    progress: Progress | None = None,
    approve: Sequence[str] = (),
    engine: Engine | None = None,
    stages: Watcher | None = None,
) -> Iterator[ClosedView]:
    """Close every open day up to `through`, plan by plan; several short days share a unit. Raises as `close_day`.

    What is approved is approved for each of the days. A day that cannot be closed leaves the days before it closed.
    """
    with platform.ledger.read() as tx:
        calendar = platform.calendar(tx)
        names = _names(calendar, through, plan)
        _check_caps(calendar, names, through, approve)
        first = {name: calendar.first_open_day(name) for name in names}
    for name in names:
        closing = _Closing(platform, name, approve, engine, stages)
        day = first[name]
        while day <= through:
            for view in closing.unit(day, through, progress):
                yield view
                day = view.day + timedelta(days=1)
            if closing.error is not None:
                raise closing.error


def _names(calendar: Calendar, day: date, plan: str | None) -> list[str]:
    if plan is not None and plan not in calendar.bindings:
        raise NotFound("plan.unknown", plan=plan, known=", ".join(calendar.bindings) or "–")
    names = [name for name in calendar.bindings if plan in (None, name) and calendar.in_force(name, day)]
    if not names:
        raise Refused("day.no-plan", pointer="/date", day=day.isoformat())
    return names


def _check_caps(calendar: Calendar, names: Sequence[str], day: date, approve: Sequence[str]) -> None:
    """Refuse to approve what is no cap of these plans. Raises InvalidRequest."""
    bindings = [calendar.in_force(name, day) for name in names]
    known = [cap for binding in bindings if binding for cap in binding.plan.caps]
    for index, name in enumerate(approve):
        if name not in known:
            listed = ", ".join(known) or "–"
            raise InvalidRequest("day.no-cap", pointer=f"/approve/{index}", cap=name, known=listed)


class _Closing:
    """Closes days of one plan, as many in a unit of writing as are quickly done."""

    def __init__(
        self,
        platform: Platform,
        name: str,
        approve: Sequence[str] = (),
        engine: Engine | None = None,
        stages: Watcher | None = None,
    ) -> None:
        self._platform, self._name, self._approve, self._engine = platform, name, approve, engine
        self._course = Course(name, stages)
        self._closer: Closer | None = None
        self.error: RewardsError | None = None
        """Why the last unit ended before the last day it was asked for."""

    @retried
    def unit(self, first: date, last: date, progress: Progress | None) -> list[ClosedView]:
        """Close days from `first` on, at most to `last`, until the unit has moved enough; returns the days closed."""
        views: list[ClosedView] = []
        now = self._platform.clock()
        day = first
        try:
            self._prepare(first, now)
            with self._platform.ledger.write() as tx:
                calendar = self._platform.calendar(tx)
                while day <= last and sum(view.transfers for view in views) < ENOUGH_TRANSFERS:
                    if progress:
                        progress(self._name, day)
                    view = self._close(tx, calendar, day, now)
                    if view is None:
                        break
                    views.append(view)
                    day += timedelta(days=1)
                    if len(views) == ENOUGH_DAYS:
                        break
                new = [view for view in views if not view.repeated]
                if new:
                    self._course.begin(WRITING, "commit", rows=sum(view.transfers for view in new))
        except BaseException:
            if self._closer:
                self._closer.forget()
            raise
        self._course.end()
        for view in new:
            self._course.kept(view.day, view.transfers)
        return views

    def _prepare(self, day: date, now: datetime) -> None:
        """Work out what closing a day moves, without holding anybody up; what is in the way shows when it is closed."""
        with self._platform.ledger.read() as tx:
            calendar = self._platform.calendar(tx)
            binding = calendar.in_force(self._name, day)
            if binding is None or closes.find(tx, binding.plan_id, day) is not None:
                return
            if _reason_against(tx, calendar, binding, day, now) is None:
                self._closer_for(binding).prepare(tx, day, self._approved(binding))

    def _closer_for(self, binding: Binding) -> Closer:
        if self._closer is None or self._closer.binding.version.id != binding.version.id:
            self._closer = Closer(binding, self._course, self._engine)
        return self._closer

    def _approved(self, binding: Binding) -> list[str]:
        return [cap for cap in self._approve if cap in binding.plan.caps]

    def _close(self, tx: Connection, calendar: Calendar, day: date, now: datetime) -> ClosedView | None:
        """Close one day; None, with the reason in `error`, when that is refused."""
        binding = calendar.in_force(self._name, day)
        assert binding is not None
        closer = self._closer_for(binding)
        known = closes.find(tx, binding.plan_id, day)
        if known is not None:
            return closed_view(binding, known, repeated=True)
        self.error = _reason_against(tx, calendar, binding, day, now)
        if self.error is not None:
            return None
        try:
            closer.close(tx, day, now, self._approved(binding))
        except Refused as error:
            self.error = error
            return None
        stored = closes.find(tx, binding.plan_id, day)
        assert stored is not None
        return closed_view(binding, stored, repeated=False)


def _reason_against(
    tx: Connection, calendar: Calendar, binding: Binding, day: date, now: datetime
) -> RewardsError | None:
    """Why a day cannot be closed: it is not over, or an earlier one is open."""
    plan = binding.plan
    closed = closes.last_day(tx, binding.plan_id)
    first = closed + timedelta(days=1) if closed else calendar.first_open_day(plan.name)
    if first < day:
        return Conflict("day.earlier-open", pointer="/date", plan=plan.name, first=first.isoformat())
    if day >= plan.business_day(now):
        zone = str(plan.timezone)
        return Refused("day.not-over", pointer="/date", plan=plan.name, day=day.isoformat(), timezone=zone)
    return None


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
        waiting=[WaitingView(*each) for each in summary.get("waiting", ())],
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
