"""The section `parameters`: numbers with a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from rewards.plan.diagnostics import Path
from rewards.plan.model import Parameter
from rewards.plan.schema_parts import mapping, named, ref, told
from rewards.plan.scope import Scope
from rewards.plan.sections.declared import doubt, names_of
from rewards.plan.sections.titles import TITLE, read_title
from rewards.plan.windows import FOR_EVER, Span

_PERIODS = ["day", "week", "month", "quarter", "year"]

PARAMETERS: dict[str, Any] = told(
    named(
        mapping(
            {
                "title": TITLE,
                "value": told(ref("number"), "Value", "The number it stands for."),
                "values": told(
                    {
                        "type": "array",
                        "minItems": 1,
                        "maxItems": 100,
                        "items": mapping(
                            {
                                "from": told(
                                    {"type": "string", "format": "date"},
                                    "From",
                                    "The first day it is in force; the first value holds before its day as well.",
                                ),
                                "value": told(ref("number"), "Value", "The number from then on."),
                            },
                            "from",
                            "value",
                        ),
                    },
                    "Values",
                    "Numbers that follow each other, each from a day on.",
                ),
                "declared": told(
                    {"enum": _PERIODS},
                    "Declared",
                    "The number is told afterwards for each day, week, month, quarter or year; rules on its close that "
                    "use it wait for it.",
                ),
            },
            oneOf=[{"required": ["value"]}, {"required": ["values"]}, {"required": ["declared"]}],
        )
    ),
    "Parameters",
    "Numbers with a name: $NAME stands for one wherever a rate or a quantity may.",
)


def changes(parameter: Parameter) -> bool:
    """Whether its value is not the same for ever."""
    return parameter.declared is not None or len(parameter.values) > 1


def read_parameters(scope: Scope, values: Mapping[str, Any] | None = None) -> None:
    """Read all parameters; what the schema complains of is only noted as declared.

    `values` (as written) take the place of those in the file. Else one with several has its first, and one that is
    declared afterwards has none.
    """
    for name in names_of(scope, "parameter"):
        if doubt(scope, "parameter", name):
            continue
        parameter = _read_parameter(scope, name)
        scope.declared_parameters[name] = parameter
        first = parameter.values[0][1] if parameter.values else None
        scope.parameters[name] = first if values is None else values.get(name, first)


def _read_parameter(scope: Scope, name: str) -> Parameter:
    path: Path = ("parameters", name)
    value = scope.at(path)
    title = read_title(value.get("title"), name)
    if "declared" in value:
        return Parameter(name, title, (), Span(value["declared"]))
    if "value" in value:
        return Parameter(name, title, ((FOR_EVER, value["value"]),))
    days = [date.fromisoformat(each["from"]) for each in value["values"]]
    for index in range(1, len(days)):
        if days[index] <= days[index - 1]:
            here = (*path, "values", index, "from")
            scope.report.error("plan.values-in-order", here, first=str(days[index]), previous=str(days[index - 1]))
    return Parameter(
        name,
        title,
        tuple((day.toordinal(), each["value"]) for day, each in zip(days, value["values"], strict=True)),
    )
