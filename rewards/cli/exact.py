"""Amounts as the decimal texts they are written in, multiplied and summed exactly, however many decimals they have."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact
from functools import reduce

from rewards.money import format_amount, parse_amount

# More digits than any sum of ledger amounts has; should one have more all the same, it is an error and not a rounding.
_EXACT = Context(prec=60, traps=[Inexact])


def multiply(text: str, factor: int) -> str:
    """A decimal text times a whole number, with the text's own number of decimals.

    >>> multiply("11.77", 100)
    '1177.00'

    Raises AmountError when the text is no plain decimal or the product is larger than an account can hold.
    """
    decimals = len(text.partition(".")[2])
    units = parse_amount(text, decimals)
    if factor != 1:
        units = parse_amount(str(units * factor), 0)
    return format_amount(units, decimals)


def add(left: str, right: str) -> str:
    """The sum of two decimal texts, with the decimals of the one that has more.

    >>> add("0.1", "0.20")
    '0.30'
    """
    return total([left, right])


def total(amounts: Iterable[str]) -> str:
    """The sum of decimal texts, with the decimals of the one that has most; of none it is 0.

    >>> total(["0.1", "0.20", "3"])
    '3.30'
    """
    return format(reduce(_EXACT.add, map(Decimal, amounts), Decimal(0)), "f")
