"""Orders: taking them one by one or in batches, each once however often it is sent (promise 6)."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.attributes import check_attributes
from rewards.interpreter.run import applies
from rewards.ledger import events, following, members
from rewards.plan.events import Event, OrderPaid
from rewards.plan.model import Plan
from rewards.services.batch import Batch
from rewards.services.binding import Binding
from rewards.services.collections_paused import collections_paused
from rewards.services.people import check_id
from rewards.services.platform import Calendar, Platform
from rewards.services.recorded import ReadOrder, check_not_ahead, kept_order, order_event, read_order
from rewards.services.rendering import Names, booked_view, event_view
from rewards.services.requests import OrderRequest
from rewards.services.units import Unit, ask, beside, retried
from rewards.services.unwritten import Booked
from rewards.services.views import EventView
from rewards.tuples import new_tuple

KIND = OrderPaid.kind

Answer = TypeVar("Answer")


@retried
def take_order(platform: Platform, request: OrderRequest) -> EventView:
    """Take one order under every plan it concerns, beside those of other members where the plans allow it.

    Raises InvalidRequest, Conflict or Refused; nothing is then taken.
    """
    if platform.ledger.writes_beside:
        return beside(
            platform, KIND, request.id, [request.member],
            lambda unit: _take_one(_Taking(platform, unit, [request]), request),
        )  # fmt: skip
    with platform.ledger.write() as tx:
        left, platform.left = platform.left, None
        place = following.place_of(tx)
        if isinstance(left, _Left) and left.is_for(place):
            taking, number = left.taking, left.number + 1
            taking.go_on(request, platform.clock())
        else:
            taking, number = _Taking(platform, Unit(tx, None), [request]), 1
        view = _take_one(taking, request)
        if place is not None and number < _MOST_IN_A_ROW:
            platform.left = _Left(place, taking, number)
        return view


def _take_one(taking: _Taking, request: OrderRequest) -> EventView:
    taken = taking.take(taking.read(request))
    tx = taking.batch.tx
    names = Names(tx)
    names.pools = taking.pools
    view = taken.view(tx, names)
    taking.batch.flush()
    return view


@retried
def take_orders(platform: Platform, requests: Sequence[OrderRequest]) -> list[EventView | RewardsError]:
    """Take orders in the order given and in one unit.

    One that cannot be taken is answered with its error, the others are taken.
    """
    with collections_paused(), platform.ledger.write() as tx:
        taken = _take(platform, tx, requests, lambda one: one)
        names = Names(tx)
        names.read_members(
            holder
            for one in taken
            if isinstance(one, _Taken)
            for booked in one.booked or ()
            for moved in booked.outcome.transfers
            for holder in (moved.source, moved.target)
        )
        return [one if isinstance(one, RewardsError) else one.view(tx, names) for one in taken]


@retried
def import_orders(platform: Platform, requests: Sequence[OrderRequest]) -> list[bool | RewardsError]:
    """As `take_orders`, but answers only whether each order had been taken before; for imports, which need no more."""
    with collections_paused(), platform.ledger.write() as tx:
        return _take(platform, tx, requests, lambda one: one.booked is None)


def order(platform: Platform, id: str) -> EventView:
    """An order on record. Raises NotFound."""
    with platform.ledger.read() as tx:
        found = events.find(tx, KIND, id)
        if found is None:
            raise NotFound("event.unknown", kind=KIND, id=id)
        return event_view(tx, found.seq, repeated=False)


class _Order(NamedTuple):
    """An order that can be taken: whose it is (ordinal), when it was paid, and under what it is booked."""

    member: int
    paid_at: datetime
    concerned: list[tuple[Binding, date, Event]]


class _Read(NamedTuple):
    """An order that was read: as it was sent, its payload as it is kept, and that one's fingerprint."""

    request: OrderRequest
    payload: str
    fingerprint: str
    order: _Order | RewardsError
    """Why it cannot be taken, unless it was before."""


class _Taken(NamedTuple):
    """An order on record: its event's number, and how it was just booked, None if that was done before."""

    request: OrderRequest
    seq: int
    member: int = 0
    booked: Sequence[Booked] | None = None

    def view(self, tx: Connection, names: Names) -> EventView:
        """What is answered; of an order that was just taken without reading it back."""
        if self.booked is None:
            return event_view(tx, self.seq, repeated=True, names=names)
        return booked_view(names, KIND, self.request.id, self.seq, self.request.member, self.member, self.booked)


def _take(
    platform: Platform, tx: Connection, requests: Sequence[OrderRequest], answer: Callable[[_Taken], Answer]
) -> list[Answer | RewardsError]:
    """Take orders; answers each from what is on record, or with its error."""
    taking = _Taking(platform, Unit(tx, None), requests)
    # All are read before any is taken: few functions many times in a row run faster than many in turn.
    read: list[_Read | RewardsError] = []
    for request in requests:
        try:
            read.append(taking.read(request))
        except RewardsError as error:
            read.append(error)
    results: list[Answer | RewardsError] = []
    for one in read:
        try:
            results.append(one if isinstance(one, RewardsError) else answer(taking.take(one)))
        except RewardsError as error:
            results.append(error)
    taking.batch.flush()
    return results


class _InForce(NamedTuple):
    """Under what an order is booked that was paid at some moment."""

    under: list[tuple[Binding, date]]
    plans: dict[str, Plan]
    """The plans, by name,"""
    declaring: list[Plan]
    """and those that declare attributes, which orders are checked for."""


class _Days:
    """Under what orders are booked; looked up once for all that were paid in the same hour.

    That is, where the hour is of one business day in every plan's time zone and has one offset at both of its ends; no
    zone has ever changed its offset twice within an hour.
    """

    def __init__(self, calendar: Calendar, *, several: bool) -> None:
        self._calendar = calendar
        self.several = several
        self._hours: dict[tuple[int, int], _InForce] = {}

    def on(self, moment: datetime) -> _InForce:
        """What is in force at a moment in UTC."""
        hour = (moment.toordinal(), moment.hour)
        found = self._hours.get(hour)
        if found is None:
            under = self._calendar.booked(moment)
            plans = {binding.plan.name: binding.plan for binding, _ in under}
            found = _InForce(under, plans, [plan for plan in plans.values() if plan.attributes])
            if self.several and self._is_of_one_day(moment):
                self._hours[hour] = found
        return found

    def _is_of_one_day(self, moment: datetime) -> bool:
        """Whether the hour of a moment is of one business day, whichever plan's."""
        first = moment.replace(minute=0, second=0, microsecond=0)
        last = moment.replace(minute=59, second=59, microsecond=999_999)
        zones = {of_plan[-1].plan.timezone for of_plan in self._calendar.bindings.values()}
        ends = ((first.astimezone(zone), last.astimezone(zone)) for zone in zones)
        return all((one.date(), one.utcoffset()) == (other.date(), other.utcoffset()) for one, other in ends)


_MOST_IN_A_ROW = 1000
"""How many orders taken one by one go on with what is known of the ones before."""


class _Left(NamedTuple):
    """What a unit that took an order has left to the next."""

    place: following.Place
    taking: _Taking
    number: int
    """How many orders it was used for."""

    def is_for(self, place: following.Place | None) -> bool:
        """Whether a unit can go on with it."""
        return place is not None and place.follows(self.place)


class _Taking:
    """One batch of orders on its way."""

    def __init__(self, platform: Platform, unit: Unit, requests: Sequence[OrderRequest]) -> None:
        tx = unit.tx
        self.batch = Batch(tx, platform.clock(), unit.held)
        named, calendar, self._known = unit.asked or ask(
            platform, tx, KIND, [request.id for request in requests], {request.member for request in requests}
        )
        self.pools = calendar.pools
        self._ordinals = named.ordinals
        self._people: Collection[int] = self._ordinals.values()
        """Members that may not be read ahead yet."""
        self.batch.meet(named.roles)
        self._days = _Days(calendar, several=len(requests) > 1)
        self._scale = next((of_plan[-1].plan.currency_scale for of_plan in calendar.bindings.values()), 2)
        self._ahead: set[int] = set()
        """The plan versions under which what orders of all these members need was read ahead."""

    def go_on(self, request: OrderRequest, now: datetime) -> None:
        """Take one more order, in a further unit before which nobody else has written anything."""
        self.batch.now = now
        named = members.send_named(self.batch.tx, [] if request.member in self._ordinals else [request.member])()
        self._ordinals.update(named.ordinals)
        self._people = [self._ordinals[request.member]] if request.member in self._ordinals else []
        self.batch.meet(named.roles)
        if request.id not in self._known:
            self._known.update(events.send_known(self.batch.tx, KIND, [request.id])())
        self._days.several = True
        self._ahead.clear()

    def _read_ahead(self, binding: Binding, day: date) -> None:
        if binding.version.id not in self._ahead:
            self._ahead.add(binding.version.id)
            self.batch.prefetch(binding, self._people, day, KIND)

    def read(self, request: OrderRequest) -> _Read:
        """Read one order, whatever other orders there are. Raises InvalidRequest where its id or payload is wrong."""
        check_id(request.id, "/id")
        read = read_order(request, self._scale)
        payload = events.canonical(read.payload)
        order: _Order | RewardsError
        try:
            order = self._order(request, read)
        except RewardsError as error:
            order = error
        return new_tuple(_Read, (request, payload, events.fingerprint(payload), order))

    def _order(self, request: OrderRequest, read: ReadOrder) -> _Order:
        paid_at = check_not_ahead(read.paid_at, self.batch.now, "/paid_at")
        member = self._ordinals.get(request.member)
        if member is None:
            raise InvalidRequest("member.unknown", pointer="/member", id=request.member)
        under, plans, declaring = self._days.on(paid_at)
        order = order_event(request.id, read, member, self._scale, plans)
        for plan in declaring:
            check_attributes(plan, order)
        concerned: list[tuple[Binding, date, Event]] = [
            (binding, day, order) for binding, day in under if applies(binding.plan, order)
        ]
        if order.payments:
            _check_payments(order, {binding.plan.name for binding, _, _ in concerned})
        return new_tuple(_Order, (member, paid_at, concerned))

    def take(self, one: _Read) -> _Taken:
        """Take one order. Raises RewardsError."""
        request, payload, fingerprint, order = one
        if request.id in self._known:
            seq, before = self._known[request.id]
            if before != fingerprint:
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return _Taken(request, seq)
        if isinstance(order, RewardsError):
            raise order
        member, paid_at, concerned = order
        for binding, day, _ in concerned:
            self._read_ahead(binding, day)
        booked = self.batch.take(concerned)
        seq = self.batch.record(KIND, request.id, member, paid_at, payload, booked, fingerprint)
        self._known[request.id] = (seq, fingerprint)
        return new_tuple(_Taken, (request, seq, member, booked))


def _check_payments(order: OrderPaid, concerned: set[str]) -> None:
    """Refuse points of a plan that is not about the order: it would not take them. Raises Refused."""
    for payment in order.payments:
        if payment.plan not in concerned:
            raise Refused("request.asset-does-not-pay", pointer="/points", asset=payment.asset, plan=payment.plan)


def order_from_record(event: events.Event, scale: int, plans: dict[str, Plan]) -> OrderPaid:
    """The order an event on record stands for."""
    assert event.member is not None
    return order_event(event.id, kept_order(json.loads(event.payload), scale), event.member, scale, plans)
