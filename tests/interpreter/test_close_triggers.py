"""What happens with a close: the ends of periods for everybody, and days of their own for some."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.close_values import kept_on, years_since
from rewards.interpreter.world import World
from rewards.plan.triggers import CLOSES
from rewards.plan.windows import is_anniversary, membership_year_start

from .worlds import compiled, laws


def plan_on(*triggers: str, more: str = "") -> World:
    """A world with a rule for each trigger, the n-th giving 10 to the power of n points."""
    rules = [
        f"  - {{id: r{number}, on: {each}, grant: {{asset: points, to: member, amount: '{10**number}'}}}}"
        for number, each in enumerate(triggers)
    ]
    text = """
plan: closes
title: {en: Closes, zh: 日结}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
rules:
"""
    return World(compiled(text + "\n".join(rules) + more))


@pytest.mark.parametrize(
    ("day", "points"),
    [
        ("2026-03-03", "1"),
        ("2026-03-08", "11"),  # a Sunday
        ("2026-02-28", "101"),
        ("2026-03-31", "1101"),
        ("2026-05-31", "111"),  # a Sunday, too
        ("2026-12-31", "11101"),
    ],
)
def test_the_last_day_of_a_period_closes_it(day: str, points: str) -> None:
    world = plan_on("day.close", "week.close", "month.close", "quarter.close", "year.close")
    world.join("ann")
    world.close(day)
    assert world.balance("ann", "points") == points


def test_an_upline_earns_of_the_day_of_somebody_below() -> None:
    share = "{of: member.balance.points, generations: ['10%'], grant: points}"
    when = "{member.balance.points: {at_least: '100'}}"
    world = plan_on("day.close", more=f"\n  - {{id: gift, on: birthday, when: {when}, share: {share}}}")
    world.join("ann")
    world.join("bob", "ann", birthday="2000-03-04")
    world.join("cid", "ann", birthday="2000-03-04")
    world.give("bob", "points", "499")
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        world.close(day)
    # Three days give each member a point. On the fourth of March bob has 501 with the day's own; cid has too little.
    assert world.balance("ann", "points") == "53"
    assert world.balance("bob", "points") == "502"


def test_days_of_their_own_happen_to_those_whose_days_they_are() -> None:
    world = plan_on("anniversary", "birthday", "membership_year.close")
    world.join("ann", joined="2024-02-29")
    world.join("bob", joined="2025-03-01", birthday="2000-02-29")
    world.join("cid")
    world.join("new", joined="2026-02-28", birthday="2026-02-28")

    def points() -> list[str]:
        return [world.balance(name, "points") for name in ("ann", "bob", "cid", "new")]

    world.close("2026-02-27")
    assert points() == ["100", "0", "0", "0"]  # the anniversary of 29 February is kept on the 28th
    world.close("2026-02-28")
    assert points() == ["101", "110", "0", "0"]
    world.close("2026-03-01")
    assert points() == ["101", "111", "0", "0"]
    world.close("2027-02-28")
    assert points() == ["102", "221", "0", "11"]


def test_nothing_happens_to_those_whose_days_are_not_known() -> None:
    world = plan_on("anniversary", "birthday", "membership_year.close")
    world.join("ann")
    for number in range(370):
        assert world.close(date(2026, 1, 1) + timedelta(days=number)).blocks == []


def test_a_rule_s_condition_narrows_down_who_is_concerned() -> None:
    birthdays = """
  - id: gift
    on: birthday
    when: {member.years: {at_least: 2}}
    grant: {asset: points, to: member, amount: "7"}
"""
    world = plan_on(more=birthdays)
    for name, joined in (("old", "2020-05-05"), ("new", "2025-05-05")):
        world.join(name, joined=joined, birthday="1990-03-02")
    world.join("other", joined="2020-05-05", birthday="1990-03-03")
    world.close("2026-03-02")
    assert [world.balance(name, "points") for name in ("old", "new", "other")] == ["7", "0", "0"]


def test_shorter_periods_are_served_before_longer_ones_and_rules_in_the_file_s_order() -> None:
    world = plan_on(*(each.value for each in reversed(CLOSES)))
    world.join("ann", joined="2025-12-31", birthday="2001-12-31")
    world.join("bob", joined="2026-01-01")
    blocks = world.close("2028-12-31").blocks  # a Sunday
    order = [world.plan.rules[block.rule].trigger for block in blocks]
    assert order == list(CLOSES)


def test_a_rule_sees_what_an_earlier_one_on_the_same_trigger_has_moved() -> None:
    rules = """
  - {id: first, on: month.close, grant: {asset: points, to: member, amount: "5"}}
  - {id: again, on: month.close, grant: {asset: points, to: member, amount: {rate: 100%, of: rules.first.amount}}}
"""
    world = plan_on(more=rules)
    world.join("ann")
    world.close("2026-03-31")
    assert world.balance("ann", "points") == "10"


days = st.dates(date(2019, 12, 1), date(2026, 12, 31))


@laws
@given(since=st.lists(days, min_size=1, max_size=5), day=days)
def test_days_of_their_own_are_those_of_the_calendar(since: list[date], day: date) -> None:
    since.append(date(2020, 2, 29))
    column = np.array([0] + [each.toordinal() for each in since], dtype=np.int64)
    assert kept_on(column, day).tolist() == [False] + [is_anniversary(each, day) for each in since]
    years = [sum(is_anniversary(each, before) for before in _days(each, day)) for each in since]
    assert years_since(column, day).tolist() == [0, *years]


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@laws
@given(joined=days)
def test_a_membership_year_closes_on_the_day_before_the_next_begins(joined: date) -> None:
    column = np.array([joined.toordinal()], dtype=np.int64)
    for day, tomorrow in pairwise(_days(joined, joined + timedelta(days=400))):
        begins = membership_year_start(joined, day) != membership_year_start(joined, tomorrow)
        assert kept_on(column, tomorrow).tolist() == [begins]
