"""Events that plans declare and a shop sends, each once however often it is sent (promise 6)."""

from __future__ import annotations

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound
from rewards.interpreter.run import applies
from rewards.ledger import events
from rewards.money import AmountError, format_amount, parse_amount
from rewards.plan.attributes import most, parse_attribute
from rewards.plan.events import Declared
from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.model import DeclaredEvent, Plan
from rewards.services.batch import Batch
from rewards.services.people import check_id, find_ordinals
from rewards.services.platform import Platform
from rewards.services.recorded import check_moment, check_not_ahead, happening
from rewards.services.rendering import Names, booked_view, event_view
from rewards.services.requests import EventRequest
from rewards.services.suggesting import unknown
from rewards.services.units import Unit, beside, retried
from rewards.services.views import EventView

KIND = Declared.kind

Value = str | int | bool

MOST = 10**12
"""The largest number an event's field may have."""


@retried
def take_event(platform: Platform, request: EventRequest) -> EventView:
    """Take an event under every active plan that declares it, beside those of other members where the plans allow it.

    Raises InvalidRequest, Conflict or Refused; nothing is then taken.
    """
    check_id(request.id, "/id")
    return beside(platform, KIND, request.id, [request.member], lambda unit: _take(platform, unit, request))


def _take(platform: Platform, unit: Unit, request: EventRequest) -> EventView:
    tx = unit.tx
    calendar = unit.calendar(platform)
    at = check_not_ahead(check_moment(request.at, "/at"), platform.clock(), "/at")
    booked_under = calendar.booked(at)
    plans = [binding.plan for binding, _ in booked_under]
    payload = {
        "event": request.event,
        "member": request.member,
        "at": at.isoformat(),
        "fields": _normal_fields(request, plans),
    }
    text = events.canonical(payload)
    known = events.find(tx, KIND, request.id)
    if known is not None:
        if known.fingerprint != events.fingerprint(text):
            raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
        return event_view(tx, known.seq, repeated=True)
    member = find_ordinals(tx, {request.member: "/member"})[request.member]
    batch = Batch(tx, platform.clock(), unit.held)
    under = []
    for binding, day in booked_under:
        event = happening(request.id, payload, member, binding.plan)
        if request.event in binding.plan.events and applies(binding.plan, event):
            batch.prefetch(binding, {member}, day, f"{KIND} {request.event}")
            under.append((binding, day, event))
    booked = batch.take(list(under))
    seq = batch.record(KIND, request.id, member, at, text, booked)
    view = booked_view(Names(tx), KIND, request.id, seq, request.member, member, booked)
    batch.flush()
    return view


def event(platform: Platform, id: str) -> EventView:
    """A declared event on record. Raises NotFound."""
    with platform.ledger.read() as tx:
        return _view(tx, id)


def _view(tx: Connection, id: str) -> EventView:
    found = events.find(tx, KIND, id)
    if found is None:
        raise NotFound("event.unknown", kind=KIND, id=id)
    return event_view(tx, found.seq, repeated=False)


def _normal_fields(request: EventRequest, plans: list[Plan]) -> dict[str, Value]:
    """The fields as they are kept, amounts in their full scale. Raises InvalidRequest."""
    declared = [(plan, plan.events[request.event]) for plan in plans if request.event in plan.events]
    if not declared:
        known = [name for plan in plans for name in plan.events]
        raise unknown(InvalidRequest, "event.not-declared", request.event, known, pointer="/event", event=request.event)
    fields: dict[str, Value] = {}
    for name, value in request.fields.items():
        having = [(plan, each.fields[name]) for plan, each in declared if name in each.fields]
        if not having:
            raise _no_field(request.event, name, [each for _, each in declared])
        pointer = "/fields/" + name.replace("~", "~0").replace("/", "~1")
        for plan, field in having:
            fields[name] = _normal(value, field, plan.currency_scale, pointer)
    return fields


def _no_field(event: str, name: str, declared: list[DeclaredEvent]) -> Exception:
    known = [field for each in declared for field in each.fields]
    pointer = "/fields/" + name.replace("~", "~0").replace("/", "~1")
    return unknown(InvalidRequest, "event.no-field", name, known, pointer=pointer, event=event, field=name)


def _normal(value: Value, field: DeclaredField, currency_scale: int, pointer: str) -> Value:
    """A field's value as it is kept. Raises InvalidRequest that says what is expected."""
    kind, scale = field.kind, field.decimals(currency_scale)
    if field.scale:
        units = parse_attribute(str(value), kind, scale) if type(value) in (str, int) else None
        if not isinstance(units, int):
            raise InvalidRequest("event.field-decimal", pointer=pointer, most=most(kind, scale), scale=scale)
        return format_amount(units, scale)
    expected = {Kind.AMOUNT: str, Kind.NUMBER: int, Kind.TEXT: str, Kind.FLAG: bool}[kind]
    if type(value) is not expected:
        raise InvalidRequest(f"event.field-{_WORDS[kind]}", pointer=pointer, most=MOST)
    if kind is Kind.NUMBER and not 0 <= int(value) <= MOST:
        raise InvalidRequest("event.field-number", pointer=pointer, most=MOST)
    if kind is not Kind.AMOUNT:
        return value
    try:
        units = parse_amount(str(value), scale)
    except AmountError as error:
        raise InvalidRequest(error.code, pointer=pointer, **error.parameters) from None
    if units < 0:
        raise InvalidRequest("event.field-amount", pointer=pointer)
    return format_amount(units, scale)


_WORDS = {Kind.AMOUNT: "amount", Kind.NUMBER: "number", Kind.TEXT: "text", Kind.FLAG: "flag"}
