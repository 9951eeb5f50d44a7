"""Which ladders look at which: the order in which they are evaluated, and those that look at themselves.

A ladder looks at another where its conditions or its measure ask who holds a level of it, directly or through measures
of members.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rewards.plan.fields import Field
from rewards.plan.ladder import Ladder
from rewards.plan.model import Plan

OF_STANDINGS = frozenset({"level", "highest"})
"""The attributes of members that are levels."""


def levels_behind(plan: Plan, fields: Iterable[Field], *, since: bool = False) -> set[str]:
    """The held ladders whose levels fields depend on; with `since` those too that begin a measure's window."""
    found: set[str] = set()
    for each in fields:
        if each.attribute in OF_STANDINGS and plan.ladders[each.ladder].held:
            found.add(each.ladder)
        elif each.attribute == "measure":
            measure = plan.measures[each.argument]
            kind, _, name = measure.window.since.partition(".")
            if since and kind == "level":
                found.add(name)
            found |= levels_behind(plan, measure.fields(), since=since)
    return found


def needs(plan: Plan) -> Mapping[str, set[str]]:
    """For each held ladder all those it looks at, also by way of others; itself among them where they lead back."""
    found = {ladder.name: levels_behind(plan, ladder.fields(), since=True) for ladder in plan.held_ladders}
    for between in found:
        for each in found.values():
            if between in each:
                each |= found[between]
    return found


def in_order(plan: Plan) -> list[Ladder]:
    """The held ladders, each after those it looks at; those that look at each other in the file's order."""
    left = list(plan.held_ladders)
    if len(left) < 2:
        return left
    needed, ordered = needs(plan), []
    while left:
        # Of those left there is always one that nothing else comes before but what looks back at it.
        following = next(
            ladder
            for ladder in left
            if all(ladder.name in needed[each.name] for each in left if each.name in needed[ladder.name])
        )
        ordered.append(following)
        left.remove(following)
    return ordered


def looking_at_itself(plan: Plan, ladder: Ladder) -> frozenset[int]:
    """The levels (indexes) for which it matters who holds which level of the same ladder.

    A window that begins with the member's own level does not count: it begins with the level held before.
    """
    found = set()
    for index, level in enumerate(ladder.levels):
        by_measure = () if ladder.measure is None else (ladder.measure,)
        fields = by_measure if level.when is None else level.when.fields()
        if ladder.name in levels_behind(plan, fields):
            found.add(index)
    return frozenset(found)
