"""Units that expire: what day they are good to, which go first, and what earning and spending does to them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.run import revoke
from rewards.interpreter.world import World
from rewards.money import format_amount
from rewards.plan.model import Plan

from .worlds import compiled, laws, snapshot

EXPIRING = """
plan: expiring
title: {{en: Expiring, zh: 有效期}}
currency: CNY
timezone: Asia/Shanghai
assets:
  points:
    title: {{en: Points, zh: 积分}}
    scale: 0
    cash_value: "1"
    lots: {{start_after_days: 0}}
    expires: {expires}
  gifts: {{title: {{en: Gifts, zh: 礼}}, scale: 0}}
payment: {{asset: points, up_to: 100%}}
events: {{spree: {{title: {{en: Spree, zh: 兑}}}}, gift: {{title: {{en: Gift, zh: 礼}}}}}}
ladders:
  club:
    title: {{en: Club, zh: 会}}
    measure: member.sales
    levels: [{{name: one, from: "100", keeps: "2"}}, {{name: two, from: "1000", keeps: "6"}}]
rules:
  - {{id: base, on: order.paid, grant: {{asset: points, to: buyer, amount: {{rate: 1, of: order.cash}}}}}}
  - {{id: swap, on: event.spree, exchange: {{take: {{points: "10"}}, give: {{gifts: "1"}}, most: 2}}}}
  - {{id: lock, on: event.gift, grant: {{asset: points, to: member, amount: "5", locked: {{basis: member.sales}}}}}}
  - {{id: send, on: pay, pay: {{asset: points}}}}
  - {{id: free, on: day.close, release: {{asset: points, amount: {{rate: 40%, of: lot.granted}}}}}}
"""
RULES = {
    "soonest": "{days: 30}",
    "oldest": "{months: 1, at_end_of: month, spend_first: oldest}",
    "newest": "{days: 30, spend_first: newest}",
    "inactive": "{days: 30, inactive: true}",
    "year": "{at_end_of: year}",
    "by-level": "{months: club.keeps}",
}


@cache
def expiring(expires: str) -> Plan:
    return compiled(EXPIRING.format(expires=expires))


def shop(kind: str) -> World:
    world = World(expiring(RULES[kind]))
    world.join("ann")
    world.join("bob")
    return world


def good(world: World, member: str = "ann") -> dict[str, str]:
    return world.expiring(member, "points")


@pytest.mark.parametrize(
    ("kind", "last"),
    {"soonest": "2026-01-29", "oldest": "2026-01-31", "inactive": "2026-01-29", "year": "2025-12-31"}.items(),
)
def test_units_are_good_to_a_day_that_depends_on_when_they_came(kind: str, last: str) -> None:
    world = shop(kind)
    world.order("ann", "9", on="2025-12-31")
    assert good(world) == {last: "9"}


def test_how_long_units_are_good_may_depend_on_the_level_of_who_gets_them() -> None:
    world = shop("by-level")
    world.give_level("ann", "club", "two")
    world.give_level("bob", "club", "one")
    for member, last in (("ann", "2026-07-14"), ("bob", "2026-03-14")):
        world.order(member, "9", on="2026-01-15")
        assert good(world, member) == {last: "9"}


@pytest.mark.parametrize(
    ("kind", "left"),
    {
        "soonest": {"2026-03-03": "1", "2026-03-12": "3"},
        "newest": {"2026-03-01": "4", "2026-03-03": "0"},
        "oldest": {"2026-02-28": "0", "2026-03-31": "4"},
    }.items(),
)
def test_what_is_spent_is_taken_from_units_in_the_assets_order(kind: str, left: dict[str, str]) -> None:
    world = shop(kind)
    world.order("ann", "5", on="2026-01-31")
    world.order("ann", "2", on="2026-02-02")
    world.order("ann", "3", on="2026-02-11")
    world.order("bob", "6", on="2026-02-12")
    world.pay("ann", "bob", "points", "6", on="2026-02-12")
    assert good(world) == {day: units for day, units in left.items() if units != "0"}
    assert sum(int(units) for units in good(world, "bob").values()) == 12


def test_units_that_were_there_before_they_expired_are_good_for_ever() -> None:
    for kind, paid_from_new in (("soonest", 5), ("oldest", 0), ("newest", 5)):
        world = shop(kind)
        world.give("ann", "points", "7")
        world.order("ann", "10", on="2026-02-01")
        world.pay("ann", "bob", "points", "5", on="2026-02-02")
        assert sum(int(units) for units in good(world).values()) == 10 - paid_from_new


def test_units_given_with_their_day_expire() -> None:
    world = shop("soonest")
    world.give("ann", "points", "7", on="2026-01-01")
    assert good(world) == {"2026-01-30": "7"}


def test_earning_and_spending_renew_all_that_is_still_good() -> None:
    world = shop("inactive")
    world.order("ann", "5", on="2026-01-01")
    world.order("ann", "5", on="2026-01-30")
    assert good(world) == {"2026-02-28": "10"}
    world.pay("ann", "bob", "points", "1", on="2026-02-10")
    assert (good(world), good(world, "bob")) == ({"2026-03-11": "9"}, {"2026-03-11": "1"})
    world.adjust("ann", "points", "1", on="2026-02-11")
    assert good(world) == {"2026-03-11": "9", "2026-03-12": "1"}  # what is done by hand is neither
    world.event("ann", "gift", on="2026-02-12")
    assert good(world) == {"2026-03-13": "10"}  # earned, though locked
    world.order("ann", "1", on="2026-04-01")
    assert good(world) == {"2026-03-13": "10", "2026-04-30": "1"}  # too late for what was good to March


def test_what_a_refund_gives_back_is_good_as_if_it_came_anew() -> None:
    world = shop("soonest")
    world.order("ann", "9", on="2026-01-01")
    world.order("ann", "8", points=[("points", "8")], on="2026-01-02", id="paid")
    world.refund("paid", "4", on="2026-01-20")
    assert good(world) == {"2026-01-30": "1", "2026-02-18": "4"}


def test_what_a_rule_took_goes_back_with_the_order_it_took_it_for() -> None:
    text = EXPIRING.format(expires=RULES["soonest"]).replace(
        "on: event.spree, exchange", "on: order.paid, exchange"
    ).replace("most: 2", "most: 1")  # fmt: skip
    world = World(compiled(text))
    world.join("ann")
    world.order("ann", "15", on="2026-01-01", id="first")
    assert (world.balance("ann", "points"), world.balance("ann", "gifts")) == ("5", "1")
    world.refund("first", on="2026-01-01")
    assert (world.balance("ann", "points"), world.balance("ann", "gifts")) == ("0", "0")


Happening = tuple[str, int, int]
happenings = st.lists(
    st.tuples(
        st.sampled_from(
            ["order", "order", "pay", "spree", "gift", "refund", "points-order", "adjust", "wait", "close"]
        ),
        st.integers(0, 9),
        st.sampled_from([1, 7, 25, 60, 100]),
    ),
    min_size=5,
    max_size=25,
)


def act(world: World, happening: Happening, today: date, orders: list[str]) -> object:
    kind, which, size = happening
    member, other = ("ann", "bob") if which % 2 else ("bob", "ann")
    on = today.isoformat()
    balance = world.state.balance(world.plan.assets["points"].book(), world.ordinal(member))
    part = str(balance * size // 100)
    if kind in ("order", "points-order"):
        orders.append(str(len(orders)))
        points = [("points", part)] if kind == "points-order" else []
        return world.order(member, str(size + int(part)), points=points, on=on, id=orders[-1])
    if kind == "refund" and orders:
        taken = world._orders[orders[which % len(orders)]]
        left = (taken.order.total - taken.refunded) * size // 100
        return world.refund(taken.order.id, format_amount(left, 2), on=on)
    if kind == "pay":
        return world.pay(member, other, "points", part, on=on)
    if kind == "adjust":
        return world.adjust(member, "points", "5" if which < 5 else f"-{min(balance, 5)}", on=on)
    return world.event(member, kind, on=on) if kind in ("spree", "gift") else None


@laws
@given(kind=st.sampled_from(sorted(RULES)), happenings=happenings)
def test_every_free_unit_is_in_one_cell_whatever_happens(kind: str, happenings: list[Happening]) -> None:
    world, today, orders = shop(kind), date(2026, 1, 28), list[str]()
    for happening in happenings:
        if happening[0] == "wait":
            today += timedelta(days=happening[2])
        before = snapshot(world)
        try:
            act(world, happening, today, orders)
        except Refused:
            assert snapshot(world) == before
            orders = [order for order in orders if order in world._orders]
        for member in world.members:
            cells = [int(units) for units in good(world, member).values()]
            assert all(units > 0 for units in cells)
            assert sum(cells) == int(world.balance(member, "points"))


@laws
@given(kind=st.sampled_from(sorted(RULES)), happenings=happenings)
def test_an_event_can_be_taken_back_as_if_it_had_never_happened(kind: str, happenings: list[Happening]) -> None:
    world, today, orders = shop(kind), date(2026, 1, 28), list[str]()
    taken: list[object] = []
    happen = world.happen

    def noted(event, day, undo=None):  # type: ignore[no-untyped-def]
        before = snapshot(world)
        outcome = happen(event, day, undo)
        taken.append((event, outcome, before))
        return outcome

    world.happen = noted  # type: ignore[method-assign]
    for happening in happenings:
        if happening[0] == "wait":
            today += timedelta(days=happening[2])
        try:
            act(world, happening, today, orders)
        except Refused:
            orders = [order for order in orders if order in world._orders]
    for event, outcome, before in reversed(taken):  # type: ignore[misc]
        revoke(world.state, world.queues, event, outcome)
        del world.lots[len(world.lots) - len(outcome.lots) :]
        assert snapshot(world) == before
