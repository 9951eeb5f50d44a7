"""What is true of any member as of a business day: the fields that conditions and measures of members look at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from rewards.interpreter.measuring import measure_value
from rewards.interpreter.state import Purchases, State, TagSpan
from rewards.interpreter.walking import downline
from rewards.plan.conditions import Condition
from rewards.plan.fields import WEEKDAYS, Field
from rewards.plan.measures import Measure
from rewards.plan.model import Plan
from rewards.plan.windows import anniversary_in, is_anniversary

NO_SALE = (0, Purchases())
"""Nobody has bought anything."""

PERSONS = frozenset({"member", "buyer", "sponsor"})
"""The roots of fields that are a person's."""


class MemberFacts:
    """The values of `member.…`, `plan.…`, `team.…` and `day.…` fields for any member, on one business day.

    Members are ordinals; of member 0, nobody, all numbers are 0, all flags false, and no level is held.
    """

    def __init__(self, state: State, plan: Plan, day: date) -> None:
        self.state = state
        self.plan = plan
        """The plan with the values its parameters have on the day."""
        self.day = day
        self.sale: tuple[int, Purchases] = NO_SALE
        """A member's order that counts already, though it is not in the state yet."""
        self.given_tags: Mapping[tuple[int, str], TagSpan] = {}
        """Tags that rules have just given, by member and name, and the source does not know of yet."""

    def value(self, field: Field, member: int) -> Any:
        """The value of a field for a member. Raises KeyError for a field that is not a member's or the day's."""
        root = "member" if field.root in PERSONS else field.root
        return READERS[root, field.attribute](self, field, member)

    def holds(self, condition: Condition, member: int) -> bool:
        """Whether a condition on members holds of a member."""
        return bool(condition.holds(lambda field: self.value(field, member)))

    def level(self, ladder: str, member: int) -> int:
        """The index of the level a member holds, with the floors their tags give them; −1 for none."""
        if not member:
            return -1
        held = self.state.standing(ladder, member).level
        return max(held, self.floor(ladder, member))

    def floor(self, ladder: str, member: int) -> int:
        """The level (index) below which a member does not stand because of a tag; −1 for none."""
        floors = self.plan.ladders[ladder].floors
        return max((level for tag, level in floors.items() if self.tagged(tag, member)), default=-1)

    def highest(self, ladder: str, member: int) -> int:
        """The highest level (index) ever held, floors included; −1 for none."""
        if not member:
            return -1
        return max(self.state.standing(ladder, member).highest, self.level(ladder, member))

    def tagged(self, tag: str, member: int) -> bool:
        """Whether a member carries a tag on the day."""
        today = self.day.toordinal()
        return any(first <= today <= last for first, last in self.tags(tag, member))

    def tags(self, tag: str, member: int) -> Sequence[TagSpan]:
        """The days on which a member carries, has carried or will carry a tag."""
        if (member, tag) in self.given_tags:
            return (self.given_tags[member, tag],)
        return self.state.source.tags(member).get(tag, ()) if member else ()

    def measure(self, measure: Measure, member: int) -> int:
        """What a measure of a member (of one of everybody: whichever member) comes to, in its smallest units."""
        return measure_value(self, measure, member)

    def purchases(self, member: int) -> Purchases:
        """What a member has bought."""
        found = self.state.purchases(member) if member else Purchases()
        buyer, sale = self.sale
        if not member or member != buyer:
            return found
        return Purchases(found.cash + sale.cash, found.points + sale.points, found.orders + sale.orders)


def _balance(facts: MemberFacts, field: Field, member: int) -> int:
    return facts.state.balance(facts.plan.assets[field.argument].free_book, member) if member else 0


def _date_of(facts: MemberFacts, member: int, attribute: str) -> date | None:
    """The day a member joined or was born, if it is known."""
    ordinal = getattr(facts.state.source.person(member), attribute) if member else 0
    return date.fromordinal(ordinal) if ordinal else None


def _days_since_joined(facts: MemberFacts, field: Field, member: int) -> int:
    joined = _date_of(facts, member, "joined")
    return max((facts.day - joined).days, 0) if joined else 0


def _years(facts: MemberFacts, field: Field, member: int) -> int:
    joined = _date_of(facts, member, "joined")
    if joined is None or joined > facts.day:
        return 0
    return facts.day.year - joined.year - (anniversary_in(joined, facts.day.year) > facts.day)


def _anniversary(facts: MemberFacts, field: Field, member: int) -> bool:
    joined = _date_of(facts, member, "joined")
    return joined is not None and is_anniversary(joined, facts.day)


def _birthday(facts: MemberFacts, field: Field, member: int) -> bool:
    born = _date_of(facts, member, "birthday")
    return born is not None and is_anniversary(born, facts.day)


def _birthday_month(facts: MemberFacts, field: Field, member: int) -> bool:
    born = _date_of(facts, member, "birthday")
    return born is not None and born.month == facts.day.month


def _team_sales(facts: MemberFacts, field: Field, member: int) -> int:
    below = downline(facts.state.source, "", member, facts.day.toordinal())
    return sum(facts.purchases(each).cash for each in below)


def _measure(facts: MemberFacts, field: Field, member: int) -> int:
    return facts.measure(facts.plan.measures[field.argument], member)


Reader = Callable[[MemberFacts, Field, int], Any]

READERS: Mapping[tuple[str, str], Reader] = {
    ("member", "exists"): lambda facts, field, member: bool(member),
    ("member", "balance"): _balance,
    ("member", "sales"): lambda facts, field, member: facts.purchases(member).cash,
    ("member", "orders"): lambda facts, field, member: facts.purchases(member).orders,
    ("member", "merchant"): lambda facts, field, member: bool(member) and facts.state.source.merchant(member),
    ("member", "level"): lambda facts, field, member: facts.level(field.ladder, member),
    ("member", "highest"): lambda facts, field, member: facts.highest(field.ladder, member),
    ("member", "tag"): lambda facts, field, member: facts.tagged(field.argument, member),
    ("member", "measure"): _measure,
    ("member", "days_since_joined"): _days_since_joined,
    ("member", "years"): _years,
    ("member", "anniversary"): _anniversary,
    ("member", "birthday"): _birthday,
    ("member", "birthday_month"): _birthday_month,
    ("team", "sales"): _team_sales,
    ("plan", "measure"): _measure,
    ("day", "weekday"): lambda facts, field, member: WEEKDAYS[facts.day.weekday()],
    ("day", "month"): lambda facts, field, member: facts.day.month,
    ("day", "of_month"): lambda facts, field, member: facts.day.day,
    ("day", "date"): lambda facts, field, member: facts.day.toordinal(),
}
