"""Small plans for the tests of this room, and how they are loaded."""

from __future__ import annotations

from typing import Any

import yaml

from rewards.actions import vocabulary
from rewards.plan.diagnostics import Severity
from rewards.plan.load import Loaded, load_plan
from rewards.plan.model import Plan

HEAD = """\
plan: shop
title: {en: Shop, zh: 商店}
currency: CNY
timezone: Asia/Shanghai
"""

POINTS = """\
assets:
  points: {scale: 2}
"""


def load(text: str) -> Loaded:
    return load_plan(text, "shop.yaml", vocabulary())


def compiled(text: str) -> Plan:
    """The plan of a text without errors."""
    loaded = load(text)
    assert [each.render() for each in loaded.diagnostics if each.severity is Severity.ERROR] == []
    assert loaded.plan is not None
    return loaded.plan


def codes(text: str) -> list[str]:
    """What is found in a text: the codes, in the order of the file."""
    return [each.code for each in load(text).diagnostics]


def order_rule(amount: Any = "1", when: Any = None) -> str:
    """A plan with one rule, which grants points to the buyer of an order."""
    rule = {"id": "gift", "on": "order.paid", "grant": {"asset": "points", "to": "buyer", "amount": amount}}
    return _with_rule(rule, when)


def close_rule(amount: Any = "1", when: Any = None) -> str:
    """A plan with one rule, which grants points to members at day close."""
    rule = {"id": "gift", "on": "day.close", "grant": {"asset": "points", "to": "member", "amount": amount}}
    return _with_rule(rule, when)


def _with_rule(rule: dict[str, Any], when: Any) -> str:
    if when is not None:
        rule["when"] = when
    rank = """\
ladders:
  rank: {measure: member.sales, levels: [{name: low, from: "10", bonus: 1%}, {name: high, above: "100", bonus: "1.5"}]}
  size: {measure: order.cash, levels: [{name: small, from: "0", bonus: 2%}, {name: big, from: "500", bonus: 1/7}]}
""".replace("1/7", '"0.3333"')
    # the dumper quotes what would be no text otherwise, and writes no aliases as every part is new
    return HEAD + POINTS + rank + yaml.safe_dump({"rules": [rule]}, allow_unicode=True, sort_keys=False)
