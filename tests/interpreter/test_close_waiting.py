"""Rules that wait for what is declared when a period is over, and then run as of its end."""

from __future__ import annotations

from datetime import date

import pytest

from rewards.interpreter.close_outcome import Waiting
from rewards.interpreter.world import World

from .worlds import compiled

YEARLY = """
plan: yearly
title: {en: Yearly, zh: 年度}
currency: CNY
timezone: Asia/Shanghai
parameters:
  dividend: {declared: year}
  monthly: {value: 1%}
assets: {points: {title: {en: Points, zh: 积分}, scale: 2}}
measures:
  spend: {sum: order.cash, over: year}
  given: {earned: points, over: year}
rules:
  - {id: month, on: month.close, grant: {asset: points, to: member, amount: {rate: $monthly, of: member.measure.spend}}}
  - id: bonus
    on: year.close
    when: {day.month: 12}
    grant: {asset: points, to: member, amount: {rate: $dividend, of: member.measure.spend}}
"""


def bought() -> World:
    world = World(compiled(YEARLY))
    world.join("ann")
    world.order("ann", "100", on="2026-12-30")
    return world


def test_a_rule_runs_at_once_when_its_parameter_has_been_declared() -> None:
    world = bought()
    world.declare("dividend", "2026", "4%")
    outcome = world.close("2026-12-31")
    assert (outcome.waiting, world.balance("ann", "points")) == ([], "5.00")


def test_a_rule_waits_and_runs_later_as_of_the_end_of_its_period() -> None:
    world = bought()
    assert world.close("2026-12-31").waiting == [Waiting("bonus", "dividend", date(2026, 1, 1).toordinal())]
    assert world.balance("ann", "points") == "1.00"
    world.order("ann", "900", on="2027-01-02")
    assert world.close("2027-01-02").waiting == []
    world.declare("dividend", "2026", "4%")
    outcome = world.close("2027-01-03")
    assert (outcome.waiting, world.balance("ann", "points")) == ([], "5.00")
    assert (world.measure("ann", "given", on="2026-12-31"), world.measure("ann", "given", on="2027-01-03")) == (
        "5.00",
        "0.00",
    )
    world.close("2027-01-04")
    assert world.balance("ann", "points") == "5.00"


def test_each_period_waits_for_its_own() -> None:
    world = bought()
    world.close("2026-12-31")
    world.order("ann", "900", on="2027-01-02")
    assert world.close("2027-12-31").waiting == [Waiting("bonus", "dividend", date(2027, 1, 1).toordinal())]
    before = world.balance("ann", "points")
    world.declare("dividend", "2027", "10%")
    world.close("2028-01-01")
    assert (before, world.balance("ann", "points")) == ("10.00", "100.00")
    world.declare("dividend", "2026", "5%")
    world.close("2028-01-02")
    assert world.balance("ann", "points") == "105.00"


def test_what_is_taken_of_a_waiting_rule_waits_with_it() -> None:
    match = "{id: match, on: year.close, share: {source: bonus, generations: ['50%'], grant: points}}"
    world = World(compiled(f"{YEARLY}  - {match}\n"))
    world.join("bob")
    world.join("ann", "bob")
    world.order("ann", "100", on="2026-12-30")
    assert [each.rule for each in world.close("2026-12-31").waiting] == ["bonus", "match"]
    world.declare("dividend", "2026", "4%")
    world.close("2027-01-01")
    assert (world.balance("ann", "points"), world.balance("bob", "points")) == ("5.00", "2.00")


TWO = """
plan: two
title: {en: Two, zh: 两项}
currency: CNY
timezone: Asia/Shanghai
parameters:
  dividend: {declared: year}
  at-once: {declared: year}
assets:
  allotted: {title: {en: Allotted, zh: 分配额}, scale: 2}
  points: {title: {en: Points, zh: 积分}, scale: 2}
measures: {spend: {sum: order.cash, over: year}}
rules:
  - {id: allot, on: year.close, grant: {asset: allotted, to: member, amount: {rate: ALLOT, of: member.measure.spend}}}
  - {id: pay, on: year.close, grant: {asset: points, to: member, amount: {rate: $at-once, of: rules.allot.amount}}}
  - id: rest
    on: year.close
    grant: {asset: points, to: member, amount: {rate: 50%, of: rules.allot.amount, less_paid: {over: day, by: pay}}}
"""


@pytest.mark.parametrize(("allot", "declared"), [("10%", ()), ("$dividend", (("dividend", "2026", "10%"),))])
def test_rules_computed_of_one_another_run_in_the_same_close(
    allot: str, declared: tuple[tuple[str, str, str], ...]
) -> None:
    world = World(compiled(TWO.replace("ALLOT", allot)))
    world.join("ann")
    world.order("ann", "100", on="2026-12-30")
    assert {each.rule for each in world.close("2026-12-31").waiting} == {"allot", "pay", "rest"}
    for each in declared:
        world.declare(*each)
    world.close("2027-01-01")
    assert (world.balance("ann", "allotted"), world.balance("ann", "points")) == ("0.00", "0.00")
    world.declare("at-once", "2026", "20%")
    world.close("2027-01-02")
    # 10 % of 100; 20 % of that, and 50 % of that less the 2.00.
    assert (world.balance("ann", "allotted"), world.balance("ann", "points")) == ("10.00", "5.00")


def test_a_rule_that_is_switched_off_makes_nobody_wait() -> None:
    world = World(
        compiled(
            TWO.replace("ALLOT", "10%")
            .replace("on: year.close, grant: {asset: points", "on: year.close, enabled: false, grant: {asset: points")
            .replace(", less_paid: {over: day, by: pay}", "")
        )
    )
    world.join("ann")
    world.order("ann", "100", on="2026-12-30")
    assert world.close("2026-12-31").waiting == []
    assert (world.balance("ann", "allotted"), world.balance("ann", "points")) == ("10.00", "5.00")


POOLED = """
plan: pooled
title: {en: Pooled, zh: 资金池}
currency: CNY
timezone: Asia/Shanghai
parameters: {dividend: {declared: year}}
assets: {cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}}
pools: {surplus: {title: {en: Surplus, zh: 盈余}}}
measures:
  spend: {sum: order.cash, over: year}
  sales: {sum: order.cash, over: year, of: everybody}
rules:
  - {id: fill, on: year.close, fund: {pool: surplus, amount: {rate: $dividend, of: plan.measure.sales}}}
  - {id: pay, on: year.close, distribute: {pool: surplus, weight: member.measure.spend, pay: cash}}
"""


def test_a_pool_is_paid_out_when_what_fills_it_has_waited() -> None:
    world = World(compiled(POOLED))
    world.join("ann")
    world.join("bob")
    world.order("ann", "300", on="2026-12-30")
    world.order("bob", "100", on="2026-12-30")
    assert [each.rule for each in world.close("2026-12-31").waiting] == ["fill", "pay"]
    world.order("bob", "900", on="2027-01-01")
    world.declare("dividend", "2026", "10%")
    world.close("2027-01-01")
    assert (world.balance("ann", "cash"), world.balance("bob", "cash")) == ("30.00", "10.00")
