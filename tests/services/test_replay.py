"""Replaying all events rebuilds every balance, lot, level and price (promise 8); what was altered is named."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import text

from rewards.services.replay import replay

from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, shipped
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
        tx.execute(text("UPDATE balance SET amount = amount + 1 WHERE holder = 2 AND amount = 3600"))
    (found,) = replay(altered_shop.platform)
    assert found.render() == (
        "table balance: stored is book_id 1, holder 2, amount 3601, replayed is book_id 1, holder 2, amount 3600"
    )
    assert found.render("zh").startswith("表 balance：")


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
