"""Business days: what is booked to which, and how days are closed: in order, once, all or nothing (promise 7)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from rewards.errors import Conflict, NotFound, Refused
from rewards.ledger import Ledger, close_columns, close_parts, closes
from rewards.services import days, holdings, members
from rewards.services.views import ClosedView, EventView

from .shop import CASHBACK, MONDAY, STAMPS, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, moment, refused, shipped

SAVINGS = """
plan: savings
title: {en: Savings, zh: 储蓄}
currency: CNY
timezone: Asia/Shanghai
assets:
  coins: {title: {en: Coins, zh: 金币}, scale: 2, lots: {start_after_days: 1}}
ladders:
  club:
    title: {en: Club, zh: 俱乐部}
    measure: member.sales
    levels: [{name: silver, title: {en: Silver, zh: 银}, from: "1000", share: 1%}]
rules:
  - id: grant
    on: order.paid
    grant: {asset: coins, to: buyer, locked: {basis: order.cash}, amount: {rate: 100%, of: order.cash}}
  - id: tenth
    on: day.close
    release: {asset: coins, amount: {rate: 10%, of: lot.basis}}
  - id: thanks
    on: day.close
    share: {source: tenth, generations: [50%], release: coins}
"""
"""An order is locked away and comes free by a tenth a day; a sponsor's own comes free faster by half of that."""


@pytest.fixture
def savings(shop: Shop) -> Shop:
    """Ann, who sponsored ben, who sponsored cleo."""
    shop.activate(SAVINGS)
    shop.line("ann", "ben", "cleo")
    return shop


def day_of(view: EventView) -> date:
    return view.booked[0].day


# --- which day an order belongs to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paid_at", "day"),
    [
        ("2026-03-02 00:00:00", MONDAY),
        ("2026-03-02 23:59:59.999999", MONDAY),
        ("2026-03-03 00:00:00", TUESDAY),
        ("2026-03-03 07:59:59", TUESDAY),
        ("2026-03-03 08:00:00", TUESDAY),
    ],
)
def test_an_order_belongs_to_the_day_in_the_plans_zone(small_shop: Shop, paid_at: str, day: date) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    assert day_of(small_shop.buy("o1", "ann", "100", paid_at)) == day


def test_an_order_of_a_closed_day_belongs_to_the_first_open_one(savings: Shop) -> None:
    savings.close(MONDAY, TUESDAY)
    assert [day_of(savings.buy(f"o{day}", "ann", "100", day)) for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY)] == [
        WEDNESDAY,
        WEDNESDAY,
        WEDNESDAY,
        THURSDAY,
    ]
    (view,) = days.day(savings.platform, WEDNESDAY)
    assert (view.status, view.orders, view.cash, view.points, view.closed) == ("open", 3, "300.00", "0.00", None)


def test_plans_close_their_days_each_by_itself(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.activate(STAMPS)
    small_shop.join("ann")
    small_shop.close(MONDAY, plan="stamps")
    taken = small_shop.buy("o1", "ann", "100", MONDAY)
    assert {booked.plan: booked.day for booked in taken.booked} == {"cashback": MONDAY, "stamps": TUESDAY}
    assert {each.plan: (each.status, each.orders) for each in days.day(small_shop.platform, MONDAY)} == {
        "cashback": ("open", 1),
        "stamps": ("closed", 0),
    }


# --- closing ------------------------------------------------------------------------------------------------


def test_a_day_close_releases_and_shares(savings: Shop) -> None:
    for id, member in (("o1", "ann"), ("o2", "ben"), ("o3", "cleo")):
        savings.buy(id, member, "1000", MONDAY)
    (monday,) = savings.close(MONDAY)
    assert (monday.transfers, monday.moved, monday.repeated) == (0, [], False)
    (tuesday,) = savings.close(TUESDAY)
    # Each lot gives 100; ann and ben earn half of the 100 of whom they sponsored.
    assert [(each.rule, each.asset, each.quantity, each.transfers) for each in tuesday.moved] == [
        ("tenth", "coins", "300.00", 3),
        ("thanks", "coins", "100.00", 2),
    ]
    assert [savings.has(member, "coins") for member in ("ann", "ben", "cleo")] == ["150.00", "150.00", "100.00"]
    assert savings.holding("ann", "coins").locked == "850.00"
    (view,) = days.day(savings.platform, TUESDAY)
    assert (view.status, view.closed) == ("closed", ClosedView(**{**vars(tuesday), "repeated": True}))


def test_a_day_is_closed_once(savings: Shop) -> None:
    savings.buy("o1", "ann", "1000", MONDAY)
    savings.close(MONDAY)
    (first,) = savings.close(TUESDAY)
    books = savings.books()
    (again,) = savings.close(TUESDAY)
    assert (first.repeated, again) == (False, ClosedView(**{**vars(first), "repeated": True}))
    assert savings.books() == books


def test_days_are_closed_in_order_and_when_they_are_over(savings: Shop) -> None:
    platform = savings.platform
    assert refused(lambda: days.close_day(platform, TUESDAY), Conflict) == ("day.earlier-open", "/date")
    assert refused(lambda: days.close_day(platform, MONDAY, "saving"), NotFound) == ("plan.unknown", None)
    assert refused(lambda: days.close_day(platform, MONDAY - timedelta(days=1)), Refused) == ("day.no-plan", "/date")
    assert refused(lambda: days.day(platform, date(2026, 1, 1)), Refused) == ("day.no-plan", "/date")
    savings.now = moment("2026-03-02 23:59")
    assert refused(lambda: days.close_day(platform, MONDAY), Refused) == ("day.not-over", "/date")
    savings.now = moment("2026-03-03 00:00")
    assert [each.day for each in days.close_day(platform, MONDAY)] == [MONDAY]


def test_closing_through_a_day_closes_all_that_is_open_plan_by_plan(savings: Shop) -> None:
    savings.activate(CASHBACK, TUESDAY)
    told: list[tuple[str, date]] = []
    closed = list(days.close_through(savings.platform, WEDNESDAY, None, lambda plan, day: told.append((plan, day))))
    expected = [("savings", MONDAY), ("savings", TUESDAY), ("savings", WEDNESDAY)]
    assert (
        told
        == [(view.plan, view.day) for view in closed]
        == [*expected, ("cashback", TUESDAY), ("cashback", WEDNESDAY)]
    )
    assert list(days.close_through(savings.platform, WEDNESDAY)) == []
    savings.now = moment("2026-03-05 08:00")
    closed = []
    to_friday = days.close_through(savings.platform, date(2026, 3, 6), "savings")
    assert refused(lambda: closed.extend(view.day for view in to_friday), Refused) == ("day.not-over", "/date")
    assert days.day(savings.platform, THURSDAY)[0].status == "open"


def test_closing_days_in_one_go_or_one_by_one_is_the_same(small_shop: Shop, ledger: Ledger) -> None:
    books = []
    for shop, in_one_go in ((small_shop, True), (Shop.on(ledger), False)):
        shop.activate(SAVINGS)
        shop.activate(changed(SAVINGS, ("rate: 10%, of: lot", "rate: 3%, of: lot")), MONDAY + timedelta(days=6))
        shop.line("ann", "ben", "cleo")
        for number, member in enumerate(("ann", "ben", "cleo", "ben", "ann")):
            shop.buy(f"o{number}", member, f"{number + 1}000", MONDAY + timedelta(days=number))
        if in_one_go:
            list(days.close_through(shop.platform, date(2026, 3, 20)))
        else:
            shop.close(*(MONDAY + timedelta(days=number) for number in range(19)))
        books.append(shop.books())
    assert books[0] == books[1]


def test_an_order_that_comes_while_days_are_being_closed_is_seen(
    savings: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "ENOUGH_DAYS", 1)  # every day in a unit of its own, with room for orders between
    closing_days = days.close_through(savings.platform, THURSDAY)
    next(closing_days)
    savings.join("dora")
    savings.buy("o1", "dora", "1000", MONDAY)  # counts for Tuesday
    list(closing_days)
    assert savings.has("dora", "coins") == "200.00"  # Wednesday and Thursday


def test_nothing_happens_on_a_day_without_members(shop: Shop) -> None:
    for name in ("locked-points", "recurring-dividend", "appreciating-token"):
        shop.activate(shipped(name))
    assert [each.transfers for each in shop.close(MONDAY, TUESDAY)] == [0] * 6


def test_a_close_that_fails_half_way_leaves_nothing_and_can_be_run_again(
    savings: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, member in enumerate(("ann", "ben", "cleo")):
        savings.buy(f"o{number}", member, "1000", MONDAY)
    savings.close(MONDAY)
    books = savings.books()

    def rows() -> dict[str, int]:
        tables = ("event", "booking", "transfer", "closed_day", "level", "balance", "participation")
        tables += ("close_part", "close_balance")
        with savings.platform.ledger.read() as tx:
            return {table: tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}

    before = rows()

    def fail(*_: Any) -> None:
        raise OSError("the disk is full")

    for module, name in ((close_columns, "bring"), (close_parts, "add"), (closes, "add")):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, fail)
            with pytest.raises(OSError, match="disk"):
                savings.close(TUESDAY)
        assert rows() == before
    savings.check()
    assert savings.books() == books
    with monkeypatch.context() as patch:
        patch.setattr(closes, "add", fail)
        with pytest.raises(OSError, match="disk"):
            list(days.close_through(savings.platform, WEDNESDAY))
    savings.close(TUESDAY)
    assert [savings.has(member, "coins") for member in ("ann", "ben", "cleo")] == ["150.00", "150.00", "100.00"]


# --- a day is closed on what was true at its end ------------------------------------------------------------


def test_orders_of_later_days_do_not_change_what_a_close_does(small_shop: Shop, ledger: Ledger) -> None:
    moved = []
    for shop, early in ((small_shop, True), (Shop.on(ledger), False)):
        shop.activate(shipped("recurring-dividend"))
        shop.line("ann", "ben")
        shop.buy("o1", "ann", "60000", MONDAY)
        shop.buy("o2", "ben", "1000", MONDAY)
        if early:
            shop.buy("o3", "ben", "500000", TUESDAY)
            shop.adjust("a1", "ann", "equity", "500", WEDNESDAY)
        monday = shop.close(MONDAY)[0].moved
        if not early:
            shop.buy("o3", "ben", "500000", TUESDAY)
            shop.adjust("a1", "ann", "equity", "500", WEDNESDAY)
        moved.append([monday, shop.close(TUESDAY)[0].moved, shop.close(WEDNESDAY)[0].moved, shop.books()["balances"]])
    assert moved[0] == moved[1]
    # Monday: 30 % of 61,000 by equity 60 : 1; V1's tenth of 10 % (ann with 60 equity) and V2, V3 back to the platform.
    assert [(each.rule, each.asset, each.quantity) for each in moved[0][0]] == [
        ("fund-static", "cash", "18300.00"),
        ("fund-dynamic", "cash", "6100.00"),
        ("static", "cash", "18300.00"),
        ("static", "quota", "18300.00"),
        ("dynamic", "cash", "6100.00"),  # 610 to ann, 5490 back to the platform
        ("dynamic", "quota", "610.00"),
    ]


def test_a_level_counts_the_orders_of_the_closed_day_and_not_of_later_ones(savings: Shop) -> None:
    savings.buy("o1", "ann", "999", MONDAY)
    savings.buy("o2", "ann", "1", TUESDAY)
    savings.close(MONDAY)
    assert _levels(savings, "ann") == []
    savings.close(TUESDAY)
    assert _levels(savings, "ann") == [("savings", "club", "silver", TUESDAY)]


def _levels(shop: Shop, member: str) -> list[tuple[str, str, str, date]]:
    return [(each.plan, each.ladder, each.level, each.since) for each in members.member(shop.platform, member).levels]


def test_points_spent_on_a_later_day_are_not_there_to_be_spent_twice(savings: Shop) -> None:
    savings.buy("o1", "ann", "1000", MONDAY)
    savings.close(MONDAY, TUESDAY)
    savings.adjust("a1", "ann", "coins", "-100", THURSDAY)
    savings.close(WEDNESDAY, THURSDAY)
    assert savings.has("ann", "coins") == "200.00"
    lines = holdings.statement_of(savings.platform, "ann", None, 10).items
    assert [(each.kind, each.change, each.day) for each in lines if each.compartment == "available"] == [
        ("close", "100.00", THURSDAY),
        ("close", "100.00", WEDNESDAY),
        ("adjustment", "-100.00", THURSDAY),
        ("close", "100.00", TUESDAY),
    ]


BONUS = """  - id: bonus
    on: order.paid
    when: {buyer.level.club: {is: silver}}
    grant: {asset: coins, to: buyer, amount: {rate: 5%, of: order.cash}}
"""


def test_an_order_counts_the_level_held_at_the_last_close(savings: Shop) -> None:
    savings.activate(changed(SAVINGS, ("  - id: tenth\n", BONUS + "  - id: tenth\n")), TUESDAY)
    savings.buy("o1", "ben", "1000", MONDAY)
    savings.buy("o2", "ben", "1000", TUESDAY)
    savings.close(MONDAY)
    assert savings.has("ben", "coins") == "0.00"  # silver by Monday's close, and o2 came before that
    savings.buy("o3", "ben", "1000", TUESDAY)
    savings.buy("o4", "ann", "1000", TUESDAY)
    assert (savings.has("ben", "coins"), savings.has("ann", "coins")) == ("50.00", "0.00")
