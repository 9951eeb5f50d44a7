"""Running a loop over columns: compiled on 64 bits where its numbers are known to fit, else on Python integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rewards.columns import Column, Numbers, narrowed, total_magnitude
from rewards.money import MAX_AMOUNT
from rewards.network.order import OrderedTree


def run_loop(loop: Callable[..., None], fits: bool, *columns: Numbers) -> Numbers:
    """Run a compiled loop on columns; return its last argument, which is the one the loop fills.

    `fits` promises that nothing the loop computes leaves 64 bits. Without that promise the same source text
    runs on Python integers. In both cases only arguments that the caller made for this loop may be changed by
    it.
    """
    if fits:
        loop(*columns)
        return columns[-1]
    exact = [column if isinstance(column, list) else column.tolist() for column in columns]
    getattr(loop, "py_func", loop)(*exact)
    return exact[-1]


def zeros(tree: OrderedTree) -> Column:
    """An int64 column of zeros, one for each member."""
    return np.zeros(len(tree), dtype=np.int64)


def sums_fit(values: Column) -> bool:
    """Whether sums over any part of the column stay within 64 bits."""
    return total_magnitude(values) <= MAX_AMOUNT


def products_fit(values: Column, numerators: Sequence[int]) -> bool:
    """Whether sums of the column's values times numerators, in any order, stay within 64 bits."""
    largest = max(map(abs, numerators), default=0)
    # The downline is summed whether or not a rate multiplies it, so a sum must fit at a rate of zero too.
    return largest <= MAX_AMOUNT and total_magnitude(values) * max(largest, 1) <= MAX_AMOUNT


def as_numbers(values: list[int], fits: bool) -> Numbers:
    """The whole numbers as a loop running in 64 bits (`fits`) or on Python integers takes them."""
    return np.array(values, dtype=np.int64) if fits else values


def as_amounts(numbers: Numbers) -> Column:
    """What a loop computed, as int64. Raises OverflowError for a number that does not fit."""
    return narrowed(numbers) if isinstance(numbers, list) else numbers
