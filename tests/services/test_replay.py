"""Replaying all events rebuilds every balance, lot, level and price (promise 8); what was altered is named."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import text

from rewards.errors import NotFound
from rewards.services import days
from rewards.services.replay import rebuilt, replay

from .altering import bring_more
from .shop import CASHBACK, MONDAY, TUESDAY, WEDNESDAY, Shop, shipped
from .test_same_as_world import PLANS
from .twins import Twins, live, random_tree


@pytest.mark.parametrize("name", PLANS)
def test_the_history_of_a_life_rebuilds_it(small_shop: Shop, name: str) -> None:
    random = Random(f"replay {name}")
    live(Twins.of(small_shop, shipped(name), random_tree(random, 9)), random, 40)
    assert replay(small_shop.platform) == []


def a_week(shop: Shop) -> None:
    shop.activate(shipped("locked-points"), MONDAY)
    shop.join("ann")
    shop.join("bob", sponsor="ann")
    shop.buy("first", "bob", "3000", MONDAY)
    shop.close(MONDAY, TUESDAY)


def test_both_databases_are_replayed(shop: Shop) -> None:
    a_week(shop)
    shop.adjust("by-hand", "ann", "points", "7", WEDNESDAY)
    assert replay(shop.platform) == []


def test_a_balance_altered_behind_the_books_is_named(altered_shop: Shop) -> None:
    a_week(altered_shop)
    with altered_shop.platform.ledger.write() as tx:
        # The first close after an order of 3,000 released 1.2 % of it, 36 points.
        bring_more(tx, 2, 1)
    (found,) = replay(altered_shop.platform)
    assert found.render() == "account locked-points/points/available/bob: stored is 36.01, rebuilt is 36.00"
    assert found.render("zh").startswith("账户 locked-points/points/available/bob：")
    assert (found.table, found.stored, found.rebuilt) == ("balance", "36.01", "36.00")


def test_rows_that_are_missing_or_too_many_are_named_and_no_others(altered_shop: Shop) -> None:
    a_week(altered_shop)
    altered_shop.buy("second", "ann", "3000", WEDNESDAY)
    altered_shop.join("cleo")
    with altered_shop.platform.ledger.write() as tx:
        tx.execute(text("DELETE FROM measure WHERE member = 1"))
        tx.execute(text("INSERT INTO measure VALUES (1, 3, 5, 0, 1)"))
        tx.execute(text("UPDATE lot SET basis = basis + 1 WHERE id = 2"))
        bring_more(tx, 2, -3600)
    found = replay(altered_shop.platform)
    assert [(each.table, each.place, each.stored, each.rebuilt) for each in found] == [
        ("balance", "locked-points/points/available/bob", "0.00", "36.00"),
        ("lot", "id 2", "basis 300001", "basis 300000"),
        ("measure", "plan_id 1, member 1", "–", "cash 300000, points 0, orders 1"),
        ("measure", "plan_id 1, member 3", "cash 5, points 0, orders 1", "–"),
    ]


def test_only_one_plan_is_compared_when_asked(altered_shop: Shop) -> None:
    a_week(altered_shop)
    altered_shop.activate(CASHBACK, MONDAY)
    with altered_shop.platform.ledger.write() as tx:
        bring_more(tx, 2, 1)
        tx.execute(text("UPDATE measure SET orders = 9 WHERE member = 2"))
    assert replay(altered_shop.platform, "cashback") == []
    assert len(replay(altered_shop.platform, "locked-points")) == 2
    assert len(replay(altered_shop.platform)) == 2
    with pytest.raises(NotFound, match=r"cashback, locked-points|locked-points, cashback"):
        replay(altered_shop.platform, "orchard")


def test_a_replay_tells_how_far_it_is(small_shop: Shop) -> None:
    a_week(small_shop)
    told: list[tuple[int, int]] = []
    assert replay(small_shop.platform, told=lambda done, of: told.append((done, of))) == []
    assert told == sorted(told)
    assert told[-1] == (6, 6)


def test_a_rebuilt_ledger_may_stop_at_an_event(small_shop: Shop) -> None:
    a_week(small_shop)
    with small_shop.platform.ledger.read() as tx, rebuilt(tx, last=5) as (again, refused):
        assert refused is None
        assert [each.status for each in days.day(again, MONDAY)] == ["closed"]
        assert [each.status for each in days.day(again, TUESDAY)] == ["open"]


def test_an_event_that_could_not_have_been_taken_is_named(altered_shop: Shop) -> None:
    a_week(altered_shop)
    with altered_shop.platform.ledger.write() as tx:
        # A client's id that no request could have had; the events themselves cannot be altered.
        tx.execute(
            text(
                "INSERT INTO event SELECT (SELECT max(seq) + 1 FROM event), 'order', 'no such id!', member, "
                "occurred_at, recorded_at, payload, fingerprint, NULL FROM event WHERE id = 'first'"
            )
        )
    (found,) = replay(altered_shop.platform)
    assert found.code == "replay.event-refused"
    assert "cannot be taken again: an id is 1 to 64 letters" in found.render()
