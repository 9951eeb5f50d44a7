"""Closed days: which business days of a plan are settled."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, insert, select, true

from rewards.ledger.direct import Later, Question
from rewards.ledger.plans import Newest, newest
from rewards.ledger.tables import closed_day, plan


class ClosedDay(NamedTuple):
    """That a business day of a plan is closed, by which event; `summary` is JSON."""

    plan_id: int
    day: date
    event_seq: int
    summary: str


_ALL = select(closed_day.c.plan_id, closed_day.c.day, closed_day.c.event_seq, closed_day.c.summary)


def add(tx: Connection, closed: ClosedDay) -> None:
    """Record a close.

    Raises the driver's IntegrityError when the plan's day is closed already (promise 7).
    """
    tx.execute(insert(closed_day).values(closed._asdict()))


def last_day(tx: Connection, plan_id: int) -> date | None:
    """The last closed day of a plan, or None when none is."""
    return tx.scalar(select(func.max(closed_day.c.day)).where(closed_day.c.plan_id == plan_id))


class Calendar(NamedTuple):
    """What tells the plans' versions and closed days from what they were before."""

    newest: Newest | None
    """The version that was put on record last, None when there is none,"""
    last_days: dict[int, date]
    """and the last closed day of every plan that has one."""


def send_calendar(tx: Connection) -> Later[Calendar]:
    """Ask for the calendar, by itself or together with other things (see `rewards.ledger.direct.together`)."""
    answer = _CALENDAR.send(tx)

    def found() -> Calendar:
        rows = answer()
        newest = Newest(*rows[0][2:]) if rows else None
        return Calendar(newest, {row[0]: row[1] for row in rows if row[1] is not None})

    return found


def _calendar() -> Select[*tuple[Any, ...]]:
    """Of each plan its last closed day, found at one end of its days, and in every row the newest version of all."""
    last = select(func.max(closed_day.c.day)).where(closed_day.c.plan_id == plan.c.id).scalar_subquery()
    version = newest().subquery()
    return select(plan.c.id, last, version).select_from(plan).join(version, true())


_CALENDAR = Question(lambda keys: _calendar())


def find(tx: Connection, plan_id: int, day: date) -> ClosedDay | None:
    """The close of a plan's day, or None while it is open."""
    row = tx.execute(_ALL.where(closed_day.c.plan_id == plan_id, closed_day.c.day == day)).one_or_none()
    return None if row is None else ClosedDay(*row)


def page(tx: Connection, plan_id: int, *, before: date | None = None, limit: int = 100) -> list[ClosedDay]:
    """At most `limit` closes of a plan, newest first, of days before `before`."""
    own = _ALL.where(closed_day.c.plan_id == plan_id)
    if before is not None:
        own = own.where(closed_day.c.day < before)
    return [ClosedDay(*row) for row in tx.execute(own.order_by(closed_day.c.day.desc()).limit(limit))]
