"""Reading amounts of a rule file into their compiled forms."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.money import Rounding
from rewards.plan.amounts import Amount, Base, Brackets, Fixed, Formula, LevelTimes, Rated, RatesByText
from rewards.plan.conditions import LinesTotal
from rewards.plan.diagnostics import Path
from rewards.plan.expressions import read_lines
from rewards.plan.fields import RULES_ABOUT_ORDERS, WEEKDAYS, Field, Kind, Place
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.scope import UNKNOWN_FIELD, UNKNOWN_SCALE, Scope, as_written
from rewards.plan.sections.windows import read_window
from rewards.plan.texts import KINDS
from rewards.plan.windows import Window

LESS_PAID: dict[str, Any] = mapping(
    {
        "over": told(ref("window"), "Over", "The window in which what was given is taken off."),
        "by": told(
            {
                "oneOf": [
                    ref("name"),
                    {"type": "array", "minItems": 1, "maxItems": 100, "uniqueItems": True, "items": ref("name")},
                ],
                **expected("the id of a rule, or a list of them: [a, b]", "规则的 id，或其列表：[a, b]"),
            },
            "By",
            "Rules further up that give the same asset; what they have given is taken off as well.",
        ),
    },
    "over",
    "by",
)
"""What other rules have given, besides the rule itself."""

NOTHING = Fixed(0)
"""Stands for an amount that could not be read, which has been reported."""


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
    less_paid: Window | None = None
    others: tuple[str, ...] = ()
    if "less_paid" in value:
        less_paid, others = _read_less_paid(scope, (*path, "less_paid"), value["less_paid"])
        scope.less_paid.append((*path, "less_paid"))
    return Amount(formula, Rounding(value.get("round", "down")), least, cap, less_paid, others)


def _read_less_paid(scope: Scope, path: Path, value: Any) -> tuple[Window, tuple[str, ...]]:
    """The window, and the rules besides the amount's own, which `Draft.flows_of` looks at."""
    if not isinstance(value, dict) or "by" not in value:
        return read_window(scope, path), ()
    others = [value["by"]] if isinstance(value["by"], str) else value["by"]
    return read_window(scope, (*path, "over")), tuple(others)


def _read_formula(scope: Scope, path: Path, value: dict[str, Any], scale: int, place: Place) -> Formula:
    kinds = [key for key in ("fixed", "rate", "rates", "give", "times", "brackets") if key in value]
    if len(kinds) != 1:
        scope.report.error("plan.amount-one-of", path, found=", ".join(kinds) or "–")
        return NOTHING
    kind = kinds[0]
    _check_companions(scope, path, value, kind)
    if kind == "fixed":
        return Fixed(scope.quantity((*path, "fixed"), scale))
    if kind == "times" and "of" not in value:
        return _read_level_quantity(scope, path, scale, place)
    base, base_scale = read_base(scope, (*path, "of"), place)
    units = Fraction(10**scale, 10**base_scale)
    if kind == "rate":
        return Rated(base, scope.rate((*path, "rate")) * units)
    if kind == "rates":
        return _read_rates(scope, path, base, units, place)
    if kind == "give":
        return _read_give(scope, path, base, base_scale, scale, whole=bool(value.get("whole", False)))
    if kind == "times":
        return _read_times(scope, path, base, units, place)
    return _read_brackets(scope, path, base, base_scale, scale, place)


_COMPANIONS: dict[str, set[str]] = {
    "fixed": set(),
    "rate": {"of"},
    "rates": {"of", "by"},
    "give": {"of", "per"},
    "times": set(),
    "brackets": {"of"},
}
_OPTIONAL = {"rates": {"otherwise"}, "give": {"whole"}, "times": {"of"}, "brackets": {"marginal", "by"}}


def _check_companions(scope: Scope, path: Path, value: dict[str, Any], kind: str) -> None:
    """Each form needs its own keys and no other form's."""
    needed = _COMPANIONS[kind]
    for key in sorted(needed - value.keys()):
        scope.report.error("plan.amount-needs", path, form=kind, key=key)
    allowed = needed | {"round", "min", "cap", "less_paid", kind}
    allowed |= _OPTIONAL.get(kind, set())
    for key in sorted(value.keys() - allowed):
        scope.report.error("plan.amount-excess", (*path, key), form=kind, key=key)


def read_base(scope: Scope, path: Path, place: Place) -> tuple[Base, int]:
    """What an amount is taken of, and its decimals: a numeric field, or what order lines add up to."""
    value = scope.at(path)
    if value is None:  # that it is missing has been reported
        return UNKNOWN_FIELD, UNKNOWN_FIELD.scale
    if isinstance(value, dict):
        lines = read_lines(scope, (*path, "lines"), place)
        return lines, lines.scale
    field = scope.field(str(value), path, place)
    scope.need_numeric(field, path)
    return field, field.scale


def _read_rates(scope: Scope, path: Path, base: Base, units: Fraction, place: Place) -> Formula:
    written = scope.at((*path, "rates"))
    factors = {text: scope.rate((*path, "rates", text)) * units for text in written}
    otherwise = scope.rate((*path, "otherwise")) * units if "otherwise" in scope.at(path) else Fraction(0)
    by = _read_by_text(scope, (*path, "by"), base, place) if "by" in scope.at(path) else UNKNOWN_FIELD
    if by is UNKNOWN_FIELD:
        return NOTHING
    for text in written:
        if by.name == "day.weekday" and text not in WEEKDAYS:
            scope.unknown("plan.unknown-weekday", (*path, "rates", text), text, WEEKDAYS)
        elif by.name == "tag.name":
            scope.tag((*path, "rates", text), text)
    return RatesByText(base, by, factors, otherwise)


def _read_by_text(scope: Scope, path: Path, base: Base, place: Place) -> Field:
    """The text that says which rate; one of each line where lines are what it is taken of."""
    name = str(scope.at(path))
    of_line = name.startswith("line.")
    if of_line and not isinstance(base, LinesTotal):
        if base is not UNKNOWN_FIELD:
            scope.report.error("plan.rates-by-line", path, field=name)
        return UNKNOWN_FIELD
    field = scope.field(name, path, Place.LINE if of_line else place)
    if field is not UNKNOWN_FIELD and field.kind is not Kind.TEXT:
        scope.report.error("plan.rates-by-no-text", path, field=name, kind=KINDS[field.kind])
        return UNKNOWN_FIELD
    return field


def _read_give(scope: Scope, path: Path, base: Base, base_scale: int, scale: int, *, whole: bool) -> Formula:
    give = scope.quantity((*path, "give"), scale)
    per = scope.quantity_at((*path, "per"), base_scale)
    if per == 0:
        scope.report.error("plan.per-zero", (*path, "per"))
    per = per or 1
    return Rated(base, Fraction(give, per), per if whole else 0)


def _read_level_quantity(scope: Scope, path: Path, scale: int, place: Place) -> Formula:
    """`times` without `of`: the number in the level's column is the quantity; a percentage would be one of nothing."""
    formula = _read_times(scope, path, None, Fraction(10**scale), place)
    if isinstance(formula, LevelTimes):
        levels = scope.at(("ladders", formula.ladder.name, "levels"))
        if any(str(level.get(formula.column_name)).endswith("%") for level in levels):
            scope.report.error("plan.times-needs-of", path, column=str(scope.at((*path, "times"))))
    return formula


def _read_times(scope: Scope, path: Path, base: Base | None, units: Fraction, place: Place) -> Formula:
    found = scope.column((*path, "times"))
    if found is None:
        return NOTHING
    ladder, column, values = found
    person = "buyer" if place in RULES_ABOUT_ORDERS else "member"
    if not ladder.held and ladder.measure is not None:
        person = ladder.measure.root
    level = scope.field(f"{person}.level.{ladder.name}", (*path, "times"), place)
    return LevelTimes(base, ladder, level, column, tuple(value * units for value in values))


def _read_brackets(scope: Scope, path: Path, base: Base, base_scale: int, scale: int, place: Place) -> Formula:
    bands, marginal = scope.at((*path, "brackets")), bool(scope.at((*path, "marginal")))
    by = _read_by(scope, (*path, "by"), base_scale, place, marginal=marginal) if "by" in scope.at(path) else None
    start_scale = base_scale if by is None else by.scale
    starts: list[int] = []
    factors: list[Fraction] = []
    fixed: list[int] = []
    units = Fraction(10**scale, 10**base_scale)
    before: int | None = None
    for index in range(len(bands)):
        here = (*path, "brackets", index)
        start = scope.quantity_at((*here, "from"), start_scale)
        if start is not None and before is not None and start <= starts[before]:
            scope.report.error(
                "plan.bracket-unreachable",
                (*here, "from"),
                text=as_written(bands[index]["from"]),
                previous=as_written(bands[before]["from"]),
            )
        before = before if start is None else index
        starts.append(start or 0)
        whole = "fixed" in bands[index]
        if whole and marginal:
            scope.report.error("plan.bracket-fixed-marginal", (*here, "fixed"))
        factors.append(Fraction(0) if whole else scope.rate((*here, "rate")) * units)
        fixed.append(scope.quantity((*here, "fixed"), scale) if whole else 0)
    return Brackets(base, tuple(starts), tuple(factors), marginal, by, tuple(fixed) if any(fixed) else ())


def _read_by(scope: Scope, path: Path, base_scale: int, place: Place, *, marginal: bool) -> Field:
    """What decides the bracket instead of the base; where the base is a part of it, one in the same units."""
    field = scope.field(scope.at(path), path, place)
    scope.need_numeric(field, path)
    if not field.numeric:
        return UNKNOWN_FIELD
    if marginal and field.scale != base_scale and UNKNOWN_SCALE not in (field.scale, base_scale):
        scope.report.error("plan.brackets-by-scale", path, field=field.name, scale=field.scale, of=base_scale)
    return field
