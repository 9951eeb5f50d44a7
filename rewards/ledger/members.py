"""Members: who they are and who sponsored whom. Ordinals are dense and in join order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Select, func, select

from rewards.errors import Conflict
from rewards.ledger import bulk
from rewards.ledger.among import among, several
from rewards.ledger.direct import Later, Question
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


_LAST = select(func.max(member.c.ordinal))


def count(tx: Connection) -> int:
    """How many members there are; the next one's ordinal is one more."""
    return tx.execute(_LAST).scalar_one() or 0


def add(tx: Connection, new: Sequence[Member]) -> None:
    """Add members, in the order of their ordinals, which continue those on record.

    Raises Conflict (`ledger.member-exists`, `ledger.phone-taken`) when an id or a phone number is taken,
    ValueError when an ordinal leaves a gap.
    """
    if not new:
        return
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


def ordinals(tx: Connection, ids: Collection[str]) -> dict[str, int]:
    """The ordinals of those of `ids` that are members' ids."""
    return dict(_ORDINALS.ask(tx, ids=list(ids))) if ids else {}


_ORDINALS = Question(lambda keys: select(member.c.id, member.c.ordinal).where(keys.one_of(member.c.id, "ids")))


class Named(NamedTuple):
    """Members looked up by id: their ordinals by id, and their roles (see `roles`) by ordinal."""

    ordinals: dict[str, int]
    roles: dict[int, tuple[int, bool]]


def send_named(tx: Connection, ids: Collection[str]) -> Later[Named]:
    """Ask for the ordinals and roles of those of `ids` that are members' ids, by itself or together with other things.

    See `rewards.ledger.direct.together`.
    """
    if not ids:
        return lambda: Named({}, {})
    answer = _NAMED.send(tx, ids=list(ids))

    def found() -> Named:
        rows = answer()
        return Named({row[0]: row[1] for row in rows}, {row[1]: row[2:] for row in rows})

    return found


_NAMED = Question(
    lambda keys: select(member.c.id, member.c.ordinal, func.coalesce(member.c.sponsor, 0), member.c.merchant).where(
        keys.one_of(member.c.id, "ids")
    )
)


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


def sponsored(tx: Connection, sponsors: Collection[int]) -> dict[int, list[int]]:
    """For each of these ordinals the ordinals of those whom they sponsored, ascending."""
    found: dict[int, list[int]] = {each: [] for each in sponsors}
    given = {"sponsors": several(tx, sponsors)}
    for sponsor, ordinal in tx.execute(_sponsored(tx.dialect.name), given).all() if sponsors else []:
        found[sponsor].append(ordinal)
    return found


@cache
def _sponsored(dialect: str) -> Select[*tuple[Any, ...]]:
    own = select(member.c.sponsor, member.c.ordinal).where(among(dialect, member.c.sponsor, "sponsors"))
    return own.order_by(member.c.ordinal)


def roles(tx: Connection, ordinals: Collection[int]) -> dict[int, tuple[int, bool]]:
    """For each of the members their sponsor's ordinal (0: none) and whether they are a merchant."""
    rows = _ROLES.ask(tx, ordinals=list(ordinals)) if ordinals else []
    return {ordinal: (sponsor or 0, merchant) for ordinal, sponsor, merchant in rows}


_ROLES = Question(
    lambda keys: select(member.c.ordinal, member.c.sponsor, member.c.merchant).where(
        keys.one_of(member.c.ordinal, "ordinals")
    )
)


def by_ordinals(tx: Connection, ordinals: Collection[int]) -> dict[int, Member]:
    """Those of the members that exist, by ordinal."""
    own = _ALL.where(among(tx.dialect.name, member.c.ordinal, "ordinals"))
    rows = tx.execute(own, {"ordinals": several(tx, ordinals)}).all() if ordinals else []
    return {row[0]: Member(*row) for row in rows}
