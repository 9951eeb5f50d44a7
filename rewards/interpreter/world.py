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

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from rewards.errors import InvalidRequest, NotFound, Refused
from rewards.interpreter.close import CloseOutcome, close_day
from rewards.interpreter.gathering import gather, take_over
from rewards.interpreter.memory import Memory, Reversal, TakenOrder
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.run import applies, interpret
from rewards.interpreter.state import ADJUSTMENT_RULE, Lot, Purchases
from rewards.money import format_amount, parse_amount
from rewards.plan.events import (
    Adjust,
    Convert,
    Event,
    Line,
    OrderPaid,
    OrderRefunded,
    Pay,
    PointsPayment,
    Redeem,
    points_value,
)
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, TREASURY, Asset, Compartment, Plan, Pool


class World(Memory):
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

    def join(self, name: str, sponsor: str | None = None, *, merchant: bool = False) -> int:
        """Add a member; returns their ordinal. Raises NotFound when the sponsor has not joined."""
        if name in self.members:
            raise InvalidRequest("world.member-twice", member=name)
        self.source.sponsors.append(self.ordinal(sponsor) if sponsor else 0)
        ordinal = self.members[name] = len(self.members) + 1
        if merchant:
            self.source.merchants.add(ordinal)
        return ordinal

    def ordinal(self, name: str) -> int:
        """The ordinal of a member. Raises NotFound."""
        if name not in self.members:
            raise NotFound("world.unknown-member", member=name)
        return self.members[name]

    def name(self, ordinal: int) -> str:
        """The name of a member."""
        return list(self.members)[ordinal - 1]

    # --- what there was before ---------------------------------------------------------------------------------------

    def give(self, member: str, asset: str, quantity: str) -> None:
        """Let a member have units of an asset from before the first event."""
        of = self._asset(asset)
        self._put(of, Compartment.AVAILABLE, self.ordinal(member), self._units(asset, quantity))

    def give_lot(self, member: str, asset: str, quantity: str, *, basis: str, day: str) -> None:
        """Let a member have a locked lot of a business day; `basis` is what its base release is computed of."""
        of, owner = self._asset(asset), self.ordinal(member)
        units, worth = self._units(asset, quantity), parse_amount(basis, self.plan.currency_scale)
        ordinal = date.fromisoformat(day).toordinal()
        book = of.book(Compartment.LOCKED)
        self.lots.append(Lot(book, owner, ADJUSTMENT_RULE, ordinal, worth, units, units, len(self.lots) + 1))
        self._put(of, Compartment.LOCKED, owner, units)

    def give_debt(self, member: str, asset: str, quantity: str) -> None:
        """Let a member owe units of an asset from before the first event."""
        of = self._asset(asset)
        self._put(of, Compartment.DEBT, self.ordinal(member), self._units(asset, quantity))

    def fill_pool(self, name: str, quantity: str) -> None:
        """Let there be money in a pool from before the first event."""
        pool, currency = self._pool(name)
        self._put(currency, Compartment.AVAILABLE, pool.holder, self._units(currency.name, quantity))

    def fill_treasury(self, asset: str, quantity: str) -> None:
        """Let the treasury hold units of an asset from before the first event."""
        self._put(self._asset(asset), Compartment.AVAILABLE, TREASURY, self._units(asset, quantity))

    def give_level(self, member: str, ladder: str, level: str) -> None:
        """Let a member hold a level. Raises NotFound when the plan has no such level."""
        found = self.plan.ladders[ladder].index_of(level) if ladder in self.plan.ladders else -1
        if found < 0:
            raise NotFound("world.unknown-level", ladder=ladder, level=level)
        self.source.levels[ladder, self.ordinal(member)] = found

    def give_sales(self, member: str, cash: str, orders: int = 1) -> None:
        """Let a member have bought for so much cash, in so many orders, before the first event."""
        spent = parse_amount(cash, self.plan.currency_scale)
        self.state.bought[self.ordinal(member)] = Purchases(spent, 0, orders)

    def _put(self, asset: Asset, compartment: Compartment, holder: int, units: int) -> None:
        """Add to an account what another has less of: the platform of money, the issuance of all else."""
        giver = PLATFORM if asset.currency else ISSUANCE
        book = asset.book(compartment)
        given_from = book if compartment is Compartment.DEBT else asset.book()
        for account, change in (((book, holder), units), ((given_from, giver), -units)):
            self.state.balances[account] = self.state.balance(*account) + change
        for priced in self.plan.priced_assets:
            pool, currency = self._pool(priced.priced.pool) if priced.priced else (None, None)
            circulation = self.state.issued(priced) - self.state.balance(priced.book(), BURNED)
            backing = self.state.balance(currency.book(), pool.holder) if pool and currency else 0
            if circulation and backing:
                self.state.prices[priced.name] = (backing, circulation)
        for _, queue in self.queues.values():
            if holder > 0:
                queue.touch(holder)

    # --- events ------------------------------------------------------------------------------------------------------

    def happen(self, event: Event, day: date, undo: Undo | None = None) -> Outcome | None:
        """Interpret an event booked to a day (or the first open one); None when the plan is not about it.

        Raises Refused.
        """
        if self.closed_through and day <= self.closed_through:
            day = self.closed_through + timedelta(days=1)
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
        if outcome.sale is not None:
            self.sales[day.toordinal()].append((event.member, outcome.sale))
        return outcome

    def order(
        self,
        member: str,
        total: str,
        *,
        on: str,
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
            paid_at=self._noon(day),
            points=sum(points_value(self.plan, payment) for payment in payments),
            payments=payments,
            lines=tuple(lines),
            attributes=attributes or {},
        )
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
        event = OrderRefunded(self._next_id(), taken.order, taken.day, units, taken.refunded, self._noon(day))
        outcome = self.happen(event, day, taken.undo(self.plan, self.released))
        taken.refunded += units
        for rule, member, quantity in outcome.reversals if outcome else ():
            taken.reversed[member, rule] += quantity
        return outcome

    def redeem(self, member: str, asset: str, quantity: str, *, on: str) -> Outcome | None:
        """A member redeems units of a priced asset."""
        day = date.fromisoformat(on)
        units = self._units(asset, quantity)
        return self.happen(Redeem(self._next_id(), self.ordinal(member), asset, units, self._noon(day)), day)

    def convert(self, member: str, source: str, target: str, quantity: str, *, on: str) -> Outcome | None:
        """A member converts a quantity of one asset into another."""
        day = date.fromisoformat(on)
        units = self._units(source, quantity)
        event = Convert(self._next_id(), self.ordinal(member), source, target, units, self._noon(day))
        return self.happen(event, day)

    def pay(self, member: str, payee: str, asset: str, quantity: str, *, on: str) -> Outcome | None:
        """A member pays another."""
        day = date.fromisoformat(on)
        units = self._units(asset, quantity)
        event = Pay(self._next_id(), self.ordinal(member), self.ordinal(payee), asset, units, self._noon(day))
        return self.happen(event, day)

    def adjust(
        self, member: str, asset: str, quantity: str, *, on: str, locked_basis: str | None = None, reason: str = "given"
    ) -> Outcome | None:
        """An operator adds or takes units by hand."""
        day = date.fromisoformat(on)
        basis = None if locked_basis is None else parse_amount(locked_basis, self.plan.currency_scale)
        units = self._units(asset, quantity)
        event = Adjust(self._next_id(), self.ordinal(member), asset, units, reason, self._noon(day), basis)
        return self.happen(event, day)

    def _next_id(self) -> str:
        self._events += 1
        return str(self._events)

    def _noon(self, day: date) -> datetime:
        return datetime.combine(day, time(12), tzinfo=self.plan.timezone)

    def _asset(self, name: str) -> Asset:
        if name not in self.plan.assets:
            raise NotFound("world.unknown-asset", asset=name, known=", ".join(self.plan.assets))
        return self.plan.assets[name]

    def _units(self, asset: str, quantity: str) -> int:
        return parse_amount(quantity, self._asset(asset).scale)

    # --- closing days ------------------------------------------------------------------------------------------------

    def close(self, day: str | date) -> CloseOutcome:
        """Close a business day. Raises InvalidRequest when it is closed already."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        if self.closed_through and day <= self.closed_through:
            raise InvalidRequest("world.day-closed", day=day.isoformat())
        columns = gather(self, day)
        outcome = close_day(self.plan, columns, day)
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
        return format_amount(self.state.balance(currency.book(), pool.holder), currency.scale)

    def _pool(self, name: str) -> tuple[Pool, Asset]:
        currency = self.plan.currency_asset
        if name not in self.plan.pools or currency is None:
            raise NotFound("world.unknown-pool", pool=name, known=", ".join(self.plan.pools))
        return self.plan.pools[name], currency

    def platform(self, asset: str, holder: int) -> str:
        """What one of the platform's accounts holds of an asset, as a decimal text."""
        of = self._asset(asset)
        return format_amount(self.state.balance(of.book(), holder), of.scale)

    def treasury(self, asset: str) -> str:
        """What the treasury holds of an asset, as a decimal text."""
        return self.platform(asset, TREASURY)

    def price(self, asset: str) -> tuple[int, int]:
        """The unit price as a ratio of whole currency units to whole units of the asset (numerator, denominator)."""
        of = self._asset(asset)
        numerator, denominator = self.state.last_price(of)
        return numerator * 10**of.scale, denominator * 10**self.plan.currency_scale

    def level(self, member: str, ladder: str) -> str | None:
        """The name of the level a member holds, or None."""
        index = self.source.level(ladder, self.ordinal(member))
        return None if index < 0 else self.plan.ladders[ladder].levels[index].name
