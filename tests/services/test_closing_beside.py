"""Orders go on being taken while a day is closed; what a close moves is as if they had come before it was begun."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from rewards.interpreter.close import close_day as work_out
from rewards.interpreter.close_outcome import CloseOutcome
from rewards.interpreter.columns import CloseState
from rewards.plan.model import Plan
from rewards.services import days, refunds
from rewards.services.replay import replay
from rewards.services.requests import RefundRequest

from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, shipped

Deed = Callable[[Shop], object]


def a_small_mall(shop: Shop, plan: str = "locked-points") -> None:
    """Three members in a line; all of them have bought on Monday, which is closed."""
    shop.activate(shipped(plan))
    shop.line("ann", "ben", "cleo")
    for number, member in enumerate(("ann", "ben", "cleo")):
        shop.buy(f"first-{number}", member, "60000", MONDAY)
    shop.buy("tuesdays", "ben", "3000", TUESDAY)
    shop.close(MONDAY)


def close_while(shop: Shop, *deeds: Deed) -> int:
    """Close Tuesday; what happens meanwhile happens as it is worked out first. Returns how often it was worked out."""
    times = 0

    def engine(plan: Plan, state: CloseState, day: date, approved: frozenset[str]) -> CloseOutcome:
        nonlocal times
        times += 1
        outcome = work_out(plan, state, day, approved)
        for deed in deeds if times == 1 else ():
            deed(shop)
        return outcome

    [closed] = days.close_day(shop.platform, TUESDAY, engine=engine)
    assert (closed.day, closed.repeated) == (TUESDAY, False)
    assert replay(shop.platform) == []
    return times


LATER: dict[str, Deed] = {
    "an order of the next day": lambda shop: shop.buy("later", "ann", "9000", WEDNESDAY),
    "several": lambda shop: (shop.buy("bens", "ben", "3000", WEDNESDAY), shop.buy("cleos", "cleo", "51000", WEDNESDAY)),
}


@pytest.mark.parametrize("plan", ["locked-points", "recurring-dividend", "energy-contribution"])
@pytest.mark.parametrize("meanwhile", LATER)
def test_orders_of_later_days_change_nothing_of_it(shop: Shop, plan: str, meanwhile: str) -> None:
    a_small_mall(shop, plan)
    assert close_while(shop, LATER[meanwhile]) == 1
    assert shop.platform.clock().date() > WEDNESDAY
    shop.close(WEDNESDAY)


@pytest.mark.parametrize("plan", ["locked-points", "recurring-dividend"])
def test_an_order_of_the_day_that_is_closed_is_closed_with_it(shop: Shop, plan: str) -> None:
    a_small_mall(shop, plan)
    assert close_while(shop, lambda shop: shop.buy("late", "ann", "3000", TUESDAY)) == 2
    [view] = days.day(shop.platform, TUESDAY)
    assert (view.status, view.orders) == ("closed", 2)
    shop.buy("too-late", "ann", "3000", TUESDAY)
    assert [view.orders for when in (TUESDAY, WEDNESDAY) for view in days.day(shop.platform, when)] == [2, 1]


def spend(shop: Shop) -> None:
    """Pay with points."""
    shop.buy("paid-with-points", "ann", "100", WEDNESDAY, points="10")


def give_back(shop: Shop) -> None:
    """Refund the order that granted the oldest lot."""
    refunds.refund(shop.platform, RefundRequest("back", "first-0"))


def join(shop: Shop) -> None:
    """Join: a plan may give something to everybody there is."""
    shop.join("dora", sponsor="cleo")


@pytest.mark.parametrize("deed", [spend, give_back, join])
def test_whatever_a_close_may_look_at_has_it_worked_out_again(shop: Shop, deed: Deed) -> None:
    a_small_mall(shop)
    shop.adjust("gift", "ann", "points", "50")
    assert close_while(shop, deed) == 2


def test_a_close_that_somebody_else_has_made_meanwhile_is_answered(shop: Shop) -> None:
    a_small_mall(shop)
    made = []

    def engine(plan: Plan, state: CloseState, day: date, approved: frozenset[str]) -> CloseOutcome:
        made.extend(days.close_day(shop.platform, day))
        return work_out(plan, state, day, approved)

    [closed] = days.close_day(shop.platform, TUESDAY, engine=engine)
    assert (closed.repeated, closed.sequence) == (True, made[0].sequence)
    shop.close(WEDNESDAY)
    assert replay(shop.platform) == []
