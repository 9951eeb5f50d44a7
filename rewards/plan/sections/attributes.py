"""The section `attributes`: which attributes of orders and of their lines are numbers or flags."""

from __future__ import annotations

from typing import Any

from rewards.plan.fields import ATTRIBUTE_NAME
from rewards.plan.schema_parts import expected, mapping, told
from rewards.plan.scope import Scope
from rewards.plan.sections.declared import names_of
from rewards.plan.sections.kinds import KIND, read_kind

_OF_ONE: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 100,
    "propertyNames": {
        "type": "string",
        "pattern": rf"^{ATTRIBUTE_NAME}$",
        **expected(
            "a name of letters, digits, hyphens and underscores, starting with a letter",
            "由字母、数字、连字符和下划线组成、以字母开头的名称",
        ),
    },
    "additionalProperties": KIND,
}

ATTRIBUTES: dict[str, Any] = told(
    mapping(
        {
            "order": told(_OF_ONE, "Of orders", "Field order.attributes.NAME."),
            "line": told(_OF_ONE, "Of order lines", "Field line.attributes.NAME."),
        },
        minProperties=1,
    ),
    "Attributes",
    "What the shop sends with orders and lines besides money: a number, also with decimals, an amount of the "
    "currency, a text or a flag. "
    "One that is not sent is 0, empty or false. Attributes that are not declared are texts.",
)


def read_attributes(scope: Scope) -> None:
    """Read the declared attributes; those the schema complains of are in doubt."""
    for root in names_of(scope, "attribute"):
        declared = scope.at(("attributes", root))
        if not isinstance(declared, dict) or scope.report.has_error_at(("attributes", root)):
            scope.illegible.add("attribute")
            continue
        for name, kind in declared.items():
            if scope.report.has_error_within(("attributes", root, name)):
                scope.in_doubt.add(("attribute", f"{root}.{name}"))
            else:
                scope.attributes.setdefault(root, {})[name] = read_kind(name, kind)
