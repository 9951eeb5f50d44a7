"""Windows against a count of days one by one, and the ways to write them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.plan.windows import (
    FOR_EVER,
    PERIODS,
    Span,
    Window,
    anniversary_in,
    ends_period,
    is_anniversary,
    membership_year_start,
    months_after,
    months_before,
    period_end,
    period_start,
)

from .plans import HEAD, POINTS, codes, compiled

DAYS = st.dates(date(1996, 1, 1), date(2105, 12, 31))
ONE = timedelta(days=1)


def same_period(span: Span, one: date, other: date) -> bool:
    """Whether two days lie in one calendar period, from its name alone."""
    names = {
        Span.DAY: lambda day: day,
        Span.WEEK: lambda day: day.isocalendar()[:2],
        Span.MONTH: lambda day: (day.year, day.month),
        Span.QUARTER: lambda day: (day.year, (day.month + 2) // 3),
        Span.YEAR: lambda day: day.year,
    }
    return bool(names[span](one) == names[span](other))


@given(st.sampled_from(PERIODS), DAYS)
def test_calendar_periods_divide_all_days_among_them(span: Span, day: date) -> None:
    first, last = period_start(span, day), period_end(span, day)
    assert first <= day <= last
    assert same_period(span, first, day) and same_period(span, last, day)
    assert not same_period(span, first - ONE, day) and not same_period(span, last + ONE, day)
    assert ends_period(span, day) == (day == last)


@given(st.sampled_from(PERIODS), DAYS)
def test_a_period_runs_to_the_present_day_and_the_last_one_to_its_end(span: Span, day: date) -> None:
    first, last = Window(span).bounds(day)
    assert (date.fromordinal(first), last) == (period_start(span, day), day.toordinal())
    before, end = Window(span, back=True).bounds(day)
    assert end == first - 1
    assert same_period(span, date.fromordinal(before), date.fromordinal(end))
    assert not same_period(span, date.fromordinal(before) - ONE, date.fromordinal(end))


@given(st.sampled_from(PERIODS), DAYS, st.integers(1, 10))
def test_a_period_years_ago_is_all_of_the_one_with_the_same_day(span: Span, day: date, years: int) -> None:
    same = day
    while not is_anniversary(same, day) or day.year - same.year != years:
        same -= ONE
    first, last = Window(span, back=True, years_ago=years).bounds(day)
    begun = ended = same
    while same_period(span, begun - ONE, same):
        begun -= ONE
    while same_period(span, ended + ONE, same):
        ended += ONE
    assert (first, last) == (begun.toordinal(), ended.toordinal())
    assert Window(span, back=True, years_ago=years).reach(day) == (first, last)


@given(DAYS, st.integers(1, 400))
def test_so_many_days_are_that_many_with_the_present_one(day: date, count: int) -> None:
    first, last = Window(Span.DAYS, count).bounds(day)
    assert (last, last - first + 1) == (day.toordinal(), count)


@given(DAYS, st.integers(1, 30))
def test_so_many_months_begin_on_the_day_after_the_same_day(day: date, count: int) -> None:
    first, last = Window(Span.MONTHS, count).bounds(day)
    before = date.fromordinal(first) - ONE
    assert last == day.toordinal()
    assert (day.year * 12 + day.month) - (before.year * 12 + before.month) == count
    assert before.day == day.day or (before.day < day.day and (before + ONE).day == 1)


@given(DAYS, st.integers(-30, 30))
def test_months_after_never_leave_the_month(day: date, count: int) -> None:
    after = months_after(day, count)
    assert (after.year * 12 + after.month) - (day.year * 12 + day.month) == count
    assert after.day == day.day or (after + ONE).day == 1
    assert months_before(after, count) <= day


def membership_years(joined: date, through: date) -> list[tuple[date, date]]:
    """The membership years from the day of joining, found by walking from anniversary to anniversary."""
    found, first = [], joined
    while first <= through:
        after = first + ONE
        while not is_anniversary(joined, after):
            after += ONE
        found.append((first, after - ONE))
        first = after
    return found


@given(DAYS.filter(lambda day: day.year < 2100), st.integers(0, 1500))
def test_membership_years_follow_each_other_from_the_day_of_joining(joined: date, after: int) -> None:
    day = joined + timedelta(days=after)
    years = membership_years(joined, day)
    first, last = years[-1]
    assert first <= day <= last
    assert membership_year_start(joined, day) == first
    assert Window(Span.MEMBERSHIP_YEAR).bounds(day, joined.toordinal()) == (first.toordinal(), day.toordinal())
    begun, ended = Window(Span.MEMBERSHIP_YEAR, back=True).bounds(day, joined.toordinal())
    if len(years) == 1:
        assert begun > ended
    else:
        assert (date.fromordinal(begun), date.fromordinal(ended)) == years[-2]


@given(DAYS, DAYS)
def test_a_window_since_something_begins_on_its_day(day: date, happened: date) -> None:
    first, last = Window(Span.SINCE, since="joined").bounds(day, happened.toordinal())
    assert last == day.toordinal()
    assert range(first, last + 1) == range(happened.toordinal(), day.toordinal() + 1) or (happened > day < first)


def test_what_has_not_happened_begins_no_window() -> None:
    for window in (Window(Span.SINCE, since="tag.vip"), Window(Span.MEMBERSHIP_YEAR)):
        first, last = window.bounds(date(2026, 5, 1), 0)
        assert window.personal and first > last


@given(DAYS, DAYS, DAYS)
def test_dates_end_with_the_present_day_at_the_latest(day: date, first: date, last: date) -> None:
    begun, ended = Window(Span.DATES, first=first.toordinal(), last=last.toordinal()).bounds(day)
    within = [each for each in (first, last, day, day + ONE) if begun <= each.toordinal() <= ended]
    assert within == [each for each in (first, last, day, day + ONE) if first <= each <= min(last, day)]


def test_someone_of_29_february_keeps_the_day_before_in_other_years() -> None:
    leap = date(2024, 2, 29)
    assert [anniversary_in(leap, year).day for year in (2025, 2026, 2027, 2028)] == [28, 28, 28, 29]
    assert is_anniversary(leap, date(2025, 2, 28)) and not is_anniversary(leap, date(2028, 2, 28))
    assert not is_anniversary(leap, leap)


def test_what_is_no_calendar_period_has_no_first_or_last_day() -> None:
    for bound in (period_start, period_end):
        with pytest.raises(ValueError, match="membership_year is no calendar period"):
            bound(Span.MEMBERSHIP_YEAR, date(2026, 1, 1))


# --- how they are written --------------------------------------------------------------------------------------------

RULES = """
rules:
  - id: gift
    on: order.paid
    when: {buyer.measure.bought: {at_least: "1"}, buyer.tag.vip: true}
    grant: {asset: points, to: buyer, amount: "1"}
"""
DECLARED = """
tags: {vip: {}}
events: {stay: {}}
ladders:
  rank: {measure: member.sales, levels: [{name: low, from: "10"}]}
"""


def written(window: str) -> str:
    return f"{HEAD}{POINTS}{DECLARED}measures:\n  bought: {{sum: order.cash, over: {window}}}\n{RULES}"


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("ever", Window()),
        ("quarter", Window(Span.QUARTER)),
        ("membership_year", Window(Span.MEMBERSHIP_YEAR)),
        ("{days: 90}", Window(Span.DAYS, 90)),
        ("{months: 12}", Window(Span.MONTHS, 12)),
        ("{last: year}", Window(Span.YEAR, back=True)),
        ("{last: membership_year}", Window(Span.MEMBERSHIP_YEAR, back=True)),
        ("{period: quarter, years_ago: 1}", Window(Span.QUARTER, back=True, years_ago=1)),
        ("{since: joined}", Window(Span.SINCE, since="joined")),
        ("{since: tag.vip}", Window(Span.SINCE, since="tag.vip")),
        ("{since: level.rank}", Window(Span.SINCE, since="level.rank")),
        ("{since: event.stay}", Window(Span.SINCE, since="event.stay")),
        ("{from: 2026-01-05}", Window(Span.DATES, first=date(2026, 1, 5).toordinal())),
        ("{through: 2026-01-05}", Window(Span.DATES, first=FOR_EVER, last=date(2026, 1, 5).toordinal())),
    ],
)
def test_a_window_is_what_is_written(text: str, window: Window) -> None:
    assert compiled(written(text)).measures["bought"].window == window


@pytest.mark.parametrize(
    "text",
    [
        "{days: 0}",
        "{period: month}",
        "{last: month, years_ago: 1}",
        "{period: month, years_ago: 11}",
        "{days: 1.5}",
        "{last: ever}",
        "century",
        "{from: 2026-02-30}",
        "[]",
    ],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    assert any(code.startswith("schema.") for code in codes(written(text)))
