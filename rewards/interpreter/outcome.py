"""What one event leaves behind under one plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rewards.interpreter.state import Lot, Purchases, Standing, TagSpan, Transfer, Voucher
from rewards.interpreter.tally import Cell


class Cut(NamedTuple):
    """What a cap has cut off what a rule (index) would have given a member (0: everybody together), smallest units."""

    cap: str
    rule: int
    member: int
    quantity: int


@dataclass(init=False, slots=True)
class Outcome:
    """What one event has done under one plan."""

    transfers: list[Transfer]
    lots: list[Lot]
    """Lots it has opened."""
    sale: Purchases | None
    """What the event adds to the buyer's measures; None when it is no order and no refund."""
    cells: list[Cell]
    """What it adds to the tally."""
    counted: list[Cell]
    """Those of the cells that the event itself counts for in streams: a refund undoes them in proportion."""
    units: dict[int, list[Cell]]
    """Which units of expiring assets a transfer (its index) has drawn (below zero) or brought: a refund undoes these.

    Units that are in no cell are left out.
    """
    standings: list[tuple[str, int, Standing]]
    """Changed standings: ladder, member, and where they stand now."""
    standings_before: list[tuple[str, int, Standing]]
    tags: dict[tuple[int, str], TagSpan]
    """Tags that rules have given, by member and name, and on which days they are carried now."""
    cuts: list[Cut]
    prices: dict[str, tuple[int, int]]
    """New unit price of each priced asset whose price has moved: numerator, denominator."""
    prices_before: dict[str, tuple[int, int]]
    """Unit price of each priced asset before the event."""
    trace: dict[str, list[dict[str, object]]]
    """For each rule that ran, what it stated to explain itself."""
    cut_lots: list[tuple[Lot, int, int]]
    """Lots a refund has cut, each with the basis and granted quantity it had before."""
    reversals: list[tuple[str, int, int]]
    """Negative releases for the next day close: rule, member, quantity (smallest units)."""
    vouchers: list[Voucher]
    """The codes a claim was given."""

    def __init__(self) -> None:
        # written out: every event makes one, and by the fields' factories it would take twice as long
        self.transfers = []
        self.lots = []
        self.sale = None
        self.cells = []
        self.counted = []
        self.units = {}
        self.standings = []
        self.standings_before = []
        self.tags = {}
        self.cuts = []
        self.prices = {}
        self.prices_before = {}
        self.trace = {}
        self.cut_lots = []
        self.reversals = []
        self.vouchers = []
