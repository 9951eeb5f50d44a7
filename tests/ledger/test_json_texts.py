"""JSON texts are those of the standard library, whoever writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rewards.ledger.json_texts import canonical, compact, moment_text

TEXTS = some.text(some.characters(codec="utf-8"), max_size=20)
VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | TEXTS,
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


class Pair(NamedTuple):
    """Two things."""

    one: str
    other: int


@given(VALUES)
def test_a_canonical_text_is_that_of_the_standard_library(value: object) -> None:
    assert canonical(value) == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(VALUES)
def test_a_compact_text_keeps_the_order_of_keys(value: object) -> None:
    assert compact({"b": value, "a": 1}) == json.dumps({"b": value, "a": 1}, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**40])
def test_numbers_of_any_size_are_written_whole(number: int) -> None:
    assert canonical([number]) == compact([number]) == f"[{number}]"


@pytest.mark.parametrize("value", [1.5, [1.0], {"a": [{"b": 0.1}]}, (2.0,)])
def test_what_is_canonical_has_no_floats(value: object) -> None:
    with pytest.raises(TypeError, match="no floats"):
        canonical(value)


def test_named_tuples_are_lists() -> None:
    assert compact({"cells": [Pair("a", 1), ("b", 2)]}) == '{"cells":[["a",1],["b",2]]}'


def test_what_is_not_json_is_refused() -> None:
    for write in (canonical, compact):
        with pytest.raises(TypeError):
            write({"at": datetime(2026, 1, 1, tzinfo=UTC)})


@given(some.datetimes(timezones=some.just(UTC)))
def test_a_moment_is_written_as_isoformat_writes_it(moment: datetime) -> None:
    assert moment_text(moment) == moment.isoformat()
