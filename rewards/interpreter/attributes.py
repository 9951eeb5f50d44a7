"""Refusing orders whose declared attributes cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from rewards.errors import InvalidRequest
from rewards.plan.attributes import MOST, parse_attribute
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
    for name, kind in plan.attributes.get(root, {}).items():
        text = sent.get(name)
        if text is not None and parse_attribute(text, kind, plan.currency_scale) is None:
            raise InvalidRequest(
                _CODES[kind],
                pointer=f"{pointer}/attributes/{name}",
                name=f"{root}.attributes.{name}",
                text=text,
                plan=plan.name,
                scale=plan.currency_scale,
                most=MOST,
            )
