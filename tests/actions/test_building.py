"""How actions are read from a plan file: what each rule becomes, and what rules are told when seen together."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from rewards.actions import vocabulary
from rewards.actions.base import Action
from rewards.actions.convert import Convert
from rewards.actions.distribute import ByLevel, ByWeight, Distribute
from rewards.actions.exit import Exit
from rewards.actions.fund import Fund
from rewards.actions.grant import Grant, Worth
from rewards.actions.redeem import Redeem
from rewards.actions.share import Share
from rewards.plan.diagnostics import Severity
from rewards.plan.draft import ActionKind, Draft
from rewards.plan.load import Loaded, load_plan
from rewards.plan.model import Plan
from rewards.plan.triggers import Trigger

DECLARATIONS = """\
plan: shop
title: Shop
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {scale: 2, currency: true}
  token: {scale: 6, priced: {pool: backing, issue_price: "1"}}
  quota: {scale: 2}
  points: {scale: 3, cash_value: "1", lots: {}}
pools:
  backing: {}
  daily: {}
ladders:
  rank:
    measure: member.balance.quota
    levels:
      - {name: low, from: "100", share: 40%, rate: 10%}
      - {name: high, from: "500", share: 60%, rate: 20%}
rules:
  - {id: back, on: order.paid, fund: {pool: backing, amount: {rate: 30%, of: order.cash}}}
  - {id: token, on: order.paid, grant: {asset: token, to: buyer, worth: {rate: 70%, of: rules.back.amount}}}
  - {id: quota, on: order.paid, grant: {asset: quota, to: sponsor, amount: {rate: "2", of: order.cash}}}
  - id: lots
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: "3", of: order.cash}}
  - {id: base, on: day.close, release: {asset: points, amount: {rate: 1%, of: lot.basis}}}
  - {id: daily, on: day.close, fund: {pool: daily, amount: {rate: 5%, of: day.sales}}}
"""


def load(*rules: str) -> Loaded:
    return load_plan(DECLARATIONS + "".join(f"  - {{{rule}}}\n" for rule in rules), "shop.yaml", vocabulary())


def plan(*rules: str) -> Plan:
    loaded = load(*rules)
    assert [each.render() for each in loaded.diagnostics if each.severity is Severity.ERROR] == []
    assert loaded.plan is not None
    return loaded.plan


def found(*rules: str) -> list[str]:
    """The codes of what is found, without what is unused."""
    return [each.code for each in load(*rules).diagnostics if not each.code.startswith("plan.unused")]


def names(assets: tuple[Any, ...]) -> list[str]:
    return [asset.name for asset in assets]


def test_a_contribution_and_a_grant_by_its_worth() -> None:
    back, token = plan().rule("back").action, plan().rule("token").action
    assert isinstance(back, Fund)
    assert (back.pool.name, back.currency.name, back.outcome_scale) == ("backing", "cash", 2)
    assert (names(back.fills), back.gives) == (["backing"], ())
    assert isinstance(token, Grant)
    assert (token.worth, token.amount, token.basis) == (Worth(Fraction(7, 10), "back"), None, None)
    assert (names(token.gives), token.locks) == (["token"], ())


def test_a_grant_into_a_lot_locks_and_a_release_gives() -> None:
    lots, base = plan().rule("lots").action, plan().rule("base").action
    assert (lots.basis.name, lots.gives, names(lots.locks)) == ("order.cash", (), ["points"])
    assert (names(base.gives), names(base.releases), base.takes, base.claim) == (["points"], ["points"], (), None)


def test_sales_of_units_name_their_pool_and_fee() -> None:
    built = plan(
        "id: redeem, on: redeem, redeem: {asset: token, fee: 10%, pay: cash}",
        "id: exit, on: price.rises, exit: {asset: token, quota: quota, fee: 0%, pay: cash}",
    )
    redeem, leave = built.rule("redeem").action, built.rule("exit").action
    assert isinstance(redeem, Redeem)
    assert (redeem.sale.pool.name, redeem.sale.fee) == ("backing", Fraction(1, 10))
    assert (names(redeem.takes), names(redeem.gives), redeem.claim) == (["token"], ["cash"], ("redeem", "token"))
    assert isinstance(leave, Exit)
    assert (leave.quota.name, leave.sale.fee, leave.claim, names(leave.takes)) == ("quota", 0, None, ["token"])


def test_conversions_and_payments_take_and_give() -> None:
    built = plan(
        "id: out, on: convert, convert: {from: token, to: points}",
        "id: back-in, on: convert, convert: {from: points, to: token}",
        "id: pay, on: pay, pay: {asset: points}",
    )
    out, pay = built.rule("out").action, built.rule("pay").action
    assert isinstance(out, Convert)
    assert (names(out.takes), names(out.gives), out.claim) == (["token"], ["points"], ("convert", "token", "points"))
    assert (names(pay.takes), pay.gives, pay.claim) == (["points"], (), ("pay", "points"))


def test_distributions_by_weight_and_by_level() -> None:
    built = plan(
        "id: weigh, on: day.close, distribute: {pool: daily, weight: member.balance.quota, divisor: everyone, "
        "pay: cash, limit: quota, undistributed: carry}",
        "id: levels, on: day.close, distribute: {pool: daily, share: rank.share, pay: cash}",
    )
    weigh, levels = built.rule("weigh").action, built.rule("levels").action
    assert isinstance(weigh, Distribute)
    assert isinstance(weigh.by, ByWeight)
    assert (weigh.by.weight.name, weigh.by.everyone, weigh.carry, weigh.limit) == (
        "member.balance.quota",
        True,
        True,
        built.assets["quota"],
    )
    assert isinstance(levels, Distribute)
    assert isinstance(levels.by, ByLevel)
    assert (levels.by.shares, levels.carry, levels.limit) == ((Fraction(2, 5), Fraction(3, 5)), False, None)


def test_awards_count_in_smallest_units_of_their_own_asset() -> None:
    built = plan(
        "id: share, on: day.close, share: {source: base, generations: [50%, 30%], grant: quota}",
        "id: team, on: day.close, differential: {source: base, rate: rank.rate, release: points}",
        "id: peers, on: day.close, same_level: {source: base, ladder: rank, rate: 3%, release: points}",
    )
    share, team, peers = (built.rule(name).action for name in ("share", "team", "peers"))
    assert isinstance(share, Share)
    # a hundredth of quota for every tenth of a hundredth of points
    assert share.award.rates(share.generations) == (Fraction(1, 20), Fraction(3, 100))
    assert (share.releases, names(team.releases), names(peers.releases)) == ((), ["points"], ["points"])
    assert (team.ladder, team.rates) == ("rank", (Fraction(1, 10), Fraction(1, 5)))
    assert (peers.ladder, peers.rate) == ("rank", Fraction(3, 100))


# -- rules together


def grant(name: str, rate: str, when: str = "") -> str:
    worth = f"{{rate: {rate}, of: rules.back.amount}}"
    return f"id: {name}, on: order.paid, {when}grant: {{asset: token, to: sponsor, worth: {worth}}}"


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        ([grant("more", "30%")], False),
        ([grant("more", "30.1%")], True),
        (
            [grant("a", "30%", "when: {buyer.merchant: true}, "), grant("b", "30%", "when: {buyer.merchant: false}, ")],
            False,
        ),
        ([grant("a", "30%", "when: {buyer.merchant: true}, "), grant("b", "30%", "when: {buyer.orders: 0}, ")], True),
        ([grant("no-more", "50%", "enabled: false, ")], False),
        ([grant(f"g{n}", "2.5%", "when: {buyer.orders: 1}, ") for n in range(12)], False),
        # of so many it is not asked which exclude each other
        ([grant(f"g{n}", "2.5%", f"when: {{buyer.orders: {n}}}, ") for n in range(13)], True),
    ],
)
def test_grants_that_may_run_together_are_worth_no_more_than_the_contribution(rules: list[str], refused: bool) -> None:
    assert found(*rules) == (["plan.grants-exceed-contribution"] if refused else [])


@pytest.mark.parametrize(
    ("amount", "refused"),
    [
        ("{rate: 65%, of: order.cash}", False),
        ("{rate: 66%, of: order.total}", True),
        ("{rate: 66%, of: {lines: {where: {line.category: books}, sum: line.amount}}}", True),
        ("{brackets: [{from: '0', rate: 1%}, {from: '100', rate: 70%}], of: order.cash}", True),
        ("{brackets: [{from: '100', fixed: '65'}, {from: '300', fixed: '100'}], of: order.cash}", False),
        ("{brackets: [{from: '100', fixed: '66'}], of: order.cash}", True),
        ("{times: rank.rate, of: order.cash}", False),
        ("{give: '1', per: '1', of: order.cash}", True),
        ("{rate: '5', of: buyer.orders}", False),
    ],
)
def test_pools_are_not_funded_with_more_than_the_sales(amount: str, refused: bool) -> None:
    rule = f"id: more, on: order.paid, fund: {{pool: daily, amount: {amount}}}"
    assert found(rule) == (["plan.funds-exceed-sales"] if refused else [])


def test_pools_funded_on_orders_that_exclude_each_other_are_not_added_up() -> None:
    fund = "on: order.paid, fund: {pool: daily, amount: {rate: 60%, of: order.cash}}"
    small, large = "when: {order.cash: {below: '100'}}", "when: {order.cash: {at_least: '100'}}"
    assert found(f"id: small, {small}, {fund}", f"id: large, {large}, {fund}") == []
    assert found(f"id: small, {small}, {fund}", f"id: all, {fund}") == ["plan.funds-exceed-sales"]


@pytest.mark.parametrize(
    ("amount", "when", "warned"),
    [
        ("'10'", "", True),
        ("'10'", "when: {order.cash: {at_least: '10'}}, ", False),
        ("'10'", "when: {any: [{order.cash: {at_least: '10'}}, {order.cash: '9'}]}, ", True),
        ("'10'", "when: {order.total: {one_of: ['20', '30']}}, ", False),
        ("'10'", "when: {order.total: {below: '0'}}, enabled: false, ", False),
        ("{rate: 1%, of: order.cash, min: '10'}", "", True),
        ("{brackets: [{from: '0', fixed: '10'}], of: order.cash}", "", True),
        ("{brackets: [{from: '100', fixed: '10'}], of: order.cash}", "", False),
        ("{rate: 1%, of: order.cash}", "", False),
    ],
)
def test_even_the_smallest_order_brings_in_what_it_puts_into_a_pool(amount: str, when: str, warned: bool) -> None:
    rule = f"id: flat, on: order.paid, {when}fund: {{pool: daily, amount: {amount}}}"
    assert ("plan.fund-above-order" in found(rule)) is warned


def test_a_pool_distributed_twice_needs_to_carry_or_to_be_funded_in_between() -> None:
    first = "id: first, on: day.close, distribute: {pool: daily, weight: member.balance.quota, pay: cash"
    second = "id: second, on: day.close, distribute: {pool: daily, share: rank.share, pay: cash}"
    again = "id: again, on: day.close, fund: {pool: daily, amount: {rate: 5%, of: day.sales}}"
    assert found(first + "}", second) == ["plan.pool-emptied"]
    assert found(first + ", undistributed: carry}", second) == []
    assert found(first + "}", again, second) == []


def test_a_request_is_served_by_one_rule() -> None:
    redeem = "on: redeem, redeem: {asset: token, fee: 10%, pay: cash}"
    members, merchants = "when: {member.merchant: false}", "when: {not: {member.merchant: false}}"
    assert found(f"id: a, {redeem}", f"id: b, {redeem}") == ["plan.served-twice"]
    assert found(f"id: a, {members}, {redeem}", f"id: b, {merchants}, {redeem}") == []
    assert found(f"id: a, enabled: false, {redeem}", f"id: b, {redeem}") == []


def test_what_only_a_conversion_gives_is_given_only_if_there_is_something_to_convert() -> None:
    out = "id: out, on: convert, convert: {from: token, to: points}"
    text = DECLARATIONS.replace("id: token, on", "id: token, enabled: false, on") + f"  - {{{out}}}\n"
    warned = [each for each in load_plan(text, "shop.yaml", vocabulary()).diagnostics if each.code == "plan.never-held"]
    assert [each.path[:2] for each in warned] == [("rules", 6)]


# -- an action from elsewhere


class Stamp(Action):
    """Does nothing, and says nothing about itself."""


def stamp(draft: Draft) -> Stamp:
    draft.rate("rate")
    draft.field("field")
    return Stamp()


def refuse(checked: Plan, report: Any) -> None:
    report.warning("plan.rate-zero", ("plan",))


def test_an_action_from_elsewhere_is_read_and_checked_with_the_same_words() -> None:
    schema = {"type": "object", "properties": {"rate": {}, "field": {}}, "additionalProperties": False}
    kind = ActionKind(
        "stamp", frozenset({Trigger.ORDER_REFUNDED}), {"en": "Stamp"}, {"en": "Nothing."}, schema, stamp, check=refuse
    )
    rule = "  - {id: mark, on: order.refunded, stamp: {rate: one third, field: order.cash}}\n"
    loaded = load_plan(DECLARATIONS + rule, "shop.yaml", {**vocabulary(), "stamp": kind})
    assert [each.code for each in loaded.diagnostics] == ["plan.rate-zero", "rate.malformed"]
    sound = load_plan(DECLARATIONS + rule.replace("one third", "'0.3'"), "shop.yaml", {**vocabulary(), "stamp": kind})
    assert sound.plan is not None
    action = sound.plan.rule("mark").action
    assert (action.gives, action.takes, action.locks, action.releases, action.fills, action.claim) == (
        (),
        (),
        (),
        (),
        (),
        None,
    )
