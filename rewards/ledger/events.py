"""Events: what happened, in a sequence without gaps, each once; and the hash chain that seals them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from rewards.ledger import bulk
from rewards.ledger.tables import booking, event, participation


class Event(NamedTuple):
    """An event as stored. `payload` is canonical JSON; `hash` is empty until the event is sealed."""

    seq: int
    kind: str
    id: str
    member: int | None
    occurred_at: datetime
    recorded_at: datetime
    payload: str
    fingerprint: str
    hash: str | None = None


class Booking(NamedTuple):
    """That an event took effect in a plan.

    Under which version, on which business day, and why (`trace`, JSON).
    """

    event_seq: int
    plan_id: int
    version_id: int
    day: date
    trace: str


_ALL = select(
    event.c.seq,
    event.c.kind,
    event.c.id,
    event.c.member,
    event.c.occurred_at,
    event.c.recorded_at,
    event.c.payload,
    event.c.fingerprint,
    event.c.hash,
)

GENESIS = "0" * 64
"""What the first event's hash continues from."""


def canonical(payload: object) -> str:
    """The one JSON text of a payload: keys sorted, no spaces, characters as they are.

    Floats are refused (TypeError).
    """
    _refuse_floats(payload)
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a payload holds no floats; write the amount as a decimal string")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


def fingerprint(canonical_payload: str) -> str:
    """SHA-256 of a canonical payload, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_payload.encode()).hexdigest()


def next_seq(tx: Connection) -> int:
    """The sequence number of the next event; stays true only inside the writing unit that asked."""
    return tx.execute(select(func.coalesce(func.max(event.c.seq), 0))).scalar_one() + 1


def add(tx: Connection, new: Sequence[Event]) -> None:
    """Append events, whose numbers continue the sequence.

    Raises ValueError when they leave a gap, the driver's IntegrityError when a (kind, id) is on record
    already.
    """
    first = next_seq(tx)
    if [e.seq for e in new] != list(range(first, first + len(new))):
        raise ValueError(f"event numbers must continue at {first} without a gap")
    bulk.insert_rows(tx, event, Event._fields, new)


def by_seq(tx: Connection, seq: int) -> Event | None:
    """The event with this number, or None."""
    row = tx.execute(_ALL.where(event.c.seq == seq)).one_or_none()
    return None if row is None else Event(*row)


def find(tx: Connection, kind: str, id: str) -> Event | None:
    """The event of this kind with the client's own id, or None."""
    return find_many(tx, kind, [id]).get(id)


def find_many(tx: Connection, kind: str, ids: Iterable[str]) -> dict[str, Event]:
    """Those of the events of this kind that are on record, by the client's own id."""
    found: dict[str, Event] = {}
    for part in bulk.chunks(ids):
        for row in tx.execute(_ALL.where(event.c.kind == kind, event.c.id.in_(part))):
            found[row[2]] = Event(*row)
    return found


def page(tx: Connection, after: int = 0, limit: int = 100) -> list[Event]:
    """At most `limit` events with a number greater than `after`, oldest first."""
    rows = tx.execute(_ALL.where(event.c.seq > after).order_by(event.c.seq).limit(limit))
    return [Event(*row) for row in rows]


def book(tx: Connection, bookings: Sequence[Booking]) -> None:
    """Record in which plans events took effect."""
    bulk.insert_rows(tx, booking, Booking._fields, bookings)


def bookings(tx: Connection, seq: int) -> list[Booking]:
    """In which plans the event took effect, by plan."""
    columns = (booking.c.event_seq, booking.c.plan_id, booking.c.version_id, booking.c.day, booking.c.trace)
    rows = tx.execute(select(*columns).where(booking.c.event_seq == seq).order_by(booking.c.plan_id))
    return [Booking(*row) for row in rows]


def participate(tx: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Record (member, event number) pairs: whose statements an event other than a close appears in.

    Pairs are unique.
    """
    bulk.insert_rows(tx, participation, ("member", "event_seq"), sorted(pairs))


def link(previous: str, stored: Event) -> str:
    """The hash that continues the chain from `previous` over all there is about an event, its number too."""
    content = [
        previous,
        stored.seq,
        stored.kind,
        stored.id,
        stored.member,
        stored.occurred_at.astimezone(UTC).isoformat(),
        stored.recorded_at.astimezone(UTC).isoformat(),
        stored.fingerprint,
    ]
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def seal(tx: Connection, limit: int = 10_000) -> int:
    """Continue the hash chain over at most `limit` events that have no hash yet; returns how many.

    May run any time later.
    """
    last = tx.execute(
        select(event.c.seq, event.c.hash).where(event.c.hash.is_not(None)).order_by(event.c.seq.desc()).limit(1)
    ).one_or_none()
    seq, previous = (0, GENESIS) if last is None else (last[0], last[1] or GENESIS)
    sealed: list[tuple[int, str]] = []
    for stored in page(tx, after=seq, limit=limit):
        previous = link(previous, stored)
        sealed.append((stored.seq, previous))
    if sealed:
        bulk.update(tx, event, "seq", {"seq": [s for s, _ in sealed], "hash": [h for _, h in sealed]})
    return len(sealed)
