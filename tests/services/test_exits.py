"""Exits find their holders through the index in the database, a few at a time (specification 1)."""

from __future__ import annotations

from random import Random

import pytest

from rewards.interpreter import exits as queue

from .shop import MONDAY, Shop, changed, shipped
from .twins import Twins, random_tree

SOON = changed(shipped("appreciating-token"), ('value: "2"}', 'value: "0.25"}'))
LATER = changed(shipped("appreciating-token"), ('value: "2"}', 'value: "0.5"}'))


def pages_of(holdings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the queue read so few holdings at once."""
    monkeypatch.setattr(queue, "FIRST_CHUNK", holdings)
    monkeypatch.setattr(queue, "LARGEST_CHUNK", holdings)


def sold(twins: Twins) -> int:
    """How many have nothing left of what they bought."""
    book = twins.world.plan.assets["token"].free_book
    return sum(not twins.world.state.balance(book, ordinal) for ordinal in twins.world.members.values())


@pytest.mark.parametrize("chunk", [1, 3])
@pytest.mark.parametrize("batch", [1, 9])
def test_many_holders_exit_from_the_index_as_in_memory(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, chunk: int, batch: int
) -> None:
    pages_of(chunk, monkeypatch)
    random = Random(chunk)
    twins = Twins.of(shop, SOON, random_tree(random, 20))
    for round_ in range(2):
        for ordinal in range(20):
            twins.order(f"m{ordinal}", str(random.choice([10, 20, 20, 50])), MONDAY)
        twins.send(lambda: batch)
        assert sold(twins) > 2 or not round_
    twins.order("m0", "5000", MONDAY)  # raises the price far enough for nearly all
    twins.send()
    assert sold(twins) > 10
    twins.compare()


def test_holders_with_the_same_trigger_exit_in_the_order_they_joined(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages_of(2, monkeypatch)
    shop.activate(LATER)
    people = [f"m{n}" for n in range(6)]
    shop.join(*people)
    shop.buy("o", "m0", "10")
    for id in people[1:]:  # a hand-made balance each: the same units, the same quota
        shop.convert(f"c-{id}", "m0", "token", "credit", "0.1")
        shop.adjust(f"q-{id}", id, "quota", "0.18")
        shop.adjust(f"a-{id}", id, "token", "0.1")
    taken = shop.buy("last", "m0", "100")
    exits = [each for each in taken.booked[0].transfers if each.rule == "exit" and each.asset == "token"]
    assert [each.source.holder for each in exits if each.source.holder != "m0"] == people[1:]


def test_merchants_do_not_exit(small_shop: Shop) -> None:
    small_shop.activate(SOON)
    small_shop.join("tea", merchant=True)
    small_shop.join("ann")
    for id in ("o1", "o2"):
        small_shop.buy(id, "tea", "10")
    small_shop.buy("o3", "ann", "100000")
    assert small_shop.has("tea", "token") != "0.000000"
