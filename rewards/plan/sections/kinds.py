"""How the kind of a declared field is written: of events, and of the attributes of orders and lines."""

from __future__ import annotations

from typing import Any

from rewards.plan.fields import DeclaredField, Kind
from rewards.plan.schema_parts import expected, mapping, told

_KINDS = {"number": Kind.NUMBER, "amount": Kind.AMOUNT, "text": Kind.TEXT, "flag": Kind.FLAG}

KIND: dict[str, Any] = {
    "oneOf": [
        {"enum": list(_KINDS)},
        mapping(
            {
                "scale": told(
                    {"type": "integer", "minimum": 1, "maximum": 6},
                    "Decimals",
                    "A number with so many decimals: {scale: 3} for litres or kilograms.",
                )
            },
            "scale",
        ),
    ],
    **expected(
        "number, amount, text, flag, or {scale: 3} for a number with decimals",
        " number、amount、text、flag，或 {scale: 3} 表示带小数的数字",
    ),
}


def read_kind(name: str, written: Any) -> DeclaredField:
    """The field of that name, from its kind as it is written in a form that is sound."""
    if isinstance(written, dict):
        return DeclaredField(name, Kind.NUMBER, int(written["scale"]))
    return DeclaredField(name, _KINDS[written])
