"""Shipped plans with changes, members in trees, and what must hold of a world at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

from rewards.actions import vocabulary
from rewards.errors import Refused
from rewards.interpreter.close import Block, CloseOutcome
from rewards.interpreter.outcome import Outcome
from rewards.interpreter.state import NO_STANDING
from rewards.interpreter.world import World
from rewards.money import format_amount
from rewards.plan.load import load_plan
from rewards.plan.model import BURNED, ISSUANCE, PLATFORM, Compartment, Plan

RULES = Path(__file__).parents[2] / "rules"
FIRST_DAY = date(2026, 3, 2)
# Compiling a loop on its first call takes longer than any deadline for an example.
laws = settings(deadline=None, max_examples=40)

Account = tuple[int, int]


@cache
def shipped(name: str, *changes: tuple[str, str]) -> Plan:
    """A shipped plan, with parts of its text replaced; each part must be there."""
    text = (RULES / f"{name}.yaml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return compiled(text)


@cache
def compiled(text: str) -> Plan:
    """The plan of a rule file's text, which must be free of errors; compiled once, for many examples of a law."""
    loaded = load_plan(text, "plan.yaml", vocabulary())
    assert loaded.plan is not None, loaded.diagnostics
    return loaded.plan


SPONSORS_EARN = ("enabled: false", "enabled: true")
SMALL_SUPPLY = ('supply: "100000000"', 'supply: "100"')
TINY_QUOTA = (
    'value: "2"}',
    'value: "0.4"}',
)
NO_FEE = ("zh: 留在资金池的手续费}, value: 10%", "zh: 留在资金池的手续费}, value: 0%")


# --- what must hold -----------------------------------------------------------------------------------------


def nonzero(balances: Mapping[Account, int]) -> dict[Account, int]:
    return {account: amount for account, amount in balances.items() if amount}


def snapshot(world: World) -> dict[str, Any]:
    """Everything that is true of a world, whether or not it has been asked about before."""
    return {
        "balances": nonzero(dict(world.state.balances())),
        "bought": {member: each for member, each in world.state.bought.items() if any(each)},
        "prices": {asset.name: Fraction(*world.price(asset.name)) for asset in world.plan.priced_assets},
        "lots": [(lot.member, lot.day, lot.basis, lot.granted, lot.remaining) for lot in world.lots],
        "standings": {key: each for key, each in world.state.standings.items() if each != NO_STANDING},
        "tags": {member: dict(tags) for member, tags in world.source.tagged.items() if tags},
        "cells": list(world.state.tally.known()),
    }


class Books:
    """Balances added up from the transfers alone."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.balances: dict[Account, int] = defaultdict(int)

    def take(self, outcome: Outcome | CloseOutcome | None) -> None:
        """Book what an event or a close has done."""
        if isinstance(outcome, Outcome):
            for transfer in outcome.transfers:
                self._move(transfer[1:6])
        elif isinstance(outcome, CloseOutcome):
            for block in outcome.blocks:
                self._take_block(block)

    def _take_block(self, block: Block) -> None:
        size = len(block.quantity)
        assert size
        source, target = np.broadcast_to(block.source, size), np.broadcast_to(block.target, size)
        for row in range(size):
            self._move(
                (block.source_book, int(source[row]), block.target_book, int(target[row]), int(block.quantity[row]))
            )

    def _move(self, transfer: tuple[int, int, int, int, int]) -> None:
        source_book, source, target_book, target, quantity = transfer
        assert quantity > 0
        assert self.plan.books[source_book][0] is self.plan.books[target_book][0]
        self.balances[source_book, source] -= quantity
        self.balances[target_book, target] += quantity


def check_promises(world: World, books: Books) -> None:
    """Promises 1 to 5 of the ledger, on a world all of whose transfers are in the books."""
    balances = nonzero(dict(world.state.balances()))
    assert balances == nonzero(books.balances)
    debit_and_credit: dict[int, int] = defaultdict(int)
    for (book, holder), amount in balances.items():
        asset, _ = world.plan.books[book]
        debit_and_credit[asset.index] += amount
        assert amount > 0 or holder in (ISSUANCE, PLATFORM)
    assert not any(debit_and_credit.values())
    locked: dict[Account, int] = defaultdict(int)
    for lot in world.lots:
        assert 0 <= lot.remaining <= lot.granted
        locked[lot.book, lot.member] += lot.remaining
    held = {
        account: amount for account, amount in balances.items() if world.plan.books[account[0]][1] is Compartment.LOCKED
    }
    assert nonzero(locked) == held
    _check_priced(world, books)


def _check_priced(world: World, books: Books) -> None:
    for asset in world.plan.priced_assets:
        assert asset.priced is not None
        issued = -books.balances[asset.free_book, ISSUANCE]
        circulation = issued - books.balances[asset.free_book, BURNED]
        assert (
            circulation
            == sum(
                amount
                for (book, holder), amount in books.balances.items()
                if book == asset.free_book and holder != ISSUANCE
            )
            - books.balances[asset.free_book, BURNED]
        )
        assert asset.priced.supply is None or issued <= asset.priced.supply
        if circulation:
            pool = world.plan.pools[asset.priced.pool].holder
            currency = world.plan.currency_asset
            assert currency is not None
            price = Fraction(books.balances[currency.free_book, pool], circulation)
            assert Fraction(*world.state.last_price(asset)) == price


# --- members and what they do -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """Something a member does; what it means depends on what the member has."""

    kind: str
    member: int
    other: int
    yuan: int
    percent: int
    """Of what the member has; above 100 it is refused."""


TOKEN_EVENTS = (
    "order",
    "order",
    "order",
    "points-order",
    "redeem",
    "convert",
    "convert-back",
    "pay",
    "give",
    "take",
    "refund",
)
LOCKED_STEPS = ("order", "order", "points-order", "give", "take", "lot", "refund", "close", "close", "close")
DIVIDEND_STEPS = ("order", "order", "order", "give", "take", "refund", "close", "close")

SHIPPED = {
    "appreciating-token": (*TOKEN_EVENTS, "close"),
    "energy-contribution": DIVIDEND_STEPS,
    "locked-points": LOCKED_STEPS,
    "locked-points-example": LOCKED_STEPS,
    "recurring-dividend": DIVIDEND_STEPS,
}
"""The shipped plans, and what can happen under each."""

Tree = list[tuple[int | None, bool]]
"""For each member the sponsor's index, and whether they are a merchant."""


@st.composite
def trees(draw: st.DrawFn, most: int = 8) -> Tree:
    """Members in any tree, some of them merchants."""
    size = draw(st.integers(1, most))
    back = [draw(st.integers(0, index)) for index in range(size)]
    return [(index - steps if steps else None, draw(st.integers(0, 3)) == 0) for index, steps in enumerate(back)]


def steps(kinds: tuple[str, ...], least: int = 12, most: int = 25) -> st.SearchStrategy[list[Step]]:
    return st.lists(
        st.builds(
            Step,
            kind=st.sampled_from(kinds),
            member=st.integers(0, 7),
            other=st.integers(0, 7),
            yuan=st.sampled_from([1, 7, 100, 999, 3000, 9001, 60000]),
            percent=st.sampled_from([1, 33, 50, 100, 101]),
        ),
        min_size=least,
        max_size=most,
    )


def populated(plan: Plan, tree: Tree) -> World:
    """A world with the members of a tree: m0, m1 and so on."""
    world = World(plan)
    for index, (sponsor, merchant) in enumerate(tree):
        world.join(f"m{index}", None if sponsor is None else f"m{sponsor}", merchant=merchant)
    return world


def today(world: World) -> date:
    """The first open day."""
    return world.closed_through + timedelta(days=1) if world.closed_through else FIRST_DAY


def act(world: World, step: Step) -> Outcome | CloseOutcome | None:
    """Let a step happen. Raises Refused; None when the plan knows no such thing."""
    size = len(world.members)
    member, other = f"m{step.member % size}", f"m{step.other % size}"
    plan, on = world.plan, today(world).isoformat()
    priced = plan.priced_assets[0].name if plan.priced_assets else ""
    stable = next((asset.name for asset in plan.assets.values() if asset.cash_value is not None), "")

    def part(asset: str) -> str:
        of = plan.assets[asset]
        units = world.state.balance(of.free_book, world.ordinal(member)) * step.percent // 100
        return format_amount(units + (step.percent > 100), of.scale)

    if step.kind == "close":
        return world.close(on)
    if step.kind == "order":
        return world.order(member, str(step.yuan), on=on)
    if step.kind == "points-order" and stable:
        return world.order(member, str(step.yuan), on=on, points=[(stable, part(stable))])
    if step.kind == "refund" and world._orders:
        order = list(world._orders)[step.other % len(world._orders)]
        taken = world._orders[order]
        left = (taken.order.total - taken.refunded) * step.percent // 100 + (step.percent > 100)
        return world.refund(order, format_amount(left, plan.currency_scale), on=on)
    if step.kind == "redeem" and priced:
        return world.redeem(member, priced, part(priced), on=on)
    if step.kind == "convert" and priced:
        return world.convert(member, priced, stable, part(priced), on=on)
    if step.kind == "convert-back" and priced:
        return world.convert(member, stable, priced, part(stable), on=on)
    if step.kind == "pay" and stable:
        return world.pay(member, other, stable, part(stable), on=on)
    assets = [asset for asset in plan.assets.values() if not asset.currency]
    asset = assets[step.other % len(assets)]
    if step.kind == "give":
        return world.adjust(member, asset.name, str(step.yuan), on=on)
    if step.kind == "take":
        return world.adjust(member, asset.name, "-" + part(asset.name), on=on)
    if step.kind == "lot" and asset.lots:
        return world.adjust(member, asset.name, str(step.yuan), locked_basis=str(step.yuan), on=on)
    return None


def tried(world: World, step: Step) -> Outcome | CloseOutcome | None:
    """Let a step happen; None, with the world as it was, when it is refused."""
    before = snapshot(world)
    try:
        return act(world, step)
    except Refused:
        assert snapshot(world) == before
        return None
