"""Events of every kind: what they do, what is refused, and how an event is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.actions import vocabulary
from rewards.actions.base import Action, EventContext
from rewards.errors import Refused, RewardsError
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.run import interpret, revoke
from rewards.interpreter.world import World
from rewards.plan.draft import ActionKind
from rewards.plan.events import Event
from rewards.plan.load import load_plan
from rewards.plan.model import BURNED, ISSUANCE, Compartment, Plan
from rewards.plan.triggers import Trigger

from .worlds import (
    SHIPPED,
    SPONSORS_EARN,
    TINY_QUOTA,
    Step,
    Tree,
    laws,
    populated,
    shipped,
    snapshot,
    steps,
    trees,
    tried,
)

DAY = "2026-03-02"


def token_world() -> World:
    """Ann has bought for 100, and holds 21 units and some credit; the shop is a merchant."""
    world = World(shipped("appreciating-token"))
    world.join("ann")
    world.join("shop", merchant=True)
    world.order("ann", "100", on=DAY)
    world.give("ann", "credit", "50")
    world.give("shop", "credit", "1")
    return world


# --- requests ------------------------------------------------------------------------------------------------


def test_a_redemption_pays_the_price_less_the_fee_and_burns_the_units() -> None:
    world = token_world()
    world.redeem("ann", "token", "7", on=DAY)  # a third of the pool of 30 is 10; a tenth of it stays
    assert (world.balance("ann", "cash"), world.balance("ann", "token")) == ("9.00", "14.000000")
    assert (world.pool("backing"), world.platform("token", BURNED)) == ("21.00", "7.000000")


def test_a_request_for_more_units_than_a_rule_allows_is_refused() -> None:
    half = ("pay: cash}", "pay: cash, most: {rate: 50%, of: member.balance.token}}")
    text = "redeem: {asset: token, fee: $fee, "
    world = World(shipped("appreciating-token", (text + half[0], text + half[1])))
    world.join("ann")
    world.order("ann", "100", on=DAY)
    with pytest.raises(Refused) as caught:
        world.redeem("ann", "token", "10.500001", on=DAY)
    assert (caught.value.code, caught.value.pointer) == ("request.above-most", "/quantity")
    assert "10.500001 of token is more than the 10.500000 a request may be for" in caught.value.text("en")
    world.redeem("ann", "token", "10.5", on=DAY)
    assert world.balance("ann", "token") == "10.500000"


def test_units_become_credit_and_a_merchant_turns_credit_back_into_units() -> None:
    world = token_world()
    world.convert("ann", "token", "credit", "7", on=DAY)
    assert (world.balance("ann", "credit"), world.treasury("token")) == ("60.00", "7.000000")
    world.pay("ann", "shop", "credit", "9", on=DAY)
    world.convert("shop", "credit", "token", "9", on=DAY)
    assert (world.balance("shop", "token"), world.treasury("token")) == ("6.300000", "0.700000")
    assert (world.balance("shop", "credit"), world.platform("credit", BURNED)) == ("1.00", "9.00")
    assert world.pool("backing") == "30.00"


def test_units_given_by_hand_come_out_of_the_treasury_and_go_back_to_it() -> None:
    world = token_world()
    world.convert("ann", "token", "credit", "7", on=DAY)
    world.adjust("shop", "token", "2", on=DAY)
    world.adjust("ann", "token", "-1", on=DAY)
    assert (world.balance("shop", "token"), world.treasury("token")) == ("2.000000", "6.000000")


def test_a_lot_can_be_given_by_hand() -> None:
    world = World(shipped("locked-points"))
    world.join("ann")
    world.adjust("ann", "points", "100", locked_basis="1000", on=DAY)
    assert world.balance("ann", "points", Compartment.LOCKED) == "100.00"
    world.close(DAY)
    world.close("2026-03-03")
    assert world.balance("ann", "points") == "12.00"


def test_an_order_is_paid_partly_with_points() -> None:
    world = World(shipped("locked-points"))
    world.join("ann")
    world.give("ann", "points", "4000")
    outcome = world.order("ann", "6000", points=[("points", "3000")], on=DAY)
    assert isinstance(outcome, Outcome)
    assert outcome.sale == (300_000, 300_000, 1)
    assert world.balance("ann", "points") == "1000.00"
    assert world.balance("ann", "points", Compartment.LOCKED) == "7500.00"  # 2.5 × the part paid in cash


Act = Callable[[World], object]
REFUSED: dict[str, tuple[str, Act]] = {
    "redeem too much": (
        "21.000001 of token is more than the 21.000000 available",
        lambda w: w.redeem("ann", "token", "21.000001", on=DAY),
    ),
    "redeem what is not priced": ("no rule for this redemption", lambda w: w.redeem("ann", "quota", "1", on=DAY)),
    "convert too much": ("22.000000 of token is more", lambda w: w.convert("ann", "token", "credit", "22", on=DAY)),
    "convert to nothing": ("converts to nothing", lambda w: w.convert("ann", "token", "credit", "0.001", on=DAY)),
    "convert what does not convert": (
        "no rule for this conversion",
        lambda w: w.convert("ann", "quota", "credit", "1", on=DAY),
    ),
    "convert back without being a merchant": (
        "no rule for this conversion",
        lambda w: w.convert("ann", "credit", "token", "1", on=DAY),
    ),
    "convert back more than the treasury has": (
        "the treasury holds 0.000000 of token, less than the 0.700000 wanted",
        lambda w: w.convert("shop", "credit", "token", "1", on=DAY),
    ),
    "pay too much": ("50.01 of credit is more", lambda w: w.pay("ann", "shop", "credit", "50.01", on=DAY)),
    "pay oneself": ("the same member", lambda w: w.pay("ann", "ann", "credit", "1", on=DAY)),
    "pay with what does not pay": ("no rule for this payment", lambda w: w.pay("ann", "shop", "quota", "1", on=DAY)),
    "order with points one has not": (
        "50.01 of credit is more",
        lambda w: w.order("ann", "100", points=[("credit", "50.01")], on=DAY),
    ),
    "order with what does not pay": (
        "quota of plan appreciating-token does not pay for orders",
        lambda w: w.order("ann", "100", points=[("credit", "10"), ("quota", "1")], on=DAY),
    ),
    "take too much by hand": ("200.01 of quota is more", lambda w: w.adjust("ann", "quota", "-200.01", on=DAY)),
    "give more units than the treasury has": ("the treasury holds", lambda w: w.adjust("ann", "token", "1", on=DAY)),
    "adjust cash": ("cannot be adjusted by hand", lambda w: w.adjust("ann", "cash", "1", on=DAY)),
    "lock what has no lots": (
        "can not be added as a locked lot",
        lambda w: w.adjust("ann", "quota", "1", locked_basis="1", on=DAY),
    ),
}


@pytest.mark.parametrize(("message", "act"), REFUSED.values(), ids=REFUSED.keys())
def test_a_refusal_says_why_and_leaves_everything_as_it_was(message: str, act: Act) -> None:
    world = token_world()
    before = snapshot(world)
    with pytest.raises(Refused, match=message) as refusal:
        act(world)
    assert refusal.value.text("zh") != refusal.value.text("en")
    assert snapshot(world) == before


def test_too_many_points_are_refused_after_they_were_taken() -> None:
    world = World(shipped("locked-points"))
    world.join("ann")
    world.give("ann", "points", "4000")
    before = snapshot(world)
    with pytest.raises(Refused, match="more of the order is paid with points than the 50% the plan allows"):
        world.order("ann", "6000", points=[("points", "3000.01")], on=DAY)
    assert snapshot(world) == before


def test_a_plan_without_a_payment_section_takes_no_points() -> None:
    world = World(shipped("recurring-dividend"))
    world.join("ann")
    world.give("ann", "quota", "10")
    with pytest.raises(Refused, match="does not pay for orders"):
        world.order("ann", "100", points=[("quota", "1")], on=DAY)


@dataclass(frozen=True)
class Failing(Action):
    """Refuses the event, or breaks, when the rules before it have had their effects."""

    how: str

    def on_event(self, context: EventContext) -> None:
        if self.how == "refuse":
            context.refuse("request.no-rule", kind="order", plan=context.plan.name)
        if self.how == "let the price fall":
            context.move(context.plan.assets["token"], ISSUANCE, context.person("buyer"), 10**9)
        if self.how == "overdraw":
            context.move(context.plan.assets["token"], context.person("buyer"), BURNED, 10**9)
        if self.how == "move less than nothing":
            context.move(context.plan.assets["token"], ISSUANCE, context.person("buyer"), -1)


FAILING = {
    "refuse": (Refused, "no rule for this order"),
    "let the price fall": (ArithmeticError, "the price of token would fall"),
    "overdraw": (ArithmeticError, "more than holder 1 has"),
    "move less than nothing": (ArithmeticError, "a transfer must be positive, not -1"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_rule_that_fails_takes_the_effects_of_those_before_it_back(how: str) -> None:
    title = {"en": "Fail", "zh": "失败"}
    fail = ActionKind(
        f"fail-{how[:3]}", frozenset({Trigger.ORDER_PAID}), title, title, {"type": "object"}, lambda _: Failing(how)
    )
    text = shipped("appreciating-token").source + f"\n  - {{id: fail, on: order.paid, {fail.name}: {{}}}}\n"
    plan = load_plan(text, "plan.yaml", {**vocabulary(), fail.name: fail}).plan
    assert plan is not None
    world = World(plan)
    world.join("ann")
    world.give("ann", "credit", "50")
    before = snapshot(world)
    error, message = FAILING[how]
    with pytest.raises(error, match=message):
        world.order("ann", "100", points=[("credit", "10")], on=DAY)
    assert snapshot(world) == before


# --- taking an event back ----------------------------------------------------------------------------------------


class Rehearsed(World):
    """A world in which every event happens, is taken back, and happens again."""

    def happen(self, event: Event, day: date, *rest: Any) -> Outcome | None:
        before = snapshot(self)
        outcome = interpret(self.state, self.queues, event, day, *rest)
        revoke(self.state, self.queues, event, outcome)
        assert snapshot(self) == before
        return super().happen(event, day, *rest)


@pytest.mark.parametrize(
    "plan",
    [*map(shipped, SHIPPED), shipped("appreciating-token", TINY_QUOTA, SPONSORS_EARN)],
    ids=[*SHIPPED, "exits soon"],
)
@laws
@given(tree=trees(), data=st.data())
def test_an_event_that_is_taken_back_has_never_happened(plan: Plan, tree: Tree, data: st.DataObject) -> None:
    once, rehearsed = populated(plan, tree), Rehearsed(plan)
    for index, (sponsor, merchant) in enumerate(tree):
        rehearsed.join(f"m{index}", None if sponsor is None else f"m{sponsor}", merchant=merchant)
    happening: list[Step] = data.draw(steps(SHIPPED[plan.name]))
    for step in happening:
        tried(once, step)
        tried(rehearsed, step)
    assert snapshot(rehearsed) == snapshot(once)


def test_what_a_member_receives_pays_off_their_debt_first() -> None:
    world = World(shipped("recurring-dividend"))
    world.join("ann")
    world.give_debt("ann", "quota", "150")
    world.order("ann", "50", on=DAY)
    assert (world.balance("ann", "quota"), world.balance("ann", "quota", Compartment.DEBT)) == ("0.00", "50.00")
    world.order("ann", "50", on=DAY)
    assert (world.balance("ann", "quota"), world.balance("ann", "quota", Compartment.DEBT)) == ("50.00", "0.00")


# --- what a world is asked for that it has not ----------------------------------------------------------------------

UNKNOWN: dict[str, Act] = {
    "nobody called zoe": lambda w: w.order("zoe", "1", on=DAY),
    "no asset gold": lambda w: w.balance("ann", "gold"),
    "no pool pond": lambda w: w.pool("pond"),
    "no level high of a ladder rank": lambda w: w.give_level("ann", "rank", "high"),
    "ann has joined already": lambda w: w.join("ann"),
    "nobody called yan": lambda w: w.join("zoe", sponsor="yan"),
}


@pytest.mark.parametrize(("message", "act"), UNKNOWN.items(), ids=UNKNOWN.keys())
def test_a_world_says_what_it_does_not_know(message: str, act: Act) -> None:
    with pytest.raises(RewardsError, match=message):
        act(token_world())


def test_a_world_is_told_what_there_was_before() -> None:
    world = World(shipped("appreciating-token"))
    world.join("ann")
    assert Fraction(*world.price("token")) == 1
    world.fill_treasury("token", "10")
    world.fill_pool("backing", "15")
    assert world.treasury("token") == "10.000000"
    assert Fraction(*world.price("token")) == Fraction(3, 2)
    assert world.name(1) == "ann"
    assert world.members == {"ann": 1}
