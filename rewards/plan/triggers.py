"""What a rule can wait for."""

from __future__ import annotations

import enum


class Trigger(enum.Enum):
    """The kinds of events a rule can wait for, as the rule file writes them after `on:`."""

    ORDER_PAID = "order.paid"
    ORDER_REFUNDED = "order.refunded"
    REDEEM = "redeem"
    CONVERT = "convert"
    PAY = "pay"
    PRICE_RISES = "price.rises"
    DAY_CLOSE = "day.close"
