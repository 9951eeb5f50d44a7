"""Closed days: which business days of a plan are settled."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from rewards.ledger.direct import Question
from rewards.ledger.tables import closed_day


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


_LAST_DAYS = Question(
    lambda keys: select(closed_day.c.plan_id, func.max(closed_day.c.day)).group_by(closed_day.c.plan_id)
)


def last_days(tx: Connection) -> dict[int, date]:
    """The last closed day of every plan that has one."""
    return dict(_LAST_DAYS.ask(tx))


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
