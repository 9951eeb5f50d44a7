from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.plan.amounts import Amount, Fixed
from rewards.plan.conditions import LinesTotal
from rewards.plan.describing import describe_amount
from rewards.plan.events import Line
from rewards.plan.fields import Field

from .plans import HEAD, POINTS, close_rule, codes, compiled, order_rule


def amount_of(text: str) -> Amount:
    amount = compiled(text).rules[0].action.amount
    assert isinstance(amount, Amount)
    return amount


def on_order(amount: Any, **values: Any) -> int:
    """The quantity, in hundredths of a point, for an order; keys are fields with `_` for the point."""
    return amount_of(order_rule(amount)).single(lambda field: values[field.name.replace(".", "_")])


BANDS = [{"from": "100", "rate": "1%"}, {"from": "1000", "rate": "2%"}, {"from": "5000", "rate": "3%"}]

STEPS = [{"from": "100", "fixed": "10"}, {"from": "250", "fixed": "30"}, {"from": "2000", "rate": "10%"}]
"""Two fixed quantities, and a rate above."""


@pytest.mark.parametrize(
    ("amount", "cash", "expected"),
    [
        ("12.5", 0, 1250),
        ({"fixed": "3"}, 0, 300),
        ({"rate": "5%", "of": "order.cash"}, 9_999, 499),
        ({"rate": "5%", "of": "order.cash", "round": "up"}, 9_999, 500),
        ({"rate": "0.5", "of": "order.cash", "round": "half_up"}, 1, 1),
        ({"give": "1", "per": "1000", "of": "order.cash"}, 150_000, 150),
        ({"give": "1", "per": "1000", "of": "order.cash", "whole": True}, 199_999, 100),
        ({"rate": "5%", "of": "order.cash", "cap": "2"}, 100_000, 200),
        ({"rate": "5%", "of": "order.cash", "min": "2"}, 100, 200),
        ({"rate": "5%", "of": "order.cash", "min": "2"}, 1, 200),
        ({"rate": "5%", "of": "order.cash", "min": "2"}, 0, 0),  # there is nothing it would be the least of
        ({"rate": "5%", "of": "order.cash", "min": "2", "cap": "2"}, 5_000, 200),
        # whole brackets: the band's rate is for all of it; marginal: each part has its own band's
        ({"brackets": BANDS, "of": "order.cash"}, 9_999, 0),
        ({"brackets": BANDS, "of": "order.cash"}, 10_000, 100),
        ({"brackets": BANDS, "of": "order.cash"}, 600_000, 18_000),
        ({"brackets": BANDS, "of": "order.cash", "marginal": True}, 600_000, 900 + 8_000 + 3_000),
        # a twelfth, exactly: 12 times 0.083333… would be 11.99
        ({"rate": "1/12", "of": "order.cash"}, 14_400, 1_200),
        ({"rate": "1/12", "of": "order.cash"}, 14_399, 1_199),
        ({"rate": "13/12", "of": "order.cash"}, 12_000, 13_000),
        # a fixed quantity is of the whole bracket
        ({"brackets": STEPS, "of": "order.cash"}, 9_999, 0),
        ({"brackets": STEPS, "of": "order.cash"}, 10_000, 1_000),
        ({"brackets": STEPS, "of": "order.cash"}, 24_999, 1_000),
        ({"brackets": STEPS, "of": "order.cash"}, 25_000, 3_000),
        ({"brackets": STEPS, "of": "order.cash"}, 200_000, 20_000),
        ({"brackets": STEPS, "of": "order.cash", "cap": "12"}, 25_000, 1_200),
        ({"brackets": BANDS, "of": "order.cash", "marginal": True}, 10_000, 0),
    ],
)
def test_an_amount_is_what_its_form_says(amount: Any, cash: int, expected: int) -> None:
    assert on_order(amount, order_cash=cash) == expected


@pytest.mark.parametrize(("level", "expected"), [(-1, 0), (0, 100), (1, 15_000)])
def test_a_level_of_a_member_gives_its_column(level: int, expected: int) -> None:
    amount = {"times": "rank.bonus", "of": "order.cash"}
    assert on_order(amount, order_cash=10_000, buyer_level_rank=level) == expected


def test_a_level_of_the_order_gives_its_column() -> None:
    assert on_order({"times": "size.bonus", "of": "order.cash"}, order_cash=60_000, order_level_size=1) == 19_998


def test_an_amount_of_some_lines_of_an_order() -> None:
    lines = (Line(1_000, category="books"), Line(2_000, category="pens"), Line(500, category="books"))
    books = {"lines": {"where": {"line.category": "books"}, "sum": "line.amount"}}
    amount = amount_of(order_rule({"rate": "10%", "of": books}))
    assert amount.single(lambda _: lines) == 150
    assert list(amount.fields()) == []
    assert isinstance(next(amount.formula.bases()), LinesTotal)


@pytest.mark.parametrize(
    ("amount", "zero"),
    [
        ({"rate": "1%", "of": "order.cash"}, False),
        ({"times": "rank.bonus", "of": "order.cash"}, False),
        ({"brackets": BANDS, "of": "order.cash"}, False),
        ({"brackets": [{"from": "0", "fixed": "1"}], "of": "order.cash"}, False),
        ({"brackets": [{"from": "5", "fixed": "0"}], "of": "order.cash"}, True),
        ({"rate": "0%", "of": "order.cash", "min": "1"}, False),
        ("0.01", False),
    ],
)
def test_an_amount_that_can_be_something_gets_no_warning(amount: Any, zero: bool) -> None:
    assert amount_of(order_rule(amount)).always_zero is zero


def test_a_cap_of_nothing_leaves_nothing() -> None:
    assert Amount(Fixed(5), cap=0).always_zero
    assert Amount(Fixed(0)).always_zero


@pytest.mark.parametrize(("sales", "expected"), [(0, 0), (1, 800), (2, 800), (3, 1_000), (40, 1_000)])
def test_whole_brackets_may_be_decided_by_a_count(sales: int, expected: int) -> None:
    bands = [{"from": "1", "rate": "8%"}, {"from": "3", "rate": "10%"}]
    amount = {"brackets": bands, "by": "buyer.orders", "of": "order.cash"}
    assert on_order(amount, order_cash=10_000, buyer_orders=sales) == expected


@pytest.mark.parametrize(("sales", "expected"), [(0, 0), (1, 500), (2, 500), (3, 800)])
def test_a_count_may_decide_what_brackets_give(sales: int, expected: int) -> None:
    bands = [{"from": "1", "fixed": "5"}, {"from": "3", "fixed": "8"}]
    amount = {"brackets": bands, "by": "buyer.orders", "of": "order.cash"}
    assert on_order(amount, order_cash=1, buyer_orders=sales) == expected


@pytest.mark.parametrize(
    ("rate", "words"), [("1/12", "1/12 × order.cash"), ("13/12", "13/12 × order.cash"), ("5/4", "1.25 × order.cash")]
)
def test_a_fraction_in_words(rate: str, words: str) -> None:
    def unknown(field: Field) -> Any:
        raise KeyError(field.name)

    assert describe_amount(amount_of(order_rule({"rate": rate, "of": "order.cash"})), 2, unknown) == words


@pytest.mark.parametrize("text", ["1/0", "1/12%", "1 / 12", "1/-2", "-1/12", "1.5/2"])
def test_what_is_no_fraction_is_refused(text: str) -> None:
    assert codes(order_rule({"rate": text, "of": "order.cash"})) == ["schema.pattern"]


def test_a_parameter_may_be_a_fraction() -> None:
    text = "parameters: {part: {value: 1/12}}\n" + order_rule({"rate": "$part", "of": "order.cash"})
    assert amount_of(text).single(lambda _: 14_399) == 1_199


SHOPS = {"rates": {"books": "1%", "fashion": "3%"}, "by": "order.attributes.shop", "of": "order.cash"}


@pytest.mark.parametrize(
    ("shop", "otherwise", "expected"),
    [("books", "0%", 99), ("fashion", "0%", 299), ("Books", "0%", 0), ("", "1/2", 4_999), ("tea", "2%", 199)],
)
def test_a_text_says_which_rate(shop: str, otherwise: str, expected: int) -> None:
    amount = {**SHOPS, "otherwise": otherwise}
    assert on_order(amount, order_cash=9_999, order_attributes_shop=shop) == expected


def test_a_text_without_a_rate_gives_nothing_and_no_least_of_nothing() -> None:
    assert on_order(SHOPS, order_cash=9_999, order_attributes_shop="tea") == 0
    assert on_order({**SHOPS, "min": "2"}, order_cash=9_999, order_attributes_shop="books") == 200
    assert on_order({**SHOPS, "min": "2"}, order_cash=0, order_attributes_shop="books") == 0


def test_each_line_has_the_rate_of_its_own_category() -> None:
    rates = {"tea": "5%", "cakes": "8%"}
    amount = {"rates": rates, "by": "line.category", "otherwise": "1%", "of": {"lines": {"sum": "line.amount"}}}
    # 0.10 at 5 %, 0.10 at 8 %, 0.70 at 1 %: 0.005 + 0.008 + 0.007 = 0.02 exactly, and nothing rounded line by line
    lines = (Line(10, category="tea"), Line(10, category="cakes"), Line(70))
    assert on_order(amount, order_lines=lines) == 2
    where = {"lines": {"where": {"line.category": {"is_not": "cakes"}}, "sum": "line.amount"}}
    assert on_order({**amount, "of": where, "round": "up"}, order_lines=lines) == 2
    assert on_order({**amount, "of": where}, order_lines=lines) == 1
    counted = {"rates": {"tea": "2"}, "by": "line.category", "of": {"lines": {"count": "lines"}}}
    assert on_order(counted, order_lines=lines) == 200


@pytest.mark.parametrize(("weekday", "expected"), [("friday", [200, 1, 20]), ("monday", [100, 0, 10])])
def test_a_rate_of_the_day_is_the_same_for_all(weekday: str, expected: list[int]) -> None:
    amount = amount_of(
        close_rule({"rates": {"friday": "2%"}, "by": "day.weekday", "otherwise": "1%", "of": "member.sales"})
    )
    sales = np.array([10_000, 99, 1_000], dtype=np.int64)
    values = {"member.sales": sales, "day.weekday": weekday}
    assert amount.column(lambda field: values[field.name], 3).tolist() == expected


@pytest.mark.parametrize(
    ("shop", "words"), [("books", "order.attributes.shop (books) 1%"), (None, "rate of order.attributes.shop")]
)
def test_a_rate_by_a_text_in_words(shop: str | None, words: str) -> None:
    values = {"order.cash": 10_000, **({"order.attributes.shop": shop} if shop else {})}
    told = describe_amount(amount_of(order_rule(SHOPS)), 2, lambda field: values[field.name])
    assert told == f"{words} × order.cash 100.00"


def test_fixed_brackets_in_words() -> None:
    amount = amount_of(order_rule({"brackets": STEPS, "of": "order.cash"}))
    words = "[100.00+: 10.00, 250.00+: 30.00, 2000.00+: 10%] of order.cash 300.00"
    assert describe_amount(amount, 2, lambda _: 30_000) == words


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 6)), min_size=1, max_size=20))
def test_brackets_decided_by_a_count_are_the_same_in_columns(of: list[tuple[int, int]]) -> None:
    bands = [{"from": "1", "rate": "8%"}, {"from": "3", "rate": "10%"}]
    amount = amount_of(close_rule({"brackets": bands, "by": "member.orders", "of": "member.sales"}))
    columns = {f"member.{name}": np.array([each[i] for each in of]) for i, name in enumerate(("sales", "orders"))}
    rates = [(0, 8, 8, 10)[min(orders, 3)] for _, orders in of]
    expected = [sales * rate // 100 for (sales, _), rate in zip(of, rates, strict=True)]
    assert amount.column(lambda field: columns[field.name], len(of)).tolist() == expected


LIMITS = """
ladders:
  rank: {measure: member.sales, levels: [{name: low, from: "10", limit: "100"}, {name: high, from: "50", limit: "2.5"}]}
"""


def test_a_number_in_a_level_s_column_is_a_quantity_of_its_own() -> None:
    rule = "rules:\n  - {id: gift, on: month.close, grant: {asset: points, to: member, amount: {times: rank.limit}}}\n"
    amount = amount_of(HEAD + POINTS + LIMITS + rule)
    assert [amount.single(lambda _, level=level: level) for level in (-1, 0, 1)] == [0, 10_000, 250]
    assert amount.column(lambda _: np.array([-1, 0, 1]), 3).tolist() == [0, 10_000, 250]
    assert [field.name for field in amount.fields()] == ["member.level.rank"]
    assert not amount.always_zero
    assert describe_amount(amount, 2, lambda _: 1) == "rank.limit (high) 2.5"
    assert describe_amount(amount, 2, lambda _: -1) == "rank.limit"


def test_a_cap_may_be_a_number_in_the_level_s_column() -> None:
    rule = "rules:\n  - {id: gift, on: order.paid, grant: {asset: points, to: buyer, amount: '5'}}\n"
    cap = "caps:\n  most: {rules: [gift], per: member, over: month, most: {times: rank.limit}}\n"
    most = compiled(HEAD + POINTS + LIMITS + rule + cap).caps["most"].most
    assert most.single(lambda _: 0) == 10_000


rates = st.sampled_from(["1.2%", "30%", "2.5", "0.0001", "99.99%"])
forms = st.one_of(
    st.builds(lambda rate: {"rate": rate, "of": "member.sales"}, rates),
    st.builds(
        lambda give, per, whole: {"give": give, "per": per, "whole": whole, "of": "member.sales"},
        st.sampled_from(["1", "0.01", "3"]),
        st.sampled_from(["7", "1000", "0.03"]),
        st.booleans(),
    ),
    st.just({"times": "rank.bonus", "of": "member.sales"}),
    st.builds(lambda marginal: {"brackets": BANDS, "marginal": marginal, "of": "member.sales"}, st.booleans()),
    st.just({"brackets": STEPS, "of": "member.sales"}),
    st.just({"fixed": "5"}),
)
limits = st.fixed_dictionaries(
    {"round": st.sampled_from(["down", "up", "half_up"])},
    optional={"min": st.sampled_from(["0.05", "3"]), "cap": st.sampled_from(["5", "1000"])},
)
members = st.lists(st.tuples(st.integers(0, 10**12), st.integers(-1, 1)), min_size=1, max_size=20)


@given(forms, limits, members)
def test_an_amount_is_the_same_for_one_member_and_for_a_column_of_them(
    form: dict[str, Any], limit: dict[str, Any], of: list[tuple[int, int]]
) -> None:
    amount = amount_of(close_rule({**form, **limit}))
    columns = {
        "member.sales": np.array([sales for sales, _ in of], dtype=np.int64),
        "member.level.rank": np.array([level for _, level in of], dtype=np.int64),
    }
    column = amount.column(lambda field: columns[field.name], len(of))
    assert column.dtype == np.int64

    def single(sales: int, level: int) -> int:
        found: dict[str, int] = {"member.sales": sales, "member.level.rank": level}

        def value(field: Field) -> int:
            return found[field.name]

        return amount.single(value)

    assert column.tolist() == [single(*each) for each in of]


def test_one_value_for_all_gives_everybody_the_same() -> None:
    amount = amount_of(close_rule({"rate": "10%", "of": "day.sales"}))
    assert amount.column(lambda _: 1_000, 3).tolist() == [100, 100, 100]
