from __future__ import annotations

from datetime import date

import pytest

from rewards.plan.amounts import Fixed, Rated
from rewards.plan.cap import Cap, Excess
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.windows import Span, Window

from .plans import HEAD, codes, compiled

BEFORE = """\
assets:
  cash: {scale: 2, currency: true}
  points: {scale: 2, lots: {start_after_days: 1}}
  stars: {scale: 0}
pools:
  bonus: {}
measures:
  turnover: {sum: order.cash, over: month, of: everybody}
  own: {sum: order.cash, over: month}
tags: {vip: {}}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: order.cash}}}
  - {id: more, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.own}}}
  - {id: most, on: day.close, grant: {asset: points, to: member, amount: {rate: 2%, of: member.measure.own}}}
  - {id: month, on: month.close, grant: {asset: points, to: member, amount: {rate: 2%, of: member.measure.own}}}
  - id: lock
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: 10%, of: order.cash}}
  - {id: free, on: day.close, release: {asset: points, amount: {rate: 1%, of: lot.basis}}}
  - {id: star, on: order.paid, grant: {asset: stars, to: buyer, amount: "1"}}
  - {id: fund, on: day.close, fund: {pool: bonus, amount: {rate: 1%, of: day.sales}}}
  - id: bonus
    on: day.close
    when: {plan.measure.turnover: {at_least: "1"}, member.tag.vip: true}
    distribute: {pool: bonus, weight: member.balance.stars, pay: cash, undistributed: carry}
  - {id: swap, on: pay, pay: {asset: points}}
"""


def plan_with(*caps: str) -> str:
    """A plan with these caps, each written after its name."""
    return HEAD + BEFORE + "caps:\n" + "".join(f"  cap-{i}: {{{cap}}}\n" for i, cap in enumerate(caps))


def cap(written: str) -> Cap:
    return compiled(plan_with(written)).caps["cap-0"]


def test_a_cap_for_each_member() -> None:
    found = cap('title: {en: A month, zh: 每月}, rules: [base, lock], per: member, over: month, most: "500"')
    assert found == Cap(
        name="cap-0",
        index=0,
        title={"en": "A month", "zh": "每月"},
        rules=("base", "lock"),
        flows=(Flow(FlowKind.EARNED, "points", "base"), Flow(FlowKind.EARNED, "points", "lock")),
        scale=2,
        everybody=False,
        window=Window(Span.MONTH),
        most=found.most,
        excess=Excess.BY_ORDER,
    )
    assert found.most.formula == Fixed(50_000)


def test_a_budget_for_all_together() -> None:
    found = cap("rules: [more, most], per: plan, over: month, most: {rate: 40%, of: plan.measure.turnover}")
    assert found.everybody
    assert isinstance(found.most.formula, Rated)
    assert [each.name for each in found.most.fields()] == ["plan.measure.turnover"]


def test_the_plan_knows_its_caps_and_counts_for_them() -> None:
    plan = compiled(
        plan_with(
            'rules: [base], per: member, most: "5"',
            'rules: [bonus], per: plan, over: {from: 2026-01-01, through: 2026-12-31}, most: "1000"',
        )
    )
    assert [(each.name, each.index, each.assets, each.everybody) for each in plan.caps.values()] == [
        ("cap-0", 0, ("points",), False),
        ("cap-1", 1, ("cash",), True),
    ]
    assert plan.caps["cap-0"].window == Window()
    year = Window(Span.DATES, first=date(2026, 1, 1).toordinal(), last=date(2026, 12, 31).toordinal())
    assert plan.caps["cap-1"].window == year
    assert {Flow(FlowKind.EARNED, "points", "base"), Flow(FlowKind.EARNED, "cash", "bonus")} <= plan.flows
    assert "earned:cash:bonus" in plan.total_keys
    assert "earned:points:base" not in plan.total_keys


def test_most_may_be_of_the_members_own() -> None:
    found = cap('rules: [base], per: member, over: month, most: {rate: 5%, of: member.measure.own, min: "1"}')
    assert [each.name for each in found.most.fields()] == ["member.measure.own"]
    assert found.most.least == 100


@pytest.mark.parametrize(
    ("window", "code"),
    [
        ("{last: month}", ["plan.cap-window-past"]),
        ("{since: joined}", []),
        ("membership_year", []),
        ("{days: 30}", []),
    ],
)
def test_a_cap_looks_at_the_present(window: str, code: list[str]) -> None:
    assert codes(plan_with(f'rules: [base], per: member, over: {window}, most: "5"')) == code


@pytest.mark.parametrize("window", ["{since: joined}", "membership_year"])
def test_what_is_for_all_has_the_same_days_for_all(window: str) -> None:
    text = plan_with(f'rules: [base], per: plan, over: {window}, most: "5"')
    assert codes(text) == ["plan.cap-window-personal"]


@pytest.mark.parametrize("excess", ["pro_rata", "stop"])
@pytest.mark.parametrize(
    ("rules", "together"),
    [("more, most", True), ("month", True), ("base", False), ("base, more", False), ("more, month", False)],
)
def test_only_rules_paid_at_one_close_are_weighed(excess: str, rules: str, together: bool) -> None:
    text = plan_with(f'rules: [{rules}], per: plan, over: month, most: "5", excess: {excess}')
    assert codes(text) == ([] if together else ["plan.cap-excess"])
    if together:
        assert compiled(text).caps["cap-0"].excess is Excess(excess)


@pytest.mark.parametrize("rule", ["free", "swap"])
def test_rules_that_give_nothing_cannot_be_held_back(rule: str) -> None:
    assert codes(plan_with(f'rules: [{rule}], per: member, most: "5"')) == ["plan.cap-gives-nothing"]


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("{scale: 2}", "{scale: 2}", True),
        ("{scale: 2}", "{scale: 0}", False),
        ('{scale: 2, cash_value: "1"}', '{scale: 2, cash_value: "1.00"}', True),
        ('{scale: 2, cash_value: "1"}', '{scale: 2, cash_value: "0.5"}', False),
        ('{scale: 2, cash_value: "1"}', "{scale: 2}", False),
        ("{scale: 2, currency: true}", '{scale: 2, cash_value: "1"}', True),
        ("{scale: 2, currency: true}", "{scale: 2}", False),
    ],
)
def test_a_cap_adds_up_what_is_worth_the_same(one: str, other: str, together: bool) -> None:
    text = f"""{HEAD}
assets: {{one: {one}, other: {other}, shares: {{scale: 0}}}}
{"pools: {pot: {}}" if "currency" in one else ""}
rules:
  - {{id: shares, on: order.paid, grant: {{asset: shares, to: buyer, amount: "1"}}}}
  - id: first
    on: day.close
    {
        "distribute: {pool: pot, weight: member.balance.shares, pay: one}"
        if "currency" in one
        else 'grant: {asset: one, to: member, amount: "1"}'
    }
  - {{id: second, on: day.close, grant: {{asset: other, to: member, amount: "1"}}}}
caps:
  both: {{rules: [first, second], per: member, most: "5"}}
"""
    found = [code for code in codes(text) if code not in ("plan.pool-never-funded",)]
    assert found == ([] if together else ["plan.cap-assets"])


def test_a_priced_asset_is_added_up_with_no_other() -> None:
    text = f"""{HEAD}
assets:
  cash: {{scale: 2, currency: true}}
  token: {{scale: 2, priced: {{pool: backing, issue_price: "1"}}}}
  points: {{scale: 2}}
pools: {{backing: {{}}}}
rules:
  - {{id: fund, on: order.paid, fund: {{pool: backing, amount: {{rate: 30%, of: order.cash}}}}}}
  - {{id: token, on: order.paid, grant: {{asset: token, to: buyer, worth: {{rate: 70%, of: rules.fund.amount}}}}}}
  - {{id: points, on: order.paid, grant: {{asset: points, to: buyer, amount: "1"}}}}
caps:
  both: {{rules: [token, points], per: member, most: "5"}}
"""
    assert codes(text) == ["plan.cap-assets"]


def test_what_goes_into_a_pool_counts_against_a_budget_and_against_nobodys_cap() -> None:
    found = cap('rules: [fund], per: plan, over: month, most: "5"')
    assert found.flows == (Flow(FlowKind.FUNDED, "cash", "fund"),)
    assert codes(plan_with('rules: [fund], per: member, most: "5"')) == ["plan.cap-pool-per-member"]


def test_money_is_not_counted_on_its_way_into_a_pool_and_out_again() -> None:
    assert codes(plan_with('rules: [fund, bonus], per: plan, most: "5"')) == ["plan.cap-counts-twice"]


@pytest.mark.parametrize(("excess", "code"), [("pro_rata", ["plan.cap-pool-open"]), ("by_order", [])])
def test_a_pool_is_paid_out_when_it_is_known_what_went_in(excess: str, code: list[str]) -> None:
    later = "  - {id: later, on: day.close, fund: {pool: other, amount: {rate: 1%, of: day.sales}}}\n"
    paid = "  - {id: other, on: day.close, distribute: {pool: other, weight: member.balance.stars, pay: cash}}\n"
    text = plan_with(f'rules: [fund, later], per: plan, most: "5", excess: {excess}')
    text = text.replace("bonus: {}", "bonus: {}\n  other: {}").replace("caps:", later + paid + "caps:")
    assert codes(text) == code


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("member.measure.own", ["plan.cap-field"]),
        ("member.balance.points", ["plan.cap-field"]),
        ("day.sales", ["plan.cap-field-not-on"]),
        ("day.of_month", []),
        ("plan.measure.turnover", []),
    ],
)
def test_what_everybodys_cap_is_taken_of(field: str, code: list[str]) -> None:
    text = plan_with(f"rules: [base], per: plan, most: {{rate: 1%, of: {field}}}")
    assert codes(text) == code


def test_the_sales_of_the_day_are_known_at_closes() -> None:
    assert codes(plan_with("rules: [more], per: plan, over: day, most: {rate: 1%, of: day.sales}")) == []


@pytest.mark.parametrize("most", ['"0"', "{rate: 0%, of: member.measure.own}"])
def test_a_cap_leaves_something(most: str) -> None:
    assert codes(plan_with(f"rules: [base], per: member, most: {most}")) == ["plan.must-be-positive"]


def test_a_rule_that_is_wrong_is_told_of_there_alone() -> None:
    text = plan_with('rules: [base], per: member, most: "5"')
    assert codes(text.replace("to: buyer, amount: {rate: 1%", "to: nobody, amount: {rate: 1%")) == ["schema.not-one-of"]
