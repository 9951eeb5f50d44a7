"""Declared parameters: the values a plan is told for periods that are over or under way."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, Named, Table, Text, TypedColumns, UniqueConstraint, select

from rewards.ledger import bulk
from rewards.ledger.columns import BIG, BusinessDay
from rewards.ledger.tables import metadata


class DeclaredColumns(TypedColumns):
    """That by an event a parameter has a value for the period that begins on a day; once for each period."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    name = Column(Text, nullable=False)
    period_day: Named[date] = Column(BusinessDay, nullable=False)
    value = Column(Text, nullable=False)


declared_parameter = Table(
    "declared_parameter", metadata, DeclaredColumns, UniqueConstraint("plan_id", "name", "period_day")
)


class Declared(NamedTuple):
    """The value of a parameter, as a rule file would write it, for the period that begins on a day."""

    event_seq: int
    plan_id: int
    name: str
    period_day: date
    value: str


_COLUMNS = [declared_parameter.c[name] for name in Declared._fields]


def add(tx: Connection, new: Declared) -> None:
    """Record a value. Raises the driver's IntegrityError when there is one for the period already."""
    bulk.insert_rows(tx, declared_parameter, Declared._fields, [new])


def of_plan(tx: Connection, plan_id: int) -> list[Declared]:
    """All values of a plan's parameters, by period and name."""
    own = select(*_COLUMNS).where(declared_parameter.c.plan_id == plan_id)
    order = (declared_parameter.c.period_day, declared_parameter.c.name)
    return [Declared(*row) for row in tx.execute(own.order_by(*order))]
