"""Orders from a CSV file: UTF-8, commas, a line with the columns' names, then one order a line.

Columns (any order): `id`, `member`, `total`, `paid_at`; if wanted `sponsor`, `phone` (both only for members that are
added on the fly), `points` (what is paid with points: `PLAN/ASSET=QUANTITY`, several separated by spaces) and
`attribute.NAME` for each attribute of an order. A file of rejected lines can be corrected and imported as it is: its
columns `rejected.…` are passed over.

The file is read line by line, so its size does not matter; a line that cannot be read leaves the others alone.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import IO

from rewards.cli.exact import multiply
from rewards.errors import InvalidRequest, RewardsError
from rewards.money import AmountError
from rewards.services.requests import OrderRequest, PointsRequest

REQUIRED = ("id", "member", "total", "paid_at")
OPTIONAL = ("sponsor", "phone", "points")
ATTRIBUTE = "attribute."
REJECTED = ("rejected.line", "rejected.column", "rejected.reason")

MOST_BYTES = 65_536
"""The longest line that is read; a longer one is no order but a file of another kind."""

_POINTS = re.compile(r"([^/=\s]+)/([^/=\s]+)=([^/=\s]+)")


@dataclass(frozen=True)
class OrderLine:
    """One order of a file, and what is known of its member. `cells` is the line as it was read."""

    number: int
    """The line's number, counted from 1; 0 when the order comes from no file."""
    request: OrderRequest
    sponsor: str | None = None
    phone: str | None = None
    cells: Sequence[str] = ()


@dataclass(frozen=True)
class BadLine:
    """A line that is not taken: where, and why."""

    number: int
    column: str | None
    error: RewardsError
    cells: Sequence[str] = ()


class OrderFile:
    """A CSV file of orders. Raises InvalidRequest when its first line does not name the columns of one."""

    def __init__(
        self,
        file: IO[bytes],
        *,
        factor: int = 1,
        timezone: tzinfo | None = None,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Read from `file`; amounts are multiplied by `factor`; times without an offset are taken to be in `timezone`.

        `advance` is told how many bytes each line had.
        """
        self._lines = _numbered(file, advance)
        self._factor = factor
        self._timezone = timezone
        self.columns: tuple[str, ...] = self._read_header()

    def _read_header(self) -> tuple[str, ...]:
        first = next(self._lines, None)
        if first is None:
            raise InvalidRequest("import.empty")
        try:
            columns = tuple(cell.strip() for cell in _cells(_text(first[1]).removeprefix("\ufeff")))
        except _Unreadable as unreadable:
            raise unreadable.error from None
        for name in columns:
            if name not in (*REQUIRED, *OPTIONAL, *REJECTED) and not (name.startswith(ATTRIBUTE) and name != ATTRIBUTE):
                near = difflib.get_close_matches(name, (*REQUIRED, *OPTIONAL), 1)
                known = ", ".join((*REQUIRED, *OPTIONAL, f"{ATTRIBUTE}NAME"))
                raise InvalidRequest("import.unknown-column", column=name, wanted=near[0] if near else known)
            if columns.count(name) > 1:
                raise InvalidRequest("import.column-twice", column=name)
        missing = [name for name in REQUIRED if name not in columns]
        if missing:
            raise InvalidRequest("import.missing-column", columns=", ".join(missing))
        return columns

    def __iter__(self) -> Iterator[OrderLine | BadLine]:
        for number, raw in self._lines:
            cells: Sequence[str] = (raw.decode("utf-8", "replace").rstrip("\r\n"),)
            try:
                text = _text(raw)
                if not text.strip():
                    continue
                cells = _cells(text)
                if len(cells) != len(self.columns):
                    raise _unreadable(None, "import.cells", found=len(cells), wanted=len(self.columns))
                yield self._order(number, cells)
            except _Unreadable as unreadable:
                yield BadLine(number, unreadable.column, unreadable.error, cells)

    def _order(self, number: int, cells: Sequence[str]) -> OrderLine:
        values = {name: cell.strip() for name, cell in zip(self.columns, cells, strict=True)}
        for name in REQUIRED:
            if not values[name]:
                raise _unreadable(name, "import.missing-value", column=name)
        request = OrderRequest(
            id=values["id"],
            member=values["member"],
            total=self._amount("total", values["total"]),
            paid_at=self._moment(values["paid_at"]),
            points=self._points(values.get("points", "")),
            attributes=_attributes(values),
        )
        return OrderLine(number, request, values.get("sponsor") or None, values.get("phone") or None, cells)

    def _amount(self, column: str, text: str) -> str:
        try:
            return multiply(text, self._factor)
        except AmountError as error:
            raise _unreadable(column, error.code, **error.parameters) from None

    def _moment(self, text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise _unreadable("paid_at", "import.bad-moment", text=text) from None
        if moment.tzinfo is None:
            if self._timezone is None:
                raise _unreadable("paid_at", "import.no-offset", text=text)
            moment = moment.replace(tzinfo=self._timezone)
        return moment

    def _points(self, text: str) -> tuple[PointsRequest, ...]:
        found = []
        for part in text.split():
            match = _POINTS.fullmatch(part)
            if match is None:
                raise _unreadable("points", "import.bad-points", text=part)
            plan, asset, quantity = match.groups()
            found.append(PointsRequest(plan, asset, self._amount("points", quantity)))
        return tuple(found)


class _Unreadable(Exception):
    """Why a line cannot be read, and the column at fault."""

    def __init__(self, column: str | None, error: RewardsError) -> None:
        super().__init__(error.code)
        self.column = column
        self.error = error


def _unreadable(column: str | None, code: str, /, **parameters: object) -> _Unreadable:
    return _Unreadable(column, InvalidRequest(code, pointer=None, **parameters))


def _numbered(file: IO[bytes], advance: Callable[[int], None]) -> Iterator[tuple[int, bytes]]:
    """The lines of a file, numbered from 1, none kept longer than one byte more than allowed."""
    number = 0
    while line := file.readline(MOST_BYTES + 1):
        number += 1
        size = len(line)
        rest = line
        while len(rest) == MOST_BYTES + 1 and not rest.endswith(b"\n"):
            rest = file.readline(MOST_BYTES + 1)
            size += len(rest)
        advance(size)
        yield number, line


def _text(line: bytes) -> str:
    if len(line) > MOST_BYTES:
        raise _unreadable(None, "import.long-line", most=MOST_BYTES)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise _unreadable(None, "import.not-utf8") from None


def _cells(line: str) -> list[str]:
    """The cells of one line. Strict, so that a quotation mark left open does not swallow the lines that follow."""
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise _unreadable(None, "import.bad-csv", reason=str(error)) from None


def _attributes(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix(ATTRIBUTE): value for name, value in values.items() if name.startswith(ATTRIBUTE) and value
    }
