"""Ladders that look at levels: in which order they are evaluated, alike at events and at closes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.ladder_order import in_order
from rewards.interpreter.world import World

from .worlds import Tree, compiled, laws, populated, trees

DAY = "2026-03-02"

CLUB = """
plan: club
title: {{en: Club, zh: 俱乐部}}
currency: CNY
timezone: Asia/Shanghai
assets: {{gifts: {{title: {{en: Gifts, zh: 礼}}, scale: 0}}}}
events: {{stay: {{title: {{en: Stay, zh: 入住}}, fields: {{nights: number}}}}}}
measures:
  nights: {{sum: event.nights, on: event.stay, over: {{days: 3}}}}
  silver-legs: {{count: members, of: {{legs: count, reaching: "1"}}, when: {{member.level.club: {{at_least: silver}}}}}}
  golden: {{count: members, of: referrals, when: {{member.level.club: {{at_least: gold}}}}}}
  good-friends: {{count: members, of: referrals, when: {{member.level.guild: one}}}}
ladders:
{ladders}
rules:
  - {{id: thanks, on: level.reached, grant: {{asset: gifts, to: member, amount: "1"}}}}
"""

TEAM = """
  club:
    title: {{en: Club, zh: 会}}
    evaluated: {evaluated}
    lasts: {lasts}
    levels:
      - {{name: silver, when: {{any: [{{member.measure.nights: {{at_least: 2}}}}, {{member.level.guild: one}}]}}}}
      - {{name: gold, when: {{member.measure.silver-legs: {{at_least: 2}}}}}}
      - name: top
        when: {{any: [{{member.measure.golden: {{at_least: 1}}}}, {{member.measure.nights: {{at_least: 9}}}}]}}
  patron:
    title: {{en: Patron, zh: 赞助人}}
    evaluated: {evaluated}
    lasts: {lasts}
    levels: [{{name: one, when: {{member.measure.good-friends: {{at_least: 1}}}}}}]
  guild:
    title: {{en: Guild, zh: 行会}}
    evaluated: {evaluated}
    lasts: {lasts}
    levels: [{{name: one, when: {{member.measure.nights: {{at_least: 4}}}}}}]
"""


def team(evaluated: str, lasts: str = "evaluation") -> str:
    return CLUB.format(ladders=TEAM.format(evaluated=evaluated, lasts=lasts))


def test_a_ladder_comes_after_those_it_looks_at_whatever_the_order_of_the_file() -> None:
    assert [ladder.name for ladder in in_order(compiled(team("day")))] == ["guild", "club", "patron"]


def test_two_ladders_that_look_at_each_other_keep_the_order_of_the_file() -> None:
    ladders = """
  last: {title: {en: C, zh: 丙}, levels: [{name: one, when: {member.level.club: silver}}]}
  club:
    title: {en: A, zh: 甲}
    levels: [{name: silver, when: {member.level.guild: one}}, {name: gold, when: {member.highest.guild: one}}]
  guild: {title: {en: B, zh: 乙}, levels: [{name: one, when: {member.level.club: silver}}]}
"""
    assert [ladder.name for ladder in in_order(compiled(CLUB.format(ladders=ladders)))] == ["club", "guild", "last"]


@pytest.mark.parametrize("evaluated", ["at_once", "afterwards", "day"])
def test_a_level_counts_for_the_levels_above_it_in_the_same_evaluation(evaluated: str) -> None:
    world = World(compiled(team(evaluated)))
    for name, sponsor in (("top", None), ("ann", "top"), ("bob", "ann"), ("cid", "ann"), ("dan", "cid")):
        world.join(name, sponsor)
    world.event("bob", "stay", {"nights": 2}, on=DAY)
    world.event("dan", "stay", {"nights": 4}, on=DAY)
    if evaluated == "day":
        world.close(DAY)
    # bob and dan are of silver, so ann, with two legs, of gold, and who sponsors gold is at the top
    assert [world.level(name, "club") for name in world.members] == ["top", "gold", "silver", None, "silver"]
    assert [world.level(name, "patron") for name in world.members] == [None, None, None, "one", None]


STAYS = st.lists(st.tuples(st.integers(0, 7), st.sampled_from([1, 2, 4, 9]), st.integers(0, 2)), max_size=12)


@laws
@given(tree=trees(), stays=STAYS, evaluated=st.sampled_from(["at_once", "afterwards"]))
def test_what_events_make_of_levels_is_what_a_close_makes_of_them(
    tree: Tree, stays: list[tuple[int, int, int]], evaluated: str
) -> None:
    by_events, by_closes = (populated(compiled(team(each)), tree) for each in (evaluated, "day"))
    today = date.fromisoformat(DAY)
    for member, nights, days in [*stays, (0, 0, 2), (0, 0, 2)]:
        for world in (by_events, by_closes):
            if nights:
                world.event(f"m{member % len(tree)}", "stay", {"nights": nights}, on=today.isoformat())
        for _ in range(days):
            for world in (by_events, by_closes):
                world.close(today)
            for ladder in by_events.plan.ladders:
                for name in by_events.members:
                    assert by_events.level(name, ladder) == by_closes.level(name, ladder)
            today += timedelta(days=1)


@laws
@given(tree=trees(), stays=STAYS, lasts=st.sampled_from(["evaluation", "for_ever", "{days: 9}"]))
def test_a_close_changes_nothing_that_events_of_the_day_have_settled(
    tree: Tree, stays: list[tuple[int, int, int]], lasts: str
) -> None:
    world = populated(compiled(team("afterwards", lasts)), tree)
    for member, nights, _ in stays:
        world.event(f"m{member % len(tree)}", "stay", {"nights": nights}, on=DAY)
    levels = {(name, ladder): world.level(name, ladder) for name in world.members for ladder in world.plan.ladders}
    world.close(DAY)
    assert levels == {(name, ladder): world.level(name, ladder) for name, ladder in levels}


def test_time_alone_takes_away_what_a_rolling_window_gave_and_gives_what_the_days_since_joining_do() -> None:
    ladders = """
  club: {title: {en: A, zh: 甲}, evaluated: at_once, lasts: evaluation, measure: member.measure.nights,
         levels: [{name: silver, from: "2"}, {name: gold, from: "4"}]}
  guild: {title: {en: B, zh: 乙}, evaluated: afterwards, measure: member.days_since_joined,
          levels: [{name: one, from: "3"}]}
"""
    world = World(compiled(CLUB.format(ladders=ladders)))
    world.join("ann", on="2026-03-01")
    world.event("ann", "stay", {"nights": 2}, on=DAY)
    seen = []
    for day in range(1, 6):
        world.close(f"2026-03-0{day}")
        seen.append((world.level("ann", "club"), world.level("ann", "guild"), world.balance("ann", "gifts")))
    assert seen == [
        ("silver", None, "1"),
        ("silver", None, "1"),
        ("silver", None, "1"),
        ("silver", "one", "2"),
        (None, "one", "2"),
    ]


def test_a_level_reached_at_a_month_s_end_holds_until_the_next_evaluation_has_looked() -> None:
    ladders = """
  club: {title: {en: A, zh: 甲}, evaluated: month, lasts: {months: 1}, measure: member.measure.nights,
         levels: [{name: silver, from: "2"}, {name: gold, from: "4"}]}
  guild: {title: {en: B, zh: 乙}, levels: [{name: one, when: {member.days_since_joined: {at_least: 999}}}]}
"""
    daily = """
  - id: daily
    on: day.close
    when: {member.level.club: silver}
    grant: {asset: gifts, to: member, amount: "10"}
"""
    world = World(compiled(CLUB.format(ladders=ladders) + daily))
    world.join("ann")
    world.event("ann", "stay", {"nights": 2}, on="2026-01-31")
    world.close("2026-01-31")
    assert world.standing("ann", "club").until == date(2026, 2, 28).toordinal()
    for day in range(1, 28):
        world.close(date(2026, 2, day))
    assert (world.level("ann", "club"), world.balance("ann", "gifts")) == ("silver", "281")
    world.close("2026-02-28")
    assert (world.level("ann", "club"), world.balance("ann", "gifts")) == (None, "291")


GROUPS = """
plan: groups
title: {{en: Groups, zh: 小组}}
currency: CNY
timezone: Asia/Shanghai
assets: {{gifts: {{title: {{en: Gifts, zh: 礼}}, scale: 0}}}}
events: {{stay: {{title: {{en: Stay, zh: 入住}}, fields: {{nights: number}}}}}}
measures:
  group:
    sum: event.nights
    on: event.stay
    over: day
    of: team
    without: {{member.level.rank: {{at_least: head}}}}
ladders:
  rank:
    title: {{en: Rank, zh: 职级}}
    measure: member.measure.group
    evaluated: {evaluated}
    lasts: evaluation
    levels: [{{name: helper, from: "2"}}, {{name: head, from: "5"}}]
rules:
  - {{id: thanks, on: level.reached, when: {{reached.rank: head}}, grant: {{asset: gifts, to: member, amount: "1"}}}}
"""


@pytest.mark.parametrize("evaluated", ["at_once", "afterwards", "day"])
def test_who_breaks_away_in_an_evaluation_does_not_count_for_those_above_in_the_same(evaluated: str) -> None:
    world = World(compiled(GROUPS.format(evaluated=evaluated)))
    for name, sponsor in (("top", None), ("ann", "top"), ("bob", "ann"), ("cid", "bob")):
        world.join(name, sponsor)
    world.event("cid", "stay", {"nights": 9}, on=DAY)
    world.close(DAY)
    # With cid's nine nights everybody has nine; but cid is a head, and nobody above has any without them.
    assert [world.level(name, "rank") for name in world.members] == [None, None, None, "head"]
    assert [world.balance(name, "gifts") for name in world.members] == ["0", "0", "0", "1"]


@laws
@given(tree=trees(), nights=st.lists(st.integers(0, 7), min_size=8, max_size=8))
def test_groups_without_those_that_have_broken_away_are_settled_from_below(tree: Tree, nights: list[int]) -> None:
    world = populated(compiled(GROUPS.format(evaluated="day")), tree)
    own = {name: nights[index] for index, name in enumerate(world.members)}
    for name, count in own.items():
        world.event(name, "stay", {"nights": count}, on=DAY)
    world.close(DAY)
    groups = dict(own)
    for index in reversed(range(len(tree))):  # who is sponsored comes after their sponsor
        name, (sponsor, _) = f"m{index}", tree[index]
        assert world.level(name, "rank") == ("head" if groups[name] >= 5 else "helper" if groups[name] >= 2 else None)
        if sponsor is not None and groups[name] < 5:
            groups[f"m{sponsor}"] += groups[name]
