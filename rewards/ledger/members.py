"""Members: who they are and who sponsored whom. Ordinals are dense and in join order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, func, select

from rewards.errors import Conflict
from rewards.ledger import bulk
from rewards.ledger.tables import member


class Member(NamedTuple):
    """A member as stored. `sponsor` is the sponsor's ordinal; `event_seq` the event by which they joined."""

    ordinal: int
    id: str
    phone: str | None
    sponsor: int | None
    merchant: bool
    joined_at: datetime
    event_seq: int
    birthday: date | None = None


_ALL = select(
    member.c.ordinal,
    member.c.id,
    member.c.phone,
    member.c.sponsor,
    member.c.merchant,
    member.c.joined_at,
    member.c.event_seq,
    member.c.birthday,
)


def count(tx: Connection) -> int:
    """How many members there are; the next one's ordinal is one more."""
    return tx.execute(select(func.coalesce(func.max(member.c.ordinal), 0))).scalar_one()


def add(tx: Connection, new: Sequence[Member]) -> None:
    """Add members, in the order of their ordinals, which continue those on record.

    Raises Conflict (`ledger.member-exists`, `ledger.phone-taken`) when an id or a phone number is taken,
    ValueError when an ordinal leaves a gap.
    """
    first = count(tx) + 1
    if [m.ordinal for m in new] != list(range(first, first + len(new))):
        raise ValueError(f"ordinals must continue at {first} without a gap")
    _refuse_taken(tx, new)
    bulk.insert_rows(tx, member, Member._fields, new)


def _refuse_taken(tx: Connection, new: Sequence[Member]) -> None:
    ids: set[str] = set(ordinals(tx, [m.id for m in new]))
    phones: set[str] = set()
    for part in bulk.chunks(m.phone for m in new if m.phone is not None):
        phones.update(p for p in tx.scalars(select(member.c.phone).where(member.c.phone.in_(part))) if p)
    for m in new:
        if m.id in ids:
            raise Conflict("ledger.member-exists", id=m.id)
        if m.phone is not None and m.phone in phones:
            raise Conflict("ledger.phone-taken", phone=m.phone)
        ids.add(m.id)
        if m.phone is not None:
            phones.add(m.phone)


def by_id(tx: Connection, id: str) -> Member | None:
    """The member with this id, or None."""
    row = tx.execute(_ALL.where(member.c.id == id)).one_or_none()
    return None if row is None else Member(*row)


def by_ordinal(tx: Connection, ordinal: int) -> Member | None:
    """The member with this ordinal, or None."""
    row = tx.execute(_ALL.where(member.c.ordinal == ordinal)).one_or_none()
    return None if row is None else Member(*row)


def ordinals(tx: Connection, ids: Iterable[str]) -> dict[str, int]:
    """The ordinals of those of `ids` that are members' ids."""
    found: dict[str, int] = {}
    for part in bulk.chunks(ids):
        rows = tx.execute(select(member.c.id, member.c.ordinal).where(member.c.id.in_(part)))
        found.update((id, ordinal) for id, ordinal in rows)
    return found


def sponsors(tx: Connection) -> bulk.Ints:
    """The tree as int64 of shape (members,).

    At `ordinal - 1` the sponsor's index (their ordinal - 1), or -1 for none. A sponsor's index is always
    smaller than that of those they sponsored.
    """
    statement = select(func.coalesce(member.c.sponsor, 0)).order_by(member.c.ordinal)
    return bulk.read(tx, statement)[0] - np.int64(1)


def page(tx: Connection, after: int = 0, limit: int = 100) -> list[Member]:
    """At most `limit` members with an ordinal greater than `after`, in order."""
    rows = tx.execute(_ALL.where(member.c.ordinal > after).order_by(member.c.ordinal).limit(limit))
    return [Member(*row) for row in rows]


def sponsored(tx: Connection, sponsors: Iterable[int]) -> dict[int, list[int]]:
    """For each of these ordinals the ordinals of those whom they sponsored, ascending."""
    found: dict[int, list[int]] = {}
    for part in bulk.chunks(sponsors):
        found.update((each, []) for each in part)
        own = select(member.c.sponsor, member.c.ordinal).where(member.c.sponsor.in_(part))
        for sponsor, ordinal in tx.execute(own.order_by(member.c.ordinal)):
            found[sponsor or 0].append(ordinal)
    return found


def roles(tx: Connection, ordinals: Iterable[int]) -> dict[int, tuple[int, bool]]:
    """For each of the members their sponsor's ordinal (0: none) and whether they are a merchant."""
    found: dict[int, tuple[int, bool]] = {}
    for part in bulk.chunks(ordinals):
        own = select(member.c.ordinal, member.c.sponsor, member.c.merchant).where(member.c.ordinal.in_(part))
        found.update((ordinal, (sponsor or 0, merchant)) for ordinal, sponsor, merchant in tx.execute(own))
    return found


def by_ordinals(tx: Connection, ordinals: Iterable[int]) -> dict[int, Member]:
    """Those of the members that exist, by ordinal."""
    found: dict[int, Member] = {}
    for part in bulk.chunks(ordinals):
        found.update((row[0], Member(*row)) for row in tx.execute(_ALL.where(member.c.ordinal.in_(part))))
    return found
