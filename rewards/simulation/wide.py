"""Exact products and quotients beyond 64 bits, for compiled loops (specification, "Rounding, everywhere").

A product of two amounts has up to 126 bits; it is held as two halves of 64. Everything is a whole number: nothing is
rounded but by the division that is asked for, which goes down.

Numba keeps machine code on disk by the file of the loop that was compiled, not by the files of what it calls: after a
change here, touch `order_loop.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rewards.columns import compiled

LIMIT = 2**62
"""Amounts in a compiled loop stay below this, so that a sum of two never wraps around."""

TOO_LARGE = -1
"""What stands for a result of `LIMIT` or more, in smallest units; results are never negative."""

_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_ONE = np.uint64(1)
_TOP = np.uint64(63)
_NOTHING = np.uint64(0)


@compiled
def product(x: int, y: int) -> Any:
    """The product x × y as its upper and its lower 64 bits (uint64); both factors int64, not negative."""
    a, b = np.uint64(x), np.uint64(y)
    a_low, a_high, b_low, b_high = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    lowest = a_low * b_low
    one = a_high * b_low + (lowest >> _HALF)
    other = a_low * b_high + (one & _LOW)
    return a_high * b_high + (one >> _HALF) + (other >> _HALF), (other << _HALF) | (lowest & _LOW)


@compiled
def quotient(high: Any, low: Any, divisor: int) -> Any:
    """(high, low) ÷ divisor, rounded down, and the remainder (int64 both); `TOO_LARGE` when it is `LIMIT` or more.

    The divisor is int64 and positive.
    """
    by = np.uint64(divisor)
    if high >= by:
        return TOO_LARGE, 0
    if high == _NOTHING:
        whole, rest = low // by, low % by
    else:
        # Long division, one binary digit at a time: the rest is below 2^63, so twice the rest still fits.
        whole, rest = _NOTHING, high
        for place in range(64):
            rest = (rest << _ONE) | ((low >> (_TOP - np.uint64(place))) & _ONE)
            whole <<= _ONE
            if rest >= by:
                rest -= by
                whole |= _ONE
    if whole >= np.uint64(LIMIT):
        return TOO_LARGE, 0
    return np.int64(whole), np.int64(rest)


@compiled
def share(x: int, y: int, z: int, numerator: int, denominator: int) -> Any:
    """Return x × y ÷ z × numerator ÷ denominator, rounded down once (int64); `TOO_LARGE` when a step leaves `LIMIT`.

    All are int64 and not negative, z and the denominator positive.
    """
    # x·y = whole·z + rest. What rest·numerator ÷ z leaves below one cannot lift the next quotient to a whole number.
    high, low = product(x, y)
    whole, rest = quotient(high, low, z)
    if whole == TOO_LARGE:
        return TOO_LARGE
    high, low = product(rest, numerator)
    carried, _ = quotient(high, low, z)
    high, low = product(whole, numerator)
    total = low + np.uint64(carried)
    if total < low:
        high += _ONE
    return quotient(high, total, denominator)[0]


@compiled
def at_least(x: int, y: int, z: int, w: int) -> bool:
    """Whether x × y ≥ z × w, exactly; all int64, not negative."""
    high, low = product(x, y)
    other_high, other_low = product(z, w)
    return bool(high > other_high or (high == other_high and low >= other_low))
