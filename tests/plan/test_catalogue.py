"""Rewards as they are read: what they cost, how many there are, and who can have them when."""

from __future__ import annotations

from datetime import date

import pytest

from rewards.plan.catalogue import Reward
from rewards.plan.fields import Kind
from rewards.plan.windows import FOR_EVER, Span, Window

from .plans import HEAD, codes, compiled

SHOP = (
    HEAD
    + """\
assets:
  points: {scale: 2}
  stars: {scale: 0}
parameters:
  dear: {value: "300"}
tags:
  vip: {}
events:
  visit: {}
rules:
  - id: gift
    on: order.paid
    grant: {asset: points, to: buyer, amount: "1"}
  - id: star
    on: order.paid
    when: {buyer.tag.vip: true}
    grant: {asset: stars, to: buyer, amount: "1"}
  - id: visitor
    on: event.visit
    grant: {asset: points, to: member, amount: "1"}
rewards:
"""
)


def reward(text: str) -> Reward:
    return compiled(SHOP + f"  mug: {text}\n").rewards["mug"]


def test_a_price_is_in_smallest_units_of_each_asset() -> None:
    assert reward('{price: {points: "1.50", stars: "3"}}').price == {"points": 150, "stars": 3}


def test_a_price_may_be_a_parameter() -> None:
    assert reward("{price: {points: $dear}}").price == {"points": 30000}


def test_without_more_there_is_no_end_of_it_at_any_time_for_anybody() -> None:
    found = reward('{price: {points: "1"}}')
    assert (found.stock, found.codes, found.most, found.when) == (None, False, None, None)
    assert (found.first, found.last) == (FOR_EVER, date.max.toordinal())


def test_everything_that_can_be_said() -> None:
    found = reward(
        '{title: {en: Mug, zh: 马克杯}, price: {points: "1"}, stock: 10, per_member: {most: 2, over: month}, '
        "from: 2026-03-01, through: 2026-03-31, when: {member.tag.vip: true}}"
    )
    assert found.title["zh"] == "马克杯"
    assert (found.stock, found.most, found.window) == (10, 2, Window(Span.MONTH))
    assert (date.fromordinal(found.first), date.fromordinal(found.last)) == (date(2026, 3, 1), date(2026, 3, 31))
    assert found.when is not None
    assert [field.kind for field in found.when.fields()] == [Kind.FLAG]


def test_one_day_is_enough() -> None:
    found = reward('{price: {points: "1"}, from: 2026-03-01, through: 2026-03-01}')
    assert found.first == found.last


def test_a_window_that_begins_with_an_event_has_it_counted() -> None:
    plan = compiled(SHOP + '  mug: {price: {points: "1"}, per_member: {most: 1, over: {since: event.visit}}}\n')
    assert "since:event.visit" in plan.streams


def test_a_price_makes_use_of_an_asset() -> None:
    # No rule gives pearls, which the reward costs: that is said of the reward, and not that nothing uses them.
    text = SHOP.replace("assets:\n", "assets:\n  pearls: {scale: 0}\n")
    found = codes(text + '  mug: {price: {pearls: "1", points: $dear}}\n')
    assert found == ["plan.reward-never-held"]


@pytest.mark.parametrize("first", ["coins", "points"])
def test_what_is_said_of_one_price_does_not_hide_the_other(first: str) -> None:
    other = "points" if first == "coins" else "coins"
    found = codes(SHOP + f'  mug: {{price: {{{first}: "1", {other}: "1"}}}}\n')
    assert [code.removesuffix(".did-you-mean") for code in found] == ["plan.unknown-asset"]
