"""Amounts, compiled: a quantity, a rate of a field or one by a text, so much per so much, a level's column, brackets.

The result is in the target asset's smallest units. The exact rational is rounded once, at the end
(specification, "Rounding, everywhere"). `single` serves events and `column` day closes; both evaluate the
same numerators and denominators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from rewards.columns import scaled
from rewards.money import Rounding, round_ratio
from rewards.plan.conditions import LinesTotal, Values, value_of
from rewards.plan.fields import SAID_BY_ORDERS, Field, Kind
from rewards.plan.ladder import Ladder
from rewards.plan.windows import Window

Column = NDArray[np.int64]


Base = Field
"""What an amount is taken of: a number, or what an order's lines come to (`LinesTotal`)."""


class Formula(Protocol):
    """How a base becomes a quantity. Factors are target smallest units per base smallest unit."""

    def single(self, values: Values, rounding: Rounding) -> int:
        """The quantity for single values."""
        ...

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        """The quantity a member (or a lot), int64[size]."""
        ...

    def bases(self) -> Iterator[Base]:
        """What it is taken of."""
        ...

    @property
    def largest_factor(self) -> Fraction | None:
        """The most smallest units a smallest unit of the base can give; None when it is not taken of a base."""
        ...


def _column_of(value: Any, size: int) -> Column:
    return np.broadcast_to(np.asarray(value, dtype=np.int64), (size,)).copy()


@dataclass(frozen=True)
class Fixed:
    """Always the same quantity, in smallest units."""

    quantity: int

    def single(self, values: Values, rounding: Rounding) -> int:
        return self.quantity

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        return np.full(size, self.quantity, dtype=np.int64)

    def bases(self) -> Iterator[Base]:
        yield from ()

    @property
    def largest_factor(self) -> Fraction | None:
        return None


@dataclass(frozen=True)
class Rated:
    """`factor` × base; with `step` (smallest units of the base) only whole steps of the base count."""

    base: Base
    factor: Fraction
    step: int = 0

    @cached_property
    def _ratio(self) -> tuple[int, int]:
        """The factor as two integers: asked of a Fraction, they cost as much as the multiplication."""
        return self.factor.as_integer_ratio()

    def single(self, values: Values, rounding: Rounding) -> int:
        base = self.base
        value: int = values(base) if type(base) is Field else value_of(base, values)
        if self.step:
            value -= value % self.step
        numerator, denominator = self._ratio
        if rounding is Rounding.DOWN:
            return value * numerator // denominator
        return round_ratio(value * numerator, denominator, rounding)

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        value = _column_of(value_of(self.base, values), size)
        if self.step:
            value -= value % self.step
        return scaled(value, self.factor, rounding)

    def bases(self) -> Iterator[Base]:
        yield self.base

    @property
    def largest_factor(self) -> Fraction:
        return self.factor


@dataclass(frozen=True)
class LevelTimes:
    """The column of the level in force × base; nothing without a level. `factors` has one factor a level.

    Without a base the factor itself is the quantity, in the target's smallest units.
    """

    base: Base | None
    ladder: Ladder
    level: Field
    column_name: str
    factors: tuple[Fraction, ...]

    def single(self, values: Values, rounding: Rounding) -> int:
        index = values(self.level)
        if index < 0:
            return 0
        factor = self.factors[index]
        return round_ratio(self._of(values) * factor.numerator, factor.denominator, rounding)

    def _of(self, values: Values) -> Any:
        return 1 if self.base is None else value_of(self.base, values)

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        value = _column_of(self._of(values), size)
        level = values(self.level)
        result = np.zeros(size, dtype=np.int64)
        for index, factor in enumerate(self.factors):
            chosen = level == index
            result[chosen] = scaled(value[chosen], factor, rounding)
        return result

    def bases(self) -> Iterator[Base]:
        if self.base is not None:
            yield self.base
        yield self.level

    @property
    def largest_factor(self) -> Fraction:
        return max(self.factors)


@dataclass(frozen=True)
class RatesByText:
    """The factor of a text × base: the text is what `by` is, of the order, the event or the day, or of each line.

    Taken of lines by a field of theirs, each line has the factor of its own text; they are added up exactly.
    """

    base: Base
    by: Field
    factors: Mapping[str, Fraction]
    otherwise: Fraction = Fraction(0)

    def factor(self, values: Values) -> Fraction:
        """The factor of the text that `by` is."""
        return self.factors.get(values(self.by), self.otherwise)

    @property
    def by_line(self) -> bool:
        """Whether every line has a factor of its own."""
        return self.by.root == "line"

    def single(self, values: Values, rounding: Rounding) -> int:
        if self.by_line:
            assert isinstance(self.base, LinesTotal)
            exact = sum((number * self.factor(line) for number, line in self.base.each(values)), Fraction(0))
        else:
            exact = value_of(self.base, values) * self.factor(values)
        return round_ratio(exact.numerator, exact.denominator, rounding)

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        # at a close the only texts are the day's, and so one for all
        return scaled(_column_of(value_of(self.base, values), size), self.factor(values), rounding)

    def bases(self) -> Iterator[Base]:
        yield self.base
        if not self.by_line:
            yield self.by

    @property
    def largest_factor(self) -> Fraction:
        return max(*self.factors.values(), self.otherwise)


@dataclass(frozen=True)
class Brackets:
    """Factors by bands of the base. `starts` (smallest units of the base, or of `by`) ascend.

    Whole: the factor of the band the base falls in applies to all of it. Marginal: each band's factor
    applies to the part of the base within that band. In place of a factor a whole band may have a fixed quantity.
    """

    base: Base
    starts: tuple[int, ...]
    factors: tuple[Fraction, ...]
    marginal: bool
    by: Field | None = None
    """What decides the band, where it is not the base itself: a count, or a measure that includes the base.

    Whole: the factor of the band `by` falls in, for the base. Marginal: the base is what `by` has grown by, and so both
    have the same smallest units.
    """
    fixed: tuple[int, ...] = ()
    """What each band gives in place of a factor, which is 0 then: smallest units of the target; empty for none."""

    def _of(self, value: int, by: int) -> Fraction:
        """The exact quantity for a base, where the band is decided by another number."""
        if self.marginal:
            return self._exact(by) - self._exact(by - value)
        return self._within(value, sum(by >= start for start in self.starts) - 1)

    def _within(self, value: int, band: int) -> Fraction:
        """What a whole band (its index; -1 for none) gives of the base."""
        if band < 0:
            return Fraction(0)
        return value * self.factors[band] + (self.fixed[band] if self.fixed else 0)

    def _exact(self, value: int) -> Fraction:
        total = Fraction(0)
        for index, start in enumerate(self.starts):
            if value < start:
                break
            if not self.marginal:
                total = self._within(value, index)
                continue
            end = self.starts[index + 1] if index + 1 < len(self.starts) else value
            total += (min(value, end) - start) * self.factors[index]
        return total

    def single(self, values: Values, rounding: Rounding) -> int:
        value = value_of(self.base, values)
        exact = self._exact(value) if self.by is None else self._of(value, values(self.by))
        return round_ratio(exact.numerator, exact.denominator, rounding)

    def column(self, values: Values, rounding: Rounding, size: int) -> Column:
        value = _column_of(value_of(self.base, values), size)
        # Many members share few values of a bracketed base, so each distinct one is worked out once, exactly.
        if self.by is None:
            distinct, where = np.unique(value, return_inverse=True)
            exact = [self._exact(int(each)) for each in distinct]
        else:
            pairs = np.stack([value, _column_of(values(self.by), size)])
            distinct, where = np.unique(pairs, axis=1, return_inverse=True)
            exact = [self._of(int(each), int(by)) for each, by in distinct.T]
        rounded = [round_ratio(each.numerator, each.denominator, rounding) for each in exact]
        return np.array(rounded, dtype=np.int64)[where]

    def bases(self) -> Iterator[Base]:
        yield self.base
        if self.by is not None:
            yield self.by

    @property
    def largest_factor(self) -> Fraction:
        """Of a fixed quantity it is that of the least base that gives it, where the base itself decides."""
        found = list(self.factors)
        if self.by is None:
            found += [Fraction(each, start) for start, each in zip(self.starts, self.fixed, strict=False) if start]
        return max(found)


class Share(NamedTuple):
    """A share of what an order says (one of `SAID_BY_ORDERS`), in smallest units a smallest unit."""

    of: str
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Amount:
    """A formula with its rounding and limits (`least`, `cap`: smallest units of the target, None for no limit)."""

    formula: Formula
    rounding: Rounding = Rounding.DOWN
    least: int | None = None
    cap: int | None = None
    less_paid: Window | None = None
    """When set, what the rule has given the member in this window is taken off (see `EventContext.quantity`)."""
    less_paid_by: tuple[str, ...] = ()
    """With `less_paid`: the rules, besides its own, of which what they have given is taken off as well."""

    def single(self, values: Values) -> int:
        """The quantity for single values, in the target's smallest units."""
        quantity = self.formula.single(values, self.rounding)
        if self.least is not None and quantity < self.least and self._of_something(values):
            quantity = self.least
        if self.cap is not None and quantity > self.cap:
            quantity = self.cap
        return quantity

    @property
    def share(self) -> Share | None:
        """What it is, if it is nothing but a share of what an order says, rounded down."""
        formula = self.formula
        limits = (self.least, self.cap, self.less_paid)
        if (
            not isinstance(formula, Rated)
            or formula.step
            or self.rounding is not Rounding.DOWN
            or any(limit is not None for limit in limits)
        ):
            return None
        base = formula.base
        if type(base) is not Field or base.root != "order" or base.attribute not in SAID_BY_ORDERS:
            return None
        return Share(base.attribute, *formula.factor.as_integer_ratio())

    def column(self, values: Values, size: int) -> Column:
        """The quantity for each of `size` members or lots, int64[size], in the target's smallest units."""
        quantity = self.formula.column(values, self.rounding, size)
        if self.least is not None:
            quantity = np.where(self._of_something(values), np.maximum(quantity, self.least), quantity)
        if self.cap is not None:
            quantity = np.minimum(quantity, self.cap)
        return quantity

    def _of_something(self, values: Values) -> Any:
        """Whether there is anything it is taken of: of nothing, or without a level, the least is nothing too."""
        found: Any = True
        for base in self.formula.bases():
            if base.kind is Kind.TEXT:
                continue
            level = base.kind is Kind.LEVEL
            value = value_of(base, values)
            found = found & (value >= 0 if level else value > 0)
        return found

    @property
    def always_zero(self) -> bool:
        """Whether it gives nothing, whatever it is taken of."""
        if self.cap == 0:
            return True
        if isinstance(self.formula, Brackets) and any(self.formula.fixed):
            return False
        most = self.formula.quantity if isinstance(self.formula, Fixed) else self.formula.largest_factor
        return most == 0 and not self.least

    def fields(self) -> Iterator[Field]:
        """The fields it is taken of, but for what an order's lines come to."""
        for base in self.formula.bases():
            if not isinstance(base, LinesTotal):
                yield base
