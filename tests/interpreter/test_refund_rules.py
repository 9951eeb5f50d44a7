"""Rules on order.refunded: what a plan does beside taking the order back."""

from __future__ import annotations

from rewards.interpreter.world import World

from .worlds import compiled

PLAN = """
plan: consolation
title: {en: Consolation, zh: 退款慰问}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 2}
pools:
  handling: {title: {en: Handling, zh: 手续费}}
rules:
  - id: grant
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: 10%, of: order.cash}}
  - id: consolation
    on: order.refunded
    when: {refund.amount: {at_least: "50"}}
    grant: {asset: points, to: buyer, amount: {rate: 2%, of: refund.amount}}
  - id: handling
    on: order.refunded
    fund: {pool: handling, amount: {rate: 5%, of: refund.amount}}
  - id: empty
    on: day.close
    distribute: {pool: handling, weight: member.balance.points, pay: cash}
"""


def a_shop() -> World:
    world = World(compiled(PLAN))
    world.join("ann")
    world.order("ann", "1000", on="2026-01-01", id="first")
    return world


def test_a_refund_is_taken_back_and_then_consoled() -> None:
    world = a_shop()
    world.refund("first", "400", on="2026-01-02")
    # 100 points for 1,000; 40 of them go with 400; 2 % of 400 are 8.
    assert world.balance("ann", "points") == "68.00"
    assert world.pool("handling") == "20.00"


def test_the_condition_sees_the_refunded_amount() -> None:
    world = a_shop()
    world.refund("first", "49.99", on="2026-01-02")
    # 10 % of 49.99 is 4.999: what is taken back is rounded up to 5.00, and there is no consolation below 50.
    assert world.balance("ann", "points") == "95.00"
    # 5 % of 49.99 is 2.4995, rounded down.
    assert world.pool("handling") == "2.49"
