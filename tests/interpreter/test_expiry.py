"""Units that expire: what day they are good to, which go first, and what earning and spending does to them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.expiring import spendable
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.run import revoke
from rewards.interpreter.tally import expired_of, good_until
from rewards.interpreter.world import World
from rewards.money import format_amount
from rewards.plan.model import Compartment, Plan

from .worlds import compiled, laws, snapshot

DEBT = Compartment.DEBT

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
rewards: {{mug: {{title: {{en: Mug, zh: 杯}}, price: {{points: "4"}}}}}}
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


LOCKED = """
plan: locked
title: {en: Locked, zh: 锁定}
currency: CNY
timezone: Asia/Shanghai
assets:
  points:
    title: {en: Points, zh: 积分}
    scale: 0
    cash_value: "1"
    lots: {start_after_days: 0}
    expires: {days: 3}
payment: {asset: points, up_to: 100%}
rules:
  - id: lock
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: 1, of: order.cash}, locked: {basis: order.cash}}
  - {id: free, on: day.close, release: {asset: points, amount: {rate: 40%, of: lot.granted}}}
"""


@cache
def expiring(expires: str) -> Plan:
    return compiled(EXPIRING.format(expires=expires))


def shop(kind: str) -> World:
    world = World(expiring(RULES[kind]))
    world.join("ann")
    world.join("bob")
    return world


def closed_through(world: World, last: str) -> None:
    """Close every day from that of the first order."""
    day = world.closed_through + timedelta(days=1) if world.closed_through else date(2026, 1, 1)
    while day <= date.fromisoformat(last):
        world.close(day)
        day += timedelta(days=1)


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


# --- what refunds give back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "left", "half", "whole"),
    [
        # Drawn are 5 and 3, or 6 and 2; those that are good longest come back first.
        ("soonest", {"30": "0", "31": "3"}, {"30": "1", "31": "6"}, {"30": "5", "31": "6"}),
        ("newest", {"30": "3", "31": "0"}, {"30": "3", "31": "4"}, {"30": "5", "31": "6"}),
    ],
)
def test_units_come_back_good_to_the_day_they_were_good_to(
    kind: str, left: dict[str, str], half: dict[str, str], whole: dict[str, str]
) -> None:
    world = shop(kind)
    world.order("ann", "5", on="2026-01-01")
    world.order("ann", "6", on="2026-01-02")
    world.order("ann", "8", points=[("points", "8")], on="2026-01-03", id="paid")
    for amount, then in (("0", left), ("4", half), ("4", whole)):
        if amount != "0":
            world.refund("paid", amount, on="2026-01-20")
        assert good(world) == {f"2026-01-{day}": units for day, units in then.items() if units != "0"}


def test_units_that_are_good_for_ever_come_back_good_for_ever_and_first() -> None:
    world = shop("soonest")
    world.give("ann", "points", "7")
    world.order("ann", "5", on="2026-01-01")
    world.order("ann", "8", points=[("points", "8")], on="2026-01-03", id="paid")
    world.refund("paid", "3", on="2026-01-20")
    assert (good(world), world.balance("ann", "points")) == ({}, "7")
    world.refund("paid", on="2026-01-20")
    assert (good(world), world.balance("ann", "points")) == ({"2026-01-30": "5"}, "12")


def test_what_earning_and_spending_has_renewed_meanwhile_renews_what_comes_back() -> None:
    world = shop("inactive")
    world.order("ann", "9", on="2026-01-01")
    world.order("ann", "8", points=[("points", "8")], on="2026-01-02", id="paid")
    world.order("ann", "2", on="2026-02-10", id="late")  # too late for the unit that was left
    assert good(world) == {"2026-01-31": "1", "2026-03-11": "2"}
    world.refund("paid", on="2026-02-11")
    assert good(world) == {"2026-01-31": "1", "2026-03-11": "10"}


def test_units_that_come_back_past_their_last_day_pay_no_debt() -> None:
    world = shop("soonest")
    world.order("ann", "9", on="2026-01-01", id="first")
    world.order("ann", "4", points=[("points", "4")], on="2026-01-20", id="early")
    world.order("ann", "5", on="2026-01-21")
    world.order("ann", "6", points=[("points", "6")], on="2026-01-22", id="paid")  # 5 and 1
    world.refund("first", on="2026-01-23")  # what it brought is spent: the 4 that are left go, 5 are owed
    assert (good(world), world.balance("ann", "points", DEBT)) == ({}, "5")
    world.refund("early", on="2026-01-31")
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-01-30": "4"}, "5")
    world.refund("paid", on="2026-01-31")  # one of which is still good
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-01-30": "9"}, "4")


# --- what refunds take back -------------------------------------------------------------------------------------------


def test_a_refund_takes_what_is_left_of_the_order_s_own_units_first() -> None:
    world = shop("soonest")
    world.order("ann", "5", on="2026-01-01")
    world.order("ann", "6", on="2026-01-02", id="own")
    world.order("ann", "7", on="2026-01-03")
    world.refund("own", "4", on="2026-01-04")
    assert good(world) == {"2026-01-30": "5", "2026-01-31": "2", "2026-02-01": "7"}
    world.order("ann", "6", points=[("points", "6")], on="2026-01-04")
    world.refund("own", on="2026-01-05")
    assert good(world) == {"2026-02-01": "6"}


@pytest.mark.parametrize("parts", [("20",), ("5", "15"), ("1", "1", "17", "1"), ("19", "1")])
def test_what_has_expired_of_an_order_is_not_owed_however_it_is_refunded(parts: tuple[str, ...]) -> None:
    world = shop("soonest")
    world.order("ann", "20", on="2026-01-01", id="first")
    world.order("ann", "10", on="2026-01-01", id="second")
    world.order("ann", "8", points=[("points", "8")], on="2026-01-02")
    closed_through(world, "2026-01-30")  # 22 of 30 are gone
    world.order("ann", "3", on="2026-01-31")
    for part in parts:
        world.refund("first", part, on="2026-02-01")
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-03-01": "3"}, "0")
    world.refund("second", on="2026-02-01")  # 2 have expired, 8 were spent
    assert (good(world), world.balance("ann", "points", DEBT)) == ({}, "5")


def test_units_past_their_last_day_are_taken_back_of_their_own_order_only() -> None:
    world = shop("soonest")
    world.order("ann", "5", on="2026-01-01")
    world.order("ann", "6", on="2026-01-01", id="own")
    world.order("ann", "7", on="2026-02-01", id="late")
    world.order("ann", "7", points=[("points", "7")], on="2026-02-01")
    world.refund("own", on="2026-02-02")
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-01-30": "5"}, "0")
    world.refund("late", on="2026-02-02")
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-01-30": "5"}, "7")


def test_units_that_were_renewed_are_still_the_order_s_own() -> None:
    world = shop("inactive")
    world.give("ann", "points", "5", on="2026-01-01")
    world.order("ann", "6", on="2026-01-02", id="own")
    world.order("ann", "7", on="2026-01-20")
    assert good(world) == {"2026-02-18": "18"}
    world.refund("own", on="2026-01-21")
    came = {int(cell.label): cell.amount for cell in world.state.tally.known() if cell.name == good_until("points")}
    assert came == {date(2026, 1, 1).toordinal(): 5, date(2026, 1, 20).toordinal(): 7}


def test_what_has_expired_after_it_was_renewed_is_not_owed_either() -> None:
    world = shop("inactive")
    world.order("ann", "6", on="2026-01-02", id="own")
    world.order("ann", "1", on="2026-01-03")
    closed_through(world, "2026-02-01")
    assert good(world) == {}
    world.refund("own", on="2026-02-02")
    assert world.balance("ann", "points", DEBT) == "0"


def test_units_of_a_lot_are_taken_back_where_the_lot_has_released_them() -> None:
    world = World(compiled(LOCKED))
    world.join("ann")
    world.order("ann", "10", on="2026-01-01", id="own")
    closed_through(world, "2026-01-02")  # 4 come on each of the first two days
    world.adjust("ann", "points", "5", on="2026-01-02")
    world.adjust("ann", "points", "6", on="2026-01-03")
    assert good(world) == {"2026-01-03": "4", "2026-01-04": "4", "2026-01-05": "11"}
    world.close("2026-01-03")  # the last 2 come, the first 4 go
    assert good(world) == {"2026-01-04": "4", "2026-01-05": "13"}
    world.refund("own", "3", on="2026-01-04")
    assert good(world) == {"2026-01-04": "1", "2026-01-05": "13"}
    world.refund("own", on="2026-01-04")  # of the other 7, 1 and 2 are there, 4 have expired
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-01-05": "11"}, "0")


def test_no_more_of_a_lot_is_taken_for_expired_than_it_has_released_that_day() -> None:
    world = World(compiled(LOCKED))
    for name in ("ann", "bob"):
        world.join(name)
    world.order("ann", "10", on="2026-01-01", id="own")
    world.order("ann", "10", on="2026-01-01")
    world.close("2026-01-01")  # 4 of each
    world.order("ann", "4", points=[("points", "4")], on="2026-01-02", id="paid")
    closed_through(world, "2026-01-03")  # of the 8 4 are gone; 8 more have come, and 4
    assert good(world) == {"2026-01-04": "8", "2026-01-05": "4"}
    world.order("ann", "12", points=[("points", "12")], on="2026-01-04")
    world.refund("paid", on="2026-01-04")  # 4 of the first day, too late
    world.refund("own", on="2026-01-04")  # which are taken for what came on that day; the other 6 were spent
    assert (good(world), world.balance("ann", "points", DEBT)) == ({}, "6")


def test_an_order_s_own_units_are_told_from_others_of_the_day_by_how_long_they_were_good() -> None:
    world = shop("by-level")
    for level, order in (("one", "short"), ("two", "long")):
        world.give_level("ann", "club", level)
        world.order("ann", "10", on="2026-01-15", id=order)
    assert good(world) == {"2026-03-14": "10", "2026-07-14": "10"}
    world.close("2026-03-14")
    world.refund("short", on="2026-03-15")
    assert (good(world), world.balance("ann", "points", DEBT)) == ({"2026-07-14": "10"}, "0")


# --- what is over -----------------------------------------------------------------------------------------------------


def test_what_is_past_its_last_day_is_in_the_balance_and_cannot_be_spent() -> None:
    world = shop("soonest")
    world.order("ann", "20", on="2026-01-01")
    world.order("ann", "15", on="2026-01-20")
    day = "2026-01-31"
    before = snapshot(world)
    for spend in (
        lambda: world.pay("ann", "bob", "points", "16", on=day),
        lambda: world.order("ann", "16", points=[("points", "16")], on=day),
        lambda: world.adjust("ann", "points", "-16", on=day),
    ):
        with pytest.raises(Refused, match="16 of points is more than the 15 available"):
            spend()
    assert snapshot(world) == before
    assert world.balance("ann", "points") == "35"
    world.event("ann", "spree", on=day)  # ten for a gift, as often as they reach
    assert (world.balance("ann", "gifts"), good(world)) == ("1", {"2026-01-30": "20", "2026-02-18": "5"})
    world.pay("ann", "bob", "points", "16", on="2026-01-30")
    assert good(world) == {"2026-01-30": "4", "2026-02-18": "5"}
    closed_through(world, "2026-01-30")
    assert world.balance("ann", "points") == "5"


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
            [
                "order",
                "order",
                "points-order",
                "refund",
                "pay",
                "spree",
                "gift",
                "claim",
                "cancel",
                "adjust",
                "wait",
                "close",
            ]
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
    balance = world.state.balance(world.plan.assets["points"].free_book, world.ordinal(member))
    part = str(balance * size // 100)
    if kind in ("order", "points-order"):
        orders.append(str(len(orders)))
        points = [("points", part)] if kind == "points-order" else []
        return world.order(member, str(size + int(part)), points=points, on=on, id=orders[-1])
    if kind == "claim":
        return world.claim(member, "mug", 1 + which % 2, on=on)
    if kind == "cancel" and world.claims:
        return world.cancel(sorted(world.claims)[which % len(world.claims)], on=on)
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
        if happening[0] == "close":
            close_up_to(world, today - timedelta(days=happening[1]))
        before = snapshot(world)
        try:
            act(world, happening, today, orders)
        except Refused:
            assert snapshot(world) == before
            orders = [order for order in orders if order in world._orders]
        cells = [
            cell for cell in world.state.tally.known() if cell.name in (good_until("points"), expired_of("points"))
        ]
        assert all(cell.amount > 0 and cell.entries == 0 for cell in cells)
        for member in world.members:
            assert sum(map(int, good(world, member).values())) == int(world.balance(member, "points"))
            facts = MemberFacts(world.state, world.plan, max(today, world.closed_through or today))
            assert spendable(facts, world.plan.assets["points"], world.ordinal(member)) >= 0


def close_up_to(world: World, last: date) -> None:
    """Close all days that are open up to a day."""
    day = world.closed_through + timedelta(days=1) if world.closed_through else date(2026, 1, 28)
    while day <= last:
        world.close(day)
        day += timedelta(days=1)


@laws
@given(
    kind=st.sampled_from(sorted(RULES)),
    earned=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 9)), min_size=1, max_size=4),
    undated=st.integers(0, 20),
    percent=st.integers(1, 100),
    cuts=st.lists(st.integers(1, 99), max_size=4),
    which=st.integers(0, 3),
)
def test_an_order_refunded_in_parts_is_undone_as_if_it_were_in_one(
    kind: str, earned: list[tuple[int, int]], undated: int, percent: int, cuts: list[int], which: int
) -> None:
    found = []
    for parts in ([], cuts):
        world, day = shop(kind), date(2026, 1, 1)
        world.give("ann", "points", str(undated))
        for number, (amount, days) in enumerate(earned):
            day += timedelta(days=days)
            world.order("ann", str(amount), on=day.isoformat(), id=f"earned-{number}")
        paid = str(max(int(world.balance("ann", "points")) * percent // 100, 1))
        world.order("ann", paid, points=[("points", paid)], on=day.isoformat(), id="paid")
        for order in ("paid", f"earned-{which % len(earned)}"):
            total = world._orders[order].order.total
            places = [0, *sorted({total * part // 100 for part in parts} - {0, total}), total]
            for first, last in pairwise(places):
                world.refund(order, format_amount(last - first, 2), on=day.isoformat())
        found.append(snapshot(world)["cells"] + [world.balance("ann", "points"), world.balance("ann", "points", DEBT)])
    assert found[0] == found[1]


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
