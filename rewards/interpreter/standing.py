"""Where members stand on ladders: what an evaluation makes of a standing, and the evaluations that events bring.

An evaluation on a day compares the level a member reaches with the one they hold. Above it they rise; at it they are
confirmed for another term; below it they keep it until their term and its grace are over, and then fall.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.ladder_order import OF_STANDINGS, in_order, levels_behind, looking_at_itself, needs
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import LAST_DAY, Standing
from rewards.interpreter.walking import uplines
from rewards.plan.fields import Field
from rewards.plan.ladder import Evaluated, Ladder
from rewards.plan.measures import Whose
from rewards.plan.model import Plan


class Rise(NamedTuple):
    """That a member has come to hold a higher level (index) of a ladder."""

    ladder: str
    member: int
    level: int


def reached_level(facts: MemberFacts, ladder: Ladder, member: int) -> int:
    """The highest level (index) whose condition or threshold a member fulfils; −1 for none."""
    for index in range(len(ladder.levels) - 1, -1, -1):
        if _holds(facts, ladder, index, member):
            return index
    return -1


def _holds(facts: MemberFacts, ladder: Ladder, index: int, member: int) -> bool:
    level = ladder.levels[index]
    if level.when is not None:
        return facts.holds(level.when, member)
    assert ladder.measure is not None
    return level.reached(facts.value(ladder.measure, member))


def next_standing(ladder: Ladder, standing: Standing, reached: int, day: date) -> Standing:
    """What a standing becomes when a level (index) is reached on a day.

    On the last day of its term a level still counts for all that happens; it falls when that day is over.
    """
    level, highest, _, until = standing
    if reached > level:
        return Standing(reached, max(highest, reached), day.toordinal(), ladder.lasts_until(day))
    if reached == level:
        return standing if level < 0 else standing._replace(until=max(until, ladder.lasts_until(day)))
    if not ladder.term.until_evaluated and day.toordinal() <= expiry(ladder, until):
        return standing
    lower = max(reached, level - 1) if ladder.falls_one_level else reached
    return Standing(lower, highest, day.toordinal(), ladder.lasts_until(day) if lower >= 0 else LAST_DAY)


def expiry(ladder: Ladder, until: int) -> int:
    """The day (ordinal) at whose close a level falls that was confirmed until a day: the last one of its grace."""
    if until >= LAST_DAY or not (ladder.grace.months or ladder.grace.days):
        return until
    return ladder.grace.last_day(date.fromordinal(until) + timedelta(days=1))


def reach(plan: Plan, ladder: Ladder, by_way_of: frozenset[str] = frozenset()) -> Mapping[str, int | None]:
    """How far below them, in which trees, a ladder looks at its members: generations, or None for all of them.

    Where it looks at levels of another ladder that events evaluate, it looks as far as that one does from there;
    `by_way_of` are the ladders that led here.
    """
    found: dict[str, int | None] = {"": 0}
    for field in ladder.fields():
        for tree, depth in _reach_of(plan, field, by_way_of | {ladder.name}):
            before = found.get(tree, 0)
            found[tree] = None if before is None or depth is None else max(before, depth)
    return found


def _reach_of(plan: Plan, field: Field, ladders: frozenset[str]) -> Iterator[tuple[str, int | None]]:
    if field.root == "team":
        yield "", None
    if field.attribute in OF_STANDINGS and field.ladder not in ladders:
        other = plan.ladders[field.ladder]
        if other.evaluated.on_events:
            yield from reach(plan, other, ladders).items()
    if field.attribute != "measure":
        return
    measure = plan.measures[field.argument]
    depth = {Whose.MEMBER: 0, Whose.GENERATIONS: measure.of.last}.get(measure.of.whose)
    inner = list(measure.fields())
    if depth and _led_back(plan, inner, ladders):
        depth = None  # what changes below lets those above change, and so on to the top
    yield measure.of.tree, depth
    for each in inner:
        for tree, more in _reach_of(plan, each, ladders):
            yield tree, None if depth is None or more is None else depth + more
            if tree != measure.of.tree and more != 0:
                yield measure.of.tree, None  # through two trees nobody can say how far


def _led_back(plan: Plan, fields: Iterable[Field], ladders: frozenset[str]) -> bool:
    """Whether fields look, maybe by way of other ladders, at levels of one of these."""
    needed = needs(plan)
    return any(name in ladders or ladders & needed[name] for name in levels_behind(plan, fields))


class Ladders:
    """The evaluations of one event: of whoever it may have brought to another level."""

    def __init__(self, facts: MemberFacts, result: Outcome) -> None:
        self._facts = facts
        self._result = result
        self._seen: set[Rise] = set()
        plan = facts.plan
        self._on_events = (
            [each for each in in_order(plan) if each.evaluated.on_events] if plan.evaluates_on_events else []
        )

    def evaluate(self, members: Iterable[int], *when: Evaluated) -> list[Rise]:
        """Evaluate the ladders that are due now, of members and those above them; returns who has risen.

        The same rise happens once an event, however often the member falls in between.
        """
        for member, tag in self._result.tags:  # that rules have given
            self.tag_given(tag, member)
        rises: list[Rise] = []
        starters = list(members)
        for ladder in self._on_events:
            if ladder.evaluated in when:
                rises += self._evaluate(ladder, list(self._concerned(ladder, starters)))
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

    def _evaluate(self, ladder: Ladder, members: list[int]) -> Iterator[Rise]:
        facts, looking = self._facts, looking_at_itself(self._facts.plan, ladder)
        reached = self._settled(ladder, members, looking) if looking else {}
        for member in members:
            before = facts.state.standing(ladder.name, member)
            level = reached[member] if looking else reached_level(facts, ladder, member)
            after = next_standing(ladder, before, level, facts.day)
            self.change(ladder.name, member, after)
            rise = Rise(ladder.name, member, after.level)
            if after.level > before.level and rise not in self._seen:
                self._seen.add(rise)
                yield rise

    def _settled(self, ladder: Ladder, members: list[int], looking: Collection[int]) -> dict[int, int]:
        """What each member reaches where that depends on who holds which level of this very ladder.

        Levels are looked at from the lowest up, each with the standings that those reached so far make; and again those
        that look at the ladder itself, until nothing changes any more, as at a close.
        """
        facts, standings = self._facts, self._facts.state.standings
        before = {member: facts.state.standing(ladder.name, member) for member in members}
        found = dict.fromkeys(members, -1)
        fulfilled: dict[int, set[int]] = {member: set() for member in members}

        def stand_for_now(member: int) -> bool:
            level = next_standing(ladder, before[member], found[member], facts.day).level
            now = before[member]._replace(level=level, highest=max(before[member].highest, level))
            changed = facts.state.standing(ladder.name, member) != now
            standings[ladder.name, member] = now
            return changed

        try:
            for member in members:
                stand_for_now(member)
            indexes: Collection[int] = range(len(ladder.levels))
            left = len(members) + len(ladder.levels)
            while indexes:
                changed, left = False, left - 1
                for index in indexes:
                    # Whoever has reached a higher level is looked at again should they lose it.
                    looked = [each for each in members if found[each] <= index]
                    holding = {each for each in looked if _holds(facts, ladder, index, each)}
                    for member in looked:
                        if member in holding:
                            fulfilled[member].add(index)
                        elif left > 0:
                            fulfilled[member].discard(index)
                        found[member] = max(fulfilled[member], default=-1)
                        changed |= stand_for_now(member)
                indexes = sorted(looking) if changed else ()
        finally:
            for member, standing in before.items():
                standings[ladder.name, member] = standing
        return found

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
