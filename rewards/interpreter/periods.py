"""Periods as people write them: `2026`, `2026-Q3`, `2026-11`, `2026-W47`, `2026-11-30`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from rewards.plan.windows import Span

_YEAR = r"(\d{4})"
_FORMS: Mapping[Span, tuple[re.Pattern[str], Callable[..., date]]] = {
    Span.YEAR: (re.compile(_YEAR, re.ASCII), lambda year: date(year, 1, 1)),
    Span.QUARTER: (re.compile(_YEAR + r"-Q([1-4])", re.ASCII), lambda year, quarter: date(year, quarter * 3 - 2, 1)),
    Span.MONTH: (re.compile(_YEAR + r"-(\d\d)", re.ASCII), lambda year, month: date(year, month, 1)),
    Span.WEEK: (re.compile(_YEAR + r"-W(\d\d)", re.ASCII), lambda year, week: date.fromisocalendar(year, week, 1)),
    Span.DAY: (re.compile(_YEAR + r"-(\d\d)-(\d\d)", re.ASCII), date),
}


def read_period(text: str) -> tuple[Span, date]:
    """What kind of calendar period a text names, and its first day.

    >>> read_period("2026-Q3")
    (<Span.QUARTER: 'quarter'>, datetime.date(2026, 7, 1))

    Raises ValueError for a text that names none.
    """
    for span, (form, first_day) in _FORMS.items():
        if match := form.fullmatch(text):
            return span, first_day(*map(int, match.groups()))
    raise ValueError(f"{text!r} is no period")


def format_period(span: Span, first: date) -> str:
    """The text that names the calendar period of a kind that begins on a day.

    >>> format_period(Span.WEEK, date(2026, 11, 16))
    '2026-W47'
    """
    if span is Span.YEAR:
        return f"{first.year:04}"
    if span is Span.QUARTER:
        return f"{first.year:04}-Q{(first.month + 2) // 3}"
    if span is Span.MONTH:
        return f"{first.year:04}-{first.month:02}"
    if span is Span.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    return first.isoformat()
