"""The rewards catalogue, compiled: what members may have for units of the plan's assets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rewards.plan.conditions import Condition
from rewards.plan.windows import FOR_EVER, Window


@dataclass(frozen=True)
class Reward:
    """One thing members may have; who claims it pays `price` for each piece, which uses the units up, or nothing."""

    name: str
    index: int
    title: Mapping[str, str]
    price: Mapping[str, int]
    """For each asset (by name) how many smallest units a piece costs, always more than none; empty for a gift."""
    gives: Mapping[str, int] = field(default_factory=dict)
    """For each asset (by name) how many smallest units a piece gives who claims it, always more than none."""
    stock: int | None = None
    """How many pieces there are in all, those claimed already included; None for no limit, or where codes decide."""
    codes: bool = False
    """Whether each piece is a voucher code out of those an operator has loaded; they are then the stock."""
    most: int | None = None
    """The most pieces a member may have within `window`; None for no limit."""
    window: Window = field(default_factory=Window)
    first: int = FOR_EVER
    """The first and the last day (`date.toordinal()`) on which it may be claimed."""
    last: int = date.max.toordinal()
    when: Condition | None = None
    """Who may have it: a condition on members."""
