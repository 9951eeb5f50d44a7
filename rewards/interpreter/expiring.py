"""The units of expiring assets by the day they are good to, while an event credits and debits them.

The free units of an expiring asset that a member has are in cells (see `good_until`). What comes opens a cell or adds
to one; what goes is drawn from them in the asset's order. Units of which no cell knows came before the asset expired
at all: they are good for ever, the last to be spent when the soonest or the newest go first, the first when the oldest
do. What a refund gives back comes anew: it is good for as long as units that come on the refund's day.
"""

from __future__ import annotations

from collections.abc import Callable

from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.tally import LAST_DAY, Cell, good_until
from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.model import Asset
from rewards.plan.windows import FOR_EVER

ORDER: dict[SpendOrder, Callable[[Cell], tuple[int, int]]] = {
    SpendOrder.SOONEST: lambda cell: (cell.day, int(cell.label)),
    SpendOrder.OLDEST: lambda cell: (int(cell.label), cell.day),
    SpendOrder.NEWEST: lambda cell: (-int(cell.label), -cell.day),
}
"""For each order of spending, what cells are sorted by."""


class Shelf:
    """The cells of one event's members with units that expire; `add` is told every change."""

    def __init__(self, facts: MemberFacts, add: Callable[[Cell], None]) -> None:
        self._facts = facts
        self._add = add

    def credit(self, asset: Asset, expiry: Expiry, member: int, quantity: int) -> None:
        """Put units on that come on the day."""
        came = str(self._facts.day.toordinal())
        self._add(Cell(good_until(asset.name), member, self._last_day(expiry, member), came, quantity, 0))

    def debit(self, asset: Asset, expiry: Expiry, member: int, quantity: int, had: int) -> None:
        """Take units off, of all the member `had` before. Raises ArithmeticError when there are more than that."""
        cells = self._cells(asset, member)
        undated = had - sum(cell.amount for cell in cells)
        if undated < 0:
            raise ArithmeticError(f"member {member} has {-undated} of {asset.name} that expires and is not there")
        if expiry.spend_order is SpendOrder.OLDEST:
            quantity -= min(undated, quantity)
        for cell in sorted(cells, key=ORDER[expiry.spend_order]):
            drawn = min(cell.amount, quantity)
            if drawn:
                self._add(cell._replace(amount=-drawn, entries=0))
            quantity -= drawn

    def renew(self, asset: Asset, expiry: Expiry, member: int) -> None:
        """Let all that is still good be good for a whole term from the day on."""
        last = self._last_day(expiry, member)
        for cell in self._cells(asset, member):
            if cell.day != last and cell.day >= self._facts.day.toordinal():
                self._add(cell._replace(amount=-cell.amount, entries=0))
                self._add(cell._replace(day=last, entries=0))

    def _cells(self, asset: Asset, member: int) -> list[Cell]:
        return list(self._facts.state.tally.cells(good_until(asset.name), member, FOR_EVER, LAST_DAY))

    def _last_day(self, expiry: Expiry, member: int) -> int:
        level = self._facts.level(expiry.ladder, member) if expiry.ladder else -1
        return expiry.last_day(self._facts.day, level)
