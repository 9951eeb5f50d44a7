"""Who is placed below whom in a tree, from which business day on, and which placements there may not be.

In the sponsor tree (in plans and in code the tree without a name) everybody stands below their sponsor until they are
placed elsewhere; in a tree that a plan declares nobody has a place before they are given one. A placement holds until
the member's next one: what was counted before a move stays with those who were above then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from rewards.errors import InvalidRequest, Refused
from rewards.interpreter import place_texts  # noqa: F401  (registers what is said of placements)
from rewards.interpreter.state import LAST_DAY
from rewards.plan.declarations import did_you_mean
from rewards.plan.events import Placed
from rewards.plan.windows import FOR_EVER


class Placement(NamedTuple):
    """That a member stands below another from a day (`date.toordinal()`) on; members are ordinals."""

    member: int
    parent: int
    leg: str
    """Empty in a tree whose legs have no names."""
    day: int
    from_start: bool = False
    """Whether there was nothing of the member before, so that the placement may hold for all days before, too.

    So is whoever is placed on the day they join. It spares measures from looking at the tree as it was on every day on
    which somebody joined.
    """

    @property
    def first(self) -> int:
        """The first day on which it holds."""
        return FOR_EVER if self.from_start else self.day


class Span(NamedTuple):
    """Days, both included, on which a member stands below another (0: nobody)."""

    first: int
    last: int
    parent: int
    leg: str


class TreeRecord(Protocol):
    """All that is on record of one tree."""

    def placements(self, member: int) -> Sequence[Placement]:
        """A member's placements, in the order in which they were made."""
        ...

    def once_below(self, parent: int) -> Collection[int]:
        """Everybody who stands directly below a member on any day."""
        ...

    def unplaced(self, member: int) -> int:
        """Who is above a member who has not been placed: in the sponsor tree the sponsor; 0 for nobody."""
        ...

    def changes(self) -> Sequence[int]:
        """The days, ascending, on which placements begin that change something that was there before."""
        ...


def spans(record: TreeRecord, member: int) -> list[Span]:
    """Where a member stands, one stretch of days after the other; of two placements for a day the later one counts."""
    begin = {FOR_EVER: (record.unplaced(member), "")}
    for each in record.placements(member):
        begin[each.first] = (each.parent, each.leg)
    days = sorted(begin)
    ends = [*(day - 1 for day in days[1:]), LAST_DAY]
    return [Span(first, last, *begin[first]) for first, last in zip(days, ends, strict=True)]


def span_on(record: TreeRecord, member: int, day: int) -> Span:
    """Where a member stands on a day."""
    return next(each for each in spans(record, member) if day <= each.last)


def children_on(record: TreeRecord, parent: int, day: int) -> list[tuple[int, str]]:
    """Who stands directly below a member on a day, by ordinal, each with the name of the leg."""
    below = ((member, span_on(record, member, day)) for member in sorted(record.once_below(parent)))
    return [(member, span.leg) for member, span in below if span.parent == parent]


def check_leg(tree: str, leg: str | None, legs: Sequence[str]) -> str:
    """The leg of a placement as it is kept. Raises InvalidRequest when it does not fit the legs the tree has."""
    if not legs:
        if leg is not None:
            raise InvalidRequest("place.no-legs", pointer="/leg", tree=tree)
        return ""
    known = ", ".join(legs)
    if leg is None:
        raise InvalidRequest("place.leg-needed", pointer="/leg", tree=tree, known=known)
    if leg not in legs:
        meant = did_you_mean(leg, legs)
        code, shown = ("place.unknown-leg-suggest", meant) if meant else ("place.unknown-leg", known)
        raise InvalidRequest(code, pointer="/leg", tree=tree, leg=leg, known=shown)
    return leg


def placement(record: TreeRecord, event: Placed, joined: int, name: Callable[[int], str]) -> Placement:
    """The placement that an event makes; `joined` is the member's day of joining (0: unknown).

    Raises Refused when it would put somebody under themselves or two members on one leg; `name` tells who they are.
    """
    day, own = event.day.toordinal(), record.placements(event.member)
    nothing_before = day == joined and all(each.day == day for each in own) and not record.once_below(event.member)
    new = Placement(event.member, event.parent, event.leg, day, from_start=nothing_before)
    last = min((each.first for each in own if each.first > day), default=LAST_DAY + 1) - 1
    _refuse_circle(record, new, last, name)
    if new.leg:
        _refuse_taken_leg(record, new, last, name)
    return new


def _refuse_circle(record: TreeRecord, new: Placement, last: int, name: Callable[[int], str]) -> None:
    """Refuse a place below oneself, on the placement's first day or any later one on which the tree changes."""
    if new.parent == new.member:
        raise Refused("place.under-oneself", pointer="/under", member=name(new.member))
    for day in [new.day, *(each for each in record.changes() if new.day < each <= last)]:
        above = new.parent
        while above:
            if above == new.member:
                names = {"member": name(new.member), "under": name(new.parent)}
                if day == FOR_EVER:
                    raise Refused("place.circle-at-first", pointer="/under", **names)
                raise Refused("place.circle", pointer="/under", day=date.fromordinal(day).isoformat(), **names)
            above = span_on(record, above, day).parent


def _refuse_taken_leg(record: TreeRecord, new: Placement, last: int, name: Callable[[int], str]) -> None:
    for other in sorted(record.once_below(new.parent)):
        for span in spans(record, other) if other != new.member else ():
            if (span.parent, span.leg) == (new.parent, new.leg) and span.first <= last and new.day <= span.last:
                names = {"under": name(new.parent), "other": name(other)}
                raise Refused("place.leg-taken", pointer="/leg", leg=new.leg, **names)


@dataclass
class TreeInMemory:
    """The record of one tree of which everything is in memory."""

    sponsor: Callable[[int], int]
    """The sponsor of a member; for a tree other than that of sponsors always 0."""
    sponsored: Callable[[int], Collection[int]]
    """Whom a member sponsored when they joined."""
    _of: dict[int, list[Placement]] = field(default_factory=lambda: defaultdict(list))
    _below: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _changes: set[int] = field(default_factory=set)

    def add(self, new: Placement) -> None:
        """Put a placement on record."""
        self._of[new.member].append(new)
        self._below[new.parent].add(new.member)
        if new.first > FOR_EVER:
            self._changes.add(new.first)

    def placements(self, member: int) -> Sequence[Placement]:
        """See TreeRecord."""
        return self._of.get(member, ())

    def once_below(self, parent: int) -> Collection[int]:
        """See TreeRecord."""
        return {*self._below.get(parent, ()), *self.sponsored(parent)}

    def unplaced(self, member: int) -> int:
        """See TreeRecord."""
        return self.sponsor(member)

    def changes(self) -> Sequence[int]:
        """See TreeRecord."""
        return sorted(self._changes)

    def all(self) -> Iterator[Placement]:
        """Every placement; those of one member in the order in which they were made."""
        for own in self._of.values():
            yield from own


def no_sponsor(member: int) -> int:
    """Who is above a member in a tree in which only placements count: nobody."""
    return 0


def nobody_sponsored(parent: int) -> Collection[int]:
    """Who is below a member there without having been placed: nobody."""
    return ()


def in_order(placements: Iterable[Placement]) -> list[Placement]:
    """Placements by the first day on which they hold; those of one day in the order in which they were made."""
    return sorted(placements, key=lambda each: each.first)
