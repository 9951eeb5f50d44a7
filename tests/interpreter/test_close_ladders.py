"""Ladders at closes: members rise, are confirmed, keep a level for its term and fall, as one would do it by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.interpreter.close import CloseRun, close_day
from rewards.interpreter.columns import CloseState, TagColumns
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.plan.ladder import Evaluated, Ladder, Term
from rewards.plan.model import Plan
from rewards.plan.windows import Span, months_after, period_end

from .worlds import compiled, laws

FIRST = date(2027, 12, 20)
FOR_EVER = date.max.toordinal()
PLAN = compiled("""
plan: club
title: {en: Club, zh: 会}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0}
  counted: {title: {en: Counted, zh: 计数}, scale: 0}
tags: {guest: {title: {en: Guest, zh: 来宾}}}
ladders:
  club:
    title: {en: Club, zh: 会}
    measure: member.balance.points
    levels:
      - {name: bronze, title: {en: Bronze, zh: 铜}, from: "1"}
      - {name: silver, title: {en: Silver, zh: 银}, from: "2"}
      - {name: gold, title: {en: Gold, zh: 金}, above: "2"}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}
  - id: at-all
    on: day.close
    when: {member.level.club: {at_least: bronze}}
    grant: {asset: counted, to: member, amount: "1"}
  - id: more
    on: day.close
    when: {member.level.club: {at_least: silver}}
    grant: {asset: counted, to: member, amount: "1"}
  - id: most
    on: day.close
    when: {member.level.club: gold}
    grant: {asset: counted, to: member, amount: "1"}
""")


def with_ladder(**changes: object) -> tuple[Plan, Ladder]:
    ladder = replace(PLAN.ladders["club"], **changes)  # type: ignore[arg-type]
    return replace(PLAN, ladders={"club": ladder}), ladder


@dataclass
class Member:
    """A member's standing, kept by hand."""

    level: int = -1
    highest: int = -1
    since: int = 0
    until: int = FOR_EVER
    counted: int = -1

    def live(self, ladder: Ladder, reached: int, day: date) -> None:
        """A day goes by on which the member reaches a level; `counted` is what the rules of its close see."""
        until = lasts(ladder, day)
        self._fall_if(self._expiry(ladder) < day.toordinal(), ladder, reached, day, lands=until)
        if is_due(ladder, day):
            if reached > self.level:
                self._move(reached, day, until)
            self._fall_if(ladder.term.until_evaluated, ladder, reached, day, lands=until)
            if reached == self.level >= 0:
                self.until = max(self.until, until)
        self.counted = self.level
        landed = until if until > day.toordinal() else lasts(ladder, day + timedelta(days=1))
        self._fall_if(self._expiry(ladder) <= day.toordinal(), ladder, reached, day, lands=landed)

    def _fall_if(self, over: bool, ladder: Ladder, reached: int, day: date, *, lands: int) -> None:
        if not over or self.level < 0:
            return
        if reached < self.level:
            self._move(max(reached, self.level - 1) if ladder.falls_one_level else reached, day, lands)
        elif reached == self.level or not is_due(ladder, day):
            self.until = max(self.until, lasts(ladder, day))

    def _expiry(self, ladder: Ladder) -> int:
        if self.until == FOR_EVER or ladder.grace == Term():
            return self.until
        return term_end(ladder.grace, date.fromordinal(self.until) + timedelta(days=1))

    def _move(self, level: int, day: date, until: int) -> None:
        self.level, self.since = level, day.toordinal()
        self.until = until if level >= 0 else FOR_EVER
        self.highest = max(self.highest, level)


def is_due(ladder: Ladder, day: date) -> bool:
    tomorrow = day + timedelta(days=1)
    return {
        Evaluated.AT_ONCE: True,
        Evaluated.AFTERWARDS: True,
        Evaluated.DAY: True,
        Evaluated.WEEK: day.weekday() == 6,
        Evaluated.MONTH: tomorrow.day == 1,
    }[ladder.evaluated]


def lasts(ladder: Ladder, day: date) -> int:
    counted_from_next = ladder.evaluated in (Evaluated.WEEK, Evaluated.MONTH) and ladder.term.period is None
    return term_end(ladder.term, day + timedelta(days=counted_from_next))


def term_end(term: Term, day: date) -> int:
    if term.period is not None:
        end = period_end(term.period, day)
        return (end if not term.after else period_end(term.period, end + timedelta(days=1))).toordinal()
    if term.months:
        return months_after(day, term.months).toordinal() - 1
    return day.toordinal() + term.days - 1 if term.days else FOR_EVER


terms = st.sampled_from(
    [
        Term(),
        Term(until_evaluated=True),
        Term(days=1),
        Term(days=5),
        Term(months=1),
        Term(period=Span.MONTH),
        Term(period=Span.MONTH, after=1),
    ]
)
graces = st.sampled_from([Term(), Term(), Term(days=3), Term(months=1)])


@settings(laws, max_examples=40)
@given(
    term=terms,
    grace=graces,
    one_level=st.booleans(),
    evaluated=st.sampled_from([Evaluated.DAY, Evaluated.AFTERWARDS, Evaluated.WEEK, Evaluated.MONTH]),
    measures=st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=1, max_size=60),
)
def test_a_close_does_with_columns_what_one_does_by_hand(
    term: Term, grace: Term, one_level: bool, evaluated: Evaluated, measures: list[list[int]]
) -> None:
    plan, ladder = with_ladder(term=term, grace=grace, falls_one_level=one_level, evaluated=evaluated)
    state = people(3)
    by_hand, counted = [Member() for _ in range(3)], plan.assets["counted"].free_book
    for number, points in enumerate(measures):
        day = FIRST + timedelta(days=number)
        state.now[plan.assets["points"].free_book] = np.array(points, dtype=np.int64)
        state.now[counted] = np.zeros(3, dtype=np.int64)
        close_day(plan, state, day)
        for member, reached in zip(by_hand, points, strict=True):
            member.live(ladder, reached - 1, day)
        standing = state.standing("club")
        found = zip(*(column.tolist() for column in vars(standing).values()), strict=True)
        assert list(found) == [(each.level, each.highest, each.since, each.until) for each in by_hand]
        assert state.now[counted].tolist() == [each.counted + 1 for each in by_hand]


def people(size: int, **more: object) -> CloseState:
    none = np.zeros(size, dtype=np.int64)
    return CloseState(
        sponsor=none - 1,
        merchant=none > 0,
        now={},
        platform={},
        lots={},
        cash=none,
        orders=none,
        activity={},
        sales={},
        **more,  # type: ignore[arg-type]
    )


def test_a_ladder_evaluated_on_events_is_looked_at_at_every_close_but_not_for_whom_later_days_have_moved() -> None:
    plan, _ = with_ladder(evaluated=Evaluated.AT_ONCE, term=Term(days=2))
    state = people(3)
    state.now[plan.assets["points"].free_book] = np.array([3, 0, 3], dtype=np.int64)
    standing = state.standing("club")
    standing.level[:], standing.since[:] = [-1, 1, 0], [0, 1, FIRST.toordinal() + 1]
    standing.highest[:], standing.until[1] = standing.level, FIRST.toordinal()
    risen, fallen = close_day(plan, state, FIRST).levels
    assert (risen.member.tolist(), risen.level.tolist()) == ([1], [2])
    assert (fallen.member.tolist(), fallen.level.tolist()) == ([2], [-1])
    assert state.standing("club").level.tolist() == [2, -1, 0]


def test_a_floor_is_shown_while_the_tag_is_carried_and_is_the_highest_for_ever() -> None:
    plan, _ = with_ladder(floors={"guest": 1}, term=Term(until_evaluated=True))
    day = FIRST.toordinal()
    member, first, last = (np.array([each], dtype=np.int64) for each in (1, day, day))
    state = people(2, tags={"guest": TagColumns(member, first, last)})
    state.now[plan.assets["points"].free_book] = np.array([1, 1], dtype=np.int64)
    run = CloseRun(plan, state, FIRST)
    (change,) = run.run().levels
    assert (change.level.tolist(), change.highest.tolist()) == ([0, 0], [1, 0])
    assert run.level("club").tolist() == [1, 0]
    tomorrow = CloseRun(plan, state, FIRST + timedelta(days=1))
    assert tomorrow.run().levels == []
    assert tomorrow.level("club").tolist() == [0, 0]
    assert state.standing("club").highest.tolist() == [1, 0]


WELCOME = compiled("""
plan: welcome
title: {en: Welcome, zh: 欢迎}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
ladders:
  spender:
    title: {en: Spender, zh: 消费}
    measure: member.sales
    levels: [{name: one, title: {en: One, zh: 一}, from: "100"}, {name: two, title: {en: Two, zh: 二}, from: "200"}]
  regular:
    title: {en: Regular, zh: 常客}
    measure: member.orders
    levels: [{name: often, title: {en: Often, zh: 常}, from: "2"}]
rules:
  - {id: risen, on: level.reached, grant: {asset: points, to: member, amount: "1"}}
  - id: at-the-top
    on: level.reached
    when: {reached.spender: two}
    grant: {asset: points, to: member, amount: "10"}
  - {id: daily, on: day.close, when: {member.level.regular: often}, grant: {asset: points, to: member, amount: "100"}}
""")


def test_those_who_rise_are_served_before_the_day_s_rules_once_for_each_ladder() -> None:
    world = World(WELCOME)
    for name in ("ann", "bob", "cid"):
        world.join(name)
    world.order("ann", "150", on="2026-03-02")
    world.order("ann", "150", on="2026-03-02")
    world.order("bob", "100", on="2026-03-02")
    world.close("2026-03-02")
    assert [world.balance(name, "points") for name in ("ann", "bob", "cid")] == ["112", "1", "0"]
    world.close("2026-03-03")
    assert [world.balance(name, "points") for name in ("ann", "bob", "cid")] == ["212", "1", "0"]


@pytest.mark.parametrize(("sponsored", "level"), [(1, None), (2, "one")])
def test_a_level_may_have_a_condition_of_its_own(sponsored: int, level: str | None) -> None:
    plan = compiled("""
plan: leaders
title: {en: Leaders, zh: 领导}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
measures: {friends: {count: members, of: referrals, when: {member.orders: {at_least: 1}}}}
ladders:
  lead:
    title: {en: Lead, zh: 领}
    levels: [{name: one, title: {en: One, zh: 一}, when: {member.measure.friends: {at_least: 2}}}]
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}
""")
    world = World(plan)
    world.join("ann")
    for number in range(3):
        world.join(f"m{number}", "ann")
        if number < sponsored:
            world.order(f"m{number}", "1", on="2026-03-02")
    world.close("2026-03-02")
    assert world.level("ann", "lead") == level


def test_what_has_become_of_levels_is_kept_by_the_world() -> None:
    plan, _ = with_ladder(term=Term(days=2))
    world = World(plan)
    world.join("ann")
    world.adjust("ann", "points", "3", on=FIRST.isoformat())
    world.close(FIRST)
    world.adjust("ann", "points", "-2", on=(FIRST + timedelta(days=1)).isoformat())
    assert world.standing("ann", "club") == (2, 2, FIRST.toordinal(), FIRST.toordinal() + 1)
    world.close(FIRST + timedelta(days=1))
    assert world.standing("ann", "club") == (0, 2, FIRST.toordinal() + 1, FIRST.toordinal() + 2)
    assert gather(world, FIRST).standing("club").level.tolist() == [0]
