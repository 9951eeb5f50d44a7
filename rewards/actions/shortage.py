"""Refusing a request for more than there is, or than is allowed, in words every action shares."""

from __future__ import annotations

from typing import NoReturn

from rewards.actions.base import EventContext
from rewards.money import format_amount
from rewards.plan.model import Asset


def refuse_shortage(context: EventContext, asset: Asset, have: int, wanted: int) -> NoReturn:
    """Refuse the event because `wanted` is more than `have` (both smallest units of `asset`). Raises Refused."""
    context.refuse(
        "request.balance-too-small",
        "/quantity",
        asset=asset.name,
        have=format_amount(have, asset.scale),
        wanted=format_amount(wanted, asset.scale),
    )


def refuse_above(context: EventContext, asset: Asset, most: int, wanted: int) -> NoReturn:
    """Refuse the event because `wanted` is more than a request may be for (smallest units). Raises Refused."""
    context.refuse(
        "request.above-most",
        "/quantity",
        asset=asset.name,
        most=format_amount(most, asset.scale),
        wanted=format_amount(wanted, asset.scale),
    )
