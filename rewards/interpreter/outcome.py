"""What one event leaves behind under one plan."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from rewards.interpreter.state import Lot, Purchases, Standing, TagSpan, Transfer, Voucher
from rewards.interpreter.tally import Cell


class Cut(NamedTuple):
    """What a cap has cut off what a rule (index) would have given a member (0: everybody together), smallest units."""

    cap: str
    rule: int
    member: int
    quantity: int


@dataclass
class Outcome:
    """What one event has done under one plan."""

    transfers: list[Transfer] = field(default_factory=list)
    lots: list[Lot] = field(default_factory=list)
    """Lots it has opened."""
    sale: Purchases | None = None
    """What the event adds to the buyer's measures; None when it is no order and no refund."""
    cells: list[Cell] = field(default_factory=list)
    """What it adds to the tally."""
    counted: list[Cell] = field(default_factory=list)
    """Those of the cells that the event itself counts for in streams: a refund undoes them in proportion."""
    units: dict[int, list[Cell]] = field(default_factory=dict)
    """Which units of expiring assets a transfer (its index) has drawn (below zero) or brought: a refund undoes these.

    Units that are in no cell are left out.
    """
    standings: list[tuple[str, int, Standing]] = field(default_factory=list)
    """Changed standings: ladder, member, and where they stand now."""
    standings_before: list[tuple[str, int, Standing]] = field(default_factory=list)
    tags: dict[tuple[int, str], TagSpan] = field(default_factory=dict)
    """Tags that rules have given, by member and name, and on which days they are carried now."""
    cuts: list[Cut] = field(default_factory=list)
    prices: dict[str, tuple[int, int]] = field(default_factory=dict)
    """New unit price of each priced asset whose price has moved: numerator, denominator."""
    prices_before: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Unit price of each priced asset before the event."""
    trace: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    """For each rule that ran, what it stated to explain itself."""
    cut_lots: list[tuple[Lot, int, int]] = field(default_factory=list)
    """Lots a refund has cut, each with the basis and granted quantity it had before."""
    reversals: list[tuple[str, int, int]] = field(default_factory=list)
    """Negative releases for the next day close: rule, member, quantity (smallest units)."""
    vouchers: list[Voucher] = field(default_factory=list)
    """The codes a claim was given."""
