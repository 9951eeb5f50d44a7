"""A planning run through the interpreter: any plan, orders and day closes, as the platform would run them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date, datetime, time

from rewards.errors import Refused
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Undo
from rewards.interpreter.world import World
from rewards.plan.events import Event, OrderPaid, Redeem
from rewards.plan.model import BURNED, Asset, Plan
from rewards.plan.triggers import Trigger
from rewards.simulation.refusals import CloseRefused
from rewards.simulation.result import Priced, Row, liabilities, unit_price
from rewards.simulation.shape import has_closes, redeemable
from rewards.simulation.stream import Day, Settings, days, sponsors


def run_interpreted(plan: Plan, settings: Settings) -> Iterator[Row]:
    """A row for each day. Raises CloseRefused when a day cannot be closed."""
    settings.check()
    run = _Run(plan, settings)
    for day in days(settings):
        yield run.take(day)


class _Stage(World):
    """A world in which nothing is refunded: it need not remember orders, nor what was released of whose lot when."""

    def buy(self, member: int, amount: int, at: datetime) -> Outcome | None:
        """A member (ordinal) pays an order, smallest units of the currency."""
        return self.happen(OrderPaid(self._next_id(), member, amount, at), at.date())

    def sell(self, member: int, asset: Asset, units: int, at: datetime) -> Outcome | None:
        """A member (ordinal) redeems units, smallest units of the asset. Raises Refused."""
        return self.happen(Redeem(self._next_id(), member, asset.name, units, at), at.date())

    def close(self, day: str | date, *, approved: Collection[str] = ()) -> CloseOutcome:
        outcome = super().close(day, approved=approved)
        self.released.clear()
        self.came.clear()
        return outcome

    def happen(self, event: Event, day: date, undo: Undo | None = None) -> Outcome | None:
        outcome = super().happen(event, day, undo)
        self._orders.pop(event.id, None)
        return outcome


class _Run:
    """A world with its stream, a day further each time."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self.plan = plan
        self.settings = settings
        self.world = _Stage(plan)
        self.sponsors = sponsors(settings).tolist()
        self.redeemed = redeemable(plan)
        self.closes = has_closes(plan)
        self.exit_rules = [rule.id for rule in plan.rules_on(Trigger.PRICE_RISES)]
        self.paid_before = 0

    def take(self, day: Day) -> Row:
        """Run a day's orders, and close it. Raises CloseRefused when it cannot be closed."""
        counts: Counter[str] = Counter()
        at = datetime.combine(day.day, time(12), tzinfo=self.plan.timezone)
        self._join(day)
        redeeming = day.redeeming.tolist() or [0] * len(day.buyers)
        for member, amount, redeemer in zip(day.buyers.tolist(), day.amounts.tolist(), redeeming, strict=True):
            outcome = self.world.buy(member, amount, at)
            if outcome is not None:
                counts["orders"] += 1
                counts["sales"] += amount
                self._count_exits(outcome, counts)
            if redeemer and self.redeemed:
                self._redeem(self.redeemed, redeemer, at, counts)
        self._close(day.day)
        return self._row(day, counts)

    def _join(self, day: Day) -> None:
        for ordinal in range(len(self.world.members) + 1, day.members + 1):
            sponsor = self.sponsors[ordinal]
            self.world.join(str(ordinal), str(sponsor) if sponsor else None, on=day.day.isoformat())

    def _redeem(self, asset: Asset, member: int, at: datetime, counts: Counter[str]) -> None:
        part = self.settings.part
        units = self.world.state.balance(asset.free_book, member) * part.numerator // part.denominator
        if not units:
            return
        try:
            outcome = self.world.sell(member, asset, units, at)
        except Refused:
            counts["refused"] += 1
            return
        assert outcome is not None
        counts["redemptions"] += 1
        self._count_exits(outcome, counts)

    def _count_exits(self, outcome: Outcome, counts: Counter[str]) -> None:
        counts["exits"] += sum(len(outcome.trace.get(rule, ())) for rule in self.exit_rules)

    def _close(self, day: date) -> CloseOutcome | None:
        """Close the day, or at least let go of what only a close would look at."""
        self.world.prices.clear()
        if not self.closes:
            self.world.activity.clear()
            self.world.sales.clear()
            return None
        try:
            return self.world.close(day)
        except Refused as refused:
            raise CloseRefused(day, refused) from None

    def _row(self, day: Day, counts: Counter[str]) -> Row:
        plan, state = self.plan, self.world.state
        sums = [sum(amount for holder, amount in book.items() if holder > 0) for book in state.books]
        assets = [asset for asset in plan.assets.values() if not asset.currency]
        priced = {asset.name: self._priced(asset) for asset in plan.priced_assets}
        free = {asset.name: sums[asset.free_book] for asset in assets}
        locked = {asset.name: sums[asset.locked_book] for asset in assets if asset.lots}
        currency = plan.currency_asset
        paid = sums[currency.free_book] if currency else 0
        paid, self.paid_before = paid - self.paid_before, paid
        return Row(
            day=day.day,
            members=day.members,
            orders=counts["orders"],
            sales=counts["sales"],
            redemptions=counts["redemptions"],
            refused=counts["refused"],
            exits=counts["exits"],
            paid=paid,
            pools={
                name: state.balance(currency.free_book, pool.holder) for name, pool in plan.pools.items() if currency
            },
            priced=priced,
            held=free,
            locked=locked,
            liabilities=liabilities(plan, priced, [*free.items(), *locked.items()]),
        )

    def _priced(self, asset: Asset) -> Priced:
        state = self.world.state
        issued = state.issued(asset)
        price = state.last_price(asset)
        return Priced(issued, issued - state.balance(asset.free_book, BURNED), unit_price(self.plan, asset, *price))
