"""The whole vocabulary on the books: what the interpreter does in memory, to the last unit and the last cell."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from rewards.services.replay import replay

from .lives import Whole
from .shop import RULES, Shop, moment

EXAMPLES = sorted(path.stem for path in (RULES / "examples").glob("*.yaml") if ".test" not in path.name)

EVERYTHING = """
plan: everything
title: {en: Everything, zh: 全部}
currency: CNY
timezone: Asia/Shanghai
events:
  stay: {title: {en: Stay, zh: 入住}, fields: {nights: number, spend: amount, hotel: text, suite: flag}}
  review: {title: {en: Review, zh: 评价}}
tags:
  vip: {title: {en: VIP, zh: 贵宾}}
  offer: {title: {en: Offer, zh: 活动}}
  regular: {title: {en: Regular, zh: 常客}}
parameters:
  dividend: {declared: week}
  rate: {values: [{from: 2026-01-01, value: 5%}, {from: 2026-03-20, value: 8%}]}
assets:
  cash: {title: {en: Cash, zh: 现金}, currency: true, scale: 2}
  points: {title: {en: Points, zh: 积分}, scale: 2, cash_value: "1.00", expires: {days: 9, notice_days: 4}}
  miles: {title: {en: Miles, zh: 里程}, scale: 0, expires: {days: 12, inactive: true, spend_first: newest}}
  stamps: {title: {en: Stamps, zh: 印花}, scale: 0}
  bonus: {title: {en: Bonus, zh: 奖励}, scale: 2, lots: {start_after_days: 2}, expires: {days: 5, spend_first: oldest}}
pools:
  profit: {title: {en: Profit, zh: 利润}}
  kitty: {title: {en: Kitty, zh: 公积}}
payment: {asset: points, up_to: 50%}
measures:
  spend: {sum: order.cash, over: month}
  best: {max: order.cash, over: {days: 20}}
  shops: {distinct: order.attributes.shop, over: month}
  coffee: {sum: {lines: {where: {line.category: coffee}, sum: line.quantity}}, over: week}
  days: {days: order.paid, over: {last: week}}
  nights: {sum: event.nights, on: event.stay, over: membership_year}
  since-review: {count: order.paid, over: {since: event.review}}
  since-vip: {sum: order.cash, over: {since: tag.vip}}
  friends: {count: members, of: referrals, when: {member.measure.days: {at_least: 1}}}
  team: {sum: order.cash, over: month, of: downline}
  other-legs: {sum: order.cash, over: month, of: {legs: all_but_largest}}
  earned: {earned: points, over: month}
  spent: {spent: points}
  expired: {expired: points}
  month-cash: {sum: order.cash, over: month, of: everybody}
ladders:
  tier:
    title: {en: Tier, zh: 等级}
    measure: member.measure.nights
    evaluated: at_once
    lasts: {days: 5}
    grace: {days: 2}
    falls: one_level
    floors: {vip: silver}
    levels:
      - {name: base, from: "0", rate: 5%}
      - {name: silver, from: "3", rate: 7.5%}
      - {name: gold, from: "60", rate: 10%}
  rank:
    title: {en: Rank, zh: 级别}
    evaluated: week
    lasts: evaluation
    levels:
      - {name: mover, when: {member.measure.team: {at_least: "100"}}}
      - {name: leader, when: {member.measure.other-legs: {at_least: "500"}, member.measure.friends: {at_least: 1}}}
  club:
    title: {en: Club, zh: 俱乐部}
    measure: member.measure.spend
    evaluated: afterwards
    lasts: {end_of: month}
    levels: [{name: regular, from: "150"}]
rewards:
  mug: {title: {en: Mug, zh: 杯}, price: {points: "6"}}
  trip: {title: {en: Trip, zh: 旅}, price: {points: "4", miles: "5"}}
caps:
  daily: {rules: [back, suite], per: member, over: day, most: "40"}
  budget: {rules: [weekly], per: plan, over: week, most: {rate: 1%, of: plan.measure.month-cash}, excess: pro_rata}
  thanks: {rules: [thanks], per: plan, over: month, most: "15", excess: stop}
  costs: {rules: [saved, fill, year], per: plan, over: month, most: "120"}
rules:
  - id: welcome
    on: member.joined
    grant: {asset: stamps, to: member, amount: "5"}
  - id: back
    on: order.paid
    grant: {asset: points, to: buyer, amount: {rate: $rate, of: order.cash}}
  - id: vip-back
    on: order.paid
    when: {buyer.tag.vip: true}
    grant: {asset: miles, to: buyer, amount: {give: "1", per: "10", of: order.cash}}
  - id: waits
    on: order.paid
    grant: {asset: bonus, to: buyer, amount: {rate: 2%, of: order.cash}, locked: {basis: order.cash}}
  - id: sponsor
    on: order.paid
    when: {order.number: {at_most: 2}, sponsor.exists: true}
    grant: {asset: points, to: sponsor, amount: "2"}
  - id: steps
    on: order.paid
    grant:
      asset: stamps
      to: buyer
      amount: {give: "1", per: "100", of: member.measure.spend, whole: true, less_paid: month}
  - id: night
    on: event.stay
    grant: {asset: points, to: member, amount: {times: tier.rate, of: event.spend}}
  - id: suite
    on: event.stay
    when: {event.suite: true}
    grant: {asset: points, to: member, amount: "9"}
  - id: saved
    on: order.paid
    fund: {pool: kitty, amount: {rate: 2%, of: order.cash}}
  - id: treated
    on: event.stay
    when: {event.suite: true}
    tag: {name: vip, to: member, lasts: {days: 6}}
  - id: thanked
    on: order.paid
    when: {order.cash: {at_least: "900"}, sponsor.exists: true}
    tag: {name: regular, to: sponsor, start_after_days: 2, lasts: {days: 9}}
  - id: regular
    on: week.close
    when: {member.measure.days: {at_least: 2}}
    tag: {name: regular, to: member, start_after_days: 1, lasts: {end_of: month}}
  - id: regular-too
    on: week.close
    when: {member.tag.vip: true}
    tag: {name: regular, to: member, lasts: {days: 3}}
  - id: known
    on: order.paid
    when: {buyer.tag.regular: true}
    grant: {asset: miles, to: buyer, amount: "1"}
  - id: reached
    on: level.reached
    when: {reached.tier: {at_least: silver}}
    grant: {asset: miles, to: member, amount: "30"}
  - id: offered
    on: tag.given
    when: {tag.name: offer}
    grant: {asset: miles, to: member, amount: "7"}
  - id: exchange
    on: day.close
    exchange: {take: {stamps: "4"}, give: {points: "3"}, most: {rate: "1", of: member.measure.days}}
  - id: base
    on: day.close
    release: {asset: bonus, amount: {rate: 40%, of: lot.granted}}
  - id: up
    on: day.close
    share: {source: base, generations: [50%, 20%], grant: points}
  - id: birthday
    on: birthday
    grant: {asset: points, to: member, amount: "5"}
  - id: year
    on: anniversary
    grant: {asset: points, to: member, amount: "8"}
  - id: weekly
    on: week.close
    when: {member.measure.days: {at_least: 1}}
    grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.spend}}
  - id: later
    on: week.close
    grant:
      asset: bonus
      to: member
      amount: {rate: 3%, of: member.measure.spend}
      locked: {basis: member.measure.spend}
  - id: dividend
    on: week.close
    grant: {asset: points, to: member, amount: {rate: $dividend, of: member.balance.points}}
  - id: thanks
    on: week.close
    when: {member.level.rank: {at_least: mover}}
    grant: {asset: miles, to: member, amount: "6"}
  - id: fill
    on: month.close
    fund: {pool: profit, amount: {rate: 3%, of: plan.measure.month-cash}}
  - id: give
    on: month.close
    distribute: {pool: profit, weight: member.measure.spend, pay: cash, undistributed: platform}
"""


def example(name: str) -> str:
    return (RULES / "examples" / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_lives_as_in_memory(small_shop: Shop, name: str) -> None:
    whole = Whole.begin(small_shop, example(name), Random(f"life of {name}"))
    whole.live(3)
    small_shop.check()
    assert replay(small_shop.platform) == []


def test_everything_on_every_database(shop: Shop) -> None:
    whole = Whole.begin(shop, EVERYTHING, Random(1))
    whole.live(4)
    assert replay(shop.platform) == []


@pytest.mark.parametrize("seed", range(2, 3))
def test_any_life_with_everything(small_shop: Shop, seed: int) -> None:
    whole = Whole.begin(small_shop, EVERYTHING, Random(seed), 12)
    whole.live(6)
    small_shop.check()
    assert replay(small_shop.platform) == []


def test_over_the_end_of_a_year(small_shop: Shop) -> None:
    name = "cooperative-dividend"
    small_shop.now = moment("2027-06-20 12:00")
    whole = Whole.begin(small_shop, example(name), Random(name), 5, first_day=date(2026, 11, 2))
    whole.live(14)
    assert whole.first_open > date(2027, 1, 31)
    assert replay(small_shop.platform) == []
