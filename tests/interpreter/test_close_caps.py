"""Caps at closes: nobody is given more than a cap allows, and what is cut is cut fairly and said."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.close import close_day
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.plan.model import Plan

from .worlds import Books, check_promises, compiled, laws


def capped(cap: str, rules: str = "", more: str = "") -> Plan:
    """Two rules at every close give 10 % and 20 % of what members have of `base`, under a cap."""
    return compiled(f"""
plan: capped
title: {{en: Capped, zh: 封顶}}
currency: CNY
timezone: Asia/Shanghai
assets:
  base: {{title: {{en: Base, zh: 基数}}, scale: 0}}
  points: {{title: {{en: Points, zh: 积分}}, scale: 0}}
  cash: {{title: {{en: Cash, zh: 现金}}, scale: 2, currency: true}}
pools: {{pot: {{title: {{en: Pot, zh: 池}}}}}}
{more}
caps: {{most: {cap}}}
rules:
  - id: ten
    on: day.close
    grant: {{asset: points, to: member, amount: {{rate: 10%, of: member.balance.base}}}}
  - id: twenty
    on: day.close
    grant: {{asset: points, to: member, amount: {{rate: 20%, of: member.balance.base}}}}
{rules}
""")


def world_of(plan: Plan, *bases: int) -> World:
    world = World(plan)
    for number, base in enumerate(bases):
        world.join(f"m{number}")
        world.give(f"m{number}", "base", str(base))
    return world


def points(world: World) -> list[int]:
    return [int(world.balance(name, "points")) for name in world.members]


def cuts(world: World, day: str = "2026-03-02") -> list[tuple[str, str, list[int], list[int]]]:
    found = world.close(day).cuts
    return [(each.cap, world.plan.rules[each.rule].id, each.member.tolist(), each.quantity.tolist()) for each in found]


def test_a_member_is_given_at_most_the_cap_in_the_rules_order() -> None:
    world = world_of(capped('{rules: [ten, twenty], per: member, over: month, most: "25"}'), 100, 10, 500)
    assert cuts(world) == [("most", "ten", [3], [25]), ("most", "twenty", [1, 3], [5, 100])]
    assert points(world) == [25, 3, 25]
    world.close("2026-03-31")
    assert points(world) == [25, 6, 25]
    world.close("2026-04-01")
    assert points(world) == [50, 9, 50]


def test_a_budget_cuts_the_rule_that_exceeds_it_for_all_alike() -> None:
    world = world_of(capped('{rules: [ten, twenty], per: plan, over: month, most: "100"}'), 100, 300)
    assert cuts(world) == [("most", "twenty", [0], [20])]  # of 80 there are 60 left: 15 and 45
    assert points(world) == [25, 75]
    assert cuts(world, "2026-03-03") == [("most", "ten", [0], [40]), ("most", "twenty", [0], [80])]


def test_a_budget_can_be_part_of_a_measure() -> None:
    measures = "measures: {sold: {sum: order.cash, of: everybody, over: day}}"
    cap = "{rules: [ten, twenty], per: plan, over: day, most: {rate: 40%, of: plan.measure.sold}}"
    world = world_of(capped(cap, more=measures), 1000)
    world.order("m0", "500", on="2026-03-02")
    world.close("2026-03-02")
    assert points(world) == [200]


def test_all_rules_of_a_budget_can_be_cut_alike() -> None:
    cap = '{rules: [ten, twenty], per: plan, over: month, most: "100", excess: pro_rata}'
    more = (
        "  - {id: after, on: day.close, grant: {asset: base, to: member, amount: {rate: 100%, of: rules.ten.amount}}}"
    )
    world = world_of(capped(cap, more), 100, 300)
    # 40 and 80 are wanted, 100 may be given: 10 × 100 ÷ 120 and so on, each rounded down
    assert cuts(world) == [("most", "ten", [0], [40 - 8 - 25]), ("most", "twenty", [0], [80 - 16 - 50])]
    assert points(world) == [24, 75]
    assert [world.balance(name, "base") for name in ("m0", "m1")] == ["108", "325"]


def test_all_rules_of_a_cap_can_be_cut_alike_for_each_member() -> None:
    cap = '{rules: [ten, twenty], per: member, over: month, most: "20", excess: pro_rata}'
    world = world_of(capped(cap), 100, 50)
    assert cuts(world) == [("most", "ten", [1], [4]), ("most", "twenty", [1], [7])]
    assert points(world) == [19, 15]


def test_until_payments_are_cut_a_rule_between_sees_what_was_wanted() -> None:
    cap = '{rules: [ten, last], per: plan, over: month, most: "10", excess: pro_rata}'
    more = """
  - {id: between, on: day.close, grant: {asset: base, to: member, amount: {rate: 100%, of: rules.ten.amount}}}
  - {id: last, on: day.close, grant: {asset: points, to: member, amount: {rate: 10%, of: member.balance.base}}}
"""
    world = world_of(capped(cap, more), 100)
    world.close("2026-03-02")
    assert world.balance("m0", "base") == "110"
    assert points(world) == [20 + 4 + 5]  # `last` wants 11 of the base by then, and 21 have to make do with 10


def test_a_pool_keeps_what_a_cap_has_cut_until_it_is_returned() -> None:
    cap = '{rules: [pay], per: plan, over: month, most: "10", excess: pro_rata}'
    more = "  - {id: pay, on: day.close, distribute: {pool: pot, weight: member.balance.base, pay: cash}}"
    world = world_of(capped(cap, more), 100, 300)
    world.fill_pool("pot", "20")
    world.close("2026-03-02")
    assert [world.balance(name, "cash") for name in ("m0", "m1")] == ["2.50", "7.50"]
    assert world.pool("pot") == "10.00"


def test_a_cap_that_stops_has_the_close_refused_until_it_is_approved() -> None:
    plan = capped('{rules: [ten, twenty], per: plan, over: month, most: "100", excess: stop}')
    world = world_of(plan, 100, 300)
    with pytest.raises(Refused, match="with it 120 of points would be given, more than 100"):
        world.close("2026-03-02")
    assert (points(world), world.closed_through) == ([0, 0], None)
    outcome = close_day(plan, gather(world, date(2026, 3, 2)), date(2026, 3, 2), frozenset({"most"}))
    assert sum(int(block.quantity.sum()) for block in outcome.blocks) == 120
    assert outcome.cuts == []


def test_a_cap_for_each_member_can_stop_a_close_too() -> None:
    world = world_of(capped('{rules: [ten], per: member, over: month, most: "20", excess: stop}'), 100, 210)
    with pytest.raises(Refused, match="with it 21 of points"):
        world.close("2026-03-02")
    world_of(capped('{rules: [ten], per: member, over: month, most: "21", excess: stop}'), 210).close("2026-03-02")


def test_an_amount_can_be_made_up_to_what_is_due() -> None:
    plan = compiled("""
plan: true-up
title: {en: True up, zh: 补差}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
measures: {spend: {sum: order.cash, over: month}}
rules:
  - id: bonus
    on: day.close
    grant: {asset: points, to: member, amount: {rate: 10%, of: member.measure.spend, less_paid: month}}
""")
    world = World(plan)
    world.join("ann")
    for day, spent, due in (("2026-03-02", "100", "10"), ("2026-03-03", "50", "15"), ("2026-04-01", "20", "17")):
        world.order("ann", spent, on=day)
        world.close(day)
        assert world.balance("ann", "points") == due


@laws
@given(
    per=st.sampled_from(["member", "plan"]),
    excess=st.sampled_from(["by_order", "pro_rata"]),
    most=st.integers(1, 60),
    bases=st.lists(st.integers(0, 200), min_size=1, max_size=5),
    days=st.lists(st.integers(0, 20), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_caps_are_never_exceeded(per: str, excess: str, most: int, bases: list[int], days: list[int]) -> None:
    cap = f'{{rules: [ten, twenty], per: {per}, over: month, most: "{most}", excess: {excess}}}'
    world = World(capped(cap))
    books, given_in = Books(world.plan), Counter[tuple[int, int]]()
    for number, base in enumerate(bases):
        world.join(f"m{number}")
        if base:
            books.take(world.adjust(f"m{number}", "base", str(base), on="2026-03-20"))
    for number in days:
        day = date(2026, 3, 20) + timedelta(days=number)
        before = points(world)
        outcome = world.close(day)
        books.take(outcome)
        check_promises(world, books)
        cut = Counter[int]()
        for each in outcome.cuts:
            cut.update(dict(zip(each.member.tolist(), each.quantity.tolist(), strict=True)))
        gained = [now - then for now, then in zip(points(world), before, strict=True)]
        wanted = [base // 10 + base // 5 for base in bases]
        assert sum(wanted) == sum(gained) + cut.total()
        for member, quantity in enumerate(gained):
            given_in[day.month, member if per == "member" else 0] += quantity
    assert max(given_in.values()) <= most
