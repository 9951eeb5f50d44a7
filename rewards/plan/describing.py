"""Amounts in words: how a quantity came about, as one line of arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from rewards.money import format_amount, format_rate
from rewards.plan.amounts import Amount, Base, Brackets, Fixed, LevelTimes, Rated, RatesByText
from rewards.plan.conditions import LinesTotal, Values
from rewards.plan.fields import Field


def describe_amount(amount: Amount, scale: int, values: Values) -> str:
    """One line such as `1.2% × lot.basis 3000.00`, for a target with `scale` decimals.

    A value that is not known any more is left out of the line.
    """
    formula = amount.formula
    limits = ""
    if amount.least is not None:
        limits += f", min {format_amount(amount.least, scale)}"
    if amount.cap is not None:
        limits += f", cap {format_amount(amount.cap, scale)}"
    if isinstance(formula, Fixed):
        return format_amount(formula.quantity, scale) + limits
    assert isinstance(formula, Rated | LevelTimes | RatesByText | Brackets)
    if formula.base is None:
        assert isinstance(formula, LevelTimes)
        return _level_factor(formula, Fraction(1, 10**scale), values) + limits
    base, base_scale = describe_base(formula.base, values)
    units = Fraction(10**base_scale, 10**scale)
    if isinstance(formula, Rated):
        return f"{_factor(formula.factor * units)} × {base}{limits}"
    if isinstance(formula, LevelTimes):
        return f"{_level_factor(formula, units, values)} × {base}{limits}"
    if isinstance(formula, RatesByText):
        return f"{_rate_of_text(formula, units, values)} × {base}{limits}"
    decided, start_scale = "", base_scale
    if formula.by is not None:
        by, start_scale = describe_base(formula.by, values)
        decided = f" by {by}"
    bands = ", ".join(
        f"{format_amount(start, start_scale)}+: "
        + (format_amount(fixed, scale) if fixed else format_rate(factor * units))
        for start, factor, fixed in zip(
            formula.starts, formula.factors, formula.fixed or (0,) * len(formula.starts), strict=True
        )
    )
    return f"[{bands}]{decided} {'of' if formula.fixed else '×'} {base}{limits}"


def _factor(factor: Fraction) -> str:
    """A rate as people write it: a percentage up to 100 %, a plain number above; a fraction where neither is exact."""
    written = format_rate(factor)
    if factor <= 1 or "/" in written:
        return written
    return format_rate(factor / 100).rstrip("%")


def _rate_of_text(formula: RatesByText, units: Fraction, values: Values) -> str:
    text = None if formula.by_line else known(values, formula.by)
    if text is None:
        return f"rate of {formula.by.name}"
    return f"{formula.by.name} ({text}) {_factor(formula.factors.get(text, formula.otherwise) * units)}"


def _level_factor(formula: LevelTimes, units: Fraction, values: Values) -> str:
    index = known(values, formula.level)
    name = f"{formula.ladder.name}.{formula.column_name}"
    if index is None or index < 0:
        return name
    return f"{name} ({formula.ladder.levels[index].name}) {_factor(formula.factors[index] * units)}"


def describe_base(base: Base, values: Values) -> tuple[str, int]:
    """A field (or a sum of lines) with its value, and its scale."""
    if isinstance(base, LinesTotal):
        return "order.lines", base.scale
    value = known(values, base)
    if value is None:
        return base.name, base.scale
    return f"{base.name} {format_amount(int(value), base.scale)}", base.scale


def known(values: Callable[[Field], Any], field: Field) -> Any:
    """A field's value, or None when it is not known any more."""
    try:
        return values(field)
    except KeyError:
        return None
