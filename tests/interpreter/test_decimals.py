"""Numbers with decimals: litres, kilograms and kilowatt hours of orders, their lines, and declared events."""

from __future__ import annotations

import pytest

from rewards.errors import InvalidRequest
from rewards.interpreter.world import World
from rewards.plan.events import Line

from .worlds import compiled

STATION = """
plan: station
title: {{en: Filling station, zh: 加油站}}
currency: CNY
timezone: UTC
assets:
  coins: {{title: {{en: Coins, zh: 金币}}, scale: 2}}
attributes:
  order: {{litres: {{scale: 3}}}}
  line: {{litres: {{scale: 3}}}}
events:
  charge: {{fields: {{kwh: {{scale: 3}}}}}}
measures:
  filled: {{sum: order.attributes.litres, over: month}}
  pumped: {{sum: {{lines: {{sum: line.attributes.litres}}}}, over: month}}
  charged: {{sum: event.kwh, on: event.charge, over: month}}
  longest: {{max: event.kwh, on: event.charge}}
ladders:
  tank: {{measure: order.attributes.litres, levels: [{{name: small, from: "0.001", bonus: "1"}},
    {{name: large, from: "70.123", bonus: "2"}}]}}
  driver: {{measure: member.measure.filled, levels: [{{name: often, from: "100.5"}}]}}
rules:
  - id: coins
    on: order.paid
    when: {when}
    grant: {{asset: coins, to: buyer, amount: {amount}}}
  - id: charged
    on: event.charge
    when: {{event.kwh: {{at_least: "0.5"}}}}
    grant: {{asset: coins, to: member, amount: {{give: "1", per: "0.25", of: event.kwh, whole: true}}}}
"""
DAY = "2026-03-02"
LINES = (Line(60000, attributes={"litres": "50.1"}), Line(40000, attributes={"litres": "20.023"}), Line(100))


def station(when: str = "{order.total: {above: '0'}}", amount: str = '"1"') -> World:
    world = World(compiled(STATION.format(when=when, amount=amount)))
    world.join("ann", on="2026-01-01")
    return world


@pytest.mark.parametrize(
    ("amount", "granted"),
    [
        ("{rate: '1', of: order.attributes.litres}", "70.12"),  # 70.123, rounded down once
        ("{rate: '0.1', of: order.attributes.litres, round: up}", "7.02"),  # 7.0123
        ("{give: '3', per: '0.001', of: order.attributes.litres, cap: '200000'}", "200000.00"),  # of 210 369
        ("{give: '1', per: '10', of: order.attributes.litres, whole: true}", "7.00"),
        ("{brackets: [{from: '0', fixed: '1'}, {from: '70.123', fixed: '5'}], of: order.attributes.litres}", "5.00"),
        ("{brackets: [{from: '0', fixed: '1'}, {from: '70.124', fixed: '5'}], of: order.attributes.litres}", "1.00"),
        ("{times: tank.bonus, of: order.attributes.litres}", "140.24"),  # 2 × 70.123 = 140.246
        ("{rate: '10', of: {lines: {sum: line.attributes.litres}}}", "701.23"),
        (
            "{rate: '1', of: {lines: {where: {line.attributes.litres: {below: 50}}, sum: line.attributes.litres}}}",
            "20.02",
        ),
        ("{rate: '1', of: buyer.measure.pumped}", "70.12"),
    ],
)
def test_amounts_multiply_them_exactly(amount: str, granted: str) -> None:
    world = station(amount=amount)
    world.order("ann", "1001", attributes={"litres": "70.123"}, lines=LINES, on=DAY)
    assert world.balance("ann", "coins") == granted


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ("{order.attributes.litres: '70.123'}", True),
        ("{order.attributes.litres: {is: 70.123}}", True),
        ("{order.attributes.litres: {above: 70.123}}", False),
        ("{order.attributes.litres: {above: 70}}", True),
        ("{order.attributes.litres: {one_of: ['1', '70.1230']}}", True),
        ("{order.attributes.litres: {at_least: {of: buyer.measure.filled}}}", True),
        ("{order.attributes.litres: {above: {rate: 50%, of: buyer.measure.filled}}}", True),
        ("{lines: {sum: line.attributes.litres, is: '70.123'}}", True),
        ("{some_line: {line.attributes.litres: {below: '20.023', above: '0'}}}", False),
        ("{order.level.tank: large}", True),
    ],
)
def test_conditions_compare_them_exactly(when: str, holds: bool) -> None:
    world = station(when)
    world.order("ann", "1001", attributes={"litres": "70.123"}, lines=LINES, on=DAY)
    assert world.balance("ann", "coins") == ("1.00" if holds else "0.00")


def test_measures_sum_them_and_ladders_look_at_the_sum() -> None:
    world = station()
    world.order("ann", "10", attributes={"litres": "70.123"}, on=DAY)
    assert (world.measure("ann", "filled", on=DAY), world.level("ann", "driver", on=DAY)) == ("70.123", None)
    world.order("ann", "10", attributes={"litres": "30.377"}, on=DAY, id="second")
    world.close(DAY)
    assert (world.measure("ann", "filled", on=DAY), world.level("ann", "driver", on=DAY)) == ("100.500", "often")
    world.refund("second", "5", on="2026-03-03")
    assert world.measure("ann", "filled", on=DAY) == "85.312"  # 70.123 + 30.377 ÷ 2, rounded up to what is left


def test_events_may_have_them() -> None:
    world = station()
    world.event("ann", "charge", {"kwh": "10.3"}, on=DAY)
    world.event("ann", "charge", {"kwh": "0.499"}, on=DAY)
    assert (world.balance("ann", "coins"), world.measure("ann", "charged", on=DAY)) == ("41.00", "10.799")
    assert world.measure("ann", "longest", on=DAY) == "10.300"


@pytest.mark.parametrize("text", ["70.1234", "-1", "seventy", "1000000000000.001", ""])
def test_what_is_no_such_number_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        station().order("ann", "10", attributes={"litres": text}, on=DAY)
    assert (refused.value.code, refused.value.pointer) == ("order.attribute-decimal", "/attributes/litres")
