"""Units that expire, at closes: what is over goes, what rules use up goes in the right order, and members are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.close_books import CloseBooks
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.expiring import Shelf
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.gathering import gather
from rewards.interpreter.state import EXPIRY_RULE
from rewards.interpreter.tally import Cell, expired_of, good_until
from rewards.interpreter.world import World
from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.model import BURNED, Plan

from .worlds import Books, check_promises, compiled, laws

DAY = date(2026, 3, 2)
TODAY = DAY.toordinal()


def expiring(expires: str, rules: str = "") -> Plan:
    return compiled(f"""
plan: expiring
title: {{en: Expiring, zh: 过期}}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {{title: {{en: Points, zh: 积分}}, scale: 0, cash_value: "1", expires: {expires}}}
  base: {{title: {{en: Base, zh: 基数}}, scale: 0}}
payment: {{asset: points, up_to: 100%}}
measures: {{expired: {{expired: points}}, everybody: {{expired: points, of: everybody}}}}
rules:
  - id: base
    on: order.paid
    grant: {{asset: points, to: buyer, amount: {{rate: 100%, of: order.cash}}}}
{rules}
""")


def test_units_are_good_through_their_last_day_and_go_at_its_close() -> None:
    world = World(expiring("{days: 3}"))
    for name in ("ann", "bob"):
        world.join(name)
    world.order("ann", "10", on="2026-03-02")
    world.order("ann", "4", on="2026-03-03")
    world.order("bob", "5", on="2026-03-03")
    assert world.close("2026-03-03").blocks == []
    (block,) = world.close("2026-03-04").blocks
    assert (block.rule, block.target, block.quantity.tolist()) == (EXPIRY_RULE, BURNED, [10])
    assert (world.balance("ann", "points"), world.balance("bob", "points")) == ("4", "5")
    world.close("2026-03-05")
    assert (world.balance("ann", "points"), world.balance("bob", "points")) == ("0", "0")
    assert world.platform("points", BURNED) == "19"
    assert world.measure("ann", "expired", on="2026-03-05") == "14"
    assert world.plan_measure("everybody", on="2026-03-05") == "19"


def test_a_later_day_cannot_use_what_is_over_before_it() -> None:
    world = World(expiring("{days: 2}"))
    world.join("ann")
    world.order("ann", "10", on="2026-03-02")
    world.order("ann", "3", on="2026-03-04")
    with pytest.raises(Refused, match="4 of points is more than the 3 available"):
        world.adjust("ann", "points", "-4", on="2026-03-04")
    assert world.balance("ann", "points") == "13"
    world.adjust("ann", "points", "-2", on="2026-03-04")
    assert world.expiring("ann", "points") == {"2026-03-03": "10", "2026-03-05": "1"}
    world.close("2026-03-02")
    world.close("2026-03-03")
    assert world.expiring("ann", "points") == {"2026-03-05": "1"}


def test_what_came_back_past_its_last_day_is_not_used_by_rules_and_goes_at_the_close() -> None:
    rules = """
  - {id: fee, on: day.close, take: {asset: points, amount: "4"}}
"""
    world = World(expiring("{days: 3}", rules))
    world.join("ann")
    world.order("ann", "10", on="2026-03-02")
    world.order("ann", "9", points=[("points", "9")], on="2026-03-02", id="paid")
    for day in ("2026-03-02", "2026-03-03", "2026-03-04"):
        world.close(day)  # the fee takes what is left
    world.order("ann", "2", on="2026-03-05")
    world.refund("paid", on="2026-03-05")
    assert world.expiring("ann", "points") == {"2026-03-04": "9", "2026-03-07": "2"}
    closed = world.close("2026-03-05")
    assert [(block.rule, block.quantity.tolist()) for block in closed.blocks] == [(1, [2]), (EXPIRY_RULE, [9])]
    assert world.measure("ann", "expired", on="2026-03-05") == "9"


def test_what_has_expired_is_on_record_by_the_day_it_came() -> None:
    world = World(expiring("{at_end_of: month}"))
    world.join("ann")
    for day, total in (("2026-03-02", "10"), ("2026-03-03", "4"), ("2026-03-31", "1")):
        world.order("ann", total, on=day)
    world.adjust("ann", "points", "-3", on="2026-03-31")
    for day in range(2, 32):
        world.close(f"2026-03-{day:02}")
    found = world.state.tally.cells(expired_of("points"), 1, 1, TODAY + 400)
    assert [(date.fromordinal(int(each.label)).day, each.amount) for each in found] == [(2, 7), (3, 4), (31, 1)]


def test_members_are_told_so_many_days_ahead() -> None:
    world = World(expiring("{days: 5, notice_days: 3}"))
    for name in ("ann", "bob", "cid"):
        world.join(name)
    world.order("ann", "10", on="2026-03-02")
    world.order("ann", "2", on="2026-03-02")
    world.order("cid", "7", on="2026-03-02")
    world.order("bob", "4", on="2026-03-04")
    world.adjust("cid", "points", "-7", on="2026-03-03")
    assert world.close("2026-03-02").notices == []
    (notice,) = world.close("2026-03-03").notices
    assert (notice.asset, date.fromordinal(notice.last_day)) == ("points", date(2026, 3, 6))
    assert (notice.member.tolist(), notice.quantity.tolist()) == ([1], [12])


def test_what_comes_at_a_close_is_good_from_that_day_on() -> None:
    world = World(
        expiring("{days: 2}", '  - {id: gift, on: week.close, grant: {asset: points, to: member, amount: "1"}}')
    )
    world.join("ann")
    world.close("2026-03-08")  # a Sunday
    world.close("2026-03-09")
    assert world.balance("ann", "points") == "0"
    world.close("2026-03-15")
    assert world.balance("ann", "points") == "1"


def test_units_of_those_who_do_nothing_expire() -> None:
    rules = """
  - {id: gift, on: day.close, when: {member.balance.base: {at_least: "1"}},
     grant: {asset: points, to: member, amount: "1"}}
"""
    world = World(expiring("{days: 3, inactive: true}", rules))
    for name in ("idle", "busy"):
        world.join(name)
        world.order(name, "10", on="2026-03-02")
    world.give("busy", "base", "1")
    for day in ("2026-03-02", "2026-03-03", "2026-03-04"):
        world.close(day)
    assert (world.balance("idle", "points"), world.balance("busy", "points")) == ("0", "13")
    assert world.expiring("busy", "points") == {"2026-03-06": "13"}


def test_how_long_units_are_good_may_depend_on_the_level() -> None:
    world = World(
        compiled("""
plan: leveled
title: {en: Leveled, zh: 等级}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0, expires: {months: club.keeps}}}
ladders:
  club:
    title: {en: Club, zh: 会}
    measure: member.orders
    levels:
      - {name: one, title: {en: One, zh: 一}, from: "1", keeps: 1}
      - {name: two, title: {en: Two, zh: 二}, from: "2", keeps: 3}
rules:
  - {id: gift, on: day.close, grant: {asset: points, to: member, amount: "1"}}
""")
    )
    for name, orders in (("ann", 2), ("bob", 1), ("cid", 0)):
        world.join(name)
        for _ in range(orders):
            world.order(name, "1", on="2026-03-02")
    world.close("2026-03-02")
    assert [world.expiring(name, "points") for name in ("ann", "bob", "cid")] == [
        {"2026-06-01": "1"},
        {"2026-04-01": "1"},
        {"2026-04-01": "1"},
    ]


# --- as on events ----------------------------------------------------------------------------------------------


THIRTY_DAYS = expiring("{days: 30}")
orders = st.sampled_from(SpendOrder)
units = st.lists(st.tuples(st.integers(1, 9), st.integers(-20, 20), st.integers(0, 20)), max_size=6)


@laws
@given(
    order=orders,
    inactive=st.booleans(),
    held=st.lists(units, min_size=1, max_size=4),
    undated=st.integers(0, 9),
    moves=st.lists(st.tuples(st.sampled_from(["come", "go", "renew"]), st.integers(1, 30)), max_size=4),
)
def test_units_come_and_go_in_columns_as_they_do_one_member_after_the_other(
    order: SpendOrder, inactive: bool, held: list[Any], undated: int, moves: list[tuple[str, int]]
) -> None:
    plan = THIRTY_DAYS
    expiry = replace(plan.assets["points"].expiry or Expiry(), inactive=inactive, spend_order=order)
    points = replace(plan.assets["points"], expiry=expiry)
    book, world, other = points.free_book, World(plan), World(plan)
    for number, of in enumerate(held, 1):
        for each in (world, other):
            each.join(f"m{number}")
            each.state.books[book][number] = undated + sum(quantity for quantity, _, _ in of)
            for quantity, last, age in of:
                came = str(TODAY + min(last, 0) - age)
                each.state.tally.add(Cell(good_until("points"), number, TODAY + last, came, quantity, 0))
    state = gather(other, DAY)
    books = CloseBooks(plan, state, DAY, CloseOutcome())
    shelf = Shelf(MemberFacts(world.state, plan, DAY), world.state.tally.add)
    for move, wanted in moves:
        had = state.held_now(book).copy()
        quantity = np.minimum(had, wanted) if move == "go" else np.full(len(had), wanted, dtype=np.int64)
        if move == "come":
            state.now[book] = had + quantity
            books.units.come(points, quantity)
        elif move == "go":
            state.now[book] = had - quantity
            books.units.go(points, quantity)
        else:
            books.units.renew(points, quantity > 0)
        for number in range(1, len(held) + 1):
            amount = int(quantity[number - 1])
            if move == "come":
                shelf.credit(points, expiry, number, amount)
            elif move == "go":
                shelf.debit(points, expiry, number, amount, int(had[number - 1]))
            elif inactive:
                shelf.renew(points, expiry, number)
    cells = state.cells.columns(good_until("points"), 1, TODAY + 400).summed()
    found = zip(cells.member.tolist(), cells.day.tolist(), cells.numbers().tolist(), cells.amount.tolist(), strict=True)
    singly = [
        (cell.member, cell.day, int(cell.label), cell.amount)
        for number in range(1, len(held) + 1)
        for cell in world.state.tally.cells(good_until("points"), number, 1, TODAY + 400)
    ]
    assert sorted(found) == sorted(singly)


RULES = """
  - {id: gift, on: day.close, grant: {asset: points, to: member, amount: {rate: 50%, of: member.balance.base}}}
  - {id: fee, on: week.close, take: {asset: points, amount: "3"}}
"""


@pytest.mark.parametrize("inactive", ["", ", inactive: true"])
@pytest.mark.parametrize("spend_first", ["soonest_to_expire", "oldest", "newest"])
@laws
@given(
    days=st.integers(1, 9),
    happening=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["order", "take", "close", "close"])), max_size=25),
    amount=st.integers(1, 20),
)
def test_dated_units_always_are_the_balance(
    inactive: str, spend_first: str, days: int, happening: list[tuple[int, str]], amount: int
) -> None:
    world = World(expiring(f"{{days: {days}{inactive}, spend_first: {spend_first}}}", RULES))
    books = Books(world.plan)
    for name in ("m0", "m1", "m2"):
        world.join(name)
        books.take(world.adjust(name, "base", "4", on=DAY.isoformat()))
    for member, what in happening:
        day, name = world.closed_through + timedelta(days=1) if world.closed_through else DAY, f"m{member}"
        if what == "close":
            books.take(world.close(day))
        elif what == "order":
            books.take(world.order(name, str(amount), on=day.isoformat()))
        else:
            has = world.balance(name, "points")
            taken = min(int(has), amount)
            books.take(world.adjust(name, "points", f"-{taken}", on=day.isoformat()) if taken else None)
        check_promises(world, books)
        for each in world.members:
            dated = world.expiring(each, "points")
            assert sum(map(int, dated.values())) == int(world.balance(each, "points"))
            assert all(date.fromisoformat(last) > (world.closed_through or date.min) for last in dated)
