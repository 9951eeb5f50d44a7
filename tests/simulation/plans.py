"""Plans to simulate: the shipped ones with changes, and one of the loop's shape that uses all of its amounts."""

from __future__ import annotations

from rewards.plan.model import Plan
from tests.interpreter.worlds import shipped

SPONSORS_EARN = ("enabled: false", "enabled: true")
SMALL_SUPPLY = ('supply: "100000000"', 'supply: "300"')
SMALL_QUOTA = ('value: "2"}', 'value: "0.4"}')
TINY_QUOTA = ('value: "2"}', 'value: "0.25"}')
NO_FEE = ("zh: 留在资金池的手续费}, value: 10%", "zh: 留在资金池的手续费}, value: 0%")

OTHER = """
plan: shares
title: {en: Shares, zh: 份额}
currency: CNY
timezone: Europe/Berlin
assets:
  room: {scale: 2}
  share: {scale: 3, priced: {pool: base, issue_price: "0.37"}}
  points: {scale: 0}
  euro: {scale: 2, currency: true}
pools: {other: {}, base: {}}
rules:
  - {id: welfare, on: order.paid, fund: {pool: other, amount: {rate: 3.7%, of: order.total, round: up, cap: "2"}}}
  - {id: fixed, on: order.paid, fund: {pool: base, amount: "0.07"}}
  - id: back
    on: order.paid
    fund: {pool: base, amount: {rate: 14.2857%, of: order.cash, round: half_up, min: "0.50"}}
  - {id: brought, on: order.paid, grant: {asset: share, to: sponsor, worth: {rate: 33.333%, of: rules.back.amount}}}
  - {id: bought, on: order.paid, grant: {asset: share, to: buyer, worth: {rate: 66.667%, of: rules.back.amount}}}
  - {id: points, on: order.paid, grant: {asset: points, to: sponsor, amount: {per: "10", of: order.cash, give: "3"}}}
  - {id: room, on: order.paid, grant: {asset: room, to: buyer, amount: {rate: "0.15", of: order.cash}}}
  - {id: more, on: order.paid, grant: {asset: room, to: sponsor, amount: {rate: "0.5", of: rules.room.amount}}}
  - {id: sell, on: redeem, redeem: {asset: share, fee: 14.28571%, pay: euro}}
  - {id: out, on: price.rises, exit: {asset: share, quota: room, fee: 5%, pay: euro}}
"""


def token(*changes: tuple[str, str]) -> Plan:
    """The shipped plan with a priced asset."""
    return shipped("appreciating-token", *changes)
