"""Working beside others: the books as seen by a unit that holds some members only, and nothing of the platform's.

Whatever it would need besides makes it give up with NeedsAlone, before anything is written; the unit is then done
again with the books to itself. So nobody has to say beforehand what an event of a plan will look at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NoReturn

from sqlalchemy import Connection

from rewards.interpreter.state import MAY_OWE, ExitEntry, Purchases, Standing, State, TagSpan, Transfer, Voucher
from rewards.interpreter.tally import Cell
from rewards.plan.model import Asset
from rewards.services.binding import Binding
from rewards.services.source import LedgerSource, News


class NeedsAlone(Exception):
    """An event looks at what the unit does not hold: another member, or what everybody moves."""


class BesideSource(LedgerSource):
    """One plan's balances and facts as stored, of the members that are held.

    What only changes when somebody works alone may be asked of everybody: who sponsored whom, places in trees, what has
    been declared.
    """

    _platform_ahead = False

    def __init__(self, tx: Connection, binding: Binding, news: News, held: Collection[int]) -> None:
        super().__init__(tx, binding, news)
        self._held = held

    def _check(self, holder: int) -> None:
        if holder not in self._held:
            raise NeedsAlone

    def ahead(self, people: Collection[int]) -> list[int]:
        """Those who are held."""
        return [each for each in people if each in self._held]

    def balance(self, book: int, holder: int) -> int:
        """What is on a held member's account."""
        self._check(holder)
        return super().balance(book, holder)

    def purchases(self, member: int) -> Purchases:
        """What a held member has bought."""
        self._check(member)
        return super().purchases(member)

    def standing(self, ladder: str, member: int) -> Standing:
        """Where a held member stands on a ladder."""
        self._check(member)
        return super().standing(ladder, member)

    def cells(self, name: str, member: int, first: int) -> Iterable[Cell]:
        """A held member's cells."""
        self._check(member)
        return super().cells(name, member, first)

    def tags(self, member: int) -> Mapping[str, Sequence[TagSpan]]:
        """A held member's tags."""
        self._check(member)
        return super().tags(member)

    def last_price(self, asset: Asset) -> NoReturn:
        """A price changes with everybody's orders."""
        raise NeedsAlone

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> NoReturn:
        """So does who exits next."""
        raise NeedsAlone

    def vouchers(self, reward: str, after: int, limit: int) -> Sequence[Voucher] | None:
        """And which code is given out next."""
        raise NeedsAlone


class BesideState(State):
    """The working state of a unit that holds some members: accounts of the platform are only ever added to.

    What the platform has is not known here, so an account of it that must not be overdrawn gives nothing.
    """

    added: Counter[tuple[int, int]]
    """Accounts of the platform, by the plan's own numbers, and what they change by."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.added = Counter()

    def apply(self, transfer: Transfer) -> None:
        """Book a transfer. Raises ArithmeticError when it would overdraw a member's account."""
        if transfer.source > 0 and transfer.target > 0:
            super().apply(transfer)
            return
        if transfer.quantity <= 0:
            raise ArithmeticError(f"a transfer must be positive, not {transfer.quantity}")
        if transfer.source <= 0 and transfer.source not in MAY_OWE:
            raise NeedsAlone
        self._move(transfer.source_book, transfer.source, -transfer.quantity)
        self._move(transfer.target_book, transfer.target, transfer.quantity)
        self._move_lot(transfer, 1)

    def undo(self, transfer: Transfer) -> None:
        """Take a transfer back that was the last one applied."""
        self._move(transfer.target_book, transfer.target, -transfer.quantity)
        self._move(transfer.source_book, transfer.source, transfer.quantity)
        self._move_lot(transfer, -1)

    def _move(self, book: int, holder: int, quantity: int) -> None:
        if holder <= 0:
            self.added[book, holder] += quantity
            return
        left = self.balance(book, holder) + quantity
        if left < 0:
            asset, compartment = self.plan.books[book]
            raise ArithmeticError(
                f"{-quantity} of {asset.name} ({compartment.value}) is {-left} more than holder {holder} has"
            )
        self.books[book][holder] = left

    def _move_lot(self, transfer: Transfer, sign: int) -> None:
        if transfer.lot is not None:
            into = transfer.target_book == transfer.lot.book
            transfer.lot.remaining += sign * (transfer.quantity if into else -transfer.quantity)
