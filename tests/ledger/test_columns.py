"""Moments as SQLite keeps them: the very text that SQLAlchemy would write, and reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime
from sqlalchemy.dialects import sqlite

from rewards.ledger.columns import UtcMoment

DIALECT = sqlite.dialect()
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
WITHIN = {"min_value": datetime(1, 1, 3), "max_value": datetime(9999, 12, 29)}  # so that no offset leaves the calendar
MOMENTS = st.datetimes(**WITHIN, timezones=st.just(UTC) | OFFSETS)


@given(MOMENTS)
def test_a_moment_is_stored_as_sqlalchemy_stores_it_and_read_back_in_utc(moment: datetime) -> None:
    kind = UtcMoment().dialect_impl(DIALECT)
    write, read = kind.bind_processor(DIALECT), kind.result_processor(DIALECT, None)
    theirs = DateTime().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert write is not None and read is not None and theirs is not None
    text = write(moment)
    assert text == theirs(moment.astimezone(UTC).replace(tzinfo=None))
    assert read(text) == moment
    assert read(text).tzinfo is UTC


def test_no_moment_is_stored_as_none_and_a_naive_one_is_refused() -> None:
    write = UtcMoment().dialect_impl(DIALECT).bind_processor(DIALECT)
    assert write is not None
    assert write(None) is None
    with pytest.raises(TypeError, match="a moment needs a time zone"):
        write(datetime(2026, 11, 23, 9, 30))
