"""What members and operators ask of one plan: redeem, convert, pay, adjusting by hand. Each once per id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rewards.errors import Conflict, InvalidRequest
from rewards.ledger import events
from rewards.money import format_amount
from rewards.plan.events import Adjust, Convert, Event, Pay, Redeem
from rewards.plan.model import Asset, Plan
from rewards.services.batch import Batch
from rewards.services.people import check_id, find_ordinals
from rewards.services.platform import Platform
from rewards.services.recorded import check_moment, check_not_ahead, parse_units
from rewards.services.rendering import event_view
from rewards.services.requests import (
    AdjustmentRequest,
    ConversionRequest,
    PaymentRequest,
    RedemptionRequest,
)
from rewards.services.units import Unit, beside, retried
from rewards.services.views import EventView

Request = RedemptionRequest | ConversionRequest | PaymentRequest | AdjustmentRequest
Payload = dict[str, Any]


@dataclass(frozen=True)
class _Ask:
    """How one kind of request is turned from what is kept of it into an event."""

    kind: str
    asset: str
    """The payload's key of the asset whose scale the quantity has."""
    people: tuple[str, ...]
    """The payload's keys that name members."""
    event: Callable[[str, Payload, dict[str, int], Plan, datetime], Event]


def _units(plan: Plan, payload: Payload, key: str) -> int:
    return parse_units(payload["quantity"], plan.assets[payload[key]].scale, "/quantity")


def _redeem_event(id: str, payload: Payload, ordinals: dict[str, int], plan: Plan, at: datetime) -> Event:
    return Redeem(id, ordinals[payload["member"]], payload["asset"], _units(plan, payload, "asset"), at)


def _convert_event(id: str, payload: Payload, ordinals: dict[str, int], plan: Plan, at: datetime) -> Event:
    member = ordinals[payload["member"]]
    return Convert(id, member, payload["from"], payload["to"], _units(plan, payload, "from"), at)


def _pay_event(id: str, payload: Payload, ordinals: dict[str, int], plan: Plan, at: datetime) -> Event:
    member, payee = ordinals[payload["member"]], ordinals[payload["payee"]]
    return Pay(id, member, payee, payload["asset"], _units(plan, payload, "asset"), at)


def _adjust_event(id: str, payload: Payload, ordinals: dict[str, int], plan: Plan, at: datetime) -> Event:
    basis = payload.get("locked_basis")
    units = None if basis is None else parse_units(basis, plan.currency_scale, "/locked_basis")
    member, quantity = ordinals[payload["member"]], _units(plan, payload, "asset")
    return Adjust(id, member, payload["asset"], quantity, payload["reason"], at, units)


ASKS = {
    Redeem.kind: _Ask(Redeem.kind, "asset", ("member",), _redeem_event),
    Convert.kind: _Ask(Convert.kind, "from", ("member",), _convert_event),
    Pay.kind: _Ask(Pay.kind, "asset", ("member", "payee"), _pay_event),
    Adjust.kind: _Ask(Adjust.kind, "asset", ("member",), _adjust_event),
}


def redeem(platform: Platform, request: RedemptionRequest) -> EventView:
    """A member redeems units of a priced asset. Raises InvalidRequest, Conflict or Refused."""
    return _take(platform, ASKS[Redeem.kind], request, {"asset": request.asset})


def convert(platform: Platform, request: ConversionRequest) -> EventView:
    """A member converts one asset into another. Raises InvalidRequest, Conflict or Refused."""
    return _take(platform, ASKS[Convert.kind], request, {"from": request.source, "to": request.target})


def pay(platform: Platform, request: PaymentRequest) -> EventView:
    """A member pays another. Raises InvalidRequest, Conflict or Refused."""
    return _take(platform, ASKS[Pay.kind], request, {"asset": request.asset, "payee": request.payee})


def adjust(platform: Platform, request: AdjustmentRequest) -> EventView:
    """An operator adds or takes units by hand. Raises InvalidRequest, Conflict or Refused."""
    reason = request.reason.strip()
    if not reason:
        raise InvalidRequest("request.no-reason", pointer="/reason")
    more: Payload = {"asset": request.asset, "reason": reason}
    if request.locked_basis is not None:
        more["locked_basis"] = request.locked_basis
    return _take(platform, ASKS[Adjust.kind], request, more)


@retried
def _take(platform: Platform, ask: _Ask, request: Request, more: Payload) -> EventView:
    check_id(request.id, "/id")
    payload: Payload = {"plan": request.plan, "member": request.member, "quantity": request.quantity, **more}
    people = [payload[key] for key in ask.people]
    return beside(
        platform, ask.kind, request.id, people, lambda unit: _taken(platform, unit, ask, request, {**payload})
    )


def _taken(platform: Platform, unit: Unit, ask: _Ask, request: Request, payload: Payload) -> EventView:
    tx = unit.tx
    known = events.find(tx, ask.kind, request.id)
    moment = _moment(platform, request, known)
    payload["at"] = moment.isoformat()
    calendar = unit.calendar(platform)
    if request.plan not in calendar.bindings:
        known_plans = ", ".join(calendar.bindings) or "–"
        raise InvalidRequest("plan.not-active", pointer="/plan", plan=request.plan, known=known_plans)
    day = calendar.booked_day(request.plan, moment)
    binding = calendar.in_force(request.plan, day)
    if binding is None:
        raise InvalidRequest("plan.not-active", pointer="/plan", plan=request.plan, known="–")
    asset = _asset(binding.plan, payload, ask)
    _normalise(payload, binding.plan, asset, signed=isinstance(request, AdjustmentRequest))
    text = events.canonical(payload)
    if known is not None:
        if known.fingerprint != events.fingerprint(text):
            raise Conflict("event.conflict", pointer="/id", kind=ask.kind, id=request.id)
        return event_view(tx, known.seq, repeated=True)
    ordinals = find_ordinals(tx, {payload[key]: f"/{key}" for key in ask.people})
    event = ask.event(request.id, payload, ordinals, binding.plan, moment)
    batch = Batch(tx, platform.clock(), unit.held)
    booked = batch.take([(binding, day, event)])
    seq = batch.record(ask.kind, request.id, event.member, moment, text, booked)
    batch.flush()
    return event_view(tx, seq, repeated=False)


def _moment(platform: Platform, request: Request, known: events.Event | None) -> datetime:
    """The request's moment; when it names none, that of the request on record with its id, else now."""
    if request.at is not None:
        return check_not_ahead(check_moment(request.at, "/at"), platform.clock(), "/at")
    return known.occurred_at.astimezone(UTC) if known else platform.clock().astimezone(UTC)


def _asset(plan: Plan, payload: Payload, ask: _Ask) -> Asset:
    for key in {"from": ("from", "to")}.get(ask.asset, ("asset",)):
        if payload[key] not in plan.assets:
            raise InvalidRequest(
                "plan.no-asset", pointer=f"/{key}", plan=plan.name, asset=payload[key], known=", ".join(plan.assets)
            )
    return plan.assets[payload[ask.asset]]


def _normalise(payload: Payload, plan: Plan, asset: Asset, *, signed: bool) -> None:
    """Write the amounts in their full scale, so that equal requests are kept equal. Raises InvalidRequest."""
    units = parse_units(payload["quantity"], asset.scale, "/quantity")
    if signed and units == 0:
        raise InvalidRequest("request.zero", pointer="/quantity")
    if not signed and units <= 0:
        raise InvalidRequest("request.not-positive", pointer="/quantity")
    payload["quantity"] = format_amount(units, asset.scale)
    if "locked_basis" in payload:
        basis = parse_units(payload["locked_basis"], plan.currency_scale, "/locked_basis")
        if basis < 0:
            raise InvalidRequest("order.negative", pointer="/locked_basis")
        payload["locked_basis"] = format_amount(basis, plan.currency_scale)
