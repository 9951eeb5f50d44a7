"""What a rule can wait for."""

from __future__ import annotations

import enum
from typing import NamedTuple


class Trigger(enum.Enum):
    """The kinds of events a rule can wait for, as the rule file writes them after `on:`."""

    ORDER_PAID = "order.paid"
    ORDER_REFUNDED = "order.refunded"
    DECLARED = "event"
    """An event the plan declares itself; written `event.NAME`."""
    MEMBER_JOINED = "member.joined"
    LEVEL_REACHED = "level.reached"
    TAG_GIVEN = "tag.given"
    REDEEM = "redeem"
    CONVERT = "convert"
    PAY = "pay"
    PRICE_RISES = "price.rises"
    DAY_CLOSE = "day.close"
    WEEK_CLOSE = "week.close"
    MONTH_CLOSE = "month.close"
    QUARTER_CLOSE = "quarter.close"
    YEAR_CLOSE = "year.close"
    MEMBERSHIP_YEAR_CLOSE = "membership_year.close"
    """The close of the last day of a member's membership year, for those members."""
    ANNIVERSARY = "anniversary"
    """The close of the day a member joined on, one or more years later."""
    BIRTHDAY = "birthday"


CLOSES = (
    Trigger.DAY_CLOSE,
    Trigger.ANNIVERSARY,
    Trigger.BIRTHDAY,
    Trigger.MEMBERSHIP_YEAR_CLOSE,
    Trigger.WEEK_CLOSE,
    Trigger.MONTH_CLOSE,
    Trigger.QUARTER_CLOSE,
    Trigger.YEAR_CLOSE,
)
"""The triggers that happen at a day close, in the order in which they do: shorter periods before longer ones."""

REQUESTS = frozenset({Trigger.REDEEM, Trigger.CONVERT, Trigger.PAY})
"""What a member asks for: refused when no rule serves it."""

OCCASIONS = frozenset(
    {Trigger.ORDER_PAID, Trigger.DECLARED, Trigger.MEMBER_JOINED, Trigger.LEVEL_REACHED, Trigger.TAG_GIVEN}
)
"""What happens to one member, by itself, and may earn them something."""

PERSONAL = OCCASIONS | {Trigger.ANNIVERSARY, Trigger.BIRTHDAY, Trigger.MEMBERSHIP_YEAR_CLOSE}
"""What happens to some members and not to all: a rule's condition is about those, not about who earns of it."""


class Occasion(NamedTuple):
    """A trigger, with the name of the event where the plan declares it itself."""

    trigger: Trigger
    event: str = ""

    @property
    def written(self) -> str:
        """As the rule file writes it."""
        return f"event.{self.event}" if self.trigger is Trigger.DECLARED else self.trigger.value

    @classmethod
    def read(cls, text: str) -> Occasion:
        """What a rule file's text stands for. Raises ValueError for a text that is no trigger."""
        if text.startswith("event."):
            return cls(Trigger.DECLARED, text.removeprefix("event."))
        return cls(Trigger(text))
