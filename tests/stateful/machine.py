"""Lives of a platform, at random: whatever members, shops and operators do happens to plain models as well.

After every step each member's balances, debts and lots, and the pool and circulation behind the token, are what the
models say, to the last unit. In the end every promise is kept, the replay and the chain of seals included.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule

from rewards.errors import Conflict, RewardsError
from rewards.ledger import Ledger, open_engine
from rewards.services import asks, days, members, orders, plans, refunds, sealing
from rewards.services.platform import Platform
from rewards.services.requests import (
    MemberRequest,
    OrderRequest,
    PaymentRequest,
    PointsRequest,
    RedemptionRequest,
    RefundRequest,
)
from tests.stateful.faults import Fault, Faults, Trouble
from tests.stateful.models import Cashback, LockedPoints, Order, PlainPlan, Token
from tests.stateful.plans import VERSIONS, rule_file
from tests.stateful.standing import differing, expected, stored
from tests.torture.books import books_of, broken, difference

FIRST_DAY = date(2026, 3, 2)
MOST_OPEN = timedelta(days=2)
MOST_MEMBERS = 8
TAKEN = "taken"

Act = Callable[[], bool]
"""Sends a request; says whether it had had its effect before. Raises RewardsError."""


class Sent(NamedTuple):
    """A request that was taken, and another one of the same id."""

    same: Act
    other: Act | None


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def money(quantity: int, scale: int = 2) -> str:
    return f"{quantity // 10**scale}.{quantity % 10**scale:0{scale}}"


# Most orders are large enough to lock points; the small ones leave odd cents.
AMOUNTS = st.one_of(
    st.integers(3_000_00, 60_000_00),
    st.sampled_from([3_000_00, 9_000_00, 9_000_01, 30_000_17, 2_999_99, 500_00, 333, 7, 1]),
)
PERCENT = st.sampled_from([1, 33, 50, 99, 100, 101])
TROUBLES = st.one_of(
    st.none(),
    st.none(),
    st.builds(
        Trouble,
        st.sampled_from(["statement", "statement", "commit", "answer", "contended"]),
        st.integers(1, 40),
        st.booleans(),
    ),
)
PLANS = st.sampled_from([(LockedPoints,), (LockedPoints, Cashback), (Cashback,), (LockedPoints, Cashback, Token)])
PLACE = st.integers(0, 1000)
"""Which one, counted round and round."""
BACK = st.sampled_from([0, 0, 1])
"""How many days a request is late."""


class Lives(RuleBasedStateMachine):
    """One platform on one new database, and the models beside it."""

    people = Bundle("people")

    def __init__(self, fresh: Callable[[], AbstractContextManager[str]]) -> None:
        super().__init__()
        self._database = fresh()
        self.engine = open_engine(self._database.__enter__(), durable=False)
        self.faults = Faults(self.engine)
        self.today = FIRST_DAY
        self.platform = Platform(Ledger(self.engine), lambda: noon(self.today) + timedelta(hours=1))
        self.sponsors: dict[str, str | None] = {}
        self.models: dict[str, PlainPlan] = {}
        self.numbers = Counter[str]()
        self.bought: list[Order] = []
        self.sent: list[Sent] = []

    # --- sending -----------------------------------------------------------------------------------------------------

    def new_id(self, kind: str) -> str:
        self.numbers[kind] += 1
        return f"{kind}{self.numbers[kind]}"

    def answer(self, act: Act) -> tuple[str, bool]:
        try:
            return TAKEN, act()
        except RewardsError as error:
            return error.code, False

    def happens(self, act: Act, trouble: Trouble | None, refusal: str | None = None) -> bool:
        """Send a request, which is to be refused or to have its effect, and says whether it had.

        A fault leaves nothing behind, and the same request sent again has its effect then; one that is kept without
        an answer is answered then, and has no further effect.
        """
        self.faults.kept, wanted = False, refusal or TAKEN
        if trouble is None:
            answer = self.answer(act)
            assert answer == (wanted, False), f"{answer} instead of {wanted}"
            return refusal is None
        before = books_of(self.platform)
        try:
            with self.faults.armed(trouble):
                answer = self.answer(act)
        except Fault:
            if not self.faults.kept:
                left = difference(books_of(self.platform), before)
                assert not left, f"left behind: {left}"
                if not trouble.again:
                    return False
            answer = self.answer(act)
        assert answer == (wanted, self.faults.kept), f"{answer} instead of {wanted}, kept: {self.faults.kept}"
        return refusal is None

    # --- what happens ------------------------------------------------------------------------------------------------

    @initialize(
        target=people,
        kinds=PLANS,
        shape=st.lists(st.integers(0, 3), min_size=3, max_size=4),
        first=st.lists(st.tuples(st.integers(0, 3), AMOUNTS), max_size=4),
        nights=st.integers(0, 3),
    )
    def begin(
        self, kinds: tuple[type[PlainPlan], ...], shape: list[int], first: list[tuple[int, int]], nights: int
    ) -> Any:
        """Plans are activated, members join, each sponsored by so many before them, and some have bought before."""
        for kind in kinds:
            numbers = VERSIONS[kind][0]
            self.models[kind.name] = kind(self.sponsors, FIRST_DAY, numbers)
            plans.activate_plan(self.platform, rule_file(kind, numbers), kind.name, FIRST_DAY)
        self.sponsors[self.new_id("m")] = None
        for back in shape:
            self.sponsors[self.new_id("m")] = list(self.sponsors)[max(len(self.sponsors) - 1 - back, 0)]
        members.add_members(self.platform, [MemberRequest(id, None, by) for id, by in self.sponsors.items()])
        if first:
            self.morning([(list(self.sponsors)[place], total) for place, total in first], None)
        if nights:
            self.days_pass(nights)
        return multiple(*self.sponsors)

    @precondition(lambda self: len(self.sponsors) < MOST_MEMBERS)
    @rule(target=people, sponsor=st.one_of(people, people, st.none()), trouble=TROUBLES)
    def join(self, sponsor: str | None, trouble: Trouble | None) -> Any:
        id = self.new_id("m")
        if not self.happens(lambda: members.add_member(self.platform, MemberRequest(id, None, sponsor))[1], trouble):
            return multiple()
        self.sponsors[id] = sponsor
        return id

    @rule(
        member=people,
        total=AMOUNTS,
        paying=st.sampled_from([LockedPoints.name, Cashback.name]),
        percent=PERCENT,
        share=st.sampled_from([10, 50, 51, 101]),
        back=BACK,
        trouble=TROUBLES,
    )
    def order(
        self, member: str, total: int, paying: str, percent: int, share: int, back: int, trouble: Trouble | None
    ) -> None:
        """An order, paid in part with points where there are any, perhaps more than are there or allowed."""
        points = {}
        if paying in self.models:
            model = self.models[paying]
            quantity = min(model.has[member, model.paying] * percent // 100, total * share // 100)
            points = {paying: quantity} if quantity else {}
        order, day = self.new_order(member, total, points), self.late(back)
        if self.happens(lambda: self.send_order(order, day), trouble, self.refusal(order, day)):
            self.note(order, day)

    @rule(wanted=st.lists(st.tuples(people, AMOUNTS), min_size=2, max_size=5), trouble=TROUBLES)
    def morning(self, wanted: list[tuple[str, int]], trouble: Trouble | None) -> None:
        """A few orders come in as one batch."""
        batch, day = [self.new_order(*each, {}) for each in wanted], self.today

        def act() -> bool:
            answers = orders.take_orders(self.platform, [self.order_request(order, day) for order in batch])
            repeated = {not isinstance(each, RewardsError) and each.repeated for each in answers}
            assert len(repeated) == 1
            return repeated.pop()

        for order in batch if self.happens(act, trouble) else ():
            self.note(order, day)

    def new_order(self, member: str, total: int, points: dict[str, int]) -> Order:
        cash = total - sum(points.values())
        return {"id": self.new_id("o"), "member": member, "total": total, "cash": cash, "points": points, "refunded": 0}

    def note(self, order: Order, day: date) -> None:
        """An order has been taken."""
        for each in self.models.values():
            each.take(order, day)
        self.bought.append(order)
        other = {**order, "total": order["total"] + 1}
        self.sent.append(Sent(lambda: self.send_order(order, day), lambda: self.send_order(other, day)))

    def refusal(self, order: Order, day: date) -> str | None:
        if order["cash"] < 0:
            return "order.points-above-total"
        found = [model.refusal(order, day) for model in self.models.values()]
        return next((each for each in found if each), None)

    def order_request(self, order: Order, day: date) -> OrderRequest:
        points = [
            PointsRequest(name, self.models[name].paying, money(quantity)) for name, quantity in order["points"].items()
        ]
        return OrderRequest(order["id"], order["member"], money(order["total"]), noon(day), tuple(points))

    def send_order(self, order: Order, day: date) -> bool:
        return orders.take_order(self.platform, self.order_request(order, day)).repeated

    @precondition(lambda self: self.bought)
    @rule(
        wanted=st.lists(st.tuples(PLACE, st.one_of(st.none(), PERCENT)), min_size=1, max_size=3),
        back=BACK,
        nights=st.integers(0, 2),
        trouble=TROUBLES,
    )
    def refund(self, wanted: list[tuple[int, int | None]], back: int, nights: int, trouble: Trouble | None) -> None:
        """Orders are taken back: so much of what is left of each (above 100: too much), or all; and days pass."""
        for place, percent in wanted:
            order = self.bought[place % len(self.bought)]
            left = order["total"] - order["refunded"]
            amount = left if percent is None else left * percent // 100 + (percent > 100)
            self.refund_one(order, left, amount, self.late(back), trouble, named=percent is not None)
        if nights:
            self.days_pass(nights)

    def refund_one(
        self, order: Order, left: int, amount: int, day: date, trouble: Trouble | None, *, named: bool
    ) -> None:
        id = self.new_id("r")
        refusal = "refund.too-much" if amount > left or not left else None
        if named and amount == 0:
            refusal = "request.not-positive"

        def act(amount: int | None) -> bool:
            text = None if amount is None else money(amount)
            return refunds.refund(self.platform, RefundRequest(id, order["id"], text, noon(day))).repeated

        asked = amount if named else None
        if self.happens(lambda: act(asked), trouble, refusal):
            for model in self.models.values():
                model.refund(order, amount, day)
            order["refunded"] += amount
            self.sent.append(Sent(lambda: act(asked), lambda: act(amount + 1)))

    @precondition(lambda self: Cashback.name in self.models)
    @rule(giver=people, taker=people, percent=PERCENT, trouble=TROUBLES)
    def gift(self, giver: str, taker: str, percent: int, trouble: Trouble | None) -> None:
        """Coins are given away, perhaps more than there are, perhaps to the giver."""
        model, id, day = self.models[Cashback.name], self.new_id("g"), self.today
        assert isinstance(model, Cashback)
        quantity = model.has[giver, "coins"] * percent // 100 + (percent > 100)

        def act(quantity: int) -> bool:
            request = PaymentRequest(id, giver, taker, model.name, "coins", money(quantity), noon(day))
            return asks.pay(self.platform, request).repeated

        refusal = model.gift_refusal(giver, taker, quantity) if quantity else "request.not-positive"
        if self.happens(lambda: act(quantity), trouble, refusal):
            model.gift(giver, taker, quantity)
            self.sent.append(Sent(lambda: act(quantity), lambda: act(quantity + 1)))

    @precondition(lambda self: Token.name in self.models)
    @rule(member=people, percent=PERCENT, trouble=TROUBLES)
    def redeem(self, member: str, percent: int, trouble: Trouble | None) -> None:
        """Tokens are sold back, perhaps more than there are."""
        model, id, day = self.models[Token.name], self.new_id("s"), self.today
        assert isinstance(model, Token)
        quantity = model.has[member, "token"] * percent // 100 + (percent > 100)

        def act(quantity: int) -> bool:
            request = RedemptionRequest(id, member, model.name, "token", money(quantity, 6), noon(day))
            return asks.redeem(self.platform, request).repeated

        refusal = model.redeem_refusal(member, quantity) if quantity else "request.not-positive"
        if self.happens(lambda: act(quantity), trouble, refusal):
            model.redeem(member, quantity, day)
            self.sent.append(Sent(lambda: act(quantity), lambda: act(quantity + 1)))

    @precondition(lambda self: self.sent)
    @rule(place=PLACE)
    def again(self, place: int) -> None:
        """What was taken is sent again, and then something else under its id."""
        sent = self.sent[place % len(self.sent)]
        assert self.answer(sent.same) == (TAKEN, True)
        if sent.other is not None:
            assert self.answer(sent.other) == ("event.conflict", False)

    @rule(place=st.integers(0, 2), number=st.integers(0, 2), trouble=TROUBLES)
    def change(self, place: int, number: int, trouble: Trouble | None) -> None:
        """A plan has other numbers from tomorrow on."""
        model = self.model(place)
        versions, tomorrow = VERSIONS[type(model)], self.today + timedelta(days=1)
        numbers = versions[number % len(versions)]

        def act() -> bool:
            plans.activate_plan(self.platform, rule_file(type(model), numbers), model.name, tomorrow)
            return self.faults.kept  # which a version that is there already does not tell

        if (tomorrow, numbers) in model.versions[:-1]:
            # It was there before, and another one came in its place.
            with pytest.raises(Conflict) as caught:
                act()
            assert caught.value.code == "plan.replaced"
            return
        # The same version from the same day again changes nothing.
        if self.happens(act, trouble) and (tomorrow, numbers) not in model.versions:
            model.versions.append((tomorrow, numbers))

    @precondition(lambda self: all(self.today - model.first_open < MOST_OPEN for model in self.models.values()))
    @rule()
    def midnight(self) -> None:
        """The next day begins; the one before may stay open for a while."""
        self.today += timedelta(days=1)

    @rule(place=st.integers(0, 2), trouble=TROUBLES)
    def close(self, place: int, trouble: Trouble | None) -> None:
        """The first open day of a plan is closed, as soon as it is over."""
        model = self.model(place)
        day = model.first_open

        def act() -> bool:
            (closed,) = days.close_day(self.platform, day, model.name)
            return closed.repeated

        if day == self.today:
            assert self.answer(act) == ("day.not-over", False)
            self.today += timedelta(days=1)
        if self.happens(act, trouble):
            model.close()
            self.sent.append(Sent(act, None))

    @rule(number=st.integers(1, 3))
    def days_pass(self, number: int) -> None:
        """Every day that is over is closed, and some more."""
        self.today += timedelta(days=number)
        list(days.close_through(self.platform, self.today - timedelta(days=1)))
        for model in self.models.values():
            while model.first_open < self.today:
                model.close()

    # --- what must be so ---------------------------------------------------------------------------------------------

    @invariant()
    def books_are_what_the_models_say(self) -> None:
        wanted, found = expected(self.models.values()), stored(self.platform.ledger, list(self.sponsors))
        assert found == wanted, differing(found, wanted)

    def model(self, place: int) -> PlainPlan:
        return list(self.models.values())[place % len(self.models)]

    def late(self, back: int) -> date:
        return max(self.today - timedelta(days=back), FIRST_DAY)

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # otherwise there is something to be told already
                sealing.seal(self.platform)
                assert broken(self.platform, with_replay=True) == []
        finally:
            self.faults.end()
            self.engine.dispose()
            self._database.__exit__(None, None, None)
