"""A version that counts what the one before did not: its windows reach back as if the plan had always counted so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

import pytest

from rewards.actions import vocabulary
from rewards.interpreter.world import World
from rewards.plan.load import load_plan
from rewards.services import measures
from rewards.services.replay import replay

from .lives import Whole
from .shop import MONDAY, TUESDAY, Shop, changed

COUNTING = """
plan: club
title: {en: Club, zh: 俱乐部}
currency: CNY
timezone: Asia/Shanghai
events:
  stay: {title: {en: Stay, zh: 入住}, fields: {nights: number, spend: amount, hotel: text}}
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, cash_value: "1.00"}
measures:
  kept: {sum: order.cash, over: year}
  month-cash: {sum: order.cash, over: month}
  coffee: {sum: {lines: {where: {line.category: coffee}, sum: line.amount}}, over: {days: 9}}
  best: {max: order.cash, over: quarter}
  large: {count: order.paid, when: {order.cash: {at_least: "100"}}, over: ever}
  second: {count: order.paid, when: {order.number: {at_least: 2}}}
  after-much: {count: order.paid, when: {member.measure.kept: {at_least: "500"}}}
  days: {days: order.paid, over: year}
  shops: {distinct: order.attributes.shop, over: month}
  nights: {sum: event.nights, on: event.stay, over: year}
  hotels: {distinct: event.hotel, on: event.stay, over: {last: month}}
  everything: {sum: order.cash, over: year, of: everybody}
rules:
  - id: back
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: 10%, of: order.cash}}
  - id: a-stay
    on: event.stay
    grant: {asset: points, to: member, amount: {rate: 10%, of: event.spend}}
"""
KEPT = "  kept: {sum: order.cash, over: year}\n"


def without_measures() -> str:
    head, _, rest = COUNTING.partition("measures:\n")
    return head + "rules:\n" + rest.partition("rules:\n")[2]


def one_measure() -> str:
    return without_measures().replace("rules:\n", "measures:\n" + KEPT + "rules:\n", 1)


class Late(Whole):
    """A world that counts from the start beside a shop that learns to count later."""

    counting = False

    def compare(self) -> None:
        """What is counted is compared once both count."""
        if self.counting:
            super().compare()

    def compare_measures(self) -> None:
        """So are measures."""
        if self.counting:
            super().compare_measures()


def begun(shop: Shop, source: str, random: Random) -> Late:
    """A shop with a plan, and a world of the plan that counts everything."""
    late = Late.begin(shop, source, random)
    plan = load_plan(COUNTING, "club.yaml", vocabulary()).plan
    assert plan is not None
    world = World(plan)
    for member in late.world.members:
        ordinal = late.world.ordinal(member)
        person = late.world.source.person(ordinal)
        by = late.world.name(person.sponsor) if person.sponsor else None
        joined = date.fromordinal(person.joined).isoformat()
        world.join(member, by, merchant=person.merchant, joined=joined)
    late.world = world
    return late


@pytest.mark.parametrize("ahead", [0, 5])
@pytest.mark.parametrize("before", [without_measures, one_measure])
def test_a_new_version_counts_as_if_it_had_from_the_start(
    small_shop: Shop, before: Callable[[], str], ahead: int
) -> None:
    random = Random(f"{before.__name__} {ahead}")
    late = begun(small_shop, before(), random)
    late.live(3)
    first = max(late.first_open, late.world.closed_through or MONDAY) + timedelta(days=3)  # beyond what is booked
    small_shop.activate(COUNTING, first + timedelta(days=ahead))
    while late.first_open < first + timedelta(days=ahead):
        late.order_of_lines("m1", late.first_open)
        late.event("m2", late.first_open)
        late.send()
        late.refund(random.choice(list(late.world._orders)), 33)
        late.close()
    late.order("m1", "7", late.first_open)
    late.send()
    late.counting = True
    late.compare()
    late.live(3)
    assert replay(small_shop.platform) == []


def test_measures_of_a_member_reach_back(small_shop: Shop) -> None:
    small_shop.activate(without_measures())
    small_shop.join("ann")
    small_shop.buy("first", "ann", "120", MONDAY)
    small_shop.buy("second", "ann", "30", MONDAY)
    small_shop.activate(COUNTING, MONDAY + timedelta(days=1))
    found = {each.measure: each.value for each in measures.measures_of(small_shop.platform, "ann")}
    assert found["kept"] == "150.00"
    assert found["large"] == "1"
    assert found["best"] == "0.00"  # of another quarter
    assert found["second"] == "1"
    assert "everything" not in found


def test_what_is_counted_already_is_not_counted_anew(small_shop: Shop) -> None:
    small_shop.activate(one_measure())
    small_shop.join("ann")
    small_shop.buy("first", "ann", "120", MONDAY)
    small_shop.activate(changed(one_measure(), ("rate: 10%, of: order.cash", "rate: 20%, of: order.cash")), TUESDAY)
    small_shop.buy("second", "ann", "30", TUESDAY)
    (found,) = measures.measures_of(small_shop.platform, "ann")
    assert found.value == "150.00"
