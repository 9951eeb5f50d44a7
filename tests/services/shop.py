"""A platform with members for the tests: orders go in, days are closed, balances come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rewards.errors import RewardsError
from rewards.ledger import Ledger
from rewards.services import asks, days, holdings, members, orders, plans, reports
from rewards.services.platform import Platform
from rewards.services.requests import (
    AdjustmentRequest,
    ConversionRequest,
    LineRequest,
    MemberRequest,
    OrderRequest,
    PaymentRequest,
    PointsRequest,
    RedemptionRequest,
)
from rewards.services.views import BalanceView, ClosedView, EventView, VersionView

RULES = Path(__file__).parents[2] / "rules"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 3, day) for day in (2, 3, 4, 5))

CASHBACK = """
plan: cashback
title: {en: Cashback, zh: 返现}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {title: {en: Coins, zh: 金币}, scale: 2, cash_value: "1.00"}
payment: {asset: coins, up_to: 50%}
rules:
  - id: back
    title: {en: A tenth comes back, zh: 返还一成}
    on: order.paid
    grant: {asset: coins, to: buyer, amount: {rate: 10%, of: order.cash}}
"""
"""A tenth of what is paid in cash comes back as coins, which pay for half of an order at most."""

STAMPS = """
plan: stamps
title: {en: Stamps, zh: 印花}
currency: CNY
timezone: Asia/Shanghai
assets:
  stamps: {title: {en: Stamps, zh: 印花}, scale: 0, cash_value: "2"}
payment: {asset: stamps, up_to: 10%}
rules:
  - id: stamp
    title: {en: A stamp for every 10, zh: 每满 10 得一枚}
    on: order.paid
    grant: {asset: stamps, to: buyer, amount: {give: "1", per: "10", of: order.total}}
"""
"""A stamp for every 10 spent; stamps pay for a tenth of an order at most."""


def moment(text: str) -> datetime:
    """`2026-03-02 12:00` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def noon(day: date) -> datetime:
    """The middle of a day in Shanghai."""
    return moment(f"{day.isoformat()} 12:00")


def shipped(name: str) -> str:
    """The text of a shipped plan."""
    return (RULES / f"{name}.yaml").read_text(encoding="utf-8")


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A rule file with parts replaced; each must be there."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


@dataclass
class Shop:
    """A platform whose clock stands still until a test moves it."""

    platform: Platform
    now: datetime = field(default_factory=lambda: moment("2026-06-20 12:00"))

    @classmethod
    def on(cls, ledger: Ledger) -> Shop:
        """A shop on an empty ledger."""
        shop = cls(Platform(ledger))
        shop.platform.clock = lambda: shop.now
        return shop

    def activate(self, source: str, from_day: date = MONDAY) -> VersionView:
        return plans.activate_plan(self.platform, source, "plan.yaml", from_day)

    def join(self, *ids: str, sponsor: str | None = None, merchant: bool = False) -> None:
        members.add_members(self.platform, [MemberRequest(id, None, sponsor, merchant) for id in ids])

    def line(self, *ids: str) -> None:
        """Members of whom each sponsored the next."""
        for id, sponsor in zip(ids, (None, *ids), strict=False):
            self.join(id, sponsor=sponsor)

    def buy(self, id: str, member: str, total: str, at: str | date = MONDAY, **points: str) -> EventView:
        """An order, partly paid with points (asset to quantity, of the plan that has the asset)."""
        return orders.take_order(self.platform, self.order(id, member, total, at, **points))

    def order(self, id: str, member: str, total: str, at: str | date = MONDAY, **points: str) -> OrderRequest:
        paid_at = noon(at) if isinstance(at, date) else moment(at)
        paid = tuple(PointsRequest(self._plan_of(asset), asset, quantity) for asset, quantity in points.items())
        return OrderRequest(id, member, total, paid_at, paid)

    def _plan_of(self, asset: str) -> str:
        with self.platform.ledger.read() as tx:
            bindings = self.platform.calendar(tx).bindings
        return next(name for name, of_plan in bindings.items() if asset in of_plan[-1].plan.assets)

    def batch(self, *wanted: OrderRequest) -> list[EventView | RewardsError]:
        return orders.take_orders(self.platform, wanted)

    def close(self, *closed: date, plan: str | None = None) -> list[ClosedView]:
        return [view for day in closed for view in days.close_day(self.platform, day, plan)]

    def adjust(
        self,
        id: str,
        member: str,
        asset: str,
        quantity: str,
        at: date = MONDAY,
        *,
        basis: str | None = None,
        reason: str = "as agreed",
    ) -> EventView:
        request = AdjustmentRequest(id, member, self._plan_of(asset), asset, quantity, reason, basis, noon(at))
        return asks.adjust(self.platform, request)

    def redeem(self, id: str, member: str, asset: str, quantity: str, at: date = MONDAY) -> EventView:
        request = RedemptionRequest(id, member, self._plan_of(asset), asset, quantity, noon(at))
        return asks.redeem(self.platform, request)

    def convert(self, id: str, member: str, source: str, target: str, quantity: str, at: date = MONDAY) -> EventView:
        request = ConversionRequest(id, member, self._plan_of(source), source, target, quantity, noon(at))
        return asks.convert(self.platform, request)

    def pay(self, id: str, member: str, payee: str, asset: str, quantity: str, at: date = MONDAY) -> EventView:
        request = PaymentRequest(id, member, payee, self._plan_of(asset), asset, quantity, noon(at))
        return asks.pay(self.platform, request)

    def holdings(self, member: str) -> list[BalanceView]:
        """What there is on a member's accounts; those never used are left out."""
        return list(holdings.balances_of(self.platform, member))

    def holding(self, member: str, asset: str) -> BalanceView:
        (found,) = (each for each in self.holdings(member) if each.asset == asset)
        return found

    def has(self, member: str, asset: str) -> str:
        """What a member has of an asset, free to use."""
        return self.holding(member, asset).available

    def books(self) -> dict[str, object]:
        """Everything there is about members' and pools' money: what is equal when nothing has moved."""
        people = [each.id for each in members.list_members(self.platform, None, 200).items]
        return {
            "balances": {id: holdings.balances_of(self.platform, id) for id in people},
            "lots": {id: holdings.lots_of(self.platform, id, None, 200).items for id in people},
            "statements": {id: holdings.statement_of(self.platform, id, None, 200).items for id in people},
            "network": {id: holdings.network_of(self.platform, id) for id in people},
            "pools": reports.pools(self.platform),
            "totals": reports.network_totals(self.platform),
        }

    def check(self) -> None:
        """Every promise is kept."""
        assert [each for each in reports.verify(self.platform, with_replay=False) if each.violations] == []


def line(amount: str, **attributes: str) -> LineRequest:
    return LineRequest(amount, attributes=attributes)


def refused(what: Callable[[], object], error: type[RewardsError]) -> tuple[str, str | None]:
    """The code and the pointer of what a call is refused with."""
    try:
        what()
    except error as found:
        for language in ("en", "zh"):
            assert "{" not in found.text(language)
        return found.code, found.pointer
    raise AssertionError(f"{error.__name__} was expected")


def answers(results: Sequence[EventView | RewardsError]) -> list[str]:
    """For each order of a batch: taken, repeated, or the code of its error."""
    return [one.code if isinstance(one, RewardsError) else ("repeated" if one.repeated else "taken") for one in results]
