"""Plan tests that place members in trees: what they may say, and what is said of mistakes in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.files import Shop

TREES = """\
plan: shop
title: Shop
currency: CNY
timezone: Asia/Shanghai
trees: {placed: {legs: [left, right]}, free: {}}
assets: {points: {scale: 2}}
measures:
  left: {sum: order.cash, of: {leg: left}, tree: placed}
  below: {sum: order.cash, of: downline}
  free: {sum: order.cash, of: downline, tree: free}
rules:
  - {id: left, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.left}}}
  - {id: free, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.free}}}
  - {id: below, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.below}}}
"""
MEMBERS = "members: [{id: ann}, {id: bob, sponsor: ann}, {id: cleo}]"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    shop = Shop(tmp_path)
    (tmp_path / "shop.yaml").write_text(TREES, encoding="utf-8")
    return shop


def case(shop: Shop, placed: str, *steps: str) -> list[str]:
    lines = [f"given: {{{MEMBERS}, placed: [{placed}]}}", "steps:", *(f"  - {step}" for step in steps)]
    return list(shop.told(shop.run_case(*lines)))


def test_members_are_placed_and_moved(shop: Shop) -> None:
    told = case(
        shop,
        "{tree: placed, member: bob, under: ann, leg: left}",
        'order: {member: bob, total: "100", on: 2026-01-05}',
        "place: {tree: placed, member: bob, under: cleo, leg: left, on: 2026-01-06}",
        "place: {tree: sponsor, member: bob, under: cleo}",
        'order: {member: bob, total: "300"}',
        "refused: {place: {tree: placed, member: cleo, under: bob, leg: left}, because: place.circle}",
        "close: {from: 2026-01-05, through: 2026-01-06}",
        'expect: {moved: {left: {ann: "1", cleo: "3"}, below: {ann: "1", cleo: "3"}}}',
    )
    assert told == []


GIVEN = "{tree: placed, member: bob, under: ann, leg: left}"
MISTAKES = {
    "a tree there is not": (
        "{tree: plced, member: bob, under: ann, leg: left}",
        "4:88: error[test.unknown-tree.did-you-mean]: there is no tree plced; did you mean placed?",
    ),
    "a member who has not joined": (
        "{tree: free, member: bob, under: xyz}",
        "4:114: error[test.unknown-member]: nobody called xyz has joined by now; there are: ann, bob, cleo",
    ),
    "no leg": (
        "{tree: placed, member: bob, under: ann}",
        "4:81: error[place.leg-needed]: a place in the tree placed needs a leg; write one of: left, right",
    ),
    "a leg too many": (
        "{tree: free, member: bob, under: ann, leg: left}",
        "4:124: error[place.no-legs]: the legs of the tree free have no names; leave the leg out",
    ),
    "a leg that is taken": (
        f"{GIVEN}, {{tree: placed, member: cleo, under: ann, leg: left}}",
        "4:133: error[place.leg-taken]: the leg left under ann is taken by bob; "
        "choose another leg, or a place further below",
    ),
    "a circle": (
        f"{GIVEN}, {{tree: placed, member: ann, under: bob, leg: left}}",
        "4:133: error[place.circle-at-first]: bob stands below ann at first; "
        "place bob elsewhere first, or name a member above",
    ),
    "a circle of sponsors": (
        "{tree: sponsor, member: ann, under: bob}",
        "4:81: error[place.circle-at-first]: bob stands below ann at first; "
        "place bob elsewhere first, or name a member above",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_what_is_given_is_told_at_its_place(shop: Shop, mistake: str) -> None:
    placed, expected = MISTAKES[mistake]
    assert case(shop, placed, "close: 2026-01-05") == [f"shop.test.yaml:{expected}"]


def test_a_move_that_is_refused_is_told(shop: Shop) -> None:
    (told,) = case(shop, GIVEN, "place: {tree: placed, member: ann, under: bob, leg: left, on: 2026-01-05}")
    assert "error[test.refused]" in told
    assert "on 2026-01-05 bob stands below ann" in told


def test_a_move_on_a_closed_day_is_told(shop: Shop) -> None:
    step = "place: {tree: placed, member: bob, under: ann, leg: right, on: 2026-01-05}"
    (told,) = case(shop, GIVEN, "close: 2026-01-05", step)
    assert told.endswith("error[world.place-closed]: 2026-01-05 is closed already; place from 2026-01-06 on or later")
