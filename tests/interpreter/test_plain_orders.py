"""Orders that only share out what was paid: the short way does what the long way does, and is taken where it may be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter import run
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.course import course_of
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.plain_orders import take_plainly
from rewards.interpreter.world import World
from rewards.money import format_amount
from rewards.plan.events import OrderPaid
from rewards.plan.model import Plan

from .worlds import (
    FIRST_DAY,
    NO_FEE,
    SHIPPED,
    SMALL_SUPPLY,
    TINY_QUOTA,
    TOKEN_EVENTS,
    Step,
    Tree,
    act,
    compiled,
    laws,
    populated,
    shipped,
    snapshot,
    steps,
    trees,
)

SHARES = """
plan: shares
title: {en: Shares, zh: 份额}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  coins: {title: {en: Coins, zh: 金币}, scale: 2, cash_value: "1.00"}
  stars: {title: {en: Stars, zh: 星星}, scale: 0}
pools:
  gifts: {title: {en: Gifts, zh: 礼品}}
payment: {asset: coins, up_to: 100%}
rules:
  - {id: gifts, title: {en: Gifts, zh: 礼品}, on: order.paid, fund: {pool: gifts, amount: {rate: 1/7, of: order.cash}}}
  - id: coins
    title: {en: Coins, zh: 金币}
    on: order.paid
    grant: {asset: coins, to: buyer, amount: {rate: 3.3%, of: order.cash}}
  - id: stars
    title: {en: Stars, zh: 星星}
    on: order.paid
    grant: {asset: stars, to: buyer, amount: {rate: "0.1", of: order.total}}
  - {id: redeem, title: {en: Pay, zh: 支付}, on: pay, pay: {asset: coins}}
"""

PLANS = {
    "token": shipped("appreciating-token"),
    "tiny-quota": shipped("appreciating-token", TINY_QUOTA),
    "small-supply": shipped("appreciating-token", SMALL_SUPPLY),
    "no-fee": shipped("appreciating-token", TINY_QUOTA, NO_FEE, SMALL_SUPPLY),
    "shares": compiled(SHARES),
    "dividend": shipped("recurring-dividend"),
}


@contextmanager
def the_long_way() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "take_plainly", lambda *_: None)
        yield


@contextmanager
def counted() -> Iterator[list[bool]]:
    """For every order that could go the short way, whether it did."""
    went: list[bool] = []

    def watched(*given: object) -> Outcome | None:
        outcome = take_plainly(*given)  # type: ignore[arg-type]
        went.append(outcome is not None)
        return outcome

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "take_plainly", watched)
        yield went


def _done(world: World, step: Step) -> object:
    try:
        return act(world, step)
    except Refused as refused:
        return refused.code


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@laws
@given(tree=trees(), happening=steps((*TOKEN_EVENTS, "order", "close"), most=30))
def test_both_ways_lead_to_the_same(plan: Plan, tree: Tree, happening: list[Step]) -> None:
    """Between refunds, debts, exits and an exhausted supply: the outcomes are equal, and so are the worlds."""
    short, long = populated(plan, tree), populated(plan, tree)
    for step in happening:
        found = _done(short, step)
        with the_long_way():
            wanted = _done(long, step)
        if not isinstance(found, CloseOutcome):  # columns: what they have done is seen in the worlds
            assert found == wanted
        assert snapshot(short) == snapshot(long)
        assert short.state.prices == long.state.prices
    for asset, (_, queue) in short.queues.items():
        assert queue.changed == long.queues[asset][1].changed


@laws
@given(st.integers(1, 10**9), st.integers(0, 10**9))
def test_it_gives_what_the_specification_says(total: int, before: int) -> None:
    """30 % of the order into the pool, 70 % of that in units at the price before, a quota of twice the order."""
    world = World(PLANS["token"])
    world.join("ann")
    if before:
        world.order("ann", format_amount(before, 2), on=FIRST_DAY.isoformat())
    books, token = world.state.books, world.plan.assets["token"].free_book
    pool, units = books[0][-100], books[token][1]
    with counted() as went:
        world.order("ann", format_amount(total, 2), on=FIRST_DAY.isoformat())
    contributed = total * 3 // 10
    price, per = (pool, units) if units else (100, 10**6)
    assert books[0][-100] - pool == contributed
    if went == [True]:  # else they have sold out
        assert books[token][1] - units == 7 * contributed * per // (10 * price)


def test_the_token_plan_goes_the_short_way_until_somebody_owes_something_or_may_exit() -> None:
    world = World(PLANS["token"])
    world.join("ann")
    world.join("ben")
    day = FIRST_DAY.isoformat()
    with counted() as went:
        world.order("ann", "1000", on=day)
        world.order("ben", "1000", on=day, id="b")
        assert went == [True, True]
        world.redeem("ben", "token", world.balance("ben", "token"), on=day)
        world.refund("b", on=day)  # the units are gone
        world.order("ben", "10", on=day)
        assert went == [True, True, False]
        world.order("ann", "10", on=day)
    assert went == [True, True, False, True]


@pytest.mark.parametrize("name", SHIPPED)
def test_two_of_the_shipped_plans_are_plain(name: str) -> None:
    """The others ask for ladders and lots on orders, or for nothing."""
    assert bool(_plain(shipped(name))) == (name in {"appreciating-token", "recurring-dividend"})


def _plain(plan: Plan) -> object:
    return course_of(plan, OrderPaid("o", 1, 100, None), FIRST_DAY).plain  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount: {rate: 3.3%, of: order.cash}", "amount: {rate: 3.3%, of: order.cash, round: up}"),
        ("amount: {rate: 3.3%, of: order.cash}", 'amount: {rate: 3.3%, of: order.cash, cap: "5"}'),
        ("amount: {rate: 3.3%, of: order.cash}", 'amount: {rate: 3.3%, of: order.cash, min: "1"}'),
        ("amount: {rate: 3.3%, of: order.cash}", 'amount: "5"'),
        ("to: buyer, amount: {rate: 3.3%", "to: sponsor, amount: {rate: 3.3%"),
        (
            "    on: order.paid\n    grant: {asset: coins",
            "    on: order.paid\n    when: {order.total: {at_least: '1'}}\n    grant: {asset: coins",
        ),
        (
            '{en: Coins, zh: 金币}, scale: 2, cash_value: "1.00"}',
            '{en: Coins, zh: 金币}, scale: 2, cash_value: "1.00", expires: {months: 1}}',
        ),
        (
            "rules:\n",
            'caps:\n  day: {title: {en: Day, zh: 每日}, rules: [coins], per: member, over: day, most: "5"}\nrules:\n',
        ),
    ],
    ids=lambda text: text.strip()[:40],
)
def test_rules_that_ask_for_more_go_the_long_way(old: str, new: str) -> None:
    assert old in SHARES
    assert _plain(compiled(SHARES)) is not None
    assert _plain(compiled(SHARES.replace(old, new, 1))) is None
