"""Whether a close that was worked out beside the events that went on is still what it would be after them.

A close of many members takes seconds. It is worked out from a view of the books, without holding anybody up, and holds
the books only while it is written. What was taken meanwhile has a number before the close's: it must come out as if it
had been there when the close was worked out. Mostly it is orders of later days, which a close does not look at; in any
other case the close is worked out again, this time while the books are held.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, func, select

from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.interpreter.state import MAY_OWE
from rewards.ledger import lots
from rewards.ledger.tables import booking, event, level, transfer
from rewards.plan.events import OrderPaid
from rewards.plan.model import Compartment
from rewards.services import exits
from rewards.services.binding import Binding


@dataclass(frozen=True)
class Prepared:
    """A close that is worked out and not written yet."""

    outcome: CloseOutcome
    day: int
    """`date.toordinal()`."""
    seen: int
    """Number of the last event it knows of."""
    next_lot: int
    settled: bool
    """Whether there was anything that only a close after a refund looks at: negative releases, or debts."""


def still_holds(tx: Connection, binding: Binding, state: CloseState, prepared: Prepared, last: int) -> bool:
    """Whether the events up to `last` that came after a close was worked out change nothing of it."""
    if last == prepared.seen:
        return True
    if prepared.settled or binding.plan.priced_assets or exits.watched_books(binding.plan):
        return False
    if prepared.outcome.lots and lots.next_id(tx) != prepared.next_lot:
        return False
    return _only_of_later_days(tx, binding, prepared) and _only_brings(tx, binding, state, prepared)


def _only_of_later_days(tx: Connection, binding: Binding, prepared: Prepared) -> bool:
    """Whether they are orders of days after the one that is closed; a member who has joined may be given something."""
    others = select(func.count()).where(event.c.seq > prepared.seen, event.c.kind != OrderPaid.kind)
    of_plan = (booking.c.event_seq > prepared.seen, booking.c.plan_id == binding.plan_id)
    earlier = select(func.count()).select_from(booking).where(*of_plan, booking.c.day <= prepared.day)
    risen = select(func.count()).where(level.c.event_seq > prepared.seen, level.c.plan_id == binding.plan_id)
    return not any(tx.scalar(each) for each in (others, earlier, risen))


def _only_brings(tx: Connection, binding: Binding, state: CloseState, prepared: Prepared) -> bool:
    """Whether they have only brought something, to accounts of which later days had taken nothing before.

    A close takes at most what was there at the end of the day and still is: more on top of that changes nothing.
    """
    t = transfer.c
    rows = tx.execute(
        select(t.from_book, t.from_holder, t.to_book, t.to_holder).where(
            t.event_seq > prepared.seen, t.from_book.in_(binding.books)
        )
    ).all()
    if any(source not in MAY_OWE for _, source, _, _ in rows):
        return False
    pools = {(binding.own_books[book], binding.own_holder(target)) for _, _, book, target in rows if target < 0}
    if any(state.later_platform.get(pool, 0) < 0 for pool in pools if pool[1] not in MAY_OWE):
        return False
    for own, (_, compartment) in enumerate(binding.plan.books):
        if compartment is Compartment.LOCKED:
            continue  # new lots, which do not release before their day
        brought = [target - 1 for _, _, book, target in rows if book == binding.books[own] and 0 < target <= state.size]
        if brought and own in state.later and bool((state.later[own][np.array(brought)] < 0).any()):
            return False
    return True
