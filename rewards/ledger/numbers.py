"""The numbers a unit gives to what it adds, read together."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from rewards.ledger.direct import Question
from rewards.ledger.tables import event, lot


class Next(NamedTuple):
    """The sequence number of the next event, and the id of the next lot."""

    event: int
    lot: int


_LAST = Question(
    lambda keys: select(select(func.max(event.c.seq)).scalar_subquery(), select(func.max(lot.c.id)).scalar_subquery())
)


def following(tx: Connection) -> Next:
    """The next numbers; they stay true only inside the writing unit that asked."""
    ((seq, id),) = _LAST.ask(tx)
    return Next((seq or 0) + 1, (id or 0) + 1)
