"""Exact amounts and rates: parsing, formatting, rounding and dividing a whole into parts.

Amounts are whole numbers of an asset's smallest unit; an asset's *scale* says how many decimals that unit has (scale 2:
the smallest unit is 0.01). Rates are exact rationals. No float is accepted or produced anywhere (specification,
"Rounding, everywhere").
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

MAX_SCALE = 12
"""The most decimals an asset may have; keeps 64-bit columns useful."""

MAX_AMOUNT = 2**63 - 1
"""The largest amount a ledger column holds, in smallest units."""

_SURELY_FITS = len(str(MAX_AMOUNT))
"""A number of fewer digits does not exceed MAX_AMOUNT."""

_DECIMAL = re.compile(r"(-?)([0-9]{1,30})(?:\.([0-9]{1,30}))?", re.ASCII)
_RATIO = re.compile(r"(-?[0-9]{1,30})/([0-9]{1,30})", re.ASCII)
_PERCENT = re.compile(r"(-?[0-9]{1,30}(?:\.[0-9]{1,30})?)%", re.ASCII)


class AmountError(ValueError):
    """A text that is not an exact amount or rate. `code` is a key of the message catalogue, `parameters` fill it."""

    def __init__(self, code: str, **parameters: object) -> None:
        super().__init__(code)
        self.code = code
        self.parameters = parameters


class Rounding(enum.Enum):
    """How an exact rational becomes a whole number of smallest units."""

    DOWN = "down"
    UP = "up"
    HALF_UP = "half_up"


def parse_amount(text: str, scale: int) -> int:
    """Read a decimal text as a number of smallest units.

    >>> parse_amount("14.7", 2)
    1470

    Raises AmountError when the text is no plain decimal (`amount.malformed`), has more decimals than the asset
    (`amount.too-fine`) or does not fit a ledger column (`amount.too-large`).
    """
    if isinstance(text, str) and text.isascii():
        whole, _, decimals = text.partition(".")
        if len(decimals) == scale and len(whole) < _SURELY_FITS - scale and whole.isdigit() and decimals.isdigit():
            return int(whole + decimals)  # as amounts mostly come
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise AmountError("amount.malformed", text=str(text))
    sign, whole, decimals = match.groups("")
    if len(decimals) > scale and len(decimals.rstrip("0")) > scale:
        raise AmountError("amount.too-fine", text=text, scale=scale)
    units = int(whole + decimals[:scale].ljust(scale, "0"))
    if units > MAX_AMOUNT:
        raise AmountError("amount.too-large", text=text)
    return -units if sign else units


def format_amount(units: int, scale: int) -> str:
    """Write a number of smallest units as a decimal text with exactly `scale` decimals.

    >>> format_amount(1470, 2)
    '14.70'
    """
    if scale == 0:
        return str(units)
    if units < 0:
        return "-" + format_amount(-units, scale)
    digits = str(units).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}"


def parse_rate(value: str | int | Decimal) -> Fraction:
    """Read a rate: `30%`, `1/12`, `"2.5"`, a whole number or a Decimal, as an exact rational.

    >>> parse_rate("1.2%"), parse_rate("1/12")
    (Fraction(3, 250), Fraction(1, 12))

    Raises AmountError (`rate.malformed`).
    """
    if isinstance(value, bool):
        raise AmountError("rate.malformed", text=str(value))
    if isinstance(value, int):
        return Fraction(value)
    text = format(value, "f") if isinstance(value, Decimal) else value
    percent = _PERCENT.fullmatch(text)
    if percent:
        return Fraction(percent.group(1)) / 100
    ratio = _RATIO.fullmatch(text)
    if ratio and int(ratio.group(2)):
        return Fraction(int(ratio.group(1)), int(ratio.group(2)))
    if _DECIMAL.fullmatch(text):
        return Fraction(text)
    raise AmountError("rate.malformed", text=text)


def format_rate(rate: Fraction) -> str:
    """Write a rate as a percentage, or as a ratio of whole numbers when it has no finite decimal form.

    >>> format_rate(Fraction(3, 250)), format_rate(Fraction(1, 3))
    ('1.2%', '1/3')
    """
    denominator = rate.denominator
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    if denominator != 1:
        return f"{rate.numerator}/{rate.denominator}"
    hundred = rate * 100
    places = 0
    while (hundred * 10**places).denominator != 1:
        places += 1
    return format_amount(int(hundred * 10**places), places) + "%"


def round_ratio(numerator: int, denominator: int, rounding: Rounding = Rounding.DOWN) -> int:
    """Round numerator / denominator (denominator positive) to a whole number.

    DOWN goes towards minus infinity, UP towards plus infinity; HALF_UP takes a half upwards.

    >>> round_ratio(7, 2), round_ratio(7, 2, Rounding.UP), round_ratio(5, 2, Rounding.HALF_UP)
    (3, 4, 3)
    """
    if rounding is Rounding.DOWN:
        return numerator // denominator
    if rounding is Rounding.UP:
        return -(-numerator // denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def format_ratio(numerator: int, denominator: int, places: int) -> str:
    """Display a ratio with `places` decimals, half up; the only place where a price is rounded (specification 1).

    >>> format_ratio(30, 21, 4)
    '1.4286'
    """
    return format_amount(round_ratio(numerator * 10**places, denominator, Rounding.HALF_UP), places)


def allocate(whole: int, weights: Sequence[int]) -> tuple[list[int], int]:
    """Divide `whole` smallest units in proportion to `weights`, each part rounded down.

    Returns the parts and what rounding left over; together they are `whole`. Weights are not negative; when all are
    zero everything is left over.

    >>> allocate(100, [1, 1, 1])
    ([33, 33, 33], 1)
    """
    total = sum(weights)
    if total == 0:
        return [0] * len(weights), whole
    parts = [whole * weight // total for weight in weights]
    return parts, whole - sum(parts)
