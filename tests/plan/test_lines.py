"""Conditions on the lines of an order: on each by itself, and on what they add up to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.plan.conditions import (
    LINES,
    Compare,
    Condition,
    LinesTotal,
    Not,
    OfLines,
    can_both_hold,
    contradiction,
    lower_limit,
    upper_limit,
)
from rewards.plan.events import Line
from rewards.plan.fields import Field, Kind

from .plans import close_rule, codes, compiled, load, order_rule

CASH = Field("order.cash", "order", "cash", "", Kind.AMOUNT, 2)

BOOK = Line(amount=1500, sku="b-1", category="books", quantity=2, attributes={"colour": "red"})
PEN = Line(amount=200, sku="p-1", category="pens", quantity=10)


@pytest.mark.parametrize(
    ("when", "lines", "expected"),
    [
        ({"some_line": {"line.category": "books"}}, (BOOK, PEN), True),
        ({"some_line": {"line.category": "books"}}, (PEN,), False),
        ({"every_line": {"line.category": "books"}}, (BOOK, PEN), False),
        ({"every_line": {"line.quantity": {"at_least": 2}}}, (BOOK, PEN), True),
        ({"every_line": {"line.quantity": {"at_least": 2}}}, (), False),
        ({"not": {"some_line": {"line.amount": {"above": "15.00"}}}}, (BOOK, PEN), True),
        ({"some_line": {"line.attributes.colour": "red", "line.sku": {"one_of": ["b-1", "b-2"]}}}, (BOOK,), True),
        ({"some_line": {"line.attributes.colour": "red"}}, (PEN,), False),
    ],
)
def test_conditions_on_lines(when: Any, lines: tuple[Line, ...], expected: bool) -> None:
    condition = compiled(order_rule(when=when)).rules[0].when
    assert condition is not None
    assert condition.holds(lambda _: lines) is expected
    assert list(condition.fields()) == [LINES]


def test_an_order_is_one_line_or_another_but_lines_tell_nothing_of_its_amount() -> None:
    books = OfLines(Compare(CASH, "below", 0), every=False)
    assert contradiction(books) is None


DISCOUNT = Line(amount=-300, sku="d", category="books", quantity=0)
OF_BOOKS = {"where": {"line.category": "books"}}


@pytest.mark.parametrize(
    ("total", "lines", "expected"),
    [
        ({**OF_BOOKS, "sum": "line.amount", "is": "30.00"}, (BOOK, BOOK, PEN), True),
        ({**OF_BOOKS, "sum": "line.amount", "at_least": "30"}, (BOOK, PEN), False),
        ({**OF_BOOKS, "sum": "line.amount", "above": "15"}, (BOOK, PEN), False),
        ({**OF_BOOKS, "sum": "line.amount", "at_most": "12", "above": "11.99"}, (BOOK, DISCOUNT, PEN), True),
        ({**OF_BOOKS, "sum": "line.amount", "below": "0"}, (DISCOUNT, PEN), True),
        ({"sum": "line.amount", "one_of": ["17", 18]}, (BOOK, PEN), True),
        ({"sum": "line.amount", "none_of": ["17", 18]}, (BOOK, PEN), False),
        ({**OF_BOOKS, "sum": "line.quantity", "at_least": 3}, (BOOK, PEN), False),
        ({**OF_BOOKS, "sum": "line.quantity", "at_least": 3}, (BOOK, PEN, BOOK), True),
        ({"sum": "line.quantity", "is": 12}, (BOOK, PEN), True),
        ({**OF_BOOKS, "count": "lines", "is": 1}, (BOOK, PEN), True),
        ({**OF_BOOKS, "count": "lines", "is_not": 1}, (BOOK, PEN), False),
        ({"count": "lines", "at_least": 2, "below": 3}, (BOOK, PEN), True),
        ({"count": "lines", "at_least": 2, "below": 3}, (BOOK, PEN, PEN), False),
        ({"where": {"line.attributes.colour": "red"}, "count": "lines", "is": 0}, (PEN,), True),
        ({"where": {"any": [{"line.sku": "b-1"}, {"not": {"line.quantity": 10}}]}, "count": "lines", "is": 2},
         (BOOK, DISCOUNT, PEN), True),
        ({"sum": "line.amount", "is": "0"}, (), True),
        ({"count": "lines", "at_least": 1}, (), False),
    ],
)  # fmt: skip
def test_lines_together_are_compared_as_a_field_is(total: Any, lines: tuple[Line, ...], expected: bool) -> None:
    for when, holds in ({"lines": total}, expected), ({"not": {"any": [{"lines": total}]}}, not expected):
        condition = compiled(order_rule(when=when)).rules[0].when
        assert condition is not None
        assert condition.holds({LINES: lines}.__getitem__) is holds
        assert set(condition.fields()) == {LINES}


def test_lines_together_compare_with_a_field_in_the_same_units() -> None:
    half = {"lines": {**OF_BOOKS, "sum": "line.amount", "at_least": {"rate": "50%", "of": "order.cash"}}}
    condition = compiled(order_rule(when=half)).rules[0].when
    assert condition is not None
    assert list(condition.fields()) == [LINES, CASH]
    assert condition.holds({LINES: (BOOK, PEN), CASH: 3000}.__getitem__) is True
    assert condition.holds({LINES: (BOOK, PEN), CASH: 3001}.__getitem__) is False
    each = {"lines": {"count": "lines", "is": {"of": "order.lines"}}}
    assert not [code for code in codes(order_rule(when=each)) if not code.startswith("plan.unused")]
    pieces = {"lines": {"sum": "line.quantity", "is": {"of": "order.cash"}}}
    assert codes(order_rule(when=pieces))[0] == "plan.compares-other-units"


def total(where: Condition | None, added: str) -> LinesTotal:
    field = Field(f"line.{added}", "line", added, "", Kind.NUMBER)
    return LinesTotal("lines", "line", added, "", Kind.NUMBER, where=where, added=field)


some_lines = st.lists(
    st.builds(Line, amount=st.integers(-500, 500), category=st.sampled_from("ab"), quantity=st.integers(0, 9)),
    max_size=6,
)


@given(some_lines, some_lines, st.sampled_from(["amount", "quantity"]))
def test_the_lines_of_two_orders_together_add_up_to_what_each_adds_up_to(
    first: list[Line], second: list[Line], added: str
) -> None:
    category = Field("line.category", "line", "category", "", Kind.TEXT)
    is_a = Compare(category, "is", "a")
    some, others, all_ = total(is_a, added), total(Not(is_a), added), total(None, added)
    for each in (some, others, all_):
        assert each.of(lambda _: (*first, *second)) == each.of(lambda _: first) + each.of(lambda _: second)
    assert some.of(lambda _: first) + others.of(lambda _: first) == all_.of(lambda _: first)
    assert all_.of(lambda _: first) == sum(getattr(line, added) for line in first)


@pytest.mark.parametrize(
    ("totals", "impossible"),
    [
        ([{"count": "lines", "above": 5}, {"count": "lines", "at_most": 5}], True),
        ([{"count": "lines", "above": 5}, {"sum": "line.quantity", "at_most": 5}], False),
        ([{"where": {"line.sku": "a"}, "count": "lines", "is": n} for n in (1, 2)], True),
        ([{"count": "lines", "above": 5}, {**OF_BOOKS, "count": "lines", "at_most": 5}], False),
        ([{**OF_BOOKS, "sum": "line.amount", "is": "5", "above": "5"}], True),
        ([{"sum": "line.amount", "below": "100", "at_least": "99.99"}], False),
        ([{"sum": "line.amount", "below": "100", "at_least": "100"}], True),
        ([{"sum": "line.amount", "above": "5"}, {"sum": "line.amount", "below": "0"}], True),
        ([{"count": "lines", "below": 0}], True),
    ],
)
def test_bounds_that_no_lines_fulfil_contradict_each_other(totals: list[Any], impossible: bool) -> None:
    found = codes(order_rule(when={"all": [{"lines": each} for each in totals]}))
    assert ("plan.never-holds" in found) is impossible


def test_what_lines_add_up_to_says_nothing_of_the_order() -> None:
    condition = compiled(order_rule(when={"lines": {"sum": "line.amount", "at_least": "200"}})).rules[0].when
    assert lower_limit(condition, CASH) == 0
    assert upper_limit(condition, CASH) is None
    small = Compare(CASH, "below", 100)
    assert can_both_hold(condition, small)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (close_rule(when={"any": [{"lines": {"count": "lines", "is": 1}}]}), "a rule on a close"),
        (order_rule(when={"every_line": {"lines": {"count": "lines", "is": 1}}}), "a condition on order lines"),
        (close_rule(amount={"rate": "1%", "of": {"lines": {"sum": "line.cash"}}}), "a rule on a close"),
    ],
)
def test_where_there_is_no_order_the_place_is_named(text: str, place: str) -> None:
    found = [each.message.render("en") for each in load(text).diagnostics if each.code == "plan.lines-not-here"]
    assert len(found) == 1
    assert f"cannot be used in {place};" in found[0]
