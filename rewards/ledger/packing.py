"""Columns of whole numbers as bytes, each number in as few bytes as the largest of its column needs.

How day closes keep what they have moved: a million rows are some ten megabytes, written and read at the speed of
memory.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

import numpy as np

from rewards.ledger.bulk import Ints

PART_SIZE = 1024
"""How many members, or lots, one row of packed columns is about."""

_ROWS = struct.Struct("<I")
_COLUMN = struct.Struct("<Bq")
_WIDTHS = ((0, 1), (1, 2**8), (2, 2**16), (4, 2**32))
"""Bytes a number, and below which number they suffice; eight for what is larger."""


def part_of(number: int) -> int:
    """The part a member (ordinal) or lot (id) is in; that of no member (0) is −1."""
    return (number - 1) // PART_SIZE


def pack(columns: Sequence[Ints], starts: Ints) -> Iterator[bytes]:
    """Each stretch of some columns, int64 of shape (rows,), as bytes.

    Stretches begin at `starts` (ascending, the first at 0) and none is empty; the last ends with the columns.
    """
    ends = [*starts[1:].tolist(), len(columns[0])] if len(starts) else []
    least = [np.minimum.reduceat(column, starts).tolist() for column in columns] if len(starts) else []
    most = [np.maximum.reduceat(column, starts).tolist() for column in columns] if len(starts) else []
    for place, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        found = [_ROWS.pack(end - start)]
        for column, lows, highs in zip(columns, least, most, strict=True):
            low = lows[place]
            width = next((width for width, below in _WIDTHS if highs[place] - low < below), 8)
            found.append(_COLUMN.pack(width, low))
            if width:
                # In 64 bits unsigned the difference is right even where it would not fit with a sign.
                above = column[start:end].view(np.uint64) - np.uint64(low % 2**64)
                found.append(above.astype(f"<u{width}").tobytes())
        yield b"".join(found)


def unpack(data: bytes) -> tuple[Ints, ...]:
    """The columns of one stretch. Raises ValueError when these bytes are none."""
    try:
        return _unpack(data)
    except (struct.error, TypeError) as error:
        raise ValueError(f"these {len(data)} bytes are no packed columns") from error


def _unpack(data: bytes) -> tuple[Ints, ...]:
    (rows,), at, found = _ROWS.unpack_from(data), _ROWS.size, []
    while at < len(data):
        width, low = _COLUMN.unpack_from(data, at)
        at += _COLUMN.size
        column = np.full(rows, low % 2**64, dtype=np.uint64)
        if width:
            column += np.frombuffer(data, dtype=f"<u{width}", count=rows, offset=at)
        at += rows * width
        found.append(column.view(np.int64))
    return tuple(found)
