"""Events: what happened, in a sequence without gaps, each once. `rewards.ledger.chain` seals them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Select, bindparam, func, select

from rewards.ledger import rows
from rewards.ledger.direct import Later, Question
from rewards.ledger.json_texts import canonical as canonical
from rewards.ledger.recounted import BOOKED, TRACE
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


def fingerprint(canonical_payload: str) -> str:
    """SHA-256 of a canonical payload, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_payload.encode()).hexdigest()


_LAST = Question(lambda keys: select(func.max(event.c.seq)))


def next_seq(tx: Connection) -> int:
    """The sequence number of the next event; stays true only inside the writing unit that asked."""
    return (_LAST.ask(tx)[0][0] or 0) + 1


def add(tx: Connection, new: Sequence[Event], first: int | None = None) -> None:
    """Append events, whose numbers continue the sequence.

    `first` is what `next_seq` has said in this unit, before which no other was added since; it is asked when left out.
    Raises ValueError when they leave a gap, the driver's IntegrityError when a (kind, id) is on record
    already.
    """
    first = next_seq(tx) if first is None else first
    if [e.seq for e in new] != list(range(first, first + len(new))):
        raise ValueError(f"event numbers must continue at {first} without a gap")
    rows.insert(tx, event, Event._fields, new)


def by_seq(tx: Connection, seq: int) -> Event | None:
    """The event with this number, or None."""
    row = tx.execute(_ALL.where(event.c.seq == seq)).one_or_none()
    return None if row is None else Event(*row)


def find(tx: Connection, kind: str, id: str) -> Event | None:
    """The event of this kind with the client's own id, or None."""
    return find_many(tx, kind, [id]).get(id)


def find_many(tx: Connection, kind: str, ids: Collection[str]) -> dict[str, Event]:
    """Those of the events of this kind that are on record, by the client's own id."""
    found = [Event(*row) for row in _OF_IDS.ask(tx, of_kind=kind, ids=list(ids))] if ids else []
    return {each.id: each for each in found}


def send_known(tx: Connection, kind: str, ids: Collection[str]) -> Later[dict[str, tuple[int, str]]]:
    """Ask which of the events of this kind are on record: their numbers and fingerprints, by the client's own id.

    By itself or together with other things (see `rewards.ledger.direct.together`).
    """
    if not ids:
        return dict
    answer = _KNOWN.send(tx, of_kind=kind, ids=list(ids))
    return lambda: {id: (seq, fingerprint) for id, seq, fingerprint in answer()}


_KNOWN = Question(
    lambda keys: select(event.c.id, event.c.seq, event.c.fingerprint).where(
        event.c.kind == bindparam("of_kind"), keys.one_of(event.c.id, "ids")
    )
)
_OF_IDS = Question(lambda keys: _ALL.where(event.c.kind == bindparam("of_kind"), keys.one_of(event.c.id, "ids")))


def page(tx: Connection, after: int = 0, limit: int = 100) -> list[Event]:
    """At most `limit` events with a number greater than `after`, oldest first."""
    rows = tx.execute(_ALL.where(event.c.seq > after).order_by(event.c.seq).limit(limit))
    return [Event(*row) for row in rows]


def book(tx: Connection, bookings: Sequence[Booking]) -> None:
    """Record in which plans events took effect."""
    rows.insert(tx, booking, Booking._fields, bookings)


def bookings(tx: Connection, seq: int) -> list[Booking]:
    """In which plans the event took effect, by plan; the trace is the one in force."""
    columns = (booking.c.event_seq, booking.c.plan_id, booking.c.version_id, booking.c.day, TRACE)
    own = select(*columns).select_from(BOOKED).where(booking.c.event_seq == seq)
    rows = tx.execute(own.order_by(booking.c.plan_id))
    return [Booking(*row) for row in rows]


def last_version(tx: Connection, plan_id: int) -> int | None:
    """The plan version under which the plan's last event was booked, or None before its first."""
    return next((version for (version,) in _LAST_VERSION.ask(tx, of_plan=plan_id)), None)


def _last_version() -> Select[*tuple[Any, ...]]:
    """The newest booking of a plan, looked for from the end of the bookings.

    An index by plan and day is at hand as well, by which a database would sort all bookings of the plan. So the plan
    is asked for in a way it does not see an index for; and by that index only one of the last day is found, whose
    number says where to stop.
    """
    of_plan, late = bindparam("of_plan", type_=BigInteger()), booking.alias("late")
    one = select(late.c.event_seq).where(late.c.plan_id == of_plan).order_by(late.c.day.desc()).limit(1)
    own = select(booking.c.version_id).where(booking.c.plan_id + 0 == of_plan)
    return own.where(booking.c.event_seq >= one.scalar_subquery()).order_by(booking.c.event_seq.desc()).limit(1)


_LAST_VERSION = Question(lambda keys: _last_version())


def participate(tx: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Record (member, event number) pairs: whose statements an event other than a close appears in.

    Pairs are unique.
    """
    rows.insert(tx, participation, ("member", "event_seq"), sorted(pairs))
