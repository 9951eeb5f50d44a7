"""A plan with its members and balances in memory: the interpreter without a database.

    >>> from rewards.actions import vocabulary
    >>> from rewards.plan.load import load_plan_file
    >>> from rewards.resources import rules_directory
    >>> world = World(load_plan_file(rules_directory() / "locked-points.yaml", vocabulary()).plan)
    >>> _ = world.join("ann")
    >>> _ = world.join("bob", sponsor="ann")
    >>> _ = world.order("ann", "3000", on="2026-01-01")
    >>> _ = world.order("bob", "3000", on="2026-01-01")
    >>> _, _ = world.close("2026-01-01"), world.close("2026-01-02")
    >>> world.balance("bob", "points"), world.balance("ann", "points")  # ann earns half of what bob's lot released
    ('36.00', '54.00')

Names of members are the caller's; amounts are decimal texts, as in the API.
"""

from __future__ import annotations

import datetime as calendar
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from rewards.errors import InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.attributes import check_attributes
from rewards.interpreter.catalogue_world import CatalogueWorld
from rewards.interpreter.close import CloseOutcome, close_day
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.gathering import gather, take_over
from rewards.interpreter.memory import Reversal, TakenOrder
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.periods import read_period
from rewards.interpreter.placing import PlacingWorld
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import applies, interpret
from rewards.interpreter.state import LAST_DAY, Standing, TagSpan
from rewards.interpreter.tally import EVERYBODY, good_until
from rewards.money import format_amount, parse_amount
from rewards.plan.events import (
    Adjust,
    Convert,
    Declared,
    Event,
    Joined,
    Line,
    OrderPaid,
    OrderRefunded,
    Pay,
    PointsPayment,
    Redeem,
    TagGiven,
    points_value,
)
from rewards.plan.fields import Kind
from rewards.plan.model import TREASURY, Compartment, DeclaredEvent, Plan
from rewards.plan.windows import FOR_EVER


class World(CatalogueWorld, PlacingWorld):
    """One plan's members, balances, lots and levels, changed by orders, requests and day closes."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.prices: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.closed_through: date | None = None
        self.last: Outcome | CloseOutcome | None = None
        """What the last event or close has done."""
        self._orders: dict[str, TakenOrder] = {}
        self._events = 0

    # --- members -----------------------------------------------------------------------------------------------------

    def join(
        self,
        name: str,
        sponsor: str | None = None,
        *,
        merchant: bool = False,
        birthday: str | None = None,
        on: str | None = None,
        joined: str | None = None,
    ) -> int:
        """Add a member; returns their ordinal. Joining `on` a day is an event; without it they were there before.

        The day of joining of somebody who was there before may be told as `joined`. Raises NotFound when the sponsor
        has not joined.
        """
        if name in self.members:
            raise InvalidRequest("world.member-twice", member=name)
        self.source.sponsors.append(self.ordinal(sponsor) if sponsor else 0)
        ordinal = self.members[name] = len(self.members) + 1
        if merchant:
            self.source.merchants.add(ordinal)
        if birthday:
            self.source.birthdays[ordinal] = date.fromisoformat(birthday).toordinal()
        if joined:
            self.source.joined[ordinal] = date.fromisoformat(joined).toordinal()
        if on:
            day = date.fromisoformat(on)
            self.source.joined[ordinal] = self._open(day).toordinal()
            self.happen(Joined(self._next_id(), ordinal, self._at(day)), day)
        return ordinal

    def tag(
        self, member: str, tag: str, *, on: str, first: str | None = None, until: str | None = None
    ) -> Outcome | None:
        """Give a member a tag from one day (that of the event) to another (or for ever), the last included.

        It replaces what there was of this tag. Raises NotFound, Refused.
        """
        day, ordinal = date.fromisoformat(on), self.ordinal(member)
        before = dict(self.source.tagged[ordinal])
        begins = date.fromisoformat(first) if first else day
        ends = date.fromisoformat(until) if until else None
        self.give_tag(member, tag, first=begins.isoformat(), until=until)
        try:
            return self.happen(TagGiven(self._next_id(), ordinal, tag, begins, ends, self._at(day)), day)
        except RewardsError:
            self.source.tagged[ordinal] = before
            raise

    def untag(self, member: str, tag: str, *, on: str) -> None:
        """Take a tag from a member: the day before is the last on which they carry it."""
        last = date.fromisoformat(on).toordinal() - 1
        tags = self.source.tagged[self.ordinal(member)]
        tags[tag] = tuple(TagSpan(first, min(until, last)) for first, until in tags.get(tag, ()) if first <= last)

    def declare(self, parameter: str, period: str, value: str) -> None:
        """Declare a parameter for a period such as `2026`, `2026-Q3` or `2026-11`. Raises NotFound, InvalidRequest."""
        found = self.plan.parameters.get(parameter)
        if found is None or found.declared is None:
            known = [name for name, each in self.plan.parameters.items() if each.declared]
            raise NotFound("world.unknown-parameter", parameter=parameter, known=", ".join(known) or "–")
        try:
            span, first = read_period(period)
        except ValueError:
            raise InvalidRequest("world.no-period", period=period, wanted=found.declared.value) from None
        if span is not found.declared:
            raise InvalidRequest("world.no-period", period=period, wanted=found.declared.value)
        self.source.declarations[parameter, first.toordinal()] = value

    # --- events ------------------------------------------------------------------------------------------------------

    def happen(self, event: Event, day: date, undo: Undo | None = None) -> Outcome | None:
        """Interpret an event booked to a day (or the first open one); None when the plan is not about it.

        Raises Refused.
        """
        day = self._open(day)
        if not applies(self.plan, event):
            return None
        outcome = interpret(self.state, self.queues, event, day, undo)
        self.last = outcome
        for lot in outcome.lots:
            lot.id = len(self.lots) + 1
            self.lots.append(lot)
        for asset, price in outcome.prices.items():
            self.prices[asset].append(price)
        self.activity[day.toordinal()] += outcome.transfers
        self.reversals += [Reversal(day.toordinal(), *each) for each in outcome.reversals]
        if isinstance(event, OrderPaid):
            self._orders[event.id] = TakenOrder(event, day, outcome)
        for (member, tag), days in outcome.tags.items():
            self.source.tagged[member][tag] = (days,)
        if outcome.sale is not None:
            self.sales[day.toordinal()].append((event.member, outcome.sale))
        return outcome

    def _open(self, day: date) -> date:
        """The day, or the first open one after it."""
        return max(day, self.closed_through + timedelta(days=1)) if self.closed_through else day

    def event(
        self,
        member: str,
        name: str,
        fields: Mapping[str, object] | None = None,
        *,
        on: str,
        time: str | None = None,
        id: str | None = None,
    ) -> Outcome | None:
        """An event the plan declares happens to a member; amounts are decimal texts.

        Raises NotFound, InvalidRequest, Refused.
        """
        declared = self.plan.events.get(name)
        if declared is None:
            raise NotFound("world.unknown-event", event=name, known=", ".join(self.plan.events) or "–")
        day = date.fromisoformat(on)
        sent = {field: self._event_value(declared, field, value) for field, value in (fields or {}).items()}
        event = Declared(id or self._next_id(), self.ordinal(member), name, self._at(day, time), sent)
        return self.happen(event, day)

    def _event_value(self, declared: DeclaredEvent, name: str, value: object) -> object:
        field = declared.fields.get(name)
        if field is None:
            known = ", ".join(declared.fields) or "–"
            raise NotFound("world.unknown-event-field", event=declared.name, field=name, known=known)
        if field.kind in (Kind.AMOUNT, Kind.NUMBER) and str(value).startswith("-"):
            raise InvalidRequest("world.event-field-negative", event=declared.name, field=name)
        if field.kind is Kind.AMOUNT or field.scale:
            return parse_amount(str(value), field.decimals(self.plan.currency_scale))
        expected = {Kind.NUMBER: int, Kind.TEXT: str, Kind.FLAG: bool}[field.kind]
        if type(value) is not expected:
            raise InvalidRequest("world.event-field-kind", event=declared.name, field=name, kind=field.kind.value)
        return value

    def order(
        self,
        member: str,
        total: str,
        *,
        on: str,
        time: str | None = None,
        points: Sequence[tuple[str, str]] = (),
        lines: Sequence[Line] = (),
        attributes: Mapping[str, str] | None = None,
        id: str | None = None,
    ) -> Outcome | None:
        """A member pays an order; `points` are (asset, quantity) that pay part of it. A refund names it by its `id`."""
        payments = tuple(
            PointsPayment(self.plan.name, asset, self._units(asset, quantity)) for asset, quantity in points
        )
        day = date.fromisoformat(on)
        event = OrderPaid(
            id=id or self._next_id(),
            member=self.ordinal(member),
            total=parse_amount(total, self.plan.currency_scale),
            paid_at=self._at(day, time),
            points=sum(points_value(self.plan, payment) for payment in payments),
            payments=payments,
            lines=tuple(lines),
            attributes=attributes or {},
        )
        check_attributes(self.plan, event)
        return self.happen(event, day)

    def refund(self, order: str, amount: str | None = None, *, on: str) -> Outcome | None:
        """An order, by its id, is taken back: an amount of its total, or all that is left. Raises NotFound, Refused."""
        taken = self._orders.get(order)
        if taken is None:
            raise NotFound("world.unknown-order", order=order)
        left = taken.order.total - taken.refunded
        units = left if amount is None else parse_amount(amount, self.plan.currency_scale)
        if not 0 < units <= left:
            scale = self.plan.currency_scale
            raise Refused("world.refund-too-much", order=order, left=format_amount(left, scale))
        day = max(date.fromisoformat(on), taken.day)
        event = OrderRefunded(self._next_id(), taken.order, taken.day, units, taken.refunded, self._at(day))
        outcome = self.happen(event, day, taken.undo(self.plan, self.released, self.came))
        taken.refunded += units
        for rule, member, quantity in outcome.reversals if outcome else ():
            taken.reversed[member, rule] += quantity
        return outcome

    def redeem(self, member: str, asset: str, quantity: str, *, on: str) -> Outcome | None:
        """A member redeems units of a priced asset."""
        day = date.fromisoformat(on)
        units = self._units(asset, quantity)
        return self.happen(Redeem(self._next_id(), self.ordinal(member), asset, units, self._at(day)), day)

    def convert(self, member: str, source: str, target: str, quantity: str, *, on: str) -> Outcome | None:
        """A member converts a quantity of one asset into another."""
        day = date.fromisoformat(on)
        units = self._units(source, quantity)
        event = Convert(self._next_id(), self.ordinal(member), source, target, units, self._at(day))
        return self.happen(event, day)

    def pay(self, member: str, payee: str, asset: str, quantity: str, *, on: str) -> Outcome | None:
        """A member pays another."""
        day = date.fromisoformat(on)
        units = self._units(asset, quantity)
        event = Pay(self._next_id(), self.ordinal(member), self.ordinal(payee), asset, units, self._at(day))
        return self.happen(event, day)

    def adjust(
        self, member: str, asset: str, quantity: str, *, on: str, locked_basis: str | None = None, reason: str = "given"
    ) -> Outcome | None:
        """An operator adds or takes units by hand."""
        day = date.fromisoformat(on)
        basis = None if locked_basis is None else parse_amount(locked_basis, self.plan.currency_scale)
        units = self._units(asset, quantity)
        event = Adjust(self._next_id(), self.ordinal(member), asset, units, reason, self._at(day), basis)
        return self.happen(event, day)

    def _next_id(self) -> str:
        self._events += 1
        return str(self._events)

    def _at(self, day: date, clock: str | None = None) -> datetime:
        """A moment of a day, in the plan's time zone: noon, or what the clock shows."""
        return datetime.combine(day, calendar.time.fromisoformat(clock or "12:00"), tzinfo=self.plan.timezone)

    # --- closing days ------------------------------------------------------------------------------------------------

    def close(self, day: str | date, *, approved: Collection[str] = ()) -> CloseOutcome:
        """Close a business day; `approved` names caps that may be exceeded though they stop a close.

        Raises InvalidRequest when the day is closed already, Refused when a cap stops it.
        """
        day = date.fromisoformat(day) if isinstance(day, str) else day
        if self.closed_through and day <= self.closed_through:
            raise InvalidRequest("world.day-closed", day=day.isoformat())
        columns = gather(self, day)
        outcome = close_day(self.plan, columns, day, frozenset(approved))
        take_over(self, columns, outcome)
        self.closed_through = day
        for each in [each for each in self.activity if each <= day.toordinal()]:
            del self.activity[each]
        for each in [each for each in self.sales if each <= day.toordinal()]:
            del self.sales[each]
        self.last = outcome
        return outcome

    # --- what there is -----------------------------------------------------------------------------------------------

    def balance(self, member: str, asset: str, compartment: Compartment = Compartment.AVAILABLE) -> str:
        """What a member has of an asset, as a decimal text."""
        of = self._asset(asset)
        return format_amount(self.state.balance(of.book(compartment), self.ordinal(member)), of.scale)

    def pool(self, name: str) -> str:
        """What is in a pool, as a decimal text."""
        pool, currency = self._pool(name)
        return format_amount(self.state.balance(currency.free_book, pool.holder), currency.scale)

    def platform(self, asset: str, holder: int) -> str:
        """What one of the platform's accounts holds of an asset, as a decimal text."""
        of = self._asset(asset)
        return format_amount(self.state.balance(of.free_book, holder), of.scale)

    def treasury(self, asset: str) -> str:
        """What the treasury holds of an asset, as a decimal text."""
        return self.platform(asset, TREASURY)

    def price(self, asset: str) -> tuple[int, int]:
        """The unit price as a ratio of whole currency units to whole units of the asset (numerator, denominator)."""
        of = self._asset(asset)
        numerator, denominator = self.state.last_price(of)
        return numerator * 10**of.scale, denominator * 10**self.plan.currency_scale

    def level(self, member: str, ladder: str, *, on: str | None = None) -> str | None:
        """The name of the level a member holds (on a day: with what their tags give them), or None."""
        ordinal = self.ordinal(member)
        index = self._facts(on).level(ladder, ordinal) if on else self.state.standing(ladder, ordinal).level
        return None if index < 0 else self.plan.ladders[ladder].levels[index].name

    def standing(self, member: str, ladder: str) -> Standing:
        """Where a member stands on a ladder, without what their tags give them."""
        return self.state.standing(ladder, self.ordinal(member))

    def measure(self, member: str, name: str, *, on: str) -> str:
        """What a measure of a member comes to on a day, as a decimal text."""
        of = self._measure(name)
        return format_amount(self._facts(on).measure(of, self.ordinal(member)), of.scale)

    def plan_measure(self, name: str, *, on: str) -> str:
        """What a measure of everybody comes to on a day, as a decimal text."""
        of = self._measure(name)
        return format_amount(self._facts(on).measure(of, EVERYBODY), of.scale)

    def tags(self, member: str, *, on: str) -> list[str]:
        """The tags a member carries on a day."""
        facts, ordinal = self._facts(on), self.ordinal(member)
        return [tag for tag in self.plan.tags if facts.tagged(tag, ordinal)]

    def expiring(self, member: str, asset: str) -> dict[str, str]:
        """How many units of an asset a member has by the last day on which they are good."""
        sums: dict[int, int] = defaultdict(int)
        for cell in self.state.tally.cells(good_until(asset), self.ordinal(member), FOR_EVER, LAST_DAY):
            sums[cell.day] += cell.amount
        scale = self._asset(asset).scale
        return {date.fromordinal(day).isoformat(): format_amount(units, scale) for day, units in sums.items() if units}

    def _facts(self, on: str) -> MemberFacts:
        day = date.fromisoformat(on)
        return MemberFacts(self.state, self.plan.on(day), day)
