"""Parameters whose values follow each other, or are declared afterwards."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from rewards.plan.amounts import Rated
from rewards.plan.load import BadValues
from rewards.plan.model import Plan
from rewards.plan.windows import Span

from .plans import HEAD, POINTS, codes, compiled

PLAN = f"""\
{HEAD}
parameters:
  plain: {{value: "3"}}
  season: {{values: [{{from: 2026-01-01, value: 1%}}, {{from: 2026-07-01, value: 2%}}]}}
  most: {{values: [{{from: 2026-03-01, value: "5"}}, {{from: 2026-08-01, value: "9"}}]}}
  dividend: {{title: {{en: Dividend}}, declared: year}}
{POINTS}
rules:
  - id: season
    on: order.paid
    grant: {{asset: points, to: buyer, amount: {{rate: $season, of: order.cash, cap: $most}}}}
  - id: plain
    on: order.paid
    grant: {{asset: points, to: buyer, amount: $plain}}
  - id: dividend
    on: year.close
    when: {{member.sales: {{above: "0"}}}}
    grant: {{asset: points, to: member, amount: {{rate: $dividend, of: member.sales}}}}
"""


def rate(plan: Plan, rule: str) -> Decimal:
    """The rate of a rule, in percent."""
    formula = plan.rule(rule).action.amount.formula
    assert isinstance(formula, Rated)
    return Decimal(formula.factor.numerator * 100) / formula.factor.denominator


@pytest.mark.parametrize(
    ("day", "percent", "most"),
    [
        (date(2020, 1, 1), 1, 500),
        (date(2026, 1, 1), 1, 500),
        (date(2026, 6, 30), 1, 500),
        (date(2026, 7, 1), 2, 500),
        (date(2026, 8, 1), 2, 900),
        (date(2030, 1, 1), 2, 900),
    ],
)
def test_a_value_holds_from_its_day_on_and_the_first_before_as_well(day: date, percent: int, most: int) -> None:
    plan = compiled(PLAN).on(day)
    assert rate(plan, "season") == percent
    assert plan.rule("season").action.amount.cap == most


def test_the_variants_of_a_plan_are_one_version_and_know_each_other() -> None:
    plan = compiled(PLAN)
    later, sooner = plan.on(date(2026, 9, 1)), plan.on(date(2026, 2, 1))
    assert later is plan.on(date(2027, 1, 1)) and later is not sooner
    assert later.digest == plan.digest and list(later.assets) == list(plan.assets)
    assert later.on(date(2026, 2, 1)) is sooner


def test_a_rule_awaits_what_is_declared_afterwards() -> None:
    plan = compiled(PLAN)
    assert {rule.id: set(rule.awaits) for rule in plan.rules} == {
        "season": set(),
        "plain": set(),
        "dividend": {"dividend"},
    }
    assert plan.parameters["dividend"].declared is Span.YEAR
    assert plan.parameters["plain"].values == ((1, "3"),)


def test_a_declared_value_is_what_the_rule_then_works_with() -> None:
    plan = compiled(PLAN).on(date(2026, 12, 31), {"dividend": "4%"})
    assert rate(plan, "dividend") == 4
    assert plan.rule("dividend").awaits == {"dividend"}


@pytest.mark.parametrize("value", ["-4%", "four", "4%%"])
def test_a_declared_value_that_is_none_is_refused_with_a_reason(value: str) -> None:
    with pytest.raises(BadValues) as refused:
        compiled(PLAN).on(date(2026, 12, 31), {"dividend": value})
    assert refused.value.diagnostics


def test_a_plan_whose_numbers_never_change_is_the_same_on_every_day() -> None:
    plan = compiled(
        HEAD
        + POINTS
        + PLAN[PLAN.index("rules:") :]
        .partition("  - id: plain")[0]
        .replace("{rate: $season, of: order.cash, cap: $most}", '"1"')
    )
    assert plan.recompile is None and plan.on(date(2026, 1, 1)) is plan


def test_values_are_judged_together_as_they_will_be_in_force() -> None:
    text = PLAN.replace("cap: $most", "min: $plain, cap: $most").replace('value: "9"', 'value: "2"')
    assert codes(text) == ["plan.min-above-cap"]
    assert codes(text.replace('value: "2"', 'value: "3"')) == []
