"""Terms as they are written: for how long something holds that a member has come to have."""

from __future__ import annotations

from typing import Any

from rewards.plan.ladder import Term
from rewards.plan.schema_parts import YEARS_ELSEWHERE, mapping, told
from rewards.plan.windows import Span

MONTHS = told(
    {"type": "integer", "minimum": 1, "maximum": 1200},
    "Months",
    "So many months: to the day before the same day of the month.",
)
DAYS = told({"type": "integer", "minimum": 1, "maximum": 36600}, "Days", "So many days, the first included.")
TERM: dict[str, Any] = mapping(
    {
        "end_of": told({"enum": ["year", "quarter", "month"]}, "End of", "To the end of this calendar period,"),
        "after": told(
            {"type": "integer", "minimum": 0, "maximum": 100},
            "After",
            "or of the one so many periods later: end_of: year with after: 1 is the end of next year.",
        ),
        "months": MONTHS,
        "days": DAYS,
    },
    oneOf=[{"required": ["end_of"]}, {"required": ["months"]}, {"required": ["days"]}],
    dependentRequired={"after": ["end_of"]},
    **YEARS_ELSEWHERE,
)
"""A term with an end."""


def read_term(value: Any) -> Term:
    """The term that a value stands for whose form is sound; a text is `for_ever` or `evaluation`."""
    if isinstance(value, str):
        return Term(until_evaluated=value == "evaluation")
    period = Span(value["end_of"]) if "end_of" in value else None
    return Term(False, period, value.get("after", 0), value.get("months", 0), value.get("days", 0))
