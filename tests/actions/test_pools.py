"""Funding and distributing pools, and granting at a day close, against the reference (specification 2)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.actions import vocabulary
from rewards.interpreter.world import World
from rewards.money import format_amount, parse_amount
from rewards.plan.load import load_plan
from rewards.plan.model import PLATFORM, Compartment

from . import reference
from .plans import HEAD, compiled, laws, members, pooled

TODAY = "2026-03-10"
SHARES = [Fraction(10, 100), Fraction(30, 100), Fraction(3333, 10_000)]


@dataclass(frozen=True)
class Holder:
    """What a member starts the day with, in smallest units."""

    quota: int
    weight: int
    debt: int


holders = st.lists(
    st.builds(
        Holder,
        quota=st.sampled_from([0, 0, 1, 700, 10**6, 10**9]),
        weight=st.sampled_from([0, 99_999, 100_000, 1_000_000, 1_000_001, 2_100_000, 7_777_777]),
        debt=st.sampled_from([0, 0, 3, 5000]),
    ),
    min_size=1,
    max_size=15,
)


def stage(distribute: str, network: list[Holder], pool: int) -> tuple[World, reference.Day]:
    world = members(pooled(distribute), [None] * len(network))
    people = {}
    for index, holder in enumerate(network):
        name = f"m{index}"
        world.give(name, "quota", format_amount(holder.quota, 2))
        world.give(name, "weight", format_amount(holder.weight, 5))
        world.give_debt(name, "cash", format_amount(holder.debt, 2))
        people[name] = reference.Person(
            None, debt=holder.debt, quota=holder.quota, weight=holder.weight, level=rank(holder.weight)
        )
    world.fill_pool("pot", format_amount(pool, 2))
    return world, reference.Day(people, pool=pool)


def rank(weight: int) -> int:
    """v1 from 1, v2 above 10, v3 from 21, in hundred-thousandths."""
    if weight >= 2_100_000:
        return 2
    if weight > 1_000_000:
        return 1
    return 0 if weight >= 100_000 else -1


def agree(world: World, day: reference.Day) -> None:
    for name, person in day.people.items():
        found = (
            parse_amount(world.balance(name, "cash"), 2),
            parse_amount(world.balance(name, "cash", Compartment.DEBT), 2),
            parse_amount(world.balance(name, "quota"), 2),
        )
        assert found == (person.balance, person.debt, person.quota)
    assert parse_amount(world.pool("pot"), 2) == day.pool


@pytest.mark.parametrize("carry", [False, True])
@pytest.mark.parametrize("everyone", [False, True])
@laws
@given(network=holders, pool=st.integers(0, 10**7))
def test_a_pool_is_shared_by_weight_as_far_as_the_quota_goes(
    carry: bool, everyone: bool, network: list[Holder], pool: int
) -> None:
    divisor, rest = "everyone" if everyone else "eligible", "carry" if carry else "platform"
    distribute = f"weight: member.balance.weight, divisor: {divisor}, undistributed: {rest}"
    world, day = stage(distribute, network, pool)
    before = world.state.balance(world.plan.assets["cash"].free_book, PLATFORM)
    world.close(TODAY)
    day.pay(day.by_weight(everyone=everyone), carry=carry)
    agree(world, day)
    assert world.state.balance(world.plan.assets["cash"].free_book, PLATFORM) == before + day.platform


@pytest.mark.parametrize("carry", [False, True])
@laws
@given(network=holders, pool=st.integers(0, 10**7))
def test_a_pool_is_shared_by_level_in_equal_parts(carry: bool, network: list[Holder], pool: int) -> None:
    world, day = stage(f"share: rank.share, undistributed: {'carry' if carry else 'platform'}", network, pool)
    before = world.state.balance(world.plan.assets["cash"].free_book, PLATFORM)
    world.close(TODAY)
    day.pay(day.by_level(SHARES), carry=carry)
    agree(world, day)
    assert world.state.balance(world.plan.assets["cash"].free_book, PLATFORM) == before + day.platform


def test_what_is_carried_is_distributed_the_next_day() -> None:
    world, _ = stage("weight: member.balance.weight, undistributed: carry", [Holder(100, 100_000, 0)], 1000)
    world.close("2026-03-10")
    assert (world.balance("m0", "cash"), world.pool("pot")) == ("1.00", "9.00")
    world.adjust("m0", "quota", "20", on="2026-03-11")
    world.close("2026-03-11")
    assert (world.balance("m0", "cash"), world.balance("m0", "quota"), world.pool("pot")) == ("10.00", "11.00", "0.00")


def test_a_close_explains_a_distribution() -> None:
    world, _ = stage("weight: member.balance.weight", [Holder(10**6, 100_000, 0)] * 3, 100)
    assert world.close(TODAY).trace["pay"] == {"pool": 100, "divisor": 300_000, "returned": 1}
    world, _ = stage("share: rank.share", [Holder(10**6, 100_000, 0)] * 3, 100)
    assert world.close(TODAY).trace["pay"] == {
        "pool": 100, "members.v1": 3, "members.v2": 0, "members.v3": 0, "returned": 91,
    }  # fmt: skip


DAILY = """
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  hearts: {title: {en: Hearts, zh: 爱心}, scale: 0}
pools:
  pot: {title: {en: Pot, zh: 池}}
rules:
  - id: fill
    on: day.close
    when: {day.of_month: {at_most: 7}}
    fund: {pool: pot, amount: {rate: 10%, of: day.sales}}
  - id: pay
    on: day.close
    when: {member.orders: {at_least: 1}}
    distribute: {pool: pot, weight: member.sales, pay: cash}
  - id: hearts
    on: day.close
    when: {member.balance.cash: {at_least: "1"}}
    grant: {asset: hearts, to: member, amount: {rate: "0.5", of: rules.pay.amount}}
"""


def test_a_pool_is_funded_only_on_days_for_which_the_condition_holds() -> None:
    world = members(compiled(DAILY), [None, None])
    world.order("m0", "100", on="2026-03-07")
    world.order("m0", "100", on="2026-03-08")
    world.close("2026-03-07")
    assert world.balance("m0", "cash") == "10.00"
    world.close("2026-03-08")
    assert world.balance("m0", "cash") == "10.00"


MOST = """
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
pools:
  pot: {title: {en: Pot, zh: 池}}
rules:
  - id: fill
    on: day.close
    fund: {pool: pot, amount: {rate: 10%, of: day.sales}}
  - id: pay
    on: day.close
    distribute: {pool: pot, weight: member.sales, most: {rate: 50%, of: rules.fill.amount}, pay: cash}
"""
CUT = """
caps:
  cost: {rules: [fill], per: plan, over: day, most: {rate: 4%, of: day.sales}, excess: pro_rata}
"""


@pytest.mark.parametrize(("caps", "paid"), [("", ("20.00", "10.00")), (CUT, ("8.00", "4.00"))])
def test_what_has_been_put_into_a_pool_may_limit_what_each_gets_of_it(caps: str, paid: tuple[str, str]) -> None:
    world = members(compiled(MOST + caps), [None, None])
    world.order("m0", "300", on="2026-03-07")
    world.order("m1", "100", on="2026-03-07")
    world.close("2026-03-07")
    # 10 % of 400, or as much as the cap leaves of it: three quarters would be m0's, who gets half
    assert (world.balance("m0", "cash"), world.balance("m1", "cash")) == paid


def test_a_distribution_without_a_limit_and_a_grant_of_what_it_moved() -> None:
    world = members(compiled(DAILY), [None, None, None])
    world.order("m0", "300", on="2026-03-01")
    world.order("m1", "100", on="2026-03-01")
    world.give("m1", "cash", "0.99")
    world.give("m2", "cash", "5")
    world.close("2026-03-01")
    assert [world.balance(f"m{index}", "cash") for index in range(3)] == ["30.00", "10.99", "5.00"]
    # The grant's condition looks at the end of the day: what the day's own close has paid counts.
    assert [world.balance(f"m{index}", "hearts") for index in range(3)] == ["15", "5", "0"]


BY_MEMBER = """
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
pools:
  pot: {title: {en: Pot, zh: 池}}
rules:
  - {id: fill, on: day.close, fund: {pool: pot, amount: {rate: 10%, of: member.sales}}}
  - {id: pay, on: day.close, distribute: {pool: pot, weight: member.sales, pay: cash}}
"""


@pytest.mark.parametrize("by", ["amount", "condition"])
def test_a_pool_can_not_be_funded_once_for_every_member(by: str) -> None:
    body = BY_MEMBER
    if by == "condition":
        body = body.replace("of: member.sales}}}", "of: day.sales}}, when: {member.sales: {at_least: '1'}}}")
    found = load_plan(HEAD + body, "test.yaml", vocabulary()).diagnostics
    assert [each.code for each in found] == ["plan.fund-by-day"]
    assert "member.sales" in found[0].message.render("en")
    assert "member.sales" in found[0].message.render("zh")
