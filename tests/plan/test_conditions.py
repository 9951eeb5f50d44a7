from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.plan.conditions import (
    OPERATORS,
    SIZES,
    All,
    AnyOf,
    Compare,
    CompareFields,
    Condition,
    Not,
    can_both_hold,
    contradiction,
    lower_limit,
    upper_limit,
)
from rewards.plan.fields import Field, Kind

from .plans import close_rule, codes, compiled, order_rule

CASH = Field("order.cash", "order", "cash", "", Kind.AMOUNT, 2)
ORDERS = Field("member.orders", "member", "orders", "", Kind.NUMBER)
MERCHANT = Field("member.merchant", "member", "merchant", "", Kind.FLAG)
RANK = Field("member.level.rank", "member", "level", "rank", Kind.LEVEL, ladder="rank")
DATE = Field("day.date", "day", "date", "", Kind.DATE)
TIME = Field("order.time", "order", "time", "", Kind.TIME)
NUMBER = Field("order.number", "order", "number", "", Kind.NUMBER)
WEEKDAY = Field("day.weekday", "day", "weekday", "", Kind.TEXT)

MEMBERS = [(orders, merchant, rank) for orders in (0, 1, 2, 3) for merchant in (True, False) for rank in (-1, 0, 1)]


def comparisons(field: Field, bounds: st.SearchStrategy[Any], *, sizes: bool) -> st.SearchStrategy[Condition]:
    single = st.sampled_from(["is", "is_not", *(["at_least", "above", "at_most", "below"] if sizes else [])])
    several = st.lists(bounds, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Compare, st.just(field), single, bounds),
        st.builds(Compare, st.just(field), st.sampled_from(["one_of", "none_of"]), several),
    )


conditions = st.recursive(
    st.one_of(
        comparisons(ORDERS, st.integers(0, 3), sizes=True),
        comparisons(MERCHANT, st.booleans(), sizes=False),
        comparisons(RANK, st.integers(-1, 1), sizes=True),
    ),
    lambda part: st.one_of(
        st.builds(All, st.lists(part, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(part, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, part),
    ),
    max_leaves=8,
)


def row(orders: int, merchant: bool, rank: int) -> Any:
    found = {ORDERS: orders, MERCHANT: merchant, RANK: rank}
    return lambda field: found[field]


@given(conditions)
def test_a_condition_means_the_same_for_one_member_and_for_a_column_of_them(condition: Condition) -> None:
    columns = {
        ORDERS: np.array([each[0] for each in MEMBERS], dtype=np.int64),
        MERCHANT: np.array([each[1] for each in MEMBERS], dtype=np.bool_),
        RANK: np.array([each[2] for each in MEMBERS], dtype=np.int64),
    }
    column = np.broadcast_to(condition.holds(lambda field: columns[field]), len(MEMBERS))
    assert list(column) == [bool(condition.holds(row(*each))) for each in MEMBERS]


@given(conditions)
def test_what_some_member_fulfils_is_never_called_impossible(condition: Condition) -> None:
    if any(condition.holds(row(*each)) for each in MEMBERS):
        assert contradiction(condition) is None


SALES = Field("member.sales", "member", "sales", "", Kind.AMOUNT, 2)
BEFORE = Field("member.measure.before", "member", "measure", "before", Kind.AMOUNT, 2)
amounts = st.integers(-(10**18), 10**18) | st.integers(-5, 5)


@given(
    st.sampled_from(sorted(SIZES | {"is", "is_not"})),
    st.fractions(0, 10**6, max_denominator=10**6),
    st.lists(st.tuples(amounts, amounts), max_size=10),
)
def test_a_field_compares_exactly_with_another(operation: str, rate: Fraction, pairs: list[tuple[int, int]]) -> None:
    condition = CompareFields(SALES, operation, BEFORE, rate)
    exact = [bool(OPERATORS[operation](Fraction(one), other * rate)) for one, other in pairs]
    columns = {field: np.array([each[i] for each in pairs], dtype=np.int64) for i, field in enumerate((SALES, BEFORE))}
    column = condition.holds(lambda field: columns[field])
    assert column.dtype == np.bool_
    assert column.tolist() == exact
    assert Not(condition).holds(lambda field: columns[field]).tolist() == [not each for each in exact]
    assert [condition.holds(lambda field, pair=pair: pair[field == BEFORE]) for pair in pairs] == exact
    # what is one number for all, such as the day's sales, beside a column
    if pairs:
        single = condition.holds(lambda field: columns[SALES] if field == SALES else pairs[0][1])
        assert single.tolist() == [bool(OPERATORS[operation](Fraction(one), pairs[0][1] * rate)) for one, _ in pairs]


def test_comparisons_with_another_field_are_read_wherever_both_are_known() -> None:
    grown = {"member.sales": {"at_least": {"rate": "110%", "of": "member.balance.points"}, "above": "5"}}
    when = compiled(close_rule(when=grown)).rules[0].when
    assert when is not None
    assert [field.name for field in when.fields()] == ["member.sales", "member.balance.points", "member.sales"]
    assert [
        bool(when.holds(lambda field, sales=sales: sales if field.name == "member.sales" else 1_000))
        for sales in (1_099, 1_100)
    ] == [False, True]
    assert contradiction(when) is None
    assert lower_limit(when, SALES) == 501
    assert upper_limit(Not(when), SALES) is None
    lines = {"some_line": {"line.amount": {"is": {"of": "line.amount"}}}}
    assert not [code for code in codes(order_rule(when=lines)) if not code.startswith("plan.unused")]
    assert codes(order_rule(when={"some_line": {"line.amount": {"is": {"of": "order.cash"}}}}))[:1] == [
        "plan.field-not-here"
    ]


@given(conditions, conditions)
def test_conditions_that_hold_of_one_member_can_both_hold(first: Condition, second: Condition) -> None:
    if any(first.holds(row(*each)) and second.holds(row(*each)) for each in MEMBERS):
        assert can_both_hold(first, second)


@given(conditions)
def test_nothing_that_holds_is_above_the_upper_limit(condition: Condition) -> None:
    limit = upper_limit(condition, ORDERS)
    if limit is not None:
        assert all(each[0] <= limit for each in MEMBERS if condition.holds(row(*each)))


@pytest.mark.parametrize(
    ("parts", "culprit"),
    [
        ([("at_least", 100), ("below", 100)], True),
        ([("at_least", 100), ("at_most", 100)], False),
        ([("is", 5), ("above", 5)], True),
        ([("one_of", (5, 6)), ("is_not", 5), ("none_of", (6, 7))], True),
        ([("one_of", (5, 6)), ("is_not", 5)], False),
        ([("at_least", 3), ("at_most", 4), ("none_of", (3, 4))], True),
        ([("at_least", 3), ("at_most", 5), ("none_of", (3, 4))], False),
        ([("below", 0)], True),
        ([("at_most", 0)], False),
    ],
)
def test_bounds_that_leave_no_amount_contradict_each_other(parts: list[tuple[str, Any]], culprit: bool) -> None:
    condition = All(tuple(Compare(CASH, operation, bound) for operation, bound in parts))
    assert (contradiction(condition) == CASH) is culprit


def test_conditions_exclude_each_other_also_through_not_and_any() -> None:
    merchant, other = Compare(MERCHANT, "is", True), Compare(MERCHANT, "is_not", True)
    assert not can_both_hold(merchant, other)
    assert not can_both_hold(merchant, Not(merchant))
    assert not can_both_hold(Not(AnyOf((merchant, Compare(ORDERS, "above", 3)))), merchant)
    assert can_both_hold(AnyOf((merchant, other)), merchant)
    assert can_both_hold(None, merchant)
    assert can_both_hold(None, None)
    assert not can_both_hold(Compare(WEEKDAY, "is", "monday"), Compare(WEEKDAY, "one_of", ("friday", "sunday")))


@pytest.mark.parametrize(
    ("field", "parts", "impossible"),
    [
        (DATE, [("at_least", 739_000), ("below", 739_000)], True),
        (DATE, [("is", 739_000), ("at_most", 739_000)], False),
        (TIME, [("above", 24 * 60 - 1)], True),
        (TIME, [("below", 0)], True),
        (TIME, [("at_least", 14 * 60), ("below", 14 * 60 + 1)], False),
        (NUMBER, [("below", 1)], True),
        (NUMBER, [("is", 0)], True),
        (NUMBER, [("is", 1)], False),
        (RANK, [("below", -1)], True),
        (RANK, [("at_least", 1), ("below", 1)], True),
        (RANK, [("is", -1)], False),
        (MERCHANT, [("none_of", (True, False))], True),
    ],
)
def test_what_values_a_field_has_at_all(field: Field, parts: list[tuple[str, Any]], impossible: bool) -> None:
    condition = All(tuple(Compare(field, operation, bound) for operation, bound in parts))
    assert contradiction(condition) == (field if impossible else None)


@given(st.lists(st.integers(0, 24 * 60 - 1), min_size=1, max_size=9), st.integers(0, 24 * 60 - 1))
def test_moments_compare_the_same_alone_and_in_a_column(moments: list[int], bound: int) -> None:
    for operation in ("is", "is_not", "at_least", "above", "at_most", "below"):
        compare = Compare(TIME, operation, bound)
        column = compare.holds(lambda _: np.array(moments, dtype=np.int64))
        assert list(column) == [compare.holds(lambda _, moment=moment: moment) for moment in moments]


@pytest.mark.parametrize(
    ("when", "field", "operation", "bound"),
    [
        ({"order.time": {"at_least": "14:00"}}, "order.time", "at_least", 840),
        ({"order.time": {"below": "10:30"}}, "order.time", "below", 630),
        ({"day.date": "2026-11-11"}, "day.date", "is", date(2026, 11, 11).toordinal()),
        (
            {"day.date": {"one_of": ["2026-11-11", "2026-12-12"]}},
            "day.date",
            "one_of",
            (date(2026, 11, 11).toordinal(), date(2026, 12, 12).toordinal()),
        ),
        ({"member.birthday": True}, "member.birthday", "is", True),
        ({"buyer.highest.rank": {"at_least": "high"}}, "buyer.highest.rank", "at_least", 1),
    ],
)
def test_moments_and_levels_are_read_as_numbers(when: Any, field: str, operation: str, bound: Any) -> None:
    condition = compiled(order_rule(when=when)).rules[0].when
    assert isinstance(condition, Compare)
    assert (condition.field.name, condition.operation, condition.bound) == (field, operation, bound)


@pytest.mark.parametrize("text", ["24:00", "7:30", "0730", "noon", "12:30:00"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    assert codes(order_rule(when={"order.time": {"at_least": text}})) == ["plan.type-mismatch"]


@pytest.mark.parametrize("text", ["2026-02-29", "11-11", "2026", "20261111"])
def test_what_is_no_day_is_refused(text: str) -> None:
    assert codes(order_rule(when={"day.date": text})) == ["plan.type-mismatch"]


def test_of_what_has_too_many_cases_nothing_is_claimed() -> None:
    either = [AnyOf((Compare(ORDERS, "is_not", n), Compare(ORDERS, "is_not", n + 1))) for n in range(6)]
    never = AnyOf((Compare(CASH, "below", 0), Compare(CASH, "below", 0)))
    assert contradiction(All((*either[:5], never))) == CASH
    assert contradiction(All((*either, never))) is None
    assert contradiction(AnyOf(tuple(Compare(CASH, "below", 0) for _ in range(300)))) is None


def test_the_upper_limit_is_the_largest_of_the_ways_to_hold() -> None:
    below, listed = Compare(CASH, "below", 300), Compare(CASH, "one_of", (100, 500, 900))
    assert upper_limit(None, CASH) is None
    assert upper_limit(below, CASH) == 299
    assert upper_limit(All((below, listed)), CASH) == 100
    assert upper_limit(AnyOf((below, Compare(CASH, "is", 400))), CASH) == 400
    assert upper_limit(AnyOf((below, Compare(ORDERS, "is", 4))), CASH) is None
    assert upper_limit(AnyOf((below, Compare(ORDERS, "below", 0))), CASH) == 299


# -- how they are written


@pytest.mark.parametrize(
    ("when", "fulfilling", "failing"),
    [
        ({"order.cash": "99.50"}, {"order_cash": 9950}, {"order_cash": 9951}),
        ({"order.cash": {"at_least": 100, "below": "200"}}, {"order_cash": 19_999}, {"order_cash": 20_000}),
        (
            {"order.attributes.channel": {"none_of": ["web"]}},
            {"order_attributes_channel": ""},
            {"order_attributes_channel": "web"},
        ),
        ({"buyer.orders": {"above": 3}}, {"buyer_orders": 4}, {"buyer_orders": 3}),
        ({"sponsor.exists": True}, {"sponsor_exists": True}, {"sponsor_exists": False}),
        ({"buyer.level.rank": "high"}, {"buyer_level_rank": 1}, {"buyer_level_rank": 0}),
        ({"buyer.level.rank": {"at_least": "low"}}, {"buyer_level_rank": 0}, {"buyer_level_rank": -1}),
        ({"buyer.level.rank": {"is_not": None}}, {"buyer_level_rank": 0}, {"buyer_level_rank": -1}),
        ({"order.level.size": {"one_of": ["big"]}}, {"order_level_size": 1}, {"order_level_size": 0}),
        ({"day.weekday": {"one_of": ["saturday", "sunday"]}}, {"day_weekday": "sunday"}, {"day_weekday": "monday"}),
        (
            {"any": [{"day.month": 11}, {"all": [{"day.month": 12}, {"day.of_month": {"at_most": 12}}]}]},
            {"day_month": 12, "day_of_month": 12},
            {"day_month": 12, "day_of_month": 13},
        ),
        (
            {"not": {"buyer.merchant": True}, "order.total": {"above": 0}},
            {"buyer_merchant": False, "order_total": 1},
            {"buyer_merchant": True, "order_total": 1},
        ),
    ],
)
def test_conditions_hold_of_what_they_say(when: Any, fulfilling: dict[str, Any], failing: dict[str, Any]) -> None:
    condition = compiled(order_rule(when=when)).rules[0].when
    assert condition is not None

    def values(found: dict[str, Any]) -> Any:
        # names of fields have points and underscores; only day.of_month has both
        return lambda field: found[field.name.replace(".", "_")]

    assert condition.holds(values(fulfilling))
    assert not condition.holds(values(failing))


def test_a_parameter_can_bound_an_amount() -> None:
    text = order_rule(when={"order.cash": {"at_least": "$least"}}) + "parameters: {least: {value: 300}}\n"
    condition = compiled(text).rules[0].when
    assert condition == Compare(CASH, "at_least", 30_000)


def test_what_cannot_be_read_contradicts_nothing() -> None:
    when = {"all": [{"order.cash": {"at_least": "100"}}, {"order.cash": {"below": "x"}}]}
    assert codes(order_rule(when=when)) == ["amount.malformed"]
    assert codes(close_rule(when={"member.level.rnak": "low", "member.orders": {"one_of": [1, "2"]}})) == [
        "plan.unknown-field.did-you-mean",
        "plan.type-mismatch",
    ]


def test_the_lower_limit_is_the_smallest_of_the_ways_to_hold() -> None:
    above = Compare(CASH, "above", 300)
    assert lower_limit(None, CASH) == 0
    assert lower_limit(above, CASH) == 301
    assert lower_limit(All((above, Compare(CASH, "one_of", (100, 500, 900)))), CASH) == 500
    assert lower_limit(AnyOf((above, Compare(CASH, "is", 200))), CASH) == 200
    assert lower_limit(AnyOf((above, Compare(CASH, "below", 0))), CASH) == 301
    assert lower_limit(Not(above), CASH) == 0
