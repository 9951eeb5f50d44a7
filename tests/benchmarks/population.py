"""Made-up members of a plan as a day close sees them: a random sponsor tree, lots, sales and balances, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from rewards.actions import vocabulary
from rewards.columns import Column
from rewards.interpreter.columns import CloseState, LotColumns, SalesActivity
from rewards.plan.load import load_plan_file
from rewards.plan.model import ISSUANCE, PLATFORM, Plan
from rewards.resources import rules_directory

DAY = date(2026, 3, 2)
"""The first day that is closed; there are sales on it and on the days after it."""
DAYS = 20

LEAST, MOST = 3_000_00, 60_000_00
"""Of an order, in smallest units."""


def shipped(name: str) -> Plan:
    """A plan of rules/."""
    plan = load_plan_file(rules_directory() / f"{name}.yaml", vocabulary()).plan
    assert plan is not None
    return plan


def sponsors(members: int, random: np.random.Generator) -> Column:
    """Everybody but the first is sponsored by anybody who joined before."""
    found = np.full(members, -1, dtype=np.int64)
    found[1:] = random.integers(0, np.arange(1, members))
    return found


def locked_points(members: int, seed: int = 1) -> tuple[Plan, CloseState]:
    """Locked points with 1.2 lots a member, of any of the hundred days up to `DAY`; all stars are reached."""
    plan, random = shipped("locked-points"), np.random.default_rng(seed)
    points = plan.assets["points"]
    size = members + members // 5
    owner = np.sort(random.integers(0, members, size))
    day = DAY.toordinal() - random.integers(0, 101, size)
    day = day[np.lexsort((day, owner))]
    basis = random.integers(LEAST, MOST, size)
    granted = basis * 5 // 2
    remaining = np.maximum(granted - basis * 3 // 250 * (DAY.toordinal() - day), granted // 50)
    state = _state(
        members, random, _by_owner(owner, basis, members), _by_owner(owner, np.ones_like(basis), members), {}
    )
    locked = points.locked_book
    state.lots[locked] = LotColumns(np.arange(1, size + 1), owner, day, basis, granted, remaining)
    state.next_lot = size + 1
    _have(state, locked, _by_owner(owner, remaining, members), ISSUANCE)
    _have(state, points.free_book, _by_owner(owner, granted - remaining, members), ISSUANCE)
    return plan, state


def recurring_dividend(members: int, seed: int = 1) -> tuple[Plan, CloseState]:
    """Recurring dividends: one in 2,500 buys on a day, two in three have some quota left."""
    plan, random = shipped("recurring-dividend"), np.random.default_rng(seed)
    bought = random.integers(LEAST, 5 * MOST, members)
    sales = {}
    for day in range(DAY.toordinal(), DAY.toordinal() + DAYS):
        buyer = np.unique(random.integers(1, members + 1, max(members // 2500, 1)))
        cash = random.integers(LEAST, MOST, len(buyer))
        sales[day] = SalesActivity(buyer, cash, np.zeros_like(cash), np.ones_like(cash))
        bought[buyer - 1] += cash
    state = _state(members, random, bought, np.ones(members, dtype=np.int64), sales)
    _have(state, plan.assets["equity"].free_book, bought, ISSUANCE)  # 1 with 5 decimals for 1000 with 2
    quota = np.maximum(random.integers(-MOST, 2 * MOST, members), 0)
    _have(state, plan.assets["quota"].free_book, quota, ISSUANCE)
    _have(state, plan.assets["cash"].free_book, random.integers(0, MOST, members), PLATFORM)
    return plan, state


def _state(
    members: int, random: np.random.Generator, cash: Column, orders: Column, sales: Mapping[int, SalesActivity]
) -> CloseState:
    nobody = np.zeros(members, dtype=np.bool_)
    return CloseState(sponsors(members, random), nobody, {}, {}, {}, cash, orders, {}, sales)


def _have(state: CloseState, book: int, quantity: Column, source: int) -> None:
    """Let members have a quantity that has come from one of the platform's accounts."""
    state.now[book] = quantity
    state.platform[book, source] = -int(quantity.sum())


def _by_owner(owner: Column, quantity: Column, members: int) -> Column:
    sums = np.concatenate([[0], np.cumsum(quantity)])
    first = np.searchsorted(owner, np.arange(members + 1))
    return np.asarray(np.diff(sums[first]), dtype=np.int64)
