"""Statements: a member's transfers, newest first, a page at a time and without an index on transfers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select, tuple_

from rewards.ledger import transfers
from rewards.ledger.holders import AVAILABLE
from rewards.ledger.tables import (
    book,
    booking,
    closed_day,
    event,
    participation,
    plan,
    plan_version,
    rule,
    transfer,
)

_WINDOW_EVENTS = 200

Identity = tuple[int, int, int]
"""A transfer's identity: (event number, member, number)."""


class Entry(NamedTuple):
    """A line of a statement.

    `amount` in smallest units of the asset (`scale` decimals), signed as the member sees it. Positive: it
    arrived in an account of the member's; negative: it left one. A move between two accounts of the member's
    own is positive when it ends in the available balance, as a release does, negative otherwise.
    """

    identity: Identity
    plan: str
    version_digest: str
    rule: str
    event_kind: str
    event_id: str
    day: date
    asset: str
    scale: int
    from_compartment: str
    from_holder: int
    to_compartment: str
    to_holder: int
    amount: int
    lot_id: int | None


def statement(tx: Connection, member: int, before: Identity | None = None, limit: int = 50) -> list[Entry]:
    """At most `limit` lines of a member's statement below the transfer `before`, the last line above."""
    found: list[Entry] = []
    for seqs, closes in _windows(tx, member, None if before is None else before[0]):
        for own in _entries(tx, member, seqs, closes, before, limit - len(found)):
            found.append(own)
        if len(found) >= limit:
            break
    return found


def _windows(tx: Connection, member: int, newest: int | None) -> Iterator[tuple[list[int], set[int]]]:
    """Numbers of the events a member may appear in, newest first, some at a time.

    And which of them are closes.
    """
    while True:
        took_part = select(participation.c.event_seq).where(participation.c.member == member)
        closed = select(closed_day.c.event_seq).distinct()
        if newest is not None:
            took_part = took_part.where(participation.c.event_seq <= newest)
            closed = closed.where(closed_day.c.event_seq <= newest)
        own = set(tx.scalars(took_part.order_by(participation.c.event_seq.desc()).limit(_WINDOW_EVENTS)))
        closes = set(tx.scalars(closed.order_by(closed_day.c.event_seq.desc()).limit(_WINDOW_EVENTS)))
        seqs = sorted(own | closes, reverse=True)[:_WINDOW_EVENTS]
        if not seqs:
            return
        yield seqs, closes
        newest = seqs[-1] - 1


def _entries(
    tx: Connection, member: int, seqs: list[int], closes: set[int], before: Identity | None, limit: int
) -> list[Entry]:
    t = transfer.c
    # Few transfers are looked through: those of the events that touched the member.
    others = [seq for seq in seqs if seq not in closes]
    wanted = _lines().where(t.event_seq.in_(others), or_(t.from_holder == member, t.to_holder == member))
    if before is not None:
        wanted = wanted.where(_older(before))
    rows: Any = tx.execute(wanted.order_by(t.event_seq.desc(), t.member.desc(), t.number.desc()).limit(limit))
    found = [_entry(member, row) for row in rows]
    found += _entries_of_closes(tx, member, [seq for seq in seqs if seq in closes], before)
    return sorted(found, key=lambda entry: entry.identity, reverse=True)[:limit]


def _entries_of_closes(tx: Connection, member: int, seqs: list[int], before: Identity | None) -> list[Entry]:
    moved = [
        each
        for each in transfers.in_closes(tx, member, closed_day.c.event_seq.in_(seqs))
        if before is None or each[:3] < before
    ]
    if not moved:
        return []
    closes = {seq: rest for seq, *rest in tx.execute(_closes(seqs))}
    rules = {id: rest for id, *rest in tx.execute(_rules({each.rule_id for each in moved}))}
    books = {each.id: each for each in tx.execute(select(book))}
    found = []
    for each in moved:
        origin, target = books[each.from_book], books[each.to_book]
        of = (*each[:3], *rules[each.rule_id], *closes[each.event_seq], target.asset, target.scale)
        found.append(
            _entry(
                member,
                (
                    *of,
                    origin.compartment,
                    each.from_holder,
                    target.compartment,
                    each.to_holder,
                    each.amount,
                    each.lot_id,
                ),
            )
        )
    return found


def _closes(seqs: Collection[int]) -> Select[*tuple[Any, ...]]:
    """Kind, id and day of closes, by number."""
    joined = closed_day.join(event, event.c.seq == closed_day.c.event_seq)
    wanted = select(event.c.seq, event.c.kind, event.c.id, closed_day.c.day).select_from(joined)
    return wanted.where(event.c.seq.in_(seqs))


def _rules(ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    """Plan, version and name of rules, by id."""
    joined = rule.join(plan_version, plan_version.c.id == rule.c.version_id)
    joined = joined.join(plan, plan.c.id == plan_version.c.plan_id)
    return (
        select(rule.c.id, plan.c.name, plan_version.c.digest, rule.c.name).select_from(joined).where(rule.c.id.in_(ids))
    )


def _older(before: Identity) -> ColumnElement[bool]:
    t = transfer.c
    return tuple_(t.event_seq, t.member, t.number) < tuple_(*before)


def _lines() -> Select[*tuple[Any, ...]]:
    t, origin, target = transfer.c, book.alias("origin"), book.alias("target")
    return (
        select(
            t.event_seq,
            t.member,
            t.number,
            plan.c.name,
            plan_version.c.digest,
            rule.c.name,
            event.c.kind,
            event.c.id,
            booking.c.day,
            target.c.asset,
            target.c.scale,
            origin.c.compartment,
            t.from_holder,
            target.c.compartment,
            t.to_holder,
            t.amount,
            t.lot_id,
        )
        .select_from(transfer)
        .join(rule, rule.c.id == t.rule_id)
        .join(plan_version, plan_version.c.id == rule.c.version_id)
        .join(plan, plan.c.id == plan_version.c.plan_id)
        .join(event, event.c.seq == t.event_seq)
        .join(booking, and_(booking.c.event_seq == t.event_seq, booking.c.plan_id == plan_version.c.plan_id))
        .join(origin, origin.c.id == t.from_book)
        .join(target, target.c.id == t.to_book)
    )


def _entry(member: int, row: Sequence[Any]) -> Entry:
    line = Entry((row[0], row[1], row[2]), *row[3:])
    own_move = line.from_holder == line.to_holder
    gained = line.to_compartment == AVAILABLE if own_move else line.to_holder == member
    return line if gained else line._replace(amount=-line.amount)
