"""An explanation names the level a rule saw, whatever became of it at the end of the same close."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.services import holdings, tagging
from rewards.services.explain import explain
from rewards.services.requests import TagRequest

from .shop import MONDAY, TUESDAY, Shop, changed

CLUB = """
plan: club
title: {en: Club, zh: 会}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0}
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
pools: {pot: {title: {en: Pot, zh: 池}}}
tags: {guest: {title: {en: Guest, zh: 来宾}}}
ladders:
  rank:
    title: {en: Rank, zh: 等级}
    measure: member.balance.points
    evaluated: EVALUATED
    lasts: LASTS
    floors: {guest: silver}
    levels:
      - {name: silver, title: {en: Silver, zh: 银}, from: "1", share: 40%}
      - {name: gold, title: {en: Gold, zh: 金}, from: "10", share: 60%}
rules:
  - {id: ten, on: order.paid, grant: {asset: points, to: buyer, amount: "10"}}
  - {id: fill, on: day.close, fund: {pool: pot, amount: "100"}}
  - id: rank-pay
    on: day.close
    distribute: {pool: pot, share: rank.share, pay: cash, undistributed: platform}
  - {id: used-up, on: day.close, take: {asset: points, amount: "10"}}
"""


def club(shop: Shop, evaluated: str, lasts: str) -> Shop:
    shop.activate(changed(CLUB, ("EVALUATED", evaluated), ("LASTS", lasts)))
    shop.join("ann", "ben")
    return shop


def level_named(shop: Shop, member: str) -> list[str]:
    """For each payment to a member, newest first, the level its explanation names."""
    lines = [each for each in holdings.statement_of(shop.platform, member, None, 50).items if each.rule == "rank-pay"]
    return [
        explain(shop.platform, line.transfer).steps[1].text["en"].partition(": ")[2].split(";")[0] for line in lines
    ]


@pytest.mark.parametrize(
    ("evaluated", "lasts"),
    [("day", "{days: 1}"), ("day", "evaluation"), ("at_once", "{days: 1}"), ("afterwards", "{days: 1}")],
)
def test_who_rises_at_a_close_whose_rules_use_up_what_was_reached(small_shop: Shop, evaluated: str, lasts: str) -> None:
    """Ann's 10 points make her gold for the close, which takes them; where the level lasts a day it falls at once."""
    club(small_shop, evaluated, lasts)
    small_shop.buy("o1", "ann", "1")
    small_shop.close(MONDAY)
    small_shop.buy("o2", "ann", "1", TUESDAY)
    small_shop.close(TUESDAY)
    assert level_named(small_shop, "ann") == ["gold 60% ÷ 1", "gold 60% ÷ 1"]


@pytest.mark.parametrize(("lasts", "paid"), [("evaluation", ["gold 60% ÷ 1"]), ("{days: 2}", ["gold 60% ÷ 1"] * 2)])
def test_who_falls_before_the_rules_and_who_after_them(small_shop: Shop, lasts: str, paid: list[str]) -> None:
    """Her points used up, ann falls at Tuesday's close: before the rules that pay, or after them on her last day."""
    club(small_shop, "day", lasts)
    small_shop.buy("o1", "ann", "1")
    small_shop.close(MONDAY, TUESDAY, TUESDAY + timedelta(days=1))
    assert level_named(small_shop, "ann") == paid


def test_a_tag_that_lifts_a_member_is_that_of_the_day(shop: Shop) -> None:
    club(shop, "day", "{days: 1}")
    platform = shop.platform
    tagging.give_tag(platform, TagRequest("ann", "guest", MONDAY, TUESDAY))
    tagging.give_tag(platform, TagRequest("ben", "guest", TUESDAY, None))
    shop.close(MONDAY, TUESDAY, TUESDAY + timedelta(days=1))
    assert level_named(shop, "ann") == ["silver 40% ÷ 2", "silver 40% ÷ 1"]
    assert level_named(shop, "ben") == ["silver 40% ÷ 1", "silver 40% ÷ 2"]
    tagging.give_tag(platform, TagRequest("ann", "guest", MONDAY, MONDAY))
    assert level_named(shop, "ann") == ["silver 40% ÷ 2", "silver 40% ÷ 1"]
