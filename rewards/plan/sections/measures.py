"""The section `measures`: what is counted of members, over which days, and of whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rewards.plan.diagnostics import Path
from rewards.plan.expressions import read_condition, read_lines
from rewards.plan.fields import PLACE_OF, Field, Kind, Place
from rewards.plan.lines import OF_LINES
from rewards.plan.measures import Aggregate, Flow, FlowKind, Measure, Members, Of, Stream, Whose
from rewards.plan.schema_parts import expected, mapping, named, ref, told
from rewards.plan.scope import UNKNOWN_FIELD, Scope, as_written
from rewards.plan.sections.declared import doubt, names_of
from rewards.plan.sections.titles import TITLE, read_title
from rewards.plan.sections.whose import OF, read_of
from rewards.plan.sections.windows import read_window
from rewards.plan.texts import KINDS
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import Window

_EVENT = r"event\.[a-z][a-z0-9-]{0,62}"
_OCCASION: dict[str, Any] = {
    "type": "string",
    "pattern": rf"^(order\.paid|{_EVENT})$",
    **expected("order.paid or event.NAME", " order.paid 或 event.名称"),
}
_COUNTED: dict[str, Any] = {
    "type": "string",
    "pattern": rf"^(order\.paid|members|{_EVENT})$",
    **expected("order.paid, event.NAME or members", " order.paid、event.名称 或 members"),
}
_VALUE: dict[str, Any] = {"oneOf": [ref("field"), OF_LINES]}

MEASURES: dict[str, Any] = told(
    named(
        mapping(
            {
                "title": TITLE,
                "sum": told(_VALUE, "Sum", "The field, or the order lines, whose values are added up."),
                "max": told(_VALUE, "Largest", "The field, or the order lines, whose largest value counts."),
                "count": told(_COUNTED, "Count", "How often something happened: order.paid, event.NAME; or members."),
                "days": told(_OCCASION, "Days", "On how many days it happened: order.paid or event.NAME."),
                "distinct": told(ref("field"), "Different texts", "The text field whose different values are counted."),
                "earned": told(ref("name"), "Earned", "Units of this asset that rules have given, less taken back."),
                "spent": told(ref("name"), "Spent", "Units of this asset that the member has given up."),
                "expired": told(ref("name"), "Expired", "Units of this asset that have expired."),
                "by": told(
                    {
                        "oneOf": [
                            ref("name"),
                            {
                                "type": "array",
                                "minItems": 1,
                                "maxItems": 100,
                                "uniqueItems": True,
                                "items": ref("name"),
                            },
                        ]
                    },
                    "By rules",
                    "With earned: the rule, or a list of the rules, that have given the units; without it, all.",
                ),
                "on": told(_OCCASION, "On", "What the fields are of: order.paid (default) or event.NAME."),
                "when": told(ref("condition"), "When", "Which of them count; for members, which members."),
                "over": told(ref("window"), "Window", "The days that are looked at; ever (default) for all of them."),
                "of": told(OF, "Whose", "Whose entries count: the member's own (default), or others'."),
                "without": told(
                    ref("condition"),
                    "Without",
                    "A condition on those below: who fulfils it is left out, with all below them.",
                ),
                "tree": told(ref("name"), "Tree", "The tree that is looked down; the sponsor tree when not given."),
            },
            minProperties=1,
        ),
        maxProperties=200,
    ),
    "Measures",
    "Numbers about members: field member.measure.NAME, or plan.measure.NAME for one of everybody together.",
)

_FORMS = ("sum", "count", "max", "days", "distinct", "earned", "spent", "expired")
_FLOWS = ("earned", "spent", "expired")
_PLACES_OF_FIELDS = {Place.ORDER_RULE: "order", Place.EVENT_RULE: "event"}


@dataclass(frozen=True)
class _Counted:
    """What a measure counts, before it is known whose."""

    aggregate: Aggregate
    source: Stream | tuple[Flow, ...] | Members
    scale: int = 0
    amount: bool = False


_NOTHING = _Counted(Aggregate.COUNT, Members(None, None))


def read_measures(scope: Scope) -> None:
    """Read all measures in the order of the file; each may name those before it."""
    for index, name in enumerate(names_of(scope, "measure")):
        if doubt(scope, "measure", name):
            continue
        trouble = scope.trouble
        measure = _read_measure(scope, name, index)
        scope.occasion = Occasion(Trigger.ORDER_PAID)
        if scope.trouble > trouble:
            scope.in_doubt.add(("measure", name))
            continue
        scope.measures[name] = measure
        scope.refresh_catalogue()


def _read_measure(scope: Scope, name: str, index: int) -> Measure:
    path: Path = ("measures", name)
    value = scope.at(path)
    forms = [key for key in _FORMS if key in value]
    counted = _NOTHING
    if len(forms) != 1:
        scope.report.error("plan.measure-one-of", path, at="key", name=name, found=", ".join(forms) or "–")
    else:
        counted = _read_counted(scope, path, value, forms[0])
    of = read_of(scope, path, counted.scale)
    window = read_window(scope, (*path, "over"))
    _check_together(scope, path, counted, of, window)
    reaching = of.whose is Whose.LEGS_REACHING
    without = None
    if "without" in value:
        if of.whose in (Whose.MEMBER, Whose.EVERYBODY):
            scope.report.error("plan.without-below", (*path, "without"), at="key")
        without = read_condition(scope, (*path, "without"), Place.MEMBER)
    return Measure(
        name=name,
        index=index,
        title=read_title(value.get("title"), name),
        aggregate=counted.aggregate,
        source=counted.source,
        window=window,
        of=of,
        scale=0 if reaching else counted.scale,
        amount=counted.amount and not reaching,
        without=without,
    )


def _check_together(scope: Scope, path: Path, counted: _Counted, of: Of, window: Window) -> None:
    if scope.at((*path, "over")) is not None and isinstance(counted.source, Members):
        if counted is not _NOTHING:
            scope.report.error("plan.measure-now", (*path, "over"), at="key")
    elif of.whose is Whose.EVERYBODY and window.personal:
        scope.report.error("plan.window-of-everybody", (*path, "over"))
    if counted is not _NOTHING and isinstance(counted.source, Members) and of.whose is Whose.MEMBER:
        scope.report.error("plan.measure-of-whom", path, at="key", name=str(path[-1]))


# --- what is counted -------------------------------------------------------------------------------------------------


def _read_counted(scope: Scope, path: Path, value: dict[str, Any], form: str) -> _Counted:
    _check_keys(scope, path, value, form)
    if form in _FLOWS:
        return _read_flow(scope, path, form)
    if form == "count" and value["count"] == "members":
        return _Counted(Aggregate.COUNT, Members(None, _read_when(scope, path, Place.MEMBER)))
    if form == "sum" and isinstance(value["sum"], str) and value["sum"].startswith("member."):
        return _read_member_field(scope, path)
    occasion = _read_occasion(scope, path, value, form)
    return _read_stream(scope, path, form, occasion)


def _check_keys(scope: Scope, path: Path, value: dict[str, Any], form: str) -> None:
    """Keys that mean nothing beside what is counted."""
    of_members = value[form] == "members" or str(value[form]).startswith("member.")
    misplaced = [] if form == "earned" else ["by"]
    if form in _FLOWS or form in ("count", "days") or of_members:
        misplaced.append("on")
    if form in _FLOWS:
        misplaced.append("when")
    for key in misplaced:
        if key in value:
            scope.report.error("plan.measure-excess", (*path, key), at="key", key=key, form=form)


def _read_when(scope: Scope, path: Path, place: Place) -> Any:
    return read_condition(scope, (*path, "when"), place) if scope.at((*path, "when")) is not None else None


def _read_member_field(scope: Scope, path: Path) -> _Counted:
    field = scope.field(scope.at((*path, "sum")), (*path, "sum"), Place.MEMBER)
    _check_numeric(scope, (*path, "sum"), field)
    members = Members(field, _read_when(scope, path, Place.MEMBER))
    return _Counted(Aggregate.SUM, members, field.scale, field.kind is Kind.AMOUNT)


def _read_flow(scope: Scope, path: Path, form: str) -> _Counted:
    asset = scope.asset((*path, form))
    written = scope.at((*path, "by")) or []
    rules = [written] if isinstance(written, str) else written
    for index, rule in enumerate(rules):
        _check_rule(scope, (*path, "by") if rules is not written else (*path, "by", index), rule)
    flows = tuple(Flow(FlowKind(form), asset.name, rule) for rule in rules or [""])
    return _Counted(Aggregate.SUM, flows, asset.scale, amount=True)


def _check_rule(scope: Scope, path: Path, rule: str) -> None:
    """A rule named before the rules are read: it must be in the file; what it gives is looked at later."""
    rules = scope.at(("rules",))
    written = [each.get("id") for each in rules if isinstance(each, dict)] if isinstance(rules, list) else []
    if rule not in written:
        scope.unknown("plan.unknown-rule", path, rule, [each for each in written if isinstance(each, str)])


def _read_occasion(scope: Scope, path: Path, value: dict[str, Any], form: str) -> Occasion:
    """What the measure counts the occurrences of; its fields are read as those of a rule on it."""
    key = form if form in ("count", "days") else "on"
    occasion = Occasion.read(value.get(key, "order.paid"))
    if occasion.trigger is Trigger.DECLARED:
        scope.event((*path, key), occasion.event)
    elif form not in ("count", "days") and str(value[form]).startswith("event.") and "on" not in value:
        scope.report.error("plan.measure-needs-on", (*path, form), name=value[form])
        scope.doubts += 1
    scope.occasion = occasion
    return occasion


def _read_stream(scope: Scope, path: Path, form: str, occasion: Occasion) -> _Counted:
    place = PLACE_OF[occasion.trigger]
    value: Field | None = None
    label: Field | None = None
    scale, amount = 0, False
    if form in ("sum", "max"):
        value, scale, amount = _read_value(scope, (*path, form), place)
    elif form == "distinct" and not _waits_for_on(scope, path, form):
        label = scope.field(scope.at((*path, form)), (*path, form), place)
        _check_label(scope, (*path, form), label, place)
    when = None if _waits_for_on(scope, path, form) else _read_when(scope, path, place)
    key = _key(scope, path, form, occasion, value)
    stream = Stream(key, occasion, value, label, by_value=form == "max", when=when)
    return _Counted(Aggregate(form), stream, scale, amount)


def _waits_for_on(scope: Scope, path: Path, form: str) -> bool:
    """Whether it has been reported that the event is not named whose fields these are."""
    return scope.report.has_error_at((*path, form)) or scope.report.has_error_at((*path, "on"))


def _read_value(scope: Scope, path: Path, place: Place) -> tuple[Field, int, bool]:
    """What an entry amounts to, its decimals, and whether it is an amount."""
    written = scope.at(path)
    if scope.report.has_error_at(path):
        return UNKNOWN_FIELD, 0, False
    if isinstance(written, dict):
        lines = read_lines(scope, (*path, "lines"), place)
        return lines, lines.scale, lines.kind is Kind.AMOUNT
    field = scope.field(written, path, place)
    _check_numeric(scope, path, field)
    if field is not UNKNOWN_FIELD and field.root != _PLACES_OF_FIELDS[place]:
        scope.report.error("plan.measure-field", path, name=field.name, root=_PLACES_OF_FIELDS[place])
    return field, field.scale, field.kind is Kind.AMOUNT


def _check_numeric(scope: Scope, path: Path, field: Field) -> None:
    scope.need_numeric(field, path)


def _check_label(scope: Scope, path: Path, field: Field, place: Place) -> None:
    if field is UNKNOWN_FIELD:
        return
    if field.kind is not Kind.TEXT or field.root != _PLACES_OF_FIELDS[place]:
        scope.report.error(
            "plan.measure-text", path, field=field.name, kind=KINDS[field.kind], root=_PLACES_OF_FIELDS[place]
        )


# --- the key of a stream ---------------------------------------------------------------------------------------------


def _key(scope: Scope, path: Path, form: str, occasion: Occasion, value: Field | None) -> str:
    """A text that is the same for all measures that count the same events in the same way."""
    parts: dict[str, Any] = {"on": occasion.written}
    if form in ("sum", "max"):
        parts["value"] = _canonical(scope, scope.at((*path, form)))
    if value is not None and value.attribute == "attributes":
        parts["kind"] = value.kind.value  # one text means other numbers once it is declared as another kind
    if value is not None and value.kind is Kind.NUMBER and value.scale:
        parts["scale"] = value.scale  # other decimals are other smallest units
    if form == "max":
        parts["by_value"] = True
    if form == "distinct":
        parts["label"] = scope.at((*path, form))
    when = scope.at((*path, "when"))
    if when is not None:
        parts["when"] = _canonical(scope, when)
    return json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _canonical(scope: Scope, value: Any) -> Any:
    """A part of the file as plain data, `$name` replaced by the parameter's value; numbers as they are written."""
    if isinstance(value, dict):
        return {key: _canonical(scope, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_canonical(scope, each) for each in value]
    if isinstance(value, str) and value.startswith("$"):
        return as_written(scope.parameters.get(value[1:], value))
    return as_written(value) if isinstance(value, Decimal) else value
