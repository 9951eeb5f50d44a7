"""Refunds on the books: what the interpreter does in memory, once each, under the version the order was paid under."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from random import Random

import pytest

from rewards.errors import Conflict, InvalidRequest, NotFound, Refused
from rewards.ledger import events, prices, sales
from rewards.ledger import refunds as refund_records
from rewards.money import format_amount
from rewards.services import holdings, refunds
from rewards.services.requests import RefundRequest
from rewards.services.views import EventView

from . import twins
from .shop import CASHBACK, MONDAY, STAMPS, THURSDAY, TUESDAY, WEDNESDAY, Shop, changed, noon, refused, shipped

PLANS = ("appreciating-token", "energy-contribution", "locked-points", "locked-points-example", "recurring-dividend")
EARLY = changed(
    shipped("locked-points"),
    ('from: "50000"', 'from: "100"'),
    ('from: "200000"', 'from: "4000"'),
    ("days: 1", "days: 0"),
)
SOON = changed(shipped("appreciating-token"), ('value: "2"}', 'value: "0.4"}'), ("enabled: false", "enabled: true"))
KEEPING = changed(shipped("locked-points"), ("payment: {", "refunds: {accelerations: keep}\npayment: {"))


def take_back(
    shop: Shop, id: str, order: str, amount: str | None = None, at: date | datetime | None = MONDAY
) -> EventView:
    moment = noon(at) if isinstance(at, date) and not isinstance(at, datetime) else at
    return refunds.refund(shop.platform, RefundRequest(id, order, amount, moment))


def owed(shop: Shop, ordinal: int, asset: str) -> str:
    """What a member owes of an asset of the only plan."""
    with shop.platform.ledger.read() as tx:
        (of_plan,) = shop.platform.calendar(tx).bindings.values()
        of = of_plan[-1].plan.assets[asset]
        stored = twins._stored_balances(tx, of_plan[-1])
        return format_amount(stored.get((of.debt_book, ordinal), 0), of.scale)


# --- the same as in memory ------------------------------------------------------------------------------------------


class Refunding(twins.Twins):
    """A shop and a world whose orders can be refunded; the world names orders as the shop does."""

    def order(self, member: str, total: str, on: date, **points: str) -> None:
        request = self.shop.order(self.new_id(), member, total, on, **points)
        self.waiting.append((request, self._answer(lambda: self._take(request.id, member, total, on, points))))

    def _take(self, id: str, member: str, total: str, on: date, points: dict[str, str]) -> None:
        self.world.order(member, total, on=on.isoformat(), points=list(points.items()), id=id)

    def refund(self, order: str, percent: int) -> None:
        """Take so much back of what is left of an order; above 100 is refused."""
        taken = self.world._orders[order]
        left = taken.order.total - taken.refunded
        amount = None if percent == 100 else format_amount(left * percent // 100 + (percent > 100), 2)
        if amount == "0.00":
            return
        on = max(self.first_open, taken.day)
        self.both(
            lambda: self.world.refund(order, amount, on=on.isoformat()),
            lambda id: take_back(self.shop, id, order, amount, on),
        )

    def compare(self) -> None:
        """Everything both know must be the same to the last unit; sums of sales that have become zero count as none."""
        world, size = self.world, len(self.world.members)
        with self.shop.platform.ledger.read() as tx:
            binding = self.shop.platform.calendar(tx).bindings[self.plan][-1]
            stored = twins._stored_balances(tx, binding)
            assert stored == {account: amount for account, amount in world.state.balances() if amount}
            assert twins._stored_lots(tx, binding) == sorted(
                (each.book, each.member, each.day, each.basis, each.granted, each.remaining) for each in world.lots
            )
            totals = sales.totals(tx, binding.plan_id, range(1, size + 1))
            assert {member: tuple(each) for member, each in totals.items() if any(each)} == {
                member: tuple(each) for member, each in world.state.bought.items() if any(each)
            }
            waiting = refund_records.open_reversals(tx, binding.plan_id, date.max)
            assert Counter((each.rule, each.member, each.day, each.quantity) for each in waiting) == Counter(
                (each.rule, each.member, date.fromordinal(each.day), each.quantity) for each in world.reversals
            )
            for asset in world.plan.priced_assets:
                found = prices.page(tx, binding.plan_id, asset.name, limit=10_000)
                history = [(each.numerator, each.denominator) for each in reversed(found)]
                assert history == world.prices[asset.name]
            for asset, quota in twins._exits(world):
                assert twins._stored_triggers(tx, binding, asset) == self._triggers(asset, quota)

    def _answer(self, act: object) -> str:
        answer = super()._answer(act)  # type: ignore[arg-type]
        # Both refuse it for the same reason, the world without a pointer into a request.
        return "refund.too-much" if answer == "world.refund-too-much" else answer


def live_with_refunds(pair: Refunding, random: Random, rounds: int) -> None:
    for _ in range(rounds):
        twins.live(pair, random, 8)
        known = list(pair.world._orders)
        for order in random.sample(known, min(3, len(known))):
            pair.refund(order, random.choice([1, 33, 50, 100, 101]))
        pair.compare()
        if random.random() < 0.6:
            pair.close()
            pair.compare()
    for order in pair.world._orders:
        pair.refund(order, 100)
    pair.close()
    pair.compare()


@pytest.mark.parametrize("name", PLANS)
def test_every_shipped_plan_on_every_database(shop: Shop, name: str) -> None:
    random = Random(f"refunds of {name}")
    live_with_refunds(Refunding.of(shop, shipped(name), twins.random_tree(random, 8)), random, 5)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("source", [EARLY, SOON, KEEPING], ids=["early stars", "early exits", "accelerations kept"])
def test_any_life_with_refunds(small_shop: Shop, source: str, seed: int) -> None:
    random = Random(seed)
    live_with_refunds(Refunding.of(small_shop, source, twins.random_tree(random, 10)), random, 7)


def test_a_lot_that_an_acceleration_went_back_into_is_refunded_as_it_is_now(shop: Shop) -> None:
    pair = Refunding.of(shop, shipped("locked-points"), [(None, False), (0, False), (1, False)])
    for member in ("m0", "m1", "m2"):
        pair.order(member, "3000", MONDAY)
    pair.send()
    for order in (None, "e3", "e2", "e1"):
        if order:
            pair.refund(order, 50)
            pair.refund(order, 100)
            pair.compare()
        pair.close()
        pair.close()
        pair.compare()
    assert [shop.has(member, "points") for member in ("m0", "m1", "m2")] == ["0.00"] * 3


# --- once each, and no more than there is ---------------------------------------------------------------------------


@pytest.fixture
def bought(shop: Shop) -> Shop:
    """A member who has bought for 3,000 under the plan of locked points."""
    shop.activate(shipped("locked-points"))
    shop.line("top", "ann")
    shop.buy("order-1", "ann", "3000")
    return shop


def test_a_repeated_refund_is_answered_as_before_and_has_no_further_effect(bought: Shop) -> None:
    first = take_back(bought, "r", "order-1", "1000")
    books = bought.books()
    again = take_back(bought, "r", "order-1", "1000.00")
    assert (first.repeated, again.repeated) == (False, True)
    assert again.sequence == first.sequence
    assert bought.books() == books
    assert bought.holding("ann", "points").locked == "5000.00"


def test_a_repeated_refund_of_all_that_is_left_takes_nothing_more_after_an_unnamed_moment(bought: Shop) -> None:
    first = take_back(bought, "r", "order-1", at=None)
    bought.now = noon(date(2026, 3, 21))
    again = take_back(bought, "r", "order-1", at=None)
    assert (again.sequence, again.repeated) == (first.sequence, True)


@pytest.mark.parametrize(("order", "amount"), [("order-1", "999"), ("order-1", None), ("order-2", "1000")])
def test_another_refund_under_the_same_id_is_a_conflict(bought: Shop, order: str, amount: str | None) -> None:
    bought.buy("order-2", "ann", "3000")
    take_back(bought, "r", "order-1", "1000")
    books = bought.books()
    assert refused(lambda: take_back(bought, "r", order, amount), Conflict) == ("event.conflict", "/id")
    assert bought.books() == books


def test_what_cannot_be_refunded_leaves_the_books_as_they_were(bought: Shop) -> None:
    bought.buy("nothing", "ann", "0")
    take_back(bought, "r", "order-1", "1000")
    books = bought.books()
    for order, amount, error, told in (
        ("order-9", "1", NotFound, ("event.unknown", None)),
        ("r", "1", NotFound, ("event.unknown", None)),  # a refund is no order
        ("order-1", "2000.01", Refused, ("refund.too-much", "/amount")),
        ("nothing", None, Refused, ("refund.too-much", "/amount")),
        ("order-1", "0", InvalidRequest, ("request.not-positive", "/amount")),
        ("order-1", "1.001", InvalidRequest, ("amount.too-fine", "/amount")),
    ):
        assert refused(lambda o=order, a=amount: take_back(bought, "r2", o, a), error) == told  # type: ignore[misc]
        assert bought.books() == books
    take_back(bought, "r2", "order-1", "2000")
    assert refused(lambda: take_back(bought, "r3", "order-1"), Refused) == ("refund.too-much", "/amount")


def test_a_refund_may_come_in_parts_each_once(bought: Shop) -> None:
    for number, locked in enumerate(("5000.00", "2500.00", "0.00"), 1):
        take_back(bought, f"r{number}", "order-1", "1000")
        assert bought.holding("ann", "points").locked == locked
    (lot,) = holdings.lots_of(bought.platform, "ann", None, 10).items
    assert (lot.basis, lot.granted, lot.remaining) == ("0.00", "0.00", "0.00")


# --- days -----------------------------------------------------------------------------------------------------------


def test_on_the_day_of_the_order_its_sales_are_lessened(shop: Shop) -> None:
    shop.activate(shipped("recurring-dividend"))
    shop.join("ann")
    shop.buy("o", "ann", "10000")
    take_back(shop, "r", "o", "4000")
    shop.close(MONDAY)
    assert shop.has("ann", "cash") == "1800.00"  # 30 % of 6,000; six of equity is no rank


def test_after_its_close_the_sales_of_the_first_open_day_are_lessened_even_below_zero(shop: Shop) -> None:
    shop.activate(shipped("recurring-dividend"))
    shop.join("ann")
    shop.buy("o", "ann", "10000")
    shop.close(MONDAY)
    assert shop.has("ann", "cash") == "3000.00"
    view = take_back(shop, "r", "o", "4000")  # on Monday, which is closed
    assert [booking.day for booking in view.booked] == [TUESDAY]
    shop.buy("o2", "ann", "1000", TUESDAY)
    shop.close(TUESDAY)
    assert shop.has("ann", "cash") == "3000.00"  # 1,000 − 4,000: there is nothing to share out
    shop.buy("o3", "ann", "1000", WEDNESDAY)
    shop.close(WEDNESDAY)
    assert shop.has("ann", "cash") == "3300.00"


def test_a_refund_belongs_to_no_day_before_its_order(shop: Shop) -> None:
    """Or the close of the days between would see what was taken back, and not yet what had been given."""
    shop.activate(shipped("recurring-dividend"))
    shop.join("ann", "bob")
    shop.buy("o", "ann", "10000", WEDNESDAY)
    shop.buy("other", "bob", "1000", MONDAY)
    view = take_back(shop, "r", "o", "4000", MONDAY)
    assert [booking.day for booking in view.booked] == [WEDNESDAY]
    shop.close(MONDAY, TUESDAY, WEDNESDAY)
    assert shop.has("bob", "cash") == "557.14"  # all of Monday's 300, and 1 of 7 of Wednesday's 1,800
    assert shop.has("ann", "cash") == "1542.85"


def test_accelerations_go_back_at_the_next_close_and_only_then(shop: Shop) -> None:
    shop.activate(shipped("locked-points"))
    shop.line("top", "ann")
    shop.buy("t", "top", "9000")
    shop.buy("a", "ann", "3000")
    shop.close(MONDAY, TUESDAY)
    assert (shop.has("ann", "points"), shop.has("top", "points")) == ("36.00", "126.00")  # 108 and half of 36
    take_back(shop, "r", "a", at=WEDNESDAY)
    assert (shop.has("ann", "points"), shop.has("top", "points")) == ("0.00", "126.00")
    shop.close(WEDNESDAY)
    assert (shop.has("top", "points"), shop.holding("top", "points").locked) == ("216.00", "26784.00")  # 27000 − 216
    shop.close(THURSDAY)
    assert shop.has("top", "points") == "324.00"


def test_a_sponsor_who_has_spent_the_acceleration_owes_it_until_the_next_release(shop: Shop) -> None:
    shop.activate(shipped("locked-points"))
    shop.line("top", "ann")
    shop.adjust("lot", "top", "points", "100", basis="0")
    shop.buy("a", "ann", "3000")
    shop.buy("b", "ann", "9000", TUESDAY)
    shop.close(MONDAY, TUESDAY)
    shop.adjust("spent", "top", "points", "-10", WEDNESDAY)
    take_back(shop, "r", "a", at=WEDNESDAY)
    shop.close(WEDNESDAY)  # of b 108 are released, 36 of a go back: 36 for top, none owed yet
    assert (shop.has("top", "points"), owed(shop, 1, "points")) == ("44.00", "0.00")
    shop.adjust("spent-too", "top", "points", "-44", THURSDAY)
    take_back(shop, "r2", "b", at=THURSDAY)
    shop.close(THURSDAY)
    assert (shop.has("top", "points"), owed(shop, 1, "points")) == ("0.00", "54.00")
    assert shop.holding("top", "points").locked == "100.00"


def test_a_member_sees_what_they_owe(bought: Shop) -> None:
    bought.close(MONDAY, TUESDAY)
    bought.adjust("spent", "ann", "points", "-30", WEDNESDAY)
    take_back(bought, "r", "order-1", at=WEDNESDAY)
    assert owed(bought, 2, "points") == "30.00"
    assert bought.holding("ann", "points").debt == "30.00"


def test_a_close_goes_on_where_an_earlier_day_took_back_what_a_later_day_brought(shop: Shop) -> None:
    shop.activate(shipped("recurring-dividend"))
    shop.join("ann", "bob")
    shop.buy("first", "ann", "5000")
    shop.adjust("gone", "ann", "equity", "-5")
    shop.buy("other", "bob", "1000")
    shop.buy("later", "ann", "5000", TUESDAY)
    take_back(shop, "r", "first")  # on Monday: the five of equity it takes are Tuesday's
    shop.close(MONDAY)
    assert (shop.has("bob", "cash"), shop.has("ann", "cash")) == ("300.00", "0.00")


# --- versions, points, and what can be seen -------------------------------------------------------------------------


def test_after_a_change_of_the_plan_the_rates_of_the_order_s_own_version_hold(shop: Shop) -> None:
    shop.activate(shipped("recurring-dividend"))
    shop.join("ann")
    shop.buy("old", "ann", "1000")
    shop.activate(changed(shipped("recurring-dividend"), ('rate: "2"', 'rate: "3"')), TUESDAY)
    shop.buy("new", "ann", "1000", TUESDAY)
    assert shop.has("ann", "quota") == "5000.00"
    old = take_back(shop, "r1", "old", "500", TUESDAY)
    assert shop.has("ann", "quota") == "4000.00"  # half of twice 1,000
    new = take_back(shop, "r2", "new", "500", TUESDAY)
    assert shop.has("ann", "quota") == "2500.00"  # half of three times 1,000
    assert old.booked[0].version != new.booked[0].version


def test_releases_under_a_later_version_are_reversed_as_well(shop: Shop) -> None:
    shop.activate(shipped("locked-points"))
    shop.line("top", "ann")
    shop.adjust("lot", "top", "points", "1000", basis="0")
    shop.buy("a", "ann", "3000")
    shop.close(MONDAY, TUESDAY)  # ann 36, top 18
    shop.activate(changed(shipped("locked-points"), ("rate: 1.2%", "rate: 2%")), WEDNESDAY)
    shop.close(WEDNESDAY)  # ann 60, top 30
    assert (shop.has("ann", "points"), shop.has("top", "points")) == ("96.00", "48.00")
    take_back(shop, "r1", "a", "1000", THURSDAY)
    take_back(shop, "r2", "a", at=THURSDAY)
    shop.close(THURSDAY)
    assert (shop.has("ann", "points"), shop.has("top", "points")) == ("0.00", "0.00")
    assert shop.holding("top", "points").locked == "1000.00"


def test_points_of_every_plan_that_paid_for_the_order_are_given_back(shop: Shop) -> None:
    shop.activate(CASHBACK)
    shop.activate(changed(STAMPS, ("up_to: 10%", "up_to: 50%")))
    shop.join("ann")
    shop.adjust("c", "ann", "coins", "30")
    shop.adjust("s", "ann", "stamps", "5")
    shop.buy("o", "ann", "100", coins="30", stamps="5")
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("6.00", "10")  # a tenth of 60; one for each 10
    take_back(shop, "r1", "o", "50")
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("18.00", "7")  # + 15 − 3; + 2 − 5
    take_back(shop, "r2", "o")
    assert (shop.has("ann", "coins"), shop.has("ann", "stamps")) == ("30.00", "5")


def test_the_statement_names_the_refund_its_version_and_what_it_changed(bought: Shop) -> None:
    view = take_back(bought, "r", "order-1", "1000")
    newest, *_ = holdings.statement_of(bought.platform, "ann", None, 10).items
    assert (newest.kind, newest.event, newest.rule) == ("refund", "r", "refund")
    assert (newest.asset, newest.compartment, newest.change) == ("points", "locked", "-2500.00")
    assert newest.version == view.booked[0].version
    network = holdings.network_of(bought.platform, "top").totals
    assert [(each.cash, each.orders) for each in network] == [("2000.00", 1)]
    take_back(bought, "r2", "order-1")
    network = holdings.network_of(bought.platform, "top").totals
    assert [(each.cash, each.orders) for each in network] == [("0.00", 0)]


def test_a_refund_is_an_event_of_its_own_beside_its_order(bought: Shop) -> None:
    view = take_back(bought, "order-1", "order-1", "1000")  # ids are unique among refunds, and among orders
    with bought.platform.ledger.read() as tx:
        stored = events.find(tx, "refund", "order-1")
    assert stored is not None
    assert (stored.seq, stored.kind) == (view.sequence, view.kind)
