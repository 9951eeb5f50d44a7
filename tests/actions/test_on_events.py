"""What grants, awards, exchanges and takes do on one event."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.actions.awards import Award
from rewards.actions.differential import Differential, SameLevel
from rewards.actions.exchange import Exchange
from rewards.actions.granting import Grant
from rewards.actions.share import Share
from rewards.actions.sources import Source
from rewards.actions.take import Take
from rewards.plan.amounts import Amount, Rated
from rewards.plan.conditions import LINES, LinesTotal
from rewards.plan.events import Line
from rewards.plan.fields import Kind
from rewards.plan.measures import Flow, FlowKind
from rewards.plan.triggers import OCCASIONS, Trigger

from .contexts import OneEvent, Recorded, at_least, fixed, member_field, units

POINTS = units("points", 1)
STAMPS, DRINKS, COINS = units("stamps", 0, 1), units("drinks", 0, 2), units("coins", 2, 3)
CASH = member_field("order.cash", Kind.AMOUNT, 2)

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)
CHAIN = {"": {1: 2, 2: 3, 3: 4}, "placement": {1: 4, 4: 2}}


def grant(to: str, quantity: int = 10, **more: object) -> Grant:
    return replace(Grant(POINTS, to, fixed(quantity), None, None), **more)  # type: ignore[arg-type]


def of_rule(scale: int = 1) -> Source:
    return Source("earlier", None, scale, Fraction(10, 10**scale))


def share(*rates: Fraction, tree: str = "", source: Source | None = None, **more: object) -> Share:
    award = Award(source or of_rule(), POINTS, accelerates=False, tree=tree)
    return replace(Share(award, rates), **more)  # type: ignore[arg-type]


# -- grants


@pytest.mark.parametrize("trigger", sorted(OCCASIONS, key=lambda each: each.value))
@pytest.mark.parametrize(("to", "receiver"), [("member", 1), ("sponsor", 2)])
def test_a_grant_goes_to_whom_it_happens_to_or_their_sponsor(trigger: Trigger, to: str, receiver: int) -> None:
    event = OneEvent(grant(to), trigger=trigger, parents=CHAIN).run()
    assert event.balances == {("points", receiver): 10}
    assert event.reported == 10


def test_nobodys_sponsor_is_given_nothing() -> None:
    event = OneEvent(grant("sponsor"), member=4, parents=CHAIN).run()
    assert (dict(event.balances), event.reported) == ({}, 0)


def test_what_a_cap_cuts_off_is_not_the_outcome() -> None:
    assert OneEvent(grant("member"), room={1: 4}).run().reported == 4


def test_a_grant_less_what_was_paid_before() -> None:
    assert OneEvent(grant("member"), paid_before=7).run().reported == 3
    assert OneEvent(grant("member"), paid_before=12).run().reported == 0


def test_a_grant_into_a_lot_is_capped_too() -> None:
    event = OneEvent(grant("member", basis=CASH), room={1: 6}, values={"order.cash": 5000}).run()
    assert (event.lots, event.reported, dict(event.balances)) == ([("points", 1, 6, 5000)], 6, {})


def test_a_grant_of_nothing_opens_no_lot() -> None:
    assert OneEvent(grant("member", 0, basis=CASH), values={"order.cash": 5000}).run().lots == []


def test_a_grant_that_looks_at_what_was_paid_says_so() -> None:
    before = (Flow(FlowKind.EARNED, "points", "rule"),)
    assert grant("member", paid_before=before).flows == before
    assert grant("member").flows == ()


# -- shares


def test_a_share_is_taken_of_what_an_earlier_rule_moved() -> None:
    event = OneEvent(share(HALF, TENTH), parents=CHAIN, outcomes={"earlier": 105}).run()
    assert event.balances == {("points", 2): 52, ("points", 3): 10}  # each rounded down by itself
    assert event.reported == 62
    assert event.details == {"base": 105, "of.2": "1:1/2", "of.3": "2:1/10"}


def test_a_share_counts_in_its_own_assets_smallest_units() -> None:
    event = OneEvent(share(HALF, source=of_rule(scale=2)), parents=CHAIN, outcomes={"earlier": 199}).run()
    assert event.balances == {("points", 2): 9}  # half of 1.99 in tenths


def test_a_share_of_a_field_or_of_lines() -> None:
    of_field = Source("", CASH, 2, Fraction(1, 10))
    assert OneEvent(share(HALF, source=of_field), parents=CHAIN, values={"order.cash": 2000}).run().reported == 100
    quantity = member_field("line.quantity")
    several = LinesTotal("lines", "line", "quantity", "", Kind.NUMBER, where=at_least(quantity, 2), added=quantity)
    pieces = Source("", several, 0, Fraction(10))
    lines = (Line(500, quantity=3), Line(100, quantity=1))
    values = {LINES.name: lines}
    assert OneEvent(share(HALF, source=pieces), parents=CHAIN, values=values).run().reported == 15


def test_nothing_is_taken_back_of_a_field_below_zero() -> None:
    of_field = Source("", CASH, 2, Fraction(1, 10))
    event = OneEvent(share(HALF, source=of_field), parents=CHAIN, values={"order.cash": -2000}).run()
    assert (event.reported, dict(event.balances)) == (0, {})


def test_a_share_may_go_up_another_tree() -> None:
    event = OneEvent(share(HALF, TENTH, tree="placement"), parents=CHAIN, outcomes={"earlier": 100}).run()
    assert event.balances == {("points", 4): 50, ("points", 2): 10}


def test_a_share_passes_over_those_who_do_not_count() -> None:
    orders = member_field("member.orders")
    event = OneEvent(
        share(HALF, counts=at_least(orders, 1)),
        parents=CHAIN,
        outcomes={"earlier": 100},
        of_member={"member.orders": {2: 0, 3: 2}},
    ).run()
    assert event.balances == {("points", 3): 50}


def test_a_share_does_not_pass_an_equal() -> None:
    action = share(HALF, TENTH, HALF, blocked_by="rank")
    event = OneEvent(action, parents=CHAIN, outcomes={"earlier": 100}, levels={2: 1, 3: 1, 4: 2}).run()
    assert event.balances == {("points", 2): 50, ("points", 4): 50}


def test_the_first_generation_may_be_the_member() -> None:
    event = OneEvent(share(HALF, TENTH, own=True), parents=CHAIN, outcomes={"earlier": 100}).run()
    assert event.balances == {("points", 1): 50, ("points", 2): 10}


def test_a_share_reports_what_caps_left_of_it() -> None:
    event = OneEvent(share(HALF, TENTH), parents=CHAIN, outcomes={"earlier": 100}, room={2: 5}).run()
    assert (event.reported, event.balances["points", 2]) == (15, 5)


def test_who_earns_is_settled_before_anybody_is_paid() -> None:
    class Paying(OneEvent):
        def holds(self, condition: object, member: int) -> bool:
            return not any(self.balances.values())

    action = share(HALF, TENTH, counts=at_least(member_field("member.orders"), 1))
    event = Paying(action, parents=CHAIN, outcomes={"earlier": 100}).run()
    assert event.balances == {("points", 2): 50, ("points", 3): 10}


def test_a_share_on_an_event_is_explained_by_what_it_stated() -> None:
    details = {"base": 105, "of.3": "2:1/10"}
    fact = Recorded(share(HALF, TENTH), 3, trigger=Trigger.ORDER_PAID, details=details)
    assert fact.lines() == ["10% × rules.earlier.amount 10.5, as generation 2"]
    assert Recorded(share(HALF), 9, trigger=Trigger.ORDER_PAID, details=details).lines() == []


# -- differentials


def differential(**more: object) -> Differential:
    award = Award(of_rule(), POINTS, accelerates=False)
    return replace(Differential(award, "rank", (TENTH, HALF)), **more)  # type: ignore[arg-type]


def test_a_differential_pays_each_rate_once() -> None:
    event = OneEvent(differential(), parents=CHAIN, outcomes={"earlier": 105}, levels={1: 1, 2: 0, 3: 0, 4: 1}).run()
    assert event.balances == {("points", 2): 10, ("points", 4): 42}
    assert event.reported == 52


def test_an_own_rate_leaves_less_for_those_above() -> None:
    levels = {1: 0, 2: 0, 3: 1}
    event = OneEvent(differential(own=True), parents=CHAIN, outcomes={"earlier": 100}, levels=levels).run()
    assert event.balances == {("points", 1): 10, ("points", 3): 40}
    assert event.asked == [1, 2]  # nothing is left above the highest rate


def test_a_differential_on_an_event_is_explained_by_what_it_stated() -> None:
    details = {"base": 100, "of.3": "0:2/5"}
    fact = Recorded(differential(), 3, trigger=Trigger.DECLARED, details=details)
    assert fact.lines() == ["40% × rules.earlier.amount 10.0"]


def test_a_same_level_award_is_for_closes() -> None:
    award = Award(of_rule(), POINTS, accelerates=False)
    with pytest.raises(TypeError, match="SameLevel does not say who earns on an event"):
        OneEvent(SameLevel(award, "rank", HALF)).run()


# -- exchanges


def exchange(most: int | None = None) -> Exchange:
    limit = None if most is None else fixed(most)
    return Exchange(((STAMPS, 10), (COINS, 150)), ((DRINKS, 1), (POINTS, 5)), limit)


def holding(stamps: int, coins: int) -> dict[tuple[str, int], int]:
    return {("stamps", 1): stamps, ("coins", 1): coins, ("drinks", 1): 0, ("points", 1): 0}


@pytest.mark.parametrize(
    ("stamps", "coins", "most", "times"),
    [(35, 1000, None, 3), (35, 299, None, 1), (35, 1000, 2, 2), (9, 1000, None, 0), (35, 0, 5, 0)],
)
def test_an_exchange_happens_as_often_as_everything_reaches(
    stamps: int, coins: int, most: int | None, times: int
) -> None:
    event = OneEvent(exchange(most), balances=holding(stamps, coins)).run()
    assert event.balances == {
        ("stamps", 1): stamps - 10 * times,
        ("coins", 1): coins - 150 * times,
        ("drinks", 1): times,
        ("points", 1): 5 * times,
    }
    assert event.reported == times
    assert event.details == ({"times": times} if times else {})


@pytest.mark.parametrize(("visits", "times"), [(5, 2), (3, 1), (1, 0), (-4, 0)])
def test_how_often_may_depend_on_the_member(visits: int, times: int) -> None:
    most = Amount(Rated(member_field("member.measure.visits"), Fraction(1, 2)))
    event = OneEvent(replace(exchange(), most=most), values={"member.measure.visits": visits})
    event.balances.update(holding(35, 1000))
    assert event.run().reported == times


@given(stamps=st.integers(0, 10**15), coins=st.integers(0, 10**15))
def test_after_an_exchange_nothing_is_left_to_exchange(stamps: int, coins: int) -> None:
    event = OneEvent(exchange(), balances=holding(stamps, coins)).run()
    again = OneEvent(exchange(), balances=dict(event.balances)).run()
    assert again.reported == 0
    assert again.balances == event.balances


def test_an_exchange_says_what_it_takes_and_gives() -> None:
    action = exchange()
    assert ([each.name for each in action.takes], [each.name for each in action.gives]) == (
        ["stamps", "coins"],
        ["drinks", "points"],
    )
    assert action.outcome_asset is DRINKS
    often = Recorded(action, 1, trigger=Trigger.ORDER_PAID, details={"times": 3}).lines()
    assert often == ["3 × (10 stamps + 1.50 coins → 1 drinks + 0.5 points)"]
    assert Recorded(action, 1).lines() == ["10 stamps + 1.50 coins → 1 drinks + 0.5 points, as often as they reach"]


# -- takes


@pytest.mark.parametrize(("wanted", "taken"), [(30, 30), (50, 50), (80, 50), (0, 0)])
def test_a_take_uses_up_at_most_what_there_is(wanted: int, taken: int) -> None:
    event = OneEvent(Take(POINTS, fixed(wanted)), balances={("points", 1): 50}).run()
    assert (event.reported, event.balances["points", 1]) == (taken, 50 - taken)


def test_a_take_gives_nothing() -> None:
    action = Take(POINTS, Amount(Rated(CASH, Fraction(1, 100))))
    assert (action.gives, action.takes, action.outcome_asset) == ((), (POINTS,), POINTS)
    fact = Recorded(action, 1, values={"order.cash": 5000})
    assert fact.lines() == ["10% × order.cash 50.00, at most what was available"]
