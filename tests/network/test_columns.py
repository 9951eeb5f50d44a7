"""Exact arithmetic on columns, on both sides of what 64 bits can compute."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards import columns
from rewards.columns import Column
from rewards.money import MAX_AMOUNT, Rounding, allocate, round_ratio

from . import reference
from .trees import agree, amounts, as_written, column, laws, rates

roundings = st.sampled_from(Rounding)


def test_golden_base_release_of_3000_is_36() -> None:
    assert columns.scaled(column([300_000, 900_000]), Fraction(3, 250)).tolist() == [3600, 10_800]


@laws
@given(st.lists(amounts), rates, roundings)
def test_scaled_is_the_exact_product_rounded(values: list[int], rate: Fraction, rounding: Rounding) -> None:
    agree(
        lambda: columns.scaled(column(values), rate, rounding),
        [round_ratio(value * rate.numerator, rate.denominator, rounding) for value in values],
    )


@laws
@given(st.lists(amounts), st.integers(1, 2**70) | st.integers(1, 1000), roundings)
def test_divided_is_the_exact_quotient_rounded(values: list[int], denominator: int, rounding: Rounding) -> None:
    expected = [round_ratio(value, denominator, rounding) for value in values]
    agree(lambda: columns.divided(column(values), denominator, rounding), expected)
    agree(lambda: columns.divided(values, denominator, rounding), expected)


@laws
@given(st.lists(st.tuples(amounts, amounts), max_size=20), rates, rates, roundings)
def test_a_sum_of_products_is_rounded_once(
    rows: list[tuple[int, int]], first: Fraction, second: Fraction, rounding: Rounding
) -> None:
    exact = [first * left + second * right for left, right in rows]
    agree(
        lambda: columns.sum_of_products(
            [column([left for left, _ in rows]), column([right for _, right in rows])],
            [first, second],
            rounding,
        ),
        [round_ratio(value.numerator, value.denominator, rounding) for value in exact],
    )


def test_halves_are_rounded_once_for_the_sum() -> None:
    """0.5 + 0.5 is 1; rounded apart the two would be 0 or 2."""
    one, half = column([1]), Fraction(1, 2)
    for rounding in Rounding:
        assert columns.sum_of_products([one, one], [half, half], rounding).tolist() == [1]


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("value", [MAX_AMOUNT, -MAX_AMOUNT, MAX_AMOUNT // 2, MAX_AMOUNT // 2 - 2])
def test_the_edge_of_64_bits_is_exact(value: int, rounding: Rounding) -> None:
    """On both sides of where the arithmetic changes over to Python integers."""
    assert columns.divided(column([value]), 1, rounding).tolist() == [value]
    assert columns.divided(column([value]), 2, rounding).tolist() == [round_ratio(value, 2, rounding)]


def test_a_product_no_column_can_hold_is_refused() -> None:
    with pytest.raises(OverflowError, match=rf"entry 1 comes to {MAX_AMOUNT + 1} smallest units"):
        columns.scaled(column([1, 2**62]), Fraction(2))
    with pytest.raises(OverflowError, match="entry 0"):
        columns.scaled(column([-(2**62)]), Fraction(2))


def test_a_huge_rate_of_nothing_is_nothing() -> None:
    assert columns.scaled(column([0]), Fraction(10**40)).tolist() == [0]


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_denominator_is_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match=f"the denominator is {denominator}"):
        columns.divided(column([1]), denominator)


@pytest.mark.parametrize(
    ("terms", "count"), [([], 0), ([[1, 2]], 2), ([[1], [1, 2]], 2)], ids=["none", "rates", "lengths"]
)
def test_a_sum_of_products_needs_a_rate_for_each_column(terms: list[list[int]], count: int) -> None:
    with pytest.raises(ValueError, match="give one rate for each column"):
        columns.sum_of_products([column(term) for term in terms], [Fraction(1)] * count)


@laws
@given(st.lists(amounts))
def test_sums_are_exact_or_refused(values: list[int]) -> None:
    assert columns.exact_sum(column(values)) == sum(values)
    assert columns.total_magnitude(column(values)) == sum(map(abs, values))
    assert columns.magnitude(column(values)) == max(map(abs, values), default=0)
    agree(lambda: column([columns.checked_sum(column(values))]), [sum(values)])


def test_common_denominator_of_rates() -> None:
    tenth, third = Fraction(1, 10), Fraction(1, 3)
    assert columns.over_common_denominator([tenth, third, Fraction(2)]) == ([3, 10, 60], 30)
    assert columns.over_common_denominator([]) == ([], 1)


# --- dividing a whole ---------------------------------------------------------------------------------------


def test_golden_dividend_of_30_a_share() -> None:
    """Specification 2: a pool of 3000, a holder of 10 of 100 gets 300."""
    assert columns.proportional(300_000, column([10, 90])).tolist() == [30_000, 270_000]


@laws
@given(amounts, st.lists(st.integers(0, 10**6) | st.integers(0, MAX_AMOUNT)))
def test_proportional_parts_are_those_of_allocate(whole: int, weights: list[int]) -> None:
    agree(lambda: columns.proportional(whole, column(weights)), allocate(whole, weights)[0])


@laws
@given(st.integers(0, MAX_AMOUNT), st.lists(st.integers(0, 10**12), min_size=1).filter(any))
def test_parts_never_exceed_the_whole_and_miss_less_than_a_unit_each(whole: int, weights: list[int]) -> None:
    left_over = whole - columns.checked_sum(columns.proportional(whole, column(weights)))
    assert 0 <= left_over < len(weights)


def test_without_weights_nobody_gets_a_part() -> None:
    assert columns.proportional(100, column([0, 0])).tolist() == [0, 0]
    assert columns.proportional(100, column([])).tolist() == []


def test_a_weight_is_not_negative() -> None:
    with pytest.raises(ValueError, match=r"weights\[1\] is -3"):
        columns.proportional(100, column([5, -3]))


# --- drawing on lots ----------------------------------------------------------------------------------------


def test_golden_18_leaves_the_oldest_lot() -> None:
    taken = columns.draw_oldest_first(column([0, 0, 1]), column([3000, 9000, 500]), column([1800, 0]))
    assert taken.tolist() == [1800, 0, 0]


def test_what_the_oldest_lot_lacks_comes_from_the_next() -> None:
    taken = columns.draw_oldest_first(column([0, 0, 0]), column([10, 20, 30]), column([25]))
    assert taken.tolist() == [10, 15, 0]


def test_nothing_is_drawn_beyond_what_is_left() -> None:
    taken = columns.draw_oldest_first(column([1, 1]), column([10, 20]), column([99, 99, 99]))
    assert taken.tolist() == [10, 20]


def test_members_without_lots_draw_nothing() -> None:
    assert columns.draw_oldest_first(column([]), column([]), column([5])).tolist() == []


@laws
@given(
    st.lists(st.integers(0, MAX_AMOUNT) | st.integers(0, 100), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 50) | st.integers(0, MAX_AMOUNT)), max_size=30),
)
def test_drawing_equals_the_reference(wanted: list[int], lots: list[tuple[int, int]]) -> None:
    owned = sorted(((member % len(wanted), left) for member, left in lots), key=lambda lot: lot[0])
    owner, remaining = [member for member, _ in owned], [left for _, left in owned]
    taken = columns.draw_oldest_first(column(owner), column(remaining), column(wanted)).tolist()
    assert taken == reference.draw_oldest_first(owner, remaining, wanted)
    written, by_member = column([0] * len(owner)), column([0] * len(wanted))
    assert as_written(columns._draw)(column(owner), column(remaining), column(wanted), written, by_member)
    assert written.tolist() == taken
    drawn = columns.drawn_oldest_first(column(owner), column(remaining), column(wanted))
    assert [each.tolist() for each in drawn] == [taken, by_member.tolist()]
    for member, amount in enumerate(wanted):
        together = sum(part for part, holder in zip(taken, owner, strict=True) if holder == member)
        assert by_member[member] == together == min(amount, sum(left for holder, left in owned if holder == member))


@pytest.mark.parametrize(
    ("owner", "remaining", "wanted", "fault"),
    [
        ([1, 0], [1, 1], [1, 1], "the lots' owners must ascend from 0 to at most 1"),
        ([0, 2], [1, 1], [1, 1], "the lots' owners must ascend from 0 to at most 1"),
        ([-1, 0], [1, 1], [1, 1], "the lots' owners must ascend from 0 to at most 1"),
        ([0], [1, 1], [1], "1 owners for 2 lots"),
        ([0, 0], [1, -1], [1], r"remaining\[1\] is -1"),
        ([0, 0], [1, 1], [-5], r"wanted\[0\] is -5"),
    ],
)
def test_lots_must_be_in_order(owner: list[int], remaining: list[int], wanted: list[int], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        columns.draw_oldest_first(column(owner), column(remaining), column(wanted))


# --- adding up rows -------------------------------------------------------------------------------------------


@laws
@given(st.lists(st.tuples(st.integers(0, 7), amounts), max_size=30))
def test_what_is_added_to_rows_is_exact_or_refused(entries: list[tuple[int, int]]) -> None:
    sums, refused = [0] * 8, False
    for row, amount in entries:
        sums[row] += amount
        refused |= abs(sums[row]) > MAX_AMOUNT
    rows, added = column([row for row, _ in entries]), column([amount for _, amount in entries])
    if refused:
        with pytest.raises(OverflowError, match="a ledger column holds; give the asset fewer decimals"):
            columns.summed_at(8, rows, added)
    else:
        assert columns.summed_at(8, rows, added).tolist() == sums


@pytest.mark.parametrize("row", [-1, 3])
def test_a_row_that_is_not_there_is_refused(row: int) -> None:
    with pytest.raises(IndexError, match=rf"rows\[1\] is {row}; an index is 0 to 2"):
        columns.summed_at(3, column([0, row]), column([1, 1]))
    with pytest.raises(ValueError, match="1 amounts for 2 rows"):
        columns.summed_at(3, column([0, 1]), column([1]))


@laws
@given(st.lists(amounts))
def test_what_is_above_zero_comes_with_its_rows(values: list[int]) -> None:
    rows, entries = columns.above_zero(column(values))
    assert list(zip(rows.tolist(), entries.tolist(), strict=True)) == [
        (row, value) for row, value in enumerate(values) if value > 0
    ]


@laws
@given(st.lists(amounts), st.lists(amounts, max_size=8).map(sorted))
def test_a_step_is_reached_at_its_threshold(values: list[int], lowest: list[int]) -> None:
    expected = [sum(value >= each for each in lowest) - 1 for value in values]
    assert columns.steps_reached(column(values), column(lowest)).tolist() == expected


# --- what a column is ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [np.array([1.0]), np.array([1], dtype=np.int32), np.array(1), np.array([2**70])])
def test_a_column_is_int64_and_nothing_else(values: Column) -> None:
    with pytest.raises(ValueError, match="give a one-dimensional int64 array"):
        columns.as_column(values)


def test_a_loop_compiles_where_no_cache_can_be_kept() -> None:
    namespace: dict[str, object] = {}
    exec("def twice(number):\n    return 2 * number", namespace)  # a function without a source file
    twice = columns.compiled(namespace["twice"])  # type: ignore[type-var]
    assert twice(21) == 42  # type: ignore[operator]
