"""Plans: a bad file never becomes active, and a new version changes nothing that was settled under the old one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rewards.errors import Conflict, NotFound, RewardsError
from rewards.services import days, members, plans
from rewards.services.explain import explain
from rewards.services.platform import Platform
from rewards.services.views import EventView

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, WEDNESDAY, Shop, answers, changed, moment, refused, shipped
from .test_days import SAVINGS

TWENTY = changed(CASHBACK, ("rate: 10%", "rate: 20%"))


def names(shop: Shop) -> list[tuple[str, str | None, date | None, date]]:
    return [(each.plan, each.version, each.from_day, each.next_day) for each in plans.plans_on_record(shop.platform)]


# --- activating ---------------------------------------------------------------------------------------------


def test_an_activated_plan_is_in_force_from_its_day_on(shop: Shop) -> None:
    first = shop.activate(CASHBACK, TUESDAY)
    shop.join("ann")
    assert (first.plan, first.from_day, first.title, first.source) == ("cashback", TUESDAY, first.title, CASHBACK)
    assert names(shop) == [("cashback", first.version, TUESDAY, TUESDAY)]
    assert shop.buy("o1", "ann", "100", MONDAY).booked == []
    assert [booked.version for booked in shop.buy("o2", "ann", "100", TUESDAY).booked] == [first.version]
    assert plans.versions(shop.platform, "cashback") == [first]
    assert refused(lambda: plans.versions(shop.platform, "cash"), NotFound) == ("plan.unknown", None)


def test_before_its_first_day_a_plan_has_no_version_in_force(small_shop: Shop) -> None:
    small_shop.now = moment("2026-03-01 12:00")
    small_shop.activate(CASHBACK, TUESDAY)
    assert names(small_shop) == [("cashback", None, None, TUESDAY)]


def test_a_bad_file_is_rejected_with_all_that_is_wrong_and_leaves_the_active_one(shop: Shop) -> None:
    shop.activate(CASHBACK)
    before = names(shop)
    bad = changed(CASHBACK, ("to: buyer", "to: byer"), ("up_to: 50%", "upto: 50%"))
    with pytest.raises(plans.PlanRejected) as caught:
        shop.activate(bad, TUESDAY)
    assert caught.value.pointer == "/source"
    assert caught.value.diagnostics == plans.check_plan(bad, "plan.yaml")
    assert {each.line for each in caught.value.diagnostics} == {8, 13}
    assert names(shop) == before
    assert plans.check_plan(CASHBACK.encode(), "plan.yaml") == []


def test_the_same_version_from_the_same_day_again_changes_nothing(shop: Shop) -> None:
    first = shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o1", "ann", "100")
    shop.close(MONDAY)
    assert shop.activate(CASHBACK) == first
    assert plans.versions(shop.platform, "cashback") == [first]


def test_a_version_that_was_replaced_from_the_same_day_does_not_come_back_unseen(shop: Shop) -> None:
    shop.activate(CASHBACK)
    second = shop.activate(TWENTY)
    books = names(shop)
    assert refused(lambda: shop.activate(CASHBACK), Conflict) == ("plan.replaced", "/from_day")
    assert names(shop) == books
    assert shop.activate(TWENTY) == second
    shop.activate(CASHBACK, TUESDAY)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("Asia/Shanghai", "Asia/Tokyo"), "plan.timezone-changed"),
        (("scale: 2", "scale: 3"), "ledger.book-changed"),
        (("coins", "money"), "plan.asset-removed"),
        (("CNY", "JPY"), "plan.other-currency"),
    ],
)
def test_a_version_that_does_not_go_with_the_books_is_refused(
    small_shop: Shop, change: tuple[str, str], code: str
) -> None:
    small_shop.activate(CASHBACK)
    newer = changed(CASHBACK, change)
    assert refused(lambda: small_shop.activate(newer, TUESDAY), Conflict)[0] == code
    assert len(plans.versions(small_shop.platform, "cashback")) == 1


def test_a_pool_stays_and_all_plans_count_in_one_currency(small_shop: Shop) -> None:
    dividend = shipped("recurring-dividend")
    small_shop.activate(dividend)
    renamed = changed(dividend, ("  dynamic: {title", "  active: {title"), ("pool: dynamic", "pool: active"))
    assert refused(lambda: small_shop.activate(renamed, TUESDAY), Conflict) == ("plan.pool-removed", "/source")
    dollars = changed(STAMPS, ("CNY", "USD"))
    assert refused(lambda: small_shop.activate(dollars), Conflict) == ("plan.other-currency", "/source")


def test_a_version_cannot_apply_from_a_day_that_is_closed_or_used_or_before_another(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    small_shop.close(MONDAY)
    assert refused(lambda: small_shop.activate(TWENTY, MONDAY), Conflict) == ("plan.day-closed", "/from_day")
    small_shop.buy("o1", "ann", "100", TUESDAY)
    assert refused(lambda: small_shop.activate(TWENTY, TUESDAY), Conflict) == ("plan.day-in-use", "/from_day")
    small_shop.activate(TWENTY, date(2026, 3, 10))
    thirty = changed(CASHBACK, ("rate: 10%", "rate: 30%"))
    assert refused(lambda: small_shop.activate(thirty, date(2026, 3, 9)), Conflict) == (
        "plan.before-version",
        "/from_day",
    )
    corrected = small_shop.activate(thirty, date(2026, 3, 10))  # nothing has been booked to that day yet
    assert [booked.version for booked in small_shop.buy("o2", "ann", "100", date(2026, 3, 10)).booked] == [
        corrected.version
    ]
    assert small_shop.has("ann", "coins") == "40.00"


def test_a_version_that_cannot_be_compiled_any_more_is_named(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    with small_shop.platform.ledger.engine.begin() as tx:
        tx.exec_driver_sql("DROP TRIGGER IF EXISTS plan_version_no_update")
        tx.exec_driver_sql("UPDATE plan_version SET source = 'plan: cashback'")
    other = Platform(small_shop.platform.ledger)
    assert refused(lambda: plans.plans_on_record(other), RewardsError) == ("platform.version-unreadable", None)


# --- from one version to the next ---------------------------------------------------------------------------


def test_orders_of_one_batch_fall_under_the_versions_of_their_days(shop: Shop) -> None:
    old, new = shop.activate(CASHBACK), shop.activate(TWENTY, TUESDAY)
    shop.join("ann", "ben")
    taken = shop.batch(
        shop.order("o1", "ann", "100", "2026-03-02 23:59"),
        shop.order("o2", "ann", "100", "2026-03-03 00:00"),
        shop.order("o3", "ann", "100", MONDAY),
        shop.order("o4", "ann", "60", TUESDAY, coins="30"),
        shop.order("o5", "ben", "100", MONDAY),
    )
    assert answers(taken) == ["taken"] * 5
    booked = [one.booked[0] for one in taken if isinstance(one, EventView)]
    assert [each.version for each in booked] == [old.version, new.version, old.version, new.version, old.version]
    assert [each.transfers[-1].quantity for each in booked] == ["10.00", "20.00", "10.00", "6.00", "10.00"]
    assert (shop.has("ann", "coins"), shop.has("ben", "coins")) == ("16.00", "10.00")
    with shop.platform.ledger.read() as tx:
        assert tx.exec_driver_sql("SELECT sum(cash) FROM measure").scalar_one() == 430_00


def test_days_are_closed_under_the_version_of_each(shop: Shop) -> None:
    fifth = changed(SAVINGS, ("rate: 10%, of: lot", "rate: 20%, of: lot"))
    old, new = shop.activate(SAVINGS), shop.activate(fifth, WEDNESDAY)
    shop.line("ann", "ben")
    shop.buy("o1", "ann", "1000", MONDAY)
    closed = list(days.close_through(shop.platform, WEDNESDAY))
    assert [each.version for each in closed] == [old.version, old.version, new.version]
    assert [[moved.quantity for moved in each.moved] for each in closed] == [[], ["100.00"], ["200.00"]]
    assert shop.has("ann", "coins") == "300.00"
    (tuesday,) = shop.close(TUESDAY)
    assert (tuesday.version, tuesday.repeated) == (old.version, True)
    explained = explain(shop.platform, f"{closed[1].sequence}-1-1")
    assert "10%" in explained.rule_text
    assert "20%" in explain(shop.platform, f"{closed[2].sequence}-1-1").rule_text


def test_a_late_order_falls_under_the_version_of_the_day_it_is_booked_to(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    new = small_shop.activate(TWENTY, TUESDAY)
    small_shop.join("ann")
    small_shop.close(MONDAY)
    (booked,) = small_shop.buy("o1", "ann", "100", MONDAY).booked
    assert (booked.version, booked.day) == (new.version, TUESDAY)
    assert small_shop.buy("o1", "ann", "100", MONDAY).repeated


def test_levels_and_lots_live_on_through_a_new_version(shop: Shop) -> None:
    renamed = changed(SAVINGS, ("name: silver", "name: gold"), ('from: "1000"', 'from: "500"'))
    shop.activate(SAVINGS)
    shop.activate(renamed, WEDNESDAY)
    shop.line("ann", "ben")
    shop.buy("o1", "ann", "1000", MONDAY)
    shop.buy("o2", "ben", "600", MONDAY)
    list(days.close_through(shop.platform, TUESDAY))
    assert [each.title["en"] for each in members.member(shop.platform, "ann").levels] == ["silver"]
    list(days.close_through(shop.platform, WEDNESDAY))
    assert [each.level for each in members.member(shop.platform, "ann").levels] == ["gold"]
    assert [each.level for each in members.member(shop.platform, "ben").levels] == ["gold"]


TOKEN = shipped("appreciating-token")
WITHOUT_EXIT = changed(TOKEN, ("on: price.rises\n", "on: price.rises\n    enabled: false\n"))


def test_holdings_from_before_a_version_with_exits_exit_under_it(shop: Shop) -> None:
    early = ('value: "2"}', 'value: "0.3"}')
    shop.activate(changed(WITHOUT_EXIT, early))
    shop.activate(changed(TOKEN, early), TUESDAY)
    shop.join("ann", "ben")
    shop.buy("o1", "ann", "100", MONDAY)  # 21 units, then worth 30, of a quota of 30
    assert shop.has("ann", "token") == "21.000000"
    shop.buy("o2", "ben", "100", TUESDAY)
    assert shop.has("ann", "token") == "0.000000"


def test_a_close_between_hands_the_index_of_exits_on(shop: Shop) -> None:
    early = ('value: "2"}', 'value: "0.3"}')
    shop.activate(changed(WITHOUT_EXIT, early))
    shop.activate(changed(TOKEN, early), TUESDAY)
    shop.join("ann", "ben")
    shop.buy("o1", "ann", "100", MONDAY)
    list(days.close_through(shop.platform, TUESDAY))
    shop.buy("o2", "ben", "100", TUESDAY + timedelta(days=1))
    assert shop.has("ann", "token") == "0.000000"
