"""Replaying history: every event taken again, under the rule versions in force, into an empty ledger (promise 8).

What the books hold must be what their events say. The comparison is to the last unit, table by table. Numbers of
events, lots, books and versions come out the same, because they are given in the order of events.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Text, collate, select

from rewards.errors import RewardsError
from rewards.ledger import events, plans
from rewards.ledger.claims import claim, voucher
from rewards.ledger.declared import declared_parameter
from rewards.ledger.notes import cut, notice
from rewards.ledger.placements import placement
from rewards.ledger.refunds import reversal
from rewards.ledger.tables import balance, exit_trigger, level, lot, measure, price, rule
from rewards.ledger.tags import tag
from rewards.ledger.tallies import cell, cell_name
from rewards.messages import Message, register
from rewards.plan.events import (
    Adjust,
    Claim,
    ClaimCancelled,
    Convert,
    Declared,
    OrderPaid,
    OrderRefunded,
    Pay,
    Redeem,
    TagGiven,
)
from rewards.services import (
    asks,
    catalogue,
    closing,
    days,
    happenings,
    members,
    orders,
    parameters,
    refunds,
    tagging,
    trees,
)
from rewards.services import plans as versions
from rewards.services.platform import Platform
from rewards.services.requests import (
    AdjustmentRequest,
    CancellationRequest,
    ClaimRequest,
    CodesRequest,
    ConversionRequest,
    DeclarationRequest,
    EventRequest,
    LineRequest,
    MemberRequest,
    OrderRequest,
    PaymentRequest,
    PlacementRequest,
    PointsRequest,
    RedemptionRequest,
    RefundRequest,
    TagRequest,
)

MOST_NAMED = 20
"""How many differences of a table are named."""
MOST_TOGETHER = 1000
"""How many events of one kind are taken in one unit."""

_CELLS = cell.join(cell_name, cell_name.c.id == cell.c.name_id)
_CELL = (cell_name.c.plan_id, cell_name.c.name, cell.c.member, cell.c.day, cell.c.label, cell.c.amount, cell.c.entries)
_RULED_LOT = [column for column in lot.columns if column is not lot.c.rule_id]
_RULED_CUT = [column for column in cut.columns if column is not cut.c.rule_id]

# Names of cells and rules are compared and not their numbers: those of cells are given in the order in which batches
# have counted, those of rules were shifted where a newer release has added rules that every plan has.
COMPARED: dict[str, tuple[Select[*tuple[Any, ...]], int]] = {
    "balance": (select(balance).where(balance.c.amount != 0), 2),
    "lot": (select(*_RULED_LOT, rule.c.version_id, rule.c.name).join(rule, rule.c.id == lot.c.rule_id), 1),
    "measure": (select(measure), 2),
    "level": (select(level), 4),
    "price": (select(price), 3),
    "exit_trigger": (select(exit_trigger), 2),
    "reversal": (select(reversal), 4),
    "cell": (select(*_CELL).select_from(_CELLS).where((cell.c.amount != 0) | (cell.c.entries != 0)), 5),
    "tag": (select(tag), 1),
    "placement": (select(placement), 1),
    "declared_parameter": (select(declared_parameter), 1),
    "cut": (
        select(rule.c.version_id, rule.c.name.label("rule"), *_RULED_CUT).join(rule, rule.c.id == cut.c.rule_id),
        6,
    ),
    "notice": (select(notice), 6),
    "claim": (select(claim), 1),
    "voucher": (select(voucher), 1),
}
"""What is compared of each table: its rows, in the order of so many first columns."""

register(
    {
        "replay.event-refused": (
            "event {seq} ({kind} {id}) cannot be taken again: {reason}",
            "事件 {seq}（{kind} {id}）无法重放：{reason}",
        ),
        "replay.differs": (
            "table {table}: stored is {stored}, replayed is {replayed}",
            "表 {table}：存储为 {stored}，重放为 {replayed}",
        ),
    }
)


def replay(platform: Platform) -> list[Message]:
    """Take all events again into a throw-away ledger and compare; returns what differs, nothing when all is as stored.

    Needs as much disk as the database has, in the folder for temporary files. Orders may go on being taken meanwhile:
    what is replayed is what one reading of the books shows.
    """
    with tempfile.TemporaryDirectory() as folder, platform.ledger.read() as tx:
        again = Platform.open(f"sqlite:///{Path(folder) / 'replay.db'}", create=True, durable=False)
        try:
            found = _take_again(tx, again)
            if found is not None:
                return [found]
            with again.ledger.read() as other:
                return [difference for name in COMPARED for difference in _differences(tx, other, name)]
        finally:
            again.close()


def _take_again(tx: Connection, again: Platform) -> Message | None:
    """Take every event again; returns why one could not be taken, else None."""
    sources = {(version.plan, version.digest): version.source for version in plans.versions(tx)}
    for stored in _runs(tx):
        moment = stored[-1].recorded_at
        again.clock = lambda moment=moment: moment  # type: ignore[misc]
        refused = _refused(again, stored, sources)
        if refused is not None:
            event, error = refused
            parameters = {"seq": event.seq, "kind": event.kind, "id": event.id, "reason": error.text()}
            return Message("replay.event-refused", parameters)
    return None


def _runs(tx: Connection) -> Iterator[list[events.Event]]:
    """The events in order, those that were taken together together."""
    after = 0
    while page := events.page(tx, after=after, limit=MOST_TOGETHER):
        for _, run in groupby(page, key=_together):
            yield list(run)
        after = page[-1].seq


def _together(event: events.Event) -> tuple[object, ...]:
    """What events that follow each other must have in common to be taken together: closes of a plan, or a moment."""
    if event.kind == closing.KIND:
        payload = json.loads(event.payload)
        return (event.kind, payload["plan"], payload.get("approve", []))
    return (event.kind, event.recorded_at)


def _refused(
    again: Platform, run: Sequence[events.Event], sources: dict[tuple[str, str], str]
) -> tuple[events.Event, RewardsError] | None:
    """Take events of one kind and moment again; returns the first that is refused and why."""
    event = run[0]
    try:
        if event.kind == members.KIND:
            members.add_members(again, [_member(each) for each in run])
        elif event.kind == OrderPaid.kind:
            results = orders.import_orders(again, [_order(each) for each in run])
            for event, result in zip(run, results, strict=True):
                if isinstance(result, RewardsError):
                    return event, result
        elif event.kind == closing.KIND:
            payload = json.loads(run[-1].payload)
            through, approved = date.fromisoformat(payload["day"]), payload.get("approve", ())
            list(days.close_through(again, through, payload["plan"], approve=approved))
        else:
            for event in run:
                _take_one(again, event, json.loads(event.payload), sources)
    except RewardsError as error:
        return event, error
    return None


def _take_one(
    again: Platform, event: events.Event, payload: dict[str, Any], sources: dict[tuple[str, str], str]
) -> None:
    if event.kind == versions.KIND:
        source = sources[payload["plan"], payload["version"]]
        versions.activate_plan(again, source, payload["plan"], date.fromisoformat(payload["from_day"]))
    elif event.kind == OrderRefunded.kind:
        at = datetime.fromisoformat(payload["at"])
        refunds.refund(again, RefundRequest(event.id, payload["order"], payload["amount"], at))
    elif event.kind == Declared.kind:
        at = datetime.fromisoformat(payload["at"])
        happenings.take_event(again, EventRequest(event.id, payload["event"], payload["member"], at, payload["fields"]))
    elif event.kind == TagGiven.kind:
        _tag(again, event, payload)
    elif event.kind == trees.KIND:
        since = date.fromisoformat(payload.pop("from"))
        trees.place(again, PlacementRequest(**payload, since=since, id=_own_id(event)))
    elif event.kind == parameters.KIND:
        parameters.declare_parameter(
            again, DeclarationRequest(payload["plan"], payload["parameter"], payload["period"], payload["value"])
        )
    elif event.kind in (Claim.kind, ClaimCancelled.kind, catalogue.CODES_KIND):
        _reward(again, event, payload)
    else:
        _ask(again, event, payload)


def _reward(again: Platform, event: events.Event, payload: dict[str, Any]) -> None:
    if event.kind == catalogue.CODES_KIND:
        catalogue.add_codes(again, CodesRequest(payload["reward"], tuple(payload["codes"]), payload["plan"]))
        return
    at = datetime.fromisoformat(payload.pop("at"))
    if event.kind == Claim.kind:
        catalogue.claim(again, ClaimRequest(event.id, at=at, **payload))
    else:
        catalogue.cancel(again, CancellationRequest(event.id, payload["claim"], at))


def _member(event: events.Event) -> MemberRequest:
    payload = json.loads(event.payload)
    birthday = payload.pop("birthday", None)
    return MemberRequest(**payload, birthday=date.fromisoformat(birthday) if birthday else None)


def _tag(again: Platform, event: events.Event, payload: dict[str, Any]) -> None:
    since = date.fromisoformat(payload["from"])
    until = date.fromisoformat(payload["until"]) if payload["until"] else None
    if payload.get("ends"):
        assert until is not None
        tagging.end_tag(again, payload["member"], payload["tag"], until + timedelta(days=1))
        return
    tagging.give_tag(again, TagRequest(payload["member"], payload["tag"], since, until, _own_id(event)))


def _own_id(event: events.Event) -> str | None:
    """The id a caller gave; one with a # was made for want of one, and is made again."""
    return None if event.id.startswith("#") else event.id


def _ask(again: Platform, event: events.Event, payload: dict[str, Any]) -> None:
    at = datetime.fromisoformat(payload["at"])
    whose = (event.id, payload["member"])
    plan, quantity = payload["plan"], payload["quantity"]
    if event.kind == Redeem.kind:
        asks.redeem(again, RedemptionRequest(*whose, plan, payload["asset"], quantity, at))
    elif event.kind == Convert.kind:
        asks.convert(again, ConversionRequest(*whose, plan, payload["from"], payload["to"], quantity, at))
    elif event.kind == Pay.kind:
        asks.pay(again, PaymentRequest(*whose, payload["payee"], plan, payload["asset"], quantity, at))
    elif event.kind == Adjust.kind:
        reason, basis = payload["reason"], payload.get("locked_basis")
        asks.adjust(again, AdjustmentRequest(*whose, plan, payload["asset"], quantity, reason, basis, at))
    else:
        raise AssertionError(f"no way to take a {event.kind} again")


def _order(event: events.Event) -> OrderRequest:
    payload = json.loads(event.payload)
    return OrderRequest(
        id=event.id,
        member=payload["member"],
        total=payload["total"],
        paid_at=datetime.fromisoformat(payload["paid_at"]),
        points=tuple(PointsRequest(**each) for each in payload.get("points", ())),
        lines=tuple(LineRequest(**each) for each in payload.get("lines", ())),
        attributes=payload.get("attributes", {}),
    )


def _differences(tx: Connection, other: Connection, name: str) -> list[Message]:
    """Rows of a table that are not the same in both ledgers; what holds nothing need not have a row."""
    columns = list(COMPARED[name][0].selected_columns.keys())
    return [
        Message("replay.differs", {"table": name, "stored": _words(columns, one), "replayed": _words(columns, two)})
        for one, two in _unequal(_rows(tx, name), _rows(other, name))
    ]


def _rows(tx: Connection, name: str) -> Iterator[tuple[Any, ...]]:
    wanted, keys = COMPARED[name]
    postgresql = tx.dialect.name == "postgresql"
    # Both ledgers must put texts in the same order, that of their characters' codes.
    order = [
        collate(column, "C") if postgresql and isinstance(column.type, Text) else column
        for column in list(wanted.selected_columns)[:keys]
    ]
    for row in tx.execute(wanted.order_by(*order).execution_options(yield_per=10_000)):
        yield tuple(row)


def _unequal(
    stored: Iterator[tuple[Any, ...]], replayed: Iterator[tuple[Any, ...]]
) -> list[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]]:
    found: list[tuple[tuple[Any, ...] | None, tuple[Any, ...] | None]] = []
    one, two = next(stored, None), next(replayed, None)
    while (one is not None or two is not None) and len(found) < MOST_NAMED:
        if one != two:
            found.append((one, two))
        one, two = next(stored, None), next(replayed, None)
    return found


def _words(columns: Sequence[str], row: tuple[Any, ...] | None) -> str:
    if row is None:
        return "–"
    return ", ".join(f"{column} {value}" for column, value in zip(columns, row, strict=True))
