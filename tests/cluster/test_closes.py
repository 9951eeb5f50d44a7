"""A close in parts leaves behind what a close of everybody does: outcome and books, block by block."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.columns import Column
from rewards.distributed.checking import check_plan
from rewards.errors import Refused
from rewards.interpreter import world as worlds
from rewards.interpreter.gathering import gather
from rewards.interpreter.world import World
from rewards.plan.model import Plan
from rewards.testing import run_file

from .plans import RULES, compiled, shipped
from .trees import trees
from .twins import close_both, in_parts

laws = settings(deadline=None, max_examples=12)
FIRST_DAY = date(2026, 3, 2)
DIVIDED = [path for path in sorted(RULES.glob("**/*.test.yaml")) if path.name != "two-legs.test.yaml"]


PARTS = (2, 5)
MANY = 20
"""So many closes of a file are made in each number of parts; of those that follow each in one of the numbers."""


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Every close of a world is one in parts as well; gives the sizes of what has been closed."""
    closed: list[int] = []

    def close(plan: Plan, state: Any, day: date, approved: frozenset[str] = frozenset()) -> Any:
        closed.append(state.size)
        *before, last = PARTS if len(closed) <= MANY else PARTS[len(closed) % 2 :][:1]
        for parts in before:
            close_both(plan, copy.deepcopy(state), day, approved, in_parts(parts))
        return close_both(plan, state, day, approved, in_parts(last))

    monkeypatch.setattr(worlds, "close_day", close)
    yield closed


@pytest.mark.parametrize("path", DIVIDED, ids=lambda path: path.name.removesuffix(".test.yaml"))
def test_the_shipped_plans_close_in_parts(path: Path, both: list[int]) -> None:
    """What their tests expect comes about all the same."""
    assert all(case.passed for case in run_file(path).cases)
    assert both or "- close" not in path.read_text(encoding="utf-8")


def member(number: int) -> str:
    return f"m{number}"


def world_of(plan: Plan, parent: Column) -> World:
    """A world whose members join so that sponsors come first."""
    found = World(plan)
    for number, above in enumerate(parent.tolist()):
        found.join(member(number), sponsor=member(above) if above >= 0 else None, merchant=number % 4 == 0)
    return found


@st.composite
def lives(draw: st.DrawFn) -> tuple[Column, list[tuple[int, int, int]], int]:
    """A tree in which nobody was moved, orders (member, hundreds, day) and a number of parts."""
    parent = draw(trees(24).filter(lambda found: bool((found < np.arange(len(found))).all())))
    order = st.tuples(st.integers(0, len(parent) - 1), st.integers(1, 300), st.integers(0, 1))
    return parent, draw(st.lists(order, min_size=3, max_size=25)), draw(st.integers(1, 5))


def live(world: World, orders: list[tuple[int, int, int]], parts: int, days: int = 3) -> None:
    """Take orders and close days, in one piece and in parts."""
    for after in range(days):
        day = FIRST_DAY + timedelta(days=after)
        for who, hundreds, when in orders:
            if when == after:
                world.order(member(who), str(hundreds * 100), on=day.isoformat())
        close_both(world.plan, gather(world, day), day, engine=in_parts(parts))
        world.close(day)


@laws
@given(lives())
def test_locked_points_on_trees_of_all_shapes(life: tuple[Column, list[tuple[int, int, int]], int]) -> None:
    parent, orders, parts = life
    live(world_of(shipped("locked-points"), parent), orders, parts)


@laws
@given(lives())
def test_pools_and_quotas_on_trees_of_all_shapes(life: tuple[Column, list[tuple[int, int, int]], int]) -> None:
    parent, orders, parts = life
    live(world_of(shipped("recurring-dividend"), parent), orders, parts)


HEAD = """
plan: parted
title: {en: Parted, zh: 分开}
currency: CNY
timezone: Asia/Shanghai
assets:
  points: {title: {en: Points, zh: 积分}, scale: 0}
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
pools: {pot: {title: {en: Pot, zh: 池}}}
"""

BUDGET = (
    HEAD
    + """
caps:
  budget: {rules: [give, share], per: plan, over: month, most: "5000", excess: pro_rata}
  each: {rules: [give], per: member, over: day, most: "900"}
rules:
  - id: fill
    on: day.close
    fund: {pool: pot, amount: {rate: 7%, of: day.sales}}
  - id: give
    on: day.close
    grant: {asset: points, to: member, amount: {rate: 11%, of: member.sales}}
  - id: share
    on: day.close
    share: {of: member.sales, generations: [3%, 2%, 1%], grant: points}
  - id: pay
    on: day.close
    distribute: {pool: pot, weight: member.sales, pay: cash, undistributed: carry}
"""
)


@laws
@given(lives())
def test_budgets_pools_and_awards_together(life: tuple[Column, list[tuple[int, int, int]], int]) -> None:
    parent, orders, parts = life
    live(world_of(compiled(BUDGET), parent), orders, parts)


STOPPED = (
    HEAD
    + """
caps:
  ceiling: {rules: [give], per: CAPPED, over: month, most: "100", excess: stop}
rules:
  - id: give
    on: day.close
    grant: {asset: points, to: member, amount: {rate: 10%, of: member.sales}}
"""
)


@pytest.mark.parametrize("per", ["member", "plan"])
def test_a_cap_that_stops_a_close_stops_it_in_the_same_words(per: str) -> None:
    world = world_of(compiled(STOPPED.replace("CAPPED", per)), np.array([-1, 0, 0, 1, 1]))
    for who, total in enumerate(["100", "2000", "900", "3000", "800"]):
        world.order(member(who), total, on=FIRST_DAY.isoformat())
    with pytest.raises(Refused, match="ceiling"):
        close_both(world.plan, gather(world, FIRST_DAY), FIRST_DAY)
    close_both(world.plan, gather(world, FIRST_DAY), FIRST_DAY, frozenset({"ceiling"}))


def test_members_who_were_moved_are_divided_as_they_stand() -> None:
    world = world_of(shipped("locked-points"), np.array([-1, 0, 1, 1, 2, 4, -1, 6]))
    for who, total in enumerate(["9000", "5000", "3000", "8000", "7000", "6000", "9000", "1000"]):
        world.order(member(who), total, on=FIRST_DAY.isoformat())
    world.close(FIRST_DAY)
    day = FIRST_DAY + timedelta(days=1)
    world.place("sponsor", member(1), member(7), on=day.isoformat())
    outcome = close_both(world.plan, gather(world, day), day, engine=in_parts(3))
    assert outcome.blocks


# --- what is refused ------------------------------------------------------------------------------------------------


def refused(text: str) -> str:
    with pytest.raises(Refused) as raised:
        check_plan(compiled(text))
    assert raised.value.text("zh").endswith("（不使用 --engine dask）")
    return str(raised.value)


def test_a_plan_with_another_tree_is_refused_with_the_name_of_the_measure() -> None:
    text = (RULES / "examples" / "two-legs.yaml").read_text(encoding="utf-8")
    assert refused(text).startswith("measure ")
    assert "close the day in one process" in refused(text)
