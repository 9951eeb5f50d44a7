"""How long an asset's units stay good: the key `expires` of an asset."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from rewards.money import format_rate
from rewards.plan import ladder_texts  # noqa: F401 (what is said of this key)
from rewards.plan.diagnostics import Path
from rewards.plan.lots import Expiry, SpendOrder
from rewards.plan.model import Asset
from rewards.plan.schema_parts import expected, mapping, ref, told
from rewards.plan.scope import Scope
from rewards.plan.windows import Span, period_end, period_start

_MOST_MONTHS = 1200

EXPIRY: dict[str, Any] = {
    "expires": told(
        mapping(
            {
                "days": told(
                    {"type": "integer", "minimum": 1, "maximum": 36600},
                    "Days",
                    "Good for so many days, the one on which the units came included.",
                ),
                "months": told(
                    {
                        "oneOf": [{"type": "integer", "minimum": 1, "maximum": _MOST_MONTHS}, ref("column")],
                        **expected(
                            "a whole number of months, or a ladder and one of its columns, such as rank.months",
                            "整月数，或等级表及其一列，例如 rank.months",
                        ),
                    },
                    "Months",
                    "Good for so many months: to the day before the same day of the month. Or LADDER.COLUMN: as many "
                    "as the column says for the member's level on that day; without a level as for the lowest.",
                ),
                "at_end_of": told(
                    {"enum": ["month", "quarter", "year"]},
                    "At end of",
                    "Good to the end of the calendar period in which that time would be over; alone: the present one.",
                ),
                "inactive": told(
                    {"type": "boolean"},
                    "Inactive",
                    "Counted from the member's last earning or spending, which keeps all their units good.",
                ),
                "notice_days": told(
                    {"type": "integer", "minimum": 1, "maximum": 3660},
                    "Notice days",
                    "So many days before the last day members are told.",
                ),
                "spend_first": told(
                    {"enum": [each.value for each in SpendOrder]},
                    "Spend first",
                    "Which units go first when a member gives some up (default: those that expire soonest).",
                ),
            },
            minProperties=1,
            **expected(
                "how long units stay good, such as {months: 12}, {days: 90} or {at_end_of: year}",
                "有效期，例如 {months: 12}、{days: 90} 或 {at_end_of: year}",
            ),
        ),
        "Expires",
        "How long units stay good once they are free to use; they expire at the close of their last day. Without it, "
        "for ever.",
    )
}
"""The keys an asset may have for it, each with its fragment."""


def read_expiry(scope: Scope, path: Path, asset: Asset) -> Expiry | None:
    """How long the units of the asset at a path stay good; None for ever. Ladders are known by now."""
    path = (*path, "expires")
    value = scope.at(path)
    if value is None:
        return None
    errors = scope.report.errors
    _check_place(scope, path, asset)
    _check_combination(scope, path)
    ladder, by_level = _read_column(scope, (*path, "months"))
    months = value.get("months", 0)
    expiry = Expiry(
        days=value.get("days", 0),
        months=months if isinstance(months, int) else 0,
        ladder=ladder,
        months_by_level=by_level,
        # Who has no level yet is no better off than who has the lowest.
        months_without_level=by_level[0] if by_level else 0,
        inactive=value.get("inactive", False),
        period_end=Span(value["at_end_of"]) if "at_end_of" in value else None,
        notice_days=value.get("notice_days", 0),
        spend_order=SpendOrder(value.get("spend_first", SpendOrder.SOONEST.value)),
    )
    if scope.report.errors == errors and (by_level or not isinstance(months, str)):
        _check_notice(scope, path, expiry)
    return expiry


def _check_place(scope: Scope, path: Path, asset: Asset) -> None:
    if asset.currency:
        scope.report.error("plan.expiry-currency", path, at="key", name=asset.name)
    elif asset.priced is not None:
        scope.report.error("plan.expiry-priced", path, at="key", name=asset.name)


def _check_combination(scope: Scope, path: Path) -> None:
    value = scope.at(path)
    lengths = [key for key in ("days", "months") if key in value]
    if len(lengths) == 2:
        scope.report.error("plan.expiry-days-or-months", (*path, "months"), at="key")
    elif not lengths and "at_end_of" not in value:
        scope.report.error("plan.expiry-how-long", path)
    elif not lengths and value.get("inactive"):
        scope.report.error("plan.expiry-inactive", (*path, "inactive"))


def _read_column(scope: Scope, path: Path) -> tuple[str, tuple[int, ...]]:
    """The ladder named at a path and its months for each level; empty when there is none or it cannot be used."""
    if not isinstance(scope.at(path), str):
        return "", ()
    found = scope.column(path)
    if found is None:
        return "", ()
    ladder, column, values = found
    if not ladder.held:
        scope.report.error("plan.ladder-not-held", path, name=ladder.name)
        return "", ()
    for level, months in zip(ladder.levels, values, strict=True):
        if months.denominator != 1 or not 1 <= months <= _MOST_MONTHS:
            text = str(months) if months.denominator == 1 else format_rate(months)
            scope.report.error("plan.expiry-months", path, column=column, level=level.name, text=text)
            return "", ()
    return ladder.name, tuple(int(months) for months in values)


def _check_notice(scope: Scope, path: Path, expiry: Expiry) -> None:
    length = _length(expiry) if expiry.notice_days else 1
    if expiry.notice_days >= length:
        here = (*path, "notice_days")
        scope.report.error("plan.expiry-notice", here, days=expiry.notice_days, length=length)


def _length(expiry: Expiry) -> int:
    """For how many days units stay good at least; to a period's end alone, those that come on its first day."""
    if expiry.days:
        return expiry.days
    months = min(expiry.months_by_level) if expiry.ladder else expiry.months
    if months:
        return min(Expiry(months=months).last_day(day) - day.toordinal() + 1 for day in _FOUR_YEARS)
    period = expiry.period_end
    assert period is not None
    return min((period_end(period, day) - period_start(period, day)).days + 1 for day in _FOUR_YEARS)


_FOUR_YEARS = [date(2024, 1, 1) + timedelta(days=each) for each in range(4 * 365 + 1)]
"""They have every length that so many months, or a period, can have."""
