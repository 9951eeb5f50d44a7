"""Claims of rewards, and the voucher codes that operators load and claims are given.

A code is given out once, in the order of ids; one that was given to a claim stays with it, also when the claim is taken
back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    Index,
    Named,
    Table,
    Text,
    TypedColumns,
    UniqueConstraint,
    func,
    select,
    update,
)

from rewards.ledger import bulk
from rewards.ledger.columns import BIG
from rewards.ledger.tables import metadata


class ClaimColumns(TypedColumns):
    """That by an event a member has claimed so many pieces of a reward, and by which event that was taken back."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    reward = Column(Text, nullable=False)
    member: Named[int] = Column(BIG, ForeignKey("member.ordinal"), nullable=False)
    pieces: Named[int] = Column(BIG, nullable=False)
    cancelled_seq: Named[int | None] = Column(BIG, ForeignKey("event.seq"))


claim = Table("claim", metadata, ClaimColumns, CheckConstraint("pieces > 0", name="positive"))


class VoucherColumns(TypedColumns):
    """A code of a reward, and the claim it was given to."""

    id: Named[int] = Column(BIG, primary_key=True, autoincrement=False)
    plan_id: Named[int] = Column(BIG, ForeignKey("plan.id"), nullable=False)
    reward = Column(Text, nullable=False)
    code = Column(Text, nullable=False)
    claim_seq: Named[int | None] = Column(BIG, ForeignKey("event.seq"))


voucher = Table("voucher", metadata, VoucherColumns, UniqueConstraint("plan_id", "reward", "code"))
_NOT_GIVEN = voucher.c.claim_seq.is_(None)
Index(
    "voucher_left",
    voucher.c.plan_id,
    voucher.c.reward,
    voucher.c.id,
    sqlite_where=_NOT_GIVEN,
    postgresql_where=_NOT_GIVEN,
)
Index("voucher_claim_seq", voucher.c.claim_seq)


class Claim(NamedTuple):
    """That by an event a member has claimed so many pieces of a reward, and by which event that was taken back."""

    event_seq: int
    plan_id: int
    reward: str
    member: int
    pieces: int
    cancelled_seq: int | None = None


class Voucher(NamedTuple):
    """A code of a reward, and the event of the claim it was given to."""

    id: int
    plan_id: int
    reward: str
    code: str
    claim_seq: int | None = None


# --- claims ----------------------------------------------------------------------------------------------------------


def add(tx: Connection, new: Claim) -> None:
    """Append a claim."""
    bulk.insert_rows(tx, claim, Claim._fields, [new])


def by_seq(tx: Connection, seq: int) -> Claim | None:
    """The claim made by an event, or None."""
    columns = [claim.c[name] for name in Claim._fields]
    row = tx.execute(select(*columns).where(claim.c.event_seq == seq)).one_or_none()
    return None if row is None else Claim(*row)


def cancel(tx: Connection, seq: int, by: int) -> None:
    """Note by which event a claim was taken back; once. Raises ValueError when it was before."""
    still = (claim.c.event_seq == seq) & claim.c.cancelled_seq.is_(None)
    if tx.execute(update(claim).where(still).values(cancelled_seq=by)).rowcount != 1:
        raise ValueError(f"there is no claim {seq} that could be taken back")


# --- codes -----------------------------------------------------------------------------------------------------------


def add_codes(tx: Connection, plan_id: int, reward: str, codes: Iterable[str]) -> None:
    """Load codes. Raises the driver's IntegrityError for one that is there."""
    first = (tx.scalar(select(func.max(voucher.c.id))) or 0) + 1
    rows = [Voucher(first + index, plan_id, reward, code) for index, code in enumerate(codes)]
    bulk.insert_rows(tx, voucher, Voucher._fields, rows)


def known_codes(tx: Connection, plan_id: int, reward: str, codes: Collection[str]) -> set[str]:
    """Those of the codes that were loaded before."""
    of_reward = select(voucher.c.code).where(voucher.c.plan_id == plan_id, voucher.c.reward == reward)
    found: set[str] = set()
    for part in bulk.chunks(codes):
        found.update(tx.scalars(of_reward.where(voucher.c.code.in_(part))))
    return found


def codes_left(tx: Connection, plan_id: int, reward: str) -> int:
    """How many codes have not been given out."""
    of_reward = (voucher.c.plan_id == plan_id) & (voucher.c.reward == reward)
    return tx.scalar(select(func.count()).where(of_reward, _NOT_GIVEN)) or 0


def next_codes(tx: Connection, plan_id: int, reward: str, after: int, limit: int) -> list[Voucher]:
    """The next codes to be given out, of those with an id above `after`, in the order of ids."""
    columns = [voucher.c[name] for name in Voucher._fields]
    of_reward = (voucher.c.plan_id == plan_id) & (voucher.c.reward == reward) & (voucher.c.id > after)
    own = select(*columns).where(of_reward, _NOT_GIVEN).order_by(voucher.c.id).limit(limit)
    return [Voucher(*row) for row in tx.execute(own)]


def give_codes(tx: Connection, ids: Sequence[int], seq: int) -> None:
    """Note that codes were given to the claim of an event."""
    for part in bulk.chunks(ids):
        tx.execute(update(voucher).where(voucher.c.id.in_(part), _NOT_GIVEN).values(claim_seq=seq))


def codes_of(tx: Connection, seq: int) -> list[str]:
    """The codes that the claim of an event was given, in the order of ids."""
    return list(tx.scalars(select(voucher.c.code).where(voucher.c.claim_seq == seq).order_by(voucher.c.id)))
