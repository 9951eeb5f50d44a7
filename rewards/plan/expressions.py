"""Reading conditions and amounts of a rule file into their compiled forms."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from rewards.money import Rounding
from rewards.plan.amounts import Amount, Base, Brackets, Fixed, Formula, LevelTimes, LinesSum, Rated
from rewards.plan.conditions import (
    MEMBERSHIP,
    SIZES,
    All,
    AnyOf,
    Compare,
    Condition,
    Not,
    OfLines,
    contradiction,
)
from rewards.plan.diagnostics import Path, Phrase
from rewards.plan.fields import RULES_ABOUT_ORDERS, WEEKDAYS, Field, Kind, Place
from rewards.plan.schema_words import found
from rewards.plan.scope import UNKNOWN_FIELD, Scope, as_written
from rewards.plan.texts import KINDS

UNREADABLE = All(())
"""Stands for a comparison that could not be read, which has been reported."""
NOTHING = Fixed(0)
"""Stands for an amount that could not be read, which has been reported."""

_TYPES: Mapping[Kind, type] = {Kind.AMOUNT: Decimal, Kind.NUMBER: int, Kind.TEXT: str, Kind.FLAG: bool}
_WANTED = {
    Kind.AMOUNT: Phrase('an amount such as "3000"', '金额，例如 "3000"'),
    Kind.NUMBER: Phrase("a whole number", "整数"),
    Kind.FLAG: Phrase("true or false", " true 或 false"),
    Kind.TEXT: Phrase("a text in quotes", "带引号的文本"),
}


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
            if place not in RULES_ABOUT_ORDERS | {Place.APPLIES_TO}:
                scope.report.error("plan.lines-not-here", here, name=key)
            parts.append(OfLines(read_condition(scope, here, Place.LINE), key == "every_line"))
        else:
            parts += _read_comparisons(scope, here, scope.field(key, here, place))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _read_comparisons(scope: Scope, path: Path, field: Field) -> list[Condition]:
    """The comparisons of one field; of what cannot be read, one about which nothing can be said."""
    value = scope.at(path)
    if field is UNKNOWN_FIELD:
        return [UNREADABLE]
    if not isinstance(value, dict):
        return [_compare(field, "is", _bound(scope, path, field))]
    comparisons: list[Condition] = []
    for operation, bound in value.items():
        here = (*path, operation)
        if operation in SIZES and not (field.numeric or field.kind is Kind.LEVEL):
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


def _compare(field: Field, operation: str, bound: Any) -> Condition:
    return UNREADABLE if bound is None else Compare(field, operation, bound)


def _bound(scope: Scope, path: Path, field: Field) -> Any:
    """The constant at a path, as a value of the field's kind; None when it cannot be read."""
    value = scope.at(path)
    if field.kind is Kind.LEVEL:
        return _level(scope, path, field)
    if field.kind is Kind.AMOUNT and isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        return scope.quantity_at(path, field.scale)
    if isinstance(value, _TYPES[field.kind]) and isinstance(value, bool) == (field.kind is Kind.FLAG):
        if field.name == "day.weekday" and value not in WEEKDAYS:
            scope.unknown("plan.unknown-weekday", path, str(value), WEEKDAYS)
            return None
        return value
    scope.report.error("plan.type-mismatch", path, field=field.name, found=found(value), wanted=_WANTED[field.kind])
    return None


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


# --- amounts ---------------------------------------------------------------------------------------------------------


def read_amount(scope: Scope, path: Path, scale: int, place: Place) -> Amount:
    """The amount at a path, in smallest units of a target with `scale` decimals."""
    value = scope.at(path)
    if not isinstance(value, dict):
        return Amount(Fixed(scope.quantity(path, scale)))
    formula = _read_formula(scope, path, value, scale, place)
    least = scope.quantity_at((*path, "min"), scale) if "min" in value else None
    cap = scope.quantity_at((*path, "cap"), scale) if "cap" in value else None
    if least is not None and cap is not None and least > cap:
        written = as_written(value["min"]), as_written(value["cap"])
        scope.report.error("plan.min-above-cap", (*path, "min"), least=written[0], cap=written[1])
    return Amount(formula, Rounding(value.get("round", "down")), least, cap)


def _read_formula(scope: Scope, path: Path, value: dict[str, Any], scale: int, place: Place) -> Formula:
    kinds = [key for key in ("fixed", "rate", "give", "times", "brackets") if key in value]
    if len(kinds) != 1:
        scope.report.error("plan.amount-one-of", path, found=", ".join(kinds) or "–")
        return NOTHING
    kind = kinds[0]
    _check_companions(scope, path, value, kind)
    if kind == "fixed":
        return Fixed(scope.quantity((*path, "fixed"), scale))
    base, base_scale = _read_base(scope, (*path, "of"), place)
    units = Fraction(10**scale, 10**base_scale)
    if kind == "rate":
        return Rated(base, scope.rate((*path, "rate")) * units)
    if kind == "give":
        return _read_give(scope, path, base, base_scale, scale, whole=bool(value.get("whole", False)))
    if kind == "times":
        return _read_times(scope, path, base, units, place)
    return _read_brackets(scope, path, base, base_scale, units)


_COMPANIONS = {
    "fixed": set[str](),
    "rate": {"of"},
    "give": {"of", "per"},
    "times": {"of"},
    "brackets": {"of"},
}


def _check_companions(scope: Scope, path: Path, value: dict[str, Any], kind: str) -> None:
    """Each form needs its own keys and no other form's."""
    needed = _COMPANIONS[kind]
    for key in sorted(needed - value.keys()):
        scope.report.error("plan.amount-needs", path, form=kind, key=key)
    allowed = needed | {"round", "min", "cap", kind} | ({"whole"} if kind == "give" else set())
    allowed |= {"marginal"} if kind == "brackets" else set()
    for key in sorted(value.keys() - allowed):
        scope.report.error("plan.amount-excess", (*path, key), form=kind, key=key)


def _read_base(scope: Scope, path: Path, place: Place) -> tuple[Base, int]:
    value = scope.at(path)
    if value is None:  # that it is missing has been reported
        return UNKNOWN_FIELD, UNKNOWN_FIELD.scale
    if isinstance(value, dict):
        if place not in RULES_ABOUT_ORDERS:
            scope.report.error("plan.lines-not-here", path, name="lines")
        return LinesSum(read_condition(scope, (*path, "lines"), Place.LINE)), scope.currency_scale
    field = scope.field(str(value), path, place)
    if not field.numeric:
        scope.report.error("plan.not-a-quantity", path, field=field.name, kind=KINDS[field.kind])
    return field, field.scale


def _read_give(scope: Scope, path: Path, base: Base, base_scale: int, scale: int, *, whole: bool) -> Formula:
    give = scope.quantity((*path, "give"), scale)
    per = scope.quantity_at((*path, "per"), base_scale)
    if per == 0 and scope.at((*path, "per")) is not None:
        scope.report.error("plan.per-zero", (*path, "per"))
    per = per or 1
    return Rated(base, Fraction(give, per), per if whole else 0)


def _read_times(scope: Scope, path: Path, base: Base, units: Fraction, place: Place) -> Formula:
    found = scope.column((*path, "times"))
    if found is None:
        return NOTHING
    ladder, column, values = found
    person = "order" if not ladder.held else ("buyer" if place in RULES_ABOUT_ORDERS else "member")
    level = scope.field(f"{person}.level.{ladder.name}", (*path, "times"), place)
    return LevelTimes(base, ladder, level, column, tuple(value * units for value in values))


def _read_brackets(scope: Scope, path: Path, base: Base, base_scale: int, units: Fraction) -> Formula:
    bands = scope.at((*path, "brackets"))
    starts: list[int] = []
    factors: list[Fraction] = []
    before: int | None = None
    for index in range(len(bands)):
        here = (*path, "brackets", index)
        start = scope.quantity_at((*here, "from"), base_scale)
        if start is not None and before is not None and start <= starts[before]:
            scope.report.error(
                "plan.bracket-unreachable",
                (*here, "from"),
                text=as_written(bands[index]["from"]),
                previous=as_written(bands[before]["from"]),
            )
        before = before if start is None else index
        starts.append(start or 0)
        factors.append(scope.rate((*here, "rate")) * units)
    return Brackets(base, tuple(starts), tuple(factors), bool(scope.at((*path, "marginal"))))
