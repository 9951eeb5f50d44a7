"""Refunds from a CSV file, one refund a line.

Columns (any order): `id` (the refund's own), `order` (the id of the order it takes back), `amount` (of the order's
total; an empty cell takes back all that is left) and `at`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rewards.cli.csv_file import CsvFile
from rewards.services.requests import RefundRequest


@dataclass(frozen=True)
class RefundLine:
    """One refund of a file. `number` is the line's, counted from 1; `cells` is the line as it was read."""

    number: int
    request: RefundRequest
    cells: Sequence[str] = ()


class RefundFile(CsvFile[RefundLine]):
    """A CSV file of refunds. Raises InvalidRequest when its first line does not name the columns of one."""

    # The column of amounts has to be there: left out by mistake, the file would take back every order as a whole.
    columns_needed = ("id", "order", "amount", "at")
    may_be_empty = ("amount",)

    def read(self, number: int, values: Mapping[str, str], cells: Sequence[str]) -> RefundLine:
        """The refund of a line. Raises Unreadable."""
        amount = self.amount("amount", values["amount"]) if values["amount"] else None
        request = RefundRequest(values["id"], values["order"], amount, self.moment("at", values["at"]))
        return RefundLine(number, request, cells)
