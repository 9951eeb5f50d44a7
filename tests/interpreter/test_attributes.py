"""Declared attributes of orders and lines in rules: conditions, amounts, ladders, measures, refunds and refusals."""

from __future__ import annotations

import pytest

from rewards.errors import InvalidRequest
from rewards.interpreter.world import World
from rewards.plan.events import Line

from .worlds import compiled

DAY = "2026-03-02"

POINTS_VALUE = """
plan: volume
title: {{en: Volume, zh: 业绩}}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {{scale: 2}}
attributes:
  order: {{pv: amount, litres: number, gift: flag, shop: text}}
  line: {{bv: amount, refills: number, kit: flag}}
applies_to: {{order.attributes.gift: false}}
ladders:
  size:
    measure: order.attributes.pv
    levels: [{{name: small, from: "10", bonus: "1"}}, {{name: large, from: "100", bonus: "2"}}]
measures:
  volume: {{sum: order.attributes.pv}}
  largest: {{max: {{lines: {{where: {{line.attributes.kit: false}}, sum: line.attributes.bv}}}}}}
  shops: {{distinct: order.attributes.shop}}
rules:
  - {{id: give, on: order.paid, when: {when}, grant: {{asset: coins, to: buyer, amount: {amount}}}}}
"""

LINES = (
    Line(9000, category="tea", attributes={"bv": "80.50", "refills": "3"}),
    Line(1000, category="cup", attributes={"bv": "20", "kit": "true"}),
    Line(0),
)
SENT = {"pv": "120.5", "litres": "12", "shop": "north", "free": "text"}


def world(when: str = "{order.total: {above: '0'}}", amount: str = '"1"') -> World:
    found = World(compiled(POINTS_VALUE.format(when=when, amount=amount)))
    found.join("ann")
    return found


CONDITIONS = {
    "{order.attributes.pv: {at_least: '120.5', at_most: '120.50'}}": True,
    "{order.attributes.pv: {above: '99', below: '120.5'}}": False,
    "{order.attributes.litres: {one_of: [11, 12]}}": True,
    "{order.attributes.litres: {below: 9}}": False,
    "{order.attributes.gift: true}": False,
    "{order.attributes.shop: north}": True,
    "{order.attributes.free: text}": True,
    "{order.attributes.nothing: ''}": True,
    "{some_line: {line.attributes.bv: '80.5'}}": True,
    "{every_line: {line.attributes.bv: {at_least: '20'}}}": False,
    "{some_line: {line.attributes.refills: {above: 2}, line.attributes.kit: false}}": True,
    "{some_line: {line.attributes.refills: {above: 2}, line.attributes.kit: true}}": False,
    "{order.level.size: large}": True,
    "{buyer.measure.volume: {is: '120.5'}}": True,
    "{buyer.measure.largest: {is: '80.5'}}": True,
    "{buyer.measure.shops: 1}": True,
}


@pytest.mark.parametrize(("when", "holds"), CONDITIONS.items(), ids=CONDITIONS.keys())
def test_conditions_compare_attributes_as_what_they_are(when: str, holds: bool) -> None:
    shop = world(when)
    shop.order("ann", "100", lines=LINES, attributes=SENT, on=DAY)
    assert shop.balance("ann", "coins") == ("1.00" if holds else "0.00")


AMOUNTS = {
    "{rate: 10%, of: order.attributes.pv}": "12.05",
    "{give: '1', per: '5', of: order.attributes.litres, whole: true}": "2.00",
    "{times: size.bonus, of: order.attributes.pv}": "241.00",
    "{brackets: [{from: '0', rate: 10%}, {from: '100', rate: 20%}], of: order.attributes.pv}": "24.10",
    "{rate: 10%, of: {lines: {where: {line.attributes.kit: false}, sum: line.attributes.bv}}}": "8.05",
    "{rate: '1', of: {lines: {where: {line.amount: {at_least: '0'}}, sum: line.attributes.refills}}}": "3.00",
    "{rate: 10%, of: order.cash, cap: '9'}": "9.00",
}


@pytest.mark.parametrize(("amount", "granted"), AMOUNTS.items(), ids=AMOUNTS.keys())
def test_amounts_are_taken_of_attributes(amount: str, granted: str) -> None:
    shop = world(amount=amount)
    shop.order("ann", "100", lines=LINES, attributes=SENT, on=DAY)
    assert shop.balance("ann", "coins") == granted


def test_an_order_without_the_attributes_has_none_of_it() -> None:
    shop = world(amount="{rate: 10%, of: order.attributes.pv}")
    assert shop.order("ann", "100", on=DAY) is not None
    assert shop.balance("ann", "coins") == "0.00"


def test_a_plan_may_be_about_orders_with_an_attribute() -> None:
    shop = world()
    assert shop.order("ann", "100", attributes={"gift": "true"}, on=DAY) is None
    assert shop.order("ann", "100", attributes={"gift": "false"}, on=DAY) is not None


def test_a_refund_takes_its_part_of_what_the_attributes_gave() -> None:
    shop = world("{buyer.measure.volume: {at_least: '0.01'}}", "{rate: 10%, of: order.attributes.pv}")
    shop.order("ann", "100", attributes=SENT, on=DAY, id="first")
    shop.refund("first", "25", on=DAY)
    # a quarter of 12.05 is 3.0125; 3.02 go back
    assert shop.balance("ann", "coins") == "9.03"
    shop.order("ann", "1", attributes={"pv": "0.01"}, on=DAY)
    assert (
        shop.measure("ann", "volume", on=DAY) == "90.39"
    )  # 120.50 - 30.125, rounded, and the 0.01 of the second order
    shop.refund("first", on=DAY)
    assert shop.balance("ann", "coins") == "0.00"
    assert shop.measure("ann", "volume", on=DAY) == "0.01"


@pytest.mark.parametrize(
    ("attributes", "lines", "code", "pointer"),
    [
        ({"pv": "1.005"}, (), "order.attribute-amount", "/attributes/pv"),
        ({"pv": "-1"}, (), "order.attribute-amount", "/attributes/pv"),
        ({"litres": "1.5"}, (), "order.attribute-number", "/attributes/litres"),
        ({"gift": "yes"}, (), "order.attribute-flag", "/attributes/gift"),
        ({}, (Line(1), Line(1), Line(1, attributes={"bv": "much"})), "order.attribute-amount",
         "/lines/2/attributes/bv"),
        ({"pv": "1"}, (Line(1, attributes={"kit": ""}),), "order.attribute-flag", "/lines/0/attributes/kit"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_and_leaves_nothing(
    attributes: dict[str, str], lines: tuple[Line, ...], code: str, pointer: str
) -> None:
    shop = world()
    with pytest.raises(InvalidRequest) as refusal:
        shop.order("ann", "100", attributes=attributes, lines=lines, on=DAY)
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)
    name = pointer.rpartition("/")[2]
    for language in ("en", "zh"):
        assert f".attributes.{name}" in refusal.value.text(language)
    assert (shop.balance("ann", "coins"), shop.last) == ("0.00", None)


def test_attributes_that_are_not_declared_may_be_anything() -> None:
    shop = world()
    line = Line(1, attributes={"pv": "much", "gift": "yes"})
    assert shop.order("ann", "100", attributes={"bv": "-1", "kit": "?"}, lines=(line,), on=DAY) is not None
