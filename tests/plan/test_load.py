from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rewards.actions import vocabulary
from rewards.plan.conditions import All, Compare
from rewards.plan.diagnostics import Path as Place
from rewards.plan.diagnostics import Severity
from rewards.plan.ladder import Term
from rewards.plan.load import load_document, load_plan_file
from rewards.plan.lots import LotPolicy
from rewards.plan.model import Asset, Pool, Priced
from rewards.plan.reader import read_document
from rewards.plan.triggers import Trigger

from .plans import HEAD, POINTS, codes, compiled, load, order_rule

RULES = Path(__file__).parents[2] / "rules"
SHIPPED = sorted(path for path in RULES.glob("*.yaml") if not path.name.endswith(".test.yaml"))

PLAN = """\
plan: shop
title: 商店
currency: CNY
timezone: Asia/Shanghai

parameters:
  fee: {title: Fee, value: 10%}
  least: {value: 300}

assets:
  cash: {scale: 2, currency: true}
  token: {title: {en: Token, zh: 通证}, scale: 6, priced: {pool: backing, issue_price: "1.5", supply: "1000"}}
  points: {scale: 3, cash_value: "0.1", lots: {}}

pools:
  backing: {title: {zh: 资金池}}

ladders:
  rank:
    measure: team.sales
    lasts: evaluation
    levels:
      - {name: low, from: "100", rate: 10%}
      - {name: high, title: High, above: "1000", rate: "0.25"}

payment: {asset: points, up_to: 50%}
applies_to: {order.cash: {at_least: $least}, order.attributes.channel: shop}

rules:
  - id: back
    title: Backing
    on: order.paid
    fund: {pool: backing, amount: {rate: 30%, of: order.cash}}
  - id: grant
    on: order.paid
    enabled: false
    grant: {asset: token, to: buyer, worth: {rate: 70%, of: rules.back.amount}}
  - id: lock
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.total}, amount: {times: rank.rate, of: order.cash}}
  - id: base
    on: day.close
    when: {day.weekday: {none_of: [sunday]}}
    release: {asset: points, amount: {rate: 1%, of: lot.basis}}
  - id: redeem
    on: redeem
    redeem: {asset: token, fee: $fee, pay: cash}
"""


def test_a_plan_file_becomes_the_plan_it_describes() -> None:
    plan = compiled(PLAN)
    assert (plan.name, plan.currency, plan.timezone) == ("shop", "CNY", ZoneInfo("Asia/Shanghai"))
    assert plan.title == {"en": "商店", "zh": "商店"}
    assert plan.file == "shop.yaml"
    assert plan.digest == hashlib.sha256(PLAN.encode()).hexdigest()
    assert plan.pools == {"backing": Pool("backing", 0, {"en": "资金池", "zh": "资金池"})}
    cash, token, points = plan.assets.values()
    assert cash == Asset("cash", 0, {"en": "cash", "zh": "cash"}, 2, currency=True)
    assert (token.title["zh"], token.priced) == ("通证", Priced("backing", Fraction(3, 2), 1_000_000_000))
    assert (points.lots, points.cash_value) == (LotPolicy(1), Fraction(1, 10))
    assert plan.currency_asset is cash
    assert plan.payment is not None
    assert (plan.payment.asset, plan.payment.up_to) == (points, Fraction(1, 2))


def test_ladders_have_their_levels_in_smallest_units() -> None:
    (rank,) = compiled(PLAN).ladders.values()
    assert rank.measure is not None
    assert (rank.measure.name, rank.held, rank.term) == ("team.sales", True, Term(until_evaluated=True))
    assert [(level.name, level.threshold, level.strict, level.lowest) for level in rank.levels] == [
        ("low", 10_000, False, 10_000),
        ("high", 100_000, True, 100_001),
    ]
    assert rank.column("rate") == (Fraction(1, 10), Fraction(1, 4))
    assert [rank.level_of(sales) for sales in (9_999, 10_000, 100_000, 100_001)] == [-1, 0, 0, 1]


def test_rules_keep_their_order_and_know_their_line() -> None:
    plan = compiled(PLAN)
    assert [(rule.id, rule.index, rule.action_name, rule.trigger, rule.enabled, rule.line) for rule in plan.rules] == [
        ("back", 0, "fund", Trigger.ORDER_PAID, True, 30),
        ("grant", 1, "grant", Trigger.ORDER_PAID, False, 34),
        ("lock", 2, "grant", Trigger.ORDER_PAID, True, 38),
        ("base", 3, "release", Trigger.DAY_CLOSE, True, 41),
        ("redeem", 4, "redeem", Trigger.REDEEM, True, 45),
    ]
    assert [rule.id for rule in plan.rules_on(Trigger.ORDER_PAID)] == ["back", "lock"]
    assert plan.rule("back").title == {"en": "Backing", "zh": "Backing"}
    assert plan.rule("redeem").action.sale.fee == Fraction(1, 10)
    with pytest.raises(KeyError):
        plan.rule("nothing")


def test_which_orders_a_plan_applies_to() -> None:
    condition = compiled(PLAN).applies_to
    assert isinstance(condition, All)
    assert [(part.field.name, part.operation, part.bound) for part in condition.parts if isinstance(part, Compare)] == [
        ("order.cash", "at_least", 30_000),
        ("order.attributes.channel", "is", "shop"),
    ]


def test_a_plan_may_do_without_what_is_optional() -> None:
    plan = compiled(order_rule())
    assert (plan.payment, plan.applies_to, plan.pools, plan.currency_asset) == (None, None, {}, None)
    assert plan.currency_scale == 2


def test_line_ends_do_not_change_the_version() -> None:
    assert compiled(PLAN.replace("\n", "\r\n")).digest == compiled(PLAN).digest
    assert compiled(PLAN + "# more\n").digest != compiled(PLAN).digest


def test_warnings_do_not_keep_a_plan_from_being_used() -> None:
    loaded = load(order_rule({"rate": "0%", "of": "order.cash"}))
    assert loaded.plan is not None
    assert {each.severity for each in loaded.diagnostics} == {Severity.WARNING}


def test_what_cannot_be_read_as_yaml_gives_no_plan() -> None:
    loaded = load("plan: [")
    assert loaded.plan is None
    assert [each.code for each in loaded.diagnostics] == ["yaml.unclosed-bracket"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_nothing_is_to_be_said_of_a_shipped_plan(path: Path) -> None:
    loaded = load_plan_file(path, vocabulary())
    assert loaded.plan is not None
    assert loaded.diagnostics == []


# -- all errors in one go, and nothing that only follows from them


def places(value: Any, path: Place = ()) -> Iterator[Place]:
    """Every place of a document below its top."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, entry in entries:
        yield (*path, key)
        yield from places(entry, (*path, key))


def with_fault(value: Any, path: Place, fault: Any) -> Any:
    changed = copy.deepcopy(value)
    entry = changed
    for step in path[:-1]:
        entry = entry[step]
    entry[path[-1]] = fault
    return changed


# No entry of a plan is a list of empty mappings, so this is a fault wherever it is written.
FAULT = [{}, {}]


# Of two plans that differ in numbers only, one will do.
@pytest.mark.parametrize("path", [each for each in SHIPPED if "example" not in each.stem], ids=lambda path: path.stem)
def test_one_fault_is_told_at_its_place_and_nothing_follows_from_it(path: Path) -> None:
    document = read_document(path.read_bytes(), path.name).document
    assert document is not None
    for place in places(document.value):
        faulty = replace(document, value=with_fault(document.value, place, FAULT))
        loaded = load_document(faulty, vocabulary())
        assert loaded.plan is None
        for each in loaded.diagnostics:
            assert each.path[: len(place)] == place, f"{place}: {each.render()}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_section_that_cannot_be_found_leaves_the_rest_in_peace(path: Path) -> None:
    document = read_document(path.read_bytes(), path.name).document
    assert document is not None
    for section in document.value:
        value = {key if key != section else f"{key}x": entry for key, entry in document.value.items()}
        found = load_document(replace(document, value=value), vocabulary()).diagnostics
        assert [each.code for each in found] == ["schema.unknown-key"], [each.render() for each in found]


def test_errors_of_form_and_of_meaning_are_told_together() -> None:
    text = (
        HEAD
        + POINTS
        + """\
rules:
  - {id: a, on: order.paid, grant: {asset: points, to: nobody, amount: "1"}}
  - {id: b, on: order.paid, grant: {asset: coins, to: buyer, amount: "1"}}
  - {id: c, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: rules.a.amount}}}
  - {id: d, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: rules.x.amount}}}
"""
    )
    assert codes(text) == ["schema.not-one-of", "plan.unknown-asset.did-you-mean", "plan.unknown-rule"]


def test_a_rule_without_a_readable_name_may_be_the_one_another_rule_means() -> None:
    text = (
        HEAD
        + POINTS
        + """\
rules:
  - {id: [a], on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}
  - {id: b, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: rules.a.amount}}}
"""
    )
    assert codes(text) == ["schema.wrong-type"]


def test_declarations_that_are_wrong_still_count_as_declared() -> None:
    text = (
        HEAD
        + """\
parameters:
  gift: {value: five}
assets:
  points: {scale: 2, lots: 5}
  token: {scale: 2, priced: {pool: backing, issue_price: none}}
  credit: {scale: 2, cash_value: 1%}
pools:
  backing: {titel: Backing}
ladders:
  rank: {measure: member.sales, levels: [{name: low, from: "1", bonus: much}]}
  size: {measure: order.cash, levels: [{name: small, from: "0.001", bonus: "1"}]}
payment: {asset: credit, up_to: 150%}
applies_to: {order.cash: {at_lest: "5"}}
rules:
  - id: a
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: $gift, of: order.cash}}
  - {id: b, on: order.paid, grant: {asset: points, to: buyer, amount: {times: rank.bonus, of: order.cash}}}
  - {id: c, on: order.paid, when: {buyer.level.rank: high}, grant: {asset: points, to: buyer, amount: "0.00001"}}
  - {id: d, on: order.paid, fund: {pool: backing, amount: {rate: 1%, of: order.cash}}}
  - {id: e, on: order.paid, grant: {asset: token, to: buyer, worth: {rate: 1%, of: rules.d.amount}}}
  - {id: f, on: convert, convert: {from: token, to: credit}}
  - id: g
    on: order.paid
    when: {buyer.balance.points: {at_least: "0.0001"}, order.level.size: tiny}
    grant: {asset: points, to: buyer, amount: "1"}
"""
    )
    found = [(each.code, each.line) for each in load(text).diagnostics]
    assert found == [
        ("schema.pattern", 6),
        ("schema.wrong-type", 8),
        ("schema.pattern", 9),
        ("schema.pattern", 10),
        ("schema.unknown-key", 12),
        ("schema.pattern", 14),
        ("plan.rate-too-large", 16),
        ("schema.unknown-key", 17),
        ("amount.too-fine", 23),
        ("amount.too-fine", 29),
        ("plan.unknown-level", 29),
    ]


def test_a_faulty_rule_is_left_out_when_rules_are_compared() -> None:
    served = (
        HEAD
        + POINTS
        + """\
rules:
  - {id: pay-a, on: pay, pay: {asset: points}}
  - {id: pay-b, on: pay, pay: {asset: points}, colour: red}
"""
    )
    assert codes(served) == ["schema.unknown-key"]
    assert "plan.served-twice" in codes(served.replace(", colour: red", ""))


def test_rules_of_a_list_that_is_none_are_not_looked_at() -> None:
    assert codes(HEAD + POINTS + "rules: none\n") == ["schema.wrong-type"]
    assert codes(HEAD + POINTS + "rules: [none]\n") == ["schema.wrong-type"]
    assert codes(HEAD + POINTS + "rules: []\n") == ["schema.too-short"]


def test_what_a_rule_moves_is_known_to_rules_only() -> None:
    text = order_rule() + "applies_to: {rules.gift.amount: {above: '1'}}\n"
    assert "plan.field-not-here" in codes(text)
