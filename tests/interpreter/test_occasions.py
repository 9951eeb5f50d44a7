"""What happens to one member by itself: events a plan declares, joining, being given a tag; and values of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import pytest

from rewards.errors import InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.periods import format_period, read_period
from rewards.interpreter.run import applies
from rewards.interpreter.world import World
from rewards.plan.events import Declared, Joined, TagGiven
from rewards.plan.model import Plan
from rewards.plan.windows import Span

from .worlds import compiled, shipped, snapshot

DAY = "2026-03-02"

HOTEL = """
plan: hotel
title: {en: Hotel, zh: 酒店}
currency: CNY
timezone: Asia/Shanghai
parameters:
  each:
    title: {en: A night, zh: 每晚}
    values: [{from: 2026-01-01, value: "10"}, {from: 2026-07-01, value: "20"}]
  dividend: {title: {en: Dividend, zh: 分红}, declared: year}
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0}
events:
  stay: {title: {en: Stay, zh: 入住}, fields: {nights: number, spend: amount, hotel: text, suite: flag}}
  review: {title: {en: Review, zh: 点评}}
tags: {vip: {title: {en: VIP, zh: 贵宾}}, guest: {title: {en: Guest, zh: 来宾}}}
ladders:
  size: {title: {en: Size, zh: 大小}, measure: event.nights, levels: [{name: long, from: "7", extra: "2"}]}
rules:
  - id: nights
    on: event.stay
    when: {event.suite: false, event.hotel: {is_not: far}, event.time: {at_least: "10:00"}}
    grant: {asset: points, to: member, amount: {rate: $each, of: event.nights}}
  - {id: spent, on: event.stay, grant: {asset: points, to: sponsor, amount: {rate: 1, of: event.spend}}}
  - {id: long, on: event.stay, grant: {asset: points, to: member, amount: {times: size.extra, of: event.nights}}}
  - {id: said, on: event.review, grant: {asset: points, to: member, amount: "3"}}
  - {id: welcome, on: member.joined, grant: {asset: points, to: member, amount: "5"}}
  - id: brought
    on: member.joined
    when: {member.birthday_month: true}
    grant: {asset: points, to: sponsor, amount: "7"}
  - {id: vip, on: tag.given, when: {tag.name: vip}, grant: {asset: points, to: member, amount: "100"}}
  - id: yearly
    on: year.close
    grant: {asset: points, to: member, amount: {rate: $dividend, of: member.balance.points}}
"""


@cache
def hotel() -> Plan:
    return compiled(HOTEL)


def staying() -> World:
    world = World(hotel())
    world.join("ann")
    world.join("bob", "ann")
    return world


@pytest.mark.parametrize(
    ("fields", "bob", "ann"),
    [
        ({}, "0", "0"),
        ({"nights": 2}, "20", "0"),
        ({"nights": 2, "suite": True}, "0", "0"),
        ({"nights": 2, "hotel": "far", "spend": "30.50"}, "0", "30"),
        ({"nights": 7, "hotel": "near"}, "84", "0"),
    ],
)
def test_rules_on_a_declared_event_look_at_its_fields(fields: dict[str, object], bob: str, ann: str) -> None:
    world = staying()
    world.event("bob", "stay", fields, on=DAY)
    assert (world.balance("bob", "points"), world.balance("ann", "points")) == (bob, ann)


def test_a_declared_event_happens_at_a_time_of_day() -> None:
    world = staying()
    world.event("bob", "stay", {"nights": 1}, on=DAY, time="09:59")
    assert world.balance("bob", "points") == "0"
    world.event("bob", "stay", {"nights": 1}, on=DAY, time="10:00")
    assert world.balance("bob", "points") == "10"


def test_only_the_rules_of_an_event_run_on_it() -> None:
    world = staying()
    outcome = world.event("bob", "review", on=DAY)
    assert outcome is not None
    assert [transfer.rule for transfer in outcome.transfers] == [hotel().rule("said").index]


def test_an_event_is_interpreted_with_the_values_of_its_day() -> None:
    world = staying()
    for on, points in (("2025-12-31", "10"), ("2026-06-30", "20"), ("2026-07-01", "40")):
        world.event("bob", "stay", {"nights": 1}, on=on)
        assert world.balance("bob", "points") == points


def test_who_joins_is_welcome_and_who_was_there_before_is_not_welcomed() -> None:
    world = staying()
    world.join("cid", "bob", on=DAY, birthday="1990-03-31")
    world.join("dan", "bob", on=DAY, birthday="1990-04-01")
    assert [world.balance(name, "points") for name in world.members] == ["0", "7", "5", "5"]
    world.close(DAY)
    world.join("eve", on=DAY)
    assert world.source.joined[5] == date(2026, 3, 3).toordinal()


def test_a_tag_given_may_earn_something() -> None:
    world = staying()
    world.tag("bob", "guest", on=DAY)
    world.tag("bob", "vip", on=DAY, first="2026-04-01", until="2026-04-30")
    assert world.balance("bob", "points") == "100"
    assert [world.tags("bob", on=on) for on in (DAY, "2026-04-30", "2026-05-01")] == [
        ["guest"], ["vip", "guest"], ["guest"],
    ]  # fmt: skip


def test_a_refused_tag_is_not_given() -> None:
    text = HOTEL.replace("assets:\n", "assets:\n  none: {title: {en: None, zh: 无}, scale: 0}\n")
    world = World(compiled(text))
    world.join("ann")
    world.tag("ann", "vip", on=DAY, until=DAY)
    before = snapshot(world)

    def refuse(*_: object) -> None:
        raise Refused("request.no-rule", kind="tag", plan="hotel")

    world.happen = refuse  # type: ignore[assignment,method-assign]
    with pytest.raises(Refused):
        world.tag("ann", "vip", on=DAY)
    assert snapshot(world) == before


KIND = "nights of event stay is a number"
WRONG: dict[str, tuple[type[RewardsError], str, Callable[[World], object]]] = {
    "event": (NotFound, "declares no event sleep", lambda w: w.event("bob", "sleep", on=DAY)),
    "field": (NotFound, "has no field night", lambda w: w.event("bob", "stay", {"night": 1}, on=DAY)),
    "kind": (InvalidRequest, KIND, lambda w: w.event("bob", "stay", {"nights": "1"}, on=DAY)),
    "flag": (InvalidRequest, KIND, lambda w: w.event("bob", "stay", {"nights": True}, on=DAY)),
    "tag": (NotFound, "no tag vop", lambda w: w.tag("bob", "vop", on=DAY)),
    "parameter": (NotFound, "those are: dividend", lambda w: w.declare("each", "2026", "5%")),
    "period": (InvalidRequest, "2026-Q1 is no year", lambda w: w.declare("dividend", "2026-Q1", "5%")),
    "no period": (InvalidRequest, "soon is no year", lambda w: w.declare("dividend", "soon", "5%")),
}  # fmt: skip


@pytest.mark.parametrize(("error", "message", "act"), WRONG.values(), ids=WRONG.keys())
def test_what_a_plan_does_not_know_is_told(
    error: type[RewardsError], message: str, act: Callable[[World], object]
) -> None:
    with pytest.raises(error, match=message) as raised:
        act(staying())
    assert raised.value.text("zh") != raised.value.text("en")


def test_a_declared_value_is_kept_for_its_period() -> None:
    world = staying()
    world.declare("dividend", "2026", "4%")
    assert world.source.declared("dividend", date(2026, 1, 1).toordinal()) == "4%"
    assert world.source.declared("dividend", date(2027, 1, 1).toordinal()) is None


def test_a_plan_is_about_what_it_has_declared() -> None:
    moment = World(hotel())._at(date(2026, 3, 2))
    stay, sleep = Declared("1", 1, "stay", moment), Declared("2", 1, "sleep", moment)
    joined = Joined("3", 1, moment)
    vip = TagGiven("4", 1, "vip", date(2026, 3, 2), None, moment)
    gold = TagGiven("5", 1, "gold", date(2026, 3, 2), None, moment)
    assert [applies(hotel(), event) for event in (stay, sleep, joined, vip, gold)] == [True, False, True, True, False]
    assert not any(applies(shipped("locked-points"), event) for event in (stay, joined, vip))


@pytest.mark.parametrize(
    ("text", "span", "first"),
    [
        ("2026", Span.YEAR, date(2026, 1, 1)),
        ("2026-Q4", Span.QUARTER, date(2026, 10, 1)),
        ("2026-11", Span.MONTH, date(2026, 11, 1)),
        ("2026-W01", Span.WEEK, date(2025, 12, 29)),
        ("2026-11-30", Span.DAY, date(2026, 11, 30)),
    ],
)
def test_periods_are_read_and_written(text: str, span: Span, first: date) -> None:
    assert read_period(text) == (span, first)
    assert format_period(span, first) == text


@pytest.mark.parametrize(
    "text", ["", "26", "2026-Q5", "2026-13", "2026-W54", "2026-02-30", "2026-1", "２０２６", "2026\n"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_period(text)


BELOW_ZERO = "is below zero; write what has happened, not what is taken back"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"nights": -1}, f"field nights of event stay {BELOW_ZERO}"),
        ({"spend": "-0.01"}, f"field spend of event stay {BELOW_ZERO}"),
        ({"nights": "2"}, "field nights of event stay is a number; write one"),
        ({"night": 2}, "event stay has no field night; it has: nights, spend, hotel, suite"),
    ],
)
def test_what_an_event_cannot_say_is_refused(fields: dict[str, object], told: str) -> None:
    world = World(compiled(HOTEL))
    world.join("ann")
    with pytest.raises(RewardsError) as refusal:
        world.event("ann", "stay", fields, on=DAY)
    assert refusal.value.text() == told
