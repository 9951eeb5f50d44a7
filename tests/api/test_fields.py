"""The laws of amounts and moments at the border: nothing is accepted that could mean something else inside."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import marshmallow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewards.api.fields import SIGNED, UNSIGNED, DecimalText, Moment, RequestSchema, Text

from rewards.money import MAX_AMOUNT, format_amount, parse_amount


class Sent(RequestSchema):
    amount = DecimalText()
    change = DecimalText(signed=True)
    at = Moment()
    text = Text()


def sent(**values: object) -> Any:
    return Sent().load(values)


def is_refused(**values: object) -> bool:
    with pytest.raises(marshmallow.ValidationError):
        sent(**values)
    return True


@given(st.integers(-MAX_AMOUNT, MAX_AMOUNT), st.integers(0, 12))
def test_every_amount_that_is_shown_can_be_sent_back_unchanged(units: int, scale: int) -> None:
    text = format_amount(units, scale)
    assert parse_amount(sent(change=text)["change"], scale) == units
    assert (units < 0 and is_refused(amount=text)) or sent(amount=text) == {"amount": text}


@given(st.one_of(st.integers(), st.floats(), st.booleans(), st.lists(st.text()), st.none()))
def test_nothing_but_a_text_is_an_amount(value: object) -> None:
    assert is_refused(amount=value)
    assert is_refused(change=value)


@given(st.text(st.sampled_from("0123456789.-+eE, _\n٣%")))
def test_the_field_holds_values_to_the_published_pattern(text: str) -> None:
    for name, pattern in (("amount", UNSIGNED), ("change", SIGNED)):
        # Of the published pattern's dialects the strictest: $ is the very end.
        matches = bool(re.fullmatch(pattern, text, re.ASCII))
        assert (matches and sent(**{name: text}) == {name: text}) or is_refused(**{name: text})


moments = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moments, offsets)
def test_a_moment_with_its_offset_is_read_exactly(moment: datetime, offset: timezone) -> None:
    aware = moment.replace(tzinfo=offset)
    read = sent(at=aware.isoformat())["at"]
    assert read == aware
    assert read.astimezone(UTC) == aware


@given(moments)
def test_a_moment_without_its_offset_is_refused(moment: datetime) -> None:
    assert is_refused(at=moment.isoformat())


@pytest.mark.parametrize("text", ["2026-04-01T10:00:00z", "2026-04-01t10:00:00Z", "2026-04-01T10:00+00:00"])
def test_usual_writings_of_a_moment(text: str) -> None:
    assert sent(at=text)["at"] == datetime(2026, 4, 1, 10, tzinfo=UTC)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=200))
def test_text_of_any_script_is_kept_as_it_is(text: str) -> None:
    assert sent(text=text) == {"text": text}


@pytest.mark.parametrize("text", ["", "a\nb", "\x00", "\x7f", "\udc00", "x" * 201, 1, None])
def test_text_that_could_not_be_kept(text: object) -> None:
    assert is_refused(text=text)
