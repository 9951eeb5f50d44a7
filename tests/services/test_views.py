"""What members and operators see: balances, lots, statements, their network, pools and prices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rewards.errors import InvalidRequest, NotFound
from rewards.services import holdings, reports
from rewards.services.views import NetworkTotal

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, WEDNESDAY, Shop, refused, shipped
from .test_days import SAVINGS

# --- balances and lots --------------------------------------------------------------------------------------


def test_balances_show_every_asset_and_what_it_is_worth(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.activate(STAMPS)
    shop.activate(SAVINGS)
    shop.activate(shipped("appreciating-token"))
    shop.join("ann")
    shop.buy("o1", "ann", "123.45")
    shop.close(MONDAY, TUESDAY, plan="savings")
    found = {each.asset: each for each in holdings.balances_of(shop.platform, "ann") if each.plan != "savings"}
    assert [(each.asset, each.available, each.value) for each in found.values()] == [
        ("coins", "12.34", "12.34"),
        ("stamps", "12", "24.00"),
        ("cash", "0.00", "0.00"),
        ("token", "25.921000", None),
        ("quota", "246.90", None),
        ("credit", "0.00", "0.00"),
    ]
    (saved,) = (each for each in holdings.balances_of(shop.platform, "ann") if each.plan == "savings")
    assert (saved.available, saved.locked, saved.debt, saved.value) == ("12.34", "111.11", "0.00", None)
    assert saved.title == {"en": "Coins", "zh": "金币"}
    assert refused(lambda: holdings.balances_of(shop.platform, "eve"), NotFound) == ("member.unknown", None)


def test_lots_are_listed_oldest_first_a_page_at_a_time(shop: Shop) -> None:
    shop.activate(SAVINGS)
    shop.join("ann", "ben")
    for number in range(5):
        shop.buy(f"o{number}", "ann", f"{number + 1}00", MONDAY if number < 4 else TUESDAY)
        shop.buy(f"b{number}", "ben", "100")
    shop.adjust("a1", "ann", "coins", "70", TUESDAY, basis="50")
    shop.close(MONDAY, TUESDAY)
    found, after = [], None
    while True:
        page = holdings.lots_of(shop.platform, "ann", after, 2)
        found += page.items
        after = page.next
        if after is None:
            break
    assert found == holdings.lots_of(shop.platform, "ann", None, 200).items
    assert [(lot.order, lot.day, lot.basis, lot.granted, lot.released, lot.remaining) for lot in found] == [
        ("o0", MONDAY, "100.00", "100.00", "10.00", "90.00"),
        ("o1", MONDAY, "200.00", "200.00", "20.00", "180.00"),
        ("o2", MONDAY, "300.00", "300.00", "30.00", "270.00"),
        ("o3", MONDAY, "400.00", "400.00", "40.00", "360.00"),
        ("o4", TUESDAY, "500.00", "500.00", "0.00", "500.00"),
        ("a1", TUESDAY, "50.00", "70.00", "0.00", "70.00"),
    ]
    assert {(lot.plan, lot.asset) for lot in found} == {("savings", "coins")}
    for cursor in ("x", "-1", "1" * 19, ""):
        assert refused(lambda cursor=cursor: holdings.lots_of(shop.platform, "ann", cursor, 2), InvalidRequest)[0] == (  # type: ignore[misc]
            "page.bad-cursor"
        )


# --- statements ---------------------------------------------------------------------------------------------


def test_a_statement_tells_every_movement_newest_first(shop: Shop) -> None:
    shop.activate(shipped("appreciating-token"))
    shop.join("ann", "ben")
    shop.buy("o1", "ann", "100")
    shop.adjust("a1", "ann", "credit", "50", reason="sorry")
    shop.pay("p1", "ann", "ben", "credit", "30")
    shop.buy("o2", "ann", "20", TUESDAY, credit="20")
    shop.redeem("r1", "ann", "token", "21", TUESDAY)
    lines = holdings.statement_of(shop.platform, "ann", None, 50).items
    assert [(each.kind, each.event, each.rule, each.asset, each.change, each.counterpart) for each in lines] == [
        ("redemption", "r1", "redeem", "cash", "27.00", "backing"),
        ("redemption", "r1", "redeem", "token", "-21.000000", "burned"),
        ("order", "o2", "payment", "credit", "-20.00", "burned"),
        ("payment", "p1", "pay", "credit", "-30.00", "ben"),
        ("adjustment", "a1", "adjustment", "credit", "50.00", "issuance"),
        ("order", "o1", "quota", "quota", "200.00", "issuance"),
        ("order", "o1", "grant", "token", "21.000000", "issuance"),
    ]
    assert {each.day for each in lines} == {MONDAY, TUESDAY}
    assert lines[-1].title == {
        "en": "The buyer is granted units at the price before the order",
        "zh": lines[-1].title["zh"],
    }
    assert (lines[2].title["zh"], lines[4].title["en"]) == ("积分支付订单", "Adjusted by hand")
    (received,) = holdings.statement_of(shop.platform, "ben", None, 50).items
    assert (received.change, received.counterpart, received.transfer) == ("30.00", "ann", lines[3].transfer)


def test_a_release_shows_once_as_a_gain_of_the_available_balance(small_shop: Shop) -> None:
    small_shop.activate(SAVINGS)
    small_shop.line("ann", "ben")
    small_shop.buy("o1", "ann", "1000")
    small_shop.buy("o2", "ben", "1000")
    small_shop.close(MONDAY, TUESDAY)
    lines = holdings.statement_of(small_shop.platform, "ann", None, 50).items
    assert [(each.rule, each.compartment, each.change, each.counterpart) for each in lines] == [
        ("thanks", "available", "50.00", "locked"),
        ("tenth", "available", "100.00", "locked"),
        ("grant", "locked", "1000.00", "issuance"),
    ]


def test_a_rule_called_like_a_built_in_one_keeps_its_own_title(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK.replace("id: back", "id: payment"))
    small_shop.join("ann")
    small_shop.buy("o1", "ann", "100")
    small_shop.buy("o2", "ann", "20", coins="10")
    lines = holdings.statement_of(small_shop.platform, "ann", None, 50).items
    assert [each.title["en"] for each in lines] == [
        "A tenth comes back",
        "Part of an order paid with points",
        "A tenth comes back",
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_of_a_statement_are_stable_while_new_events_arrive(shop: Shop, limit: int) -> None:
    shop.activate(SAVINGS)
    shop.activate(CASHBACK)
    shop.line("ann", "ben")
    for number in range(3):
        shop.buy(f"o{number}", "ann", "100", WEDNESDAY if number else MONDAY)
        shop.buy(f"b{number}", "ben", "100")
    shop.close(MONDAY, TUESDAY, WEDNESDAY)
    whole = holdings.statement_of(shop.platform, "ann", None, 200).items
    found, before = [], None
    for new in range(100):
        page = holdings.statement_of(shop.platform, "ann", before, limit)
        found += page.items
        before = page.next
        if before is None:
            break
        shop.buy(f"new{new}", "ann", "5")
    assert found == whole
    for cursor in ("x", "1-1", "1-1-1-1", "-1-1-1", f"{'9' * 19}-1-1"):
        assert refused(
            lambda cursor=cursor: holdings.statement_of(shop.platform, "ann", cursor, 2),  # type: ignore[misc]
            InvalidRequest,
        ) == ("page.bad-cursor", "/before")


# --- the network --------------------------------------------------------------------------------------------


def test_network_totals_are_split_into_cash_and_points(shop: Shop) -> None:
    """Ann sponsored ben and cleo, ben sponsored dan; eve is nobody's."""
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.join("ben", "cleo", sponsor="ann")
    shop.join("dan", sponsor="ben")
    shop.join("eve")
    for member, total in (("ann", "1000"), ("ben", "200"), ("cleo", "30"), ("dan", "400"), ("eve", "7000")):
        shop.buy(f"o-{member}", member, total)
    shop.buy("p-dan", "dan", "50", coins="25")
    shop.buy("p-ann", "ann", "150.5", coins="60")
    (total,) = (network := holdings.network_of(shop.platform, "ann")).totals
    assert (network.member, network.direct, network.downline) == ("ann", 2, 3)
    assert total == NetworkTotal("cashback", 4, "655.00", "25.00", 2, "1090.50", "60.00")
    assert holdings.network_of(shop.platform, "ben").totals == [
        NetworkTotal("cashback", 2, "425.00", "25.00", 1, "200.00", "0.00")
    ]
    assert holdings.network_of(shop.platform, "eve").totals == [
        NetworkTotal("cashback", 0, "0.00", "0.00", 1, "7000.00", "0.00")
    ]
    assert reports.network_totals(shop.platform) == [NetworkTotal("cashback", 7, "8745.50", "85.00", 0, "0.00", "0.00")]


# --- pools and prices ---------------------------------------------------------------------------------------


def test_pools_tell_what_went_in_and_out(shop: Shop) -> None:
    shop.activate(shipped("recurring-dividend"))
    shop.activate(CASHBACK)  # has no pools
    shop.join("ann", "ben")
    shop.buy("o1", "ann", "9000")
    shop.buy("o2", "ben", "1000")
    shop.close(MONDAY)
    assert [
        (each.plan, each.pool, each.balance, each.paid_in, each.paid_out) for each in reports.pools(shop.platform)
    ] == [
        ("recurring-dividend", "static", "0.00", "3000.00", "3000.00"),
        ("recurring-dividend", "dynamic", "0.00", "1000.00", "1000.00"),  # nobody holds a rank: all back
    ]
    assert (shop.has("ann", "cash"), shop.has("ben", "cash")) == ("2700.00", "300.00")


def test_the_price_history_is_exact_and_newest_first(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.activate(shipped("appreciating-token"))
    shop.join("ann")
    for number in range(4):
        shop.buy(f"o{number}", "ann", "100")
    page = reports.price_history(shop.platform, "token", None, None, 3)
    assert [each.display for each in page.items] == ["2.0188", "1.8674", "1.6807"]  # golden: orders 4, 3, 2
    last = reports.price_history(shop.platform, "token", "appreciating-token", page.next, 3)
    assert [(each.display, each.day, last.next) for each in last.items] == [("1.4286", MONDAY, None)]
    first = last.items[0]
    assert int(first.numerator) * 21 == int(first.denominator) * 30
    for asset, plan in (("coins", None), ("token", "cashback"), ("gold", None)):
        assert refused(
            lambda asset=asset, plan=plan: reports.price_history(shop.platform, asset, plan, None, 3),  # type: ignore[misc]
            NotFound,
        ) == ("asset.no-price", None)


def test_the_promises_are_checked_one_by_one(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    small_shop.buy("o1", "ann", "100")
    assert [each.promise for each in reports.verify(small_shop.platform)] == list(reports.PROMISES)
    engine = small_shop.platform.ledger.engine
    with engine.begin() as tx:
        tx.exec_driver_sql("UPDATE balance SET amount = amount + 1 WHERE holder = 1 AND amount > 0")
    broken = [each for each in reports.verify(small_shop.platform) if each.violations]
    # The balance is no longer the sum of its transfers, nor what a replay gives.
    assert [each.promise for each in broken] == [1, 8]
    assert broken[0].violations[0].keys() == {"en", "zh"}
    with engine.begin() as tx:
        tx.exec_driver_sql("UPDATE balance SET amount = amount - 1 WHERE holder = 1 AND amount > 0")
    assert replace(broken[0], violations=[]) in reports.verify(small_shop.platform)
