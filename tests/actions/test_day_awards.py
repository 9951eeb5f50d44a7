"""Release, sharing, differential and same-level award at a day close, against the reference (specification 3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.interpreter.world import World
from rewards.money import parse_amount
from rewards.plan.model import Compartment, Plan

from . import reference
from .plans import compiled, laws, locked, members

TODAY = date(2026, 3, 10)
BASE = Fraction(12, 1000)
STARS = [(100_000, Fraction(10, 100)), (500_000, Fraction(26, 100)), (2_000_000, Fraction(50, 100))]
RATES = [rate for _, rate in STARS]
SHARING = [Fraction(1, 2), Fraction(3, 10)]
SAME_LEVEL = Fraction(3, 100)

AWARDS = """
  - {id: sharing, on: day.close, share: {source: base, generations: [50%, 30%], PAID}}
  - {id: team, on: day.close, differential: {source: base, rate: star.rate, PAID}}
  - {id: peers, on: day.close, same_level: {source: base, ladder: star, rate: 3%, PAID}}
"""
ACCELERATING = AWARDS.replace("PAID", "release: points")
ISSUING = AWARDS.replace("PAID", "grant: bonus")


@dataclass(frozen=True)
class Member:
    """What a member starts the day with; money in yuan, lots as (days ago, basis, remaining)."""

    sponsor: int | None
    sales: int
    held: int
    debt: int
    lots: tuple[tuple[int, int, int], ...]


@st.composite
def networks(draw: st.DrawFn, most: int = 12) -> list[Member]:
    size = draw(st.integers(1, most))
    lots = st.tuples(st.integers(0, 3), st.integers(0, 9000), st.sampled_from([1, 7, 40, 36, 9000]))
    return [
        Member(
            sponsor=index - back if back else None,
            sales=draw(st.sampled_from([0, 1000, 4999, 5000, 20_000])),
            held=draw(st.integers(-1, 2)),
            debt=draw(st.sampled_from([0, 0, 5, 80])),
            lots=tuple(draw(st.lists(lots, max_size=3))),
        )
        for index in range(size)
        for back in [draw(st.integers(0, index))]
    ]


def stage(plan: Plan, network: list[Member]) -> World:
    world = members(plan, [member.sponsor for member in network])
    for index, member in enumerate(network):
        name = f"m{index}"
        world.give_sales(name, str(member.sales))
        if member.held >= 0:
            world.give_level(name, "star", ("one", "two", "three")[member.held])
        if member.debt:
            world.give_debt(name, "points", str(member.debt))
            world.give_debt(name, "bonus", str(member.debt))
        for ago, basis, remaining in member.lots:
            day = (TODAY - timedelta(days=ago)).isoformat()
            world.give_lot(name, "points", str(remaining), basis=str(basis), day=day)
    return world


def by_reference(network: list[Member], demote: bool) -> reference.Day:
    people = {
        f"m{index}": reference.Person(
            sponsor=None if member.sponsor is None else f"m{member.sponsor}", debt=100 * member.debt, level=member.held
        )
        for index, member in enumerate(network)
    }
    lots = [
        reference.Lot(f"m{index}", -ago, 100 * basis, 100 * remaining)
        for index, member in enumerate(network)
        for ago, basis, remaining in sorted(member.lots, key=lambda lot: -lot[0])
    ]
    day = reference.Day(people, lots)
    sales = day.downline_sums({f"m{index}": 100 * member.sales for index, member in enumerate(network)})
    for name, person in people.items():
        reached = sum(sales.get(name, 0) >= threshold for threshold, _ in STARS) - 1
        person.level = reached if demote else max(reached, person.level)
    return day


def units(world: World, name: str, asset: str, compartment: Compartment = Compartment.AVAILABLE) -> int:
    return parse_amount(world.balance(name, asset, compartment), world.plan.assets[asset].scale)


@pytest.mark.parametrize("start_after_days", [0, 1, 2])
@pytest.mark.parametrize("demote", [False, True])
@laws
@given(network=networks())
def test_accelerations_are_taken_from_the_earners_own_lots_oldest_first(
    start_after_days: int, demote: bool, network: list[Member]
) -> None:
    world = stage(locked(ACCELERATING, start_after_days, demote), network)
    world.close(TODAY)
    day = by_reference(network, demote)
    last = -start_after_days
    base = day.release(BASE, last)
    day.accelerate(day.shared(base, SHARING), last)
    day.accelerate(day.differential(base, RATES), last)
    day.accelerate(day.same_level(base, SAME_LEVEL), last)
    for name, person in day.people.items():
        assert units(world, name, "points") == person.balance
        assert units(world, name, "points", Compartment.DEBT) == person.debt
        left = [lot.remaining for lot in day.lots if lot.owner == name]
        assert units(world, name, "points", Compartment.LOCKED) == sum(left)
        own = [lot for lot in world.lots if lot.member == world.ordinal(name)]
        assert [lot.remaining for lot in sorted(own, key=lambda lot: (lot.day, lot.id))] == left
        assert world.source.standing("star", world.ordinal(name)).level == person.level


@laws
@given(network=networks())
def test_awards_can_be_issued_in_another_asset_of_another_scale(network: list[Member]) -> None:
    world = stage(locked(ISSUING), network)
    world.close(TODAY)
    day = by_reference(network, demote=False)
    base = day.release(BASE, -1)
    for person in day.people.values():
        person.balance, person.debt = 0, 0
    for name, member in zip(day.people, network, strict=True):
        day.people[name].debt = 1000 * member.debt
    finer = {name: 10 * amount for name, amount in base.items()}
    day.issue(day.shared(finer, SHARING))
    day.issue(day.differential(finer, RATES))
    day.issue(day.same_level(finer, SAME_LEVEL))
    for name, person in day.people.items():
        assert units(world, name, "bonus") == person.balance
        assert units(world, name, "bonus", Compartment.DEBT) == person.debt


LONG = 5_000


@pytest.mark.parametrize("shape", ["chain", "sun", "broom"])
def test_large_networks_earn_what_the_reference_says(shape: str) -> None:
    sponsors: dict[str, list[int | None]] = {
        "chain": [None, *range(LONG - 1)],
        "sun": [None] + [0] * (LONG - 1),
        "broom": [None, *range(LONG // 2), *[LONG // 2] * (LONG - LONG // 2 - 2)],
    }
    network = [
        Member(sponsor, sales=3000 if index % 500 == 499 else 0, held=(index % 7) % 4 - 1, debt=index % 3, lots=lots)
        for index, sponsor in enumerate(sponsors[shape])
        for lots in [((2, 3001 if index % 250 == 249 else 0, 50), (1, 0, 20))]
    ]
    world = stage(locked(ACCELERATING), network)
    world.close(TODAY)
    day = by_reference(network, demote=False)
    base = day.release(BASE, -1)
    for earned in (day.shared(base, SHARING), day.differential(base, RATES), day.same_level(base, SAME_LEVEL)):
        day.accelerate({name: exact for name, exact in earned.items() if exact >= 1}, -1)
    assert [units(world, name, "points") for name in day.people] == [each.balance for each in day.people.values()]
    assert [units(world, name, "points", Compartment.DEBT) for name in day.people] == [
        each.debt for each in day.people.values()
    ]


def test_a_condition_says_who_earns_an_award() -> None:
    plan = locked(
        '  - {id: some, on: day.close, when: {member.sales: {at_least: "100"}},'
        " share: {source: base, generations: [50%, 50%], release: points}}\n"
    )
    world = members(plan, [None, 0, 1])
    world.give_sales("m0", "100")
    for name in ("m0", "m1"):
        world.give_lot(name, "points", "1000", basis="0", day="2026-03-01")
    world.give_lot("m2", "points", "1000", basis="1000", day="2026-03-01")
    world.close(TODAY)
    assert [world.balance(name, "points") for name in ("m0", "m1", "m2")] == ["6.00", "0.00", "12.00"]


CONDITIONAL_RELEASE = """
assets:
  points: {title: {en: Points, zh: 积分}, scale: 2, lots: {start_after_days: 1}}
rules:
  - id: base
    on: day.close
    when: {member.orders: {at_least: 1}}
    release: {asset: points, amount: {rate: 1%, of: lot.basis}}
"""


def test_a_condition_says_whose_lots_are_released() -> None:
    world = members(compiled(CONDITIONAL_RELEASE), [None, None])
    for name in ("m0", "m1"):
        world.give_lot(name, "points", "1000", basis="1000", day="2026-03-01")
    world.give_sales("m1", "100")
    world.close(TODAY)
    assert [world.balance(name, "points") for name in ("m0", "m1")] == ["0.00", "10.00"]


YOUNG = CONDITIONAL_RELEASE.replace(
    "  - id: base\n    on: day.close\n    when: {member.orders: {at_least: 1}}\n",
    "  - id: base\n    on: day.close\n",
).replace("lot.basis", "lot.age")


def test_a_release_may_grow_with_the_age_of_the_lot() -> None:
    world = members(compiled(YOUNG.replace("1%", '"2"')), [None])
    for day in ("2026-03-07", "2026-03-10"):  # three days old, and not started yet
        world.give_lot("m0", "points", "1000", basis="0", day=day)
    world.close(TODAY)
    assert world.balance("m0", "points") == "6.00"


def test_a_debt_is_paid_off_by_later_releases_of_several_lots() -> None:
    world = members(locked(""), [None])
    world.give_debt("m0", "points", "15")
    for _ in range(3):
        world.give_lot("m0", "points", "1000", basis="1000", day="2026-03-01")
    world.close(TODAY)
    assert (world.balance("m0", "points"), world.balance("m0", "points", Compartment.DEBT)) == ("21.00", "0.00")
    assert [lot.remaining for lot in world.lots] == [98_800] * 3
