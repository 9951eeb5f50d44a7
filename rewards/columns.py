"""Exact arithmetic on columns: int64 arrays of amounts in smallest units, one entry a member (or a lot).

Every function first bounds what it is about to compute. When the bound fits 64 bits it works on int64 arrays;
when it does not, it works on Python integers, which is slower and gives the same numbers. Nothing ever wraps
around, and a result that no ledger column could hold raises OverflowError (specification, "Rounding,
everywhere").
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
from numba import njit

from rewards.money import MAX_AMOUNT, Rounding, round_ratio

Column: TypeAlias = npt.NDArray[np.int64]
"""A one-dimensional int64 array."""

Numbers: TypeAlias = Column | list[int]
"""A column, or the same numbers as Python integers where they may be too large for one."""

_Function = TypeVar("_Function", bound=Callable[..., Any])


def compiled(function: _Function) -> _Function:
    """Compile a loop over columns with Numba, keeping the machine code on disk where there is a place for it.

    A read-only installation without a home directory has no such place; the loop is then compiled once a
    process.
    """
    try:
        return cast(_Function, njit(cache=True)(function))
    except RuntimeError:  # Numba found no directory it may write its cache to
        return cast(_Function, njit(function))


def as_column(values: npt.ArrayLike, name: str = "column") -> Column:
    """`values` as a contiguous int64 array of one dimension (the same array if it is one already).

    Raises ValueError, calling the values `name`, when they are anything but a one-dimensional int64 array: a
    conversion could round, or hide a float.
    """
    array = np.asarray(values)
    if array.dtype != np.int64 or array.ndim != 1:
        raise ValueError(
            f"{name} has dtype {array.dtype} and {array.ndim} dimensions; give a one-dimensional int64 array"
        )
    return np.ascontiguousarray(array)


def narrowed(values: Sequence[int]) -> Column:
    """Python integers as an int64 column.

    Raises OverflowError for the first entry a ledger column cannot hold (beyond +/- `MAX_AMOUNT` smallest
    units).
    """
    for index, value in enumerate(values):
        if abs(value) > MAX_AMOUNT:
            raise OverflowError(
                f"entry {index} comes to {value} smallest units, but a ledger column holds at most "
                f"{MAX_AMOUNT}; lower the rate, or give the asset fewer decimals"
            )
    return np.array(values, dtype=np.int64)


def magnitude(values: Column) -> int:
    """The largest absolute value of a column; 0 when it is empty."""
    return max(int(values.max()), -int(values.min())) if len(values) else 0


def exact_sum(values: Column) -> int:
    """The sum of a column as a Python integer, whatever its size."""
    high, low = _halves(values)
    return (int(high) << 32) + int(low)


def total_magnitude(values: Column) -> int:
    """The sum of the absolute values: no sum over any part of the column can be larger."""
    high, low = _absolute_halves(values)
    return (int(high) << 32) + int(low)


def checked_sum(values: Column) -> int:
    """The sum of a column in smallest units. Raises OverflowError when a ledger column could not hold it."""
    total = exact_sum(as_column(values))
    if abs(total) > MAX_AMOUNT:
        raise OverflowError(
            f"the column adds up to {total} smallest units, but a ledger column holds at most {MAX_AMOUNT}; "
            "give the asset fewer decimals"
        )
    return total


def over_common_denominator(rates: Sequence[Fraction]) -> tuple[list[int], int]:
    """The rates as whole numerators over their least common denominator (which is 1 when there are no rates).

    >>> over_common_denominator([Fraction(1, 2), Fraction(3, 10)])
    ([5, 3], 10)
    """
    denominator = math.lcm(*(rate.denominator for rate in rates))
    return [rate.numerator * (denominator // rate.denominator) for rate in rates], denominator


def divided(numerators: Numbers, denominator: int, rounding: Rounding = Rounding.DOWN) -> Column:
    """Each numerator / `denominator`, rounded once; for sums of products held over a common denominator.

    Numerators are an int64 array, or a list of Python integers of any size. The result is int64, of the same
    length. Raises ValueError when the denominator is not positive, OverflowError when a result does not fit.

    >>> divided(np.array([36, -36]), 10)
    array([ 3, -4])
    """
    if denominator < 1:
        raise ValueError(f"the denominator is {denominator}; it must be 1 or more")
    if isinstance(numerators, list):
        return narrowed([round_ratio(value, denominator, rounding) for value in numerators])
    column = as_column(numerators, "numerators")
    # Twice the two is the most that rounding half up computes on the way.
    if 2 * (magnitude(column) + denominator) > MAX_AMOUNT:
        return divided(column.tolist(), denominator, rounding)
    if rounding is Rounding.DOWN:
        return column // denominator
    if rounding is Rounding.UP:
        return -(-column // denominator)
    return (2 * column + denominator) // (2 * denominator)


def sum_of_products(columns: Sequence[Column], rates: Sequence[Fraction], rounding: Rounding = Rounding.DOWN) -> Column:
    """columns[0] x rates[0] + columns[1] x rates[1] + ..., exact, each entry rounded once.

    The columns are int64[n] in smallest units, one for each rate. Returns int64[n]. Raises ValueError when
    there are no columns, not as many as rates, or not of one length; OverflowError when a result does not
    fit.
    """
    terms = [as_column(values) for values in columns]
    if not terms or len(terms) != len(rates) or len({len(term) for term in terms}) != 1:
        raise ValueError(
            f"{len(terms)} columns of lengths {sorted({len(term) for term in terms})} with {len(rates)} "
            "rates; give one rate for each column, and columns of one length"
        )
    numerators, denominator = over_common_denominator(rates)
    bound = sum(magnitude(term) * abs(numerator) for term, numerator in zip(terms, numerators, strict=True))
    if max(bound, *(abs(numerator) for numerator in numerators)) > MAX_AMOUNT:
        rows = zip(*(term.tolist() for term in terms), strict=True)
        return divided([sum(map(int.__mul__, numerators, row)) for row in rows], denominator, rounding)
    total = terms[0] * numerators[0]
    for term, numerator in zip(terms[1:], numerators[1:], strict=True):
        total += term * numerator
    return divided(total, denominator, rounding)


def scaled(values: Column, rate: Fraction, rounding: Rounding = Rounding.DOWN) -> Column:
    """Each of `values` (int64[n], smallest units) x `rate`, exact, rounded once; int64[n].

    Raises OverflowError when a result does not fit a ledger column.

    >>> scaled(np.array([300000]), Fraction(3, 250))
    array([3600])
    """
    return sum_of_products([values], [rate], rounding)


def proportional(whole: int, weights: Column, total: int | None = None) -> Column:
    """Divide `whole` smallest units in proportion to `weights`, each part rounded down.

    The weights are int64[n], none negative. Returns int64[n]; what rounding left over is `whole -
    checked_sum(parts)`. Parts are all zero when the weights are (specification 2: static pool). `total` is what all
    weights add up to where these are but some of them. Raises
    ValueError for a negative weight, OverflowError when a part does not fit.

    >>> proportional(100, np.array([1, 1, 1]))
    array([33, 33, 33])
    """
    weights = as_column(weights, "weights")
    _refuse_negative(weights, "weights", "a share can only be given for a weight of zero or more")
    total = exact_sum(weights) if total is None else total
    if total == 0:
        return np.zeros(len(weights), dtype=np.int64)
    # whole x w / total = quotient x w + remainder x w / total: the products stay smaller than whole x w.
    quotient, remainder = divmod(whole, total)
    if max((abs(quotient) + remainder) * magnitude(weights), abs(quotient), total) > MAX_AMOUNT:
        return narrowed([whole * weight // total for weight in weights.tolist()])
    return quotient * weights + remainder * weights // total


def draw_oldest_first(owner: Column, remaining: Column, wanted: Column) -> Column:
    """What is taken from each lot when every member draws on their own lots, oldest first.

    See specification 3, steps 2-4. `owner` int64[k] is the index (ordinal - 1) of each lot's member,
    ascending, and within a member the lots are in order of age; `remaining` int64[k] and `wanted` int64[n]
    are smallest units, not negative. Returns int64[k]: together a member's lots give `wanted`, or all they
    have left when that is less.

    Raises ValueError when lots are out of order, an owner is not a member, or an amount is negative.

    >>> draw_oldest_first(np.array([0, 0, 1]), np.array([5, 5, 5]), np.array([7, 0]))
    array([5, 2, 0])
    """
    return drawn_oldest_first(owner, remaining, wanted)[0]


def drawn_oldest_first(owner: Column, remaining: Column, wanted: Column) -> tuple[Column, Column]:
    """`draw_oldest_first`, and beside it what each member has drawn on all their lots together, int64[n]."""
    owner, remaining = as_column(owner, "owner"), as_column(remaining, "remaining")
    wanted = as_column(wanted, "wanted")
    if len(owner) != len(remaining):
        raise ValueError(f"{len(owner)} owners for {len(remaining)} lots; give one owner for each lot")
    _refuse_negative(wanted, "wanted", "settle an amount that goes back to the lots apart from what is drawn")
    taken, drawn = np.empty_like(owner), np.zeros_like(wanted)
    if not _draw(owner, remaining, wanted, taken, drawn):
        _refuse_negative(remaining, "remaining", "a lot has zero or more left")
        raise ValueError(
            f"the lots' owners must ascend from 0 to at most {len(wanted) - 1}; sort the lots by member, then by age"
        )
    return taken, drawn


def add_at(sums: Column, rows: Column, amounts: Column) -> None:
    """Add each of `amounts` to the entry of `sums` at the index in `rows`, which may repeat; both int64[k].

    Raises IndexError for an index that `sums` (int64[n]) has not, OverflowError where a sum would leave 64 bits;
    `sums` is of no use any more after either.

    >>> sums = np.array([1, 0]); add_at(sums, np.array([0, 1, 0]), np.array([2, 3, 4])); sums
    array([7, 3])
    """
    rows, amounts = as_column(rows, "rows"), as_column(amounts, "amounts")
    if len(rows) != len(amounts):
        raise ValueError(f"{len(amounts)} amounts for {len(rows)} rows; give one amount for each row")
    stopped = _add_at(sums, rows, amounts)
    if stopped < 0:
        return
    if not 0 <= rows[stopped] < len(sums):
        raise IndexError(f"rows[{stopped}] is {rows[stopped]}; an index is 0 to {len(sums) - 1}")
    raise OverflowError(
        f"entry {rows[stopped]} comes to more smallest units than the {MAX_AMOUNT} a ledger column holds; "
        "give the asset fewer decimals"
    )


def summed_at(size: int, rows: Column, amounts: Column) -> Column:
    """The sum of the amounts of each of `size` rows, int64[size]; arguments and errors as for `add_at`.

    >>> summed_at(3, np.array([0, 2, 0]), np.array([2, 3, 4]))
    array([6, 0, 3])
    """
    sums = np.zeros(size, dtype=np.int64)
    add_at(sums, rows, amounts)
    return sums


def above_zero(values: Column) -> tuple[Column, Column]:
    """The indexes of the entries that are more than 0, ascending, and these entries themselves; both int64[k].

    >>> above_zero(np.array([5, 0, -1, 7]))
    (array([0, 3]), array([5, 7]))
    """
    values = as_column(values)
    count = int(np.count_nonzero(values > 0))
    # One entry more, which what does not belong is written to in passing.
    rows, entries = np.empty(count + 1, dtype=np.int64), np.empty(count + 1, dtype=np.int64)
    _pick_above_zero(values, rows, entries)
    return rows[:count], entries[:count]


def steps_reached(values: Column, lowest: Column) -> Column:
    """The last of the ascending thresholds `lowest` (int64[m]) that each value reaches, −1 for none; int64[n].

    >>> steps_reached(np.array([5, 10, 99]), np.array([10, 20]))
    array([-1,  0,  1])
    """
    reached = np.empty(len(values), dtype=np.int64)
    _find_steps(as_column(values, "values"), as_column(lowest, "lowest"), reached)
    return reached


def _refuse_negative(values: Column, name: str, advice: str) -> None:
    """Raise ValueError for the first negative entry."""
    if len(values) and values.min() < 0:
        index = int((values < 0).argmax())
        raise ValueError(f"{name}[{index}] is {values[index]}; {advice}")


@compiled
def _halves(values: Column) -> tuple[int, int]:
    """The sums of the high and of the low 32 bits: neither can leave 64 bits in a column of up to 2**31."""
    high, low = 0, 0
    for index in range(len(values)):
        high += values[index] >> 32
        low += values[index] & 0xFFFFFFFF
    return high, low


@compiled
def _absolute_halves(values: Column) -> tuple[int, int]:
    """The same of the absolute values. That of -(2**63) stays negative here, but its bits are those of 2**63."""
    high, low = 0, 0
    for index in range(len(values)):
        size = values[index] if values[index] >= 0 else -values[index]
        high += (size >> 32) & 0xFFFFFFFF
        low += size & 0xFFFFFFFF
    return high, low


@compiled
def _add_at(sums: Column, rows: Column, amounts: Column) -> int:
    """Add up; returns the first index at which that is impossible, -1 for none."""
    for index in range(len(rows)):
        row, amount = rows[index], amounts[index]
        if row < 0 or row >= len(sums):
            return index
        before = sums[row]
        # Only numbers of one sign can leave 64 bits together.
        if (amount > 0 and before > MAX_AMOUNT - amount) or (amount < 0 and before < -MAX_AMOUNT - amount):
            return index
        sums[row] = before + amount
    return -1


@compiled
def _pick_above_zero(values: Column, rows: Column, entries: Column) -> None:
    """Without a branch, which would be guessed wrong for every other entry."""
    found = 0
    for index in range(len(values)):
        rows[found] = index
        entries[found] = values[index]
        found += values[index] > 0


@compiled
def _find_steps(values: Column, lowest: Column, reached: Column) -> None:
    for index in range(len(values)):
        step = 0
        while step < len(lowest) and values[index] >= lowest[step]:
            step += 1
        reached[index] = step - 1


@compiled
def _draw(owner: Column, remaining: Column, wanted: Column, taken: Column, drawn: Column) -> bool:
    """Fill `taken`, lot by lot, with what the lot's member still wants when its turn comes, and `drawn` by member.

    Returns false where the lots are out of order or something is left of them below zero.
    """
    member, left = -1, 0
    for lot in range(len(owner)):
        if lot == 0 or owner[lot] != member:
            if owner[lot] < member or owner[lot] < 0 or owner[lot] >= len(wanted):
                return False
            member = owner[lot]
            left = wanted[member]
        if remaining[lot] < 0:
            return False
        part = min(left, remaining[lot])
        taken[lot] = part
        left -= part
        drawn[member] += part
    return True
