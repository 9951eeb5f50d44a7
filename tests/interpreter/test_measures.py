"""Measures of one member: what they come to is what a recount of all that has happened comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import InvalidRequest, NotFound
from rewards.interpreter.measuring import capped_total
from rewards.interpreter.world import World
from rewards.plan.model import Plan

from .worlds import compiled, laws

START = date(2026, 1, 30)
JOINED = {"ann": date(2025, 3, 10), "bob": date(2024, 2, 29), "cid": date(2025, 12, 31)}
TAGGED = {"ann": date(2026, 2, 10)}

HEADER = """
plan: counted
title: {en: Counted, zh: 计数}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, cash_value: "1"}
payment: {asset: points, up_to: 100%}
events:
  stay: {title: {en: Stay, zh: 入住}, fields: {nights: number, suite: flag}}
tags: {guest: {title: {en: Guest, zh: 来宾}}}
rules:
  - {id: base, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 30%, of: order.cash, round: up}}}
  - {id: slept, on: event.stay, grant: {asset: points, to: member, amount: {rate: "0.5", of: event.nights}}}
measures:
"""


# --- what happened ---------------------------------------------------------------------------------------------------


@dataclass
class Happening:
    """An order or a stay, and what is left of the order."""

    member: str
    day: date
    cash: int = 0
    points: int = 0
    shop: str = ""
    granted: int = 0
    refunded: int = 0
    nights: int = 0
    suite: bool = False

    @property
    def order(self) -> bool:
        return self.cash + self.points > 0

    @property
    def left(self) -> bool:
        return not self.order or self.refunded < self.cash + self.points

    def of(self, amount: int) -> int:
        """What is left of an amount that goes back rounded down."""
        return amount - amount * self.refunded // (self.cash + self.points)

    @property
    def earned(self) -> int:
        total = self.cash + self.points
        return self.granted - (-(-self.granted * self.refunded // total) if total else 0)


class Kind(NamedTuple):
    """How a measure is written, what it looks at, and how it is counted again."""

    written: str
    about: Callable[[Happening], bool]
    recount: Callable[[list[Happening]], int]


def orders(entry: Happening) -> bool:
    return entry.order


def stays(entry: Happening) -> bool:
    return not entry.order


def left(entries: list[Happening]) -> list[Happening]:
    return [each for each in entries if each.left]


KINDS = {
    "sum": Kind("sum: order.cash", orders, lambda found: sum(each.of(each.cash) for each in found)),
    "count": Kind("count: order.paid", orders, lambda found: len(left(found))),
    "large": Kind(
        'count: order.paid, when: {order.cash: {at_least: "5"}}',
        lambda each: each.order and each.cash >= 500,
        lambda found: len(left(found)),
    ),
    "max": Kind("max: order.cash", orders, lambda found: max((each.of(each.cash) for each in left(found)), default=0)),
    "days": Kind("days: order.paid", orders, lambda found: len({each.day for each in left(found)})),
    "shops": Kind(
        "distinct: order.attributes.shop", orders, lambda found: len({each.shop for each in left(found)} - {""})
    ),
    "nights": Kind("sum: event.nights, on: event.stay", stays, lambda found: sum(each.nights for each in found)),
    "suites": Kind("count: event.stay, when: {event.suite: true}", lambda each: each.suite, lambda found: len(found)),
    "earned": Kind("earned: points", lambda each: True, lambda found: sum(each.earned for each in found)),
    "from-base": Kind("earned: points, by: [base]", orders, lambda found: sum(each.earned for each in found)),
    "spent": Kind("spent: points", orders, lambda found: sum(each.of(each.points) for each in found)),
}


def months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError


def quarter(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def month(day: date) -> int:
    return day.year * 12 + day.month


def week(day: date) -> int:
    return (day.toordinal() - 1) // 7


def year_of_membership(joined: date, day: date) -> int:
    """Complete years, an anniversary on 29 February being kept on 28 February."""
    kept = (joined.month, min(joined.day, 28) if joined.month == 2 and day.year % 4 else joined.day)
    return day.year - joined.year - ((day.month, day.day) < kept)


Inside = Callable[[str, date, date, list[Happening]], bool]
"""Whether a day lies in a member's window on another day, given all that happened."""


def last_stay(member: str, today: date, log: list[Happening]) -> date:
    return max((each.day for each in log if each.member == member and not each.order), default=date.max)


WINDOWS: dict[str, tuple[str, Inside]] = {
    "ever": ("ever", lambda who, day, today, log: True),
    "day": ("day", lambda who, day, today, log: day == today),
    "week": ("week", lambda who, day, today, log: week(day) == week(today)),
    "month": ("month", lambda who, day, today, log: month(day) == month(today)),
    "quarter": ("quarter", lambda who, day, today, log: quarter(day) == quarter(today)),
    "year": ("year", lambda who, day, today, log: day.year == today.year),
    "own-year": (
        "membership_year",
        lambda who, day, today, log: year_of_membership(JOINED[who], day) == year_of_membership(JOINED[who], today),
    ),
    "9-days": ("{days: 9}", lambda who, day, today, log: (today - day).days < 9),
    "2-months": ("{months: 2}", lambda who, day, today, log: day > months_before(today, 2)),
    "last-week": ("{last: week}", lambda who, day, today, log: week(day) == week(today) - 1),
    "last-month": ("{last: month}", lambda who, day, today, log: month(day) == month(today) - 1),
    "last-own-year": (
        "{last: membership_year}",
        lambda who, day, today, log: year_of_membership(JOINED[who], day) == year_of_membership(JOINED[who], today) - 1,
    ),
    "joined": ("{since: joined}", lambda who, day, today, log: day >= JOINED[who]),
    "tagged": ("{since: tag.guest}", lambda who, day, today, log: TAGGED.get(who, date.max) <= min(day, today)),
    "stayed": ("{since: event.stay}", lambda who, day, today, log: day >= last_stay(who, today, log)),
    "dates": (
        "{from: 2026-02-05, through: 2026-03-04}",
        lambda who, day, today, log: date(2026, 2, 5) <= day <= date(2026, 3, 4),
    ),
}


@cache
def counting_plan() -> Plan:
    lines = [
        f"  {kind}-{window}: {{{of.written}, over: {over}}}"
        for kind, of in KINDS.items()
        for window, (over, _) in WINDOWS.items()
    ]
    return compiled(HEADER + "\n".join(lines) + "\n")


class Life:
    """A world and a log of what has happened in it."""

    def __init__(self) -> None:
        self.world = World(counting_plan())
        self.log: list[Happening] = []
        self.day = START
        for name, joined in JOINED.items():
            self.world.join(name, joined=joined.isoformat())
            self.world.give(name, "points", "1000")
        self.world.give_tag("ann", "guest", first=TAGGED["ann"].isoformat())

    def order(self, member: str, cash: int, points: int, shop: str) -> None:
        on, id = self.day.isoformat(), str(len(self.log))
        total = f"{(cash + points) / 100:.2f}"
        paid = [("points", f"{points / 100:.2f}")] if points else []
        attributes = {"shop": shop} if shop else {}
        self.world.order(member, total, on=on, points=paid, attributes=attributes, id=id)
        self.log.append(Happening(member, self.day, cash, points, shop, -(-cash * 3 // 10)))

    def refund(self, number: int, percent: int) -> None:
        refundable = [(str(index), each) for index, each in enumerate(self.log) if each.order and each.left]
        if refundable:
            id, order = refundable[number % len(refundable)]
            amount = -(-(order.cash + order.points - order.refunded) * percent // 100)
            self.world.refund(id, f"{amount / 100:.2f}", on=self.day.isoformat())
            order.refunded += amount

    def stay(self, member: str, nights: int, suite: bool) -> None:
        self.world.event(member, "stay", {"nights": nights, "suite": suite}, on=self.day.isoformat())
        self.log.append(Happening(member, self.day, nights=nights, suite=suite, granted=nights * 50))

    def recounted(self, kind: str, window: str, member: str) -> int:
        about, recount = KINDS[kind].about, KINDS[kind].recount
        inside = WINDOWS[window][1]
        mine = [each for each in self.log if each.member == member and about(each)]
        return recount([each for each in mine if inside(member, each.day, self.day, self.log)])


members = st.sampled_from(sorted(JOINED))
shops = st.sampled_from(["", "a", "b"])
what_happens = st.lists(
    st.one_of(
        st.tuples(st.just("order"), members, st.integers(1, 1000), st.integers(0, 300), shops),
        st.tuples(st.just("stay"), members, st.integers(0, 9), st.booleans()),
        st.tuples(st.just("refund"), st.integers(0, 20), st.sampled_from([1, 50, 99, 100])),
        st.tuples(st.just("wait"), st.integers(1, 20)),
    ),
    min_size=1,
    max_size=20,
)  # fmt: skip


@laws
@given(what_happens)
def test_every_measure_is_what_a_recount_comes_to(happenings: list[tuple]) -> None:
    life = Life()
    for kind, *details in happenings:
        if kind == "wait":
            life.day += timedelta(days=details[0])
        else:
            getattr(life, kind)(*details)
    for kind in KINDS:
        for window in WINDOWS:
            name = f"{kind}-{window}"
            for member in JOINED:
                units = life.recounted(kind, window, member)
                scale = life.world.plan.measures[name].scale
                found = Fraction(life.world.measure(member, name, on=life.day.isoformat())) * 10**scale
                assert found == units, (name, member)


# --- of whom ---------------------------------------------------------------------------------------------------------

OF = {
    "own": "member",
    "referrals": "referrals",
    "second": "{generation: 2}",
    "two": "{generations: 2}",
    "downline": "downline",
    "team": "team",
    "largest": "{legs: largest}",
    "smallest": "{legs: smallest}",
    "others": "{legs: all_but_largest}",
    "capped": "{legs: capped, share: 50%}",
    "reaching": '{legs: count, reaching: "10"}',
}

BELOW = (
    """
plan: below
title: {en: Below, zh: 下级}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0}}
rules: [{id: base, on: order.paid, grant: {asset: points, to: buyer, amount: "1"}}]
measures:
  all: {sum: order.cash, of: everybody}
  buyers: {count: members, of: everybody, when: {member.orders: {at_least: 1}}}
  rich: {count: members, of: downline, when: {member.measure.of-own: {at_least: "10"}}}
  held: {sum: member.balance.points, of: team}
"""
).replace(
    "measures:\n", "measures:\n" + "".join(f"  of-{name}: {{sum: order.cash, of: {of}}}\n" for name, of in OF.items())
)

DAY = "2026-03-02"


def family() -> World:
    """Ann's legs are bob, with cid and dan below him, and eve; fay, below eve, has bought nothing."""
    world = World(compiled(BELOW))
    world.join("ann")
    for name, sponsor, spent in (
        ("bob", "ann", "1"), ("cid", "bob", "20"), ("dan", "cid", "5"), ("eve", "ann", "8"), ("fay", "eve", ""),
    ):  # fmt: skip
        world.join(name, sponsor)
        if spent:
            world.order(name, spent, on=DAY)
    return world


@pytest.mark.parametrize(
    ("of", "worth"),
    {
        "own": "0.00", "referrals": "9.00", "second": "20.00", "two": "29.00", "downline": "34.00", "team": "34.00",
        "largest": "26.00", "smallest": "8.00", "others": "8.00", "capped": "16.00", "reaching": "1",
    }.items(),
)  # fmt: skip
def test_a_measure_adds_up_those_it_is_of(of: str, worth: str) -> None:
    assert family().measure("ann", f"of-{of}", on=DAY) == worth


def test_a_leg_alone_is_no_smallest_leg_and_gives_no_capped_total() -> None:
    world = family()
    assert world.measure("bob", "of-smallest", on=DAY) == "0.00"
    assert world.measure("bob", "of-capped", on=DAY) == "0.00"
    assert world.measure("fay", "of-largest", on=DAY) == "0.00"


def test_members_are_counted_as_they_are_now() -> None:
    world = family()
    assert (world.measure("ann", "rich", on=DAY), world.measure("bob", "held", on=DAY)) == ("1", "3")
    assert (world.plan_measure("buyers", on=DAY), world.plan_measure("all", on=DAY)) == ("4", "34.00")


def test_a_chain_of_any_length_can_be_looked_down() -> None:
    world = World(compiled(BELOW))
    world.join("0")
    for number in range(1, 3000):
        world.join(str(number), str(number - 1))
    world.order("2999", "7", on=DAY)
    assert world.measure("0", "of-downline", on=DAY) == "7.00"


@laws
@given(st.lists(st.integers(-5, 40), max_size=5), st.fractions(Fraction(1, 20), 2, max_denominator=20))
def test_a_capped_total_is_the_largest_to_which_no_leg_gives_more_than_its_share(
    legs: list[int], share: Fraction
) -> None:
    def comes_to(total: int) -> bool:
        return sum(min(Fraction(max(leg, 0)), share * total) for leg in legs) >= total

    found = capped_total(legs, share)
    assert comes_to(found)
    assert not comes_to(found + 1)


# --- what a world can be told ----------------------------------------------------------------------------------------


def test_a_world_can_be_told_what_was_counted_before() -> None:
    world = Life().world
    for kind in ("sum", "count", "max", "days", "shops", "nights", "earned"):
        world.give_measure("bob", f"{kind}-ever", "3", on="2026-01-29")
        assert Fraction(world.measure("bob", f"{kind}-ever", on="2026-01-30")) == 3
        assert Fraction(world.measure("ann", f"{kind}-ever", on="2026-01-30")) == 0
    with pytest.raises(InvalidRequest, match="looks at members as they are now"):
        family().give_measure("ann", "rich", "1", on=DAY)
    with pytest.raises(NotFound, match="no measure big"):
        world.give_measure("bob", "big", "1", on=DAY)
