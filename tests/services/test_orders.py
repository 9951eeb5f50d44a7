"""Orders: each has one effect however often it is sent, under every plan it concerns or under none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused, RewardsError
from rewards.services import orders
from rewards.services.requests import LineRequest, OrderRequest, PointsRequest

from .shop import CASHBACK, MONDAY, STAMPS, TUESDAY, Shop, answers, changed, line, moment, refused


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """Cashback for ann and ben, on every database."""
    shop.activate(CASHBACK)
    shop.join("ann", "ben")
    return shop


@pytest.fixture
def corner(small_shop: Shop) -> Shop:
    """Cashback for ann and ben."""
    small_shop.activate(CASHBACK)
    small_shop.join("ann", "ben")
    return small_shop


@pytest.fixture(scope="module")
def still_corner(still_shop: Shop) -> Shop:
    """One for all tests that leave it as it is."""
    still_shop.activate(CASHBACK)
    still_shop.join("ann", "ben")
    still_shop.buy("o0", "ann", "1000")
    return still_shop


# --- once ---------------------------------------------------------------------------------------------------


def test_an_order_sent_again_is_answered_as_before_and_moves_nothing(open_shop: Shop) -> None:
    first = open_shop.buy("o1", "ann", "100")
    books = open_shop.books()
    again = open_shop.buy("o1", "ann", "100")
    assert (first.repeated, again) == (False, replace(first, repeated=True))
    assert open_shop.has("ann", "coins") == "10.00"
    assert open_shop.books() == books
    assert orders.order(open_shop.platform, "o1") == first


@pytest.mark.parametrize("total", ["100", "100.0", "100.00", "0100"])
def test_the_same_number_however_it_is_written_is_the_same_order(corner: Shop, total: str) -> None:
    corner.buy("o1", "ann", "100.00")
    assert corner.buy("o1", "ann", total).repeated


def test_points_and_lines_and_moments_are_compared_by_what_they_mean(corner: Shop) -> None:
    corner.buy("earlier", "ann", "1000")
    request = replace(corner.order("o1", "ann", "90", coins="30"), lines=(line("90", colour="red"),))
    corner.batch(request)
    same = replace(
        request,
        paid_at=request.paid_at.astimezone(UTC),
        points=(PointsRequest("cashback", "coins", "30.00"),),
        lines=(LineRequest("90.00", attributes={"colour": "red"}),),
    )
    assert answers(corner.batch(same)) == ["repeated"]


@pytest.mark.parametrize(
    "change",
    [
        {"total": "1000.01"},
        {"member": "ben"},
        {"paid_at": moment("2026-03-02 12:01")},
        {"lines": (line("100"),)},
        {"attributes": {"channel": "web"}},
        {"points": (PointsRequest("cashback", "coins", "1"),)},
    ],
    ids=str,
)
def test_another_order_with_the_same_id_is_a_conflict(still_corner: Shop, change: dict[str, object]) -> None:
    books = still_corner.books()
    other = replace(still_corner.order("o0", "ann", "1000"), **change)  # type: ignore[arg-type]
    assert refused(lambda: orders.take_order(still_corner.platform, other), Conflict) == ("event.conflict", "/id")
    assert still_corner.books() == books


def test_a_batch_may_hold_the_same_order_twice(open_shop: Shop) -> None:
    one, other = open_shop.order("o1", "ann", "100"), open_shop.order("o1", "ann", "200")
    assert answers(open_shop.batch(one, one, other, open_shop.order("o2", "ben", "50"))) == [
        "taken",
        "repeated",
        "event.conflict",
        "taken",
    ]
    assert (open_shop.has("ann", "coins"), open_shop.has("ben", "coins")) == ("10.00", "5.00")


def test_an_import_says_which_orders_were_there(corner: Shop) -> None:
    corner.buy("o1", "ann", "100")
    wanted = [corner.order("o1", "ann", "100"), corner.order("o2", "ann", "100"), corner.order("o1", "ben", "100")]
    repeated, new, conflict = orders.import_orders(corner.platform, wanted)
    assert (repeated, new) == (True, False)
    assert isinstance(conflict, Conflict)


TAGS = count()


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(st.integers(0, 10**9), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 3), min_size=6, max_size=6),
)
def test_however_orders_are_grouped_each_is_taken_once(corner: Shop, amounts: list[int], cuts: list[int]) -> None:
    tag = next(TAGS)
    corner.join(member := f"m-{tag}")
    wanted = [
        corner.order(f"{tag}:{n}", member, f"{cents // 100}.{cents % 100:02d}") for n, cents in enumerate(amounts)
    ]
    rest = wanted + wanted[:2]
    for cut in [*cuts, len(rest)]:
        corner.batch(*rest[:cut])
        rest = rest[cut:]
    coins = sum(cents // 10 for cents in amounts)  # each order's tenth rounded down by itself
    assert corner.has(member, "coins") == f"{coins // 100}.{coins % 100:02d}"


# --- what cannot be taken -----------------------------------------------------------------------------------


def wrong(**change: object) -> OrderRequest:
    return replace(OrderRequest("o1", "ann", "100", moment("2026-03-02 12:00")), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "code", "pointer"),
    [
        (wrong(id="o 1"), "member.bad-id", "/id"),
        (wrong(id=""), "member.bad-id", "/id"),
        (wrong(id="x" * 65), "member.bad-id", "/id"),
        (wrong(member="eve"), "member.unknown", "/member"),
        (wrong(total="-1"), "order.negative", "/total"),
        (wrong(total="1.005"), "amount.too-fine", "/total"),
        (wrong(total="1e3"), "amount.malformed", "/total"),
        (wrong(total="9" * 20), "amount.too-large", "/total"),
        (wrong(lines=(line("50"), line("-50"))), "order.negative", "/lines/1/amount"),
        (wrong(lines=(line("ten"),)), "amount.malformed", "/lines/0/amount"),
        (wrong(paid_at=moment("2026-03-02 12:00").replace(tzinfo=None)), "order.no-offset", "/paid_at"),
        (wrong(paid_at=moment("2026-06-20 12:10") + timedelta(seconds=1)), "order.in-future", "/paid_at"),
        (wrong(points=(PointsRequest("cashflow", "coins", "1"),)), "plan.not-active", "/points/0/plan"),
        (wrong(points=(PointsRequest("cashback", "coin", "1"),)), "plan.no-asset", "/points/0/asset"),
        (wrong(points=(PointsRequest("cashback", "coins", "0"),)), "request.not-positive", "/points/0/quantity"),
        (wrong(points=(PointsRequest("cashback", "coins", "-5"),)), "request.not-positive", "/points/0/quantity"),
        (wrong(points=(PointsRequest("cashback", "coins", "0.001"),)), "amount.too-fine", "/points/0/quantity"),
        (wrong(points=(PointsRequest("cashback", "coins", "many"),)), "amount.malformed", "/points/0/quantity"),
        (wrong(points=(PointsRequest("cashback", "coins", "100.01"),)), "order.points-above-total", "/points"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_order_is_refused_with_a_pointer_and_leaves_nothing(
    still_corner: Shop, request_: OrderRequest, code: str, pointer: str
) -> None:
    books = still_corner.books()
    assert refused(lambda: orders.take_order(still_corner.platform, request_), InvalidRequest) == (code, pointer)
    assert still_corner.books() == books


def test_a_shops_clock_may_be_ten_minutes_ahead(corner: Shop) -> None:
    assert corner.buy("o1", "ann", "100", "2026-06-20 12:10").sequence


def test_an_order_that_is_not_on_record_is_not_found(corner: Shop) -> None:
    assert refused(lambda: orders.order(corner.platform, "o1"), NotFound) == ("event.unknown", None)


def test_without_a_plan_an_order_is_on_record_and_moves_nothing(corner: Shop, shop: Shop) -> None:
    shop.join("ann")
    assert shop.buy("o1", "ann", "100").booked == []
    before = corner.buy("o1", "ann", "100", "2026-03-01 23:59")  # the plan applies from the 2nd
    assert before.booked == []
    assert corner.has("ann", "coins") == "0.00"


# --- several plans ------------------------------------------------------------------------------------------


def test_one_order_is_booked_under_every_plan_and_its_transfers_are_numbered_through(open_shop: Shop) -> None:
    open_shop.activate(STAMPS)
    taken = open_shop.buy("o1", "ann", "100")
    assert [booked.plan for booked in taken.booked] == ["cashback", "stamps"]
    assert [each.id for booked in taken.booked for each in booked.transfers] == [
        f"{taken.sequence}-1-1",
        f"{taken.sequence}-1-2",
    ]
    assert (open_shop.has("ann", "coins"), open_shop.has("ann", "stamps")) == ("10.00", "10")


def test_an_order_that_one_plan_refuses_leaves_no_trace_under_any(open_shop: Shop) -> None:
    open_shop.activate(STAMPS)  # allows a tenth of an order in points; cashback would allow half
    open_shop.buy("o1", "ann", "1000")
    books = open_shop.books()
    too_many = open_shop.order("o2", "ann", "100", stamps="10")
    assert refused(lambda: orders.take_order(open_shop.platform, too_many), Refused) == (
        "request.too-many-points",
        "/points",
    )
    assert open_shop.books() == books
    results = open_shop.batch(
        open_shop.order("o3", "ann", "100"), too_many, open_shop.order("o4", "ann", "100", stamps="5")
    )
    assert answers(results) == ["taken", "request.too-many-points", "taken"]
    assert [each.sequence for each in results if not isinstance(each, Refused)] == [6, 7]  # type: ignore[union-attr]
    assert open_shop.has("ann", "coins") == "119.00"  # 100 + 10 + a tenth of the 90 paid in cash
    assert open_shop.has("ann", "stamps") == "115"  # 100 + 10 − 5 + 10


def test_a_refused_order_is_taken_when_it_is_sent_again_and_can_be(open_shop: Shop) -> None:
    wanted = open_shop.order("o1", "ann", "20", coins="10")
    assert answers(open_shop.batch(wanted)) == ["request.balance-too-small"]
    open_shop.buy("o2", "ann", "100")
    assert answers(open_shop.batch(wanted)) == ["taken"]


@pytest.mark.parametrize("first", ["cashback", "stamps"])
def test_a_refusal_while_a_batch_turns_to_a_new_version_of_the_other_plan(open_shop: Shop, first: str) -> None:
    """The batch writes what it has when it meets another version; nothing of the refused order may be in that."""
    open_shop.activate(STAMPS)
    newer = {"cashback": changed(CASHBACK, ("rate: 10%", "rate: 20%")), "stamps": changed(STAMPS, ('"10"', '"20"'))}
    open_shop.activate(newer[first], TUESDAY)
    open_shop.buy("o1", "ann", "1000")
    results = open_shop.batch(
        open_shop.order("o2", "ann", "100"),
        open_shop.order("o3", "ann", "100", TUESDAY, stamps="10"),
        open_shop.order("o4", "ben", "100"),
    )
    assert answers(results) == ["taken", "request.too-many-points", "taken"]
    assert (open_shop.has("ann", "coins"), open_shop.has("ann", "stamps")) == ("110.00", "110")


def test_a_plan_is_only_about_the_orders_it_applies_to(corner: Shop) -> None:
    corner.activate(changed(STAMPS, ("payment:", "applies_to: {order.attributes.channel: web}\npayment:")))
    web = replace(corner.order("o1", "ann", "100"), attributes={"channel": "web"})
    (taken,) = corner.batch(web)
    assert [booked.plan for booked in taken.booked] == ["cashback", "stamps"]  # type: ignore[union-attr]
    assert [booked.plan for booked in corner.buy("o2", "ann", "100").booked] == ["cashback"]
    assert corner.has("ann", "stamps") == "10"
    till = corner.order("o3", "ann", "100", stamps="5")  # points of a plan that is not about orders at the till
    assert answers(corner.batch(till)) == ["request.asset-does-not-pay"]
    assert corner.has("ann", "stamps") == "10"


# --- part payment with points -------------------------------------------------------------------------------


def test_points_pay_up_to_the_plans_ratio_and_rewards_count_on_the_cash_part(open_shop: Shop) -> None:
    open_shop.buy("o1", "ann", "1000")  # 100 coins
    taken = open_shop.buy("o2", "ann", "200", coins="100")  # exactly half
    assert open_shop.has("ann", "coins") == "10.00"  # a tenth of the 100 in cash
    payment, back = taken.booked[0].transfers
    assert (payment.rule, payment.quantity, payment.source.holder, payment.target.holder) == (
        "payment",
        "100.00",
        "ann",
        "burned",
    )
    assert (back.rule, back.quantity) == ("back", "10.00")


@pytest.mark.parametrize(
    ("total", "coins", "code"),
    [
        ("199.99", "100", "request.too-many-points"),
        ("1000", "100.01", "request.balance-too-small"),
        ("100", "100", "request.too-many-points"),
    ],
)
def test_too_many_points_are_refused(still_corner: Shop, total: str, coins: str, code: str) -> None:
    wanted = still_corner.order("o2", "ann", total, coins=coins)
    assert refused(lambda: orders.take_order(still_corner.platform, wanted), Refused) == (code, "/points")
    assert still_corner.has("ann", "coins") == "100.00"


def test_an_asset_that_pays_for_nothing_cannot_pay(corner: Shop) -> None:
    corner.activate(changed(STAMPS, ("payment: {asset: stamps, up_to: 10%}\n", "")))
    corner.buy("o1", "ann", "1000")
    wanted = corner.order("o2", "ann", "1000", stamps="1")
    assert answers(corner.batch(wanted)) == ["request.asset-does-not-pay"]


def test_points_of_two_plans_may_pay_for_one_order(corner: Shop) -> None:
    corner.activate(changed(STAMPS, ("10%", "60%")))
    corner.buy("o1", "ann", "1000")
    taken = corner.buy("o2", "ann", "200", coins="40", stamps="30")  # 40 + 30 × 2 = 100 of 200
    assert [[each.rule for each in booked.transfers] for booked in taken.booked] == [
        ["payment", "back"],
        ["payment", "stamp"],
    ]
    assert (corner.has("ann", "coins"), corner.has("ann", "stamps")) == ("70.00", "90")  # 100−40+10, 100−30+20


def test_orders_of_a_day_count_by_the_zone_of_the_plan(corner: Shop) -> None:
    corner.activate(changed(STAMPS, ("Asia/Shanghai", "America/New_York")))
    (cashback, stamps) = corner.buy("o1", "ann", "100", "2026-03-03 10:00").booked
    assert (cashback.day, stamps.day) == (TUESDAY, MONDAY)


@pytest.mark.parametrize(
    ("zone", "at", "days"),
    [
        # Midnight in the middle of an hour of UTC; then 00:01 becoming 23:01 again, so that it is twice midnight.
        (
            "Asia/Kolkata",
            ["2026-03-02 18:29", "2026-03-02 18:30", "2026-03-02 18:31", "2026-03-02 18:29"],
            [2, 3, 3, 2],
        ),
        (
            "America/St_Johns",
            ["2010-11-07 02:29", "2010-11-07 02:30", "2010-11-07 02:31", "2010-11-07 03:31"],
            [6, 7, 6, 7],
        ),
    ],
)
def test_orders_of_one_hour_and_two_business_days(small_shop: Shop, zone: str, at: list[str], days: list[int]) -> None:
    small_shop.activate(changed(CASHBACK, ("Asia/Shanghai", zone)), date(2010, 1, 1))
    small_shop.join("ann")
    paid = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in at]
    requests = [replace(small_shop.order(f"o{index}", "ann", "1"), paid_at=each) for index, each in enumerate(paid)]
    taken = [each for each in small_shop.batch(*requests) if not isinstance(each, RewardsError)]
    assert [each.booked[0].day.day for each in taken] == days
