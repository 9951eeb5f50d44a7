"""Tags that rules give: whom, from when to when, and that nobody carries one shorter for it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.actions import vocabulary
from rewards.actions.tag import GiveTag
from rewards.interpreter.columns import CloseState, TagColumns
from rewards.interpreter.state import LAST_DAY, TagSpan
from rewards.interpreter.world import World
from rewards.plan.ladder import Term
from rewards.plan.load import load_plan
from rewards.plan.model import Plan
from rewards.plan.windows import Span

from .plans import compiled, laws

DAY = date(2026, 3, 10)


def club(*rules: str, ladders: str = "", more: str = "") -> Plan:
    return compiled(f"""
assets:
  points: {{title: {{en: Points, zh: 积分}}, scale: 0}}
events: {{stay: {{fields: {{nights: number}}}}}}
tags: {{vip: {{}}, guest: {{}}}}
measures:
  since-vip: {{count: event.stay, over: {{since: tag.vip}}}}
  bought: {{sum: order.cash}}
{ladders}
{more}
rules:
{"".join(f"  - {{{rule}}}" + chr(10) for rule in rules)}
""")


def codes(*rules: str) -> list[str]:
    text = (
        "plan: club\ntitle: Club\ncurrency: CNY\ntimezone: Asia/Shanghai\nassets: {points: {scale: 0}}\n"
        "events: {stay: {}}\ntags: {vip: {}}\nrules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules)
    )
    found = load_plan(text, "club.yaml", vocabulary())
    return [each.code for each in found.diagnostics if not each.code.startswith("plan.unused-")]


def world(plan: Plan) -> World:
    """Ann, who sponsored bob, who sponsored cleo."""
    found = World(plan)
    found.join("ann")
    found.join("bob", sponsor="ann")
    found.join("cleo", sponsor="bob")
    return found


def carried(world: World, member: str, tag: str = "vip") -> tuple[str, str | None] | None:
    """From which day to which a member carries a tag."""
    spans = world.source.tags(world.ordinal(member)).get(tag, ())
    if not spans:
        return None
    first, last = spans[-1]
    return date.fromordinal(first).isoformat(), None if last == LAST_DAY else date.fromordinal(last).isoformat()


# --- how long ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "first", "last"),
    [
        (GiveTag("vip", "member"), "2026-03-10", "9999-12-31"),
        (GiveTag("vip", "member", term=Term(days=30)), "2026-03-10", "2026-04-08"),
        (GiveTag("vip", "member", 1, Term(days=1)), "2026-03-11", "2026-03-11"),
        (GiveTag("vip", "member", term=Term(months=12)), "2026-03-10", "2027-03-09"),
        (GiveTag("vip", "member", 22, Term(period=Span.MONTH)), "2026-04-01", "2026-04-30"),
        (GiveTag("vip", "member", term=Term(period=Span.YEAR, after=1)), "2026-03-10", "2027-12-31"),
        (GiveTag("vip", "member", through=date(2026, 5, 1).toordinal()), "2026-03-10", "2026-05-01"),
        (GiveTag("vip", "member", 0, Term(days=3), date(2026, 5, 1).toordinal()), "2026-03-10", "2026-03-12"),
    ],
)
def test_a_tag_has_a_first_and_a_last_day(action: GiveTag, first: str, last: str) -> None:
    days = [date.fromordinal(each).isoformat() for each in action.days(DAY)]
    assert days == [first, last]


def test_a_tag_is_not_given_when_its_last_day_is_over() -> None:
    rule = "id: it, on: event.stay, tag: {name: vip, to: member, through: 2026-03-09}"
    found = world(club(rule))
    found.event("ann", "stay", on="2026-03-09")
    found.event("bob", "stay", on="2026-03-10")
    assert (carried(found, "ann"), carried(found, "bob")) == (("2026-03-09", "2026-03-09"), None)


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ((10, 20), (15, 30), (10, 30)),
        ((10, 20), (12, 18), (10, 20)),
        ((10, 20), (21, 25), (10, 25)),
        ((10, 20), (22, 25), (22, 25)),  # a day between: it begins anew
        ((10, LAST_DAY), (15, 30), (10, LAST_DAY)),
        ((50, 60), (15, 30), (15, 60)),
        ((10, 9), (5, 7), (5, 7)),  # ended before it had begun
    ],
)
def test_who_carries_a_tag_keeps_it_as_long(
    before: tuple[int, int], by: tuple[int, int], after: tuple[int, int]
) -> None:
    assert TagSpan(*before).lengthened(TagSpan(*by)) == after
    columns = CloseState(
        sponsor=np.array([-1, -1]),
        merchant=np.zeros(2, dtype=np.bool_),
        now={},
        platform={},
        lots={},
        cash=np.zeros(2, dtype=np.int64),
        orders=np.zeros(2, dtype=np.int64),
        activity={},
        sales={},
        tags={"vip": TagColumns(*(np.array([each]) for each in (2, *before)))},
    )
    given_ = columns.give_tag("vip", np.array([True, True]), *by)
    assert [each.tolist() for each in given_.columns()] == (
        [[1], [by[0]], [by[1]]] if after == before else [[1, 2], [by[0], after[0]], [by[1], after[1]]]
    )
    rows = zip(*(each.tolist() for each in columns.tags["vip"].columns()), strict=True)
    assert sorted(rows) == [(1, *by), (2, *after)]


# --- on events ---------------------------------------------------------------------------------------------------


def test_an_order_buys_a_status_and_rules_below_see_it() -> None:
    found = world(
        club(
            'id: early, on: order.paid, when: {buyer.tag.vip: true}, grant: {asset: points, to: buyer, amount: "100"}',
            "id: buy, on: order.paid, when: {order.cash: {at_least: '50'}}, "
            "tag: {name: vip, to: buyer, lasts: {days: 30}}",
            'id: late, on: order.paid, when: {buyer.tag.vip: true}, grant: {asset: points, to: buyer, amount: "1"}',
        )
    )
    found.order("ann", "10", on="2026-03-10")
    assert carried(found, "ann") is None
    found.order("ann", "50", on="2026-03-10", id="bought")
    assert carried(found, "ann") == ("2026-03-10", "2026-04-08")
    assert found.balance("ann", "points") == "1"
    found.order("ann", "50", on="2026-04-08")
    assert carried(found, "ann") == ("2026-03-10", "2026-05-07")
    assert found.balance("ann", "points") == "102"
    # What was bought with it goes back, the tag does not.
    found.refund("bought", on="2026-04-09")
    assert found.balance("ann", "points") == "101"
    assert carried(found, "ann") == ("2026-03-10", "2026-05-07")


def test_a_sponsor_may_be_given_one_and_nobody_is_given_none() -> None:
    found = world(club("id: it, on: member.joined, tag: {name: guest, to: sponsor, start_after_days: 1}"))
    found.join("dan", sponsor="cleo", on="2026-03-10")
    found.join("eve", on="2026-03-10")
    assert carried(found, "cleo", "guest") == ("2026-03-11", None)
    assert [name for name in found.members if carried(found, name, "guest")] == ["cleo"]


def test_a_tag_that_a_rule_gives_lets_no_rules_on_given_tags_run() -> None:
    plan = club(
        "id: more, on: tag.given, tag: {name: guest, to: member}",
        'id: points, on: tag.given, grant: {asset: points, to: member, amount: "1"}',
    )
    found = world(plan)
    found.tag("ann", "vip", on="2026-03-10")
    assert carried(found, "ann", "guest") == ("2026-03-10", None)
    assert found.balance("ann", "points") == "1"


def test_a_window_since_a_tag_goes_on_while_it_is_lengthened() -> None:
    found = world(club("id: it, on: event.stay, tag: {name: vip, to: member, lasts: {days: 10}}"))
    for day in ("2026-03-01", "2026-03-09", "2026-03-19", "2026-03-30"):
        found.event("ann", "stay", on=day)
    # It has lasted from 1 to 28 March without a gap; that of 30 March is a new one.
    assert carried(found, "ann") == ("2026-03-30", "2026-04-08")
    assert found.measure("ann", "since-vip", on="2026-03-30") == "1"


def test_a_tag_holds_a_level_up_and_the_highest_level_is_remembered() -> None:
    ladders = """ladders:
  status:
    measure: member.measure.bought
    floors: {vip: gold}
    levels: [{name: base, from: "0"}, {name: gold, from: "1000"}]"""
    plan = club("id: it, on: event.stay, tag: {name: vip, to: member, lasts: {days: 2}}", ladders=ladders)
    found = world(plan)
    found.event("ann", "stay", on="2026-03-10")
    assert [found.level("ann", "status", on=f"2026-03-{day}") for day in (10, 11)] == ["gold", "gold"]
    found.close("2026-03-10")
    found.close("2026-03-11")
    found.close("2026-03-12")
    assert found.level("ann", "status", on="2026-03-12") == "base"
    assert found.standing("ann", "status").highest == 1


def test_a_refused_event_gives_no_tag() -> None:
    plan = club(
        "id: it, on: order.paid, tag: {name: vip, to: buyer}",
        'id: half, on: order.paid, grant: {asset: points, to: buyer, amount: "5"}',
    )
    found = world(plan)
    with pytest.raises(Exception, match="points"):
        found.order("ann", "10", points=[("points", "5")], on="2026-03-10")
    assert carried(found, "ann") is None


# --- at closes ---------------------------------------------------------------------------------------------------


def test_a_close_gives_a_tag_to_whom_the_condition_holds_of() -> None:
    plan = club(
        "id: best, on: month.close, when: {member.measure.bought: {at_least: '100'}}, "
        "tag: {name: vip, to: member, start_after_days: 1, lasts: {end_of: month}}",
        "id: now, on: month.close, when: {member.measure.bought: {at_least: '200'}}, tag: {name: guest, to: member}",
        'id: seen, on: month.close, when: {member.tag.guest: true}, grant: {asset: points, to: member, amount: "1"}',
    )
    found = world(plan)
    found.order("ann", "100", on="2026-03-10")
    found.order("bob", "99", on="2026-03-10")
    found.order("cleo", "200", on="2026-03-10")
    found.tag("cleo", "vip", on="2026-03-10")
    found.close("2026-03-31")
    assert [carried(found, each) for each in ("ann", "bob", "cleo")] == [
        ("2026-04-01", "2026-04-30"),
        None,
        ("2026-03-10", None),
    ]
    assert carried(found, "cleo", "guest") == ("2026-03-31", None)
    assert [found.balance(each, "points") for each in ("ann", "cleo")] == ["0", "1"]
    found.close("2026-04-30")
    assert carried(found, "ann") == ("2026-04-01", "2026-05-31")


def test_who_has_risen_at_a_close_may_earn_their_sponsor_a_tag() -> None:
    ladders = """ladders:
  status: {measure: member.measure.bought, levels: [{name: gold, from: "1000"}]}"""
    plan = club("id: it, on: level.reached, tag: {name: vip, to: sponsor, lasts: {days: 5}}", ladders=ladders)
    found = world(plan)
    found.order("ann", "1000", on="2026-03-10")
    found.order("cleo", "1000", on="2026-03-10")
    found.close("2026-03-10")
    assert [carried(found, each) for each in ("ann", "bob", "cleo")] == [None, ("2026-03-10", "2026-03-14"), None]


@laws
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 3), st.integers(1, 15)), min_size=1, max_size=8
    )
)
def test_events_and_closes_give_tags_alike(given_: list[tuple[int, int, int, int]]) -> None:
    by_event: dict[int, TagSpan] = {}
    by_close = CloseState.__new__(CloseState)
    by_close.sponsor, by_close.tags = np.full(3, -1), {}
    for member, day, after, length in sorted(given_, key=lambda each: each[1]):
        days = TagSpan(*GiveTag("vip", "member", after, Term(days=length)).days(DAY + timedelta(days=day)))
        by_event[member] = by_event[member].lengthened(days) if member in by_event else days
        by_close.give_tag("vip", np.arange(3) == member, *days)
    rows = zip(*(each.tolist() for each in by_close.tags["vip"].columns()), strict=True)
    assert {member - 1: TagSpan(first, last) for member, first, last in rows} == by_event


# --- how it is read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("on: event.stay, tag: {name: vip, to: member}", []),
        ("on: order.refunded, tag: {name: vip, to: buyer}", []),
        ("on: year.close, tag: {name: vip, to: member, lasts: {end_of: year, after: 1}}", []),
        ("on: event.stay, tag: {name: vipp, to: member}", ["plan.unknown-tag.did-you-mean"]),
        ("on: event.stay, tag: {name: vip, to: buyer}", ["plan.grant-to"]),
        ("on: year.close, tag: {name: vip, to: sponsor}", ["plan.grant-to"]),
        ("on: redeem, tag: {name: vip, to: member}", ["plan.action-trigger"]),
        ("on: event.stay, tag: {name: vip, to: member, lasts: evaluation}", ["schema.not-one-of"]),
        ("on: event.stay, tag: {name: vip, to: member, lasts: {days: 0}}", ["schema.out-of-range"]),
        ("on: event.stay, tag: {name: vip, to: member, through: soon}", ["schema.pattern"]),
    ],
)
def test_a_rule_says_whom_and_for_how_long(rule: str, expected: list[str]) -> None:
    assert codes(f"id: it, {rule}") == expected
