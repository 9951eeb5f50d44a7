"""The tables into which day closes write columns instead of rows: what they move, and what they bring to accounts.

A *part* is what one row holds of a column: 1,024 members or lots (`rewards.ledger.packing`).
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Named, Table, TypedColumns

from rewards.ledger.columns import BIG
from rewards.ledger.tables import metadata


class CloseFlowColumns(TypedColumns):
    """One kind of transfer of a close: which rule moves from where to where; a holder of 0 is each member their own."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    flow: Named[int] = Column(Integer, primary_key=True, autoincrement=False)
    rule_id: Named[int] = Column(BIG, nullable=False)
    from_book: Named[int] = Column(BIG, nullable=False)
    from_holder: Named[int] = Column(BIG, nullable=False)
    to_book: Named[int] = Column(BIG, nullable=False)
    to_holder: Named[int] = Column(BIG, nullable=False)


close_flow = Table("close_flow", metadata, CloseFlowColumns)


class ClosePartColumns(TypedColumns):
    """The transfers of a close that concern the members of one part (−1: nobody), packed; append-only."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    part: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    moved: Named[bytes] = Column(LargeBinary, nullable=False)


close_part = Table("close_part", metadata, ClosePartColumns)


class CloseBalanceColumns(TypedColumns):
    """What all closes together have brought to the accounts of the members of one part in one book.

    64-bit numbers, least byte first.
    """

    book_id: Named[int] = Column(BIG, ForeignKey("book.id"), primary_key=True, autoincrement=False)
    part: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    amounts: Named[bytes] = Column(LargeBinary, nullable=False)


close_balance = Table("close_balance", metadata, CloseBalanceColumns)


class CloseLotColumns(TypedColumns):
    """What all closes together have drawn from the lots of one part; 64-bit numbers, least byte first."""

    part: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    drawn: Named[bytes] = Column(LargeBinary, nullable=False)


close_lot = Table("close_lot", metadata, CloseLotColumns)
