"""Both paths give the same rows, to the smallest unit: the compiled loop is held to what the interpreter does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.plan.model import Plan
from rewards.simulation import compiled as compiled_path
from rewards.simulation import interpreted as interpreted_path
from rewards.simulation.result import Path, Result
from rewards.simulation.run import simulate
from rewards.simulation.stream import Settings, days
from tests.interpreter.worlds import compiled

from .plans import NO_FEE, OTHER, SMALL_QUOTA, SMALL_SUPPLY, SPONSORS_EARN, TINY_QUOTA, token

PLANS = {
    "as shipped": token(),
    "sponsors earn": token(SPONSORS_EARN),
    "exits": token(SMALL_QUOTA),
    "exits and sponsors": token(SMALL_QUOTA, SPONSORS_EARN),
    "no fee": token(SMALL_QUOTA, NO_FEE),
    "sold out": token(TINY_QUOTA),
    "supply runs out": token(SMALL_SUPPLY, SPONSORS_EARN),
    "another plan": compiled(OTHER),
}


def both(plan: Plan, run: Settings) -> tuple[Result, Result]:
    return simulate(plan, run, Path.COMPILED), simulate(plan, run, Path.INTERPRETED)


shares = st.fractions(0, 1, max_denominator=20)
streams = st.builds(
    Settings,
    orders=st.integers(1, 120),
    members=st.integers(1, 15),
    days=st.integers(1, 4),
    seed=st.integers(0, 10**6),
    first_members=st.integers(0, 1),
    least=st.sampled_from([1, 100, 100_00]),
    most=st.sampled_from([100_00, 999_99, 10**7]),
    growth=st.fractions(Fraction(1, 5), 5, max_denominator=5),
    sponsored=shares,
    redeem=shares,
    part=shares,
)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(PLANS)), streams)
def test_the_loop_does_what_the_interpreter_does(name: str, run: Settings) -> None:
    one, other = both(PLANS[name], run)
    assert one.rows == other.rows


EXITS = {"as shipped": 0, "sponsors earn": 10, "supply runs out": 5, "exits and sponsors": 30}
"""So many exits at least; ten in plans that are not named."""


@pytest.mark.parametrize("name", sorted(PLANS))
def test_what_the_law_is_about_does_happen(name: str) -> None:
    """Exits, redemptions, a supply that runs out, a circulation of nothing: streams like those above meet them."""
    run = Settings(
        orders=1500, members=40, days=3, seed=11, first_members=40, redeem=Fraction(1, 50), part=Fraction(1, 3)
    )
    one, other = both(PLANS[name], run)
    assert one.rows == other.rows
    assert sum(row.exits for row in one.rows) >= EXITS.get(name, 10)
    assert sum(row.redemptions for row in one.rows) >= (0 if name == "sold out" else 10)
    if name == "sold out":
        assert one.last.priced["token"].circulation == 0
    if name == "supply runs out":
        assert one.last.priced["token"].issued == 300_000_000
    if name == "another plan":
        assert one.last.held["points"] > 0
        assert one.last.pools["other"] == 1500 * 200


@pytest.mark.parametrize("name", sorted(PLANS))
def test_every_member_has_the_same_on_both_paths(name: str) -> None:
    """Not only all of them together: who exits first is decided by the order of exits."""
    plan = PLANS[name]
    run = Settings(
        orders=800, members=25, days=2, seed=5, first_members=25, redeem=Fraction(1, 30), part=Fraction(1, 7)
    )
    loop, interpreter = compiled_path._Run(plan, run), interpreted_path._Run(plan, run)
    for day in days(run):
        assert loop.take(day) == interpreter.take(day)
        for asset in plan.assets.values():
            held = [interpreter.world.state.balance(asset.free_book, member) for member in range(1, run.members + 1)]
            assert loop.books.held[1:, asset.index].tolist() == held


@pytest.mark.parametrize("path", [Path.COMPILED, Path.INTERPRETED])
def test_a_hundred_orders_take_the_price_to_that_of_the_specification(path: Path) -> None:
    """Golden (specification 1): the pool is 3000 and the price 5.1731."""
    result = simulate(token(), Settings(orders=100, members=100, days=1, first_members=100), path)
    numerator, denominator = result.last.priced["token"].price
    assert result.last.exits == 0
    assert result.last.pools == {"backing": 3000_00}
    assert round(Fraction(numerator, denominator), 4) == Fraction("5.1731")


def test_twenty_thousand_orders_come_to_the_same() -> None:
    run = Settings(
        orders=20_000,
        members=500,
        days=30,
        seed=2026,
        least=10_00,
        most=500_00,
        growth=Fraction(2),
        redeem=Fraction(1, 50),
        part=Fraction(1, 2),
    )
    one, other = both(token(SMALL_QUOTA, SPONSORS_EARN), run)
    assert one.rows == other.rows
    assert sum(row.exits for row in one.rows) > 200
    assert sum(row.redemptions for row in one.rows) > 100


def test_the_same_seed_gives_the_same_rows_and_another_does_not() -> None:
    run = Settings(orders=500, members=40, days=10, seed=1, most=300_00)
    assert simulate(token(), run).rows == simulate(token(), run).rows
    assert simulate(token(), run).rows != simulate(token(), replace(run, seed=2)).rows


def test_numbers_beyond_sixty_four_bits_are_run_exactly_all_the_same() -> None:
    """The orders' quota soon does not fit the loop: the interpreter takes over, and it is said from which day."""
    run = Settings(orders=3000, members=3, days=6, least=2**50, most=2**50)
    result = simulate(token(), run)
    assert result.path is Path.INTERPRETED
    assert result.reason is not None
    assert (result.reason.code, result.reason.parameters["day"]) == (
        "simulate.reason.overflow",
        run.first_day + timedelta(4),
    )
    assert sum(row.sales for row in result.rows) == 3000 * 2**50
    contributed = 3000 * (2**50 * 3 // 10)
    assert result.last.pools["backing"] == contributed - sum(row.paid for row in result.rows)
