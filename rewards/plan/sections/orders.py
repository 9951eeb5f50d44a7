"""The sections about orders: how they may be paid, which count, and what a refund takes back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from rewards.plan.conditions import Condition
from rewards.plan.expressions import read_condition
from rewards.plan.fields import Place
from rewards.plan.model import Payment
from rewards.plan.schema_parts import mapping, ref, told
from rewards.plan.scope import Scope

PAYMENT: dict[str, Any] = told(
    mapping(
        {
            "asset": told(ref("name"), "Asset", "The asset orders may be paid with; it has a cash_value."),
            "up_to": told(ref("rate"), "Up to", "The largest share of an order's total that may be paid with it."),
        },
        "asset",
        "up_to",
    ),
    "Payment",
    "How much of an order may be paid with units of an asset.",
)
REFUNDS: dict[str, Any] = told(
    mapping(
        {
            "accelerations": told(
                {"enum": ["reverse", "keep"]},
                "Accelerations",
                "Whether what a refunded order's releases have earned the upline goes back (reverse) or stays (keep).",
            )
        }
    ),
    "Refunds",
    "What happens when an order is taken back.",
)
APPLIES_TO: dict[str, Any] = told(ref("condition"), "Applies to", "Only orders that fulfil this are the plan's.")


def read_payment(scope: Scope) -> Payment | None:
    """The plan's `payment` section, if it has one."""
    if scope.at(("payment",)) is None or scope.report.has_error_within(("payment",)):
        return None
    asset = scope.asset(("payment", "asset"))
    if not asset.cash_value:
        scope.report.error("plan.payment-needs-value", ("payment", "asset"), name=asset.name)
    up_to = scope.rate_at(("payment", "up_to"), most=Fraction(1))
    if up_to == 0:
        scope.report.warning("plan.rate-zero", ("payment", "up_to"))
    return Payment(asset, up_to or Fraction(0))


def read_applies_to(scope: Scope) -> Condition | None:
    """The plan's `applies_to` condition, if it has one."""
    if scope.at(("applies_to",)) is None or scope.report.has_error_within(("applies_to",)):
        return None
    return read_condition(scope, ("applies_to",), Place.APPLIES_TO)
