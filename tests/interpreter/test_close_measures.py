"""Measures at closes: a column says of every member what is found by looking at that member alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.interpreter.close import CloseRun
from rewards.interpreter.columns import TreeShape
from rewards.interpreter.facts import MemberFacts
from rewards.interpreter.gathering import gather
from rewards.interpreter.measuring_columns import measured
from rewards.interpreter.memory import MemorySource
from rewards.interpreter.state import Standing, TagSpan
from rewards.interpreter.tally import EVERYBODY, Cell
from rewards.interpreter.world import World
from rewards.plan.conditions import Compare
from rewards.plan.fields import Field, Kind
from rewards.plan.measures import Aggregate, Flow, FlowKind, Measure, Members, Of, Stream, Whose, entries_of
from rewards.plan.model import Plan, Tree
from rewards.plan.triggers import Occasion, Trigger
from rewards.plan.windows import PERIODS, Span, Window

from .worlds import compiled, laws

many = settings(laws, max_examples=40)
TODAY = date(2026, 3, 2)
SPAN = 40
"""How many days back something may have happened."""

PLAN = compiled("""
plan: counted
title: {en: Counted, zh: 计数}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
tags: {guest: {title: {en: Guest, zh: 来宾}}}
events: {visit: {title: {en: Visit, zh: 到店}}}
ladders:
  club: {title: {en: Club, zh: 会}, measure: member.sales, levels: [{name: one, from: "1", title: {en: One, zh: 一}}]}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}
""")
SPENT = Stream("spent", Occasion(Trigger.ORDER_PAID), None, None, True, None)
EARNED = (Flow(FlowKind.EARNED, "points", "base"), Flow(FlowKind.EARNED, "points", "more"))
BALANCE = Field("member.balance.points", "member", "balance", "points", Kind.AMOUNT)
MERCHANT = Field("member.merchant", "member", "merchant", "", Kind.FLAG)
LEGS = ("left", "right")


@dataclass
class Grown:
    """A world whose tree has grown and been changed: each shape is in force from a day on."""

    world: World
    shapes: list[tuple[int, list[int], list[int]]] = field(default_factory=list)
    """First day, parents' ordinals, legs."""

    def at(self, day: int) -> tuple[int, list[int], list[int]]:
        return [each for each in self.shapes if each[0] <= day][-1]

    def changes(self, tree: str) -> Sequence[int]:
        return [first for first, _, _ in self.shapes[1:]]

    def shape(self, tree: str, day: int) -> TreeShape:
        _, parents, legs = self.at(day)
        return TreeShape(np.array(parents, dtype=np.int64) - 1, np.array(legs, dtype=np.int64))


class MovedSource(MemorySource):
    """A memory whose members have moved in every tree."""

    grown: Grown

    def changes(self, tree: str) -> Sequence[int]:
        return self.grown.changes(tree)

    def children(self, tree: str, member: int, day: int) -> Sequence[tuple[int, str]]:
        _, parents, legs = self.grown.at(day)
        return [(index + 1, LEGS[legs[index]]) for index, parent in enumerate(parents) if parent == member]


days = st.integers(TODAY.toordinal() - SPAN, TODAY.toordinal() + 2)


@st.composite
def worlds(draw: st.DrawFn, plan: Plan = PLAN) -> Grown:
    """Members of all kinds, cells of all kinds, and a tree in which some have moved."""
    size = draw(st.integers(1, 7))
    world = World(plan)
    source = MovedSource()
    world.source, world.state.source, world.state.standings = source, source, source.standings
    for member in range(1, size + 1):
        joined = date.fromordinal(draw(days)) if draw(st.booleans()) else None
        leap = date(2024, 2, 29) if draw(st.integers(0, 9)) == 0 else None
        on = leap or joined
        world.join(f"m{member}", merchant=draw(st.booleans()), joined=on.isoformat() if on else None)
        world.give(f"m{member}", "points", str(draw(st.integers(0, 9))))
        if draw(st.booleans()):
            first = draw(days)
            source.tagged[member]["guest"] = (TagSpan(first, draw(days)), TagSpan(first + 9, first + 20))
        if draw(st.booleans()):
            source.standings["club", member] = Standing(draw(st.integers(-1, 0)), 0, draw(days))
    names = st.sampled_from([SPENT.key, entries_of("visit").key, *(flow.key for flow in EARNED)])
    for _ in range(draw(st.integers(0, 30))):
        label = str(draw(st.integers(1, 4)))
        cell = Cell(draw(names), draw(st.integers(EVERYBODY, size)), draw(days), label, int(label), 1)
        world.state.tally.add(cell)
        if draw(st.integers(0, 3)) == 0:
            world.state.tally.undo(cell)
    grown = Grown(world)
    source.grown = grown
    firsts = [1, *draw(st.lists(days, unique=True, max_size=2).map(sorted))]
    for first in firsts:
        order = draw(st.permutations(range(1, size + 1)))
        parents = [0] * size
        for place, member in enumerate(order):
            parents[member - 1] = order[draw(st.integers(0, place - 1))] if place and draw(st.booleans()) else 0
        grown.shapes.append((first, parents, [draw(st.integers(0, 1)) for _ in range(size)]))
    return grown


windows = st.one_of(
    st.just(Window()),
    st.builds(Window, span=st.sampled_from(PERIODS), back=st.booleans()),
    st.builds(Window, span=st.just(Span.DAYS), count=st.integers(1, SPAN)),
    st.builds(Window, span=st.just(Span.MONTHS), count=st.integers(1, 2)),
    st.builds(Window, span=st.just(Span.MEMBERSHIP_YEAR), back=st.booleans()),
    st.builds(
        Window,
        span=st.just(Span.SINCE),
        since=st.sampled_from(["joined", "tag.guest", "level.club", "event.visit"]),
    ),
    st.builds(Window, span=st.just(Span.DATES), first=days, last=days),
)
whose = st.one_of(
    st.just(Of()),
    st.builds(Of, whose=st.just(Whose.GENERATIONS), first=st.just(1), last=st.integers(1, 3)),
    st.builds(Of, whose=st.just(Whose.GENERATIONS), first=st.just(2), last=st.integers(2, 3)),
    st.builds(Of, whose=st.sampled_from([each for each in Whose if each not in (Whose.GENERATIONS, Whose.LEG)])),
    st.builds(Of, whose=st.just(Whose.CAPPED_LEGS), share_denominator=st.integers(2, 4)),
    st.builds(Of, whose=st.just(Whose.LEGS_REACHING), reaching=st.integers(1, 6)),
    st.builds(Of, whose=st.just(Whose.LEG), leg=st.sampled_from(LEGS), tree=st.just("placement")),
)
measures = st.builds(
    Measure,
    name=st.just("counted"),
    index=st.just(0),
    title=st.just({}),
    aggregate=st.sampled_from(Aggregate),
    source=st.sampled_from([SPENT, SPENT, EARNED]),
    window=windows,
    of=whose,
    scale=st.just(0),
    amount=st.just(False),
    without=st.sampled_from([None, None, Compare(MERCHANT, "is", True), Compare(BALANCE, "at_least", 5)]),
)
members_measures = st.builds(
    replace,
    measures,
    source=st.builds(
        Members,
        value=st.sampled_from([None, BALANCE]),
        when=st.sampled_from([None, Compare(MERCHANT, "is", True), Compare(BALANCE, "at_least", 5)]),
    ),
    aggregate=st.just(Aggregate.SUM),
    window=st.just(Window()),
)


def both(grown: Grown, measure: Measure) -> tuple[Any, Any]:
    """What a measure is as a column (or one number), and what it is looked at singly."""
    world = grown.world
    plan = replace(PLAN, measures={measure.name: measure}, trees={"placement": Tree("placement", {}, LEGS)})
    state = gather(world, TODAY)
    state.trees = grown
    state.advance(TODAY)
    facts = MemberFacts(world.state, plan, TODAY)
    column = measured(CloseRun(plan, state, TODAY), measure)
    if measure.everybody:
        return column, facts.measure(measure, EVERYBODY)
    assert isinstance(column, np.ndarray)
    return column.tolist(), [facts.measure(measure, member) for member in range(1, state.size + 1)]


@many
@given(grown=worlds(), measure=measures)
def test_a_column_of_what_was_counted_is_what_is_found_of_each_member(grown: Grown, measure: Measure) -> None:
    if measure.source == EARNED and measure.aggregate is Aggregate.MAX:
        measure = replace(measure, aggregate=Aggregate.SUM)
    column, singles = both(grown, measure)
    assert column == singles


@many
@given(grown=worlds(), measure=members_measures)
def test_a_column_of_what_members_are_is_what_is_found_of_each_member(grown: Grown, measure: Measure) -> None:
    column, singles = both(grown, measure)
    assert column == singles


def test_a_close_sees_nothing_of_later_days() -> None:
    world = World(PLAN)
    world.join("ann")
    for days_later in (0, 1):
        day = (TODAY + timedelta(days=days_later)).toordinal()
        world.state.tally.add(Cell(SPENT.key, 1, day, "", 10**days_later, 1))
    measure = Measure("spent", 0, {}, Aggregate.SUM, SPENT, Window(), Of(), 0, False)
    column = measured(CloseRun(PLAN, gather(world, TODAY), TODAY), measure)
    assert isinstance(column, np.ndarray)
    assert column.tolist() == [1]
