"""Where members stand on ladders, with its history: the newest row of a member on a ladder is the one in force."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, case, func, literal, select

from rewards.ledger import bulk
from rewards.ledger.direct import Keys, Later, Question
from rewards.ledger.tables import level


class Level(NamedTuple):
    """Where a member has come to stand on a ladder by an event on a business day; an empty name is no level.

    `until` is the last day on which the level holds without being confirmed again, `date.max` for one that never ends.
    """

    plan_id: int
    ladder: str
    member: int
    event_seq: int
    day: date
    level: str
    highest: str
    since: date
    until: date


_COLUMNS = [level.c[name] for name in Level._fields]


def add(tx: Connection, new: Sequence[Level]) -> None:
    """Append changes of standing."""
    bulk.insert_rows(tx, level, Level._fields, new)


def current(tx: Connection, plan_id: int, ladder: str, members: Collection[int] | None = None) -> dict[int, Level]:
    """The standings in force on a ladder, by member, of these members or of all who have one."""
    return send_current(tx, plan_id, ladder, members)()


def send_current(
    tx: Connection, plan_id: int, ladder: str, members: Collection[int] | None = None
) -> Later[dict[int, Level]]:
    """As `current`, to be asked for together with other things (see `rewards.ledger.direct.together`)."""
    if members is not None and not members:
        return dict
    if members is None:
        answer = _EVERYBODYS.send(tx, of_plan=plan_id, of_ladder=ladder)
    else:
        answer = _CURRENT.send(tx, of_plan=plan_id, of_ladder=ladder, members=list(members))
    return lambda: {row[2]: Level(*row) for row in answer()}


def _current(keys: Keys | None) -> Select[*tuple[Any, ...]]:
    own = (level.c.plan_id == bindparam("of_plan"), level.c.ladder == bindparam("of_ladder"))
    newest = select(level.c.member, func.max(level.c.event_seq).label("seq")).where(*own).group_by(level.c.member)
    latest = (newest if keys is None else newest.where(keys.one_of(level.c.member, "members"))).subquery()
    match = (level.c.member == latest.c.member) & (level.c.event_seq == latest.c.seq)
    return select(*_COLUMNS).join(latest, match).where(*own)


_CURRENT = Question(_current)
_EVERYBODYS = Question(lambda keys: _current(None))


class Standings(NamedTuple):
    """The standings in force on a ladder of all who have one; int64 arrays of shape (rows,).

    `level` and `highest` are places in the list of names asked for, −1 for others; days are `date.toordinal()`.
    """

    member: bulk.Ints
    level: bulk.Ints
    highest: bulk.Ints
    since: bulk.Ints
    until: bulk.Ints


def columns(tx: Connection, plan_id: int, ladder: str, names: Sequence[str]) -> Standings:
    """The standings in force on a ladder, of all who have one, by the names of its levels."""
    place = {name: index for index, name in enumerate(names)}
    found = _current(None).with_only_columns(
        level.c.member,
        *(case(place, value=column, else_=-1) if place else literal(-1) for column in (level.c.level, level.c.highest)),
        level.c.since,
        level.c.until,
    )
    return Standings(*bulk.read(tx, found.params(of_plan=plan_id, of_ladder=ladder)))


def history(tx: Connection, member: int) -> list[Level]:
    """All changes of a member's standings, newest first."""
    own = select(*_COLUMNS).where(level.c.member == member).order_by(level.c.event_seq.desc(), level.c.ladder)
    return [Level(*row) for row in tx.execute(own)]
