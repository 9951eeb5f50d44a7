"""Refusing orders whose declared attributes cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from rewards.errors import InvalidRequest
from rewards.plan.attributes import most, parse_attribute
from rewards.plan.events import OrderPaid
from rewards.plan.fields import Kind
from rewards.plan.model import Plan

_CODES = {
    Kind.AMOUNT: "order.attribute-amount",
    Kind.NUMBER: "order.attribute-number",
    Kind.FLAG: "order.attribute-flag",
}


def check_attributes(plan: Plan, order: OrderPaid) -> None:
    """Check what a plan declares of orders and lines; what is not sent is fine.

    Raises InvalidRequest that points at the attribute and says what is expected of it.
    """
    if not plan.attributes:
        return
    _check(plan, "order", order.attributes, "")
    if "line" in plan.attributes:
        for index, line in enumerate(order.lines):
            _check(plan, "line", line.attributes, f"/lines/{index}")


def _check(plan: Plan, root: str, sent: Mapping[str, str], pointer: str) -> None:
    for name, declared in plan.attributes.get(root, {}).items():
        text, scale = sent.get(name), declared.decimals(plan.currency_scale)
        if text is not None and parse_attribute(text, declared.kind, scale) is None:
            raise InvalidRequest(
                "order.attribute-decimal" if declared.scale else _CODES[declared.kind],
                pointer=f"{pointer}/attributes/{name}",
                name=f"{root}.attributes.{name}",
                text=text,
                plan=plan.name,
                scale=scale,
                most=most(declared.kind, scale),
            )
