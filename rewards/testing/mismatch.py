"""Expectations that do not hold, and the comparing of values that says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from rewards.money import format_amount
from rewards.plan.diagnostics import Part, Path, Phrase
from rewards.plan.schema_words import plain

NOTHING = Phrase("none", "无")
NO_DIFFERENCE = Phrase("", "")


@dataclass(frozen=True)
class Mismatch:
    """One expectation that does not hold: where it is written, of what, and the two values."""

    path: Path
    at: Part
    what: Phrase
    expected: Phrase
    actual: Phrase
    difference: Phrase


def shown(text: str | None) -> Phrase:
    """A value as it is shown; no text for none."""
    return Phrase(text, text) if text else NOTHING


def number(path: Path, what: Phrase, wanted: Any, actual: str) -> Iterator[Mismatch]:
    """Compare a number as written with a decimal text, as exact rationals."""
    expected = plain(wanted)
    gap = Fraction(actual) - Fraction(expected)
    if gap:
        yield Mismatch(path, "value", what, shown(expected), shown(actual), difference(gap))


def text(path: Path, what: Phrase, wanted: str | None, actual: str | None) -> Iterator[Mismatch]:
    """Compare texts, or none."""
    if actual != wanted:
        yield Mismatch(path, "value", what, shown(wanted), shown(actual), NO_DIFFERENCE)


def texts(path: Path, what: Phrase, wanted: list[str], actual: list[str]) -> Iterator[Mismatch]:
    """Compare two sets of texts."""
    if set(wanted) != set(actual):
        yield Mismatch(path, "value", what, shown(", ".join(wanted)), shown(", ".join(actual)), NO_DIFFERENCE)


def surplus(path: Path, what: Phrase, actual: str) -> Iterator[Mismatch]:
    """A number of something that is not named, and so should not be there."""
    yield Mismatch(path, "key", what, NOTHING, shown(actual), difference(Fraction(actual)))


def by_day(path: Path, what: Phrase, wanted: Mapping[str, Any], got: Mapping[str, str]) -> Iterator[Mismatch]:
    """Compare quantities by day with decimal texts by day; no other day may have any."""
    left = dict(got)
    for day, quantity in wanted.items():
        yield from number((*path, day), _until(what, day), quantity, left.pop(day, "0"))
    for day, quantity in sorted(left.items()):
        yield from surplus(path, _until(what, day), quantity)


def _until(what: Phrase, day: str) -> Phrase:
    return Phrase(f"{what.en} until {day}", f"{what.zh}（有效至 {day}）")


def difference(value: Fraction) -> Phrase:
    """By how much an actual value is more, or (negative) less, than the one expected."""
    amount = decimal(abs(value))
    if value > 0:
        return Phrase(f" ({amount} too much)", f"（多 {amount}）")
    return Phrase(f" ({amount} too little)", f"（少 {amount}）")


def decimal(value: Fraction) -> str:
    """A rational that is not negative as a decimal, or as a ratio when it has no finite one."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
        if places > 30:
            return f"{value.numerator}/{value.denominator}"
    return format_amount(int(value * 10**places), places)
