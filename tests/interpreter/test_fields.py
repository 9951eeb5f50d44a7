"""Fields that conditions and amounts of an event's rules may name, and the orders a plan is about."""

from __future__ import annotations

import pytest

from rewards.errors import NotFound
from rewards.interpreter.world import World
from rewards.plan.events import Line

from .worlds import compiled

DAY = "2026-03-02"

CAMPAIGN = """
plan: campaign
title: {{en: Campaign, zh: 活动}}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {{title: {{en: Cash, zh: 现金}}, scale: 2, currency: true}}
  stamps: {{title: {{en: Stamps, zh: 印章}}, scale: 0, cash_value: "1"}}
payment: {{asset: stamps, up_to: 50%}}
pools:
  pot: {{title: {{en: Pot, zh: 池}}}}
ladders:
  size:
    title: {{en: Size, zh: 大小}}
    measure: order.total
    levels: [{{name: small, from: "10", bonus: "1"}}, {{name: large, from: "100", bonus: "2"}}]
  rank:
    title: {{en: Rank, zh: 等级}}
    measure: member.sales
    levels: [{{name: low, from: "1", bonus: "1"}}, {{name: high, from: "1000", bonus: "3"}}]
tags: {{vip: {{title: {{en: VIP, zh: 贵宾}}}}, out: {{title: {{en: Out, zh: 出}}}}}}
measures:
  spent: {{sum: order.cash, over: month}}
  sold: {{sum: order.cash, over: month, of: everybody}}
rules:
  - {{id: fill, on: order.paid, fund: {{pool: pot, amount: {{rate: 10%, of: order.cash}}}}}}
  - id: stamp
    on: order.paid
    when: {{all: [{when}]}}
    grant: {{asset: stamps, to: buyer, amount: {amount}}}
"""


def campaign_world(when: str, amount: str = '"1"') -> World:
    """Bob, a merchant of high rank, sponsored by Ann, has bought twice and has two stamps."""
    world = World(compiled(CAMPAIGN.format(when=when, amount=amount)))
    world.join("ann", joined="2024-02-29", birthday="2000-02-29")
    world.join("bob", sponsor="ann", merchant=True, joined="2024-03-02", birthday="1990-03-31")
    world.give_tag("bob", "vip", until=DAY)
    world.give_tag("bob", "out", first="2026-03-03")
    world.give("bob", "stamps", "2")
    world.give_sales("bob", "1500", orders=2)
    world.give_level("bob", "rank", "high")
    return world


CONDITIONS = {
    "{order.cash: {at_least: '99'}}": True,
    "{order.cash: {above: '99'}}": False,
    "{order.total: {is: '100'}}": True,
    "{order.points: {above: '0'}}": True,
    "{order.lines: {is: 2}}": True,
    "{order.level.size: large}": True,
    "{order.level.size: {below: large}}": False,
    "{order.attributes.channel: {is_not: web}}": True,
    "{order.attributes.channel: {is_not: app}}": False,
    "{order.attributes.unknown: {none_of: ['', 'x']}}": False,
    "{some_line: {line.category: {is_not: tea}}}": True,
    "{every_line: {line.category: {is_not: tea}}}": False,
    "{some_line: {line.attributes.size: {none_of: ['']}}}": True,
    "{buyer.balance.stamps: {at_least: '1'}}": True,
    "{buyer.sales: {at_least: '1500'}}": True,
    "{buyer.orders: {is: 2}}": True,
    "{buyer.merchant: true}": True,
    "{buyer.level.rank: high}": True,
    "{sponsor.exists: true}": True,
    "{sponsor.balance.stamps: {is: '0'}}": True,
    "{sponsor.sales: {above: '0'}}": False,
    "{sponsor.orders: {is: 0}}": True,
    "{sponsor.merchant: true}": False,
    "{sponsor.level.rank: null}": True,
    "{rules.fill.amount: {is: '9.90'}}": True,
    "{day.weekday: {is_not: monday}}": False,
    "{day.month: {is: 3}}": True,
    "{day.of_month: {is: 2}}": True,
    "{not: {day.of_month: {is: 2}}}": False,
    "{day.date: 2026-03-02}": True,
    "{day.date: {above: 2026-03-02}}": False,
    "{order.time: {at_least: '14:30', below: '14:31'}}": True,
    "{order.number: {is: 3}}": True,
    "{buyer.tag.vip: true}": True,
    "{member.tag.out: true}": False,
    "{buyer.measure.spent: {is: '99'}}": True,
    "{sponsor.measure.spent: {is: '0'}}": True,
    "{plan.measure.sold: {is: '99'}}": True,
    "{buyer.highest.rank: high}": True,
    "{buyer.days_since_joined: {is: 730}}": True,
    "{buyer.years: {is: 2}}": True,
    "{sponsor.years: {is: 2}}": True,
    "{buyer.anniversary: true}": True,
    "{sponsor.anniversary: true}": False,
    "{buyer.birthday: true}": False,
    "{buyer.birthday_month: true}": True,
    "{sponsor.birthday_month: true}": False,
}
LINES = (Line(9000, category="tea", quantity=2), Line(1000, category="cup", attributes={"size": "L"}))


@pytest.mark.parametrize(("when", "holds"), CONDITIONS.items(), ids=CONDITIONS.keys())
def test_conditions_look_at_the_order_at_people_and_at_the_day(when: str, holds: bool) -> None:
    world = campaign_world(when)
    world.order(
        "bob", "100", points=[("stamps", "1")], lines=LINES, attributes={"channel": "app"}, on=DAY, time="14:30"
    )
    assert world.balance("bob", "stamps") == ("2" if holds else "1")


@pytest.mark.parametrize(
    ("on", "holds"), {"2026-02-27": False, "2026-02-28": True, "2028-02-28": False, "2028-02-29": True}.items()
)
def test_what_began_on_the_29th_of_february_is_kept_on_the_28th_in_other_years(on: str, holds: bool) -> None:
    for field in ("anniversary", "birthday"):
        world = campaign_world(f"{{buyer.{field}: true}}")
        world.order("ann", "100", on=on)
        assert world.balance("ann", "stamps") == ("1" if holds else "0")


def test_the_years_of_a_member_are_complete_on_the_anniversary() -> None:
    for on, years in (("2027-02-27", 2), ("2027-02-28", 3), ("2028-02-28", 3), ("2028-02-29", 4)):
        world = campaign_world(f"{{buyer.years: {{is: {years}}}}}")
        world.order("ann", "100", on=on)
        assert world.balance("ann", "stamps") == "1", on


def test_nothing_is_known_of_days_nobody_has_told() -> None:
    for field in ("days_since_joined: {is: 0}", "years: {is: 0}", "anniversary: false", "birthday: false",
                  "birthday_month: false"):  # fmt: skip
        world = campaign_world(f"{{buyer.{field}}}")
        world.join("cid")
        world.order("cid", "100", on=DAY)
        assert world.balance("cid", "stamps") == "1", field


def test_nobody_is_behind_a_member_without_sponsor() -> None:
    for field in ("balance.stamps: {is: '0'}", "sales: {is: '0'}", "orders: {is: 0}", "merchant: false",
                  "level.rank: null", "exists: false", "tag.vip: false", "measure.spent: {is: '0'}",
                  "highest.rank: null", "years: {is: 0}"):  # fmt: skip
        world = campaign_world(f"{{sponsor.{field}}}")
        world.order("ann", "100", on=DAY)
        assert world.balance("ann", "stamps") == "1", field


AMOUNTS = {
    "{rate: '0.5', of: order.cash}": "50",
    "{times: size.bonus, of: order.total}": "200",
    "{times: rank.bonus, of: order.total}": "300",
    "{give: '1', per: '30', of: order.cash}": "3",
    "{rate: '1', of: {lines: {where: {line.category: {is_not: tea}}, sum: line.amount}}}": "10",
    "{rate: '1', of: {lines: {where: {line.category: tea}, count: lines}}}": "1",
    "{rate: '1', of: {lines: {count: lines}}}": "2",
    "{rate: '1', of: {lines: {sum: line.amount}}}": "100",
    "{rate: '0.011', of: order.cash, round: up}": "2",
    "{rate: '1', of: order.cash, cap: '7'}": "7",
    "{rate: '0.001', of: order.cash, min: '4'}": "4",
}


@pytest.mark.parametrize(("amount", "granted"), AMOUNTS.items(), ids=AMOUNTS.keys())
def test_amounts_are_taken_of_what_the_order_is(amount: str, granted: str) -> None:
    world = campaign_world("{order.cash: {above: '0'}}", amount)
    world.adjust("bob", "stamps", "-2", on=DAY)
    world.order("bob", "100", lines=LINES, on=DAY)
    assert world.balance("bob", "stamps") == granted


def test_a_plan_is_about_the_orders_its_condition_names() -> None:
    text = CAMPAIGN.format(when="{order.cash: {above: '0'}}", amount='"1"').replace(
        "rules:\n",
        "applies_to: {all: [{order.total: {at_least: '50'}}, {some_line: {line.sku: {is_not: x}}}]}\nrules:\n",
    )
    world = World(compiled(text))
    world.join("ann")
    assert world.order("ann", "49", lines=LINES, on=DAY) is None
    assert world.order("ann", "50", lines=[Line(5000, sku="x")], on=DAY) is None
    assert world.order("ann", "50", lines=LINES, on=DAY) is not None
    assert world.adjust("ann", "stamps", "1", on=DAY) is not None
    assert world.balance("ann", "stamps") == "2"


def test_levels_are_reported_by_name() -> None:
    world = campaign_world("{order.cash: {above: '0'}}")
    assert (world.level("bob", "rank"), world.level("ann", "rank")) == ("high", None)
    with pytest.raises(NotFound):
        world.give_level("bob", "rank", "highest")
