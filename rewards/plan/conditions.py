"""Conditions, compiled: comparisons of fields with constants or other fields, joined by all, any and not.

One definition serves both shapes of work: values may be single (an order) or NumPy columns (a day close), because only
operators that mean the same for both are used.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from fractions import Fraction
from functools import reduce
from itertools import chain
from typing import Any, Protocol

import numpy as np

from rewards.money import MAX_AMOUNT
from rewards.plan.attributes import attribute_value
from rewards.plan.fields import WEEKDAYS, Field, Kind

Values = Callable[[Field], Any]
"""Gives a field's value: int (smallest units), str or bool, or a column of them."""

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "is": operator.eq,
    "is_not": operator.ne,
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}
SIZES = frozenset({"at_least", "above", "at_most", "below"})
MEMBERSHIP = frozenset({"one_of", "none_of"})

LINES = Field("order.lines", "order", "each_line", "", Kind.NUMBER)
"""Internal field whose value is the tuple of an order's lines."""


class Condition(Protocol):
    """A truth about fields."""

    def holds(self, values: Values) -> Any:
        """True or False, or a boolean column."""
        ...

    def fields(self) -> Iterator[Field]:
        """Every field it looks at."""
        ...


@dataclass(frozen=True)
class Compare:
    """One field against one constant; `bound` is in the field's smallest units, or a tuple for one_of and none_of."""

    field: Field
    operation: str
    bound: Any

    def holds(self, values: Values) -> Any:
        value = value_of(self.field, values)
        if self.operation == "one_of":
            return reduce(operator.or_, (value == bound for bound in self.bound))
        if self.operation == "none_of":
            return reduce(operator.and_, (value != bound for bound in self.bound))
        return OPERATORS[self.operation](value, self.bound)

    def fields(self) -> Iterator[Field]:
        yield _looked_at(self.field)


@dataclass(frozen=True)
class CompareFields:
    """One field against `rate` × another, exactly: both numbers, or both amounts with the same smallest unit.

    Nothing is known beforehand of when it holds, so it takes no part in finding contradictions and limits.
    """

    field: Field
    operation: str
    other: Field
    rate: Fraction = Fraction(1)

    def holds(self, values: Values) -> Any:
        one, other = value_of(self.field, values), values(self.other)
        by, times = self.rate.denominator, self.rate.numerator
        if max(_largest(one), 1) * by > MAX_AMOUNT or max(_largest(other), 1) * times > MAX_AMOUNT:
            # beyond a column's 64 bits Python's integers are compared, one by one
            one, other = _unbounded(one), _unbounded(other)
        return OPERATORS[self.operation](one * by, other * times)

    def fields(self) -> Iterator[Field]:
        yield _looked_at(self.field)
        yield self.other


def _largest(value: Any) -> int:
    """The largest absolute value of a number or a column."""
    if isinstance(value, np.ndarray):
        return max(int(value.max()), -int(value.min())) if value.size else 0
    return abs(int(value))


def _unbounded(value: Any) -> Any:
    """A number or a column as Python integers."""
    return value.astype(object) if isinstance(value, np.ndarray) else int(value)


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, values: Values) -> Any:
        return reduce(operator.and_, (part.holds(values) for part in self.parts))

    def fields(self) -> Iterator[Field]:
        for part in self.parts:
            yield from part.fields()


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, values: Values) -> Any:
        return reduce(operator.or_, (part.holds(values) for part in self.parts))

    def fields(self) -> Iterator[Field]:
        for part in self.parts:
            yield from part.fields()


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, values: Values) -> Any:
        # Exclusive or with True negates a Python bool and a NumPy column alike, which `not` and `~` do not.
        return True ^ self.part.holds(values)

    def fields(self) -> Iterator[Field]:
        yield from self.part.fields()


@dataclass(frozen=True)
class OfLines:
    """Some line (or, when `every`, each line) of the order fulfils the part; an order without lines fulfils neither."""

    part: Condition
    every: bool

    def holds(self, values: Values) -> bool:
        lines = values(LINES)
        found = [bool(self.part.holds(line_values(line))) for line in lines]
        return bool(found) and (all(found) if self.every else any(found))

    def fields(self) -> Iterator[Field]:
        yield LINES


@dataclass(frozen=True)
class LinesTotal(Field):
    """What the order's lines that fulfil a condition add up to, or how many they are; a field as any other.

    It is worked out of `LINES`, so nobody has to know its value. An order without lines adds up to nothing.
    """

    where: Condition | None = None
    """Which lines count; None for all."""
    added: Field | None = None
    """The number or amount `line.…` that is added up; None to count the lines."""

    def of(self, values: Values) -> int:
        """The total of one order: smallest units of the currency, or a number."""
        return sum(number for number, _ in self.each(values))

    def each(self, values: Values) -> Iterator[tuple[int, Values]]:
        """What each line that counts adds, and the values of its fields."""
        for line in map(line_values, values(LINES)):
            if self.where is None or self.where.holds(line):
                yield (1 if self.added is None else line(self.added)), line


def value_of(field: Field, values: Values) -> Any:
    """The value of a field, or what an order's lines come to."""
    return field.of(values) if isinstance(field, LinesTotal) else values(field)


def _looked_at(field: Field) -> Field:
    """The field that must be known for its value."""
    return LINES if isinstance(field, LinesTotal) else field


def line_values(line: Any) -> Values:
    """The values of `line.…` fields for one line of an order."""

    def value(field: Field) -> Any:
        if field.attribute == "attributes":
            return attribute_value(line.attributes, field)
        return getattr(line, field.attribute)

    return value


@dataclass
class _Bounds:
    """What comparisons that must all hold leave of one field's values."""

    low: int | None = None
    high: int | None = None
    allowed: set[Any] | None = None
    excluded: set[Any] = dataclass_field(default_factory=set)

    @classmethod
    def of(cls, field: Field) -> _Bounds:
        """The values the field can have at all: amounts and counts are not negative, but a line may be a discount."""
        if field.kind is Kind.FLAG:
            return cls(allowed={True, False})
        if field.name == "day.weekday":
            return cls(allowed=set(WEEKDAYS))
        if field.name in _RANGES:
            return cls(*_RANGES[field.name])
        if field.kind is Kind.TIME:
            return cls(0, 24 * 60 - 1)
        if field.kind is Kind.LEVEL:
            return cls(low=-1)
        below_zero = field.root == "line" and field.attribute != "attributes"
        return cls(low=0) if field.numeric and not below_zero else cls()

    def narrow(self, compare: Compare) -> None:
        """Take one more comparison into account."""
        operation, bound = compare.operation, compare.bound
        if operation in ("at_least", "above"):
            low = bound + (operation == "above")
            self.low = low if self.low is None else max(self.low, low)
        elif operation in ("at_most", "below"):
            high = bound - (operation == "below")
            self.high = high if self.high is None else min(self.high, high)
        elif operation in ("is", "one_of"):
            allowed = set(bound) if operation == "one_of" else {bound}
            self.allowed = allowed if self.allowed is None else self.allowed & allowed
        else:
            self.excluded |= set(bound) if operation == "none_of" else {bound}

    @property
    def left(self) -> set[Any] | None:
        """The single values that are left; None when they are only bounded."""
        if self.allowed is None:
            return None
        return {
            value
            for value in self.allowed - self.excluded
            if (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
        }

    @property
    def empty(self) -> bool:
        """Whether no value is left."""
        if self.low is not None and self.high is not None:
            if self.low > self.high:
                return True
            # a bounded range can only be used up by at least as many exclusions
            if self.high - self.low < len(self.excluded):
                return all(value in self.excluded for value in range(self.low, self.high + 1))
        return self.left == set()


_RANGES = {"day.month": (1, 12), "day.of_month": (1, 31), "order.number": (1, None)}
_OPPOSITE = {
    "is": "is_not",
    "is_not": "is",
    "at_least": "below",
    "below": "at_least",
    "above": "at_most",
    "at_most": "above",
    "one_of": "none_of",
    "none_of": "one_of",
}
_MOST_CASES = 64

_Case = tuple[Compare, ...]


def _cases(condition: Condition, *, holds: bool) -> list[_Case]:
    """The ways for a condition to hold (or not to): in each, all comparisons of the case hold.

    What has too many cases, or looks at an order's lines, gives one case without comparisons: nothing is known of it.
    """
    if isinstance(condition, Compare):
        operation = condition.operation if holds else _OPPOSITE[condition.operation]
        return [(Compare(condition.field, operation, condition.bound),)]
    if isinstance(condition, Not):
        return _cases(condition.part, holds=not holds)
    if not isinstance(condition, All | AnyOf):
        return [()]
    found = [_cases(part, holds=holds) for part in condition.parts]
    if isinstance(condition, AnyOf) is holds:
        together = list(chain.from_iterable(found))
        return together if len(together) <= _MOST_CASES else [()]
    joined: list[_Case] = [()]
    for cases in found:
        if len(joined) * len(cases) <= _MOST_CASES:
            joined = [(*left, *right) for left in joined for right in cases]
    return joined


def _impossible(case: _Case) -> Field | None:
    """A field of which the case leaves no value, if there is one."""
    bounds: dict[Field, _Bounds] = {}
    for compare in case:
        found = bounds.setdefault(compare.field, _Bounds.of(compare.field))
        found.narrow(compare)
        if found.empty:
            return compare.field
    return None


def contradiction(condition: Condition) -> Field | None:
    """A field that no value can satisfy, as comparisons that must all hold exclude each other; None if none."""
    culprits = [_impossible(case) for case in _cases(condition, holds=True)]
    return culprits[0] if culprits and None not in culprits else None


def can_both_hold(first: Condition | None, second: Condition | None) -> bool:
    """Whether two conditions (None: always) may hold of the same thing; True unless they plainly exclude each other."""
    parts = tuple(part for part in (first, second) if part is not None)
    return len(parts) < 2 or contradiction(All(parts)) is None


def lower_limit(condition: Condition | None, field: Field) -> int:
    """The smallest value of an amount (smallest units) that the condition allows."""
    limits: list[int] = []
    for case in _cases(condition, holds=True) if condition else [()]:
        if _impossible(case) is not None:
            continue
        bounds = _Bounds(low=0)
        for compare in case:
            if compare.field == field:
                bounds.narrow(compare)
        limits.append(int(min(bounds.left)) if bounds.left else bounds.low or 0)
    return min(limits, default=0)


def upper_limit(condition: Condition | None, field: Field) -> int | None:
    """The largest value of a numeric field (smallest units) that the condition allows; None for no upper limit."""
    limits: list[int] = []
    for case in _cases(condition, holds=True) if condition else [()]:
        if _impossible(case) is not None:
            continue
        bounds = _Bounds()
        for compare in case:
            if compare.field == field:
                bounds.narrow(compare)
        limit = int(max(bounds.left)) if bounds.left else bounds.high
        if limit is None:
            return None
        limits.append(limit)
    return max(limits, default=None)
