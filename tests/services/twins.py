"""One plan twice: on a ledger, and as a world in memory. What happens to one happens to the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from random import Random
from typing import Any

from sqlalchemy import select

from rewards.errors import Refused, RewardsError
from rewards.interpreter.exits import exit_key
from rewards.interpreter.state import LAST_DAY, NO_STANDING
from rewards.interpreter.tally import Cell
from rewards.interpreter.world import World
from rewards.ledger import balances, levels, lots, prices, sales, tallies
from rewards.ledger.tables import exit_trigger, lot
from rewards.money import format_amount
from rewards.plan.model import Asset
from rewards.plan.triggers import Trigger
from rewards.services import days, orders
from rewards.services.binding import Binding
from rewards.services.requests import OrderRequest
from rewards.services.source import standing_of
from rewards.services.views import EventView

from .shop import MONDAY, Shop

Answer = EventView | RewardsError


@dataclass
class Twins:
    """A shop with one plan, and a world of the same plan; orders wait for each other until a batch is sent."""

    shop: Shop
    plan: str
    world: World
    waiting: list[tuple[OrderRequest, str]] = field(default_factory=list)
    """Orders that have happened in the world only, and what they were answered with there."""
    numbers: int = 0
    first_day: date = MONDAY
    """The first day of the plan."""

    @classmethod
    def of(cls, shop: Shop, source: str, tree: list[tuple[int | None, bool]]) -> Twins:
        """Activate a plan and let m0, m1, … join: for each the sponsor's index, and whether a merchant."""
        name = shop.activate(source).plan
        with shop.platform.ledger.read() as tx:
            world = World(shop.platform.calendar(tx).bindings[name][0].plan)
        twins = cls(shop, name, world)
        for index, (sponsor, merchant) in enumerate(tree):
            by = None if sponsor is None else f"m{sponsor}"
            world.join(f"m{index}", by, merchant=merchant)
            shop.join(f"m{index}", sponsor=by, merchant=merchant)
        return twins

    def beside(self, source: str) -> World:
        """Another plan's world with the same members, the plan being activated in the same shop."""
        name = self.shop.activate(source).plan
        with self.shop.platform.ledger.read() as tx:
            world = World(self.shop.platform.calendar(tx).bindings[name][0].plan)
        for member in self.world.members:
            ordinal = self.world.ordinal(member)
            sponsor = self.world.source.sponsor(ordinal)
            by = self.world.name(sponsor) if sponsor else None
            world.join(member, by, merchant=self.world.source.merchant(ordinal))
        return world

    @property
    def first_open(self) -> date:
        return self.world.closed_through + timedelta(days=1) if self.world.closed_through else self.first_day

    def new_id(self) -> str:
        self.numbers += 1
        return f"e{self.numbers}"

    def part(self, member: str, asset: str, percent: int) -> str:
        """So much of what a member has of an asset, as a text."""
        of = self.world.plan.assets[asset]
        held = self.world.state.balance(of.free_book, self.world.ordinal(member))
        return format_amount(held * percent // 100, of.scale)

    def order(self, member: str, total: str, on: date, **points: str) -> None:
        """An order that waits for the next batch."""
        request = self.shop.order(self.new_id(), member, total, on, **points)
        self.waiting.append((request, self._answer(lambda: self._in_world(member, total, on, points))))

    def _in_world(self, member: str, total: str, on: date, points: dict[str, str]) -> None:
        self.world.order(member, total, on=on.isoformat(), points=list(points.items()))

    def _answer(self, act: Callable[[], object]) -> str:
        try:
            act()
        except Refused as refusal:
            return refusal.code
        return "taken"

    def send(self, sizes: Callable[[], int] = lambda: 1) -> None:
        """Send the waiting orders to the ledger in batches of such sizes (1: each by itself)."""
        while self.waiting:
            size = sizes()
            part, self.waiting = self.waiting[:size], self.waiting[size:]
            if size == 1:
                answers = [self._answer(partial(orders.take_order, self.shop.platform, part[0][0]))]
            else:
                results = orders.take_orders(self.shop.platform, [request for request, _ in part])
                answers = [one.code if isinstance(one, RewardsError) else "taken" for one in results]
            assert answers == [answer for _, answer in part]

    def both(self, in_world: Callable[[], object], on_ledger: Callable[[str], object]) -> None:
        """Something else than an order happens to both, in the same way."""
        id = self.new_id()
        assert self._answer(lambda: on_ledger(id)) == self._answer(in_world)

    def close(self) -> None:
        """Close the first open day of both."""
        day = self.first_open
        self.world.close(day)
        days.close_day(self.shop.platform, day, self.plan)

    # --- what must be the same ------------------------------------------------------------------------------

    def compare(self) -> None:
        """Everything both know must be the same to the last unit, and the index of exits must be true."""
        with self.shop.platform.ledger.read() as tx:
            binding = self.shop.platform.calendar(tx).bindings[self.plan][-1]
            same(
                _stored_balances(tx, binding),
                {account: amount for account, amount in self.world.state.balances() if amount},
            )
            assert _stored_lots(tx, binding) == sorted(
                (each.book, each.member, each.day, each.basis, each.granted, each.remaining) for each in self.world.lots
            )
            for ladder in self.world.plan.held_ladders:
                held = levels.current(tx, binding.plan_id, ladder.name)
                same(
                    {member: standing_of(ladder, each) for member, each in held.items()},
                    {
                        member: standing
                        for (of, member), standing in self.world.state.standings.items()
                        if of == ladder.name and standing != NO_STANDING
                    },
                )
            same(
                {each[:4]: each[4:] for each in stored_cells(tx, binding)},
                {each[:4]: each[4:] for each in self.world.state.tally.known()},
            )
            size = len(self.world.members)
            assert {
                member: tuple(each)
                for member, each in sales.totals(tx, binding.plan_id, range(size + 1)).items()
                if any(each)
            } == {member: tuple(each) for member, each in self.world.state.bought.items() if any(each)}
            for asset in self.world.plan.priced_assets:
                found = prices.page(tx, binding.plan_id, asset.name, limit=10_000)
                history = [(each.numerator, each.denominator) for each in reversed(found)]
                assert history == self.world.prices[asset.name]
            for asset, quota in _exits(self.world):
                assert _stored_triggers(tx, binding, asset) == self._triggers(asset, quota)

    def _triggers(self, asset: Asset, quota: Asset) -> dict[int, int]:
        state = self.world.state
        return {
            member: exit_key(state.balance(quota.free_book, member), units)
            for member in self.world.members.values()
            if (units := state.balance(asset.free_book, member)) and member not in self.world.source.merchants
        }


def same(stored: dict[Any, Any], known: dict[Any, Any]) -> None:
    """Both must have the same entries."""
    differences = {
        key: (stored.get(key), known.get(key)) for key in {*stored, *known} if stored.get(key) != known.get(key)
    }
    assert not differences, differences


def _stored_balances(tx: Any, binding: Binding) -> dict[tuple[int, int], int]:
    return {
        (binding.own_books[book], binding.own_holder(holder)): amount
        for book, holder, amount in balances.every(tx, binding.books)
    }


def stored_cells(tx: Any, binding: Binding) -> list[Cell]:
    """Everything a plan has counted, sorted."""
    found = []
    for name in tallies.names(tx, binding.plan_id):
        cells = tallies.columns(tx, binding.plan_id, name, 1, LAST_DAY)
        columns = (cells.member, cells.day, cells.label, cells.amount, cells.entries)
        for member, day, label, amount, entries in zip(*(each.tolist() for each in columns), strict=True):
            found.append(Cell(name, member, day, cells.texts[label], amount, entries))
    return sorted(found)


def _stored_lots(tx: Any, binding: Binding) -> list[tuple[int, ...]]:
    found = lots.by_ids(tx, tx.scalars(select(lot.c.id)).all())
    return sorted(
        (binding.own_books[each.book_id], each.member, each.day.toordinal(), each.basis, each.granted, each.remaining)
        for each in found
        if each.book_id in binding.own_books
    )


def _exits(world: World) -> list[tuple[Asset, Asset]]:
    return [
        (rule.action.sale.asset, rule.action.quota)
        for rule in world.plan.rules_on(Trigger.PRICE_RISES)
        if hasattr(rule.action, "quota")
    ]


def _stored_triggers(tx: Any, binding: Binding, asset: Asset) -> dict[int, int]:
    book = binding.books[asset.free_book]
    rows = tx.execute(select(exit_trigger.c.member, exit_trigger.c.floor).where(exit_trigger.c.book_id == book))
    return dict(list(rows))


# --- what happens, at random --------------------------------------------------------------------------------


def random_tree(random: Random, size: int) -> list[tuple[int | None, bool]]:
    """Members in a tree of any shape, some of them merchants."""
    sponsors = [random.choice([None, *range(index)]) if index else None for index in range(size)]
    return [(sponsor, random.random() < 0.25) for sponsor in sponsors]


def live(twins: Twins, random: Random, steps: int) -> None:
    """Let things happen that members, shops and operators do; some of it is refused."""
    handlers = {"order": 8, "points": 2, "request": 3, "adjust": 2, "close": 2}
    for kind in random.choices(list(handlers), list(handlers.values()), k=steps):
        if kind == "order":
            _order(twins, random, {})
        elif kind == "points":
            _points_order(twins, random)
        else:
            twins.send(lambda: random.choice([1, 1, 2, 3, 7]))
            {"request": _request, "adjust": _adjust, "close": lambda twins, _: twins.close()}[kind](twins, random)
            if kind == "close":
                twins.compare()
    twins.send(lambda: 50)
    twins.compare()


def _member(twins: Twins, random: Random) -> str:
    return random.choice(list(twins.world.members))


def _day(twins: Twins, random: Random) -> date:
    """Today, tomorrow, or a day that may be closed already."""
    return max(twins.first_day, twins.first_open + timedelta(days=random.choice([-2, 0, 0, 0, 0, 1, 2])))


def _order(twins: Twins, random: Random, points: dict[str, str], member: str | None = None) -> None:
    total = str(random.choice([0, 1, 7, 100, 999, 3000, 9001, 60000]))
    twins.order(member or _member(twins, random), total, _day(twins, random), **points)


def _points_order(twins: Twins, random: Random) -> None:
    """An order partly paid with points, at times with more than the member has or the plan allows."""
    payment, member = twins.world.plan.payment, _member(twins, random)
    if payment is None:
        _order(twins, random, {}, member)
        return
    quantity = twins.part(member, payment.asset.name, random.choice([1, 30, 100, 101]))
    points = {payment.asset.name: quantity} if _some(quantity) else {}
    total = str(int(Fraction(quantity) * random.choice([1, 2, 3])) + random.choice([1, 700]))
    twins.order(member, total, _day(twins, random), **points)


def _some(quantity: str) -> bool:
    return Fraction(quantity) != 0


def _request(twins: Twins, random: Random) -> None:
    world, shop, on = twins.world, twins.shop, twins.first_open
    member, payee, percent = _member(twins, random), _member(twins, random), random.choice([1, 40, 100])
    if not world.plan.priced_assets:
        return
    day = on.isoformat()
    priced = world.plan.priced_assets[0].name
    stable = next((each.name for each in world.plan.assets.values() if each.cash_value is not None), priced)
    kind = random.choice(["redeem", "to", "back", "pay"])
    quantity = twins.part(member, stable if kind in ("back", "pay") else priced, percent)
    if not _some(quantity):
        return
    if kind == "redeem":
        twins.both(
            lambda: world.redeem(member, priced, quantity, on=day),
            lambda id: shop.redeem(id, member, priced, quantity, on),
        )
    elif kind == "pay":
        twins.both(
            lambda: world.pay(member, payee, stable, quantity, on=day),
            lambda id: shop.pay(id, member, payee, stable, quantity, on),
        )
    elif stable != priced:
        source, target = (priced, stable) if kind == "to" else (stable, priced)
        twins.both(
            lambda: world.convert(member, source, target, quantity, on=day),
            lambda id: shop.convert(id, member, source, target, quantity, on),
        )


def _adjust(twins: Twins, random: Random) -> None:
    world, shop, member = twins.world, twins.shop, _member(twins, random)
    asset = random.choice([each for each in world.plan.assets.values() if not each.currency])
    kind = random.choice(["give", "take", "lot"])
    on, basis = _day(twins, random), None
    quantity = str(random.choice([5, 40, 1200]))
    if kind == "take":
        quantity = "-" + (twins.part(member, asset.name, 60) if random.random() < 0.8 else "99999")
    if kind == "lot" and asset.lots:
        basis = "3000"
    if not _some(quantity):
        return
    twins.both(
        lambda: world.adjust(member, asset.name, quantity, on=on.isoformat(), locked_basis=basis),
        lambda id: shop.adjust(id, member, asset.name, quantity, on, basis=basis),
    )
