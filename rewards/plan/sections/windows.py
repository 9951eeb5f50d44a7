"""Windows as they are written: which days a measure, a cap or a payment looks at."""

from __future__ import annotations

from datetime import date
from typing import Any

from rewards.plan.diagnostics import Path
from rewards.plan.schema_parts import YEARS_ELSEWHERE, expected, mapping, told
from rewards.plan.scope import Scope
from rewards.plan.windows import FOR_EVER, PERIODS, Span, Window

_PERIODS = ["day", "week", "month", "quarter", "year", "membership_year"]
_NAMED = r"(tag|level|event)\.[a-z][a-z0-9-]{0,62}"
_DATE = {"type": "string", "format": "date"}

WINDOW: dict[str, Any] = {
    "oneOf": [
        {"enum": ["ever", *_PERIODS]},
        mapping(
            {
                "days": told(
                    {"type": "integer", "minimum": 1, "maximum": 36600}, "Days", "So many days, today included."
                ),
                "months": told(
                    {"type": "integer", "minimum": 1, "maximum": 1200}, "Months", "So many months back from today."
                ),
                "last": told({"enum": _PERIODS}, "Last", "The period before the present one, as a whole."),
                "period": told(
                    {"enum": [span.value for span in PERIODS]}, "Period", "With years_ago: a calendar period."
                ),
                "years_ago": told(
                    {"type": "integer", "minimum": 1, "maximum": 10},
                    "Years ago",
                    "With period: the whole period in which the same day lies so many years earlier.",
                ),
                "since": told(
                    {
                        "type": "string",
                        "pattern": rf"^(joined|{_NAMED})$",
                        **expected(
                            "joined, tag.NAME, level.LADDER or event.NAME",
                            " joined、tag.名称、level.等级表 或 event.名称",
                        ),
                    },
                    "Since",
                    "From the day something last happened to the member: joined, tag.NAME, level.LADDER or event.NAME.",
                ),
                "from": told(_DATE, "From", "The first day."),
                "through": told(_DATE, "Through", "The last day."),
            },
            minProperties=1,
            dependentRequired={"period": ["years_ago"], "years_ago": ["period"]},
            **YEARS_ELSEWHERE,
        ),
    ],
    **expected(
        "a window such as ever, month, {days: 90}, {last: year}, {since: joined} or {from: 2026-01-01}",
        "时间窗，例如 ever、month、{days: 90}、{last: year}、{since: joined} 或 {from: 2026-01-01}",
    ),
}
"""A window, for `#/$defs/window`."""

_FORMS = ("days", "months", "last", "period", "since")
_CALENDAR_BOUNDS = ("from", "through")


def read_window(scope: Scope, path: Path) -> Window:
    """The window at a path; from the beginning to the present day where there is none."""
    value = scope.at(path)
    if value is None:
        return Window()
    if isinstance(value, str):
        return Window(Span(value))
    forms = [key for key in _FORMS if key in value]
    dates = [key for key in _CALENDAR_BOUNDS if key in value]
    if len(forms) + bool(dates) != 1:
        scope.report.error("plan.window-one-of", path, found=", ".join([*forms, *dates]) or "–")
        return Window()
    if dates:
        return _read_dates(scope, path, value)
    if "since" in value:
        since = _read_since(scope, (*path, "since"))
        return Window(Span.SINCE, since=since)
    if "period" in value:
        return Window(Span(value["period"]), back=True, years_ago=value["years_ago"])
    if "last" in value:
        return Window(Span(value["last"]), back=True)
    return Window(Span(forms[0]), count=value[forms[0]])


def _read_dates(scope: Scope, path: Path, value: dict[str, Any]) -> Window:
    first = date.fromisoformat(value["from"]).toordinal() if "from" in value else FOR_EVER
    last = date.fromisoformat(value["through"]).toordinal() if "through" in value else date.max.toordinal()
    if first > last:
        scope.report.error("plan.window-dates", (*path, "through"), first=value["from"], last=value["through"])
    return Window(Span.DATES, first=first, last=last)


def _read_since(scope: Scope, path: Path) -> str:
    """What happened on the first day, checked to be something the plan declares."""
    written = str(scope.at(path))
    kind, _, name = written.partition(".")
    if kind == "tag":
        scope.tag(path, name)
    elif kind == "event":
        scope.event(path, name)
    elif kind == "level":
        ladder = scope.ladder(path, name)
        if ladder is not None and not ladder.held:
            scope.report.error("plan.ladder-not-held", path, name=name)
    return written
