"""Changing behind the books' back what day closes have written: it is packed, so SQL alone cannot."""

from __future__ import annotations

import numpy as np
from sqlalchemy import Connection, select, text, update

from rewards.ledger import close_columns
from rewards.ledger.close_tables import close_balance, close_part
from rewards.ledger.packing import pack, unpack


def release_more(tx: Connection, seq: int, ordinal: int, more: int) -> None:
    """Let the first transfer of a member in a close have moved more; takes the guard off."""
    tx.execute(text("DROP TRIGGER close_part_no_update"))
    of_close = close_part.c.event_seq == seq
    member, flow, amount, lot = unpack(tx.execute(select(close_part.c.moved).where(of_close)).scalar_one())
    amount[int(np.flatnonzero(member == ordinal)[0])] += more
    [moved] = pack((member, flow, amount, lot), np.zeros(1, dtype=np.int64))
    tx.execute(update(close_part).where(of_close).values(moved=moved))


def bring_more(tx: Connection, ordinal: int, more: int) -> None:
    """Let closes have brought a member more in the book in which they have brought everybody something."""
    for book_id in tx.scalars(select(close_balance.c.book_id)).all():
        brought = close_columns.of_book(tx, book_id, ordinal)
        if brought[-1] > 0:
            change = np.zeros(ordinal, dtype=np.int64)
            change[-1] = more
            close_columns.bring(tx, book_id, change)
            return
    raise AssertionError(f"closes have brought member {ordinal} nothing")
