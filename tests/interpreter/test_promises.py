"""What holds whatever happens: the ledger's promises, and the laws of a priced asset (specification 1)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.outcome import Outcome
from rewards.plan.model import PLATFORM, Plan

from .worlds import (
    NO_FEE,
    SHIPPED,
    SMALL_SUPPLY,
    SPONSORS_EARN,
    TINY_QUOTA,
    TOKEN_EVENTS,
    Books,
    Step,
    Tree,
    check_promises,
    laws,
    populated,
    shipped,
    snapshot,
    steps,
    trees,
    tried,
)

TOKENS = {
    "as shipped": shipped("appreciating-token"),
    "small supply": shipped("appreciating-token", SMALL_SUPPLY),
    "exits soon": shipped("appreciating-token", TINY_QUOTA, SPONSORS_EARN),
    "small supply, exits soon, no fee": shipped("appreciating-token", SMALL_SUPPLY, TINY_QUOTA, SPONSORS_EARN, NO_FEE),
}


@pytest.mark.parametrize("name", SHIPPED)
@laws
@given(tree=trees(), data=st.data())
def test_every_shipped_plan_keeps_the_promises(name: str, tree: Tree, data: st.DataObject) -> None:
    happening = data.draw(steps(SHIPPED[name]))
    world = populated(shipped(name), tree)
    books = Books(world.plan)
    for step in happening:
        books.take(tried(world, step))
        check_promises(world, books)


@pytest.mark.parametrize("plan", TOKENS.values(), ids=TOKENS.keys())
@laws
@given(tree=trees(), happening=steps(TOKEN_EVENTS, most=30))
def test_the_price_never_falls_and_the_pool_is_what_came_in_less_what_went_out(
    plan: Plan, tree: Tree, happening: list[Step]
) -> None:
    world = populated(plan, tree)
    books = Books(plan)
    cash, pool = plan.assets["cash"].free_book, plan.pools["backing"].holder
    price, contributions, payouts = Fraction(*world.price("token")), 0, 0
    for step in happening:
        outcome = tried(world, step)
        books.take(outcome)
        check_promises(world, books)
        before, price = price, Fraction(*world.price("token"))
        assert price >= before
        for transfer in getattr(outcome, "transfers", []):
            contributions += transfer.quantity * ((transfer.source, transfer.target) == (PLATFORM, pool))
            payouts += transfer.quantity * ((transfer.source_book, transfer.source) == (cash, pool))
    assert world.state.balance(cash, pool) == contributions - payouts


@pytest.mark.parametrize("plan", TOKENS.values(), ids=TOKENS.keys())
@laws
@given(tree=trees(), happening=steps(TOKEN_EVENTS))
def test_what_is_refused_has_no_bearing_on_what_follows(plan: Plan, tree: Tree, happening: list[Step]) -> None:
    world, undisturbed = populated(plan, tree), populated(plan, tree)
    for step in happening:
        if tried(world, step) is not None:
            tried(undisturbed, step)
    assert snapshot(world) == snapshot(undisturbed)


def test_the_order_that_reaches_the_supply_gets_what_is_left_and_later_ones_nothing() -> None:
    world = populated(shipped("appreciating-token", ('supply: "100000000"', 'supply: "30"')), [(None, False)] * 3)
    for member in ("m0", "m1", "m2"):
        world.order(member, "100", on="2026-03-02")
    assert [world.balance(member, "token") for member in ("m0", "m1", "m2")] == ["21.000000", "9.000000", "0.000000"]
    assert world.pool("backing") == "90.00"
    assert Fraction(*world.price("token")) == 3


def test_when_the_last_unit_exits_the_price_stays_where_the_order_had_raised_it() -> None:
    world = populated(shipped("appreciating-token", ('value: "2"}', 'value: "0.2"}')), [(None, False)])
    outcome = world.order("m0", "100", on="2026-03-02")  # 21 units come to be worth 30, the quota is 20
    assert (world.balance("m0", "token"), world.balance("m0", "quota")) == ("0.000000", "0.00")
    assert (world.balance("m0", "cash"), world.pool("backing")) == ("27.00", "3.00")
    assert Fraction(*world.price("token")) == Fraction(30, 21)
    assert isinstance(outcome, Outcome)
    assert Fraction(*outcome.prices["token"]) == Fraction(3000, 21_000_000)
