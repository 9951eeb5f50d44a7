"""Declared attributes of orders and lines: which texts are values of which kinds, and where their fields may stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.actions import vocabulary
from rewards.money import format_amount
from rewards.plan.attributes import MOST, attribute_value, parse_attribute
from rewards.plan.fields import DeclaredField, Field, Kind
from rewards.plan.load import load_plan
from rewards.plan.model import Plan

PLAN = """
plan: shop
title: {{en: Shop, zh: 商店}}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {{scale: 2}}
attributes: {attributes}
measures:
  volume: {{sum: {volume}, over: month}}
rules:
  - id: points
    on: order.paid
    grant: {{asset: points, to: buyer, amount: {{rate: 1%, of: {volume}}}}}
  - id: more
    on: order.paid
    grant: {{asset: points, to: buyer, amount: {{rate: 1%, of: buyer.measure.volume}}}}
"""


def compiled(attributes: str, volume: str) -> Plan:
    loaded = load_plan(PLAN.format(attributes=attributes, volume=volume), "shop.yaml", vocabulary())
    assert loaded.plan, [each.render() for each in loaded.diagnostics]
    return loaded.plan


READ = {
    ("12.5", Kind.AMOUNT): 1250,
    ("0", Kind.AMOUNT): 0,
    ("12.500", Kind.AMOUNT): 1250,
    (f"{MOST}", Kind.AMOUNT): MOST * 100,
    (f"{MOST}.01", Kind.AMOUNT): None,
    ("12.505", Kind.AMOUNT): None,
    ("-0.01", Kind.AMOUNT): None,
    ("", Kind.AMOUNT): None,
    ("1e3", Kind.AMOUNT): None,
    ("٣", Kind.AMOUNT): None,
    ("9" * 31, Kind.AMOUNT): None,
    ("12", Kind.NUMBER): 12,
    (f"{MOST}", Kind.NUMBER): MOST,
    (f"{MOST + 1}", Kind.NUMBER): None,
    ("12.5", Kind.NUMBER): None,
    ("-1", Kind.NUMBER): None,
    (" 1", Kind.NUMBER): None,
    ("true", Kind.FLAG): True,
    ("false", Kind.FLAG): False,
    ("True", Kind.FLAG): None,
    ("1", Kind.FLAG): None,
    ("", Kind.TEXT): "",
    ("12.5", Kind.TEXT): "12.5",
}


@pytest.mark.parametrize(("written", "value"), READ.items())
def test_a_text_is_a_value_of_its_kind_or_none(written: tuple[str, Kind], value: object) -> None:
    text, kind = written
    found = parse_attribute(text, kind, 2 if kind is Kind.AMOUNT else 0)
    assert (found, type(found)) == (value, type(value))


@given(units=st.integers(0, MOST), scale=st.integers(0, 6))
def test_every_amount_is_read_as_it_is_written(units: int, scale: int) -> None:
    assert parse_attribute(format_amount(units, scale), Kind.AMOUNT, scale) == units
    assert parse_attribute(format_amount(units * 10 + 1, scale + 1), Kind.AMOUNT, scale) is None


@pytest.mark.parametrize(
    ("kind", "nothing"), {Kind.AMOUNT: 0, Kind.NUMBER: 0, Kind.FLAG: False, Kind.TEXT: ""}.items(), ids=str
)
def test_what_is_not_there_or_cannot_be_read_is_nothing(kind: Kind, nothing: object) -> None:
    field = Field("order.attributes.pv", "order", "attributes", "pv", kind, 2)
    assert attribute_value({}, field) == nothing
    assert attribute_value({"pv": ""}, field) == nothing


def test_a_plan_knows_the_kinds_of_its_attributes() -> None:
    plan = compiled("{order: {pv: amount}, line: {pv: number}}", "order.attributes.pv").attributes
    assert plan == {"order": {"pv": DeclaredField("pv", Kind.AMOUNT)}, "line": {"pv": DeclaredField("pv", Kind.NUMBER)}}


@pytest.mark.parametrize(
    ("kind", "volume", "scale"),
    [
        ("amount", "order.attributes.pv", 2),
        ("number", "order.attributes.pv", 0),
        ("amount", "{lines: {where: {line.category: tea}, sum: line.attributes.pv}}", 2),
        ("number", "{lines: {where: {line.category: tea}, sum: line.attributes.pv}}", 0),
    ],
)
def test_a_measure_counts_in_units_of_the_kind(kind: str, volume: str, scale: int) -> None:
    root = "line" if "lines" in volume else "order"
    measure = compiled(f"{{{root}: {{pv: {kind}}}}}", volume).measures["volume"]
    assert (measure.scale, measure.amount) == (scale, kind == "amount")


def test_attributes_of_another_kind_are_counted_apart() -> None:
    keys = set()
    for kind in ("amount", "number"):
        keys |= set(compiled(f"{{order: {{pv: {kind}}}}}", "order.attributes.pv").streams)
        of_lines = "{lines: {where: {line.sku: x}, sum: line.attributes.pv}}"
        keys |= set(compiled(f"{{line: {{pv: {kind}}}}}", of_lines).streams)
    assert len(keys) == 4
