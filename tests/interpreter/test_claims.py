"""Claiming rewards: what is used up, what is left, who is refused why, and what a cancellation gives back."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import InvalidRequest, NotFound, Refused, RewardsError
from rewards.interpreter.claiming import claimed
from rewards.interpreter.state import CLAIM_RULE
from rewards.interpreter.tally import EVERYBODY
from rewards.interpreter.world import World
from rewards.plan.model import BURNED, Plan

from .worlds import FIRST_DAY, compiled, laws

SHOP = """\
plan: gifts
title: {en: Gifts, zh: 礼品}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {scale: 0, expires: {days: 10}}
  stars: {scale: 0}
tags:
  vip: {}
measures:
  spent: {spent: points, over: month}
ladders:
  spender:
    measure: member.measure.spent
    evaluated: at_once
    levels: [{name: some, from: "100"}]
rules:
  - id: points
    on: order.paid
    grant: {asset: points, to: buyer, amount: {give: "1", per: "1", of: order.cash}}
  - id: stars
    on: order.paid
    grant: {asset: stars, to: buyer, amount: {give: "1", per: "100", of: order.cash, whole: true}}
  - id: congratulations
    on: level.reached
    grant: {asset: stars, to: member, amount: "1"}
rewards:
  mug: {price: {points: "30"}, stock: 5}
  pen: {price: {points: "10", stars: "1"}, per_member: {most: 2, over: {days: 3}}}
  box: {price: {points: "10"}, from: 2026-03-03, through: 2026-03-04}
  lounge: {price: {points: "10"}, when: {member.tag.vip: true}}
  ticket: {price: {points: "10"}, codes: true}
"""
PLAN = compiled(SHOP)
CALM = compiled(SHOP.replace("    on: level.reached\n", "    on: level.reached\n    enabled: false\n"))
"""The same, but that reaching a level gives nothing."""


def day(number: int) -> str:
    """Monday is 0."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


@pytest.fixture
def shop() -> World:
    """Ann and bob have bought for 200 each: 200 points and 2 stars."""
    world = World(PLAN)
    for name in ("ann", "bob"):
        world.join(name)
        world.order(name, "200", on=day(0))
    return world


def code(what: Callable[[], object], error: type[RewardsError] = Refused) -> str:
    with pytest.raises(error) as found:
        what()
    return found.value.code


def test_the_price_is_used_up_and_the_stock_shrinks(shop: World) -> None:
    outcome = shop.claim("ann", "pen", 2, on=day(0))
    assert outcome is not None
    assert (shop.balance("ann", "points"), shop.balance("ann", "stars")) == ("180", "0")
    assert (shop.platform("points", BURNED), shop.platform("stars", BURNED)) == ("20", "2")
    assert {each.rule for each in outcome.transfers} == {CLAIM_RULE}
    shop.claim("bob", "mug", 2, on=day(0))
    assert shop.stock("mug") == 3
    assert shop.stock("pen") is None


def test_the_last_piece_is_the_last(shop: World) -> None:
    shop.claim("ann", "mug", 4, on=day(0))
    assert code(lambda: shop.claim("bob", "mug", 2, on=day(0))) == "reward.sold-out"
    shop.claim("bob", "mug", on=day(0))
    assert code(lambda: shop.claim("bob", "mug", on=day(0))) == "reward.sold-out"


def test_a_limit_is_of_one_member_and_of_its_window(shop: World) -> None:
    shop.order("ann", "200", on=day(0))
    shop.claim("ann", "pen", 1, on=day(0))
    shop.claim("ann", "pen", 1, on=day(1))
    assert shop.limit("ann", "pen", on=day(2)) == 0
    assert code(lambda: shop.claim("ann", "pen", on=day(2))) == "reward.limit"
    shop.claim("bob", "pen", 2, on=day(2))
    # The first day has left the window of three.
    assert shop.limit("ann", "pen", on=day(3)) == 1
    shop.claim("ann", "pen", on=day(3))


@pytest.mark.parametrize(("number", "open_"), [(0, False), (1, True), (2, True), (3, False)])
def test_a_reward_has_its_days(shop: World, number: int, open_: bool) -> None:
    if open_:
        shop.claim("ann", "box", on=day(number))
    else:
        assert code(lambda: shop.claim("ann", "box", on=day(number))) == "reward.not-now"


def test_a_reward_is_for_those_its_condition_holds_of(shop: World) -> None:
    assert code(lambda: shop.claim("ann", "lounge", on=day(0))) == "reward.not-eligible"
    shop.tag("ann", "vip", on=day(0))
    shop.claim("ann", "lounge", on=day(0))


def test_each_asset_of_the_price_must_be_there(shop: World) -> None:
    shop.claim("ann", "pen", 2, on=day(0))
    with pytest.raises(Refused) as found:
        shop.claim("ann", "pen", on=day(5))
    assert found.value.code == "request.balance-too-small"
    assert found.value.pointer == "/count"
    assert "1 of stars is more than the 0 available" in found.value.text("en")


def test_an_unknown_reward_and_an_unknown_claim(shop: World) -> None:
    assert code(lambda: shop.claim("ann", "cup", on=day(0)), NotFound) == "world.unknown-reward"
    assert code(lambda: shop.cancel("c1", on=day(0)), NotFound) == "world.unknown-claim"


def test_a_refused_claim_leaves_nothing_behind(shop: World) -> None:
    shop.codes("ticket", ["a"])
    before = _everything(shop)
    for reward, count in (("mug", 6), ("pen", 3), ("box", 1), ("lounge", 1), ("ticket", 2)):
        code(lambda reward=reward, count=count: shop.claim("ann", reward, count, on=day(0)))  # type: ignore[misc]
        assert _everything(shop) == before


# --- units that expire, what counts as spent, levels -----------------------------------------------------------------


def test_the_units_that_expire_first_are_spent_first(shop: World) -> None:
    shop.order("ann", "20", on=day(4))
    shop.claim("ann", "mug", on=day(4))
    assert shop.expiring("ann", "points") == {day(9): "170", day(13): "20"}


def test_a_price_counts_as_spent_until_the_claim_is_taken_back(shop: World) -> None:
    shop.claim("ann", "mug", 2, on=day(0), id="c1")
    assert shop.measure("ann", "spent", on=day(0)) == "60"
    shop.cancel("c1", on=day(1))
    assert shop.measure("ann", "spent", on=day(1)) == "0"


def test_spending_may_reach_a_level_at_once(shop: World) -> None:
    shop.claim("ann", "mug", 3, on=day(0))
    assert shop.level("ann", "spender") is None
    shop.claim("ann", "mug", on=day(0))
    assert shop.level("ann", "spender") == "some"
    assert shop.balance("ann", "stars") == "3"


# --- cancellations ---------------------------------------------------------------------------------------------------


def test_a_cancellation_gives_everything_back(shop: World) -> None:
    shop.claim("ann", "pen", 2, on=day(0), id="c1")
    shop.claim("ann", "mug", 2, on=day(0), id="c2")
    shop.cancel("c1", on=day(1))
    shop.cancel("c2", on=day(1))
    assert (shop.balance("ann", "points"), shop.balance("ann", "stars")) == ("200", "2")
    assert (shop.platform("points", BURNED), shop.platform("stars", BURNED)) == ("0", "0")
    assert shop.stock("mug") == 5
    assert shop.limit("ann", "pen", on=day(1)) == 2


def test_units_come_back_good_to_the_day_they_were_good_to(shop: World) -> None:
    shop.adjust("ann", "points", "20", on=day(2))
    shop.adjust("ann", "points", "-120", on=day(2))
    shop.claim("ann", "mug", on=day(3), id="c1")
    shop.claim("ann", "mug", 2, on=day(3), id="c2")  # 50 of the first units, and 10 of those that came later
    assert shop.expiring("ann", "points") == {day(11): "10"}
    shop.cancel("c1", on=day(4))
    assert shop.expiring("ann", "points") == {day(9): "30", day(11): "10"}
    shop.cancel("c2", on=day(10))
    assert shop.expiring("ann", "points") == {day(9): "80", day(11): "20"}


def test_units_past_their_last_day_buy_nothing(shop: World) -> None:
    assert shop.balance("ann", "points") == "200"
    assert code(lambda: shop.claim("ann", "mug", on=day(10))) == "request.balance-too-small"
    shop.claim("ann", "mug", on=day(9))


def test_a_claim_is_taken_back_once(shop: World) -> None:
    shop.claim("ann", "mug", on=day(0), id="c1")
    shop.cancel("c1", on=day(0))
    before = _everything(shop)
    assert code(lambda: shop.cancel("c1", on=day(1))) == "claim.cancelled-already"
    assert _everything(shop) == before


def test_the_limit_is_freed_on_the_day_of_the_claim(shop: World) -> None:
    shop.claim("ann", "pen", 2, on=day(0), id="c1")
    shop.cancel("c1", on=day(2))
    cells = list(shop.state.tally.cells(claimed("pen"), shop.ordinal("ann"), 1, date.max.toordinal()))
    assert cells == []


def test_debts_are_paid_out_of_what_comes_back(shop: World) -> None:
    shop.claim("ann", "mug", on=day(0), id="c1")
    shop.give_debt("ann", "points", "12")
    shop.cancel("c1", on=day(0))
    assert shop.balance("ann", "points") == "188"


# --- codes -----------------------------------------------------------------------------------------------------------


def test_codes_are_given_out_in_their_order_each_once(shop: World) -> None:
    shop.codes("ticket", ["a", "b", "c"])
    shop.claim("ann", "ticket", 2, on=day(0), id="c1")
    shop.claim("bob", "ticket", on=day(0), id="c2")
    assert [shop.claims[each].codes for each in ("c1", "c2")] == [("a", "b"), ("c",)]
    assert shop.stock("ticket") == 0
    assert code(lambda: shop.claim("bob", "ticket", on=day(0))) == "reward.sold-out"
    shop.codes("ticket", ["d"])
    shop.claim("bob", "ticket", on=day(0), id="c3")
    assert shop.claims["c3"].codes == ("d",)


def test_codes_of_a_cancelled_claim_are_not_given_out_again(shop: World) -> None:
    shop.codes("ticket", ["a", "b"])
    shop.claim("ann", "ticket", on=day(0), id="c1")
    shop.cancel("c1", on=day(0))
    assert shop.stock("ticket") == 1
    shop.claim("ann", "ticket", on=day(0), id="c2")
    assert shop.claims["c2"].codes == ("b",)


def test_without_codes_in_memory_nobody_checks_them(shop: World) -> None:
    assert shop.stock("ticket") is None
    shop.claim("ann", "ticket", 20, on=day(0), id="c1")
    assert shop.claims["c1"].codes == ()


def test_a_code_is_there_once(shop: World) -> None:
    shop.codes("ticket", ["a"])
    assert code(lambda: shop.codes("ticket", ["b", "a"]), InvalidRequest) == "world.code-twice"


# --- laws ------------------------------------------------------------------------------------------------------------

Step = tuple[str, str, str, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "cancel", "order"]),
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["mug", "pen", "ticket"]),
        st.integers(1, 3),
        st.integers(0, 1),
    ),
    max_size=25,
)


@given(steps)
@laws
def test_stock_is_never_oversold_and_limits_are_never_exceeded(plays: list[Step]) -> None:
    world = _started()
    today = 0
    for index, (kind, member, reward, number, passing) in enumerate(plays):
        today += passing
        _play(world, kind, member, reward, number, f"c{index}", today)
        in_force = [taken for id, taken in world.claims.items() if id not in world.cancelled]
        taken = sum(each.claim.count for each in in_force if each.claim.reward == "mug")
        assert world.stock("mug") == 5 - taken >= 0
        for name in ("ann", "bob"):
            own = [each for each in in_force if each.claim.member == world.ordinal(name) and each.claim.reward == "pen"]
            for last in range(today + 1):
                window = [each for each in own if 0 <= (FIRST_DAY + timedelta(days=last) - each.day).days < 3]
                assert sum(each.claim.count for each in window) <= 2
        given_out = [code for each in world.claims.values() for code in each.codes]
        assert given_out == [f"t{number}" for number in range(len(given_out))]
        spent = sum(int(world.platform(asset, BURNED)) for asset in ("points", "stars"))
        prices = {name: sum(reward.price.values()) for name, reward in PLAN.rewards.items()}
        assert spent == sum(prices[each.claim.reward] * each.claim.count for each in in_force)
        for name in ("ann", "bob"):
            assert sum(map(int, world.expiring(name, "points").values())) == int(world.balance(name, "points"))


@given(steps, st.sampled_from(["mug", "pen", "ticket"]), st.integers(1, 2))
@laws
def test_a_claim_taken_back_on_its_day_leaves_all_as_it_was(plays: list[Step], reward: str, count: int) -> None:
    world = _started(CALM)
    today = 0
    for index, (kind, member, other, number, passing) in enumerate(plays):
        today += passing
        _play(world, kind, member, other, number, f"c{index}", today)
    # Only the terms of units that expire are new, and the level that spending reached stays.
    before = _holdings(world, today)
    try:
        world.claim("ann", reward, count, on=day(today), id="last")
    except Refused:
        return
    assert _holdings(world, today) != before
    world.cancel("last", on=day(today))
    assert _holdings(world, today) == before


def _started(plan: Plan = PLAN) -> World:
    world = World(plan)
    for name in ("ann", "bob"):
        world.join(name)
        world.order(name, "150", on=day(0))
    world.codes("ticket", [f"t{number}" for number in range(4)])
    return world


def _play(world: World, kind: str, member: str, reward: str, number: int, id: str, today: int) -> None:
    before = _everything(world)
    try:
        if kind == "claim":
            world.claim(member, reward, number, on=day(today), id=id)
        elif kind == "cancel" and world.claims:
            names = list(world.claims)
            world.cancel(names[number % len(names)], on=day(today))
        else:
            world.order(member, "50", on=day(today))
    except Refused:
        assert _everything(world) == before


def _holdings(world: World, today: int) -> dict[str, object]:
    return {
        "balances": {account: amount for account, amount in world.state.balances() if amount},
        "mugs": world.stock("mug"),
        "limit": [world.limit(name, "pen", on=day(today)) for name in ("ann", "bob")],
        "counted": [each for each in world.state.tally.known() if each.name.startswith(("claimed:", "spent:"))],
    }


def _everything(world: World) -> dict[str, object]:
    state = world.state
    return deepcopy(
        {
            "balances": {account: amount for account, amount in state.balances() if amount},
            "cells": list(state.tally.known()),
            "standings": dict(state.standings),
            "bought": dict(state.bought),
            "codes": {name: last for name, last in state.given_out.items() if last},
            "total": list(state.tally.cells(claimed("mug"), EVERYBODY, 1, date.max.toordinal())),
        }
    )
