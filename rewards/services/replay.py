"""Replaying history: every event taken again, under the rule versions in force, into an empty ledger (promise 8).

What the books hold must be what their events say. The comparison is to the last unit, table by table. Numbers of
events, lots, books and versions come out the same, because they are given in the order of events.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from rewards.errors import NotFound, RewardsError
from rewards.ledger import events, plans
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
from rewards.services.comparing import NOTHING, Difference, compare
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

MOST_TOGETHER = 1000
"""How many events of one kind are taken in one unit."""

Told = Callable[[int, int], None]
"""Told how many events were taken again, and how many there are."""

register(
    {
        "replay.event-refused": (
            "event {seq} ({kind} {id}) cannot be taken again: {reason}",
            "事件 {seq}（{kind} {id}）无法重放：{reason}",
        ),
    }
)


def replay(platform: Platform, plan: str | None = None, told: Told | None = None) -> list[Difference]:
    """Take all events again into a throw-away ledger and compare; returns what differs, nothing when all is as stored.

    With `plan` only what belongs to that plan is compared. Needs as much disk as the database has, in the folder for
    temporary files. Orders may go on being taken meanwhile: what is replayed is what one reading of the books shows.
    Raises NotFound for an unknown plan.
    """
    with platform.ledger.read() as tx:
        plan_id = None if plan is None else _plan_id(platform, tx, plan)
        with rebuilt(tx, told=told) as (again, refused):
            if refused is not None:
                return [refused]
            with again.ledger.read() as other:
                return compare(tx, other, plan_id)


def _plan_id(platform: Platform, tx: Connection, plan: str) -> int:
    bindings = platform.calendar(tx).bindings
    if plan not in bindings:
        raise NotFound("plan.unknown", plan=plan, known=", ".join(bindings) or "–")
    return bindings[plan][-1].plan_id


@contextmanager
def rebuilt(
    tx: Connection, last: int | None = None, told: Told | None = None
) -> Iterator[tuple[Platform, Difference | None]]:
    """A throw-away ledger into which every event was taken again, or those up to the number `last`.

    Beside it the first event that could not be taken, after which it stands still, else None.
    """
    with tempfile.TemporaryDirectory() as folder:
        again = Platform.open(f"sqlite:///{Path(folder) / 'replay.db'}", create=True, durable=False)
        try:
            yield again, _take_again(tx, again, last, told)
        finally:
            again.close()


def _take_again(tx: Connection, again: Platform, last: int | None, told: Told | None) -> Difference | None:
    """Take events again; returns the one that could not be taken, else None."""
    sources = {(version.plan, version.digest): version.source for version in plans.versions(tx)}
    total = events.next_seq(tx) - 1 if last is None else last
    for stored in _runs(tx, total):
        moment = stored[-1].recorded_at
        again.clock = lambda moment=moment: moment  # type: ignore[misc]
        refused = _refused(again, stored, sources)
        if refused is not None:
            event, error = refused
            parameters = {"seq": event.seq, "kind": event.kind, "id": event.id, "reason": error.text()}
            message = Message("replay.event-refused", parameters)
            return Difference("event", str(event.seq), f"{event.kind} {event.id}", NOTHING, message)
        if told:
            told(stored[-1].seq, total)
    return None


def _runs(tx: Connection, last: int) -> Iterator[list[events.Event]]:
    """The events in order up to a number, those that were taken together together."""
    after = 0
    while after < last and (page := events.page(tx, after=after, limit=min(MOST_TOGETHER, last - after))):
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
    through = date.fromisoformat(payload["until"]) if payload["until"] else None
    if payload.get("ends"):
        assert through is not None
        tagging.end_tag(again, payload["member"], payload["tag"], through + timedelta(days=1))
        return
    tagging.give_tag(again, TagRequest(payload["member"], payload["tag"], since, through, _own_id(event)))


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
