"""Locked lots that are opened at closes: pending units that become free after a while."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.close import close_day
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.plan.model import Compartment

from .worlds import Books, check_promises, compiled, laws

FIRST = date(2026, 3, 2)
PENDING = compiled("""
plan: pending
title: {en: Pending, zh: 待定}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {title: {en: Points, zh: 积分}, scale: 0, lots: {start_after_days: 2}}}
measures: {earned: {earned: points, over: ever}}
rules:
  - id: free
    on: day.close
    release: {asset: points, amount: {rate: 100%, of: lot.granted}}
  - id: bonus
    on: day.close
    when: {member.sales: {at_least: "10"}}
    grant: {asset: points, to: member, amount: {rate: 10%, of: member.sales}, locked: {basis: member.sales}}
""")


def test_a_lot_of_a_close_becomes_free_when_its_time_has_come() -> None:
    world = World(PENDING)
    for name in ("ann", "bob", "cid"):
        world.join(name)
    world.order("ann", "100", on="2026-03-02")
    world.order("cid", "50", on="2026-03-02")
    outcome = world.close("2026-03-02")
    (new,) = outcome.lots
    assert (new.id.tolist(), new.member.tolist(), new.granted.tolist()) == ([1, 2], [1, 3], [10, 5])
    assert new.basis.tolist() == [10_000, 5_000]
    assert world.balance("ann", "points", Compartment.LOCKED) == "10"
    world.close("2026-03-03")
    assert world.balance("ann", "points") == "0"
    world.close("2026-03-04")
    assert (world.balance("ann", "points"), world.balance("cid", "points")) == ("10", "5")
    assert world.balance("ann", "points", Compartment.LOCKED) == "20"
    assert world.measure("ann", "earned", on="2026-03-04") == "30"
    assert world.released[1, "free"] == 10


@laws
@given(
    happening=st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 99)), max_size=2), min_size=1, max_size=6)
)
def test_columns_that_are_kept_know_the_lots_of_earlier_closes(happening: list[list[tuple[int, int]]]) -> None:
    world = World(PENDING)
    books = Books(PENDING)
    for name in ("m0", "m1", "m2"):
        world.join(name)
    for number, orders in enumerate(happening):
        for member, yuan in orders:
            world.order(f"m{member}", str(yuan), on=(FIRST + timedelta(days=number)).isoformat())
    kept = gather(world, FIRST)
    for number in range(len(happening)):
        day = FIRST + timedelta(days=number)
        alone = close_day(PENDING, kept, day)
        outcome = world.close(day)
        books.take(outcome)
        check_promises(world, books)
        assert [each.id.tolist() for each in alone.lots] == [each.id.tolist() for each in outcome.lots]
        anew = gather(world, day)
        assert kept.next_lot == anew.next_lot
        for book, lots in anew.lots.items():
            assert [column.tolist() for column in kept.lots[book].columns()] == [
                column.tolist() for column in lots.columns()
            ]
