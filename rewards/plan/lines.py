"""The schema of `lines`, the one form for what an order's lines come to: in conditions, amounts and measures."""

from __future__ import annotations

from typing import Any

from rewards.plan.fields import ATTRIBUTE_NAME
from rewards.plan.schema_parts import expected, mapping, ref, told

_LINE_FIELDS = ("amount", "cash", "category", "quantity", "sku")

_NUMBERS: dict[str, Any] = {
    "sum": told(
        {
            "type": "string",
            "pattern": rf"^line\.(amount|cash|quantity|attributes\.{ATTRIBUTE_NAME})$",
            **expected(
                "line.amount, line.cash, line.quantity or line.attributes.NAME",
                " line.amount、line.cash、line.quantity 或 line.attributes.名称",
            ),
        },
        "Sum",
        "What of the lines is added up: line.amount, line.cash, line.quantity or a declared line.attributes.NAME.",
    ),
    "count": told({"enum": ["lines"]}, "Count", "lines: how many lines there are."),
}


def _which(field: str) -> dict[str, str]:
    """Where a field of lines belongs that is written right under `lines`."""
    return {
        "en": f"which lines count is written within where: {{{field}: …}}",
        "zh": f"哪些订单行计入写在 where 之内：where: {{{field}: …}}",
    }


_ELSEWHERE = {name: _which(f"line.{each}") for each in _LINE_FIELDS for name in (each, f"line.{each}")}


def lines_schema(compared: dict[str, Any], english: str, chinese: str, **more: Any) -> dict[str, Any]:
    """`{where, sum or count}`, with the comparisons of a condition or none; said to be wanted as in the two texts."""
    return mapping(
        {
            "where": told(ref("condition"), "Where", "The order lines that count, fields line.…; all if not given."),
            **_NUMBERS,
            **compared,
        },
        oneOf=[{"required": [key]} for key in _NUMBERS],
        **{"x-elsewhere": _ELSEWHERE},
        **expected(english, chinese),
        **more,
    )


_EXAMPLE = "{where: {line.category: tea}, sum: line.amount}"

OF_LINES: dict[str, Any] = mapping(
    {
        "lines": told(
            lines_schema({}, f"which number of the lines: {_EXAMPLE}", f"订单行的哪个数字：{_EXAMPLE}"),
            "Lines",
            "What the order's lines add up to, or how many they are.",
        )
    },
    "lines",
    **{
        "x-elsewhere": {
            key: {
                "en": f"{key} is written within lines: {{{key}: …}}",
                "zh": f"{key} 写在 lines 之内：lines: {{{key}: …}}",
            }
            for key in ("where", "sum", "count")
        }
    },
)
"""What amounts and measures are taken of in place of a field: a number of the order's lines."""
