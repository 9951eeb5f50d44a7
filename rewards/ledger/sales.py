"""Sales: what orders count for in a plan, and each member's running totals of it.

Amounts in the currency's smallest units.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, Connection, bindparam, cast, func, select

from rewards.ledger import bulk, rows
from rewards.ledger.direct import Later, Question
from rewards.ledger.tables import measure, sale


class Sale(NamedTuple):
    """What one event counts for.

    `orders` is 1 for an order, -1 for what undoes one wholly, 0 for what undoes a part.
    """

    event_seq: int
    plan_id: int
    member: int
    day: date
    cash: int
    points: int
    orders: int


class Totals(NamedTuple):
    """Running totals of a member's own sales."""

    cash: int
    points: int
    orders: int


class TotalColumns(NamedTuple):
    """Running totals of all members that have any.

    Int64 arrays of shape (rows,), member ordinals ascending.
    """

    member: bulk.Ints
    cash: bulk.Ints
    points: bulk.Ints
    orders: bulk.Ints


def add(tx: Connection, new: Sequence[Sale]) -> None:
    """Append sales and add them to the members' running totals."""
    rows.insert(tx, sale, Sale._fields, new)
    sums: dict[tuple[int, int], tuple[int, int, int]] = {}
    for _, plan_id, member, _, cash, points, orders in new:
        before = sums.get((plan_id, member), (0, 0, 0))
        sums[plan_id, member] = (before[0] + cash, before[1] + points, before[2] + orders)
    added = [(*key, *sums[key]) for key in sorted(sums)]
    rows.add(tx, measure, ("plan_id", "member", "cash", "points", "orders"), added)


def of_event(tx: Connection, seq: int) -> list[Sale]:
    """What the event counts for, by plan."""
    columns = (
        sale.c.event_seq, sale.c.plan_id, sale.c.member, sale.c.day, sale.c.cash, sale.c.points, sale.c.orders
    )  # fmt: skip
    rows = tx.execute(select(*columns).where(sale.c.event_seq == seq).order_by(sale.c.plan_id))
    return [Sale(*row) for row in rows]


def totals(tx: Connection, plan_id: int, members: Collection[int]) -> dict[int, Totals]:
    """The running totals of these members; those without sales are left out."""
    return send_totals(tx, plan_id, members)()


def send_totals(tx: Connection, plan_id: int, members: Collection[int]) -> Later[dict[int, Totals]]:
    """As `totals`, to be asked for together with other things (see `rewards.ledger.direct.together`)."""
    if not members:
        return dict
    answer = _TOTALS.send(tx, of_plan=plan_id, members=list(members))
    return lambda: {row[0]: Totals(*row[1:]) for row in answer()}


_TOTALS = Question(
    lambda keys: select(measure.c.member, measure.c.cash, measure.c.points, measure.c.orders).where(
        measure.c.plan_id == bindparam("of_plan"), keys.one_of(measure.c.member, "members")
    )
)


def total_columns(tx: Connection, plan_id: int) -> TotalColumns:
    """The running totals of everybody in a plan."""
    wanted = select(measure.c.member, measure.c.cash, measure.c.points, measure.c.orders)
    return TotalColumns(*bulk.read(tx, wanted.where(measure.c.plan_id == plan_id).order_by(measure.c.member)))


def bought_columns(tx: Connection, plan_id: int) -> tuple[bulk.Ints, ...]:
    """Of `total_columns` what day closes look at: members, cash and orders."""
    wanted = select(measure.c.member, measure.c.cash, measure.c.orders).where(measure.c.plan_id == plan_id)
    return bulk.read(tx, wanted)


def day_columns(tx: Connection, plan_id: int, day: date) -> TotalColumns:
    """What counted as sales on one business day, by member."""
    sums = [cast(func.sum(column), BigInteger) for column in (sale.c.cash, sale.c.points, sale.c.orders)]
    wanted = select(sale.c.member, *sums).where(sale.c.plan_id == plan_id, sale.c.day == day)
    return TotalColumns(*bulk.read(tx, wanted.group_by(sale.c.member).order_by(sale.c.member)))
