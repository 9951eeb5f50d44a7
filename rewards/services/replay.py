"""Replaying history: every event taken again, under the rule versions in force, into an empty ledger (promise 8).

What the books hold must be what their events say. The comparison is to the last unit, table by table. Numbers of
events, lots, books and versions come out the same, because they are given in the order of events.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from rewards.errors import RewardsError
from rewards.ledger import events, plans
from rewards.ledger.refunds import reversal
from rewards.ledger.tables import balance, exit_trigger, level, lot, measure, price
from rewards.messages import Message, register
from rewards.plan.events import Adjust, Convert, OrderPaid, OrderRefunded, Pay, Redeem
from rewards.services import asks, closing, days, members, orders, refunds
from rewards.services import plans as versions
from rewards.services.platform import Platform
from rewards.services.requests import (
    AdjustmentRequest,
    ConversionRequest,
    LineRequest,
    MemberRequest,
    OrderRequest,
    PaymentRequest,
    PointsRequest,
    RedemptionRequest,
    RefundRequest,
)

MOST_NAMED = 20
"""How many differences of a table are named."""
MOST_TOGETHER = 1000
"""How many events of one kind are taken in one unit."""

COMPARED: tuple[Table, ...] = (balance, lot, measure, level, price, exit_trigger, reversal)

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
                return [difference for table in COMPARED for difference in _differences(tx, other, table)]
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
        return (event.kind, json.loads(event.payload)["plan"])
    return (event.kind, event.recorded_at)


def _refused(
    again: Platform, run: Sequence[events.Event], sources: dict[tuple[str, str], str]
) -> tuple[events.Event, RewardsError] | None:
    """Take events of one kind and moment again; returns the first that is refused and why."""
    event = run[0]
    try:
        if event.kind == members.KIND:
            members.add_members(again, [MemberRequest(**json.loads(each.payload)) for each in run])
        elif event.kind == OrderPaid.kind:
            results = orders.import_orders(again, [_order(each) for each in run])
            for event, result in zip(run, results, strict=True):
                if isinstance(result, RewardsError):
                    return event, result
        elif event.kind == closing.KIND:
            payload = json.loads(run[-1].payload)
            list(days.close_through(again, date.fromisoformat(payload["day"]), payload["plan"]))
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
    else:
        _ask(again, event, payload)


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


def _differences(tx: Connection, other: Connection, table: Table) -> list[Message]:
    """Rows of a table that are not the same in both ledgers; an account that holds nothing need not have a row."""
    stored, replayed = _rows(tx, table), _rows(other, table)
    return [
        Message("replay.differs", {"table": table.name, "stored": _words(table, one), "replayed": _words(table, two)})
        for one, two in _unequal(stored, replayed)
    ]


def _rows(tx: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    keys = list(table.primary_key)
    wanted = select(table).order_by(*keys)
    if table is balance:
        wanted = wanted.where(balance.c.amount != 0)
    for row in tx.execute(wanted.execution_options(yield_per=10_000)):
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


def _words(table: Table, row: tuple[Any, ...] | None) -> str:
    if row is None:
        return "–"
    return ", ".join(f"{column.name} {value}" for column, value in zip(table.columns, row, strict=True))
