"""The made-up stream: as many as were asked for, when they were asked for, and the same again from the same seed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.errors import InvalidRequest
from rewards.simulation.stream import Day, Settings, days, sponsors

SMALL = Settings(orders=1000, members=50, days=20, seed=3)


def taken(run: Settings) -> list[Day]:
    return list(days(run))


streams = st.builds(
    Settings,
    orders=st.integers(1, 300),
    members=st.integers(1, 60),
    days=st.integers(1, 40),
    seed=st.integers(0, 2**63 - 1),
    first_members=st.just(0),
    least=st.integers(1, 50),
    most=st.integers(50, 10**12),
    growth=st.fractions(Fraction(1, 1000), 1000, max_denominator=1000),
    redeem=st.fractions(0, 1, max_denominator=1000),
)


@settings(deadline=None)
@given(streams)
def test_there_are_as_many_orders_and_members_as_asked_for(run: Settings) -> None:
    found = taken(run)
    assert sum(len(day.buyers) for day in found) == run.orders
    assert found[-1].members == run.members
    assert [day.day for day in found] == [run.first_day + timedelta(days=index) for index in range(run.days)]
    for day in found:
        assert all(1 <= buyer <= day.members for buyer in day.buyers.tolist())
        assert all(run.least <= amount <= run.most for amount in day.amounts.tolist())
        assert all(0 <= who <= day.members for who in day.redeeming.tolist())


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    run = replace(SMALL, most=200_00, redeem=Fraction(1, 10))
    one, again, other = taken(run), taken(run), taken(replace(run, seed=4))
    for name in ("buyers", "amounts", "redeeming"):
        first = np.concatenate([getattr(day, name) for day in one])
        assert (first == np.concatenate([getattr(day, name) for day in again])).all()
        assert (first != np.concatenate([getattr(day, name) for day in other])).any()
    assert (sponsors(run) != sponsors(replace(run, seed=4))).any()


def test_orders_grow_evenly_from_the_first_day_to_the_last() -> None:
    # 1 : 2 : 3 : 4 : 5, and of 1,500 orders these are whole hundreds
    found = taken(replace(SMALL, orders=1500, days=5, growth=Fraction(5)))
    assert [len(day.buyers) for day in found] == [100, 200, 300, 400, 500]


def test_members_join_evenly_after_those_who_were_there() -> None:
    found = taken(replace(SMALL, members=50, days=4, first_members=10))
    assert [day.members for day in found] == [20, 30, 40, 50]


def test_a_sponsor_was_there_before() -> None:
    chosen = sponsors(replace(SMALL, sponsored=Fraction(1))).tolist()
    assert chosen[:2] == [0, 0]
    assert all(1 <= sponsor < ordinal for ordinal, sponsor in enumerate(chosen) if ordinal > 1)
    assert not sponsors(replace(SMALL, sponsored=Fraction(0))).any()


def test_somebody_redeems_after_the_share_of_orders_that_was_asked_for() -> None:
    run = replace(SMALL, orders=100_000, redeem=Fraction(1, 5))
    redemptions = sum(int((day.redeeming > 0).sum()) for day in taken(run))
    assert 19_000 < redemptions < 21_000
    assert sum(len(day.redeeming) for day in taken(SMALL)) == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"orders": 0}, "simulate.bad-count"),
        ({"members": 0}, "simulate.bad-count"),
        ({"days": 100_001}, "simulate.bad-count"),
        ({"seed": -1}, "simulate.bad-count"),
        ({"first_members": 51}, "simulate.bad-count"),
        ({"growth": Fraction(0)}, "simulate.bad-count"),
        ({"sponsored": Fraction(3, 2)}, "simulate.bad-share"),
        ({"part": Fraction(-1)}, "simulate.bad-share"),
        ({"least": 0}, "simulate.bad-amounts"),
        ({"least": 300_00}, "simulate.bad-amounts"),
        ({"first_day": date(9999, 12, 30)}, "simulate.days-beyond-calendar"),
    ],
)
def test_settings_that_make_no_stream_are_named(wrong: dict[str, object], code: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        taken(replace(SMALL, **wrong))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert all(refused.value.text(language) for language in ("en", "zh"))
