"""Events as they are kept: the request as canonical JSON, and back to an event when history is replayed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from rewards.errors import InvalidRequest
from rewards.ledger.json_texts import moment_text
from rewards.money import MAX_SCALE, AmountError, format_amount, parse_amount
from rewards.plan.attributes import NOT_SENT, parse_attribute
from rewards.plan.events import Declared, Line, OrderPaid, PointsPayment, points_value
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.model import Plan
from rewards.services.requests import OrderRequest
from rewards.tuples import new_tuple

COUNTED = "#counted"
"""Where a booking's trace keeps what an order counts for, which its refunds undo in proportion."""
HELD = "#held"
"""Where the trace of a close keeps the levels that members held while its rules ran, and that fell thereafter.

For each ladder pairs of a member (ordinal) and a level (index).
"""
CLOCK_SKEW = timedelta(minutes=10)
"""How far a caller's clock may be ahead of ours."""


def parse_units(text: str, scale: int, pointer: str) -> int:
    """A decimal text as smallest units. Raises InvalidRequest that names the field."""
    try:
        return parse_amount(text, scale)
    except AmountError as error:
        raise InvalidRequest(error.code, pointer=pointer, **error.parameters) from None


def check_moment(moment: datetime, pointer: str) -> datetime:
    """An aware moment in UTC. Raises InvalidRequest when it has no offset."""
    if moment.tzinfo is None:
        raise InvalidRequest("order.no-offset", pointer=pointer, moment=moment.isoformat())
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def check_not_ahead(moment: datetime, now: datetime, pointer: str) -> datetime:
    """A moment that is past, or as little ahead of `now` as clocks may differ. Raises InvalidRequest."""
    if moment > now and moment > now + CLOCK_SKEW:
        raise InvalidRequest("order.in-future", pointer=pointer, moment=moment.isoformat())
    return moment


class ReadOrder(NamedTuple):
    """A request for an order, read: as it is kept, and what need not be read out of that again."""

    payload: dict[str, Any]
    total: int
    """Smallest units of the currency."""
    paid_at: datetime
    """In UTC."""


def read_order(request: OrderRequest, scale: int) -> ReadOrder:
    """An order as it is kept; equal requests, however their numbers are written, give equal payloads.

    Raises InvalidRequest.
    """
    total, paid_at = _money(request.total, scale, "/total"), check_moment(request.paid_at, "/paid_at")
    payload: dict[str, Any] = {
        "member": request.member,
        "total": format_amount(total, scale),
        "paid_at": moment_text(paid_at),
    }
    if request.points:
        payload["points"] = [
            {"plan": each.plan, "asset": each.asset, "quantity": _plain(each.quantity)} for each in request.points
        ]
    if request.lines:
        payload["lines"] = [
            {
                "amount": format_amount(_money(line.amount, scale, f"/lines/{index}/amount"), scale),
                "sku": line.sku,
                "category": line.category,
                "quantity": line.quantity,
                "attributes": dict(line.attributes),
            }
            for index, line in enumerate(request.lines)
        ]
    if request.attributes:
        payload["attributes"] = dict(request.attributes)
    return new_tuple(ReadOrder, (payload, total, paid_at))


def kept_order(payload: dict[str, Any], scale: int) -> ReadOrder:
    """An order from how it is kept."""
    return ReadOrder(payload, parse_amount(payload["total"], scale), datetime.fromisoformat(payload["paid_at"]))


def _plain(text: str) -> str:
    """A decimal text without idle zeros, so that equal numbers are written equally; anything else as it is."""
    try:
        units = parse_amount(text, MAX_SCALE)
    except AmountError:
        return text
    whole, _, decimals = format_amount(units, MAX_SCALE).partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _money(text: str, scale: int, pointer: str) -> int:
    """A decimal text as smallest units of the currency. Raises InvalidRequest, also for less than nothing."""
    units = parse_units(text, scale, pointer)
    if units < 0:
        raise InvalidRequest("order.negative", pointer=pointer)
    return units


def order_event(id: str, read: ReadOrder, member: int, scale: int, plans: Mapping[str, Plan]) -> OrderPaid:
    """The order that was read.

    `plans` are those in force, by name, for what points are worth. Raises InvalidRequest.
    """
    asked = read.payload.get("points")
    if not asked:
        return booked_order(id, read, member, scale, 0)
    payments = tuple(_payment(plans, each, f"/points/{index}") for index, each in enumerate(asked))
    points = sum(points_value(plans[payment.plan], payment) for payment in payments)
    if points > read.total:
        raise InvalidRequest(
            "order.points-above-total",
            pointer="/points",
            points=format_amount(points, scale),
            total=read.payload["total"],
        )
    return booked_order(id, read, member, scale, points, payments)


def booked_order(
    id: str, read: ReadOrder, member: int, scale: int, points: int, payments: tuple[PointsPayment, ...] = ()
) -> OrderPaid:
    """The order that was read, `points` being what all that pays for it is worth, in the currency's units."""
    payload, total, paid_at = read
    kept = payload.get("lines")
    lines = tuple(_line(each, scale) for each in kept) if kept else ()
    return OrderPaid(id, member, total, paid_at, points, payments, lines, payload.get("attributes"))


def _line(kept: dict[str, Any], scale: int) -> Line:
    amount = parse_amount(kept["amount"], scale)
    return Line(amount, kept["sku"], kept["category"], kept["quantity"], kept["attributes"])


def happening(id: str, payload: dict[str, Any], member: int, plan: Plan) -> Declared:
    """The event a payload stands for under a plan; fields the plan does not declare are left out."""
    declared = plan.events.get(payload["event"])
    fields = {
        name: _kept(value, declared.fields[name], plan.currency_scale)
        for name, value in payload["fields"].items()
        if declared is not None and name in declared.fields
    }
    return Declared(id, member, payload["event"], datetime.fromisoformat(payload["at"]), fields)


def _kept(value: Any, field: DeclaredField, currency_scale: int) -> Any:
    """A field's value from how it is kept; a number that this plan cannot read counts as not sent."""
    if field.kind is Kind.AMOUNT:
        return parse_amount(value, currency_scale)
    if field.kind is Kind.NUMBER and (field.scale or isinstance(value, str)):
        units = parse_attribute(str(value), field.kind, field.scale)
        return NOT_SENT[field.kind] if units is None else units
    return value


def _payment(plans: Mapping[str, Plan], value: dict[str, str], pointer: str) -> PointsPayment:
    plan = plans.get(value["plan"])
    if plan is None:
        raise InvalidRequest(
            "plan.not-active", pointer=f"{pointer}/plan", plan=value["plan"], known=", ".join(plans) or "–"
        )
    asset = plan.assets.get(value["asset"])
    if asset is None:
        raise InvalidRequest(
            "plan.no-asset",
            pointer=f"{pointer}/asset",
            plan=plan.name,
            asset=value["asset"],
            known=", ".join(plan.assets),
        )
    quantity = parse_units(value["quantity"], asset.scale, f"{pointer}/quantity")
    if quantity <= 0:
        raise InvalidRequest("request.not-positive", pointer=f"{pointer}/quantity")
    return PointsPayment(plan.name, asset.name, quantity)
