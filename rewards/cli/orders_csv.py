"""Orders from a CSV file, one order a line.

Columns (any order): `id`, `member`, `total`, `paid_at`; if wanted `sponsor`, `phone` (both only for members that are
added on the fly), `points` (what is paid with points: `PLAN/ASSET=QUANTITY`, several separated by spaces) and
`attribute.NAME` for each attribute of an order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from rewards.cli.csv_file import CsvFile, unreadable
from rewards.services.requests import OrderRequest, PointsRequest
from rewards.tuples import new_tuple

ATTRIBUTE = "attribute."

_POINTS = re.compile(r"([^/=\s]+)/([^/=\s]+)=([^/=\s]+)")


class OrderLine(NamedTuple):
    """One order of a file, and what is known of its member. `cells` is the line as it was read."""

    number: int
    """The line's number, counted from 1; 0 when the order comes from no file."""
    request: OrderRequest
    sponsor: str | None = None
    phone: str | None = None
    cells: Sequence[str] = ()


class OrderFile(CsvFile[OrderLine]):
    """A CSV file of orders. Raises InvalidRequest when its first line does not name the columns of one."""

    columns_needed = ("id", "member", "total", "paid_at")
    columns_wanted = ("sponsor", "phone", "points")
    prefix = ATTRIBUTE

    def read(self, number: int, values: Mapping[str, str], cells: Sequence[str]) -> OrderLine:
        """The order of a line. Raises Unreadable."""
        request = OrderRequest(
            id=values["id"],
            member=values["member"],
            total=self.amount("total", values["total"]),
            paid_at=self.moment("paid_at", values["paid_at"]),
            points=self._points(values["points"]) if "points" in values else (),
            attributes=self._attributes(values),
        )
        sponsor, phone = values.get("sponsor") or None, values.get("phone") or None
        return new_tuple(OrderLine, (number, request, sponsor, phone, cells))

    def _points(self, text: str) -> tuple[PointsRequest, ...]:
        found = []
        for part in text.split():
            match = _POINTS.fullmatch(part)
            if match is None:
                raise unreadable("points", "import.bad-points", text=part)
            plan, asset, quantity = match.groups()
            found.append(PointsRequest(plan, asset, self.amount("points", quantity)))
        return tuple(found)

    def _attributes(self, values: Mapping[str, str]) -> dict[str, str]:
        return {name: values[column] for column, name in self._named.items() if values[column]}

    @cached_property
    def _named(self) -> dict[str, str]:
        """The columns with attributes, and what those are called."""
        return {each: each.removeprefix(ATTRIBUTE) for each in self.columns if each.startswith(ATTRIBUTE)}
