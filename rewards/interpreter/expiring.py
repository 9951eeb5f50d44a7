"""The units of expiring assets by the day they are good to, while an event credits and debits them.

The free units of an expiring asset that a member has are in cells (see `good_until`). What comes opens a cell or adds
to one; what goes is drawn from them in the asset's order. Units of which no cell knows came before the asset expired
at all: they are good for ever, the last to be spent when the soonest or the newest go first, the first when the oldest
do. Units past their last day are there until the close that lets them go, but nobody can spend them.

An event remembers which cells each of its transfers has changed (`Outcome.units`). What is given back returns to the
cells it was drawn from, and what is taken back is first taken out of those it was put into.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.tally import LAST_DAY, Cell, expired_of, good_until
from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.model import Asset
from rewards.plan.windows import FOR_EVER

ORDER: dict[SpendOrder, Callable[[Cell], tuple[int, int]]] = {
    SpendOrder.SOONEST: lambda cell: (cell.day, int(cell.label)),
    SpendOrder.OLDEST: lambda cell: (int(cell.label), cell.day),
    SpendOrder.NEWEST: lambda cell: (-int(cell.label), -cell.day),
}
"""For each order of spending, what cells are sorted by."""


def spendable(facts: MemberFacts, asset: Asset, member: int) -> int:
    """What a member can spend of an asset on the day of the facts: the balance without what is past its last day."""
    balance = facts.state.balance(asset.free_book, member)
    if asset.expiry is None or member <= 0:
        return balance
    yesterday = facts.day.toordinal() - 1
    over = facts.state.tally.cells(good_until(asset.name), member, FOR_EVER, yesterday)
    return balance - sum(cell.amount for cell in over)


class Came(NamedTuple):
    """Units that an order has brought a member: so many, on a day, and the last day on which they were good then.

    `last` is 0 where it is not known: of a lot's units, which came at a close.
    """

    day: int
    last: int
    quantity: int

    def is_in(self, cell: Cell, *, moved: bool) -> bool:
        """Whether these units are in a cell, or may be as its last day may have moved."""
        return cell.label == str(self.day) and (moved or self.last in (0, cell.day))


class Reclaimed(NamedTuple):
    """What of units that a member has to give back is there to be taken, from which cells, and what has expired."""

    taken: int
    units: Sequence[Cell] = ()
    """What is drawn from cells; the rest of what is taken is in none."""
    expired: Sequence[Cell] = ()
    """What is not asked for, as it changes the cells named `expired_of`."""

    @property
    def settled(self) -> int:
        """What is taken or not asked for."""
        return self.taken - sum(cell.amount for cell in self.expired)


class Shelf:
    """The cells of one event's members with units that expire; `add` is told every change.

    What credits and debits return are the changes they have made, below zero for what was drawn.
    """

    def __init__(self, facts: MemberFacts, add: Callable[[Cell], None]) -> None:
        self._facts = facts
        self._add = add

    def credit(self, asset: Asset, expiry: Expiry, member: int, quantity: int) -> list[Cell]:
        """Put units on that come on the day."""
        last, came = self._last_day(expiry, member), str(self._today)
        return self.change([Cell(good_until(asset.name), member, last, came, quantity, 0)])

    def debit(self, asset: Asset, expiry: Expiry, member: int, quantity: int, had: int) -> list[Cell]:
        """Take units off, of all the member `had` before; those past their last day only when there are no others.

        Raises ArithmeticError when more is in cells than that.
        """
        return self.change(self._draw(expiry, quantity, had, self._cells(asset, member)))

    def renew(self, asset: Asset, expiry: Expiry, member: int) -> None:
        """Let all that is still good be good for a whole term from the day on."""
        last = self._last_day(expiry, member)
        for cell in self._cells(asset, member):
            if cell.day != last and cell.day >= self._today:
                self._add(cell._replace(amount=-cell.amount, entries=0))
                self._add(cell._replace(day=last, entries=0))

    def change(self, units: Sequence[Cell]) -> list[Cell]:
        """Change these very cells."""
        for cell in units:
            self._add(cell)
        return list(units)

    # --- undoing ---------------------------------------------------------------------------------------------------

    def restored(
        self, asset: Asset, expiry: Expiry, member: int, whole: int, drawn: Sequence[Cell], part: range
    ) -> list[Cell]:
        """What puts a part of the `whole` that was given up back into the cells it was `drawn` from (below zero).

        Units are numbered from 0, those that are good longest first; `part` are the numbers of those that come back.
        They may be past their last day, and then go at the next close. Where the time counts from the last thing the
        member has done, they are good as long as all else the member has.
        """
        longest = max((cell.day for cell in self._cells(asset, member)), default=0) if expiry.inactive else 0
        units = []
        place = whole + sum(cell.amount for cell in drawn)  # before it, those of no cell
        for cell in sorted(drawn, key=lambda each: (each.day, int(each.label)), reverse=True):
            end = place - cell.amount
            back = min(end, part.stop) - max(place, part.start)
            if back > 0:
                units.append(cell._replace(day=max(cell.day, longest), amount=back))
            place = end
        return units

    def still_good(self, units: Sequence[Cell], quantity: int) -> int:
        """How much of a quantity, made of these cells and of units in none, is not past its last day."""
        return quantity - sum(cell.amount for cell in units if cell.day < self._today)

    def reclaim(
        self, asset: Asset, expiry: Expiry, member: int, quantity: int, came: Sequence[Came], had: int
    ) -> Reclaimed:
        """What there is of a quantity that a member who `had` so much has to give back, as it `came` with an order.

        First what is left of these very units. What of them has expired is not asked for. The rest is taken of others
        that are still good, in the asset's order.
        """
        cells = self._cells(asset, member)
        over = self._facts.state.tally.cells(expired_of(asset.name), member, FOR_EVER, LAST_DAY) if came else ()
        limits, found = [each.quantity for each in came], Counter[Cell]()
        for there in (cells, list(over)):
            for number, each in enumerate(came):
                for cell in sorted(there, key=lambda one, last=each.last: one.day != last):  # type: ignore[misc]
                    if each.is_in(cell, moved=expiry.inactive):
                        part = min(cell.amount - found[cell], limits[number], quantity)
                        found[cell] += part
                        limits[number] -= part
                        quantity -= part
        others = [cell._replace(amount=cell.amount - found[cell]) for cell in cells]
        own = sum(found[cell] for cell in cells)
        from_others = min(quantity, self.still_good(others, had - own))
        undone = [cell._replace(amount=-part) for cell, part in found.items() if part]
        drawn = [cell for cell in undone if cell.name == good_until(asset.name)]
        drawn += self._draw(expiry, from_others, had - own, others)
        return Reclaimed(own + from_others, drawn, [cell for cell in undone if cell.name != good_until(asset.name)])

    # --- cells -----------------------------------------------------------------------------------------------------

    def _draw(self, expiry: Expiry, quantity: int, had: int, cells: Sequence[Cell]) -> list[Cell]:
        """What takes a quantity off cells, in the asset's order; units of no cell go before what is past its day."""
        undated = had - sum(cell.amount for cell in cells)
        if undated < 0:
            raise ArithmeticError(f"{-undated} units that expire are in cells and not in the balance")
        in_order = sorted(cells, key=ORDER[expiry.spend_order])
        good = [cell for cell in in_order if cell.day >= self._today]
        over = [cell for cell in in_order if cell.day < self._today]
        for_ever = [Cell("", 0, LAST_DAY, "", undated, 0)]
        oldest_first = expiry.spend_order is SpendOrder.OLDEST
        drawn = []
        for cell in (*for_ever, *good, *over) if oldest_first else (*good, *for_ever, *over):
            part = min(cell.amount, quantity)
            quantity -= part
            if part and cell.name:
                drawn.append(cell._replace(amount=-part, entries=0))
        return drawn

    def _cells(self, asset: Asset, member: int) -> list[Cell]:
        return list(self._facts.state.tally.cells(good_until(asset.name), member, FOR_EVER, LAST_DAY))

    def _last_day(self, expiry: Expiry, member: int) -> int:
        level = self._facts.level(expiry.ladder, member) if expiry.ladder else -1
        return expiry.last_day(self._facts.day, level)

    @property
    def _today(self) -> int:
        return self._facts.day.toordinal()
