"""What is on record is sealed when asked; who changes it behind the books is found out."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from rewards.errors import RewardsError
from rewards.ledger import StoreUnavailable, chain
from rewards.services import sealing
from rewards.services.reports import verify
from rewards.services.sealing import ChainView, SealView, check_chain, open_events, seal, seal_after_close

from .altering import release_more
from .shop import MONDAY, TUESDAY, WEDNESDAY, Shop, shipped
from .test_replay import a_week
from .twins import Twins, live, random_tree


def seen(shop: Shop, anchor: tuple[int, str] | None = None) -> ChainView:
    return check_chain(shop.platform, anchor)


def a_sealed_week(shop: Shop) -> None:
    a_week(shop)
    seal_after_close(shop.platform)


def test_what_is_on_record_is_sealed_once(shop: Shop) -> None:
    a_week(shop)
    assert seal(shop.platform).sealed == open_events(shop.platform) + 6 == 6
    shop.buy("second", "bob", "3000", WEDNESDAY)
    found = seen(shop)
    assert (found.event, found.unsealed, found.broken) == (6, 1, None)
    assert seal(shop.platform) == SealView(1, 7, seen(shop).hash)
    assert seal(shop.platform) == SealView(0, 7, seen(shop).hash)


@pytest.mark.parametrize("name", ["locked-points", "appreciating-token"])
def test_a_life_of_refused_and_taken_events_is_sealed(small_shop: Shop, name: str) -> None:
    random = Random(f"sealing {name}")
    live(Twins.of(small_shop, shipped(name), random_tree(random, 6)), random, 30)
    seal(small_shop.platform)
    assert seen(small_shop).broken is None
    assert seen(small_shop).unsealed == 0


def test_sealing_is_done_in_rounds_that_are_told_of(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    small_shop.activate(shipped("locked-points"), MONDAY)
    small_shop.join(*(f"m{number}" for number in range(7)))
    monkeypatch.setattr(sealing, "AT_ONCE", 5)
    monkeypatch.setattr(sealing, "WRITTEN_AT_ONCE", 2)
    told: list[int] = []
    assert seal(small_shop.platform, told.append).sealed == 8
    assert told == [2, 4, 5, 7, 8]
    assert seen(small_shop).broken is None


def test_two_may_seal_at_a_time(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    small_shop.activate(shipped("locked-points"), MONDAY)
    small_shop.join("ann", "bob")
    once, put = [True], chain.put

    def another_first(tx: Any, end: chain.Head, seals: Any) -> bool:
        if once.pop() if once else False:
            assert put(tx, end, seals[:2])
        return put(tx, end, seals)

    monkeypatch.setattr(chain, "put", another_first)
    assert seal(small_shop.platform).sealed == 1
    assert seen(small_shop) == ChainView(3, seen(small_shop).hash, 0, None)


def test_what_cannot_be_sealed_now_is_sealed_the_next_time(small_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    small_shop.activate(shipped("locked-points"), MONDAY)

    def busy(*_: Any) -> Any:
        raise StoreUnavailable("ledger.busy")

    small_shop.close(MONDAY)
    with monkeypatch.context() as patch:
        patch.setattr(chain, "put", busy)
        seal_after_close(small_shop.platform)
        with pytest.raises(StoreUnavailable):
            seal(small_shop.platform)
    assert open_events(small_shop.platform) == 2
    seal_after_close(small_shop.platform)
    assert open_events(small_shop.platform) == 0


def test_a_row_that_was_edited_is_named(altered_shop: Shop) -> None:
    a_sealed_week(altered_shop)
    before = seen(altered_shop)
    with altered_shop.platform.ledger.engine.begin() as tx:
        # The release of the first close: a hundredth more for bob.
        release_more(tx, 6, 2, 1)
    found = seen(altered_shop)
    assert (found.event, found.hash) == (before.event, before.hash)
    assert found.broken is not None
    assert found.broken["en"] == ("table close_part: the row event_seq 6, part 0 of event 6 is not as it was sealed")
    assert found.broken["zh"].startswith("表 close_part：")
    (tenth,) = [each for each in verify(altered_shop.platform, with_replay=False) if each.promise == 10]
    assert tenth.violations == [found.broken]
    # Days go on being closed, and nothing is sealed on top before it has been looked into.
    altered_shop.close(WEDNESDAY)
    seal_after_close(altered_shop.platform)
    assert seen(altered_shop).broken == found.broken


def test_a_chain_that_was_cut_is_not_continued(altered_shop: Shop) -> None:
    a_sealed_week(altered_shop)
    with altered_shop.platform.ledger.engine.begin() as tx:
        tx.execute(text("DROP TRIGGER seal_no_delete"))
        tx.execute(text("DELETE FROM seal WHERE event_seq = 6"))
    with pytest.raises(RewardsError) as caught:
        seal(altered_shop.platform)
    assert caught.value.code == "ledger.chain.cannot-continue"
    seal_after_close(altered_shop.platform)  # says nothing: `rewards verify` tells of it


def test_an_end_that_was_noted_tells_a_chain_that_was_made_anew(altered_shop: Shop) -> None:
    a_sealed_week(altered_shop)
    noted = seen(altered_shop)
    with altered_shop.platform.ledger.engine.begin() as tx:
        for trigger in ("event_no_second", "seal_no_delete"):
            tx.execute(text(f"DROP TRIGGER {trigger}"))
        release_more(tx, 6, 2, 1)
        tx.execute(text("UPDATE event SET hash = NULL"))
        tx.execute(text("DELETE FROM seal"))
    seal(altered_shop.platform)
    assert seen(altered_shop).broken is None
    broken = seen(altered_shop, (noted.event, noted.hash)).broken
    assert broken is not None
    assert "the chain was made anew or cut short" in broken["en"]


def test_an_order_counted_anew_is_as_it_was_sealed(shop: Shop) -> None:
    """A version that counts more writes beside a booking and not over it; the refund takes that back, too."""
    shop.activate(SPENDING, MONDAY)
    shop.join("ann")
    shop.buy("o1", "ann", "100", MONDAY)
    seal(shop.platform)
    shop.activate(COUNTING, TUESDAY)
    with shop.platform.ledger.read() as tx:
        assert tx.scalar(text("SELECT count(*) FROM recounted")) == 1
    assert seen(shop).broken is None


SPENDING = """
plan: cashback
title: {en: Cashback, zh: 返现}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {title: {en: Coins, zh: 金币}, scale: 2, cash_value: "1.00"}
rules:
  - id: back
    title: {en: A tenth comes back, zh: 返还一成}
    on: order.paid
    grant: {asset: coins, to: buyer, amount: {rate: 10%, of: order.cash}}
"""
COUNTING = SPENDING.replace(
    "rules:",
    """measures:
  spent: {sum: order.cash, over: year}
rules:
  - id: more
    title: {en: More for those who buy much, zh: 多买多得}
    on: order.paid
    when: {buyer.measure.spent: {at_least: "1000"}}
    grant: {asset: coins, to: buyer, amount: "1"}
""",
)
