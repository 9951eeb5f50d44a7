"""What later versions of a plan have counted anew: the trace in place of the one a booking was put on record with.

Bookings are history and never change; what an order counts for may, when a version counts what the one before did not.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, ForeignKey, Named, Table, Text, TypedColumns, and_, func

from rewards.ledger import bulk
from rewards.ledger.columns import BIG
from rewards.ledger.tables import booking, metadata


class RecountedColumns(TypedColumns):
    """The trace of a booking as it was counted last."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), primary_key=True, autoincrement=False)
    trace = Column(Text, nullable=False)


recounted = Table("recounted", metadata, RecountedColumns)

BOOKED = booking.outerjoin(
    recounted, and_(recounted.c.event_seq == booking.c.event_seq, recounted.c.plan_id == booking.c.plan_id)
)
"""Bookings beside what was counted anew of them."""
TRACE = func.coalesce(recounted.c.trace, booking.c.trace)
"""The trace that is in force of a booking in `BOOKED`."""


def put(tx: Connection, plan_id: int, traces: Mapping[int, str]) -> None:
    """Set the traces of bookings of a plan, by event number."""
    seqs = sorted(traces)
    texts = [traces[seq] for seq in seqs]
    bulk.upsert(tx, recounted, {"event_seq": seqs, "plan_id": plan_id, "trace": texts})
