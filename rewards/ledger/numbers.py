"""The numbers a unit gives to what it adds, read together."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from rewards.ledger.direct import Later, Question
from rewards.ledger.tables import event, lot


class Next(NamedTuple):
    """The sequence number of the next event, and the id of the next lot."""

    event: int
    lot: int


_LAST = Question(
    lambda keys: select(select(func.max(event.c.seq)).scalar_subquery(), select(func.max(lot.c.id)).scalar_subquery())
)


def send_following(tx: Connection) -> Later[Next]:
    """Ask for the next numbers, by itself or together with other things (see `rewards.ledger.direct.together`).

    They stay true only inside the writing unit that asked.
    """
    answer = _LAST.send(tx)

    def found() -> Next:
        ((seq, id),) = answer()
        return Next((seq or 0) + 1, (id or 0) + 1)

    return found
