"""Reading conditions of a rule file into their compiled forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rewards.plan.conditions import (
    MEMBERSHIP,
    SIZES,
    All,
    AnyOf,
    Compare,
    CompareFields,
    Condition,
    LinesTotal,
    Not,
    OfLines,
    contradiction,
)
from rewards.plan.diagnostics import Path, Phrase
from rewards.plan.fields import RULES_ABOUT_ORDERS, WEEKDAYS, Field, Kind, Place
from rewards.plan.schema_words import found
from rewards.plan.scope import UNKNOWN_FIELD, UNKNOWN_SCALE, Scope
from rewards.plan.texts import KINDS, PLACES

UNREADABLE = All(())
"""Stands for a comparison that could not be read, which has been reported."""
_TYPES: Mapping[Kind, type] = {Kind.AMOUNT: Decimal, Kind.NUMBER: int, Kind.TEXT: str, Kind.FLAG: bool}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_WANTED = {
    Kind.AMOUNT: Phrase('an amount such as "3000"', '金额，例如 "3000"'),
    Kind.NUMBER: Phrase("a whole number", "整数"),
    Kind.FLAG: Phrase("true or false", " true 或 false"),
    Kind.TEXT: Phrase("a text in quotes", "带引号的文本"),
    Kind.DATE: Phrase("a date such as 2026-01-31", "日期，例如 2026-01-31"),
    Kind.TIME: Phrase('a time of day in quotes such as "14:00"', '带引号的时刻，例如 "14:00"'),
}
_WITH_DECIMALS = Phrase('a number such as "2.5"', '数字，例如 "2.5"')


def read_condition(scope: Scope, path: Path, place: Place) -> Condition:
    """The condition at a path; also reports comparisons that exclude each other."""
    condition = _read_all(scope, path, place)
    _check_possible(scope, path, condition)
    return condition


def _check_possible(scope: Scope, path: Path, condition: Condition) -> None:
    field = contradiction(condition)
    if field is not None:
        # at the field itself when it stands right here, which is where the bounds are
        here = (*path, field.name) if field.name in scope.at(path) else path
        scope.report.error("plan.never-holds", here, field=field.name)


def _read_all(scope: Scope, path: Path, place: Place) -> Condition:
    parts: list[Condition] = []
    for key, value in scope.at(path).items():
        here = (*path, key)
        if key == "all":
            parts += [_read_all(scope, (*here, i), place) for i in range(len(value))]
        elif key == "any":
            parts.append(AnyOf(tuple(_read_all(scope, (*here, i), place) for i in range(len(value)))))
        elif key == "not":
            parts.append(Not(_read_all(scope, here, place)))
        elif key in ("some_line", "every_line"):
            _check_has_lines(scope, here, place)
            parts.append(OfLines(read_condition(scope, here, Place.LINE), key == "every_line"))
        elif key == "lines":
            written = {each: bound for each, bound in value.items() if each not in _OF_LINES}
            parts += _read_operations(scope, here, read_lines(scope, here, place), place, written)
        else:
            parts += _read_comparisons(scope, here, scope.field(key, here, place), place)
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _check_has_lines(scope: Scope, path: Path, place: Place) -> None:
    if place not in RULES_ABOUT_ORDERS | {Place.APPLIES_TO}:
        scope.report.error("plan.lines-not-here", path, name=str(path[-1]), place=PLACES[place])


_OF_LINES = frozenset({"where", "sum", "count"})
"""What says, in `lines`, which number of theirs is compared; all other keys compare it."""


def read_lines(scope: Scope, path: Path, place: Place) -> Field:
    """`{where: CONDITION, sum: line.…}`, or `count: lines`: the number of the order's lines that is asked for."""
    _check_has_lines(scope, path, place)
    where = read_condition(scope, (*path, "where"), Place.LINE) if "where" in scope.at(path) else None
    name = scope.at((*path, "sum"))
    if name is None:
        return LinesTotal("lines", "order", "lines", "", Kind.NUMBER, where=where)
    added = scope.field(name, (*path, "sum"), Place.LINE)
    scope.need_numeric(added, (*path, "sum"))
    if added is UNKNOWN_FIELD or not added.numeric:
        return UNKNOWN_FIELD
    return LinesTotal("lines", "line", added.attribute, added.argument, added.kind, added.scale, "", where, added)


def _read_comparisons(scope: Scope, path: Path, field: Field, place: Place) -> list[Condition]:
    """The comparisons of one field; of what cannot be read, one about which nothing can be said."""
    value = scope.at(path)
    if isinstance(value, dict):
        return _read_operations(scope, path, field, place, value)
    return [UNREADABLE if field is UNKNOWN_FIELD else _compare(field, "is", _bound(scope, path, field))]


def _read_operations(
    scope: Scope, path: Path, field: Field, place: Place, written: Mapping[str, Any]
) -> list[Condition]:
    """The comparisons written at a path, by their operation, of a field or of what lines add up to."""
    if field is UNKNOWN_FIELD:
        return [UNREADABLE]
    comparisons: list[Condition] = []
    for operation, bound in written.items():
        here = (*path, operation)
        if isinstance(bound, dict):
            comparisons.append(_read_with_field(scope, here, field, place))
        elif operation in SIZES and field.kind in (Kind.TEXT, Kind.FLAG):
            scope.report.error(
                "plan.operation-mismatch", here, operation=operation, field=field.name, kind=KINDS[field.kind]
            )
            comparisons.append(UNREADABLE)
        elif operation in MEMBERSHIP:
            bounds = tuple(_bound(scope, (*here, i), field) for i in range(len(bound)))
            comparisons.append(_compare(field, operation, None if None in bounds else bounds))
        else:
            comparisons.append(_compare(field, operation, _bound(scope, here, field)))
    return comparisons


def _read_with_field(scope: Scope, path: Path, field: Field, place: Place) -> Condition:
    """`{of: FIELD}`, perhaps with a rate: the comparison with another field, which must count the same."""
    other = scope.field(scope.at((*path, "of")), (*path, "of"), place)
    rate = scope.rate((*path, "rate")) if "rate" in scope.at(path) else Fraction(1)
    if other is UNKNOWN_FIELD:
        return UNREADABLE
    if not field.numeric:
        scope.report.error("plan.compares-no-quantity", path, field=field.name, kind=KINDS[field.kind])
        return UNREADABLE
    scope.need_numeric(other, (*path, "of"))
    if not other.numeric:
        return UNREADABLE
    in_doubt = UNKNOWN_SCALE in (field.scale, other.scale)
    if (field.kind, field.scale) != (other.kind, other.scale) and not in_doubt:
        scope.report.error(
            "plan.compares-other-units",
            (*path, "of"),
            field=field.name,
            kind=KINDS[field.kind],
            scale=field.scale,
            other=other.name,
            other_kind=KINDS[other.kind],
            other_scale=other.scale,
        )
        return UNREADABLE
    return CompareFields(field, str(path[-1]), other, rate)


def _compare(field: Field, operation: str, bound: Any) -> Condition:
    return UNREADABLE if bound is None else Compare(field, operation, bound)


def _bound(scope: Scope, path: Path, field: Field) -> Any:
    """The constant at a path, as a value of the field's kind; None when it cannot be read."""
    value = scope.at(path)
    if field.kind is Kind.LEVEL:
        return _level(scope, path, field)
    decimal = field.kind is Kind.AMOUNT or (field.kind is Kind.NUMBER and field.scale > 0)
    if decimal and isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return scope.quantity_at(path, field.scale)
    if field.kind in (Kind.DATE, Kind.TIME):
        moment = _day(value) if field.kind is Kind.DATE else _minutes(value)
        if moment is not None:
            return moment
    elif isinstance(value, _TYPES[field.kind]) and isinstance(value, bool) == (field.kind is Kind.FLAG):
        if field.name == "day.weekday" and value not in WEEKDAYS:
            scope.unknown("plan.unknown-weekday", path, str(value), WEEKDAYS)
            return None
        if field.name == "tag.name" and not scope.tag(path, str(value)):
            return None
        return value
    scope.report.error("plan.type-mismatch", path, field=field.name, found=found(value), wanted=_wanted(field))
    return None


def _wanted(field: Field) -> Phrase:
    return _WITH_DECIMALS if field.kind is Kind.NUMBER and field.scale else _WANTED[field.kind]


def _day(value: Any) -> int | None:
    """A date as it is written, as `date.toordinal()`."""
    try:
        return date.fromisoformat(value).toordinal() if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _minutes(value: Any) -> int | None:
    """A time of day as it is written, in minutes since midnight."""
    match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    return int(match.group(1)) * 60 + int(match.group(2)) if match else None


def _level(scope: Scope, path: Path, field: Field) -> int | None:
    """The index of the level named at a path; −1 for `null`, no level."""
    name = scope.at(path)
    if name is None:
        return -1
    ladder = scope.ladder(path, field.ladder)
    index = ladder.index_of(str(name)) if ladder else -1
    if ladder and index < 0:
        scope.unknown("plan.unknown-level", path, str(name), [level.name for level in ladder.levels])
    return None if index < 0 else index
