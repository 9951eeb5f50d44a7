"""Days: what a close looks at, whichever way orders and closes interleave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import InvalidRequest
from rewards.interpreter.cell_columns import KeptCells
from rewards.interpreter.close import close_day
from rewards.interpreter.gathering import gather
from rewards.interpreter.tally import LAST_DAY, good_until
from rewards.interpreter.world import World
from rewards.plan.model import Plan

from .worlds import FIRST_DAY, Tree, compiled, laws, populated, shipped, snapshot, trees

DAYS = 4
EVERYTHING = compiled("""
plan: everything
title: {en: Everything, zh: 全部}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, expires: {days: 2}}
  stars: {title: {en: Stars, zh: 星}, scale: 0, lots: {start_after_days: 1}}
measures:
  recent: {sum: order.cash, over: {days: 2}}
  team: {sum: order.cash, of: downline, over: {days: 3}}
  all: {sum: order.cash, of: everybody, over: day}
  got: {earned: points, over: {days: 2}}
ladders:
  club:
    title: {en: Club, zh: 会}
    measure: member.measure.team
    lasts: {days: 2}
    levels:
      - {name: one, title: {en: One, zh: 一}, from: "1000", share: 1%}
      - {name: two, title: {en: Two, zh: 二}, from: "9000", share: 2%}
caps:
  each: {rules: [daily, rise], per: member, over: {days: 2}, most: "100"}
  all: {rules: [daily], per: plan, over: day, most: {rate: 1%, of: plan.measure.all}}
rules:
  - {id: rise, on: level.reached, grant: {asset: points, to: member, amount: "10"}}
  - {id: daily, on: day.close, grant: {asset: points, to: member, amount: {rate: 1%, of: member.measure.recent}}}
  - {id: more, on: day.close, grant: {asset: points, to: member, amount: {times: club.share, of: member.measure.got}}}
  - {id: free, on: day.close, release: {asset: stars, amount: {rate: 50%, of: lot.granted}}}
  - id: lots
    on: day.close
    when: {member.level.club: two}
    grant: {asset: stars, to: member, amount: "3", locked: {basis: member.measure.recent}}
""")
PLANS = {
    "everything": EVERYTHING,
    "dividends": shipped("recurring-dividend", ("enabled: false", "enabled: true")),
    "carried dividends": shipped("energy-contribution", ("undistributed: platform", "undistributed: carry")),
    "locked points": shipped("locked-points", ('from: "50000"', 'from: "1000"'), ('from: "200000"', 'from: "5000"')),
    "locked points, at once": shipped("locked-points", ("start_after_days: 1", "start_after_days: 0")),
}


@dataclass(frozen=True)
class Purchase:
    """An order of a day, that arrives before so many of the days have been closed."""

    member: int
    yuan: int
    day: int
    arrives: int


purchases = st.lists(
    st.builds(
        Purchase,
        member=st.integers(0, 7),
        yuan=st.sampled_from([7, 999, 3000, 9001, 60000]),
        day=st.integers(0, DAYS - 1),
        arrives=st.integers(0, DAYS - 1),
    ),
    min_size=4,
    max_size=14,
)


def live(world: World, orders: list[Purchase], *, arrivals: str) -> World:
    """Four days with these orders, each arriving in time for its day."""

    def slot(each: Purchase) -> int:
        return {"early": 0, "in time": each.day, "mixed": min(each.arrives, each.day)}[arrivals]

    for day in range(DAYS):
        for each in orders:
            if slot(each) == day:
                on = FIRST_DAY + timedelta(days=each.day)
                world.order(f"m{each.member % len(world.members)}", str(each.yuan), on=on.isoformat())
        world.close(FIRST_DAY + timedelta(days=day))
    return world


def ended(world: World) -> dict[str, Any]:
    """How a world has ended; lots are numbered in the order they came, which may differ."""
    found = snapshot(world)
    found["lots"].sort()
    return found


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@laws
@given(tree=trees(), orders=purchases)
def test_orders_of_later_days_make_no_difference_to_a_close(plan: Plan, tree: Tree, orders: list[Purchase]) -> None:
    # Lots of one day and member are drawn upon in the order they came, so that order is kept.
    orders = sorted(orders, key=lambda each: each.day)
    in_time = ended(live(populated(plan, tree), orders, arrivals="in time"))
    assert ended(live(populated(plan, tree), orders, arrivals="early")) == in_time
    if len({(each.member % len(tree), each.day) for each in orders}) == len(orders):
        assert ended(live(populated(plan, tree), orders, arrivals="mixed")) == in_time


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS.keys())
@laws
@given(tree=trees(), orders=purchases)
def test_columns_that_are_kept_between_closes_give_what_new_ones_give(
    plan: Plan, tree: Tree, orders: list[Purchase]
) -> None:
    world = populated(plan, tree)
    for each in orders:
        day = FIRST_DAY + timedelta(days=each.day)
        world.order(f"m{each.member % len(tree)}", str(each.yuan), on=day.isoformat())
    kept = gather(world, FIRST_DAY)
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        close_day(plan, kept, day)
        world.close(day)
        kept.cells.written()  # the world has put down the same
        anew = gather(world, day)
        for book in anew.now:
            np.testing.assert_array_equal(kept.held_now(book), anew.now[book])
        for book, lots in anew.lots.items():
            np.testing.assert_array_equal(kept.lots[book].remaining, lots.remaining)
        assert {account: amount for account, amount in kept.platform.items() if amount} == {
            account: amount for account, amount in anew.platform.items() if amount
        }
        for ladder, standing in anew.standings.items():
            for known, read in zip(vars(kept.standing(ladder)).values(), vars(standing).values(), strict=True):
                np.testing.assert_array_equal(known, read)
        for name in (*world.plan.streams, *world.plan.flow_keys, *map(good_until, world.plan.assets)):
            assert rows(kept.cells, name) == rows(anew.cells, name)


def rows(cells: KeptCells, name: str) -> list[tuple[object, ...]]:
    """The cells of a name, as texts and numbers in order."""
    found = cells.columns(name, 1, LAST_DAY).summed()
    texts = [found.texts[label] for label in found.label.tolist()]
    numbers = zip(found.member.tolist(), found.day.tolist(), found.amount.tolist(), found.entries.tolist(), strict=True)
    return sorted((*each, text) for each, text in zip(numbers, texts, strict=True))


def test_an_event_of_a_closed_day_is_booked_to_the_first_open_one() -> None:
    world = populated(shipped("recurring-dividend"), [(None, False)])
    world.close("2026-03-02")
    world.order("m0", "1000", on="2026-03-01")
    world.order("m0", "1000", on="2026-03-02")
    assert world.close("2026-03-03").trace["fund-static"] == {"funded": 60_000}
    assert world.balance("m0", "cash") == "600.00"  # 30 % of the day's sales; nobody has a rank


def test_a_lot_of_a_late_order_starts_after_the_day_it_is_booked_to() -> None:
    world = populated(shipped("locked-points"), [(None, False)])
    world.close("2026-03-05")
    world.order("m0", "3000", on="2026-03-02")
    world.close("2026-03-06")
    assert world.balance("m0", "points") == "0.00"
    world.close("2026-03-07")
    assert world.balance("m0", "points") == "36.00"


def test_a_day_is_closed_once() -> None:
    world = populated(shipped("recurring-dividend"), [(None, False)])
    world.close(date(2026, 3, 2))
    with pytest.raises(InvalidRequest, match="2026-03-02 is closed already"):
        world.close("2026-03-02")
    with pytest.raises(InvalidRequest):
        world.close("2026-03-01")


def test_a_world_without_members_or_events_can_be_closed() -> None:
    for name in ("recurring-dividend", "locked-points", "appreciating-token"):
        outcome = World(shipped(name)).close("2026-03-02")
        assert outcome.blocks == []
        assert outcome.levels == []


def test_quota_that_a_later_day_took_can_not_be_paid_out_of_again() -> None:
    """What may be used is what there was at the end of the day, less what is gone since."""
    world = populated(shipped("recurring-dividend"), [(None, False)])
    world.order("m0", "10000", on="2026-03-02")
    world.adjust("m0", "quota", "-19000", on="2026-03-03")
    world.adjust("m0", "quota", "500", on="2026-03-03")
    world.close("2026-03-02")
    assert (world.balance("m0", "cash"), world.balance("m0", "quota")) == ("1500.00", "0.00")


def test_quota_that_a_later_day_brought_can_not_be_paid_out_of_yet() -> None:
    world = populated(shipped("recurring-dividend"), [(None, False)])
    world.order("m0", "10000", on="2026-03-02")
    world.adjust("m0", "quota", "-19000", on="2026-03-02")
    world.adjust("m0", "quota", "800", on="2026-03-03")
    world.close("2026-03-02")
    assert (world.balance("m0", "cash"), world.balance("m0", "quota")) == ("1000.00", "800.00")


POOL_OF_ORDERS = """
plan: pool
title: {en: Pool, zh: 池}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  shares: {title: {en: Shares, zh: 份}, scale: 0}
pools:
  pot: {title: {en: Pot, zh: 池}}
rules:
  - {id: fill, on: order.paid, fund: {pool: pot, amount: {rate: 10%, of: order.cash}}}
  - {id: share, on: order.paid, grant: {asset: shares, to: buyer, amount: "1"}}
  - {id: pay, on: day.close, distribute: {pool: pot, weight: member.balance.shares, pay: cash}}
"""


def test_what_later_orders_put_into_a_pool_is_not_paid_out_yet() -> None:
    world = populated(compiled(POOL_OF_ORDERS), [(None, False)] * 2)
    world.order("m0", "100", on="2026-03-02")
    world.order("m1", "500", on="2026-03-03")
    world.close("2026-03-02")
    assert (world.balance("m0", "cash"), world.balance("m1", "cash"), world.pool("pot")) == ("10.00", "0.00", "50.00")
    world.close("2026-03-03")
    assert (world.balance("m0", "cash"), world.balance("m1", "cash"), world.pool("pot")) == ("35.00", "25.00", "0.00")


def test_a_close_that_uses_up_quota_makes_holdings_exit_at_the_next_event() -> None:
    world = World(
        shipped(
            "appreciating-token",
            ("pools:\n", "pools:\n  day: {title: {en: Day, zh: 日}}\n"),
            (
                "  - id: redeem\n",
                "  - {id: day, on: day.close, fund: {pool: day, amount: {rate: 50%, of: day.sales}}}\n"
                "  - {id: pay-day, on: day.close, distribute: "
                "{pool: day, weight: member.balance.token, pay: cash, limit: quota}}\n"
                "  - id: redeem\n",
            ),
        )
    )
    world.join("ann")
    world.join("bob")
    world.order("ann", "100", on="2026-03-02")
    world.adjust("ann", "quota", "-120", on="2026-03-02")
    world.close("2026-03-02")  # 50 of the 80 left are paid out; 21 units are worth the other 30
    assert (world.balance("ann", "quota"), world.balance("ann", "token")) == ("30.00", "21.000000")
    world.adjust("bob", "quota", "1", on="2026-03-03")
    assert (world.balance("ann", "quota"), world.balance("ann", "token")) == ("0.00", "0.000000")
    assert world.balance("ann", "cash") == "77.00"
