"""The chain of seals: each event's hash covers its number, all there is about it, its effects, and the hash before.

Sealing may be done any time later, off the way of those who write: an event and its rows never change once they are on
record. `check` reads everything again and names the first row that is not as it was sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import NamedTuple

from sqlalchemy import Column, Connection, ForeignKey, Integer, LargeBinary, Named, Table, TypedColumns, func, select

from rewards.errors import RewardsError
from rewards.ledger import bulk, effects
from rewards.ledger.columns import BIG
from rewards.ledger.effects import FORM, PARTS, Effects, Found
from rewards.ledger.tables import event, metadata
from rewards.messages import Message, register

GENESIS = "0" * 64
"""What the first event's hash continues from."""
MOST_MARKS = 64 * 2**20
"""So many bytes of marks are held in memory; the rest waits for the next round."""
_EVENTS_AT_ONCE = 20_000

Told = Callable[[int], None]
"""Told how many events were done, from time to time."""


class SealColumns(TypedColumns):
    """Beside the hash of an event, a mark of each of its rows; `form` says which tables and columns are covered."""

    event_seq: Named[int] = Column(BIG, ForeignKey("event.seq"), primary_key=True, autoincrement=False)
    form: Named[int] = Column(Integer, nullable=False)
    marks: Named[bytes] = Column(LargeBinary, nullable=False)


seal = Table("seal", metadata, SealColumns)


class Head(NamedTuple):
    """Where the chain ends: the last sealed event (0: none) and its hash."""

    seq: int
    hash: str


class Seal(NamedTuple):
    """What is to be written of a sealed event."""

    seq: int
    hash: str
    marks: bytes


register(
    {
        "ledger.chain.event-missing": (
            "table event: event {event} is missing; the sequence goes from {before} to {after}",
            "表 event：缺少事件 {event}；序号从 {before} 跳到 {after}",
        ),
        "ledger.chain.row-changed": (
            "table {table}: the row {key} of event {event} is not as it was sealed",
            "表 {table}：事件 {event} 的行（{key}）与封存时不同",
        ),
        "ledger.chain.row-added": (
            "table {table}: the row {key} of event {event} was added after the event was sealed",
            "表 {table}：事件 {event} 的行（{key}）是在封存之后添加的",
        ),
        "ledger.chain.row-missing": (
            "table {table}: of the {sealed} rows of event {event} only {found} are there; one is missing before {key}",
            "表 {table}：事件 {event} 封存时有 {sealed} 行，现仅有 {found} 行；{key} 之前缺少一行",
        ),
        "ledger.chain.last-row-missing": (
            "table {table}: of the {sealed} rows of event {event} only {found} are there; the last is missing, after "
            "{key}",
            "表 {table}：事件 {event} 封存时有 {sealed} 行，现仅有 {found} 行；缺少 {key} 之后的最后一行",
        ),
        "ledger.chain.rows-missing": (
            "table {table}: event {event} has no rows; it had {sealed} when it was sealed",
            "表 {table}：事件 {event} 没有任何行；封存时有 {sealed} 行",
        ),
        "ledger.chain.row-of-no-event": (
            "table {table}: there are rows of event {event}, which does not exist",
            "表 {table}：存在属于事件 {event} 的行，但该事件不存在",
        ),
        "ledger.chain.hash-changed": (
            "table event: the hash of event {event} does not continue that of the event before it, though its rows are "
            "as they were sealed; one of both hashes was changed",
            "表 event：事件 {event} 的各行与封存时相同，但其哈希未能接续前一事件；两个哈希之一被改动",
        ),
        "ledger.chain.hash-missing": (
            "table event: event {event} has no hash although a seal of it or of a later event is there",
            "表 event：事件 {event} 没有哈希，但它或其后的事件已有封存",
        ),
        "ledger.chain.seal-changed": (
            "table seal: the seal of event {event} was changed; the event and its effects are as they were sealed",
            "表 seal：事件 {event} 的封存记录被改动；该事件及其效果与封存时相同",
        ),
        "ledger.chain.seal-missing": (
            "table seal: the seal of event {event} is missing",
            "表 seal：缺少事件 {event} 的封存记录",
        ),
        "ledger.chain.form-unknown": (
            "the seal of event {event} has the form {form}, which this version does not know; use a newer one",
            "事件 {event} 的封存形式为 {form}，此版本无法识别；请使用更新的版本",
        ),
        "ledger.chain.anchor-differs": (
            "event {event} has the hash {hash}, not {anchor} as was noted: the chain was made anew or cut short",
            "事件 {event} 的哈希为 {hash}，而非记录的 {anchor}：哈希链被重建或截断",
        ),
        "ledger.chain.cannot-continue": (
            "event {event} cannot be sealed because the chain is broken before it; run: rewards verify --chain",
            "哈希链在事件 {event} 之前已中断，无法封存；请运行：rewards verify --chain",
        ),
    }
)


# --- sealing ---------------------------------------------------------------------------------------------------------


def head(tx: Connection) -> Head:
    """The end of the chain."""
    last = select(func.max(seal.c.event_seq)).scalar_subquery()
    row = tx.execute(select(event.c.seq, event.c.hash).where(event.c.seq == last)).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row[0], row[1] or "")


def count_open(tx: Connection) -> int:
    """How many events are not sealed yet."""
    last = select(func.coalesce(func.max(seal.c.event_seq), 0)).scalar_subquery()
    return tx.execute(select(func.count()).select_from(event).where(event.c.seq > last)).scalar_one()


def next_seals(tx: Connection, limit: int) -> tuple[Head, list[Seal]]:
    """The seals of at most `limit` events that go on where the chain ends, and that end.

    Only reads. Raises RewardsError when the chain is broken there.
    """
    end = head(tx)
    seq, previous = end
    seals: list[Seal] = []
    held = 0
    own = select(event.c.seq, event.c.hash).where(event.c.seq > seq).order_by(event.c.seq).limit(limit)
    waiting = tx.execute(own).all()
    if not waiting:
        return end, seals  # before all parts are opened: most looks, one after each close, find nothing
    with Effects(tx, seq + 1) as found:
        for stored, hash in waiting:
            seq += 1
            if stored != seq or hash is not None or not previous:
                raise RewardsError("ledger.chain.cannot-continue", event=stored)
            rows = found.take(seq)
            previous = effects.content(previous, rows)
            seals.append(Seal(seq, previous, effects.packed(rows)))
            held += len(seals[-1].marks)
            if held > MOST_MARKS:
                break
    return end, seals


def put(tx: Connection, end: Head, seals: Sequence[Seal]) -> bool:
    """Write seals that go on from `end`; False, and nothing is written, when the chain has gone on meanwhile."""
    if head(tx) != end:
        return False
    if seals:
        rows = [{"event_seq": each.seq, "form": FORM, "marks": each.marks} for each in seals]
        tx.execute(seal.insert(), rows)
        bulk.update(tx, event, "seq", {"seq": [each.seq for each in seals], "hash": [each.hash for each in seals]})
    return True


# --- checking --------------------------------------------------------------------------------------------------------


class _Sealed(NamedTuple):
    """An event's number, its hash, and its seal."""

    seq: int
    hash: str | None
    form: int | None
    marks: bytes | None


def check(tx: Connection, anchor: Head | None = None, told: Told | None = None) -> Message | None:
    """Read everything again; returns what is wrong with the first row that is not as it was sealed, else None.

    `anchor` is an end the chain had before, noted where nobody could change it. What is not sealed yet is only checked
    for gaps.
    """
    with Effects(tx, _LOWEST) as found, closing(_sealed(tx)) as sealed:
        last, problem = _walk(tx, sealed, found, told)
    return problem or _open_end(tx, last) or _anchored(tx, anchor)


def _walk(tx: Connection, sealed: Iterator[_Sealed], found: Effects, told: Told | None) -> tuple[int, Message | None]:
    """Go over the sealed events; returns the last that is as it was sealed, and what is wrong with the next."""
    last, previous = 0, GENESIS
    for each in sealed:
        stray = found.stray(last + 1)
        if stray is not None:
            return last, _problem("row-of-no-event", table=PARTS[stray].table.name, event=f"≤ {last}")
        if each.seq != last + 1:
            return last, _problem("event-missing", event=last + 1, before=last, after=each.seq)
        if each.hash is None:
            return last, _hash_missing(tx, each)
        problem = _compare(tx, each, previous, found.take(each.seq))
        if problem is not None:
            return last, problem
        last, previous = each.seq, each.hash
        if told and last % _EVENTS_AT_ONCE == 0:
            told(last)
    return last, None


_LOWEST = -(2**63)


def _problem(code: str, **parameters: object) -> Message:
    return Message(f"ledger.chain.{code}", parameters)


def _sealed(tx: Connection) -> Generator[_Sealed, None, None]:
    joined = event.outerjoin(seal, seal.c.event_seq == event.c.seq)
    own = select(event.c.seq, event.c.hash, seal.c.form, seal.c.marks).select_from(joined).order_by(event.c.seq)
    with tx.execute(own.execution_options(yield_per=_EVENTS_AT_ONCE)) as rows:
        for row in rows:
            yield _Sealed(*row)


def _hash_missing(tx: Connection, each: _Sealed) -> Message | None:
    later = select(event.c.seq).where(event.c.seq > each.seq, event.c.hash.is_not(None)).limit(1)
    if each.marks is not None or tx.scalar(later) is not None:
        return _problem("hash-missing", event=each.seq)
    return None


def _compare(tx: Connection, each: _Sealed, previous: str, found: list[Found]) -> Message | None:
    if each.form not in (None, FORM):
        return _problem("form-unknown", event=each.seq, form=each.form)
    whole = effects.content(previous, found) == each.hash
    if each.marks is None:
        return _problem("seal-missing", event=each.seq)
    if whole:
        return None if effects.packed(found) == each.marks else _problem("seal-changed", event=each.seq)
    try:
        sealed = effects.unpacked(each.marks)
    except ValueError:
        return _problem("seal-changed", event=each.seq)
    return _first_difference(tx, each.seq, sealed, {one.part: one.marks for one in found})


def _first_difference(tx: Connection, seq: int, sealed: dict[int, bytes], found: dict[int, bytes]) -> Message:
    """Which row of an event is not as it was sealed; the hash itself when all marks are the same."""
    for place, part in enumerate(PARTS):
        before, now = _split(sealed.get(place, b"")), _split(found.get(place, b""))
        if before == now:
            continue
        table = part.table.name
        if not now:
            return _problem("rows-missing", table=table, event=seq, sealed=len(before))
        pairs = zip(before, now, strict=False)
        index = next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(before), len(now)))
        if len(now) == len(before):
            return _problem("row-changed", table=table, event=seq, key=effects.row_name(tx, part, seq, index))
        if len(now) > len(before):
            return _problem("row-added", table=table, event=seq, key=effects.row_name(tx, part, seq, index))
        counts = {"table": table, "event": seq, "sealed": len(before), "found": len(now)}
        if index == len(now):
            return _problem("last-row-missing", **counts, key=effects.row_name(tx, part, seq, index - 1))
        return _problem("row-missing", **counts, key=effects.row_name(tx, part, seq, index))
    return _problem("hash-changed", event=seq)


def _split(marks: bytes) -> list[bytes]:
    return [marks[at : at + effects.MARK_BYTES] for at in range(0, len(marks), effects.MARK_BYTES)]


def _open_end(tx: Connection, last: int) -> Message | None:
    """What can be wrong above the last sealed event."""
    seq = last
    for stored in tx.scalars(select(event.c.seq).where(event.c.seq > last).order_by(event.c.seq)).all():
        if stored != seq + 1:
            return _problem("event-missing", event=seq + 1, before=seq, after=stored)
        seq = stored
    stray = effects.stray_row(tx, seq)
    if stray is not None:
        place, of_event = stray
        return _problem("row-of-no-event", table=PARTS[place].table.name, event=of_event)
    sealed = tx.scalar(select(func.max(seal.c.event_seq)))
    if sealed is not None and sealed > last:
        return _problem("event-missing" if sealed > seq else "hash-missing", event=seq + 1, before=seq, after="–")
    return None


def _anchored(tx: Connection, anchor: Head | None) -> Message | None:
    if anchor is None:
        return None
    hash = tx.scalar(select(event.c.hash).where(event.c.seq == anchor.seq))
    if hash == anchor.hash:
        return None
    return _problem("anchor-differs", event=anchor.seq, hash=hash or "–", anchor=anchor.hash)
