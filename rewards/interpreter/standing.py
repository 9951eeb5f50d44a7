"""Where members stand on ladders: what an evaluation makes of a standing, and the evaluations that events bring.

An evaluation on a day compares the level a member reaches with the one they hold. Above it they rise; at it they are
confirmed for another term; below it they keep it until their term and its grace are over, and then fall.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import LAST_DAY, Standing
from rewards.interpreter.walking import uplines
from rewards.plan.fields import Field
from rewards.plan.ladder import Evaluated, Ladder
from rewards.plan.measures import Members, Whose
from rewards.plan.model import Plan


class Rise(NamedTuple):
    """That a member has come to hold a higher level (index) of a ladder."""

    ladder: str
    member: int
    level: int


def reached_level(facts: MemberFacts, ladder: Ladder, member: int) -> int:
    """The highest level (index) whose condition or threshold a member fulfils; −1 for none."""
    measure = facts.value(ladder.measure, member) if ladder.measure is not None else 0
    for index in range(len(ladder.levels) - 1, -1, -1):
        level = ladder.levels[index]
        if level.reached(measure) if level.when is None else facts.holds(level.when, member):
            return index
    return -1


def next_standing(ladder: Ladder, standing: Standing, reached: int, day: date, *, closing: bool) -> Standing:
    """What a standing becomes when a level (index) is reached on a day.

    A term ends with the close of its last day, so only `closing` lets a member fall on that very day.
    """
    level, highest, _, until = standing
    if reached > level:
        return Standing(reached, max(highest, reached), day.toordinal(), ladder.term.last_day(day))
    if reached == level:
        return standing if level < 0 else standing._replace(until=max(until, ladder.term.last_day(day)))
    over = ladder.term.until_evaluated or day.toordinal() + closing > expiry(ladder, until)
    if not over:
        return standing
    lower = max(reached, level - 1) if ladder.falls_one_level else reached
    return Standing(lower, highest, day.toordinal(), ladder.term.last_day(day) if lower >= 0 else LAST_DAY)


def expiry(ladder: Ladder, until: int) -> int:
    """The day (ordinal) at whose close a level falls that was confirmed until a day: the last one of its grace."""
    if until >= LAST_DAY or not (ladder.grace.months or ladder.grace.days):
        return until
    return ladder.grace.last_day(date.fromordinal(until) + timedelta(days=1))


def reach(plan: Plan, ladder: Ladder) -> Mapping[str, int | None]:
    """How far below them, in which trees, a ladder looks at its members: generations, or None for all of them."""
    found: dict[str, int | None] = {"": 0}
    for field in ladder.fields():
        for tree, depth in _reach_of(plan, field):
            before = found.get(tree, 0)
            found[tree] = None if before is None or depth is None else max(before, depth)
    return found


def _reach_of(plan: Plan, field: Field) -> Iterator[tuple[str, int | None]]:
    if field.root == "team":
        yield "", None
    if field.attribute != "measure":
        return
    measure = plan.measures[field.argument]
    depth = {Whose.MEMBER: 0, Whose.GENERATIONS: measure.of.last}.get(measure.of.whose)
    yield measure.of.tree, depth
    if isinstance(measure.source, Members):
        inner = [] if measure.source.when is None else list(measure.source.when.fields())
        for each in inner if measure.source.value is None else [measure.source.value, *inner]:
            for tree, more in _reach_of(plan, each):
                yield tree, None if depth is None or more is None else depth + more
                if tree != measure.of.tree and more != 0:
                    yield measure.of.tree, None  # through two trees nobody can say how far


class Ladders:
    """The evaluations of one event: of whoever it may have brought to another level."""

    def __init__(self, facts: MemberFacts, result: Outcome) -> None:
        self._facts = facts
        self._result = result
        self._seen: set[Rise] = set()
        self._on_events = [ladder for ladder in facts.plan.held_ladders if ladder.evaluated.on_events]

    def evaluate(self, members: Iterable[int], *when: Evaluated) -> list[Rise]:
        """Evaluate the ladders that are due now, of members and those above them; returns who has risen.

        The same rise happens once an event, however often the member falls in between.
        """
        rises: list[Rise] = []
        starters = list(members)
        for ladder in self._on_events:
            if ladder.evaluated in when:
                for member in self._concerned(ladder, starters):
                    rises += self._evaluate(ladder, member)
        return rises

    def _concerned(self, ladder: Ladder, starters: list[int]) -> Iterable[int]:
        facts = self._facts
        reaches = facts.state.reaches
        if ladder.name not in reaches:
            reaches[ladder.name] = reach(facts.plan, ladder)
        found = dict.fromkeys(starters)
        for tree, depth in reaches[ladder.name].items():
            for starter in starters:
                found |= dict.fromkeys(uplines(facts.state.source, tree, starter, facts.day.toordinal(), depth))
        return found

    def _evaluate(self, ladder: Ladder, member: int) -> Iterator[Rise]:
        before = self._facts.state.standing(ladder.name, member)
        reached = reached_level(self._facts, ladder, member)
        after = next_standing(ladder, before, reached, self._facts.day, closing=False)
        self.change(ladder.name, member, after)
        rise = Rise(ladder.name, member, after.level)
        if after.level > before.level and rise not in self._seen:
            self._seen.add(rise)
            yield rise

    def tag_given(self, tag: str, member: int) -> None:
        """Note the levels that a tag gives a member as held, where it is carried today already."""
        for ladder in self._facts.plan.held_ladders:
            if tag in ladder.floors:
                standing = self._facts.state.standing(ladder.name, member)
                highest = max(standing.highest, self._facts.floor(ladder.name, member))
                self.change(ladder.name, member, standing._replace(highest=highest))

    def change(self, ladder: str, member: int, after: Standing) -> None:
        """Let a member stand elsewhere."""
        state, result = self._facts.state, self._result
        before = state.standing(ladder, member)
        if after == before:
            return
        state.standings[ladder, member] = after
        result.standings_before.append((ladder, member, before))
        result.standings = [each for each in result.standings if each[:2] != (ladder, member)]
        result.standings.append((ladder, member, after))
