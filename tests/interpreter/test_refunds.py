"""Taking orders back: what a refund undoes, what it leaves alone, and what holds whatever happens around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.errors import NotFound, Refused
from rewards.interpreter.close import CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.refund import Proportion
from rewards.interpreter.run import interpret, revoke
from rewards.interpreter.world import World
from rewards.money import format_amount
from rewards.plan.events import OrderRefunded
from rewards.plan.model import Compartment, Plan

from .worlds import (
    DIVIDEND_STEPS,
    LOCKED_STEPS,
    NO_FEE,
    SMALL_SUPPLY,
    SPONSORS_EARN,
    TINY_QUOTA,
    TOKEN_EVENTS,
    Books,
    Step,
    Tree,
    act,
    check_promises,
    compiled,
    populated,
    shipped,
    snapshot,
    steps,
    today,
    trees,
)

laws = settings(deadline=None, max_examples=30)

KEPT = ("payment: {asset: points", "refunds: {accelerations: keep}\npayment: {asset: points")
EARLY_STARS = (("50000", "100"), ("200000", "4000"))
STARS = shipped(
    "locked-points", *((f'from: "{old}"', f'from: "{new}"') for old, new in EARLY_STARS), ("days: 1", "days: 0")
)

PLANS: dict[str, tuple[Plan, tuple[str, ...]]] = {
    "appreciating token": (shipped("appreciating-token"), (*TOKEN_EVENTS, "close")),
    "sponsors earn units": (shipped("appreciating-token", SPONSORS_EARN), TOKEN_EVENTS),
    "small supply, exits soon, no fee": (
        shipped("appreciating-token", SMALL_SUPPLY, TINY_QUOTA, SPONSORS_EARN, NO_FEE), TOKEN_EVENTS
    ),
    "energy and contribution": (shipped("energy-contribution"), DIVIDEND_STEPS),
    "recurring dividend": (shipped("recurring-dividend", SPONSORS_EARN), DIVIDEND_STEPS),
    "locked points": (shipped("locked-points"), LOCKED_STEPS),
    "early stars": (STARS, LOCKED_STEPS),
    "accelerations kept": (shipped("locked-points", KEPT), LOCKED_STEPS),
}  # fmt: skip


@dataclass
class Life:
    """A world, its orders, and how much of each has been refunded; what happens is booked beside it as well."""

    world: World
    totals: dict[str, int] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    booked_to: dict[str, date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.books = Books(self.world.plan)

    def order(self, member: str, total: int, points: list[tuple[str, str]] | None = None) -> str:
        """An order of so many smallest units."""
        id, day = f"order-{len(self.totals)}", today(self.world)
        text = format_amount(total, self.world.plan.currency_scale)
        self.books.take(self.world.order(member, text, on=day.isoformat(), points=points or (), id=id))
        self.totals[id], self.refunded[id], self.booked_to[id] = total, 0, day
        return id

    def refund(self, order: str, units: int) -> Outcome:
        day = max(today(self.world), self.booked_to[order]).isoformat()
        outcome = self.world.refund(order, format_amount(units, self.world.plan.currency_scale), on=day)
        assert outcome is not None
        self.books.take(outcome)
        self.refunded[order] += units
        return outcome

    def left(self, order: str) -> int:
        return self.totals[order] - self.refunded[order]

    def everything(self) -> dict[str, Any]:
        return snapshot(self.world) | {"reversals": list(self.world.reversals)}

    def step(self, step: Step) -> Outcome | CloseOutcome | None:
        """Let a step happen; None, with everything as it was, when it is refused."""
        before = self.everything()
        try:
            return self._step(step)
        except Refused:
            assert self.everything() == before
            return None

    def _step(self, step: Step) -> Outcome | CloseOutcome | None:
        if step.kind == "refund":
            return self._refund_some(step)
        if step.kind not in ("order", "points-order"):
            outcome = act(self.world, step)
            self.books.take(outcome)
            return outcome
        member, points = f"m{step.member % len(self.world.members)}", []
        payment = self.world.plan.payment
        if step.kind == "points-order" and payment:
            have = self.world.state.balance(payment.asset.free_book, self.world.ordinal(member))
            if have * step.percent >= 100:
                points = [(payment.asset.name, format_amount(have * step.percent // 100, payment.asset.scale))]
        self.order(member, step.yuan * 100, points)
        assert isinstance(self.world.last, Outcome)
        return self.world.last

    def _refund_some(self, step: Step) -> Outcome | None:
        if not self.totals:
            return None
        order = list(self.totals)[step.other % len(self.totals)]
        wanted = self.left(order) * step.percent // 100 + (step.percent > 100)
        return self.refund(order, wanted) if wanted else None


def with_refunds(kinds: tuple[str, ...]) -> st.SearchStrategy[list[Step]]:
    return steps((*kinds, "order", "refund", "refund", "refund"), least=10, most=25)


def parts_of(draw: Callable[[Any], int], whole: int) -> list[int]:
    """Parts, all positive, that add up to the whole."""
    cuts = sorted({draw(st.integers(1, whole)) for _ in range(draw(st.integers(0, 4)))} | {whole})
    return [cut - before for before, cut in zip([0, *cuts], cuts, strict=False)]


# --- laws -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLANS)
@laws
@given(tree=trees(), data=st.data())
def test_every_promise_is_kept_and_no_price_falls_whatever_is_refunded(
    name: str, tree: Tree, data: st.DataObject
) -> None:
    plan, kinds = PLANS[name]
    life = Life(populated(plan, tree))
    price = {asset.name: Fraction(*life.world.price(asset.name)) for asset in plan.priced_assets}
    for step in data.draw(with_refunds(kinds)):
        life.step(step)
        check_promises(life.world, life.books)
        for asset, before in price.items():
            after = Fraction(*life.world.price(asset))
            assert after >= before
            price[asset] = after


def held(world: World) -> dict[tuple[int, int], int]:
    return {account: amount for account, amount in world.state.balances() if account[1] > 0 and amount}


@pytest.mark.parametrize("name", PLANS)
@laws
@given(data=st.data(), others=st.lists(st.integers(1, 500_000), max_size=3), total=st.integers(1, 6_000_000))
def test_part_refunds_that_add_up_to_the_order_undo_it_to_the_last_unit(
    name: str, data: st.DataObject, others: list[int], total: int
) -> None:
    plan, _ = PLANS[name]
    life = Life(populated(plan, [(None, False), (0, False), (1, False)]))
    world = life.world
    for asset in plan.assets.values():
        if not asset.currency and not asset.priced:
            for member in world.members:
                world.give(member, asset.name, "1000000")  # so that no holding is worth its quota
    for index, other in enumerate(others):
        life.order(f"m{index % 3}", other)
    before, measures = held(world), dict(world.state.bought)
    payment = plan.payment
    points = []
    if payment and data.draw(st.booleans()):
        points = [(payment.asset.name, format_amount(min(total, 100_000_000) // 3, 2))]
    order = life.order("m2", total, points)
    opened = list(getattr(world.last, "lots", []))
    cash = life.totals[order] - (total // 3 if points else 0)
    for number, part in enumerate(parts_of(data.draw, total), 1):
        life.refund(order, part)
        for lot in opened:
            exact = Fraction(cash * life.left(order), total)
            assert exact - number <= lot.basis <= exact
    assert held(world) == before
    assert [(lot.basis, lot.granted, lot.remaining) for lot in opened] == [(0, 0, 0)] * len(opened)
    assert {who: each for who, each in world.state.bought.items() if any(each)} == measures
    with pytest.raises(Refused, match=r"only 0\.00 can still be refunded"):
        life.refund(order, 1)


@laws
@given(
    tree=trees(),
    orders=st.lists(st.tuples(st.integers(0, 7), st.sampled_from([3000, 3333, 9001])), min_size=1, max_size=4),
    days=st.integers(0, 5),
    data=st.data(),
)
def test_when_nothing_was_spent_the_close_after_all_refunds_leaves_everybody_where_they_began(
    tree: Tree, orders: list[tuple[int, int]], days: int, data: st.DataObject
) -> None:
    life = Life(populated(shipped("locked-points"), tree))
    world = life.world
    for member in list(world.members)[::2]:
        world.give_lot(member, "points", data.draw(st.sampled_from(["0.01", "7", "100"])), basis="0", day="2025-01-01")
    before = held(world)
    taken = [life.order(f"m{member % len(tree)}", yuan * 100) for member, yuan in orders]
    for _ in range(days + 1):
        world.close(today(world))
    for order in data.draw(st.permutations(taken)):
        for part in parts_of(data.draw, life.totals[order]):
            life.refund(order, part)
    world.close(today(world))
    assert held(world) == before
    assert world.reversals == []


@pytest.mark.parametrize("name", PLANS)
@laws
@given(tree=trees(), data=st.data())
def test_a_revoked_refund_has_never_happened(name: str, tree: Tree, data: st.DataObject) -> None:
    plan, kinds = PLANS[name]
    life = Life(populated(plan, tree))
    world = life.world
    life.order("m0", 900_100)
    for step in data.draw(steps((*kinds, "order", "refund"), least=4, most=10)):
        life.step(step)
    before = life.everything()
    for order in life.totals:
        if left := life.left(order):
            taken = world._orders[order]
            amount = data.draw(st.integers(1, left))
            at = taken.order.paid_at + timedelta(days=400)
            event = OrderRefunded("r", taken.order, taken.day, amount, taken.refunded, at)
            outcome = interpret(world.state, world.queues, event, at.date(), taken.undo(plan, world.released))
            assert amount < left or life.everything() != before
            revoke(world.state, world.queues, event, outcome)
            assert life.everything() == before


@given(
    quantity=st.integers(0, 10**18),
    total=st.integers(1, 10**12),
    cuts=st.lists(st.fractions(0, 1), max_size=6),
)
def test_parts_of_a_quantity_add_up_and_members_are_charged_up_and_paid_down(
    quantity: int, total: int, cuts: list[Fraction]
) -> None:
    borders = sorted({0, total, *(int(cut * total) for cut in cuts)})
    charged = returned = 0
    for before, after in pairwise(borders):
        part = Proportion(before, after, total)
        charged += part.charged(quantity)
        returned += part.returned(quantity)
        exact = Fraction(quantity * after, total)
        assert exact <= charged < exact + 1
        assert exact - 1 < returned <= exact
    assert charged == returned == quantity


# --- what is not undone, and what is refused ------------------------------------------------------------------------


def alone(plan: Plan) -> Life:
    return Life(populated(plan, [(None, False)]))


def test_an_order_that_is_not_known_and_more_than_it_was_are_refused_without_a_trace() -> None:
    life = alone(shipped("locked-points"))
    order = life.order("m0", 300_000)
    before = life.everything()
    with pytest.raises(NotFound, match="there is no order order-9"):
        life.world.refund("order-9", on="2026-03-02")
    for units in (0, 300_001):
        with pytest.raises(Refused, match=r"of order order-0 only 3000\.00 can still be refunded"):
            life.refund(order, units)
    assert life.everything() == before


def test_an_order_paid_with_points_alone_gives_them_back_and_counts_no_more() -> None:
    life = alone(shipped("appreciating-token"))
    life.world.give("m0", "credit", "50")
    order = life.order("m0", 5000, [("credit", "50.00")])
    assert life.world.state.bought[1] == (0, 5000, 1)
    life.refund(order, 2000)
    assert life.world.balance("m0", "credit") == "20.00"
    assert life.world.state.bought[1] == (0, 3000, 1)
    life.refund(order, 3000)
    assert life.world.balance("m0", "credit") == "50.00"
    assert life.world.state.bought[1] == (0, 0, 0)


def test_an_order_of_nothing_has_nothing_to_refund() -> None:
    life = alone(shipped("locked-points"))
    order = life.order("m0", 0)
    with pytest.raises(Refused):
        life.world.refund(order, on="2026-03-02")


def test_what_the_order_triggered_stays_an_exit_is_not_undone() -> None:
    """The quota of 20 was used up at once by the 21 units, then worth 30: both are owed, the cash is kept."""
    life = alone(shipped("appreciating-token", ('value: "2"}', 'value: "0.2"}')))
    order = life.order("m0", 10_000)
    assert life.world.balance("m0", "cash") == "27.00"
    life.refund(order, 10_000)
    assert life.world.balance("m0", "cash") == "27.00"
    assert life.world.balance("m0", "token", Compartment.DEBT) == "21.000000"
    assert life.world.balance("m0", "quota", Compartment.DEBT) == "20.00"
    assert life.world.pool("backing") == "3.00"


def test_a_refund_that_takes_quota_may_let_a_holding_exit() -> None:
    life = Life(populated(shipped("appreciating-token"), [(None, False)] * 2))
    first = life.order("m0", 10_000)
    life.world.adjust("m0", "quota", "-165", on="2026-03-02")
    life.order("m1", 10_000)  # 21 units at 1.6807 are worth 35.29, and 35 of quota are left
    assert life.world.balance("m0", "token") == "0.000000"
    assert life.world.balance("m0", "cash") == "31.76"
    life.refund(first, 5_000)
    assert life.world.balance("m0", "token", Compartment.DEBT) == "10.500000"
    second = life.order("m1", 20_000)
    life.world.adjust("m1", "quota", "-450", on="2026-03-02")
    assert life.world.balance("m1", "quota") == "150.00"
    life.refund(second, 10_000)  # 200 of quota are taken, and there were but 150
    assert life.world.balance("m1", "quota", Compartment.DEBT) == "50.00"
    assert life.world.balance("m1", "token") == "0.000000"


TWO_FUNDS = shipped(
    "appreciating-token",
    (
        "  - id: grant\n",
        "  - {id: more, on: order.paid, fund: {pool: backing, amount: {rate: 20%, of: order.cash}}}\n  - id: grant\n",
    ),
)


def test_two_contributions_together_take_no_more_than_the_returned_units_are_worth() -> None:
    life = Life(populated(TWO_FUNDS, [(None, False)] * 2))
    life.order("m0", 10_000)  # pool 50, 21 units
    order = life.order("m1", 10_000)  # 8.82 units at 50 ÷ 21, pool 100
    price = Fraction(*life.world.price("token"))
    life.refund(order, 10_000)  # 8.82 × 100 ÷ 29.82 = 29.577…
    assert life.world.pool("backing") == "70.43"
    assert Fraction(*life.world.price("token")) > price


# --- lots and the next day close ------------------------------------------------------------------------------------

TWO_LOTS = compiled("""
plan: two-lots
title: {en: Two lots, zh: 两个批次}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, lots: {start_after_days: 1}}
rules:
  - id: one
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: "1", of: order.cash}}
  - id: two
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: "2", of: order.cash}}
  - {id: base, on: day.close, release: {asset: points, amount: {rate: 10%, of: lot.basis}}}
  - {id: sharing, on: day.close, share: {source: base, generations: [50%], release: points}}
""")


SMALL_LOT = """
plan: small-lot
title: {en: Small lot, zh: 小批次}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, lots: {start_after_days: 1}}
rules:
  - id: one
    on: order.paid
    grant: {asset: points, to: buyer, locked: {basis: order.cash}, amount: {rate: 0.02%, of: order.cash}}
  - {id: base, on: day.close, release: {asset: points, amount: {rate: 10%, of: lot.basis}}}
"""


def lots_of(world: World, member: str) -> list[str]:
    found = [lot for lot in world.lots if lot.member == world.ordinal(member)]
    return [format_amount(lot.remaining, 2) for lot in sorted(found, key=lambda lot: (lot.day, lot.id or 0))]


def test_both_lots_of_an_order_are_cut_and_their_releases_go_back_together() -> None:
    life = Life(populated(TWO_LOTS, [(None, False), (0, False)]))
    world = life.world
    world.give_lot("m0", "points", "100", basis="0", day="2025-01-01")
    order = life.order("m1", 10_000)
    world.close("2026-03-02")
    world.close("2026-03-03")  # two lots release 10 each, and m0 earns half of 20
    assert (lots_of(world, "m1"), lots_of(world, "m0")) == (["90.00", "190.00"], ["90.00"])
    outcome = life.refund(order, 5_000)
    assert outcome.reversals == [("base", 2, 1000)]
    assert (lots_of(world, "m1"), world.balance("m1", "points")) == (["45.00", "95.00"], "10.00")
    world.close("2026-03-04")  # two of 5 are released and 10 reversed: nothing is earned on that
    assert (world.balance("m0", "points"), world.balance("m1", "points")) == ("10.00", "20.00")
    assert life.refund(order, 5_000).reversals == [("base", 2, 2000)]
    world.close("2026-03-05")
    assert (lots_of(world, "m0"), world.balance("m0", "points")) == (["100.00"], "0.00")
    assert (lots_of(world, "m1"), world.balance("m1", "points")) == (["0.00", "0.00"], "0.00")


def test_the_basis_of_a_lot_shrinks_with_its_order_even_where_no_unit_of_it_is_due_yet() -> None:
    life = alone(compiled(SMALL_LOT))
    order = life.order("m0", 10_000)
    (lot,) = life.world.lots
    assert (lot.basis, lot.granted) == (10_000, 2)
    life.refund(order, 50)
    assert (lot.basis, lot.granted) == (9_950, 1)  # of two units one is due at once, rounded up
    life.refund(order, 50)
    assert (lot.basis, lot.granted) == (9_900, 1)
    life.refund(order, 9_899)
    assert (lot.basis, lot.granted) == (1, 0)


def test_a_negative_release_waits_for_the_close_of_its_own_day() -> None:
    life = Life(populated(shipped("locked-points"), [(None, False), (0, False)]))
    world = life.world
    world.give_lot("m0", "points", "100", basis="0", day="2025-01-01")
    life.order("m1", 300_000)
    world.close("2026-03-02")
    world.close("2026-03-03")
    world.refund("order-0", on="2026-03-05")
    world.close("2026-03-04")
    assert lots_of(world, "m0") == ["82.00"]
    world.close("2026-03-05")
    assert lots_of(world, "m0") == ["100.00"]


def test_a_refund_of_a_refilled_lot_takes_what_it_has_out_now() -> None:
    """What went back into a lot is no longer released, so its own refund takes it from the lot."""
    life = Life(populated(shipped("locked-points"), [(None, False), (0, False)]))
    world = life.world
    upper, lower = life.order("m0", 300_000), life.order("m1", 300_000)
    world.close("2026-03-02")
    world.close("2026-03-03")
    life.refund(lower, 300_000)
    world.close("2026-03-04")  # m0's second 36 are released, the 18 earned go back
    assert (world.balance("m0", "points"), lots_of(world, "m0")) == ("72.00", ["7428.00"])
    reversals = life.refund(upper, 300_000).reversals
    assert reversals == [("base", 1, 7200)]
    assert (world.balance("m0", "points"), lots_of(world, "m0")) == ("0.00", ["0.00"])
    assert world.balance("m0", "points", Compartment.DEBT) == "0.00"


def test_sales_taken_back_on_a_later_day_lessen_the_sales_of_that_day() -> None:
    life = alone(shipped("recurring-dividend"))
    world, order = life.world, life.order("m0", 100_000)
    world.close("2026-03-02")
    assert world.balance("m0", "cash") == "300.00"
    life.order("m0", 200_000)
    life.refund(order, 50_000)
    assert world.close("2026-03-03").trace["fund-static"] == {"funded": 45_000}  # 30 % of 2000 − 500
