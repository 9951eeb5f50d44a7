"""Refunds: taking an order back under the very plan versions it was booked under, each refund once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused
from rewards.interpreter.refund import Proportion, Undo, taken_off
from rewards.interpreter.state import BUILT_IN_RULES, Lot, Transfer
from rewards.interpreter.tally import Cell
from rewards.ledger import events, lots, refunds, transfers
from rewards.money import format_amount
from rewards.plan.events import OrderPaid, OrderRefunded
from rewards.plan.model import Plan
from rewards.plan.triggers import Trigger
from rewards.services.batch import Batch
from rewards.services.binding import Binding
from rewards.services.orders import order_from_record
from rewards.services.people import check_id
from rewards.services.platform import Calendar, Platform
from rewards.services.recorded import COUNTED, check_moment, parse_units
from rewards.services.rendering import event_view
from rewards.services.requests import RefundRequest
from rewards.services.views import EventView

KIND = OrderRefunded.kind


def refund(platform: Platform, request: RefundRequest) -> EventView:
    """Take an order back, whole or in part.

    Raises NotFound, InvalidRequest, Conflict or Refused; nothing is then taken back.
    """
    check_id(request.id, "/id")
    with platform.ledger.write() as tx:
        stored = events.find(tx, OrderPaid.kind, request.order)
        if stored is None:
            raise NotFound("event.unknown", kind=OrderPaid.kind, id=request.order)
        taking = _Taking(platform, tx, stored)
        known = events.find(tx, KIND, request.id)
        moment = _moment(platform, request, known)
        payload: dict[str, Any] = {"order": request.order, "at": moment.isoformat()}
        payload["amount"] = None if request.amount is None else taking.amount_text(request.amount)
        text = events.canonical(payload)
        if known is not None:
            if known.fingerprint != events.fingerprint(text):
                raise Conflict("event.conflict", pointer="/id", kind=KIND, id=request.id)
            return event_view(tx, known.seq, repeated=True)
        return event_view(tx, taking.take(request.id, payload["amount"], moment, text), repeated=False)


def _moment(platform: Platform, request: RefundRequest, known: events.Event | None) -> datetime:
    if request.at is not None:
        return check_moment(request.at, "/at")
    return known.occurred_at.astimezone(UTC) if known else platform.clock().astimezone(UTC)


@dataclass
class _Under:
    """One plan version the order was booked under."""

    binding: Binding
    booking: events.Booking


def _counted(under: _Under) -> list[Cell]:
    """What the order counts for."""
    return [Cell(*each) for each in json.loads(under.booking.trace).get(COUNTED, ())]


class _Taking:
    """One refund on its way."""

    def __init__(self, platform: Platform, tx: Connection, stored: events.Event) -> None:
        self._platform, self._tx, self._stored = platform, tx, stored
        self._calendar: Calendar = platform.calendar(tx)
        versions = {binding.version.id: binding for of_plan in self._calendar.bindings.values() for binding in of_plan}
        self._under = [_Under(versions[each.version_id], each) for each in events.bookings(tx, stored.seq)]
        scales = [of_plan[-1].plan.currency_scale for of_plan in self._calendar.bindings.values()]
        self._scale = scales[0] if scales else 2
        plans: dict[str, Plan] = {name: of_plan[-1].plan for name, of_plan in self._calendar.bindings.items()}
        plans.update({each.binding.plan.name: each.binding.plan for each in self._under})
        self._order = order_from_record(stored, self._scale, plans)
        self._before = refunds.refunded(tx, stored.seq)

    def amount_text(self, amount: str) -> str:
        """An amount in full scale. Raises InvalidRequest."""
        units = parse_units(amount, self._scale, "/amount")
        if units <= 0:
            raise InvalidRequest("request.not-positive", pointer="/amount")
        return format_amount(units, self._scale)

    def take(self, id: str, amount: str | None, moment: datetime, payload: str) -> int:
        """Take the refund and put it on record; returns the event's number. Raises Refused."""
        left = self._order.total - self._before
        units = left if amount is None else parse_units(amount, self._scale, "/amount")
        if units == 0 or units > left:
            raise Refused(
                "refund.too-much",
                pointer="/amount",
                order=self._order.id,
                left=format_amount(left, self._scale),
                total=format_amount(self._order.total, self._scale),
            )
        batch = Batch(self._tx, self._platform.clock())
        under, undo = [], {}
        for each in self._under:
            name = each.binding.plan.name
            event = OrderRefunded(id, self._order, each.booking.day, units, self._before, moment)
            # Not before the order itself, or the days between would lack what they have not been given yet.
            day = max(self._calendar.booked_day(name, moment), each.booking.day)
            under.append((each.binding, day, event))
            undo[each.binding.version.id] = self._undo(each)
        booked = batch.take(list(under), undo)
        seq = batch.record(KIND, id, self._order.member, moment, payload, booked)
        for each in self._under:
            part = Proportion(self._before, self._before + units, self._order.total)
            batch.count(each.binding.plan_id, self._counted_since(each, part))
        batch.flush()
        refunds.add(self._tx, [refunds.Refund(seq, self._stored.seq, units)])
        return seq

    def _undo(self, under: _Under) -> Undo:
        """What the order did directly under one plan version; what it triggered, such as exits, stays."""
        binding = under.binding
        index = {rule_id: own for own, rule_id in binding.rule_ids.items()}
        direct = {
            rule.index for rule in binding.plan.rules if rule.trigger is not Trigger.PRICE_RISES
        } | BUILT_IN_RULES.keys()
        moved = [each for each in transfers.of_event(self._tx, self._stored.seq) if index.get(each.rule_id) in direct]
        found = self._lots(binding, [each.lot_id for each in moved if each.lot_id is not None])
        return Undo(
            tuple(
                Transfer(
                    index[each.rule_id],
                    binding.own_books[each.from_book],
                    binding.own_holder(each.from_holder),
                    binding.own_books[each.to_book],
                    binding.own_holder(each.to_holder),
                    each.amount,
                    None if each.lot_id is None else found[each.lot_id],
                )
                for each in sorted(moved, key=lambda one: one.number)
            ),
            self._released(binding, list(found.values())),
            tuple(cell for cell in _counted(under) if cell.name in binding.plan.streams),
        )

    def _counted_since(self, under: _Under, part: Proportion) -> Iterator[Cell]:
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
