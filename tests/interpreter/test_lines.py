"""What an order's lines add up to, as a condition: on orders, refunds, in measures and in `applies_to`."""

from __future__ import annotations

import pytest

from rewards.interpreter.world import World
from rewards.plan.events import Line

from .worlds import compiled

DAY = "2026-03-02"

BASKETS = """
plan: baskets
title: {{en: Baskets, zh: 购物篮}}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {{scale: 0}}
attributes:
  line: {{pv: amount, gift: flag}}
applies_to: {{{applies}}}
measures:
  baskets: {{count: order.paid, when: {{{when}}}}}
rules:
  - {{id: give, on: order.paid, when: {{{when}}}, grant: {{asset: coins, to: buyer, amount: "1"}}}}
  - {{id: less, on: order.refunded, when: {{{when}}}, grant: {{asset: coins, to: sponsor, amount: "1"}}}}
"""
EVERY_ORDER = "order.total: {above: '0'}"


def shop(when: str, applies: str = EVERY_ORDER) -> World:
    world = World(compiled(BASKETS.format(when=when, applies=applies)))
    world.join("ann")
    world.join("bob", sponsor="ann")
    return world


# Tea and coffee come to 90 + 80 − 10 = 160 of 200 in four of five lines, which are 2 + 3 + 1 + 1 pieces.
LINES = (
    Line(9_000, category="tea", quantity=2, attributes={"pv": "7.5"}),
    Line(8_000, category="coffee", quantity=3, attributes={"pv": "2"}),
    Line(-1_000, category="tea"),
    Line(0, category="coffee", attributes={"gift": "true"}),
    Line(4_000, category="cups", attributes={"pv": "4"}),
)
DRINKS = "where: {line.category: {one_of: [tea, coffee]}}"
CONDITIONS = {
    f"lines: {{{DRINKS}, sum: line.amount, at_least: '160'}}": True,
    f"lines: {{{DRINKS}, sum: line.amount, above: '160'}}": False,
    f"lines: {{{DRINKS}, sum: line.quantity, is: 7}}": True,
    f"lines: {{{DRINKS}, sum: line.quantity, below: 7}}": False,
    f"lines: {{{DRINKS}, count: lines, is: 4}}": True,
    f"lines: {{{DRINKS}, count: lines, is_not: 4}}": False,
    f"lines: {{{DRINKS}, sum: line.attributes.pv, at_least: '9.5', at_most: '9.5'}}": True,
    f"lines: {{{DRINKS}, sum: line.attributes.pv, above: '9.5'}}": False,
    f"lines: {{{DRINKS}, sum: line.amount, is: {{rate: 80%, of: order.total}}}}": True,
    f"lines: {{{DRINKS}, sum: line.amount, above: {{rate: 80%, of: order.cash}}}}": False,
    "lines: {where: {line.attributes.gift: true}, count: lines, at_least: 1}": True,
    "lines: {where: {line.category: cakes}, sum: line.amount, is: '0'}": True,
    "lines: {sum: line.amount, is: {of: order.total}}": True,
    "lines: {sum: line.amount, below: {of: order.total}}": False,
    "lines: {sum: line.quantity, one_of: [8, 9]}": True,
    f"not: {{lines: {{{DRINKS}, count: lines, above: 4}}}}": True,
    f"any: [{{lines: {{count: lines, is: 6}}}}, {{all: [{{lines: {{{DRINKS}, count: lines, is: 4}}}}]}}]": True,
}


@pytest.mark.parametrize(("when", "holds"), CONDITIONS.items(), ids=CONDITIONS.keys())
def test_lines_together_decide_of_the_order_its_refund_and_what_is_counted(when: str, holds: bool) -> None:
    world = shop(when)
    world.order("bob", "200", lines=LINES, id="a", on=DAY)
    assert world.balance("bob", "coins") == ("1" if holds else "0")
    assert world.measure("bob", "baskets", on=DAY) == ("1" if holds else "0")
    # a part refund is of the order as it was paid, with all its lines
    world.refund("a", "150", on=DAY)
    assert world.balance("ann", "coins") == ("1" if holds else "0")
    world.refund("a", on=DAY)
    assert world.measure("bob", "baskets", on=DAY) == "0"


@pytest.mark.parametrize(("when", "holds"), CONDITIONS.items(), ids=CONDITIONS.keys())
def test_a_plan_may_be_about_orders_whose_lines_add_up(when: str, holds: bool) -> None:
    world = shop(EVERY_ORDER, applies=when)
    assert (world.order("bob", "200", lines=LINES, on=DAY) is not None) is holds


def test_an_order_without_lines_adds_up_to_nothing() -> None:
    for when, holds in {"sum: line.amount, at_most: '5'": "1", "count: lines, at_least: 1": "0"}.items():
        world = shop(f"lines: {{{when}}}")
        world.order("bob", "200", on=DAY)
        assert world.balance("bob", "coins") == holds, when
