"""What a measure of one member comes to, from the cells of the tally and the trees (specification, measures).

A measure of those below adds up what each of them comes to within the window; a window that begins on a personal day
begins on that of the member it is about. Where members have been moved in a tree, what was counted before counts for
those who were above them then: the window is cut at the days of moves, and each piece looks down the tree as it was at
the piece's end. What members are now has no days, and is seen with the tree as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol

from rewards.interpreter.state import State, TagSpan
from rewards.interpreter.tally import EVERYBODY, Cell
from rewards.interpreter.walking import HasChildren, Pruned, downline, generations
from rewards.plan.conditions import Condition
from rewards.plan.fields import Field
from rewards.plan.measures import Aggregate, Measure, Members, Of, Stream, Whose, entries_of
from rewards.plan.windows import FOR_EVER, Span, Window


class Facts(Protocol):
    """As much of what is true of members as measures look at."""

    state: State
    day: date

    def value(self, field: Field, member: int) -> Any:
        """The value of a member's field."""
        ...

    def holds(self, condition: Condition, member: int) -> bool:
        """Whether a condition on members holds of a member."""
        ...

    def tags(self, tag: str, member: int) -> Sequence[TagSpan]:
        """The days on which a member carries a tag."""
        ...


class Piece(NamedTuple):
    """Days (`date.toordinal()`), both included, on which a tree stayed as it was."""

    first: int
    last: int


Worth = Callable[[int, Piece], int]
"""What a member (ordinal) comes to within a piece of time."""


def measure_value(facts: Facts, measure: Measure, member: int) -> int:
    """What a measure of a member comes to on the day of the facts, in its smallest units; of nobody (0): 0."""
    whose = measure.of.whose
    if not member and whose is not Whose.EVERYBODY:
        return 0
    if whose is Whose.EVERYBODY and not isinstance(measure.source, Members):
        return counted(facts, measure, EVERYBODY, _always(facts))
    if isinstance(measure.source, Members):
        worth: Worth = _members_worth(facts, measure.source)
        pieces = [_always(facts)]
    else:
        worth = lambda each, piece: counted(facts, measure, each, piece)  # noqa: E731
        pieces = _pieces(facts, measure)
    if whose is Whose.EVERYBODY:
        everybody = range(1, facts.state.source.size() + 1)
        return sum(worth(each, pieces[0]) for each in everybody)
    if whose is Whose.MEMBER:
        return worth(member, _always(facts))
    below: HasChildren = facts.state.source
    without = measure.without
    if without is not None:
        below = Pruned(below, lambda each: facts.holds(without, each))
    if whose in (Whose.GENERATIONS, Whose.DOWNLINE, Whose.TEAM):
        return sum(worth(each, piece) for piece in pieces for each in _group(below, measure.of, member, piece.last))
    return _of_legs(measure.of, _legs(below, measure.of, member, pieces, worth))


def counted(facts: Facts, measure: Measure, member: int, piece: Piece) -> int:
    """What a measure of events or of an asset's flows counts of one member (0: of all) within a piece of time."""
    first, last = measure.window.bounds(facts.day, anchor(facts, measure.window, member))
    first, last = max(first, piece.first), min(last, piece.last)
    if last < first:
        return 0
    assert not isinstance(measure.source, Members)
    keys = [measure.source.key] if isinstance(measure.source, Stream) else [flow.key for flow in measure.source]
    tally = facts.state.tally
    return aggregated(measure, chain.from_iterable(tally.cells(key, member, first, last) for key in keys))


def aggregated(measure: Measure, cells: Iterable[Cell]) -> int:
    """The number that cells become."""
    aggregate = measure.aggregate
    if aggregate is Aggregate.SUM:
        return sum(cell.amount for cell in cells)
    if aggregate is Aggregate.COUNT:
        return sum(cell.entries for cell in cells)
    if aggregate is Aggregate.MAX:
        return max((int(cell.label) for cell in cells if cell.entries > 0), default=0)
    entries: Counter[int | str] = Counter()
    for cell in cells:
        entries[cell.day if aggregate is Aggregate.DAYS else cell.label] += cell.entries
    return sum(1 for number in entries.values() if number > 0)


def anchor(facts: Facts, window: Window, member: int) -> int:
    """The day (ordinal) on which a window that is personal begins for a member; 0 when there is none."""
    if not window.personal or not member:
        return 0
    source = facts.state.source
    if window.span is Span.MEMBERSHIP_YEAR or window.since == "joined":
        return source.person(member).joined
    today = facts.day.toordinal()
    kind, _, name = window.since.partition(".")
    if kind == "tag":
        return max((first for first, _ in facts.tags(name, member) if first <= today), default=0)
    if kind == "level":
        standing = facts.state.standing(name, member)
        return standing.since if standing.level >= 0 else 0
    cells = facts.state.tally.cells(entries_of(name).key, member, FOR_EVER, today)
    return max((cell.day for cell in cells if cell.entries > 0), default=0)


def _always(facts: Facts) -> Piece:
    return Piece(FOR_EVER, facts.day.toordinal())


def _pieces(facts: Facts, measure: Measure) -> list[Piece]:
    """The measure's window, cut at the days on which its tree changed; the last piece may be of the tree as it is."""
    always = _always(facts)
    first, last = always
    if not measure.window.personal:
        first, last = measure.window.bounds(facts.day)
    cuts = [day for day in facts.state.source.changes(measure.of.tree) if first < day <= last]
    return [Piece(start, end) for start, end in zip([first, *cuts], [*(day - 1 for day in cuts), last], strict=True)]


def _members_worth(facts: Facts, members: Members) -> Worth:
    def worth(member: int, piece: Piece) -> int:
        if members.when is not None and not facts.holds(members.when, member):
            return 0
        return 1 if members.value is None else int(facts.value(members.value, member))

    return worth


def _group(source: HasChildren, of: Of, member: int, day: int) -> Iterator[int]:
    """Those whose entries are added up, as the tree was at the end of a day."""
    if of.whose is Whose.GENERATIONS:
        wanted = islice(generations(source, of.tree, [member], day), of.first - 1, of.last)
        yield from chain.from_iterable(wanted)
        return
    if of.whose is Whose.TEAM:
        yield member
    yield from downline(source, of.tree, member, day)


def _legs(source: HasChildren, of: Of, member: int, pieces: list[Piece], worth: Worth) -> Mapping[int, int]:
    """What each leg of a member comes to: the ordinal of the one directly below to the total of them and theirs."""
    totals: Counter[int] = Counter()
    for piece in pieces:
        for child, leg in source.children(of.tree, member, piece.last):
            if of.whose is not Whose.LEG or leg == of.leg:
                totals[child] += worth(child, piece)
                totals[child] += sum(worth(each, piece) for each in downline(source, of.tree, child, piece.last))
    return totals


def _of_legs(of: Of, legs: Mapping[int, int]) -> int:
    totals = list(legs.values())
    if of.whose is Whose.LARGEST_LEG:
        return max(totals, default=0)
    if of.whose is Whose.SMALLEST_LEG:
        return min(totals) if len(totals) > 1 else 0
    if of.whose is Whose.OTHER_LEGS:
        return sum(totals) - max(totals, default=0)
    if of.whose is Whose.LEGS_REACHING:
        return sum(1 for total in totals if total >= of.reaching)
    if of.whose is Whose.CAPPED_LEGS:
        return capped_total(totals, Fraction(of.share_numerator, of.share_denominator))
    return sum(totals)


def capped_total(legs: Iterable[int], share: Fraction) -> int:
    """The largest total to which no leg gives more than `share` of it, rounded down; legs below zero give nothing.

    T is such a total when the legs, each cut to share × T, come to at least T. Cutting the k largest leaves the rest,
    and so T is at most rest ÷ (1 − k × share), for every k that does not cover T by itself.
    """
    ordered = sorted((max(leg, 0) for leg in legs), reverse=True)
    rest = Fraction(sum(ordered))
    most = rest
    for number, leg in enumerate(ordered, 1):
        rest -= leg
        if number * share >= 1:
            break
        most = min(most, rest / (1 - number * share))
    return int(most)
