"""Column types that read the same on both stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, TypeDecorator

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""64-bit whole numbers.

SQLite stores 64 bits in any INTEGER, and only a column spelt INTEGER may be its row id.
"""


class BusinessDay(TypeDecorator[date]):
    """A plan's business day, stored as `date.toordinal()` so that columns of days are columns of integers.

    Takes a `datetime.date` or the ordinal itself; gives a `datetime.date`. `bulk.read` gives the ordinals.
    """

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: date | int | None, dialect: Dialect) -> int | None:
        """The ordinal to store; TypeError for a moment."""
        if isinstance(value, datetime):
            raise TypeError("a business day is a date, not a moment")
        return value.toordinal() if isinstance(value, date) else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> date | None:
        """The stored day as a date."""
        return None if value is None else date.fromordinal(value)


class UtcMoment(TypeDecorator[datetime]):
    """A moment: only aware datetimes go in, and they come out in UTC and aware.

    SQLite keeps them without the offset.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object] | None:
        """On SQLite the very text SQLAlchemy stores, written in a fraction of the time: every order has a moment."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)

        def text(value: datetime | None) -> str | None:
            if value is None:
                return None
            moment = value if value.tzinfo is UTC else self.process_bind_param(value, dialect)
            assert moment is not None
            written = orjson.dumps(moment).decode()  # "2026-03-01T12:00:00.000001+00:00", or without a fraction
            fraction = written[21:27] if moment.microsecond else "000000"
            return f"{written[1:11]} {written[12:20]}.{fraction}"

        return text

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment to store, in UTC; TypeError for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError("a moment needs a time zone; a naive datetime was given")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored moment, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
