"""Units that expire, on the books: refunds and cancellations give back and take back the very units, as in memory."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rewards.errors import Refused
from rewards.plan.model import Compartment
from rewards.services import catalogue
from rewards.services.replay import replay
from rewards.services.requests import CancellationRequest, ClaimRequest

from .shop import MONDAY, Shop, noon
from .test_refunds import Refunding

PLAN = """
plan: expiring
title: {en: Expiring, zh: 有效期}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0, cash_value: "1", expires: {days: 4}}
  later: {title: {en: Later, zh: 待释放}, scale: 0, lots: {start_after_days: 1}, expires: {days: 3}}
  miles: {title: {en: Miles, zh: 里程}, scale: 0, expires: {days: 5, inactive: true, spend_first: newest}}
payment: {asset: points, up_to: 100%}
rewards:
  mug: {title: {en: Mug, zh: 杯}, price: {points: "6", miles: "2"}}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1, of: order.cash}}}
  - {id: miles, on: order.paid, grant: {asset: miles, to: buyer, amount: {rate: 50%, of: order.cash}}}
  - id: lock
    on: order.paid
    grant: {asset: later, to: buyer, amount: {rate: 1, of: order.cash}, locked: {basis: order.cash}}
  - {id: free, on: day.close, release: {asset: later, amount: {rate: 50%, of: lot.granted}}}
"""
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=days) for days in range(1, 5))


class Pair(Refunding):
    """A shop and a world of the plan, in which rewards are claimed too."""

    def claim(self, id: str, on: date) -> None:
        self.world.claim("m0", "mug", on=on.isoformat(), id=id)
        catalogue.claim(self.shop.platform, ClaimRequest(id, "mug", "m0", at=noon(on)))

    def order(self, member: str, total: str, on: date, **points: str) -> None:
        super().order(member, total, on, **points)
        self.send()

    def cancel(self, claim: str, on: date) -> None:
        self.world.cancel(claim, on=on.isoformat())
        catalogue.cancel(self.shop.platform, CancellationRequest(f"not-{claim}", claim, noon(on)))

    def has(self, asset: str) -> tuple[dict[str, str], str]:
        """What there is by the last day (of the month), and what is owed; the same on the books."""
        self.compare()
        found = {day[-2:]: units for day, units in self.world.expiring("m0", asset).items()}
        return found, self.world.balance("m0", asset, Compartment.DEBT)

    def compare(self) -> None:
        """As of every pair, and cells."""
        super().compare()
        super(Refunding, self).compare()


@pytest.fixture
def pair(shop: Shop) -> Pair:
    return Pair.of(shop, PLAN, [(None, False)])


def test_units_go_back_where_they_came_from(pair: Pair) -> None:
    assert date(2026, 3, 2) == MONDAY
    pair.order("m0", "20", MONDAY)
    pair.order("m0", "10", TUESDAY)
    pair.order("m0", "24", TUESDAY, points="24")
    assert pair.has("points") == ({"06": "6"}, "0")
    pair.refund("e3", 50)  # on Tuesday, as no day is closed; the 4 that are good longest and 8 of the others
    assert pair.has("points") == ({"05": "8", "06": "10"}, "0")
    pair.claim("c1", TUESDAY)
    assert (pair.has("points"), pair.has("miles")) == (({"05": "2", "06": "10"}, "0"), ({"07": "13"}, "0"))
    pair.cancel("c1", FRIDAY)
    assert (pair.has("points"), pair.has("miles")) == (({"05": "8", "06": "10"}, "0"), ({"07": "15"}, "0"))
    for _ in range(4):
        pair.close()  # 8 are gone on Thursday
    pair.refund("e3", 100)  # 12 come back, too late
    assert pair.has("points") == ({"05": "12", "06": "10"}, "0")
    with pytest.raises(Refused, match="11 of points is more than the 10 available"):
        pair.shop.buy("more", "m0", "11", FRIDAY, points="11")
    pair.close()
    assert pair.has("points") == ({}, "0")
    assert replay(pair.shop.platform) == []


def test_what_has_expired_is_not_owed(pair: Pair) -> None:
    pair.order("m0", "20", MONDAY)
    pair.order("m0", "8", TUESDAY, points="8")
    pair.order("m0", "5", WEDNESDAY)
    for _ in range(4):
        pair.close()  # 12 points are gone on Thursday, and the first half of the first lot
    assert (pair.has("points"), pair.has("later")) == (({"07": "5"}, "0"), ({"06": "10", "07": "2"}, "0"))
    pair.refund("e1", 25)
    assert (pair.has("points"), pair.has("later")) == (({"07": "5"}, "0"), ({"06": "5", "07": "2"}, "0"))
    pair.refund("e1", 100)  # 8 points were spent, 5 others are there
    assert (pair.has("points"), pair.has("later")) == (({}, "3"), ({"07": "2"}, "0"))
    assert replay(pair.shop.platform) == []
