"""A platform on a ledger does what the interpreter does in memory, to the last unit, however orders are grouped."""

from __future__ import annotations

from random import Random

import pytest

from .shop import MONDAY, Shop, changed, shipped
from .twins import Twins, live, random_tree

PLANS = ("appreciating-token", "energy-contribution", "locked-points", "locked-points-example", "recurring-dividend")


@pytest.mark.parametrize("name", PLANS)
def test_every_shipped_plan_on_every_database(shop: Shop, name: str) -> None:
    random = Random(name)
    live(Twins.of(shop, shipped(name), random_tree(random, 9)), random, 40)


SOON = changed(shipped("appreciating-token"), ('value: "2"}', 'value: "0.4"}'), ("enabled: false", "enabled: true"))
BY_SALES = changed(
    shipped("locked-points"),
    ('from: "50000"', 'from: "100"'),
    ('from: "200000"', 'from: "4000"'),
    ("days: 1", "days: 0"),
)
CARRIED = changed(
    shipped("recurring-dividend"), ("undistributed: platform    #", "undistributed: carry #"), ("false", "true")
)
SMALL_STEPS = changed(
    shipped("energy-contribution"), ('above: "0"', 'above: "0.5"'), ('from: "11"', 'from: "3"'), ('"21"', '"6"')
)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "source",
    [SOON, BY_SALES, CARRIED, SMALL_STEPS, shipped("appreciating-token")],
    ids=["early exits", "early stars", "carried over", "small steps", "token"],
)
def test_any_life(small_shop: Shop, source: str, seed: int) -> None:
    random = Random(seed)
    live(Twins.of(small_shop, source, random_tree(random, 12)), random, 60)


BY_WHAT_IS_IN_A_POOL = """
plan: reserve
title: {en: Reserve, zh: 储备}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  credit: {title: {en: Credit, zh: 购物金}, scale: 2}
pools: {reserve: {title: {en: Reserve, zh: 储备}}}
rules:
  - {id: fill, on: order.paid, fund: {pool: reserve, amount: {rate: 1/12, of: order.cash}}}
  - {id: thanks, on: order.paid, grant: {asset: credit, to: buyer, amount: {rate: 1/7, of: pool.reserve}}}
  - {id: add, on: day.close, fund: {pool: reserve, amount: {rate: 10%, of: pool.reserve}}}
  - {id: pay, on: day.close, distribute: {pool: reserve, weight: member.sales, pay: cash, undistributed: carry}}
"""


def test_what_is_in_a_pool_is_the_same_on_every_database(shop: Shop) -> None:
    random = Random(3)
    live(Twins.of(shop, BY_WHAT_IS_IN_A_POOL, random_tree(random, 6)), random, 30)


def test_all_shipped_plans_beside_each_other_do_not_disturb_each_other(shop: Shop) -> None:
    random = Random(5)
    tree = random_tree(random, 10)
    twins = [Twins.of(shop, shipped(PLANS[0]), tree)]
    for name in PLANS[1:]:
        twins.append(Twins(shop, name, twins[0].beside(shipped(name))))
    for _ in range(3):
        for _ in range(12):
            member, total = f"m{random.randrange(10)}", str(random.choice([100, 3000, 52000]))
            for each in twins:
                each.world.order(member, total, on=each.first_open.isoformat())
            shop.buy(twins[0].new_id(), member, total, twins[0].first_open)
        for each in twins:
            each.close()
    for each in twins:
        each.compare()


def test_a_closed_quota_lets_holdings_exit_with_the_next_order(shop: Shop) -> None:
    """Dividends use up the quota an exit waits for, so that a day close makes exits due."""
    twins = Twins.of(shop, TOKEN_WITH_DIVIDEND, [(None, False)] * 3)
    for member in ("m0", "m1", "m2"):
        twins.order(member, "100", MONDAY)
    twins.send(lambda: 3)
    twins.close()
    twins.compare()
    twins.order("m2", "1", twins.first_open)
    twins.send()
    twins.compare()
    assert shop.has("m0", "token") == "0.000000"  # 21 units, once worth less than a quota of 55, were sold


TOKEN_WITH_DIVIDEND = """
plan: token-with-dividend
title: {en: Token with dividend, zh: 带分红的通证}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  token: {title: {en: Token, zh: 通证}, scale: 6, priced: {pool: backing, issue_price: "1"}}
  quota: {title: {en: Quota, zh: 额度}, scale: 2}
pools:
  backing: {title: {en: Backing, zh: 托底}}
  dividend: {title: {en: Dividend, zh: 分红}}
rules:
  - id: contribution
    on: order.paid
    fund: {pool: backing, amount: {rate: 30%, of: order.cash}}
  - id: grant
    on: order.paid
    grant: {asset: token, to: buyer, worth: {rate: 70%, of: rules.contribution.amount}}
  - id: quota
    on: order.paid
    grant: {asset: quota, to: buyer, amount: {rate: "0.55", of: order.cash}}
  - id: exit
    on: price.rises
    exit: {asset: token, quota: quota, fee: 10%, pay: cash}
  - id: fund-dividend
    on: day.close
    fund: {pool: dividend, amount: {rate: 20%, of: day.sales}}
  - id: dividend
    on: day.close
    distribute: {pool: dividend, weight: member.balance.token, pay: cash, limit: quota}
"""
