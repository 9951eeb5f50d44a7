"""Orders one by one, each in a unit of its own that goes on with what the one before has left.

What has happened in between, here or in another process, must not be overlooked: the books are those of a shop that
opens its database anew for every request.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.event import listen, remove

from rewards.errors import Conflict, Refused, RewardsError
from rewards.ledger import Ledger, open_engine
from rewards.services import asks, days, orders, refunds
from rewards.services.platform import Platform
from rewards.services.requests import OrderRequest, PaymentRequest, RedemptionRequest, RefundRequest

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, Shop, changed, noon, refused, shipped

PLANS = ("appreciating-token", "locked-points")
MEMBERS = [f"m{number}" for number in range(6)]

COUNTED = """
plan: counted
title: {en: Counted, zh: 计次}
currency: CNY
timezone: Asia/Shanghai
assets:
  stars: {title: {en: Stars, zh: 星星}, scale: 0}
rules:
  - id: each
    title: {en: A star for each order so far with a large one, zh: 大额订单按已有订单数得星}
    on: order.paid
    when: {order.total: {at_least: "100"}}
    grant: {asset: stars, to: buyer, amount: {give: "1", per: 1, of: order.number}}
"""
"""A plan that asks with large orders only how many there were."""


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """What the database is asked from now on."""
    heard: list[str] = []

    def hear(_c: object, _cursor: object, statement: str, *_: object) -> None:
        heard.append(statement)

    listen(engine, "before_cursor_execute", hear)
    yield heard
    remove(engine, "before_cursor_execute", hear)


@pytest.fixture
def corner(small_shop: Shop) -> Shop:
    small_shop.activate(CASHBACK)
    small_shop.join("ann", "ben")
    return small_shop


def elsewhere(shop: Shop) -> Shop:
    """Another process at work on the same database."""
    return Shop.on(Ledger(open_engine(shop.platform.ledger.engine.url.render_as_string(hide_password=False))))


# --- what is not asked again -----------------------------------------------------------------------------------------


def test_an_order_asks_only_what_the_one_before_did_not(corner: Shop) -> None:
    corner.buy("o1", "ann", "100")
    corner.buy("o2", "ann", "100")
    with statements(corner.platform.ledger.engine) as heard:
        corner.buy("o3", "ann", "100")
    (asked,) = (each for each in heard if each.startswith("SELECT"))
    assert "event.fingerprint" in asked  # whether this one is known
    with statements(corner.platform.ledger.engine) as heard:
        corner.buy("o4", "ben", "100")
    assert len([each for each in heard if each.startswith("SELECT")]) == 3  # besides it who ben is, and what he has
    assert (corner.has("ann", "coins"), corner.has("ben", "coins")) == ("30.00", "10.00")


def test_it_begins_anew_after_many(corner: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "_MOST_IN_A_ROW", 3)
    asked = []
    for number in range(7):
        with statements(corner.platform.ledger.engine) as heard:
            corner.buy(f"o{number}", "ann", "100")
        asked.append(any("closed_day" in each for each in heard))
    assert asked == [True, False, False, True, False, False, True]
    assert corner.has("ann", "coins") == "70.00"


@pytest.mark.parametrize("store", ["postgresql"])
def test_on_postgresql_every_order_asks_for_itself(shop: Shop) -> None:
    """Others work beside it."""
    shop.activate(CASHBACK)
    shop.join("ann")
    for number in range(3):
        with statements(shop.platform.ledger.engine) as heard:
            shop.buy(f"o{number}", "ann", "100")
        assert any("closed_day" in each for each in heard)
    assert shop.has("ann", "coins") == "30.00"


# --- what happens in between -----------------------------------------------------------------------------------------

BETWEEN: dict[str, Callable[[Shop], object]] = {
    "another order": lambda shop: shop.buy("x", "ann", "50"),
    "an order of somebody new": lambda shop: (shop.join("eve"), shop.buy("x", "eve", "50")),
    "orders in a batch": lambda shop: shop.batch(shop.order("x", "ann", "50"), shop.order("y", "ben", "5")),
    "points that are paid with": lambda shop: shop.pay("x", "ann", "ben", "coins", "4"),
    "an adjustment": lambda shop: shop.adjust("x", "ann", "coins", "3"),
    "a refund": lambda shop: refunds.refund(shop.platform, RefundRequest("x", "o1", "40", noon(MONDAY))),
    "a closed day": lambda shop: shop.close(MONDAY),
    "another version of the plan": lambda shop: shop.activate(changed(CASHBACK, ("10%", "20%")), TUESDAY),
    "another plan": lambda shop: shop.activate(STAMPS, MONDAY),
    "nothing": lambda shop: None,
}
AFTER: list[tuple[str, str, str, date, dict[str, str]]] = [
    ("o3", "ann", "100", MONDAY, {}),
    ("o4", "ann", "20", TUESDAY, {"coins": "9"}),
    ("o5", "ben", "100", TUESDAY, {}),
]
PAYING = changed(
    CASHBACK, ("rules:\n", "rules:\n  - {id: pay, title: {en: Pay, zh: 支付}, on: pay, pay: {asset: coins}}\n")
)


@pytest.mark.parametrize("where", ["here", "elsewhere"])
@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
def test_what_happens_between_orders_counts(
    between: Callable[[Shop], object], where: str, _migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Both shops live through the same, one of them opening its database anew for each order."""
    found = []
    for name in ("in-a-row", "anew"):
        path = tmp_path / f"{name}.db"
        shutil.copyfile(_migrated_sqlite, path)
        shop = Shop.on(Ledger(open_engine(f"sqlite:///{path}", durable=False)))
        shop.activate(PAYING)
        shop.join("ann", "ben")
        for step, id in enumerate(("o1", "o2", *(each[0] for each in AFTER))):
            if name == "anew":
                shop.platform.close()
                shop = elsewhere(shop)
            if step == 2:
                other = shop if where == "here" else elsewhere(shop)
                between(other)
                if other is not shop:
                    other.platform.close()
            wanted = AFTER[step - 2] if step > 1 else (id, "ann", "100", MONDAY, {})
            shop.buy(*wanted[:4], **wanted[4])
        found.append(shop.books())
        shop.check()
        shop.platform.close()
    assert found[0] == found[1]


def test_an_order_that_was_taken_elsewhere_is_not_taken_again(corner: Shop) -> None:
    corner.buy("o1", "ann", "100")
    other = elsewhere(corner)
    taken = other.buy("o2", "ann", "100")
    other.platform.close()
    again = corner.buy("o2", "ann", "100")
    assert (taken.repeated, again) == (False, replace(taken, repeated=True))
    assert refused(lambda: corner.buy("o2", "ann", "101"), Conflict) == ("event.conflict", "/id")
    assert corner.has("ann", "coins") == "20.00"


def test_a_refused_order_leaves_nothing_to_the_next(corner: Shop) -> None:
    corner.buy("o1", "ann", "100")
    too_many = ("request.balance-too-small", "/points")
    for _ in range(2):
        assert refused(lambda: corner.buy("o2", "ann", "100", coins="11"), Refused) == too_many
    corner.buy("o3", "ann", "20", coins="10")
    assert refused(lambda: corner.buy("o4", "ann", "100", coins="1.01"), Refused) == too_many
    assert corner.has("ann", "coins") == "1.00"  # a tenth of the 10 in cash


def test_a_commit_that_fails_leaves_nothing_to_the_next(corner: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    corner.buy("o1", "ann", "100")

    def fail(_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    engine = corner.platform.ledger.engine
    with monkeypatch.context() as patch, pytest.raises(Exception, match="disk I/O error"):
        patch.setattr(engine.dialect, "do_commit", fail)
        corner.buy("o2", "ann", "1000")
    assert corner.has("ann", "coins") == "10.00"
    assert not corner.buy("o3", "ann", "100").repeated
    assert not corner.buy("o2", "ann", "1000").repeated
    assert corner.has("ann", "coins") == "120.00"


def test_each_is_recorded_when_it_comes(corner: Shop) -> None:
    for hour in (9, 10):
        corner.now = noon(TUESDAY) + timedelta(hours=hour)
        corner.buy(f"o{hour}", "ann", "100")
    with sqlite3.connect(str(corner.platform.ledger.engine.url.database)) as books:
        recorded = [
            text for (text,) in books.execute("SELECT recorded_at FROM event WHERE kind = 'order' ORDER BY seq")
        ]
    books.close()
    assert [text[:16] for text in recorded] == ["2026-03-03 13:00", "2026-03-03 14:00"]


def test_days_change_from_order_to_order(corner: Shop) -> None:
    """Also within the hour in which they do."""
    for id, at in (("o1", "2026-03-02 23:59"), ("o2", "2026-03-02 23:59"), ("o3", "2026-03-03 00:00")):
        corner.buy(id, "ann", "100", at)
    corner.close(MONDAY)
    corner.buy("o4", "ann", "100", "2026-03-02 23:59")
    booked = {id: orders.order(corner.platform, id).booked[0].day for id in ("o1", "o2", "o3", "o4")}
    assert booked == {"o1": MONDAY, "o2": MONDAY, "o3": TUESDAY, "o4": TUESDAY}


# --- what was written meanwhile --------------------------------------------------------------------------------------


@pytest.mark.parametrize("looks_before", [False, True])
def test_orders_are_counted_once_that_were_written_in_the_midst_of_a_batch(corner: Shop, *, looks_before: bool) -> None:
    """Another version of one plan has a batch write what it has; the other plan goes on, and looks at it later."""
    corner.activate(COUNTED)
    corner.activate(changed(CASHBACK, ("10%", "20%")), TUESDAY)
    corner.batch(
        corner.order("o1", "ben", "100" if looks_before else "10", MONDAY),  # whoever looks, reads of all
        corner.order("o2", "ann", "10", MONDAY),
        corner.order("o3", "ann", "10", TUESDAY),
        corner.order("o4", "ann", "100", TUESDAY),  # her third
        corner.order("o5", "ann", "100", TUESDAY),
    )
    assert corner.has("ann", "stars") == "7"


@pytest.mark.parametrize("looks_before", [False, True])
def test_orders_one_by_one_are_counted_once(corner: Shop, *, looks_before: bool) -> None:
    corner.activate(COUNTED)
    corner.buy("o1", "ann", "100" if looks_before else "10")
    corner.buy("o2", "ann", "10")
    corner.buy("o3", "ann", "100")
    corner.buy("o4", "ann", "100")
    assert corner.has("ann", "stars") == ("8" if looks_before else "7")


# --- whole lives -----------------------------------------------------------------------------------------------------


def _step(random: Random, number: int, day: date) -> Callable[[Platform], object]:
    member, other = random.sample(MEMBERS, 2)
    at, id = noon(day), f"e{number}"
    kind = random.choice(("order",) * 6 + ("refund", "redeem", "pay", "close"))
    if kind == "order":
        request = OrderRequest(id, member, str(random.randrange(1, 500)), at)
        return lambda platform: orders.take_order(platform, request)
    if kind == "refund":
        taken_back = RefundRequest(id, f"e{random.randrange(number + 1)}", None, at)
        return lambda platform: refunds.refund(platform, taken_back)
    if kind == "redeem":
        sold = RedemptionRequest(id, member, PLANS[0], "token", str(random.randrange(1, 40)), at)
        return lambda platform: asks.redeem(platform, sold)
    if kind == "pay":
        paid = PaymentRequest(id, member, other, PLANS[1], "points", str(random.randrange(1, 3)), at)
        return lambda platform: asks.pay(platform, paid)
    return lambda platform: list(days.close_through(platform, day - timedelta(days=1)))


@pytest.mark.parametrize("seed", range(4))
def test_lives_are_those_of_a_shop_that_opens_anew_for_each_request(
    seed: int, _migrated_sqlite: Path, tmp_path: Path
) -> None:
    """At random, by two processes in turn; or by a platform of its own for each request."""
    found = []
    for name in ("by-two", "anew"):
        random, path = Random(seed), tmp_path / f"{name}.db"
        shutil.copyfile(_migrated_sqlite, path)
        shop = Shop.on(Ledger(open_engine(f"sqlite:///{path}", durable=False)))
        for plan in PLANS:
            shop.activate(shipped(plan))
        shop.line(*MEMBERS)
        second = elsewhere(shop)
        answered = []
        for number in range(80):
            step = _step(random, number, MONDAY + timedelta(days=number // 20))
            turn = shop if random.random() < 0.8 else second
            if name == "anew":
                turn = elsewhere(shop)
            try:
                step(turn.platform)
                answered.append("done")
            except RewardsError as error:
                answered.append(error.code)
            if name == "anew":
                turn.platform.close()
        shop.check()
        found.append((answered, shop.books()))
        second.platform.close()
        shop.platform.close()
    assert found[0] == found[1]
    assert found[0][0].count("done") > 40
