"""Trees in which members are placed and moved: what was sold counts for who was above on the day of the order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.errors import InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.close import CloseOutcome, CloseRun
from rewards.interpreter.gathering import gather
from rewards.interpreter.measuring_columns import measured
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.world import World
from rewards.money import parse_amount
from rewards.plan.model import BURNED, ISSUANCE

from .worlds import compiled, laws, shipped

many = settings(laws, max_examples=40)
MONDAY = date(2026, 1, 5)
LEGS = ("left", "middle", "right")

HEAD = """
plan: trees
title: {en: Trees, zh: 网}
currency: CNY
timezone: Asia/Shanghai
trees:
  placed: {title: {en: Placed, zh: 安置}, legs: [left, middle, right]}
  free: {title: {en: Free, zh: 自由}}
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
"""
PLAN = compiled(
    HEAD
    + """
measures:
  below: {sum: order.cash, of: downline, tree: placed}
  team: {sum: order.cash, over: {days: 4}, of: team, tree: free}
  second: {count: order.paid, of: {generation: 2}, tree: free}
  left: {sum: order.cash, over: week, of: {leg: left}, tree: placed}
  largest: {sum: order.cash, of: {legs: largest}, tree: free}
  rest: {sum: order.cash, over: {last: week}, of: {legs: all_but_largest}, tree: placed}
  sponsored: {sum: order.cash, of: {generations: 3}}
rules:
  - {id: a, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.below}}}
  - {id: b, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.team}}}
  - {id: c, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.left}}}
  - {id: d, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.largest}}}
  - {id: e, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.rest}}}
  - {id: f, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.sponsored}}}
  - {id: g, on: day.close, when: {member.measure.second: {above: 0}}, grant: {asset: points, to: member, amount: "1"}}
"""
)


# --- placing and moving ------------------------------------------------------------------------------------------


def family(*names: str) -> World:
    world = World(PLAN)
    for name in names:
        world.join(name)
    return world


def test_a_move_holds_from_its_day_on() -> None:
    world = family("ann", "ben", "cleo")
    world.give_place("free", "cleo", "ann")
    world.place("free", "cleo", "ben", on="2026-01-07")
    above = [world.place_of("free", "cleo", on=f"2026-01-0{day}") for day in (5, 6, 7, 8)]
    assert above == ["ann", "ann", "ben", "ben"]
    assert world.place_of("free", "ann", on="2026-01-07") is None


def test_a_placement_said_later_for_the_same_day_replaces_the_one_before() -> None:
    world = family("ann", "ben", "cleo")
    world.place("placed", "cleo", "ann", "left", on="2026-01-07")
    world.place("placed", "cleo", "ann", "right", on="2026-01-07")
    world.place("placed", "ben", "ann", "left", on="2026-01-07")
    children = world.source.children("placed", 1, date(2026, 1, 7).toordinal())
    assert children == [(2, "left"), (3, "right")]


def test_a_placement_may_come_before_another_that_was_said_first() -> None:
    world = family("ann", "ben", "cleo")
    world.place("free", "cleo", "ben", on="2026-01-20")
    world.place("free", "cleo", "ann", on="2026-01-10")
    assert [world.place_of("free", "cleo", on=f"2026-01-{day}") for day in ("09", "10", "19", "20")] == [
        None,
        "ann",
        "ann",
        "ben",
    ]


def test_who_is_placed_on_the_day_they_join_changes_nothing_that_was_before() -> None:
    world = family("ann")
    world.join("ben", on="2026-01-07")
    world.place("free", "ben", "ann", on="2026-01-07")
    assert world.source.changes("free") == []
    world.join("cleo", on="2026-01-07")
    world.place("free", "cleo", "ann", on="2026-01-08")
    assert world.source.changes("free") == [date(2026, 1, 8).toordinal()]


def test_a_sponsor_may_be_replaced_and_the_new_one_earns() -> None:
    plan = compiled(
        HEAD
        + """
measures: {today: {sum: order.cash, over: day}}
rules:
  - {id: thanks, on: order.paid, grant: {asset: points, to: sponsor, amount: {rate: 10%, of: order.cash}}}
  - {id: daily, on: day.close, share: {of: member.measure.today, generations: [1%], grant: points}}
"""
    )
    world = World(plan)
    for name, sponsor in (("ann", None), ("ben", None), ("cleo", "ann")):
        world.join(name, sponsor)
    world.place("sponsor", "cleo", "ben", on="2026-01-06")
    world.order("cleo", "100", on="2026-01-05")
    world.order("cleo", "200", on="2026-01-06")
    assert [world.balance(name, "points") for name in ("ann", "ben")] == ["10", "20"]
    world.close("2026-01-05")
    world.close("2026-01-06")
    assert [world.balance(name, "points") for name in ("ann", "ben")] == ["11", "22"]


def test_a_place_in_a_circle_is_refused() -> None:
    world = family("ann", "ben", "cleo")
    world.place("free", "ben", "ann", on="2026-01-05")
    world.place("free", "cleo", "ben", on="2026-01-05")
    with pytest.raises(Refused) as refused:
        world.place("free", "ann", "cleo", on="2026-01-06")
    assert str(refused.value) == (
        "on 2026-01-06 cleo stands below ann; place cleo elsewhere first, or name a member above"
    )
    assert world.place_of("free", "ann", on="2026-01-06") is None


def test_a_circle_that_would_only_come_later_is_refused() -> None:
    world = family("ann", "ben")
    world.place("free", "ben", "ann", on="2026-01-20")
    with pytest.raises(Refused, match="on 2026-01-20 ben stands below ann"):
        world.place("free", "ann", "ben", on="2026-01-10")
    world.place("free", "ben", "ann", on="2026-01-30")  # nothing new
    with pytest.raises(Refused):
        world.place("sponsor", "ann", "ann", on="2026-01-05")


def test_a_circle_of_sponsors_is_refused() -> None:
    world = World(PLAN)
    world.join("ann")
    world.join("ben", "ann")
    with pytest.raises(Refused, match="ben stands below ann"):
        world.place("sponsor", "ann", "ben", on="2026-01-06")


def test_a_leg_that_is_taken_on_any_day_is_refused() -> None:
    world = family("ann", "ben", "cleo")
    world.place("placed", "ben", "ann", "left", on="2026-01-20")
    with pytest.raises(Refused, match="the leg left under ann is taken by ben"):
        world.place("placed", "cleo", "ann", "left", on="2026-01-10")
    world.place("placed", "ben", "ann", "right", on="2026-01-20")
    world.place("placed", "cleo", "ann", "left", on="2026-01-10")
    assert world.place_of("placed", "cleo", on="2026-01-30") == "ann"


def test_a_leg_is_free_again_after_a_move() -> None:
    world = family("ann", "ben", "cleo")
    world.place("placed", "ben", "ann", "left", on="2026-01-05")
    world.place("placed", "ben", "ann", "right", on="2026-01-10")
    with pytest.raises(Refused):
        world.place("placed", "cleo", "ann", "left", on="2026-01-09")
    world.place("placed", "cleo", "ann", "left", on="2026-01-10")


@pytest.mark.parametrize(
    ("tree", "member", "under", "leg", "code"),
    [
        ("placd", "ben", "ann", None, "world.unknown-tree"),
        ("free", "bean", "ann", None, "world.unknown-member"),
        ("free", "ben", "anne", None, "world.unknown-member"),
        ("free", "ben", "ann", "left", "place.no-legs"),
        ("sponsor", "ben", "ann", "left", "place.no-legs"),
        ("placed", "ben", "ann", None, "place.leg-needed"),
        ("placed", "ben", "ann", "lift", "place.unknown-leg-suggest"),
        ("placed", "ben", "ann", "xyz", "place.unknown-leg"),
        ("placed", "ben", "ben", "left", "place.under-oneself"),
    ],
)
def test_what_is_no_place_is_refused(tree: str, member: str, under: str, leg: str | None, code: str) -> None:
    world = family("ann", "ben")
    with pytest.raises(RewardsError) as refused:
        world.place(tree, member, under, leg, on="2026-01-05")
    assert refused.value.code == code
    assert isinstance(refused.value, NotFound | InvalidRequest | Refused)
    assert "{" not in refused.value.text("zh") + refused.value.text()


def test_closed_days_stay_as_they_were() -> None:
    world = family("ann", "ben")
    world.close("2026-01-05")
    with pytest.raises(InvalidRequest, match="place from 2026-01-06 on"):
        world.place("free", "ben", "ann", on="2026-01-05")
    world.place("free", "ben", "ann", on="2026-01-06")


# --- measures, against counting them one order at a time ---------------------------------------------------------


@dataclass
class Sold:
    day: date
    member: int
    cash: int


@dataclass
class Recount:
    """Placements and orders as they were told, looked at one by one."""

    size: int
    sponsors: list[int]
    told: list[tuple[str, int, int, str, date]] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)

    def place(self, tree: str, member: int, day: date) -> tuple[int, str]:
        """Who is above on a day (0: nobody), and the leg."""
        found: tuple[int, str] = (0 if tree else self.sponsors[member - 1], "")
        since = date.min
        for of, who, parent, leg, first in self.told:
            if (of, who) == (tree, member) and since <= first <= day:
                found, since = (parent, leg), first
        return found

    def path(self, tree: str, member: int, day: date) -> list[tuple[int, str]]:
        """The way up: each member above, and the leg that is taken there."""
        steps = []
        above, leg = self.place(tree, member, day)
        while above:
            assert len(steps) < self.size, "a circle"
            steps.append((above, leg))
            above, leg = self.place(tree, above, day)
        return steps

    def legs(self, tree: str, member: int, first: date, last: date) -> Counter[int]:
        """What each leg of a member has sold, by the member directly below."""
        totals: Counter[int] = Counter()
        for each in self._within(first, last):
            way = [each.member, *(above for above, _ in self.path(tree, each.member, each.day))]
            if member in way[1:]:
                totals[way[way.index(member) - 1]] += each.cash
        return totals

    def named_leg(self, tree: str, leg: str, member: int, first: date, last: date) -> int:
        return sum(
            each.cash for each in self._within(first, last) if (member, leg) in self.path(tree, each.member, each.day)
        )

    def generations(self, tree: str, member: int, first: date, last: date) -> Iterator[tuple[int, int]]:
        """For every order below a member, or the member's own, the generation and the cash."""
        for each in self._within(first, last):
            way = [each.member, *(above for above, _ in self.path(tree, each.member, each.day))]
            if member in way:
                yield way.index(member), each.cash

    def _within(self, first: date, last: date) -> list[Sold]:
        return [each for each in self.sold if first <= each.day <= last]

    def measure(self, name: str, member: int, on: date) -> int:
        """What a measure of the plan above comes to."""
        monday = on - timedelta(days=on.weekday())
        if name == "below":
            return sum(cash for way, cash in self.generations("placed", member, date.min, on) if way)
        if name == "team":
            return sum(cash for _, cash in self.generations("free", member, on - timedelta(days=3), on))
        if name == "second":
            return sum(1 for way, _ in self.generations("free", member, date.min, on) if way == 2)
        if name == "left":
            return self.named_leg("placed", "left", member, monday, on)
        if name == "largest":
            return max(self.legs("free", member, date.min, on).values(), default=0)
        if name == "rest":
            week = monday - timedelta(days=7), monday - timedelta(days=1)
            legs = self.legs("placed", member, *week)
            return sum(legs.values()) - max(legs.values(), default=0)
        assert name == "sponsored"
        return sum(cash for way, cash in self.generations("", member, date.min, on) if 1 <= way <= 3)


steps = st.lists(
    st.tuples(
        st.sampled_from(["order", "order", "order", "place", "place", "place", "close", "join"]),
        st.integers(0, 8),
        st.integers(0, 8),
        st.integers(0, 4),
        st.sampled_from(["placed", "placed", "free", "free", "sponsor"]),
        st.sampled_from(LEGS),
    ),
    min_size=6,
    max_size=28,
)


def lived(taken: list[tuple[str, int, int, int, str, str]]) -> tuple[World, Recount, date]:
    """A world in which things have happened, the same told one by one, and the first open day."""
    world, recount, today = World(PLAN), Recount(3, [0, 1, 1]), MONDAY
    for index, sponsor in enumerate(recount.sponsors):
        world.join(f"m{index + 1}", f"m{sponsor}" if sponsor else None)
    for kind, one, two, more, tree, leg in taken:
        member, other, day = one % recount.size + 1, two % recount.size + 1, today + timedelta(days=more)
        own = "" if tree == "sponsor" else tree
        if kind == "join":
            recount.size += 1
            recount.sponsors.append(other)
            world.join(f"m{recount.size}", f"m{other}", on=today.isoformat())
            member, day, kind = recount.size, today, "place" if more > 1 else "join"
        if kind == "close":
            world.close(today)
            today += timedelta(days=1)
        elif kind == "order":
            joined = world.source.joined.get(member, 0)
            day = max(day, date.fromordinal(joined or 1))
            world.order(f"m{member}", str(one + 1), on=day.isoformat())
            recount.sold.append(Sold(day, member, 100 * (one + 1)))
        elif kind == "place":
            name = leg if tree == "placed" else None
            try:
                world.place(tree, f"m{member}", f"m{other}", name, on=day.isoformat())
            except Refused:
                continue
            recount.told.append((own, member, other, name or "", day))
    return world, recount, today


@many
@given(taken=steps, ahead=st.integers(0, 9))
def test_measures_are_what_recounting_every_order_gives(
    taken: list[tuple[str, int, int, int, str, str]], ahead: int
) -> None:
    world, recount, today = lived(taken)
    on = today + timedelta(days=ahead)
    columns = CloseRun(PLAN, gather(world, on), on)
    for name, measure in PLAN.measures.items():
        expected = [recount.measure(name, member, on) for member in range(1, recount.size + 1)]
        by_member = [
            parse_amount(world.measure(each, name, on=on.isoformat()), measure.scale) for each in world.members
        ]
        assert by_member == expected, name
        found = measured(columns, measure)
        assert isinstance(found, np.ndarray)
        assert found.tolist() == expected, name


@many
@given(taken=steps)
def test_no_placement_that_is_taken_makes_a_circle_or_shares_a_leg(
    taken: list[tuple[str, int, int, int, str, str]],
) -> None:
    world, recount, today = lived(taken)
    for day in (MONDAY + timedelta(days=each) for each in range((today - MONDAY).days + 6)):
        for tree in ("", "free", "placed"):
            shape = gather(world, day).shape(tree, day.toordinal())
            places = []
            for member in range(1, recount.size + 1):
                recount.path(tree, member, day)
                parent, leg = recount.place(tree, member, day)
                above = world.place_of(tree or "sponsor", f"m{member}", on=day.isoformat())
                joined = world.source.joined.get(member, 0)
                if day.toordinal() >= joined:
                    assert above == (f"m{parent}" if parent else None)
                assert shape.parent[member - 1] == (world.ordinal(above) - 1 if above else -1)
                places += [(parent, leg)] if leg else []
            assert len(set(places)) == len(places)


# --- pairing -----------------------------------------------------------------------------------------------------

PAIRING = shipped("examples/two-legs", ('{from: "10000", rate: 100%}', '{from: "300", rate: 100%}'))

weeks = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from(["order", "order", "order", "move"]),
            st.integers(0, 6),
            st.integers(0, 6),
            st.integers(0, 6),
            st.sampled_from(["60", "100", "250", "799"]),
            st.sampled_from(["left", "right"]),
        ),
        max_size=9,
    ),
    min_size=1,
    max_size=4,
)


def given_and_taken(outcome: Outcome | CloseOutcome | None) -> Counter[tuple[str, int, str]]:
    """What each rule has granted to and taken of each member, by asset."""
    found: Counter[tuple[str, int, str]] = Counter()
    assert isinstance(outcome, CloseOutcome)
    for block in outcome.blocks:
        rule = PAIRING.rules[block.rule].id
        asset = PAIRING.books[block.source_book][0].name
        size = len(block.quantity)
        sources, targets = np.broadcast_to(block.source, size), np.broadcast_to(block.target, size)
        for source, target, quantity in zip(sources.tolist(), targets.tolist(), block.quantity.tolist(), strict=True):
            assert (source == ISSUANCE) != (target in (BURNED, ISSUANCE)), "a grant, or something used up"
            found[rule, max(source, target), asset] += quantity
    return found


@settings(laws, max_examples=40)
@given(told=weeks)
def test_pairing_loses_no_volume(told: list[list[tuple[str, int, int, int, str, str]]]) -> None:
    world = World(PAIRING)
    for index in range(7):
        world.join(f"m{index}")
    for index in range(1, 7):
        world.give_place("placement", f"m{index}", f"m{(index - 1) // 2}", "left" if index % 2 else "right")
    recount = Recount(7, [0] * 7)
    recount.told = [
        ("placement", index + 1, (index - 1) // 2 + 1, "left" if index % 2 else "right", date.min)
        for index in range(1, 7)
    ]
    granted: Counter[tuple[int, str]] = Counter()
    used: Counter[tuple[int, str]] = Counter()
    for number, week in enumerate(told):
        monday = MONDAY + timedelta(weeks=number)
        for kind, one, two, weekday, total, leg in sorted(week, key=lambda each: each[3]):
            day = monday + timedelta(days=weekday)
            if kind == "order":
                world.order(f"m{one}", total, on=day.isoformat())
                recount.sold.append(Sold(day, one + 1, 100 * int(total)))
            else:
                try:
                    world.place("placement", f"m{one}", f"m{two}", leg, on=day.isoformat())
                except Refused:
                    continue
                recount.told.append(("placement", one + 1, two + 1, leg, day))
        for weekday in range(7):
            world.close(monday + timedelta(days=weekday))
        moved = given_and_taken(world.last)
        sunday = monday + timedelta(days=6)
        for member in range(1, 8):
            for leg in ("left", "right"):
                volume = f"{leg}-volume"
                sold = recount.named_leg("placement", leg, member, monday, sunday)
                assert moved[f"count-{leg}", member, volume] == sold
                granted[member, leg] += sold
                paired, flushed = moved["pair", member, volume], moved[f"flush-{leg}", member, volume]
                used[member, leg] += paired + flushed
                carried = parse_amount(world.balance(f"m{member - 1}", volume), 2)
                assert granted[member, leg] == used[member, leg] + carried
                assert carried <= 300_00
            bonus = moved["pair", member, "bonus"]
            assert moved["pair", member, "left-volume"] == moved["pair", member, "right-volume"] == 10 * bonus
