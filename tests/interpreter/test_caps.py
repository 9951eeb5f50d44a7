"""Caps: what rules may give a member, or everybody, within a window, and amounts less what was paid already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.outcome import Cut
from rewards.interpreter.world import World
from rewards.plan.model import Compartment, Plan

from .worlds import compiled, laws, snapshot

DAY = "2026-03-02"

CAPPED = """
plan: capped
title: {en: Capped, zh: 限额}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0, lots: {start_after_days: 1}}
measures:
  sales: {sum: order.cash, over: month, of: everybody}
  bought: {count: order.paid}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1, of: order.cash}}}
  - id: more
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: 1, of: order.cash}}
  - {id: free, on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}
caps:
  weekly: {title: {en: Weekly, zh: 每周}, rules: [base, more], per: member, over: week, most: "150"}
  tenth:
    title: {en: A tenth, zh: 十分之一}
    rules: [base, more]
    per: plan
    over: month
    most: {rate: 150%, of: plan.measure.sales}
"""


@cache
def capped_plan() -> Plan:
    return compiled(CAPPED)


def shop() -> World:
    world = World(capped_plan())
    world.join("ann")
    world.join("bob")
    return world


def had(world: World, member: str) -> tuple[str, str]:
    return world.balance(member, "points"), world.balance(member, "points", Compartment.LOCKED)


def test_what_a_cap_leaves_is_given_and_what_it_cuts_off_is_noted() -> None:
    world = shop()
    outcome = world.order("ann", "60", on=DAY)
    assert outcome is not None
    assert had(world, "ann") == ("61", "30")  # 60 + 60 is cut to 150 % of 60 for all together; one is free
    assert outcome.cuts == [Cut("tenth", 1, 0, 30)]
    outcome = world.order("ann", "100", on=DAY)
    assert outcome is not None
    assert had(world, "ann") == ("122", "30")  # 60 are left of the week's 150, and nothing for the second rule
    assert outcome.cuts == [Cut("weekly", 0, 1, 40), Cut("weekly", 1, 1, 100)]
    assert [lot.granted for lot in world.lots] == [30]


def test_a_cap_begins_anew_with_its_window() -> None:
    world = shop()
    world.order("ann", "300", on=DAY)
    assert had(world, "ann") == ("151", "0")
    world.order("ann", "10", on="2026-03-08")
    assert had(world, "ann") == ("152", "0")
    world.order("ann", "10", on="2026-03-09")
    assert had(world, "ann") == ("163", "10")


def test_what_a_refund_has_taken_back_may_be_given_again() -> None:
    world = shop()
    world.order("ann", "300", on=DAY, id="first")
    world.order("bob", "300", on=DAY)
    world.refund("first", "100", on="2026-03-03")
    world.order("ann", "300", on="2026-03-04")
    assert had(world, "ann") == ("151", "0")  # 150 and one that is free, less a third, rounded up, and again as many
    world.refund("first", on="2026-03-04")
    assert had(world, "ann") == ("51", "0")
    world.order("ann", "300", on="2026-03-05")
    assert had(world, "ann") == ("152", "0")


@dataclass
class Sale:
    """An order, what the capped rules gave for it, and how much of it was taken back."""

    member: str
    day: date
    total: int
    given: list[int]
    refunded: int = 0

    @property
    def kept(self) -> int:
        return sum(each - -(-each * self.refunded // self.total) for each in self.given)


HAPPENINGS = [("order", 1), ("order", 40), ("order", 170), ("refund", 30), ("refund", 100), ("wait", 1), ("wait", 9)]


@laws
@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 20)), min_size=3, max_size=25))
def test_rules_give_all_that_no_cap_cuts_off_and_never_more(happenings: list[tuple[tuple[str, int], int]]) -> None:
    world, today, sales = shop(), date.fromisoformat(DAY), list[Sale]()

    def left(member: str) -> int:
        week, month = today.isocalendar()[:2], (today.year, today.month)
        own = sum(each.kept for each in sales if each.member == member and each.day.isocalendar()[:2] == week)
        this_month = [each for each in sales if (each.day.year, each.day.month) == month]
        budget = sum(each.total - each.refunded for each in this_month) * 3 // 2
        return max(min(150 - own, budget - sum(each.kept for each in this_month)), 0)

    for (kind, size), which in happenings:
        if kind == "wait":
            today += timedelta(days=size)
        elif kind == "order":
            name = sorted(world.members)[which % 2]
            sale = Sale(name, today, size, [])
            sales.append(sale)
            may = left(name)
            outcome = world.order(name, str(size), on=today.isoformat(), id=str(len(sales)))
            assert outcome is not None
            sale.given = [each.quantity for each in outcome.transfers if each.rule in (0, 1)]
            assert sum(sale.given) == min(2 * size, may)
            assert sum(cut.quantity for cut in outcome.cuts) == 2 * size - sum(sale.given)
        elif sales and sales[which % len(sales)].refunded < sales[which % len(sales)].total:
            sale = sales[which % len(sales)]
            amount = -(-(sale.total - sale.refunded) * size // 100)
            world.refund(str(which % len(sales) + 1), str(amount), on=today.isoformat())
            sale.refunded += amount


# --- less what was paid ----------------------------------------------------------------------------------------------

TRUE_UP = """
plan: true-up
title: {en: True-up, zh: 补差}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 2}}
measures: {bought: {sum: order.cash, over: month}}
rules:
  - id: step
    on: order.paid
    grant:
      asset: points
      to: buyer
      amount:
        brackets: [{from: "0", rate: 1%}, {from: "100", rate: 2%}]
        of: buyer.measure.bought
        less_paid: month
"""


def test_a_higher_rate_is_paid_for_the_whole_month_less_what_was_paid() -> None:
    world = World(compiled(TRUE_UP))
    world.join("ann")
    world.order("ann", "60", on=DAY)
    assert world.balance("ann", "points") == "0.60"
    world.order("ann", "60", on="2026-03-31", id="second")
    assert world.balance("ann", "points") == "2.40"
    world.order("ann", "60", on="2026-04-01")
    assert world.balance("ann", "points") == "3.00"
    world.refund("second", on="2026-04-02")
    world.order("ann", "30", on="2026-04-02")
    assert world.balance("ann", "points") == "1.50"


def test_nothing_is_taken_where_more_was_paid_than_is_due() -> None:
    world = World(compiled(TRUE_UP))
    world.join("ann")
    world.order("ann", "120", on=DAY)
    world.adjust("ann", "points", "-2.40", on=DAY)
    world.order("ann", "120", on="2026-04-01", id="second")
    world.order("ann", "10", on="2026-04-02", id="third")
    assert world.balance("ann", "points") == "2.60"
    world.refund("second", "119.90", on="2026-04-03")  # 10.10 at one percent is due, and 0.20 has been left with her
    world.order("ann", "1", on="2026-04-03")
    assert world.balance("ann", "points") == "0.20"


def test_a_world_remembers_nothing_of_what_no_one_looks_at() -> None:
    text = CAPPED[: CAPPED.index("caps:")].replace("  bought", "  unused")
    world = World(compiled(text))
    world.join("ann")
    world.order("ann", "60", on=DAY)
    names = {cell.name.split(":")[0] for cell in world.state.tally.known()}
    assert "earned" not in names
    assert snapshot(world)["cells"]
