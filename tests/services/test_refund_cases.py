"""Refunds as the specification says, case by case: given members and orders, when a day closes, then balances.

All numbers are worked out by hand from the specification: what the order caused directly goes back in proportion, what
was released of a lot comes out of the available balance, what was spent becomes a debt, accelerations go back at the
next close. 3,000 under the plan of locked points grants 7,500, of which 36 are released a day; with them the sponsor
earns 18 (50 %) and the sponsor's sponsor 10.80 (30 %).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

import pytest

from rewards.errors import Refused
from rewards.services import holdings, refunds, reports
from rewards.services.requests import RefundRequest
from rewards.services.views import EventView

from .shop import CASHBACK, MONDAY, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, noon, refused, shipped

FRIDAY = THURSDAY + timedelta(days=1)
LOCKED, TOKEN, DIVIDEND = shipped("locked-points"), shipped("appreciating-token"), shipped("recurring-dividend")
KEEPING = changed(LOCKED, ("payment: {", "refunds: {accelerations: keep}\npayment: {"))

TakeBack = Callable[..., EventView]


@pytest.fixture
def take_back(shop: Shop) -> TakeBack:
    """Takes an order back at noon of a day: so much of it, or all that is left. Each time under an id of its own."""
    taken = 0

    def take_back(order: str, amount: str | None = None, on: date = MONDAY) -> EventView:
        nonlocal taken
        taken += 1
        return refunds.refund(shop.platform, RefundRequest(f"back-{taken}", order, amount, noon(on)))

    return take_back


class Held(NamedTuple):
    """What a member has of an asset."""

    available: str
    locked: str = "0.00"
    debt: str = "0.00"


def points(shop: Shop, member: str) -> Held:
    """What a member has of the locked points."""
    found = shop.holding(member, "points")
    return Held(found.available, found.locked, found.debt)


def token(shop: Shop, member: str) -> tuple[str, str]:
    """A member's units, and how many of them are owed."""
    found = shop.holding(member, "token")
    return found.available, found.debt


def pool(shop: Shop, name: str) -> str:
    """What is in a pool."""
    return next(each.balance for each in reports.pools(shop.platform) if each.pool == name)


def accelerated(shop: Shop, source: str = LOCKED) -> None:
    """Grand sponsored top, who sponsored ann.

    The two have lots that are released by acceleration only, ann has ordered for 3,000 on Monday; closed until Tuesday.
    """
    shop.activate(source)
    shop.line("grand", "top", "ann")
    for member in ("grand", "top"):
        shop.adjust(f"lot-of-{member}", member, "points", "1000", basis="0")
    shop.buy("o", "ann", "3000")
    shop.close(MONDAY, TUESDAY)


# --- whole, in part, several times -----------------------------------------------------------------------------------


def test_whole(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.line("top", "ann")
    shop.buy("o", "ann", "3000")
    take_back("o")
    assert points(shop, "ann") == Held("0.00")
    (total,) = holdings.network_of(shop.platform, "top").totals
    assert (total.cash, total.orders) == ("0.00", 0)
    shop.close(MONDAY, TUESDAY)
    assert points(shop, "ann") == Held("0.00")


def test_part(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.line("top", "ann")
    shop.adjust("lot", "top", "points", "1000", basis="0")
    shop.buy("o", "ann", "3000")
    take_back("o", "1000")  # a third of 7,500
    assert points(shop, "ann") == Held("0.00", "5000.00")
    (total,) = holdings.network_of(shop.platform, "top").totals
    assert (total.cash, total.orders) == ("2000.00", 1)
    shop.close(MONDAY, TUESDAY)  # 1.2 % of 2,000, and half of that
    assert points(shop, "ann") == Held("24.00", "4976.00")
    assert points(shop, "top") == Held("12.00", "988.00")


def test_several_times(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "100")  # 10.00 coins
    left = []
    for amount in ("33.33", "33.33", "33.34"):
        take_back("o", amount)
        left.append(shop.has("ann", "coins"))
    # 3.333 and 6.666 rounded up for what she is charged, over all refunds together: 3.34, then 6.67, then all.
    assert left == ["6.66", "3.33", "0.00"]


def test_never_more_than_the_order(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("o", "ann", "100")
    too_much = ("refund.too-much", "/amount")
    assert refused(lambda: take_back("o", "100.01"), Refused) == too_much
    take_back("o", "60")
    assert refused(lambda: take_back("o", "40.01"), Refused) == too_much
    take_back("o", "39.99")
    assert refused(lambda: take_back("o", "0.02"), Refused) == too_much
    assert shop.has("ann", "coins") == "0.00"  # a tenth of the last 0.01 is no unit
    take_back("o")
    for amount in ("0.01", None):
        assert refused(lambda amount=amount: take_back("o", amount), Refused) == too_much  # type: ignore[misc]


# --- an order paid partly with points --------------------------------------------------------------------------------


def test_of_an_order_paid_partly_with_points(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.line("top", "ann")
    shop.adjust("gift", "ann", "points", "500")
    shop.buy("o", "ann", "4000", points="500")  # 3,500 in cash: two and a half times that
    assert points(shop, "ann") == Held("0.00", "8750.00")
    take_back("o", "1000")  # a quarter: 125 points come back, 2,187.50 go
    assert points(shop, "ann") == Held("125.00", "6562.50")
    (total,) = holdings.network_of(shop.platform, "top").totals
    assert (total.cash, total.points, total.orders) == ("2625.00", "375.00", 1)
    take_back("o")
    assert points(shop, "ann") == Held("500.00")
    (total,) = holdings.network_of(shop.platform, "top").totals
    assert (total.cash, total.points, total.orders) == ("0.00", "0.00", 0)


def test_points_that_come_back_pay_what_is_owed_first(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(CASHBACK)
    shop.join("ann")
    shop.buy("first", "ann", "1000")  # 100 coins
    shop.buy("second", "ann", "200", coins="100")  # paid half with them; 10 coins on the 100 in cash
    take_back("first")  # 100 to give back, and only 10 are there
    held = shop.holding("ann", "coins")
    assert (held.available, held.debt) == ("0.00", "90.00")
    take_back("second")  # 100 come back: 90 for the debt; and the 10 are given back
    held = shop.holding("ann", "coins")
    assert (held.available, held.debt) == ("0.00", "0.00")


# --- after its lot has released --------------------------------------------------------------------------------------


def test_after_its_lot_has_released(shop: Shop, take_back: TakeBack) -> None:
    accelerated(shop)
    shop.close(WEDNESDAY)
    assert points(shop, "ann") == Held("72.00", "7428.00")
    assert points(shop, "top") == Held("36.00", "964.00")
    take_back("o", "1000", THURSDAY)  # a third of 7,428 and of 72
    assert points(shop, "ann") == Held("48.00", "4952.00")
    shop.close(THURSDAY)
    # The day releases 1.2 % of 2,000 = 24; of the 72 before, 24 go back, and half of each is top's.
    assert points(shop, "ann") == Held("72.00", "4928.00")
    assert points(shop, "top") == Held("36.00", "964.00")
    take_back("o", on=FRIDAY)
    assert points(shop, "ann") == Held("0.00")
    shop.close(FRIDAY)
    assert points(shop, "top") == Held("0.00", "1000.00")
    assert points(shop, "grand") == Held("0.00", "1000.00")


def test_after_the_points_were_spent(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.join("ann")
    shop.buy("o", "ann", "3000")
    shop.buy("other", "ann", "3000", WEDNESDAY)
    shop.close(MONDAY, TUESDAY, WEDNESDAY)
    assert points(shop, "ann") == Held("72.00", "14928.00")
    shop.buy("small", "ann", "120", THURSDAY, points="60")
    take_back("o", on=THURSDAY)  # its 7,428 locked ones, and of the 72 released 12 are there
    assert points(shop, "ann") == Held("0.00", "7500.00", "60.00")
    shop.close(THURSDAY)  # 36 of the other order
    assert points(shop, "ann") == Held("0.00", "7464.00", "24.00")
    shop.close(FRIDAY)  # 24 pay the rest of the debt
    assert points(shop, "ann") == Held("12.00", "7428.00")
    shop.close(FRIDAY + timedelta(days=1))
    assert points(shop, "ann") == Held("48.00", "7392.00")


def test_in_part_after_the_points_were_spent(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.join("ann")
    shop.buy("o", "ann", "3000")
    shop.close(MONDAY, TUESDAY)
    shop.adjust("spent", "ann", "points", "-30", WEDNESDAY)
    take_back("o", "1000", WEDNESDAY)  # a third of 36 is 12, of which 6 are there
    assert points(shop, "ann") == Held("0.00", "4976.00", "6.00")
    shop.close(WEDNESDAY)  # what is left of the very lot releases 24: 6 for the debt
    assert points(shop, "ann") == Held("18.00", "4952.00")


# --- a priced asset --------------------------------------------------------------------------------------------------


@pytest.fixture
def golden(shop: Shop) -> Shop:
    """The three orders of specification 1: 21, 14.7 and 12.495 units, a pool of 90."""
    shop.activate(TOKEN)
    shop.join("ann", "bob", "cid")
    for member in ("ann", "bob", "cid"):
        shop.buy(f"o-{member}", member, "100")
    assert [token(shop, member)[0] for member in ("ann", "bob", "cid")] == ["21.000000", "14.700000", "12.495000"]
    return shop


def test_after_the_price_has_risen_no_more_than_the_contribution_leaves_the_pool(
    golden: Shop, take_back: TakeBack
) -> None:
    take_back("o-ann")  # her 21 are worth 21 × 90 ÷ 48.195 = 39.21, and 30 had been put in
    assert pool(golden, "backing") == "60.00"
    assert (token(golden, "ann"), golden.has("ann", "quota")) == (("0.000000", "0.000000"), "0.00")


def test_no_more_leaves_the_pool_than_the_units_are_worth(golden: Shop, take_back: TakeBack) -> None:
    take_back("o-cid")  # his 12.495 are worth 12.495 × 90 ÷ 48.195 = 23.33, and 30 had been put in
    assert pool(golden, "backing") == "66.67"
    take_back("o-bob", "50")  # 7.35 are worth 7.35 × 66.67 ÷ 35.7 = 13.72, and half of 30 had been put in
    assert pool(golden, "backing") == "52.95"
    assert (token(golden, "bob"), golden.has("bob", "quota")) == (("7.350000", "0.000000"), "100.00")
    prices = reports.price_history(golden.platform, "token", None, None, 10).items  # the newest first
    exact = [(int(each.numerator), int(each.denominator)) for each in reversed(prices)]
    assert all(a * d <= c * b for (a, b), (c, d) in pairwise(exact))
    numerator, denominator = exact[-1]
    assert numerator * 2835 == 5295 * denominator  # 52.95 ÷ 28.35


def test_units_that_are_redeemed_take_nothing_out_of_the_pool_and_are_owed(golden: Shop, take_back: TakeBack) -> None:
    golden.redeem("sold", "ann", "token", "21")  # nine tenths of 21 × 90 ÷ 48.195
    assert (pool(golden, "backing"), golden.has("ann", "cash")) == ("54.71", "35.29")
    take_back("o-ann")
    assert pool(golden, "backing") == "54.71"
    assert (token(golden, "ann"), golden.has("ann", "quota")) == (("0.000000", "21.000000"), "0.00")
    # Worth 21 at 54.71 ÷ 27.195 are 10.438585 units, all of them for the debt.
    golden.buy("again", "ann", "100")
    assert token(golden, "ann") == ("0.000000", "10.561415")


# --- a sponsor's grants ----------------------------------------------------------------------------------------------


def test_of_a_sponsors_units(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(changed(TOKEN, ("enabled: false", "enabled: true")))
    shop.line("top", "ann")
    shop.join("bob")
    shop.adjust(
        "quota", "top", "quota", "1000"
    )  # or top's holding would be worth what is left of the quota, and be sold
    shop.buy("o", "ann", "100")  # 21 units for her, a tenth of 30 for top
    shop.buy("other", "bob", "100")  # at 30 ÷ 24: 16.8 units
    assert (token(shop, "top")[0], token(shop, "bob")[0]) == ("3.000000", "16.800000")
    take_back("o", "50")  # 10.5 and 1.5 units go, worth 12 × 60 ÷ 40.8 = 17.64: half the contribution leaves the pool
    assert (token(shop, "ann")[0], token(shop, "top")[0], pool(shop, "backing")) == ("10.500000", "1.500000", "45.00")
    take_back("o")
    assert (token(shop, "ann")[0], token(shop, "top")[0], pool(shop, "backing")) == ("0.000000", "0.000000", "30.00")


def test_of_a_sponsors_quota_that_is_used_up(shop: Shop, take_back: TakeBack) -> None:
    sponsored = changed(DIVIDEND, ("enabled: false", "enabled: true"))
    shop.activate(sponsored)
    shop.line("top", "ann")
    shop.buy("o", "ann", "1000")  # 2,000 of quota and 1 of equity for her; 200 and 0.1 for top
    shop.adjust("used", "top", "quota", "-150")
    take_back("o", "400")  # 40 % of everything: 80 of top's quota, of which 50 are there
    assert (shop.has("ann", "quota"), shop.has("ann", "equity")) == ("1200.00", "0.60000")
    quota = shop.holding("top", "quota")
    assert (quota.available, quota.debt, shop.has("top", "equity")) == ("0.00", "30.00", "0.06000")
    shop.buy("another", "ann", "1000")  # 200 for top: 30 of them were owed
    quota = shop.holding("top", "quota")
    assert (quota.available, quota.debt, shop.has("top", "equity")) == ("170.00", "0.00", "0.16000")


# --- after a plan change ---------------------------------------------------------------------------------------------


def test_after_a_plan_change_the_rates_of_the_orders_own_version_hold(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(LOCKED)
    shop.line("top", "ann")
    shop.adjust("lot", "top", "points", "1000", basis="0")
    shop.buy("old", "ann", "3000")  # two and a half times
    dearer = changed(LOCKED, ('from: "3000", multiplier: "2.5"', 'from: "3000", multiplier: "3"'), ("1.2%", "2%"))
    shop.activate(dearer, TUESDAY)
    shop.buy("new", "ann", "3000", TUESDAY)  # three times
    assert points(shop, "ann") == Held("0.00", "16500.00")
    take_back("old", "1000", TUESDAY)
    assert points(shop, "ann") == Held("0.00", "14000.00")
    take_back("new", "1000", TUESDAY)
    assert points(shop, "ann") == Held("0.00", "11000.00")
    shop.close(MONDAY, TUESDAY)  # the new rate holds for old lots as well: 2 % of 2,000, and half of that
    assert (points(shop, "ann"), points(shop, "top")) == (Held("40.00", "10960.00"), Held("20.00", "980.00"))
    take_back("old", on=WEDNESDAY)  # all 40 had been released of this lot
    assert points(shop, "ann") == Held("0.00", "6000.00")
    shop.close(WEDNESDAY)  # the other lot releases 40: exactly what goes back
    assert (points(shop, "ann"), points(shop, "top")) == (Held("40.00", "5960.00"), Held("20.00", "980.00"))


# --- the day of the order, and after its close -----------------------------------------------------------------------


def test_on_the_day_of_the_order(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(DIVIDEND)
    shop.join("ann", "bob")
    shop.buy("o", "ann", "10000")
    shop.buy("other", "bob", "2000")
    take_back("o", "4000")
    shop.close(MONDAY)  # 30 % of 8,000 by six and two of equity
    assert (shop.has("ann", "cash"), shop.has("bob", "cash")) == ("1800.00", "600.00")
    assert shop.has("ann", "quota") == "10200.00"  # twice 6,000 less what was paid


def test_after_the_close_of_its_day(shop: Shop, take_back: TakeBack) -> None:
    shop.activate(DIVIDEND)
    shop.join("ann", "bob")
    shop.buy("o", "ann", "10000")
    shop.buy("other", "bob", "2000")
    shop.close(MONDAY)  # 30 % of 12,000 by ten and two of equity
    assert (shop.has("ann", "cash"), shop.has("bob", "cash")) == ("3000.00", "600.00")
    view = take_back("o", "4000")
    assert [booked.day for booked in view.booked] == [TUESDAY]
    assert (shop.has("ann", "quota"), shop.has("ann", "equity")) == ("9000.00", "6.00000")  # 20,000 − 3,000 − 8,000
    shop.buy("more", "bob", "12000", TUESDAY)
    shop.close(TUESDAY)  # 30 % of 12,000 − 4,000 by six and fourteen; what Monday's close has paid stays
    assert (shop.has("ann", "cash"), shop.has("bob", "cash")) == ("3720.00", "2280.00")


def test_accelerations_go_back_at_the_next_close(shop: Shop, take_back: TakeBack) -> None:
    accelerated(shop)
    assert [points(shop, each)[0] for each in ("ann", "top", "grand")] == ["36.00", "18.00", "10.80"]
    view = take_back("o")  # on Monday, which is closed
    assert [booked.day for booked in view.booked] == [WEDNESDAY]
    assert [points(shop, each)[0] for each in ("ann", "top", "grand")] == ["0.00", "18.00", "10.80"]
    shop.close(WEDNESDAY)
    assert (points(shop, "ann"), points(shop, "top")) == (Held("0.00"), Held("0.00", "1000.00"))
    assert points(shop, "grand") == Held("0.00", "1000.00")
    shop.close(THURSDAY)
    assert points(shop, "top") == Held("0.00", "1000.00")


def test_accelerations_that_were_spent_are_owed(shop: Shop, take_back: TakeBack) -> None:
    accelerated(shop)
    shop.adjust("spent", "top", "points", "-10", WEDNESDAY)
    shop.buy("other", "ann", "3000", WEDNESDAY)
    take_back("o", on=WEDNESDAY)
    shop.close(WEDNESDAY)  # 18 go back into the lot, of which 8 are there
    assert points(shop, "top") == Held("0.00", "1000.00", "10.00")
    shop.close(THURSDAY)  # the other order earns 18: 10 for the debt
    assert points(shop, "top") == Held("8.00", "982.00")


def test_accelerations_are_kept_where_the_plan_says_so(shop: Shop, take_back: TakeBack) -> None:
    accelerated(shop, KEEPING)
    take_back("o", on=WEDNESDAY)
    shop.close(WEDNESDAY)
    assert points(shop, "ann") == Held("0.00")
    assert (points(shop, "top"), points(shop, "grand")) == (Held("18.00", "982.00"), Held("10.80", "989.20"))


def test_a_team_award_goes_back_through_the_same_rule(shop: Shop, take_back: TakeBack) -> None:
    accelerated(shop, changed(LOCKED, ('from: "50000"', 'from: "3000"')))  # team sales of 3,000 are the first star
    # Top has 10 % of 36 besides; grand has the same star, so nothing of that, but 3 % of it as a same-level award.
    assert (points(shop, "top").available, points(shop, "grand").available) == ("21.60", "11.88")
    take_back("o", "1500", WEDNESDAY)
    shop.close(WEDNESDAY)  # 18 are released, and half of 36 goes back: everybody earns what they have to give back
    assert points(shop, "ann") == Held("36.00", "3714.00")  # 18 + 18, of 3,750
    assert (points(shop, "top").available, points(shop, "grand").available) == ("21.60", "11.88")
    take_back("o", on=THURSDAY)
    shop.close(THURSDAY)
    assert (points(shop, "top"), points(shop, "grand")) == (Held("0.00", "1000.00"), Held("0.00", "1000.00"))
