"""Amounts less what other rules have paid, on events and at closes; brackets by a count; growth over last year."""

from __future__ import annotations

from rewards.interpreter.world import World

from .worlds import compiled

HEAD = """
plan: true-up
title: {en: True-up, zh: 补差}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 2}}
"""

ADVANCES = f"""
{HEAD}
measures: {{bought: {{sum: order.cash, over: month}}}}
rules:
  - id: advance
    on: order.paid
    grant: {{asset: points, to: buyer, amount: {{rate: 1%, of: order.cash}}}}
  - id: gift
    on: order.paid
    grant: {{asset: points, to: buyer, amount: "0.10"}}
  - id: rest
    on: month.close
    grant:
      asset: points
      to: member
      amount: {{rate: 3%, of: member.measure.bought, less_paid: {{over: month, by: advance}}}}
"""


def test_a_close_pays_the_rest_of_what_another_rule_has_advanced() -> None:
    world = World(compiled(ADVANCES))
    world.join("ann")
    world.order("ann", "100", on="2026-03-02")
    world.order("ann", "50", on="2026-03-30")
    assert world.balance("ann", "points") == "1.70"
    world.close("2026-03-31")
    # 3 % of 150 in all, the gifts beside
    assert world.balance("ann", "points") == "4.70"
    world.close("2026-04-30")
    assert world.balance("ann", "points") == "4.70"


ON_ORDERS = f"""
{HEAD}
rules:
  - id: welcome
    on: member.joined
    grant: {{asset: points, to: member, amount: "2"}}
  - id: first
    on: order.paid
    grant: {{asset: points, to: buyer, amount: "0.50"}}
  - id: rest
    on: order.paid
    grant:
      asset: points
      to: buyer
      amount: {{rate: 5%, of: order.cash, less_paid: {{over: year, by: [welcome, first]}}}}
"""


def test_an_order_pays_what_is_left_of_what_several_rules_have_paid() -> None:
    world = World(compiled(ON_ORDERS))
    world.join("ann", on="2026-03-01")
    world.order("ann", "40", on="2026-03-02")
    assert world.balance("ann", "points") == "2.50"
    # 5.00 less 2.00, less twice 0.50
    world.order("ann", "100", on="2026-03-03")
    assert world.balance("ann", "points") == "5.00"


FROM_THE_THIRD = f"""
{HEAD}
measures: {{sales: {{count: order.paid, over: month}}}}
rules:
  - id: commission
    on: order.paid
    grant:
      asset: points
      to: buyer
      amount: {{brackets: [{{from: "0", rate: 8%}}, {{from: "3", rate: 10%}}], by: buyer.measure.sales, of: order.cash}}
"""


def test_a_higher_rate_from_the_third_sale_of_the_month_on() -> None:
    world = World(compiled(FROM_THE_THIRD))
    world.join("ann")
    balances = []
    for day in ("2026-03-02", "2026-03-03", "2026-03-04", "2026-04-01"):
        world.order("ann", "10", on=day)
        balances.append(world.balance("ann", "points"))
    assert balances == ["0.80", "1.60", "2.60", "3.40"]


GROWTH = f"""
{HEAD}
measures:
  now: {{sum: order.cash, over: quarter}}
  then: {{sum: order.cash, over: {{period: quarter, years_ago: 1}}}}
rules:
  - id: growth
    on: quarter.close
    when: {{member.measure.now: {{at_least: {{rate: 110%, of: member.measure.then}}, above: "0"}}}}
    grant: {{asset: points, to: member, amount: "1"}}
"""


def test_growth_over_the_same_quarter_of_last_year() -> None:
    world = World(compiled(GROWTH))
    for name, now in (("ann", "109.99"), ("ben", "110")):
        world.join(name, on="2025-01-01")
        world.order(name, "100", on="2025-06-30")
        world.order(name, "900", on="2025-07-01")
        world.order(name, now, on="2026-04-01")
    world.close("2026-06-30")
    assert (world.balance("ann", "points"), world.balance("ben", "points")) == ("0.00", "1.00")
