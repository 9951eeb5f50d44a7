from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.windows import Span

from .plans import HEAD, codes, compiled


def plan_with(expires: str, ladder: str = "") -> str:
    return (
        HEAD
        + f"assets:\n  points: {{scale: 0, expires: {expires}}}\n"
        + ladder
        + """
rules:
  - id: gift
    on: order.paid
    grant: {asset: points, to: buyer, amount: "1"}
"""
    )


def expiry(expires: str, ladder: str = "") -> Expiry:
    found = compiled(plan_with(expires, ladder)).assets["points"].expiry
    assert found is not None
    return found


def ladder(*months: str, measure: str = "member.sales") -> str:
    levels = ", ".join(f'{{name: l{i}, from: "{i}", months: "{each}"}}' for i, each in enumerate(months, 1))
    return f"ladders:\n  tier: {{measure: {measure}, levels: [{levels}]}}\n"


def test_units_are_good_for_ever_unless_it_is_said() -> None:
    assert compiled(plan_with("{days: 1}").replace(", expires: {days: 1}", "")).assets["points"].expiry is None


@pytest.mark.parametrize(
    ("written", "expected", "last_day"),
    [
        ("{days: 1}", Expiry(days=1), date(2026, 1, 31)),
        ("{days: 365}", Expiry(days=365), date(2027, 1, 30)),
        ("{months: 1}", Expiry(months=1), date(2026, 2, 27)),
        ("{months: 12, at_end_of: month}", Expiry(months=12, period_end=Span.MONTH), date(2027, 1, 31)),
        ("{days: 90, at_end_of: quarter}", Expiry(days=90, period_end=Span.QUARTER), date(2026, 6, 30)),
        ("{at_end_of: year}", Expiry(period_end=Span.YEAR), date(2026, 12, 31)),
        ("{months: 18, inactive: true}", Expiry(months=18, inactive=True), date(2027, 7, 30)),
        ("{days: 90, notice_days: 7}", Expiry(days=90, notice_days=7), date(2026, 4, 30)),
        ("{days: 2, spend_first: oldest}", Expiry(days=2, spend_order=SpendOrder.OLDEST), date(2026, 2, 1)),
        ("{days: 2, spend_first: newest}", Expiry(days=2, spend_order=SpendOrder.NEWEST), date(2026, 2, 1)),
        ("{days: 2, spend_first: soonest_to_expire}", Expiry(days=2), date(2026, 2, 1)),
    ],
)
def test_how_long_units_are_good(written: str, expected: Expiry, last_day: date) -> None:
    found = expiry(written)
    assert found == expected
    assert date.fromordinal(found.last_day(date(2026, 1, 31))) == last_day


def test_it_may_depend_on_the_level_held() -> None:
    found = expiry("{months: tier.months, at_end_of: month}", ladder("12", "24", "36"))
    assert found == Expiry(ladder="tier", months_by_level=(12, 24, 36), months_without_level=12, period_end=Span.MONTH)
    day = date(2026, 3, 10)
    assert found.last_days(day, [-1, 0, 1, 2, 1]) == [
        date(year, 3, 31).toordinal() for year in (2027, 2027, 2028, 2029, 2028)
    ]


@pytest.mark.parametrize("months", ["0", "0.5", "1201"])
def test_a_level_says_whole_months(months: str) -> None:
    assert codes(plan_with("{months: tier.months}", ladder("12", months))) == ["plan.expiry-months"]


def test_members_must_hold_the_levels_it_depends_on() -> None:
    assert codes(plan_with("{months: tier.months}", ladder("12", measure="order.cash"))) == ["plan.ladder-not-held"]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{days: 30, months: 1}", "plan.expiry-days-or-months"),
        ("{notice_days: 3}", "plan.expiry-how-long"),
        ("{at_end_of: year, inactive: true}", "plan.expiry-inactive"),
    ],
)
def test_what_does_not_go_together(written: str, code: str) -> None:
    assert codes(plan_with(written)) == [code]


@pytest.mark.parametrize(
    ("written", "longest"),
    [
        ("days: 30", 29),
        ("months: 1", 27),
        ("months: 12", 364),
        ("at_end_of: month", 27),
        ("at_end_of: quarter", 89),
        ("at_end_of: year", 364),
        ("days: 30, at_end_of: year", 29),
    ],
)
def test_a_notice_comes_while_the_units_are_there(written: str, longest: int) -> None:
    assert expiry(f"{{{written}, notice_days: {longest}}}").notice_days == longest
    assert codes(plan_with(f"{{{written}, notice_days: {longest + 1}}}")) == ["plan.expiry-notice"]


def test_a_notice_is_measured_by_the_level_with_the_shortest_time() -> None:
    levels = ladder("12", "2")
    assert expiry("{months: tier.months, notice_days: 57}", levels).notice_days == 57
    assert codes(plan_with("{months: tier.months, notice_days: 60}", levels)) == ["plan.expiry-notice"]


def good_for(months: int, day: date) -> int:
    """For how many days units that came on a day are good."""
    return Expiry(months=months).last_day(day) - day.toordinal() + 1


@given(months=st.integers(1, 30), more=st.integers(-2, 2))
def test_whenever_the_units_come_the_notice_comes_no_earlier(months: int, more: int) -> None:
    # Of units good for n days, notice can be given n - 1 days before their last day, when they come, at the earliest.
    shortest = min(good_for(months, date(2090, 1, 1) + timedelta(days=each)) for each in range(4 * 366))
    found = codes(plan_with(f"{{months: {months}, notice_days: {shortest + more}}}"))
    assert found == ([] if more < 0 else ["plan.expiry-notice"])
