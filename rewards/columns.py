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
    # The high and the low 32 bits are added apart: neither sum can leave 64 bits in a column of up to 2**31.
    high, low = int((values >> 32).sum()), int((values & 0xFFFFFFFF).sum())
    return (high << 32) + low


def total_magnitude(values: Column) -> int:
    """The sum of the absolute values: no sum over any part of the column can be larger."""
    return exact_sum(values[values > 0]) - exact_sum(values[values < 0])


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
    total = np.zeros(len(terms[0]), dtype=np.int64)
    for term, numerator in zip(terms, numerators, strict=True):
        total += term * numerator
    return divided(total, denominator, rounding)


def scaled(values: Column, rate: Fraction, rounding: Rounding = Rounding.DOWN) -> Column:
    """Each of `values` (int64[n], smallest units) x `rate`, exact, rounded once; int64[n].

    Raises OverflowError when a result does not fit a ledger column.

    >>> scaled(np.array([300000]), Fraction(3, 250))
    array([3600])
    """
    return sum_of_products([values], [rate], rounding)


def proportional(whole: int, weights: Column) -> Column:
    """Divide `whole` smallest units in proportion to `weights`, each part rounded down.

    The weights are int64[n], none negative. Returns int64[n]; what rounding left over is `whole -
    checked_sum(parts)`. Parts are all zero when the weights are (specification 2: static pool). Raises
    ValueError for a negative weight, OverflowError when a part does not fit.

    >>> proportional(100, np.array([1, 1, 1]))
    array([33, 33, 33])
    """
    weights = as_column(weights, "weights")
    _refuse_negative(weights, "weights", "a share can only be given for a weight of zero or more")
    total = exact_sum(weights)
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
    owner, remaining = as_column(owner, "owner"), as_column(remaining, "remaining")
    wanted = as_column(wanted, "wanted")
    if len(owner) != len(remaining):
        raise ValueError(f"{len(owner)} owners for {len(remaining)} lots; give one owner for each lot")
    ascending = bool((owner[1:] >= owner[:-1]).all())
    if len(owner) and not (ascending and owner[0] >= 0 and owner[-1] < len(wanted)):
        raise ValueError(
            f"the lots' owners must ascend from 0 to at most {len(wanted) - 1}; sort the lots by member, then by age"
        )
    _refuse_negative(remaining, "remaining", "a lot has zero or more left")
    _refuse_negative(wanted, "wanted", "settle an amount that goes back to the lots apart from what is drawn")
    taken = np.zeros(len(owner), dtype=np.int64)
    _draw(owner, remaining, wanted, taken)
    return taken


def _refuse_negative(values: Column, name: str, advice: str) -> None:
    """Raise ValueError for the first negative entry."""
    if len(values) and values.min() < 0:
        index = int((values < 0).argmax())
        raise ValueError(f"{name}[{index}] is {values[index]}; {advice}")


@compiled
def _draw(owner: Column, remaining: Column, wanted: Column, taken: Column) -> None:
    """Fill `taken`, lot by lot, with what the lot's member still wants when its turn comes."""
    member, left = -1, 0
    for lot in range(len(owner)):
        if owner[lot] != member:
            member = owner[lot]
            left = wanted[member]
        taken[lot] = min(left, remaining[lot])
        left -= taken[lot]
