"""Refunds: taking an order back under the very plan versions it was booked under, each refund once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.expiring import Came
from rewards.interpreter.refund import Proportion, Undo, taken_off
from rewards.interpreter.state import BUILT_IN_RULES, Lot
from rewards.interpreter.tally import Cell
from rewards.ledger import events, lots, refunds
from rewards.money import format_amount
from rewards.plan.events import Event, OrderPaid, OrderRefunded
from rewards.plan.model import Plan
from rewards.plan.triggers import Trigger
from rewards.services.batch import Batch
from rewards.services.binding import Binding
from rewards.services.collections_paused import collections_paused
from rewards.services.orders import order_from_record
from rewards.services.people import check_id
from rewards.services.platform import Calendar, Platform
from rewards.services.recorded import COUNTED, check_moment, check_not_ahead, parse_units
from rewards.services.rendering import event_view
from rewards.services.requests import RefundRequest
from rewards.services.undoing import moved
from rewards.services.units import Unit, beside_of, retried
from rewards.services.views import EventView

KIND = OrderRefunded.kind


class Refunded(NamedTuple):
    """What has become of a refund that was imported."""

    amount: str
    """How much of its order it takes back, in the currency's full scale."""
    repeated: bool
    """Whether it had been taken before."""


@retried
def refund(platform: Platform, request: RefundRequest) -> EventView:
    """Take an order back, whole or in part.

    Raises NotFound, InvalidRequest, Conflict or Refused; nothing is then taken back.
    """

    def work(unit: Unit) -> EventView:
        taking = _Taking(platform, unit, [request])
        taken = taking.take(request)
        taking.batch.flush()
        return event_view(unit.tx, taken.seq, repeated=taken.repeated)

    return beside_of(platform, KIND, request.id, lambda tx: _members(tx, request), work)


@retried
def import_refunds(platform: Platform, requests: Sequence[RefundRequest]) -> list[Refunded | RewardsError]:
    """Take orders back in the order given and in one unit.

    A refund that cannot be taken is answered with its error (as `refund` raises it), the others are taken.
    """
    with collections_paused(), platform.ledger.write() as tx:
        taking = _Taking(platform, Unit(tx, None), requests)
        taken: list[_Taken | RewardsError] = []
        for request in requests:
            try:
                taken.append(taking.take(request))
            except RewardsError as error:
                taken.append(error)
        taking.batch.flush()
        amounts = refunds.amounts(tx, {one.seq for one in taken if isinstance(one, _Taken)})
        return [
            one if isinstance(one, RewardsError) else Refunded(taking.text(amounts[one.seq]), one.repeated)
            for one in taken
        ]


def _members(tx: Connection, request: RefundRequest) -> list[int]:
    """Whose order is refunded."""
    stored = events.find(tx, OrderPaid.kind, request.order)
    return [stored.member] if stored and stored.member else []


@dataclass(frozen=True)
class _Taken:
    """A refund on record: its event's number, its moment, and whether it had been there before."""

    seq: int
    at: datetime
    fingerprint: str
    repeated: bool = True


class _Taking:
    """Refunds on their way in one unit."""

    def __init__(self, platform: Platform, unit: Unit, requests: Sequence[RefundRequest]) -> None:
        self._tx = tx = unit.tx
        self.batch = Batch(tx, platform.clock(), unit.held)
        self._calendar: Calendar = platform.calendar(tx)
        self._versions = {each.version.id: each for of_plan in self._calendar.bindings.values() for each in of_plan}
        self._scale = next((of_plan[-1].plan.currency_scale for of_plan in self._calendar.bindings.values()), 2)
        self._orders = events.find_many(tx, OrderPaid.kind, {request.order for request in requests})
        known = events.find_many(tx, KIND, {request.id for request in requests})
        self._known = {id: _Taken(each.seq, each.occurred_at, each.fingerprint) for id, each in known.items()}
        self._unwritten: set[int] = set()
        """Orders of which something was taken back that is not written yet."""

    def text(self, units: int) -> str:
        """An amount in the currency's full scale."""
        return format_amount(units, self._scale)

    def take(self, request: RefundRequest) -> _Taken:
        """Take one refund. Raises RewardsError; nothing is then taken back."""
        check_id(request.id, "/id")
        stored = self._orders.get(request.order)
        if stored is None:
            raise NotFound("event.unknown", kind=OrderPaid.kind, id=request.order)
        known = self._known.get(request.id)
        moment = self._moment(request, known)
        units = None if request.amount is None else self._units(request.amount)
        amount = None if units is None else self.text(units)
        payload = events.canonical({"order": request.order, "at": moment.isoformat(), "amount": amount})
        fingerprint = events.fingerprint(payload)
        if known is not None:
            if known.fingerprint != fingerprint:
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return known
        check_not_ahead(moment, self.batch.now, "/at")
        seq = self._take_back(request.id, stored, units, moment, payload)
        self._known[request.id] = _Taken(seq, moment, fingerprint)
        return _Taken(seq, moment, fingerprint, repeated=False)

    def _moment(self, request: RefundRequest, known: _Taken | None) -> datetime:
        """The request's moment; when it names none, that of the refund on record with its id, else now."""
        if request.at is not None:
            return check_moment(request.at, "/at")
        return (known.at if known else self.batch.now).astimezone(UTC)

    def _units(self, amount: str) -> int:
        units = parse_units(amount, self._scale, "/amount")
        if units <= 0:
            raise InvalidRequest("request.not-positive", pointer="/amount")
        return units

    def _take_back(self, id: str, stored: events.Event, units: int | None, moment: datetime, payload: str) -> int:
        """Take so much of an order back, or all that is left; returns the event's number. Raises Refused."""
        if stored.seq in self._unwritten:
            # What there is to undo is read from what is written.
            self.batch.flush()
            self._unwritten.clear()
        order = _Order(self._tx, self._calendar, self._versions, stored, self._scale)
        left = order.paid.total - order.refunded
        units = left if units is None else units
        if units == 0 or units > left:
            raise Refused(
                "refund.too-much",
                pointer="/amount",
                order=order.paid.id,
                left=self.text(left),
                total=self.text(order.paid.total),
            )
        under: list[tuple[Binding, date, Event]] = []
        for each in order.under:
            event = OrderRefunded(id, order.paid, each.booking.day, units, order.refunded, moment)
            # Not before the order itself, or the days between would lack what they have not been given yet.
            day = max(self._calendar.booked_day(each.binding.plan.name, moment), each.booking.day)
            under.append((each.binding, day, event))
        booked = self.batch.take(under, {each.binding.version.id: order.undo(each) for each in order.under})
        seq = self.batch.record(KIND, id, order.paid.member, moment, payload, booked)
        part = Proportion(order.refunded, order.refunded + units, order.paid.total)
        for each in order.under:
            self.batch.count(each.binding.plan_id, order.counted_since(each, part))
        self.batch.refund(refunds.Refund(seq, stored.seq, units))
        self._unwritten.add(stored.seq)
        return seq


@dataclass
class _Under:
    """One plan version the order was booked under."""

    binding: Binding
    booking: events.Booking


def _counted(under: _Under) -> list[Cell]:
    """What the order counts for."""
    return [Cell(*each) for each in json.loads(under.booking.trace).get(COUNTED, ())]


class _Order:
    """An order on record, and what is written of its effects."""

    def __init__(
        self, tx: Connection, calendar: Calendar, versions: Mapping[int, Binding], stored: events.Event, scale: int
    ) -> None:
        self._tx, self._calendar, self._stored = tx, calendar, stored
        self.under = [_Under(versions[each.version_id], each) for each in events.bookings(tx, stored.seq)]
        plans: dict[str, Plan] = {name: of_plan[-1].plan for name, of_plan in calendar.bindings.items()}
        plans.update({each.binding.plan.name: each.binding.plan for each in self.under})
        self.paid = order_from_record(stored, scale, plans)
        self.refunded = refunds.refunded(tx, stored.seq)
        """How much of it has been taken back, in the currency's smallest units."""

    def undo(self, under: _Under) -> Undo:
        """What the order did directly under one plan version; what it triggered, such as exits, stays."""
        binding = under.binding
        direct = {
            rule.index for rule in binding.plan.rules if rule.trigger is not Trigger.PRICE_RISES
        } | BUILT_IN_RULES.keys()
        done = moved(self._tx, binding, under.booking, direct)
        found = self._lots(binding, done.lots)
        return Undo(
            done.transfers(binding, found),
            self._released(binding, list(found.values())),
            tuple(cell for cell in _counted(under) if cell.name in binding.plan.streams),
            done.units,
            self._came(binding, list(found.values())),
        )

    def counted_since(self, under: _Under, part: Proportion) -> Iterator[Cell]:
        """What is to be added to the cells that later versions have counted the order for."""
        for cell in _counted(under):
            if cell.name not in under.binding.plan.streams:
                of_plan = [each.plan.streams for each in self._calendar.bindings[under.binding.plan.name]]
                stream = next(streams[cell.name] for streams in of_plan if cell.name in streams)
                yield from taken_off(cell, part, by_value=stream.by_value)

    def _lots(self, binding: Binding, ids: list[int]) -> dict[int, Lot]:
        return {
            each.id: Lot(
                binding.own_books[each.book_id],
                each.member,
                0,
                each.day.toordinal(),
                each.basis,
                each.granted,
                each.remaining,
                each.id,
            )
            for each in lots.by_ids(self._tx, ids)
        }

    def _came(self, binding: Binding, of_order: list[Lot]) -> dict[int, list[Came]]:
        """When units of lots came, where they expire."""
        came: dict[int, list[Came]] = {}
        expiring = [lot for lot in of_order if binding.plan.books[lot.book][0].expiry is not None]
        for member in {lot.member for lot in expiring}:
            own = [lot.id for lot in expiring if lot.member == member and lot.id is not None]
            for lot, day, quantity in refunds.releases(self._tx, member, own):
                came.setdefault(lot, []).append(Came(day.toordinal(), 0, quantity))
        return came

    def _released(self, binding: Binding, of_order: list[Lot]) -> dict[tuple[int, str], int]:
        """By member and rule, what the rule has released from the member's lots, less what refunds have reversed."""
        # A rule keeps its name over the versions of a plan, and later versions release older lots.
        names = {
            rule_id: name
            for each in self._calendar.bindings[binding.plan.name]
            for name, rule_id in each.version.rules.items()
        }
        released: Counter[tuple[int, str]] = Counter()
        for member in {lot.member for lot in of_order}:
            own = [lot.id for lot in of_order if lot.member == member and lot.id is not None]
            for (_, rule_id), quantity in refunds.released_by_rule(self._tx, member, own).items():
                released[member, names[rule_id]] += quantity
        released.subtract(refunds.reversed_of_order(self._tx, self._stored.seq, binding.plan_id))
        return {each: left for each, left in sorted(released.items()) if left > 0}
