"""What the declared attributes of orders and lines are worth: texts in the order, numbers and flags in rules.

An order is refused when a declared attribute cannot be read (`rewards.interpreter.attributes`). One that was taken
before its attributes were declared may have such a text all the same, and then counts as not having the attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rewards.money import AmountError, parse_amount
from rewards.plan.fields import Field, Kind

MOST = 10**12
"""The largest amount (in units of the currency) or number an attribute may be; sums over an order's lines then fit."""

_MOST_UNITS = 10**15
"""The most smallest units of a number with decimals, for the same reason."""

NOT_SENT: Mapping[Kind, Any] = {Kind.AMOUNT: 0, Kind.NUMBER: 0, Kind.TEXT: "", Kind.FLAG: False}
"""What a declared field of an order, a line or an event is when it was not sent."""

_FLAGS = {"true": True, "false": False}


def parse_attribute(text: str, kind: Kind, scale: int) -> int | str | bool | None:
    """An attribute's text as a value of the declared kind; None when it is none.

    Amounts and numbers are in smallest units, of which `scale` decimals make one; they are not below zero nor above
    `most(kind, scale)`.

    >>> parse_attribute("12.5", Kind.AMOUNT, 2), parse_attribute("-1", Kind.NUMBER, 0)
    (1250, None)
    """
    if kind is Kind.TEXT:
        return text
    if kind is Kind.FLAG:
        return _FLAGS.get(text)
    try:
        units = parse_amount(text, scale)
    except AmountError:
        return None
    return units if 0 <= units <= most(kind, scale) * 10**scale else None


def most(kind: Kind, scale: int) -> int:
    """The largest amount or number with so many decimals, in whole units."""
    return min(MOST, _MOST_UNITS // 10**scale) if kind is Kind.NUMBER else MOST


def attribute_value(attributes: Mapping[str, str], field: Field) -> Any:
    """The value of an `order.attributes.…` or `line.attributes.…` field; 0, "" or false where there is none."""
    if field.kind is Kind.TEXT:  # the most, as what is not declared is one
        return attributes.get(field.argument, "")
    text = attributes.get(field.argument)
    if text is None:
        return NOT_SENT[field.kind]
    value = parse_attribute(text, field.kind, field.scale)
    return NOT_SENT[field.kind] if value is None else value
