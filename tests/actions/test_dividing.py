"""Dividing a pool by units, and the least and most a member is paid of any pool."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.actions.distributing import Distribute
from rewards.actions.dividing import ByUnits, ByWeight
from rewards.plan.amounts import Amount, Rated
from rewards.plan.fields import Kind
from rewards.plan.ladder import Ladder, Level
from rewards.plan.model import Plan, Pool

from .contexts import OneClose, Recorded, fixed, member_field, units

CASH = units("cash", 2, currency=True)
QUOTA = units("quota", 2, 1)
POOL = Pool("pot", 0, {})
LEVELS = tuple(Level(name, {}, index, strict=False, columns={}) for index, name in enumerate(("one", "two", "three")))
RANK = Ladder("rank", 0, {}, None, LEVELS)
UNITS = (Fraction(1), Fraction(5, 2), Fraction(7))
WEIGHT = member_field("member.balance.weight", Kind.AMOUNT, 2)

laws = settings(deadline=None, max_examples=40)


def maybe(quantity: int | None) -> Amount | None:
    return None if quantity is None else fixed(quantity)


def by_units(grain: int = 0, **more: object) -> Distribute:
    return replace(Distribute(POOL, ByUnits(RANK, UNITS, grain), CASH, None, carry=True), **more)  # type: ignore[arg-type]


def by_weight(**more: object) -> Distribute:
    by = ByWeight(WEIGHT, everyone=False)
    return replace(Distribute(POOL, by, CASH, None, carry=True), **more)  # type: ignore[arg-type]


def test_a_unit_is_worth_the_pool_divided_by_all_units() -> None:
    close = OneClose(by_units(), 5, levels=[0, 1, 1, 2, -1], pool=10_000).run()  # 13 units, 7.6923…
    assert close.reported == [769, 1923, 1923, 5384, 0]
    assert close.pool == 1
    assert close.details == {"pool": 10_000, "units": "13", "worth": "10000/13"}


def test_the_worth_of_a_unit_is_rounded_down_where_the_plan_says_so() -> None:
    close = OneClose(by_units(grain=10), 5, levels=[0, 1, 1, 2, -1], pool=10_000).run()  # 7.60
    assert close.reported == [760, 1900, 1900, 5320, 0]
    assert close.pool == 120


def test_only_the_units_of_those_who_can_be_paid_count() -> None:
    close = OneClose(by_units(), 3, chosen=[True, False, True], levels=[0, 1, 2], pool=80).run()
    assert close.reported == [10, 0, 70]
    limited = by_units(limit=QUOTA)
    close = OneClose(limited, 3, levels=[0, 1, 2], pool=80, balances={"quota": [4, 0, 90]}).run()
    assert (close.reported, close.balances["quota"]) == ([4, 0, 70], [0, 0, 20])


def test_without_units_nothing_is_paid() -> None:
    assert OneClose(by_units(), 2, levels=[-1, -1], pool=80).run().reported == [0, 0]


@laws
@given(
    levels=st.lists(st.integers(-1, 2), min_size=1, max_size=8),
    pool=st.integers(0, 10**15),
    grain=st.sampled_from([0, 1, 7, 100]),
)
def test_units_are_paid_exactly(levels: list[int], pool: int, grain: int) -> None:
    close = OneClose(by_units(grain), len(levels), levels=levels, pool=pool).run()
    total = sum(UNITS[level] for level in levels if level >= 0)
    worth = Fraction(pool) / total if total else Fraction(0)
    if grain:
        worth = Fraction(grain * floor(worth / grain))
    assert close.reported == [floor(UNITS[level] * worth) if level >= 0 else 0 for level in levels]
    assert close.pool >= 0


@pytest.mark.parametrize(
    ("least", "most", "paid"),
    [(None, None, [10, 200, 790]), (50, None, [0, 200, 790]), (10, 300, [10, 200, 300]), (200, 200, [0, 200, 200])],
)
def test_parts_below_the_least_and_above_the_most_stay_in_the_pool(
    least: int | None, most: int | None, paid: list[int]
) -> None:
    values = {"member.balance.weight": [10, 200, 790]}
    close = OneClose(by_weight(least=maybe(least), most=maybe(most)), 3, values=values, pool=1000).run()
    assert (close.reported, close.pool) == (paid, 1000 - sum(paid))


def test_the_most_may_be_each_members_own() -> None:
    weight, sales = "member.balance.weight", member_field("member.sales")
    values = {weight: [100, 200, 700], "member.sales": [500, 100, -50]}
    most = Amount(Rated(sales, Fraction(1, 2)))
    close = OneClose(by_weight(most=most), 3, values=values, pool=1000).run()
    assert (close.reported, close.pool) == ([100, 50, 0], 850)


def test_what_cannot_be_paid_goes_back_to_the_platform() -> None:
    values = {"member.balance.weight": [10, 200, 790]}
    close = OneClose(by_weight(most=fixed(300), carry=False), 3, values=values, pool=1000).run()
    assert (close.pool, close.details["returned"]) == (0, 490)


def test_the_limit_falls_only_by_what_caps_let_through() -> None:
    action = by_weight(limit=QUOTA)
    values = {"member.balance.weight": [10, 200]}
    close = OneClose(action, 2, values=values, pool=210, room=50, balances={"quota": [100, 100]}).run()
    assert (close.reported, close.balances["quota"], close.pool) == ([10, 50], [90, 50], 150)


def test_a_weight_below_zero_counts_as_none() -> None:
    close = OneClose(by_weight(), 2, values={"member.balance.weight": [-50, 100]}, pool=210).run()
    assert close.reported == [0, 210]


def test_a_part_by_units_is_explained_by_the_worth_of_a_unit() -> None:
    plan = cast(Plan, SimpleNamespace(currency_scale=2))
    details = {"pool": 10_000, "units": "13", "worth": "10000/13"}
    fact = Recorded(by_units(most=fixed(500)), 2, level=[0, 1], details=details, plan=plan)
    assert fact.lines() == ["pool pot: 100.00", "own part: two 2.5 × 7.6923 (pool ÷ 13); at most 5.00"]
