"""Levels that events bring: rising, lasting, falling, floors, and the rules on level.reached."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter.run import revoke
from rewards.interpreter.standing import expiry, next_standing
from rewards.interpreter.state import LAST_DAY, NO_STANDING, Standing
from rewards.interpreter.world import World
from rewards.plan.ladder import Evaluated, Ladder, Level, Term
from rewards.plan.windows import Span

from .worlds import compiled, laws, snapshot

DAY = "2026-03-02"

CLUB = """
plan: club
title: {{en: Club, zh: 俱乐部}}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {{title: {{en: Points, zh: 积分}}, scale: 0}}
  gifts: {{title: {{en: Gifts, zh: 礼}}, scale: 0}}
events: {{stay: {{title: {{en: Stay, zh: 入住}}, fields: {{nights: number}}}}}}
tags: {{vip: {{title: {{en: VIP, zh: 贵宾}}}}}}
measures:
  nights: {{sum: event.nights, on: event.stay, over: year}}
  spend: {{sum: order.cash}}
  friends: {{count: members, of: referrals, when: {{member.measure.nights: {{at_least: 5}}}}}}
  leaders: {{count: members, of: referrals, when: {{member.level.club: {{at_least: gold}}}}}}
ladders:
  club:
    title: {{en: Club, zh: 会}}
    {club}
rules:
  - {{id: back, on: order.paid, grant: {{asset: points, to: buyer, amount: {{times: club.back, of: order.cash}}}}}}
  - {{id: stayed, on: event.stay, grant: {{asset: points, to: member, amount: {{times: club.back, of: event.nights}}}}}}
  - id: welcome
    on: level.reached
    when: {{reached.club: {{at_least: silver}}}}
    grant: {{asset: gifts, to: member, amount: "1"}}
  - id: thanks
    on: level.reached
    when: {{sponsor.exists: true}}
    grant: {{asset: gifts, to: sponsor, amount: "10"}}
"""
BY_NIGHTS = """measure: member.measure.nights
    evaluated: {evaluated}
    levels: [{{name: silver, from: "3", back: "1"}}, {{name: gold, from: "6", back: "2"}}]"""


def club(rest: str = "", evaluated: str = "at_once") -> World:
    """Ann, who sponsors bob, who sponsors cid."""
    ladder = BY_NIGHTS.format(evaluated=evaluated)
    world = World(compiled(CLUB.format(club=ladder + rest)))
    world.join("ann")
    world.join("bob", "ann")
    world.join("cid", "bob")
    return world


def test_a_level_reached_at_once_counts_for_what_reaches_it() -> None:
    world = club()
    world.event("bob", "stay", {"nights": 3}, on=DAY)
    assert (world.level("bob", "club"), world.balance("bob", "points")) == ("silver", "3")


def test_a_level_reached_afterwards_counts_from_the_next_event_on() -> None:
    world = club(evaluated="afterwards")
    world.event("bob", "stay", {"nights": 3}, on=DAY)
    assert (world.level("bob", "club"), world.balance("bob", "points")) == ("silver", "0")
    world.event("bob", "stay", {"nights": 1}, on=DAY)
    assert world.balance("bob", "points") == "1"


def test_a_level_evaluated_at_closes_is_no_business_of_events() -> None:
    world = club(evaluated="month")
    world.event("bob", "stay", {"nights": 9}, on=DAY)
    assert world.level("bob", "club") is None


def test_who_rises_is_celebrated_in_the_same_event() -> None:
    world = club()
    outcome = world.event("bob", "stay", {"nights": 3}, on=DAY)
    assert (world.balance("bob", "gifts"), world.balance("ann", "gifts"), world.balance("cid", "gifts")) == (
        "1", "10", "0",
    )  # fmt: skip
    assert outcome is not None
    assert outcome.standings == [("club", 2, Standing(0, 0, date(2026, 3, 2).toordinal(), LAST_DAY))]
    world.event("bob", "stay", {"nights": 1}, on=DAY)
    assert world.balance("bob", "gifts") == "1"


LEADING = """evaluated: at_once
    levels:
      - name: silver
        when: {any: [{member.measure.nights: {at_least: 3}}, {member.measure.friends: {at_least: 1}}]}
        back: "1"
      - name: gold
        when: {any: [{member.measure.nights: {at_least: 6}}, {member.measure.leaders: {at_least: 1}}]}
        back: "2"
"""


def test_a_rise_lets_those_above_rise_as_far_as_their_ladder_looks() -> None:
    world = World(compiled(CLUB.format(club=LEADING)))
    for name, sponsor in (("ann", None), ("bob", "ann"), ("cid", "bob"), ("dan", "cid")):
        world.join(name, sponsor)
    world.event("dan", "stay", {"nights": 5}, on=DAY)
    assert [world.level(name, "club") for name in world.members] == [None, None, "silver", "silver"]
    world.event("dan", "stay", {"nights": 1}, on=DAY)
    assert [world.level(name, "club") for name in world.members] == ["gold"] * 4
    # ann rose from nothing to gold: one rise, one gift; cid and dan rose twice and each thanked their sponsor twice
    assert [world.balance(name, "gifts") for name in world.members] == ["11", "21", "22", "2"]


def test_a_gift_that_lets_its_receiver_rise_is_celebrated_too_but_ends() -> None:
    text = CLUB.format(
        club="""measure: member.balance.gifts
    evaluated: afterwards
    lasts: evaluation
    levels:
      - {name: silver, from: "1", back: "1"}
      - {name: gold, from: "2", back: "2"}
      - {name: top, from: "3", back: "2"}"""
    )
    world = World(compiled(text))
    world.join("ann")
    world.adjust("ann", "gifts", "1", on=DAY)
    assert (world.level("ann", "club"), world.balance("ann", "gifts")) == ("top", "4")


def test_an_order_counts_for_a_level_over_sales_it_reaches_at_once_and_for_one_it_reaches_afterwards() -> None:
    for evaluated, points in (("at_once", "100"), ("afterwards", "0")):
        ladder = f"""measure: member.sales
    evaluated: {evaluated}
    levels: [{{name: silver, from: "50", back: "1"}}, {{name: gold, from: "999", back: "1"}}]"""
        world = World(compiled(CLUB.format(club=ladder)))
        world.join("ann")
        world.order("ann", "100", on=DAY)
        assert (world.level("ann", "club"), world.balance("ann", "points")) == ("silver", points)


def test_a_level_over_team_sales_is_looked_at_for_everybody_above() -> None:
    ladder = """measure: team.sales
    evaluated: at_once
    levels: [{name: silver, from: "50", back: "1"}, {name: gold, from: "999", back: "1"}]"""
    world = World(compiled(CLUB.format(club=ladder)))
    for name, sponsor in (("ann", None), ("bob", "ann"), ("cid", "bob")):
        world.join(name, sponsor)
    world.order("cid", "49", on=DAY)
    world.order("cid", "1", on=DAY)
    assert [world.level(name, "club") for name in world.members] == ["silver", "silver", None]


def test_a_refund_takes_a_level_away_only_where_every_evaluation_must_confirm_it() -> None:
    for lasts, level in (("evaluation", None), ("{months: 12}", "silver"), ("for_ever", "silver")):
        ladder = f"""measure: member.measure.spend
    evaluated: at_once
    lasts: {lasts}
    levels: [{{name: silver, from: "50", back: "1"}}, {{name: gold, from: "999", back: "1"}}]"""
        world = World(compiled(CLUB.format(club=ladder)))
        world.join("ann")
        world.order("ann", "60", on=DAY, id="first")
        world.refund("first", "11", on=DAY)
        assert world.level("ann", "club") == level


# --- floors ----------------------------------------------------------------------------------------------------------


def test_a_tag_lifts_its_carrier_to_its_floor_for_as_long_as_it_is_carried() -> None:
    world = club("\n    floors: {vip: gold}")
    world.event("bob", "stay", {"nights": 3}, on=DAY)
    world.tag("bob", "vip", on="2026-03-03", until="2026-03-04")
    assert [world.level("bob", "club", on=f"2026-03-0{day}") for day in (2, 3, 4, 5)] == [
        "silver", "gold", "gold", "silver",
    ]  # fmt: skip
    world.event("bob", "stay", {"nights": 1}, on="2026-03-04")
    world.event("bob", "stay", {"nights": 1}, on="2026-03-05")
    assert world.balance("bob", "points") == "6"  # 3 × 1, 1 × 2, 1 × 1
    assert world.balance("bob", "gifts") == "1"  # a floor is not reached
    assert world.standing("bob", "club").highest == 1


def test_a_tag_can_be_taken_away_again() -> None:
    world = club("\n    floors: {vip: gold}")
    world.tag("bob", "vip", on=DAY)
    assert world.tags("bob", on="2027-01-01") == ["vip"]
    world.untag("bob", "vip", on="2026-03-04")
    assert (world.tags("bob", on="2026-03-03"), world.tags("bob", on="2026-03-04")) == (["vip"], [])
    world.untag("bob", "vip", on="2026-03-01")
    assert world.tags("bob", on=DAY) == []


# --- standings -------------------------------------------------------------------------------------------------------


def ladder(lasts: Term, grace: Term = Term(), *, one_level: bool = False) -> Ladder:  # noqa: B008  (immutable)
    levels = tuple(Level(name, {}, threshold, False, {}) for threshold, name in enumerate("abc", 1))
    return Ladder("club", 0, {}, None, levels, term=lasts, grace=grace, falls_one_level=one_level)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


QUARTERLY = Term(period=Span.QUARTER, after=1)


def test_a_rise_begins_a_term_and_remembers_the_highest_level() -> None:
    risen = next_standing(ladder(QUARTERLY), NO_STANDING, 2, date(2026, 2, 5))
    assert risen == Standing(2, 2, day("2026-02-05"), day("2026-06-30"))


def test_a_level_that_is_reached_again_is_confirmed_and_never_for_less_long() -> None:
    of = ladder(Term(months=3))
    held = Standing(1, 2, day("2026-01-01"), day("2026-05-31"))
    assert next_standing(of, held, 1, date(2026, 4, 1)) == held._replace(until=day("2026-06-30"))
    assert next_standing(of, held, 1, date(2026, 1, 2)) == held


@pytest.mark.parametrize(("on", "falls"), [("2026-03-30", False), ("2026-03-31", False), ("2026-04-01", True)])
def test_a_level_still_counts_on_its_last_day(on: str, falls: bool) -> None:
    held = Standing(2, 2, 1, day("2026-03-31"))
    after = next_standing(ladder(QUARTERLY), held, 0, date.fromisoformat(on))
    assert after == (Standing(0, 2, day(on), day("2026-09-30")) if falls else held)


@pytest.mark.parametrize(
    ("evaluated", "lasts", "until"),
    [
        (Evaluated.AT_ONCE, Term(months=1), "2026-02-27"),
        (Evaluated.DAY, Term(days=7), "2026-02-06"),
        (Evaluated.MONTH, Term(months=1), "2026-02-28"),
        (Evaluated.MONTH, Term(months=3), "2026-04-30"),
        (Evaluated.WEEK, Term(days=7), "2026-02-07"),
        (Evaluated.MONTH, Term(period=Span.MONTH, after=1), "2026-02-28"),
    ],
)
def test_months_and_days_count_from_the_day_after_the_period_that_was_evaluated(
    evaluated: Evaluated, lasts: Term, until: str
) -> None:
    of = replace(ladder(lasts), evaluated=evaluated)
    assert of.lasts_until(date(2026, 1, 31)) == day(until)
    assert next_standing(of, NO_STANDING, 0, date(2026, 1, 31)).until == day(until)


def test_a_grace_begins_on_the_day_after_the_term() -> None:
    of = ladder(QUARTERLY, Term(months=1))
    assert expiry(of, day("2026-03-31")) == day("2026-04-30")
    assert expiry(ladder(Term(days=9), Term(days=3)), day("2026-03-31")) == day("2026-04-03")
    held = Standing(2, 2, 1, day("2026-03-31"))
    assert next_standing(of, held, -1, date(2026, 4, 30)) == held
    assert next_standing(of, held, -1, date(2026, 5, 1)).level == -1


def test_a_soft_landing_is_one_level_at_a_time() -> None:
    held = Standing(2, 2, 1, day("2026-03-31"))
    fallen = next_standing(ladder(QUARTERLY, one_level=True), held, -1, date(2026, 4, 1))
    assert fallen == Standing(1, 2, day("2026-04-01"), day("2026-09-30"))


def test_what_every_evaluation_must_confirm_falls_at_once() -> None:
    held = Standing(2, 2, 1, LAST_DAY)
    fallen = next_standing(ladder(Term(until_evaluated=True)), held, 0, date(2026, 3, 31))
    assert fallen == Standing(0, 2, day("2026-03-31"), LAST_DAY)


TERMS = [Term(), Term(until_evaluated=True), QUARTERLY, Term(months=2), Term(days=10)]


@laws
@given(
    lasts=st.sampled_from(TERMS),
    grace=st.sampled_from([Term(), Term(days=5)]),
    reached=st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 40)), min_size=1, max_size=15),
)
def test_nobody_holds_less_than_they_reach_nor_loses_a_level_within_its_term(
    lasts: Term, grace: Term, reached: list[tuple[int, int]]
) -> None:
    of, standing, today = ladder(lasts, grace), NO_STANDING, date(2026, 1, 1)
    for level, days in reached:
        today += timedelta(days=days)
        before, standing = standing, next_standing(of, standing, level, today)
        assert standing.level >= level
        assert standing.highest == max(before.highest, standing.level)
        if standing.level < before.level:
            assert lasts.until_evaluated or today.toordinal() > expiry(of, before.until) >= before.until
        assert standing.since == (before.since if standing.level == before.level else today.toordinal())


def test_a_refused_event_leaves_levels_as_they_were() -> None:
    ladder = """measure: member.measure.spend
    evaluated: at_once
    levels: [{name: silver, from: "50", back: "1"}, {name: gold, from: "999", back: "1"}]"""
    text = CLUB.format(club=ladder) + "  - {id: stock, on: pay, pay: {asset: points}}\n"
    world = World(compiled(text))
    world.join("ann")
    world.order("ann", "49", on=DAY)
    before = snapshot(world)
    with pytest.raises(Refused):
        world.order("ann", "100", points=[("points", "1")], on=DAY)
    with pytest.raises(Refused):
        world.pay("ann", "ann", "points", "1", on=DAY)
    assert snapshot(world) == before
    outcome = world.order("ann", "1", on=DAY, id="last")
    assert outcome is not None
    order = world._orders["last"].order
    assert (world.level("ann", "club"), world.balance("ann", "gifts")) == ("silver", "1")
    revoke(world.state, world.queues, order, outcome)
    del world.lots[len(world.lots) - len(outcome.lots) :]
    assert snapshot(world) == before
