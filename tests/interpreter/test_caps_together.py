"""Caps over several assets and pools: what is worth the same is one sum, at closes and on events."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.outcome import Cut
from rewards.interpreter.world import World
from rewards.plan.model import Plan

from .worlds import compiled, laws

DAY = "2026-03-02"


def paying(cap: str) -> Plan:
    """At every close members get points and cash by what they have of `base`, and a pool a fifth of the sales."""
    return compiled(f"""
plan: together
title: {{en: Together, zh: 合计}}
currency: CNY
timezone: Asia/Shanghai
assets:
  base: {{scale: 0}}
  points: {{scale: 2, cash_value: "1"}}
  cash: {{scale: 2, currency: true}}
pools: {{pot: {{}}, cars: {{}}}}
measures: {{sold: {{sum: order.cash, of: everybody, over: month}}}}
rules:
  - id: points
    on: day.close
    grant: {{asset: points, to: member, amount: {{give: "0.20", per: "1", of: member.balance.base}}}}
  - {{id: pot, on: day.close, distribute: {{pool: pot, weight: member.balance.base, pay: cash, undistributed: carry}}}}
  - {{id: cars, on: day.close, fund: {{pool: cars, amount: {{rate: 20%, of: day.sales}}}}}}
caps: {{most: {cap}}}
""")


def world_of(cap: str) -> World:
    """Ann has 1,000 and bob 1,500 of the base; 300 are in the pot, and 1,000 were sold."""
    world = World(paying(cap))
    world.join("ann")
    world.join("bob")
    world.give("ann", "base", "1000")
    world.give("bob", "base", "1500")
    world.fill_pool("pot", "300")
    world.order("ann", "1000", on=DAY)
    return world


def paid(world: World) -> dict[str, str]:
    """What there is of both assets and in the pool of cars."""
    found = {f"{name} {asset}": world.balance(name, asset) for name in world.members for asset in ("points", "cash")}
    return {**found, "cars": world.pool("cars")}


def cuts(world: World, day: str = DAY) -> dict[str, list[tuple[int, int]]]:
    """For each rule, of whom how much was cut."""
    rules = world.plan.rules
    return {rules[each.rule].id: list(zip(each.member, each.quantity, strict=True)) for each in world.close(day).cuts}


def test_two_assets_and_a_pool_are_cut_alike() -> None:
    # Wanted are 200 + 300 points, 120 + 180 cash and 200 for the cars: 1,000. A quarter of the sales is 250.
    world = world_of(
        "{rules: [points, pot, cars], per: plan, over: month, most: {rate: 25%, of: plan.measure.sold}, "
        "excess: pro_rata}"
    )
    assert cuts(world) == {"points": [(0, 37500)], "pot": [(0, 22500)], "cars": [(0, 15000)]}
    assert paid(world) == {
        "ann points": "50.00",
        "bob points": "75.00",
        "ann cash": "30.00",
        "bob cash": "45.00",
        "cars": "50.00",
    }
    assert world.pool("pot") == "225.00"
    assert world.last is not None
    assert world.last.trace["cars"] == {"funded": 5000}


def test_two_assets_and_a_pool_are_served_in_turn() -> None:
    # 500 points leave 150 of 650 for the cash: half of what is wanted; and nothing for the cars.
    world = world_of('{rules: [points, pot, cars], per: plan, over: month, most: "650"}')
    assert cuts(world) == {"pot": [(0, 15000)], "cars": [(0, 20000)]}
    assert paid(world) == {
        "ann points": "200.00",
        "bob points": "300.00",
        "ann cash": "60.00",
        "bob cash": "90.00",
        "cars": "0.00",
    }
    assert world.last is not None
    assert world.last.trace["cars"] == {"funded": 0}


def test_what_went_into_the_pool_counts_for_the_rest_of_the_window() -> None:
    world = world_of('{rules: [cars], per: plan, over: month, most: "250"}')
    world.close(DAY)
    world.order("bob", "1000", on="2026-03-03")
    assert cuts(world, "2026-03-03") == {"cars": [(0, 15000)]}
    assert world.pool("cars") == "250.00"
    world.order("bob", "1000", on="2026-04-01")
    assert cuts(world, "2026-04-01") == {}
    assert world.pool("cars") == "450.00"


def test_each_member_is_given_so_much_of_both_assets() -> None:
    # Ann wants 200 + 120, bob 300 + 180; each may have 160: ann a half, bob a third.
    cap = '{rules: [points, pot], per: member, over: month, most: "160", excess: pro_rata}'
    world = world_of(cap)
    assert cuts(world) == {"points": [(1, 10000), (2, 20000)], "pot": [(1, 6000), (2, 12000)]}
    assert paid(world) == {
        "ann points": "100.00",
        "bob points": "100.00",
        "ann cash": "60.00",
        "bob cash": "60.00",
        "cars": "200.00",
    }


def test_a_close_stops_at_the_sum_of_both() -> None:
    world = world_of('{rules: [points, cars], per: plan, over: month, most: "699.99", excess: stop}')
    with pytest.raises(Refused) as caught:
        world.close(DAY)
    assert caught.value.parameters["wanted"] == "700.00"
    assert caught.value.parameters["asset"] == "points, cash"
    world = world_of('{rules: [points, cars], per: plan, over: month, most: "700", excess: stop}')
    world.close(DAY)
    assert world.pool("cars") == "200.00"


ON_ORDERS = """
plan: orders
title: {en: Orders, zh: 订单}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 2, cash_value: "1"}
  credit: {scale: 2, cash_value: "1.00"}
pools: {cars: {}}
rules:
  - {id: points, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 10%, of: order.cash}}}
  - {id: credit, on: order.paid, grant: {asset: credit, to: buyer, amount: {rate: 5%, of: order.cash}}}
  - {id: cars, on: order.paid, fund: {pool: cars, amount: {rate: 20%, of: order.cash}}}
  - {id: after, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: rules.cars.amount}}}
caps:
  each: {rules: [points, credit], per: member, over: month, most: "18"}
  all: {rules: [points, credit, cars], per: plan, over: month, most: "50"}
"""


def test_on_events_rules_are_served_in_turn_whatever_they_give() -> None:
    world = World(compiled(ON_ORDERS))
    world.join("ann")
    world.join("bob")
    # 10 + 5 + 20 of 50; then 3 of the 18 of ann's own are left, and 12 of the 50 for the cars.
    first = world.order("ann", "100", on=DAY, id="first")
    assert first is not None
    assert (first.cuts, world.pool("cars")) == ([], "20.00")
    second = world.order("ann", "100", on=DAY)
    assert second is not None
    assert second.cuts == [
        Cut("each", 0, 1, 700),
        Cut("each", 1, 1, 500),
        Cut("all", 2, 0, 800),
    ]
    assert (world.balance("ann", "points"), world.balance("ann", "credit")) == ("13.32", "5.00")  # 0.20 and 0.12 after
    assert world.pool("cars") == "32.00"
    # Nothing is left for bob, until the first order goes back: 10 + 5 + 20.
    world.order("bob", "100", on=DAY)
    assert (world.balance("bob", "points"), world.pool("cars")) == ("0.00", "32.00")
    world.refund("first", on=DAY)
    assert world.pool("cars") == "12.00"
    third = world.order("bob", "200", on=DAY)
    assert third is not None
    # 20 and 10 are too many for bob's own 18; the cars get 17 of 40.
    assert third.cuts == [Cut("each", 0, 2, 200), Cut("each", 1, 2, 1000), Cut("all", 2, 0, 2300)]
    assert world.pool("cars") == "29.00"


@laws
@given(
    orders=st.lists(st.integers(1, 500), min_size=1, max_size=12),
    refunds=st.lists(st.tuples(st.integers(0, 11), st.integers(1, 100)), max_size=6),
)
def test_however_orders_come_and_go_no_more_is_given_than_the_budget(
    orders: list[int], refunds: list[tuple[int, int]]
) -> None:
    world = World(compiled(ON_ORDERS))
    world.join("ann")
    for number, total in enumerate(orders):
        world.order("ann", str(total), on=DAY, id=f"order-{number}")
    for number, percent in refunds:
        if number < len(orders):
            try:
                world.refund(f"order-{number}", str(Fraction(orders[number] * percent, 100).__floor__()), on=DAY)
            except Refused:
                continue  # nothing is left of it
        world.order("ann", "50", on=DAY)
    flows = world.plan.caps["all"].flows
    given_ = {flow.key: sum(c.amount for c in world.state.tally.cells(flow.key, 0, 0, 10**6)) for flow in flows}
    assert 0 <= sum(given_.values()) <= 5000
    assert given_["funded:cash:cars"] == int(world.pool("cars").replace(".", ""))
