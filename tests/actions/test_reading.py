"""How the actions of events and closes are read: what they give and take, what they look at, when they may run."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from rewards.actions import vocabulary
from rewards.actions.differential import Differential
from rewards.actions.distribute import ByUnits, Distribute
from rewards.actions.exchange import Exchange
from rewards.actions.grant import Grant
from rewards.actions.share import Share
from rewards.actions.take import Take
from rewards.plan.amounts import LevelTimes
from rewards.plan.conditions import Compare, LinesTotal
from rewards.plan.diagnostics import Severity
from rewards.plan.fields import Field
from rewards.plan.load import Loaded, load_plan
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.model import Plan
from rewards.plan.triggers import CLOSES, OCCASIONS, Trigger

from .contexts import fixed

DECLARATIONS = """\
plan: club
title: Club
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 1, lots: {}}
  stamps: {scale: 0}
  drinks: {scale: 0}
pools:
  daily: {}
events:
  stay: {fields: {nights: number, spend: amount}}
tags:
  vip: {}
trees:
  placement: {}
ladders:
  rank:
    measure: member.sales
    levels:
      - {name: low, from: "100", share: 40%, rate: 10%, units: "1"}
      - {name: high, from: "500", share: 60%, rate: 20%, units: "2.5"}
rules:
  - {id: base, on: event.stay, grant: {asset: points, to: member, amount: {rate: "2", of: event.spend}}}
"""


@cache
def load(*rules: str) -> Loaded:
    return load_plan(DECLARATIONS + "".join(f"  - {{{rule}}}\n" for rule in rules), "club.yaml", vocabulary())


def action(rule: str) -> Any:
    loaded = load("id: it, " + rule)
    assert [each.render() for each in loaded.diagnostics if each.severity is Severity.ERROR] == []
    assert loaded.plan is not None
    return loaded.plan.rule("it").action


def plan(*rules: str) -> Plan:
    loaded = load(*rules)
    assert loaded.plan is not None, [each.render() for each in loaded.diagnostics]
    return loaded.plan


def errors(*rules: str) -> list[str]:
    return [each.code for each in load(*rules).diagnostics if each.severity is Severity.ERROR]


def written(trigger: Trigger) -> str:
    return "event.stay" if trigger is Trigger.DECLARED else trigger.value


@pytest.mark.parametrize("trigger", sorted({*OCCASIONS, Trigger.ORDER_REFUNDED, *CLOSES}, key=lambda each: each.value))
def test_units_may_be_granted_to_the_member_on_every_trigger(trigger: Trigger) -> None:
    found = action(f'on: {written(trigger)}, grant: {{asset: points, to: member, amount: "1"}}')
    assert isinstance(found, Grant)
    assert (found.to, found.flows) == ("member", ())


@pytest.mark.parametrize(
    ("to", "on", "refused"),
    [
        ("buyer", "order.paid", False),
        ("buyer", "order.refunded", False),
        ("sponsor", "order.refunded", False),
        ("buyer", "event.stay", True),
        ("sponsor", "event.stay", False),
        ("sponsor", "level.reached", False),
        ("buyer", "tag.given", True),
        ("sponsor", "birthday", True),
        ("buyer", "month.close", True),
    ],
)
def test_a_buyer_belongs_to_an_order_and_a_sponsor_to_what_happens(to: str, on: str, refused: bool) -> None:
    found = errors(f'id: it, on: {on}, grant: {{asset: points, to: {to}, amount: "1"}}')
    assert found == (["plan.grant-to"] if refused else [])


@pytest.mark.parametrize(
    ("on", "basis"),
    [("order.paid", "order.cash"), ("event.stay", "event.spend"), ("year.close", "member.sales")],
)
def test_locked_grants_have_a_basis_of_where_they_are(on: str, basis: str) -> None:
    found = action(f'on: {on}, grant: {{asset: points, to: member, locked: {{basis: {basis}}}, amount: "1"}}')
    assert (found.basis.name, found.gives, [each.name for each in found.locks]) == (basis, (), ["points"])


def test_a_true_up_looks_at_what_the_rule_has_given() -> None:
    rule = "on: month.close, grant: {asset: points, to: member, amount: {fixed: '100', less_paid: year}}"
    assert action(rule).flows == (Flow(FlowKind.EARNED, "points", "it"),)
    assert Flow(FlowKind.EARNED, "points", "it") in plan("id: it, " + rule).flows


def test_only_grants_are_less_what_was_paid() -> None:
    take = "id: it, on: month.close, take: {asset: points, amount: {fixed: '100', less_paid: year}}"
    assert errors(take) != []


# -- awards


def test_a_share_may_be_of_an_earlier_rule_on_the_same_event() -> None:
    found = action("on: event.stay, share: {source: base, generations: [10%, 5%], grant: points}")
    assert isinstance(found, Share)
    assert (found.award.source.rule, found.award.source.base, found.counts, found.own) == ("base", None, None, False)
    assert found.award.rates(found.generations) == (Fraction(1, 10), Fraction(1, 20))


def test_a_share_may_be_of_a_field_with_every_option() -> None:
    found = action(
        "on: event.stay, share: {of: event.spend, generations: [10%], counts: {member.orders: {at_least: 1}}, "
        "blocked_by: rank, tree: placement, own: true, grant: points}"
    )
    assert isinstance(found, Share)
    base = found.award.source.base
    assert isinstance(base, Field)
    assert (base.name, found.award.source.unit) == ("event.spend", Fraction(1, 10))
    assert isinstance(found.counts, Compare)
    assert (found.counts.field.name, found.blocked_by, found.award.tree, found.own) == (
        "member.orders",
        "rank",
        "placement",
        True,
    )


def test_a_share_may_be_of_some_lines() -> None:
    pieces = "{lines: {where: {line.category: coffee}, sum: line.quantity}}"
    found = action(f"on: order.paid, share: {{of: {pieces}, generations: [10%], grant: points}}")
    assert isinstance(found.award.source.base, LinesTotal)
    assert (found.award.source.base.attribute, found.award.source.unit) == ("quantity", 10)
    sold = "{lines: {where: {line.category: tea}, sum: line.amount}}"
    money = action(f"on: order.paid, share: {{of: {sold}, generations: [10%], grant: points}}")
    assert money.award.source.unit == Fraction(1, 10)


def test_awards_at_closes_may_be_of_a_field_of_members() -> None:
    team = action("on: month.close, differential: {of: member.sales, rate: rank.rate, own: true, release: points}")
    assert isinstance(team, Differential)
    assert (team.own, team.award.accelerates, team.award.source.name) == (True, True, "member.sales")
    peers = action("on: quarter.close, same_level: {of: member.sales, ladder: rank, rate: 3%, grant: points}")
    assert (peers.ladder, peers.award.source.unit) == ("rank", Fraction(1, 10))


def test_a_differential_may_be_paid_at_once() -> None:
    found = action("on: order.paid, differential: {of: order.cash, rate: rank.rate, grant: points}")
    assert (found.rates, found.own, found.releases) == ((Fraction(1, 10), Fraction(1, 5)), False, ())


# -- pools


def test_units_divide_a_pool() -> None:
    found = action(
        "on: year.close, distribute: {pool: daily, units: rank.units, unit_value: '0.01', least: '10', most: '500', "
        "pay: cash}"
    )
    assert isinstance(found, Distribute)
    assert isinstance(found.by, ByUnits)
    assert (found.by.units, found.by.grain) == ((Fraction(1), Fraction(5, 2)), 1)
    assert (found.least, found.most, found.carry) == (fixed(1000), fixed(50_000), False)


@pytest.mark.parametrize(
    ("first", "second", "warned"),
    [
        ("day.close", "month.close", True),
        ("month.close", "year.close", True),
        ("week.close", "month.close", False),
        ("birthday", "birthday", True),
        ("birthday", "month.close", False),
    ],
)
def test_a_pool_is_emptied_before_a_close_that_never_comes_alone(first: str, second: str, warned: bool) -> None:
    fund = "id: fund, on: order.paid, fund: {pool: daily, amount: {rate: 5%, of: order.cash}}"
    rules = [
        f"id: r{n}, on: {on}, distribute: {{pool: daily, share: rank.share, pay: cash}}"
        for n, on in enumerate((first, second))
    ]
    codes = [each.code for each in load(fund, *rules).diagnostics]
    assert ("plan.pool-emptied" in codes) is warned


@pytest.mark.parametrize("on", ["day.close", "year.close", "order.paid", "event.stay", "member.joined"])
def test_pools_are_funded_where_there_is_one_sum(on: str) -> None:
    assert errors(f'id: it, on: {on}, fund: {{pool: daily, amount: "10"}}') == []


@pytest.mark.parametrize("on", ["birthday", "anniversary", "membership_year.close", "level.reached"])
def test_pools_are_not_funded_for_each_member(on: str) -> None:
    assert errors(f'id: it, on: {on}, fund: {{pool: daily, amount: "10"}}') == ["plan.action-trigger"]


# -- exchanges and takes


def test_an_exchange_takes_and_gives_in_smallest_units() -> None:
    found = action('on: order.paid, exchange: {take: {stamps: "10", points: "2.5"}, give: {drinks: "1"}, most: 3}')
    assert isinstance(found, Exchange)
    assert [(asset.name, quantity) for asset, quantity in found.taken] == [("stamps", 10), ("points", 25)]
    assert [(asset.name, quantity) for asset, quantity in found.given] == [("drinks", 1)]
    assert found.most == fixed(3)


def test_how_often_an_exchange_happens_is_an_amount() -> None:
    taken = "on: order.paid, exchange: {take: {stamps: '10'}, give: {drinks: '1'}, most: "
    found = action(f"{taken}{{times: rank.units}}}}")
    assert isinstance(found, Exchange)
    assert found.most is not None
    assert isinstance(found.most.formula, LevelTimes)
    assert found.most.formula.factors == (Fraction(1), Fraction(5, 2))
    assert errors(f"id: it, {taken}'0'}}") == ["plan.must-be-positive"]
    assert errors(f"id: it, {taken}'1.5'}}") == ["amount.too-fine"]
    assert errors(f"id: it, {taken}{{fixed: '2', less_paid: month}}}}") == ["plan.less-paid-here"]


def test_what_can_be_had_by_exchange_counts_as_obtainable() -> None:
    exchange = 'id: tenth, on: event.stay, exchange: {take: {stamps: "10"}, give: {drinks: "1"}}'
    stamp = 'id: stamp, on: event.stay, grant: {asset: stamps, to: member, amount: "1"}'
    drink = "id: drink, on: event.stay, take: {asset: drinks, amount: '1'}"
    never = [
        each.message.parameters["name"] for each in load(exchange, drink).diagnostics if each.code == "plan.never-held"
    ]
    assert never == ["tenth", "drink"]
    assert "plan.never-held" not in [each.code for each in load(stamp, exchange, drink).diagnostics]


def test_a_take_is_of_what_the_member_has() -> None:
    found = action("on: year.close, take: {asset: points, amount: {rate: 100%, of: member.balance.points}}")
    assert isinstance(found, Take)
    assert [each.name for each in found.takes] == ["points"]
