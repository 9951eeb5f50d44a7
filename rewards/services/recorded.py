"""Events as they are kept: the request as canonical JSON, and back to an event when history is replayed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from rewards.errors import InvalidRequest
from rewards.money import MAX_SCALE, AmountError, format_amount, parse_amount
from rewards.plan.attributes import NOT_SENT, parse_attribute
from rewards.plan.events import Declared, Line, OrderPaid, PointsPayment, points_value
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.model import Plan
from rewards.services.requests import OrderRequest

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
    if moment > now + CLOCK_SKEW:
        raise InvalidRequest("order.in-future", pointer=pointer, moment=moment.isoformat())
    return moment


def order_payload(request: OrderRequest, scale: int) -> dict[str, Any]:
    """An order as it is kept; equal requests, however their numbers are written, give equal payloads.

    Raises InvalidRequest.
    """
    payload: dict[str, Any] = {
        "member": request.member,
        "total": _money(request.total, scale, "/total"),
        "paid_at": check_moment(request.paid_at, "/paid_at").isoformat(),
    }
    if request.points:
        payload["points"] = [
            {"plan": each.plan, "asset": each.asset, "quantity": _plain(each.quantity)} for each in request.points
        ]
    if request.lines:
        payload["lines"] = [
            {
                "amount": _money(line.amount, scale, f"/lines/{index}/amount"),
                "sku": line.sku,
                "category": line.category,
                "quantity": line.quantity,
                "attributes": dict(line.attributes),
            }
            for index, line in enumerate(request.lines)
        ]
    if request.attributes:
        payload["attributes"] = dict(request.attributes)
    return payload


def _plain(text: str) -> str:
    """A decimal text without idle zeros, so that equal numbers are written equally; anything else as it is."""
    try:
        units = parse_amount(text, MAX_SCALE)
    except AmountError:
        return text
    whole, _, decimals = format_amount(units, MAX_SCALE).partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole}.{decimals}" if decimals else whole


def _money(text: str, scale: int, pointer: str) -> str:
    units = parse_units(text, scale, pointer)
    if units < 0:
        raise InvalidRequest("order.negative", pointer=pointer)
    return format_amount(units, scale)


def order_event(id: str, payload: dict[str, Any], member: int, scale: int, plans: dict[str, Plan]) -> OrderPaid:
    """The order a payload stands for.

    `plans` are those in force, by name, for what points are worth. Raises InvalidRequest.
    """
    payments = tuple(_payment(plans, each, f"/points/{index}") for index, each in enumerate(payload.get("points", ())))
    total = parse_amount(payload["total"], scale)
    points = sum(points_value(plans[payment.plan], payment) for payment in payments)
    if points > total:
        raise InvalidRequest(
            "order.points-above-total",
            pointer="/points",
            points=format_amount(points, scale),
            total=payload["total"],
        )
    return booked_order(id, payload, member, scale, points, payments)


def booked_order(
    id: str, payload: dict[str, Any], member: int, scale: int, points: int, payments: tuple[PointsPayment, ...] = ()
) -> OrderPaid:
    """The order a payload stands for, `points` being what all that pays for it is worth, in the currency's units."""
    return OrderPaid(
        id=id,
        member=member,
        total=parse_amount(payload["total"], scale),
        paid_at=datetime.fromisoformat(payload["paid_at"]),
        points=points,
        payments=payments,
        lines=tuple(
            Line(
                parse_amount(line["amount"], scale), line["sku"], line["category"], line["quantity"], line["attributes"]
            )
            for line in payload.get("lines", ())
        ),
        attributes=payload.get("attributes", {}),
    )


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


def _payment(plans: dict[str, Plan], value: dict[str, str], pointer: str) -> PointsPayment:
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
