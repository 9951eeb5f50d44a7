"""What day closes move, kept as packed columns: a member's transfers of a close, a whole close, and writing one.

A close moves something for nearly everybody, by a handful of *flows* (a rule, from where, to where). So a transfer of a
close is four numbers: whose, which flow, how much, from which lot. They are kept a part of 1,024 members in a row, in
the order of (member, number) that identifies a transfer; within a member they are numbered from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from sqlalchemy import ColumnElement, Connection, select, true

from rewards.ledger import bulk
from rewards.ledger.bulk import Ints
from rewards.ledger.close_tables import close_flow, close_part
from rewards.ledger.packing import PART_SIZE, pack, part_of, unpack
from rewards.ledger.tables import closed_day

THE_MEMBER = 0
"""Stands, as a holder of a flow, for the member the transfer is filed under."""
_PARTS_AT_ONCE = 100


class Flow(NamedTuple):
    """One kind of transfer of a close; a holder is one of the platform's, a pool, or `THE_MEMBER`."""

    rule_id: int
    from_book: int
    from_holder: int
    to_book: int
    to_holder: int


@dataclass(frozen=True)
class Moved:
    """Transfers of one close in the order of (member, number): int64 arrays of shape (rows,).

    `member` are ordinals (0: nobody), `flow` indexes into `flows`, `amount` smallest units, `lot` ids (0: none).
    """

    flows: Sequence[Flow]
    member: Ints
    flow: Ints
    amount: Ints
    lot: Ints

    COLUMNS: ClassVar = ("member", "flow", "amount", "lot")

    def name(self, seq: int, row: int) -> str:
        """The identity of a transfer, by its row, in words."""
        return f"{seq}-{self.member[row]}-{self.numbers()[row]}"

    def numbers(self) -> Ints:
        """The number of each transfer within its member, from 1."""
        first = np.searchsorted(self.member, self.member, side="left")
        return np.arange(len(self.member), dtype=np.int64) - first + 1

    def columns(self) -> dict[str, Ints]:
        """The columns of a transfer by their names in the table of transfers (`lot_id` 0: no lot)."""
        table = np.array(self.flows, dtype=np.int64).reshape(-1, len(Flow._fields))[self.flow]
        named = {name: table[:, place] for place, name in enumerate(Flow._fields)}
        for holder in ("from_holder", "to_holder"):
            named[holder] = np.where(named[holder] == THE_MEMBER, self.member, named[holder])
        numbered = {"member": self.member, "number": self.numbers()}
        return {**numbered, **named, "amount": self.amount, "lot_id": self.lot}

    def of(self, member: int) -> Moved:
        """Those filed under one member."""
        first, end = np.searchsorted(self.member, [member, member + 1]).tolist()
        rows = slice(first, end)
        return Moved(self.flows, self.member[rows], self.flow[rows], self.amount[rows], self.lot[rows])


def add(tx: Connection, seq: int, moved: Moved) -> None:
    """Append what the close with a number has moved; `moved` in the order of members.

    Raises ValueError when an amount is not positive or the members are not in order.
    """
    if not len(moved.member):
        return
    if (moved.amount <= 0).any() or (np.diff(moved.member) < 0).any():
        raise ValueError(f"the transfers of event {seq} must be positive, and in the order of members")
    rows = [(seq, number, *flow) for number, flow in enumerate(moved.flows)]
    bulk.insert_rows(tx, close_flow, ("event_seq", "flow", *Flow._fields), rows)
    parts = (moved.member - 1) // PART_SIZE
    starts = np.flatnonzero(np.concatenate([[True], parts[1:] != parts[:-1]]))
    data = list(pack((moved.member, moved.flow, moved.amount, moved.lot), starts))
    bulk.insert(tx, close_part, {"event_seq": seq, "part": parts[starts], "moved": data})


def of_events(tx: Connection, seqs: Sequence[int]) -> Iterator[tuple[int, Moved]]:
    """What these closes have moved, part by part in the order of (event, member), with the numbers of the closes."""
    yield from _read(tx, close_part.c.event_seq.in_(seqs), close_flow.c.event_seq.in_(seqs))


def every(tx: Connection) -> Iterator[tuple[int, Moved]]:
    """What all closes have moved, part by part in the order of (event, member), with the numbers of the closes."""
    yield from _read(tx, true(), true())


def total_into(tx: Connection, book: int, holder: int) -> int:
    """What all closes together have moved to an account that is no member's, in smallest units."""
    own = select(close_flow.c.event_seq, close_flow.c.flow, close_flow.c.from_holder)
    flows: dict[int, set[int]] = {}
    of_nobody = True
    for seq, flow, source in tx.execute(own.where(close_flow.c.to_book == book, close_flow.c.to_holder == holder)):
        flows.setdefault(seq, set()).add(flow)
        of_nobody = of_nobody and source != THE_MEMBER
    found = 0
    for seqs in bulk.chunks(flows):
        # What comes from no member either is filed under nobody.
        parts = close_part.c.event_seq.in_(seqs) & ((close_part.c.part < 0) if of_nobody else true())
        for seq, moved in _read(tx, parts, close_flow.c.event_seq.in_(seqs)):
            found += int(moved.amount[np.isin(moved.flow, list(flows[seq]))].sum())
    return found


def _read(tx: Connection, parts: ColumnElement[bool], flows: ColumnElement[bool]) -> Iterator[tuple[int, Moved]]:
    column = close_part.c.event_seq
    wanted = select(column, close_part.c.moved).where(parts).order_by(column, close_part.c.part)
    known = _flows(tx, flows)
    with tx.execute(wanted.execution_options(yield_per=_PARTS_AT_ONCE)) as rows:
        for seq, data in rows:
            yield seq, Moved(known[seq], *unpack(data))


def of_member(tx: Connection, member: int, *where: ColumnElement[bool]) -> Iterator[tuple[int, Moved]]:
    """What closes have moved of what is filed under a member, in the order of closes, with their numbers.

    `where` are conditions on `closed_day`, such as which plan's.
    """
    joined = close_part.join(closed_day, closed_day.c.event_seq == close_part.c.event_seq)
    wanted = select(close_part.c.event_seq, close_part.c.moved).select_from(joined)
    wanted = wanted.where(close_part.c.part == part_of(member), *where).order_by(close_part.c.event_seq)
    found = [(seq, Moved((), *unpack(data)).of(member)) for seq, data in tx.execute(wanted)]
    found = [(seq, moved) for seq, moved in found if len(moved.member)]
    flows: Mapping[int, Sequence[Flow]] = {}
    for part in bulk.chunks([seq for seq, _ in found]):
        flows = {**flows, **_flows(tx, close_flow.c.event_seq.in_(part))}
    for seq, moved in found:
        yield seq, Moved(flows[seq], moved.member, moved.flow, moved.amount, moved.lot)


def _flows(tx: Connection, where: ColumnElement[bool]) -> dict[int, list[Flow]]:
    columns = [close_flow.c[name] for name in ("event_seq", *Flow._fields)]
    found: dict[int, list[Flow]] = {}
    rows: Any = tx.execute(select(*columns).where(where).order_by(close_flow.c.event_seq, close_flow.c.flow))
    for seq, *flow in rows:
        found.setdefault(seq, []).append(Flow(*flow))
    return found
