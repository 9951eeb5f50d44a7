"""Rules that wait for what is declared when a period is over, and then run as of its end."""

from __future__ import annotations

from datetime import date

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
