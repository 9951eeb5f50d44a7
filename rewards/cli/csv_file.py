"""CSV files that are imported: UTF-8, commas, a line with the columns' names, then one entry a line.

A file is read line by line, so its size does not matter; a line that cannot be read leaves the others alone. A file of
rejected lines can be corrected and imported as it is: its columns `rejected.…` are passed over.
"""

from __future__ import annotations

import csv
import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import IO, ClassVar, Generic, TypeVar

from rewards.cli.exact import multiply
from rewards.errors import InvalidRequest, RewardsError
from rewards.money import AmountError

REJECTED = ("rejected.line", "rejected.column", "rejected.reason")

MOST_BYTES = 65_536
"""The longest line that is read; a longer one is no entry but a file of another kind."""

Line = TypeVar("Line")


@dataclass(frozen=True)
class BadLine:
    """A line that is not taken: where, and why."""

    number: int
    column: str | None
    error: RewardsError
    cells: Sequence[str] = ()


class CsvFile(ABC, Generic[Line]):
    """A file of entries. Raises InvalidRequest when its first line does not name the columns."""

    columns_needed: ClassVar[tuple[str, ...]]
    """Columns that must be there."""
    may_be_empty: ClassVar[tuple[str, ...]] = ()
    """Those of them whose cells may be empty."""
    columns_wanted: ClassVar[tuple[str, ...]] = ()
    """Columns that may be left out."""
    prefix: ClassVar[str] = ""
    """How any number of further columns may begin; empty when there are none."""

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
        named = (*self.columns_needed, *self.columns_wanted)
        first = next(self._lines, None)
        if first is None:
            raise InvalidRequest("import.empty", columns=",".join(self.columns_needed))
        try:
            columns = tuple(cell.strip() for cell in _cells(_text(first[1]).removeprefix("\ufeff")))
        except Unreadable as unreadable:
            raise unreadable.error from None
        for name in columns:
            if name not in (*named, *REJECTED) and not self._is_further(name):
                near = difflib.get_close_matches(name, named, 1)
                known = ", ".join((*named, *([f"{self.prefix}NAME"] if self.prefix else [])))
                raise InvalidRequest("import.unknown-column", column=name, wanted=near[0] if near else known)
            if columns.count(name) > 1:
                raise InvalidRequest("import.column-twice", column=name)
        missing = [name for name in self.columns_needed if name not in columns]
        if missing:
            raise InvalidRequest("import.missing-column", columns=", ".join(missing))
        return columns

    def _is_further(self, name: str) -> bool:
        return bool(self.prefix) and name.startswith(self.prefix) and name != self.prefix

    def __iter__(self) -> Iterator[Line | BadLine]:
        columns, filled = self.columns, [name for name in self.columns_needed if name not in self.may_be_empty]
        for number, raw in self._lines:
            cells: Sequence[str] | None = None
            try:
                text = _text(raw)
                if not text.strip():
                    continue
                cells = _cells(text)
                if len(cells) != len(columns):
                    raise unreadable(None, "import.cells", found=len(cells), wanted=len(columns))
                values = {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}
                for name in filled:
                    if not values[name]:
                        raise unreadable(name, "import.missing-value", column=name)
                yield self.read(number, values, cells)
            except Unreadable as bad:
                as_read = (raw.decode("utf-8", "replace").rstrip("\r\n"),)
                yield BadLine(number, bad.column, bad.error, as_read if cells is None else cells)

    @abstractmethod
    def read(self, number: int, values: Mapping[str, str], cells: Sequence[str]) -> Line:
        """The entry of a line, from its cells by column. Raises Unreadable."""

    def amount(self, column: str, text: str) -> str:
        """An amount, multiplied by the file's factor. Raises Unreadable."""
        try:
            return multiply(text, self._factor)
        except AmountError as error:
            raise unreadable(column, error.code, **error.parameters) from None

    def moment(self, column: str, text: str) -> datetime:
        """An aware moment. Raises Unreadable."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise unreadable(column, "import.bad-moment", text=text) from None
        if moment.tzinfo is None:
            if self._timezone is None:
                raise unreadable(column, "import.no-offset", text=text)
            moment = moment.replace(tzinfo=self._timezone)
        return moment


class Unreadable(Exception):
    """Why a line cannot be read, and the column at fault."""

    def __init__(self, column: str | None, error: RewardsError) -> None:
        super().__init__(error.code)
        self.column = column
        self.error = error


def unreadable(column: str | None, code: str, /, **parameters: object) -> Unreadable:
    """That a line cannot be read, in the words of a text of the catalogue."""
    return Unreadable(column, InvalidRequest(code, pointer=None, **parameters))


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
        raise unreadable(None, "import.long-line", most=MOST_BYTES)
    try:
        return line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise unreadable(None, "import.not-utf8") from None


def _cells(line: str) -> list[str]:
    """The cells of one line. Strict, so that a quotation mark left open does not swallow the lines that follow."""
    if line and '"' not in line and "\r" not in line:
        return line.split(",")  # what the reader makes of such a line, too
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise unreadable(None, "import.bad-csv", reason=str(error)) from None
