"""What is in a pool when a rule runs: `pool.NAME` on events and at closes."""

from __future__ import annotations

from rewards.interpreter.world import World

from .worlds import compiled

PLAN = """
plan: reserve
title: {en: Reserve, zh: 储备}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  credit: {title: {en: Credit, zh: 购物金}, scale: 2}
pools:
  reserve: {title: {en: Reserve, zh: 储备}}
  bonus: {title: {en: Bonus, zh: 奖金}}
rules:
  - id: fill
    on: order.paid
    fund: {pool: reserve, amount: {rate: 10%, of: order.cash}}
  - id: thanks
    on: order.paid
    when: {pool.reserve: {at_least: "15"}}
    grant: {asset: credit, to: buyer, amount: {rate: 1/10, of: pool.reserve, cap: "5"}}
  - id: pass-on
    on: month.close
    fund: {pool: bonus, amount: {rate: 50%, of: pool.reserve}}
  - id: pay
    on: month.close
    distribute: {pool: bonus, weight: member.balance.credit, pay: cash, undistributed: carry}
  - id: rest
    on: month.close
    grant: {asset: credit, to: member, amount: {rate: 100%, of: pool.bonus}}
  - id: share-out
    on: month.close
    distribute: {pool: reserve, weight: member.sales, pay: cash, undistributed: carry}
"""


def shop() -> World:
    world = World(compiled(PLAN))
    world.join("ann")
    world.join("bob")
    return world


def credits(world: World) -> tuple[str, str]:
    return world.balance("ann", "credit"), world.balance("bob", "credit")


def test_an_order_sees_what_it_has_put_in_itself() -> None:
    world = shop()
    world.order("ann", "149.99", on="2026-03-02")
    # 14.99 of the first order: less than 15.
    assert (world.pool("reserve"), credits(world)) == ("14.99", ("0.00", "0.00"))
    world.order("bob", "50.10", on="2026-03-02")
    # 14.99 + 5.01 = 20.00, of which a tenth.
    assert (world.pool("reserve"), credits(world)) == ("20.00", ("0.00", "2.00"))
    world.order("ann", "400", on="2026-03-03")
    # A tenth of 60 is above the cap.
    assert (world.pool("reserve"), credits(world)) == ("60.00", ("5.00", "2.00"))


def test_a_close_sees_what_was_there_at_the_end_of_its_day_and_what_the_rules_before_have_moved() -> None:
    world = shop()
    for member, total in (("ann", "100"), ("bob", "100"), ("ann", "400")):
        world.order(member, total, on="2026-03-02")
    world.order("bob", "1000", on="2026-04-01")
    assert world.pool("reserve") == "160.00"
    world.close("2026-03-31")
    # Half of March's 60 is the bonus, by the credit they had on the day, 5 : 2: 21.42 and 8.57; 0.01 stays, which the
    # rule below it grants to each. April's 5 credit is bob's already.
    assert credits(world) == ("5.01", "7.01")
    assert world.pool("bonus") == "0.01"
    # All of the 60 is shared out by sales, 500 : 100, so 50 and 10; April's 100 stay.
    assert (world.balance("ann", "cash"), world.balance("bob", "cash")) == ("71.42", "18.57")
    assert world.pool("reserve") == "100.00"


def test_a_refund_takes_back_what_was_given_whatever_is_in_the_pool_by_then() -> None:
    world = shop()
    world.order("ann", "200", on="2026-03-02", id="first")
    world.order("bob", "1000", on="2026-03-02")
    assert credits(world) == ("2.00", "5.00")
    world.refund("first", on="2026-03-03")
    assert (world.pool("reserve"), credits(world)) == ("100.00", ("0.00", "5.00"))
