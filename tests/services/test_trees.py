"""Placing and moving members on a ledger: once, on open days, as a world in memory does it, and again from history."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from sqlalchemy import text

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.ledger import events
from rewards.services import days, holdings, measures, trees
from rewards.services.replay import replay
from rewards.services.requests import PlacementRequest

from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, noon, refused
from .twins import Twins, random_tree

TEAMS = """
plan: teams
title: {en: Teams, zh: 团队}
currency: CNY
timezone: Asia/Shanghai
trees:
  placed: {title: {en: Placed, zh: 安置}, legs: [left, right]}
  free: {title: {en: Free, zh: 自由}}
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2}
  volume: {title: {en: Volume, zh: 业绩}, scale: 2}
measures:
  below: {sum: order.cash, of: downline, tree: free}
  left: {sum: order.cash, over: {days: 3}, of: {leg: left}, tree: placed}
  sponsored: {sum: order.cash, over: {days: 3}, of: {generations: 2}}
ladders:
  rank:
    title: {en: Rank, zh: 级别}
    measure: member.measure.below
    evaluated: at_once
    levels: [{name: one, from: "100", title: {en: One, zh: 一}}, {name: two, from: "3000", title: {en: Two, zh: 二}}]
rules:
  - {id: up, on: order.paid, share: {of: order.cash, generations: [10%, 5%], tree: free, own: true, grant: points}}
  - {id: thanks, on: order.paid, grant: {asset: points, to: sponsor, amount: {rate: 1%, of: order.cash}}}
  - {id: one, on: order.paid, when: {buyer.measure.below: {above: "0"}}, grant: {asset: points, to: buyer, amount: "1"}}
  - {id: left, on: day.close, grant: {asset: volume, to: member, amount: {rate: 100%, of: member.measure.left}}}
  - {id: daily, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.sponsored}}}
  - {id: shared, on: day.close, share: {source: daily, generations: [50%, 25%], tree: placed, grant: points}}
"""


def request(member: str, tree: str, under: str, leg: str | None = None, since: date | None = None) -> PlacementRequest:
    return PlacementRequest(member, tree, under, leg, since)


@pytest.fixture
def team(shop: Shop) -> Shop:
    """Ann, ben and cleo, and a plan with trees."""
    shop.activate(TEAMS)
    shop.join("ann", "ben", "cleo")
    return shop


def place(shop: Shop, *wanted: str | None, since: date | None = None) -> bool:
    """Place somebody; whether nothing has changed by it."""
    member, tree, under, *leg = wanted
    assert member and tree and under
    return trees.place(shop.platform, request(member, tree, under, *leg, since=since))[1]


def where(shop: Shop, member: str, tree: str, on: date) -> tuple[str | None, str | None, date | None]:
    found = trees.place_of(shop.platform, member, tree, on=on)
    return found.under, found.leg, found.since


# --- as a world does it ------------------------------------------------------------------------------------------


def life(twins: Twins, random: Random, steps: int) -> None:
    """Orders, placements and moves, some of them refused, and closes."""
    world, shop = twins.world, twins.shop
    names = list(world.members)
    for _ in range(steps):
        kind = random.choice(["order", "order", "order", "place", "place", "close"])
        member, other = random.choice(names), random.choice(names)
        day = twins.first_open + timedelta(days=random.choice([0, 0, 1, 2]))
        if kind == "order":
            twins.order(member, random.choice(["1", "99", "700", "3000"]), day)
            continue
        twins.send(lambda: random.choice([1, 2, 5]))
        if kind == "close":
            twins.close()
            twins.compare()
            continue
        tree = random.choice(["placed", "placed", "free", "free", "sponsor"])
        leg = random.choice(["left", "right"]) if tree == "placed" else None

        def in_ledger(
            _: str, member: str = member, tree: str = tree, other: str = other, leg: str | None = leg, day: date = day
        ) -> None:
            trees.place(shop.platform, request(member, tree, other, leg, day))

        def in_world(
            member: str = member, tree: str = tree, other: str = other, leg: str | None = leg, day: date = day
        ) -> None:
            world.place(tree, member, other, leg, on=day.isoformat())

        twins.both(in_world, in_ledger)
        for each in names:
            above = world.place_of(tree, each, on=day.isoformat())
            assert trees.place_of(shop.platform, each, tree, on=day).under == above
    twins.send(lambda: 9)
    twins.compare()


@pytest.mark.parametrize("seed", range(2))
def test_a_ledger_does_what_a_world_does_and_its_history_rebuilds_it(small_shop: Shop, seed: int) -> None:
    random = Random(f"trees {seed}")
    twins = Twins.of(small_shop, TEAMS, [(each, False) for each, _ in random_tree(random, 9)])
    life(twins, random, 70)
    for member in twins.world.members:
        today = small_shop.platform.clock().astimezone(twins.world.plan.timezone).date().isoformat()
        shown = {each.measure: each.value for each in measures.measures_of(small_shop.platform, member)}
        assert shown == {name: twins.world.measure(member, name, on=today) for name in twins.world.plan.measures}
    assert replay(small_shop.platform) == []


def test_every_database_does_the_same(shop: Shop) -> None:
    random = Random("every database")
    twins = Twins.of(shop, TEAMS, [(each, False) for each, _ in random_tree(random, 7)])
    life(twins, random, 40)
    assert replay(shop.platform) == []


def test_a_placement_altered_behind_the_books_is_named(altered_shop: Shop) -> None:
    altered_shop.activate(TEAMS)
    altered_shop.join("ann", "ben")
    place(altered_shop, "ben", "free", "ann")
    with altered_shop.platform.ledger.write() as tx:
        tx.execute(text("DROP TRIGGER placement_no_update"))
        tx.execute(text("UPDATE placement SET leg = 'left'"))
    (found,) = replay(altered_shop.platform)
    assert "table placement" in found.render("en")


# --- once, and on open days --------------------------------------------------------------------------------------


def test_the_same_placement_again_changes_nothing(team: Shop) -> None:
    assert not place(team, "cleo", "placed", "ann", "left", since=TUESDAY)
    assert place(team, "cleo", "placed", "ann", "left", since=TUESDAY)
    assert place(team, "cleo", "placed", "ann", "left")
    assert not place(team, "cleo", "placed", "ann", "right", since=TUESDAY)
    assert not place(team, "cleo", "placed", "ann", "left", since=TUESDAY)
    with team.platform.ledger.read() as tx:
        assert len([each for each in events.page(tx) if each.kind == trees.KIND]) == 3


def test_an_id_has_one_effect_and_no_other(team: Shop) -> None:
    wanted = PlacementRequest("cleo", "free", "ann", id="p-1")
    first, repeated = trees.place(team.platform, wanted)
    assert not repeated
    place(team, "cleo", "free", "ben")
    assert trees.place(team.platform, wanted) == (first, True)
    other = PlacementRequest("cleo", "free", "ben", id="p-1")
    assert refused(lambda: trees.place(team.platform, other), Conflict) == ("event.conflict", "/id")
    bad = PlacementRequest("cleo", "free", "ben", id="p 1")
    assert refused(lambda: trees.place(team.platform, bad), InvalidRequest)[1] == "/id"


def test_a_closed_day_stays_as_it_was(team: Shop) -> None:
    days.close_day(team.platform, MONDAY, "teams")
    assert refused(lambda: place(team, "cleo", "free", "ann", since=MONDAY), Conflict) == ("place.day-closed", "/from")
    place(team, "cleo", "free", "ann", since=TUESDAY)
    assert where(team, "cleo", "free", MONDAY) == (None, None, None)
    assert where(team, "cleo", "free", TUESDAY) == ("ann", None, TUESDAY)


@pytest.mark.parametrize(
    ("wanted", "error", "code", "pointer"),
    [
        (("cleo", "fre", "ann"), NotFound, "tree.unknown-suggest", None),
        (("cleo", "wxyz", "ann"), NotFound, "tree.unknown", None),
        (("nobody", "free", "ann"), NotFound, "member.unknown", None),
        (("cleo", "free", "nobody"), InvalidRequest, "member.unknown", "/under"),
        (("cleo", "free", "ann", "left"), InvalidRequest, "place.no-legs", "/leg"),
        (("cleo", "placed", "ann"), InvalidRequest, "place.leg-needed", "/leg"),
        (("cleo", "placed", "ann", "lefft"), InvalidRequest, "place.unknown-leg-suggest", "/leg"),
        (("cleo", "placed", "cleo", "left"), Refused, "place.under-oneself", "/under"),
        (("ann", "placed", "ben", "left"), Refused, "place.circle", "/under"),
        (("cleo", "placed", "ann", "left"), Refused, "place.leg-taken", "/leg"),
    ],
)
def test_what_is_no_place_is_refused(
    team: Shop, wanted: tuple[str, ...], error: type[RewardsError], code: str, pointer: str | None
) -> None:
    place(team, "ben", "placed", "ann", "left")
    assert refused(lambda: place(team, *wanted), error) == (code, pointer)


# --- what is shown -----------------------------------------------------------------------------------------------


def test_who_is_below_is_shown_page_by_page(team: Shop) -> None:
    team.join("dan", "eve")
    for member in ("eve", "ben", "dan"):
        place(team, member, "free", "ann")
    first = trees.place_of(team.platform, "ann", "free", limit=2)
    assert ([each.member for each in first.items], first.next, first.under) == (["ben", "dan"], "dan", None)
    last = trees.place_of(team.platform, "ann", "free", after="dan", limit=2)
    assert ([each.member for each in last.items], last.next) == (["eve"], None)


def test_a_new_sponsor_has_the_network_from_then_on(team: Shop) -> None:
    team.join("dan", sponsor="ann")
    team.buy("o1", "dan", "100", MONDAY)
    assert holdings.network_of(team.platform, "ann").direct == 1
    place(team, "dan", "sponsor", "ben", since=WEDNESDAY)
    assert where(team, "dan", "sponsor", TUESDAY) == ("ann", None, None)
    assert where(team, "dan", "sponsor", WEDNESDAY) == ("ben", None, WEDNESDAY)
    team.platform.clock = lambda: noon(WEDNESDAY)
    assert holdings.network_of(team.platform, "ann").direct == 0
    assert holdings.network_of(team.platform, "ben").totals[0].cash == "100.00"
