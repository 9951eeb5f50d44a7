"""What members had at the close of a past day, told from history."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest

from rewards.errors import InvalidRequest
from rewards.services.holdings import balances_of
from rewards.services.replay import rebuilt
from rewards.services.views import BalanceView

from .shop import CASHBACK, MONDAY, STAMPS, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, shipped
from .test_replay import a_week
from .twins import Twins, live, random_tree

SUNDAY = date(2026, 3, 1)


def had(shop: Shop, member: str, day: date | None = None) -> dict[str, tuple[str, str]]:
    """Available and locked, by asset."""
    return {each.asset: (each.available, each.locked) for each in balances_of(shop.platform, member, day)}


def test_each_day_is_told_as_it_was_closed(shop: Shop) -> None:
    a_week(shop)  # 3,000 grant 7,500 on Monday, of which each close from Tuesday on releases 1.2 % of the order, 36
    shop.close(WEDNESDAY)
    assert had(shop, "bob", SUNDAY) == {}
    assert had(shop, "bob", MONDAY)["points"] == ("0.00", "7500.00")
    assert had(shop, "bob", TUESDAY)["points"] == ("36.00", "7464.00")
    assert had(shop, "bob", WEDNESDAY)["points"] == ("72.00", "7428.00")
    assert had(shop, "bob", WEDNESDAY) == had(shop, "bob")
    assert had(shop, "ann", TUESDAY)["points"] == ("0.00", "0.00")


def test_an_event_of_a_later_day_that_came_before_the_close_is_left_out(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("tuesday", "ann", "500", TUESDAY)
    shop.buy("monday", "ann", "100", MONDAY)
    shop.close(MONDAY)
    assert had(shop, "ann", MONDAY)["coins"] == ("10.00", "0.00")
    assert had(shop, "ann", TUESDAY)["coins"] == ("60.00", "0.00")
    # What was paid on Monday and comes after its close is booked to the first open day.
    shop.buy("late", "ann", "100", MONDAY)
    assert had(shop, "ann", MONDAY)["coins"] == ("10.00", "0.00")
    assert had(shop, "ann", TUESDAY)["coins"] == ("70.00", "0.00")


def test_every_plan_has_days_of_its_own(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.activate(STAMPS)
    shop.join("ann")
    shop.close(MONDAY, plan="cashback")
    shop.buy("o1", "ann", "100", MONDAY)  # booked to Tuesday by one plan, to Monday by the other
    assert had(shop, "ann", MONDAY) == {"coins": ("0.00", "0.00"), "stamps": ("10", "0")}
    assert had(shop, "ann", TUESDAY) == {"coins": ("10.00", "0.00"), "stamps": ("10", "0")}


def test_the_assets_and_values_are_those_of_the_version_in_force(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.activate(changed(CASHBACK, ('cash_value: "1.00"', 'cash_value: "0.50"')), TUESDAY)
    small_shop.join("ann")
    small_shop.buy("o1", "ann", "100", MONDAY)

    def worth(day: date) -> list[str | None]:
        return [each.value for each in balances_of(small_shop.platform, "ann", day)]

    assert worth(MONDAY) == ["10.00"]
    assert worth(TUESDAY) == ["5.00"]


def test_a_day_that_has_not_begun_is_refused(small_shop: Shop) -> None:
    small_shop.activate(CASHBACK)
    small_shop.join("ann")
    today = small_shop.now.date()
    assert had(small_shop, "ann", today) == had(small_shop, "ann")
    with pytest.raises(InvalidRequest) as caught:
        had(small_shop, "ann", today + timedelta(days=1))
    assert (caught.value.code, caught.value.pointer) == ("balance.day-ahead", "/as_of")


@pytest.mark.parametrize("name", ["locked-points", "appreciating-token"])
def test_a_replay_stopped_at_a_close_has_what_history_tells(small_shop: Shop, name: str) -> None:
    random = Random(f"as of {name}")
    twins = Twins.of(small_shop, shipped(name), random_tree(random, 6))
    remembered: dict[date, dict[str, list[BalanceView]]] = {}
    closed: dict[date, int] = {}
    for day in (MONDAY, TUESDAY, WEDNESDAY, THURSDAY):
        for _ in range(random.randint(1, 6)):
            twins.order(random.choice(list(twins.world.members)), str(random.choice([100, 3000, 9001])), day)
        twins.send()
        twins.close()
        with small_shop.platform.ledger.read() as tx:
            closed[day] = max(tx.exec_driver_sql("SELECT seq FROM event").scalars())
        remembered[day] = {each: balances_of(small_shop.platform, each) for each in twins.world.members}
    live(twins, random, 25)
    for day, held in remembered.items():
        assert {each: balances_of(small_shop.platform, each, day) for each in held} == held
        with small_shop.platform.ledger.read() as tx, rebuilt(tx, last=closed[day]) as (again, refused):
            assert refused is None
            assert {each: balances_of(again, each) for each in held} == held


@pytest.mark.parametrize("name", ["locked-points", "recurring-dividend", "energy-contribution"])
def test_the_last_day_of_a_life_is_the_present(small_shop: Shop, name: str) -> None:
    random = Random(f"present {name}")
    twins = Twins.of(small_shop, shipped(name), random_tree(random, 7))
    live(twins, random, 40)
    far = small_shop.now.date()
    for member in twins.world.members:
        assert balances_of(small_shop.platform, member, far) == balances_of(small_shop.platform, member)
