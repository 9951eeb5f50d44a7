"""What grants, awards, exchanges and takes do at a close, seen by themselves."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.actions.awards import Award
from rewards.actions.differential import Differential, SameLevel
from rewards.actions.exchange import Exchange
from rewards.actions.granting import Grant
from rewards.actions.share import Share
from rewards.actions.sources import Source
from rewards.actions.take import Take
from rewards.plan.amounts import Amount, Rated
from rewards.plan.fields import Kind
from rewards.plan.triggers import Trigger

from .contexts import OneClose, OneEvent, Recorded, at_least, fixed, member_field, units

POINTS = units("points", 1)
STAMPS, DRINKS, COINS = units("stamps", 0, 1), units("drinks", 0, 2), units("coins", 2, 3)
SALES = member_field("member.measure.sales", Kind.AMOUNT, 1)
ORDERS = member_field("member.orders")

HALF, TENTH = Fraction(1, 2), Fraction(1, 10)
CHAIN = {"": [1, 2, 3, -1], "placement": [3, -1, -1, 1]}
"""m0 below m1 below m2 below m3; in the other tree m0 below m3 below m1."""
OF_RULE = Source("earlier", None, 1, Fraction(1))
OF_SALES = Source("", SALES, 1, Fraction(1))

laws = settings(deadline=None, max_examples=40)


def grant(to: str = "member", **more: object) -> Grant:
    return replace(Grant(POINTS, to, Amount(Rated(ORDERS, Fraction(10))), None, None), **more)  # type: ignore[arg-type]


def share(*rates: Fraction, source: Source = OF_RULE, tree: str = "", **more: object) -> Share:
    return replace(Share(Award(source, POINTS, accelerates=False, tree=tree), rates), **more)  # type: ignore[arg-type]


# -- grants


def test_a_grant_is_for_everybody_the_rule_is_about() -> None:
    values = {"member.orders": [1, 2, 3]}
    close = OneClose(grant(), 3, chosen=[True, False, True], values=values).run()
    assert close.balances == {"points": [10, 0, 30]}
    assert close.reported == [10, 0, 30]


def test_what_a_cap_cuts_off_is_not_the_outcome() -> None:
    assert OneClose(grant(), 3, room=15, values={"member.orders": [1, 2, 3]}).run().reported == [10, 15, 15]


def test_a_negative_amount_gives_nothing() -> None:
    assert OneClose(grant(), 2, values={"member.orders": [-1, 1]}).run().reported == [0, 10]


def test_a_grant_at_a_close_may_open_lots() -> None:
    close = OneClose(grant(basis=SALES), 2, values={"member.orders": [1, 2], "member.measure.sales": [700, 80]}).run()
    assert close.lots_issued == [("points", [10, 20], [700, 80])]
    assert close.balances == {}


def test_sponsors_are_given_for_each_of_theirs_who_reached_a_level() -> None:
    close = OneClose(
        grant("sponsor", basis=SALES),
        5,
        trigger=Trigger.LEVEL_REACHED,
        chosen=[True, True, False, True, True],
        trees={"": [-1, 0, 0, 0, 1]},
        values={"member.orders": [9, 1, 2, 4, 5], "member.measure.sales": [100, 20, 30, 50, 7]},
    ).run()
    assert close.lots_issued == [("points", [50, 50, 0, 0, 0], [70, 7, 0, 0, 0])]
    assert close.reported == [50, 50, 0, 0, 0]


# -- awards


def test_the_condition_of_an_award_at_a_close_is_about_those_who_earn() -> None:
    moved = {"earlier": [100, 0, 0, 0]}
    close = OneClose(share(HALF, HALF), 4, chosen=[False, False, True, True], trees=CHAIN, outcomes=moved).run()
    assert close.reported == [0, 0, 50, 0]


def test_the_condition_of_an_award_on_reaching_a_level_is_about_those_who_rose() -> None:
    moved = {"earlier": [100, 60, 0, 0]}
    close = OneClose(
        share(HALF), 4, trigger=Trigger.LEVEL_REACHED, chosen=[True, False, False, False], trees=CHAIN, outcomes=moved
    ).run()
    assert close.reported == [0, 50, 0, 0]


def test_an_award_may_be_of_a_field_and_go_up_another_tree() -> None:
    values = {"member.measure.sales": [100, 10, 0, -50]}
    close = OneClose(share(HALF, TENTH, source=OF_SALES, tree="placement"), 4, trees=CHAIN, values=values).run()
    assert close.reported == [0, 10, 0, 50]


def test_an_award_reports_what_caps_left_of_it() -> None:
    close = OneClose(share(HALF), 4, trees=CHAIN, outcomes={"earlier": [100, 20, 0, 0]}, room=30).run()
    assert (close.reported, close.balances) == ([0, 30, 10, 0], {"points": [0, 30, 10, 0]})


def test_what_refunds_took_back_of_the_source_is_taken_back_of_the_award() -> None:
    balances = {"points": [0, 99, 0, 0]}
    close = OneClose(share(HALF), 4, trees=CHAIN, outcomes={"earlier": [-40, 20, 0, 0]}, balances=balances).run()
    assert (close.reported, close.balances) == ([0, -20, 10, 0], {"points": [0, 79, 10, 0]})


def test_a_share_at_a_close_may_have_every_option() -> None:
    options = share(HALF, TENTH, counts=at_least(ORDERS, 1), blocked_by="rank", own=True)
    close = OneClose(
        options,
        4,
        trees=CHAIN,
        outcomes={"earlier": [100, 0, 0, 0]},
        values={"member.orders": [1, 0, 1, 1]},
        levels=[0, 0, 1, 1],
    ).run()
    # m0 themselves, then m2, whose level is above all those on the way; m1 does not count
    assert close.reported == [50, 0, 10, 0]


def test_an_own_rate_at_a_close_leaves_less_for_those_above() -> None:
    award = Award(OF_RULE, POINTS, accelerates=False)
    moved = {"earlier": [100, 0, 0, 0]}
    for own, expected in ((True, [10, 0, 40, 0]), (False, [0, 10, 40, 0])):
        action = Differential(award, "rank", (TENTH, HALF), own)
        close = OneClose(action, 4, trees=CHAIN, outcomes=moved, levels=[0, 0, 1, 1]).run()
        assert close.reported == expected


def test_a_same_level_award_may_be_of_a_field() -> None:
    action = SameLevel(Award(OF_SALES, POINTS, accelerates=False), "rank", TENTH)
    values = {"member.measure.sales": [100, 1000, 0, 0]}
    assert OneClose(action, 4, trees=CHAIN, values=values, levels=[-1, 0, 0, 1]).run().reported == [0, 0, 10, 0]


def test_a_share_is_explained_by_what_it_was_taken_of_where_that_is_on_record() -> None:
    moved = {"earlier": [100, 40, 0, 0]}
    fact = Recorded(share(HALF, TENTH), 3, sponsor=CHAIN[""], moved=moved)
    assert fact.lines() == ["earned 3.0 in all", "m1 (generation 1): 50% × 4.0", "m0 (generation 2): 10% × 10.0"]
    own = Recorded(share(HALF, blocked_by="rank", own=True), 1, sponsor=CHAIN[""], moved=moved, level=[1, 2, 0, 0])
    assert own.lines() == ["earned 5.0 in all", "m0 (generation 1): 50% × 10.0"]
    in_words = "50% of member.measure.sales of those below, by generation"
    assert Recorded(share(HALF, source=OF_SALES), 3).lines() == [in_words]
    assert Recorded(share(HALF, counts=at_least(ORDERS, 1)), 3, moved=moved).lines() == [
        "50% of rules.earlier.amount of those below, by generation"
    ]


# -- exchanges and takes

EXCHANGE = Exchange(((STAMPS, 10), (COINS, 150)), ((DRINKS, 1), (POINTS, 5)), fixed(3))


def test_an_exchange_happens_as_often_as_everything_reaches() -> None:
    close = OneClose(
        EXCHANGE,
        5,
        chosen=[True, True, True, True, False],
        balances={"stamps": [35, 35, 9, 90, 90], "coins": [1000, 160, 1000, 1000, 1000]},
    ).run()
    assert close.balances == {
        "stamps": [5, 25, 9, 60, 90],
        "coins": [550, 10, 1000, 550, 1000],
        "drinks": [3, 1, 0, 3, 0],
        "points": [15, 5, 0, 15, 0],
    }
    assert close.reported == [3, 1, 0, 3, 0]


@laws
@given(
    stamps=st.lists(st.integers(0, 10**12), min_size=4, max_size=4),
    coins=st.lists(st.integers(0, 10**12), min_size=4, max_size=4),
    most=st.none() | st.integers(1, 10**9),
)
def test_an_exchange_at_a_close_is_that_of_an_event(stamps: list[int], coins: list[int], most: int | None) -> None:
    action = replace(EXCHANGE, most=None if most is None else fixed(most))
    close = OneClose(action, 4, balances={"stamps": list(stamps), "coins": list(coins)}).run()
    for index in range(4):
        before = {("stamps", 1): stamps[index], ("coins", 1): coins[index], ("drinks", 1): 0, ("points", 1): 0}
        event = OneEvent(action, balances=before).run()
        assert {name: column[index] for name, column in close.balances.items()} == {
            name: quantity for (name, _), quantity in event.balances.items()
        }


def test_how_often_an_exchange_happens_may_be_each_members_own() -> None:
    most = Amount(Rated(member_field("member.measure.visits"), Fraction(1, 2)))
    balances = {"stamps": [35, 35, 35, 10], "coins": [1000] * 4}
    action = replace(EXCHANGE, most=most)
    close = OneClose(action, 4, values={"member.measure.visits": [5, 1, -4, 9]}, balances=balances).run()
    assert close.reported == [2, 0, 0, 1]


def test_a_take_uses_up_at_most_what_there_is() -> None:
    balances = {"points": [50, 20, 40, 0]}
    close = OneClose(Take(POINTS, fixed(30)), 4, chosen=[True, True, False, True], balances=balances).run()
    assert (close.balances, close.reported) == ({"points": [20, 0, 40, 0]}, [30, 20, 0, 0])


def test_what_a_later_day_owes_is_not_taken_twice() -> None:
    close = OneClose(Take(POINTS, fixed(30)), 2, balances={"points": [50, 90]}, used_later=70).run()
    assert close.reported == [0, 20]
