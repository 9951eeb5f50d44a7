"""Quota exits: the queue against a scan of all holders, and a queue that is read page by page (specification 1)."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rewards.errors import Refused
from rewards.interpreter import exits
from rewards.interpreter.exits import LARGEST_KEY, ExitQueue, exit_key, price_key
from rewards.interpreter.memory import MemorySource
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.run import exit_queues
from rewards.interpreter.state import ExitEntry, Purchases, State
from rewards.interpreter.world import World
from rewards.plan.model import Asset, Plan

from .worlds import (
    FIRST_DAY,
    SMALL_SUPPLY,
    SPONSORS_EARN,
    TINY_QUOTA,
    TOKEN_EVENTS,
    Step,
    Tree,
    act,
    compiled,
    laws,
    populated,
    shipped,
    snapshot,
    steps,
    trees,
    tried,
)

PLANS = [
    shipped("appreciating-token", TINY_QUOTA),
    shipped("appreciating-token", TINY_QUOTA, SPONSORS_EARN),
    shipped("appreciating-token", TINY_QUOTA, SMALL_SUPPLY),
]
TOKEN, QUOTA = PLANS[0].assets["token"], PLANS[0].assets["quota"]


class Scan:
    """Who is due, found by looking at every holder."""

    def __init__(self, state: State, concerns: Callable[[int], bool]) -> None:
        self.state = state
        self.concerns = concerns
        self.changed: dict[int, int | None] = {}

    def touch(self, member: int) -> None:
        """Nothing is kept."""

    def nobody_due(self, numerator: int, denominator: int) -> bool:
        return self.next_due(numerator, denominator) is None

    def next_due(self, numerator: int, denominator: int) -> int | None:
        due = []
        for (book, holder), units in self.state.balances():
            if book == TOKEN.free_book and holder > 0 and units > 0 and self.concerns(holder):
                quota = self.state.books[QUOTA.free_book].get(holder, 0)
                if units * numerator >= quota * denominator:
                    due.append((quota * 2**32 // units, holder))
        return min(due)[1] if due else None


def scanning(world: World) -> World:
    """The same world, whose exits are found by a scan."""
    rule, _ = world.queues["token"]
    scan = Scan(world.state, lambda member: not world.source.merchant(member))
    world.queues = {"token": (rule, scan)}  # type: ignore[dict-item]
    return world


@pytest.mark.parametrize("plan", PLANS)
@laws
@given(tree=trees(), happening=steps(TOKEN_EVENTS, most=40))
def test_the_queue_lets_exit_whom_a_scan_of_all_holders_finds(plan: Plan, tree: Tree, happening: list[Step]) -> None:
    queued, scanned = populated(plan, tree), scanning(populated(plan, tree))
    for step in happening:
        assert _transfers(tried(queued, step)) == _transfers(tried(scanned, step))


def _transfers(outcome: object) -> list[tuple[int, ...]]:
    return [transfer[:6] for transfer in outcome.transfers] if isinstance(outcome, Outcome) else []


def test_one_exit_raises_the_price_and_so_triggers_the_next() -> None:
    world = World(shipped("appreciating-token", ('value: "2"}', 'value: "0"}')))
    for name in ("ann", "bob", "cem"):
        world.join(name)
        world.give(name, "token", "100")
    for name, quota in (("ann", "110.01"), ("bob", "100"), ("cem", "500")):
        world.give(name, "quota", quota)
    world.fill_pool("backing", "300")
    outcome = world.adjust("bob", "quota", "0", on="2026-03-02")
    assert isinstance(outcome, Outcome)
    # Bob is worth his quota at a price of 1; his fee of 10 raises the price to 1.05, which is not enough for Ann.
    assert [each["member"] for each in outcome.trace["exit"]] == [2]
    assert world.price("token") == (210 * 10**8, 200 * 10**8)
    outcome = world.adjust("ann", "quota", "-5.01", on="2026-03-02")
    assert isinstance(outcome, Outcome)
    assert [each["member"] for each in outcome.trace["exit"]] == [1]
    world.adjust("cem", "quota", "-384.50", on="2026-03-02")  # worth 115.50 by Ann's fee, and just that is left
    assert [world.balance(name, "cash") for name in ("ann", "bob", "cem")] == ["94.50", "90.00", "103.95"]


def test_a_cascade_goes_on_within_one_event() -> None:
    world = World(shipped("appreciating-token", ('value: "2"}', 'value: "0"}')))
    for name, quota in (("ann", "106"), ("bob", "105"), ("cem", "101")):
        world.join(name)
        world.give(name, "token", "100")
        world.give(name, "quota", quota)
    world.fill_pool("backing", "300")
    outcome = world.adjust("cem", "quota", "-1", on="2026-03-02")
    assert isinstance(outcome, Outcome)
    assert [each["member"] for each in outcome.trace["exit"]] == [3, 2, 1]


def test_a_cent_decides_where_two_holdings_have_the_same_key() -> None:
    world = World(shipped("appreciating-token"))
    for name in ("ann", "bob"):
        world.join(name)
        world.give(name, "token", "1000000")
        world.give(name, "quota", "1000000.01")
    world.fill_pool("backing", "2000000")
    outcome = world.adjust("ann", "quota", "0.01", on="2026-03-02")
    assert isinstance(outcome, Outcome)
    assert outcome.trace == {}
    outcome = world.adjust("bob", "quota", "-0.01", on="2026-03-02")
    assert isinstance(outcome, Outcome)
    # Ann's key is as low as Bob's, but only Bob is due; then his fee makes her due as well.
    assert [each["member"] for each in outcome.trace["exit"]] == [2, 1]


def test_merchants_never_exit() -> None:
    world = World(shipped("appreciating-token", ('value: "2"}', 'value: "0"}')))
    world.join("shop", merchant=True)
    world.join("ann")
    for name in ("shop", "ann"):
        world.order(name, "100", on="2026-03-02")
    assert (world.balance("shop", "token"), world.balance("ann", "token")) == ("21.000000", "0.000000")


TWO_ASSETS = """
plan: two
title: {en: Two, zh: 二}
currency: CNY
timezone: Asia/Shanghai
assets:
  cash: {title: {en: Cash, zh: 现金}, scale: 2, currency: true}
  gold: {title: {en: Gold, zh: 金}, scale: 2, priced: {pool: vault, issue_price: "1"}}
  silver: {title: {en: Silver, zh: 银}, scale: 2, priced: {pool: safe, issue_price: "1"}}
  quota: {title: {en: Quota, zh: 额度}, scale: 2}
pools:
  vault: {title: {en: Vault, zh: 甲}}
  safe: {title: {en: Safe, zh: 乙}}
rules:
  - {id: vault, on: order.paid, fund: {pool: vault, amount: {rate: 10%, of: order.cash}}}
  - {id: safe, on: order.paid, fund: {pool: safe, amount: {rate: 10%, of: order.cash}}}
  - {id: gold, on: order.paid, grant: {asset: gold, to: buyer, worth: {rate: 100%, of: rules.vault.amount}}}
  - {id: silver, on: order.paid, grant: {asset: silver, to: buyer, worth: {rate: 100%, of: rules.safe.amount}}}
  - {id: quota, on: order.paid, grant: {asset: quota, to: buyer, amount: "15"}}
  - {id: gold-exit, on: price.rises, exit: {asset: gold, quota: quota, fee: 10%, pay: cash}}
  - {id: silver-exit, on: price.rises, exit: {asset: silver, quota: quota, fee: 10%, pay: cash}}
"""


def test_an_exit_from_one_asset_uses_up_the_quota_and_so_triggers_an_exit_from_another() -> None:
    world = World(compiled(TWO_ASSETS))
    world.join("ann")
    world.order("ann", "100", on="2026-03-02")
    world.give("ann", "silver", "5")
    world.fill_pool("safe", "5")
    outcome = world.adjust("ann", "quota", "-0", on="2026-03-02")
    # Worth 15 of 15: silver exits; nothing is left of the quota then, so gold, which stands first, exits after all.
    assert isinstance(outcome, Outcome)
    assert (world.balance("ann", "gold"), world.balance("ann", "silver")) == ("0.00", "0.00")
    assert (world.balance("ann", "quota"), world.balance("ann", "cash")) == ("0.00", "22.50")


@given(quota=st.integers(0, 10**14), units=st.integers(1, 10**14), price=st.fractions(0, 10**6))
def test_whoever_is_due_has_a_key_that_the_price_has_reached(quota: int, units: int, price: object) -> None:
    numerator, denominator = price.numerator, price.denominator  # type: ignore[attr-defined]
    key, limit = exit_key(quota, units), price_key(numerator, denominator)
    if units * numerator >= quota * denominator:
        assert key <= limit
    elif key < limit:
        pytest.fail("a key below the limit must be due")


def test_keys_fit_a_column_whatever_the_quota() -> None:
    assert exit_key(2**62, 1) == price_key(2**62, 1) == LARGEST_KEY
    assert exit_key(-5, 1) == exit_key(0, 1) == 0


# --- holdings that are not all in memory ---------------------------------------------------------------------


class Shelf(MemorySource):
    """A source with stored balances and holdings in the order of their exits, read in pages."""

    def __init__(self) -> None:
        super().__init__()
        self.balances: dict[tuple[int, int], int] = {}
        self.bought: dict[int, Purchases] = {}
        self.prices: dict[str, tuple[int, int]] = {}
        self.triggers: dict[int, int] = {}
        self.pages = self.looked_up = 0

    def balance(self, book: int, holder: int) -> int:
        self.looked_up += 1
        return self.balances.get((book, holder), 0)

    def purchases(self, member: int) -> Purchases:
        return self.bought.get(member, Purchases())

    def last_price(self, asset: Asset) -> tuple[int, int] | None:
        return self.prices.get(asset.name)

    def exits(self, asset: Asset, after: ExitEntry | None, limit: int) -> Iterable[ExitEntry]:
        self.pages += 1
        entries = (ExitEntry(key, member) for member, key in self.triggers.items())
        return heapq.nsmallest(limit, (entry for entry in entries if after is None or entry > after))

    def keep(self, state: State, queues: dict[str, tuple[object, ExitQueue]]) -> None:
        """Store what has changed, as a ledger does after a batch of events."""
        self.balances.update(state.balances())
        for member, more in state.bought.items():
            self.bought[member] = self.purchases(member).plus(more)
        state.written()
        self.prices.update(state.prices)
        for _, queue in queues.values():
            for member, key in queue.changed.items():
                self.triggers.pop(member, None)
                if key is not None:
                    self.triggers[member] = key
            queue.changed.clear()


def shelved(plan: Plan, tree: Tree) -> tuple[World, Shelf]:
    world, shelf = populated(plan, tree), Shelf()
    shelf.sponsors, shelf.merchants = world.source.sponsors, world.source.merchants
    world.source = shelf
    reopen(world)
    return world, shelf


def reopen(world: World) -> None:
    """Forget everything that is not on the shelf."""
    world.state = State(world.plan, world.source)
    world.queues = exit_queues(world.state)


@pytest.fixture(params=[1, 3])
def small_pages(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exits, "FIRST_CHUNK", request.param)
        patch.setattr(exits, "LARGEST_CHUNK", request.param)
        yield


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("plan", PLANS)
@laws
@given(data=st.data(), tree=trees(), happening=steps(TOKEN_EVENTS, most=30))
def test_a_source_read_in_pages_gives_what_memory_gives(
    plan: Plan, data: st.DataObject, tree: Tree, happening: list[Step]
) -> None:
    remembered, (world, shelf) = populated(plan, tree), shelved(plan, tree)
    for step in happening:
        assert _transfers(_unless_refused(world, step)) == _transfers(tried(remembered, step))
        after = data.draw(st.sampled_from(["go on", "keep", "keep and reopen"]))
        if after != "go on":
            shelf.keep(world.state, world.queues)  # type: ignore[arg-type]
        if after == "keep and reopen":
            reopen(world)
    shelf.keep(world.state, world.queues)  # type: ignore[arg-type]
    for (book, holder), amount in shelf.balances.items():
        world.state.books[book][holder] = amount
    assert snapshot(world)["balances"] == snapshot(remembered)["balances"]
    assert snapshot(world)["prices"] == snapshot(remembered)["prices"]


def _unless_refused(world: World, step: Step) -> object:
    """Let a step happen; the state may come to know more by it, even when it is refused."""
    try:
        return act(world, step)
    except Refused:
        return None


HOLDERS = 2_000


def crowd(quota: Callable[[int], int]) -> tuple[World, Shelf]:
    """Two thousand stored holders of one unit each at a price of 1; the quota of each in cents."""
    world, shelf = shelved(shipped("appreciating-token"), [(None, False)] * HOLDERS)
    for member in range(1, HOLDERS + 1):
        shelf.balances[TOKEN.free_book, member] = 10**6
        shelf.balances[QUOTA.free_book, member] = quota(member)
        shelf.triggers[member] = exit_key(quota(member), 10**6)
    shelf.balances[TOKEN.free_book, -1] = -HOLDERS * 10**6
    cash = world.plan.currency_asset
    assert cash is not None
    shelf.balances[cash.free_book, world.plan.pools["backing"].holder] = HOLDERS * 100
    return world, shelf


def test_an_order_does_not_look_at_all_holders() -> None:
    world, shelf = crowd(lambda member: 1000 + member)
    world.order("m7", "10", on="2026-03-02")
    assert shelf.pages == 1
    assert shelf.looked_up < 20


def test_holders_who_are_due_are_found_page_by_page() -> None:
    world, shelf = crowd(lambda member: 100 if member % 10 == 0 else 10_000)
    outcome = world.order("m6", "1000", on=date.isoformat(FIRST_DAY))
    assert isinstance(outcome, Outcome)
    assert [each["member"] for each in outcome.trace["exit"]] == list(range(10, HOLDERS + 1, 10))
    # 200 exit, and every page is four times as long as the one before: 4 + 16 + 64 do not do, 256 more do.
    assert shelf.pages == 4
