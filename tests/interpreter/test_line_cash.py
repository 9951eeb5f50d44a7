"""`line.cash`: what of a line was paid in cash when points have paid a part of the order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.world import World
from rewards.plan.events import Line, OrderPaid

from .worlds import compiled

PLAN = """
plan: shop
title: {{en: Shop, zh: 商店}}
currency: CNY
timezone: UTC
assets:
  points: {{title: {{en: Points, zh: 积分}}, scale: 2, cash_value: "1.00"}}
  stamps: {{title: {{en: Stamps, zh: 印花}}, scale: 2}}
payment: {{asset: points, up_to: 100%}}
rules:
  - id: stamps
    on: order.paid
    when: {when}
    grant: {{asset: stamps, to: buyer, amount: {{rate: "1", of: {{lines: {lines}}}}}}}
"""
TEA = Line(6000, category="tea", quantity=2)
CUPS = Line(3000, category="cups")


def stamps(lines: str, points: str, when: str = "{order.total: {above: '0'}}") -> str:
    world = World(compiled(PLAN.format(lines=lines, when=when)))
    world.join("ann", on="2026-01-01")
    world.adjust("ann", "points", "90", on="2026-01-01")
    paid = [("points", points)] if points else []
    world.order("ann", "90", points=paid, lines=[TEA, CUPS], on="2026-01-02")
    return world.balance("ann", "stamps")


@pytest.mark.parametrize(
    ("lines", "points", "given"),
    [
        ("{sum: line.cash}", "", "90.00"),
        ("{where: {line.category: tea}, sum: line.cash}", "", "60.00"),
        ("{where: {line.category: tea}, sum: line.cash}", "30", "40.00"),  # 60 × 60 ÷ 90
        ("{where: {line.category: tea}, sum: line.cash}", "0.01", "59.99"),  # 60 × 89.99 ÷ 90 = 59.9933…
        ("{where: {line.category: cups}, sum: line.cash}", "0.01", "30.00"),  # 89.99 − 59.99
        ("{sum: line.cash}", "0.01", "89.99"),
        ("{where: {line.category: tea}, sum: line.cash}", "90", "0.00"),
        ("{where: {line.cash: {at_least: '40'}}, sum: line.amount}", "30", "60.00"),
        ("{where: {line.cash: {above: '40'}}, sum: line.amount}", "30", "0.00"),
    ],
)
def test_points_pay_the_lines_in_proportion(lines: str, points: str, given: str) -> None:
    assert stamps(lines, points) == given


@pytest.mark.parametrize(("bound", "given"), [("40", "90.00"), ("40.01", "0.00")])
def test_conditions_compare_the_cash_of_a_line(bound: str, given: str) -> None:
    some = f"{{some_line: {{line.category: tea, line.cash: {{at_least: '{bound}'}}}}}}"
    assert stamps("{sum: line.amount}", "30", some) == given
    together = f"{{lines: {{where: {{line.category: tea}}, sum: line.cash, at_least: '{bound}'}}}}"
    assert stamps("{sum: line.amount}", "30", together) == given


@given(st.lists(st.integers(-500, 10_000), min_size=1, max_size=8), st.integers(0, 10_000))
def test_lines_that_add_up_to_the_order_add_up_to_its_cash(amounts: list[int], points: int) -> None:
    total = sum(amounts)
    if total < points:
        return
    order = OrderPaid("o", 1, total, datetime(2026, 1, 2, tzinfo=UTC), points, lines=tuple(map(Line, amounts)))
    assert sum(line.cash for line in order.paid_lines) == order.cash
    assert [line.amount for line in order.paid_lines] == amounts
    for line in order.paid_lines:
        assert abs(line.cash * total - line.amount * order.cash) < max(total, 1)  # less than one smallest unit off
