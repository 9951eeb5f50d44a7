"""A planning run in the compiled order loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from rewards.columns import exact_sum
from rewards.interpreter.exits import LARGEST_KEY
from rewards.plan.model import Plan
from rewards.simulation import order_loop as loop
from rewards.simulation.result import Priced, Row, liabilities, unit_price
from rewards.simulation.shape import Unfit, read_shape
from rewards.simulation.stream import Day, Settings, days, sponsors
from rewards.simulation.wide import LIMIT


def run_compiled(plan: Plan, settings: Settings) -> Iterator[Row]:
    """A row for each day. Raises Unfit when the loop does not know the plan, or from when its numbers do not fit."""
    settings.check()
    if settings.most >= LIMIT:
        raise Unfit("numbers")
    run = _Run(plan, settings)
    for day in days(settings):
        yield run.take(day)


@dataclass(frozen=True)
class _Before:
    """What had happened before a day."""

    redemptions: int = 0
    exits: int = 0
    paid: int = 0


class _Run:
    """The program with its books, a day further each time."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self.plan = plan
        self.program = read_shape(plan, settings.part)
        self.priced = plan.priced_assets[0]
        self.books = _open_books(plan, self.program, settings)
        self.before = _Before()

    def take(self, day: Day) -> Row:
        """Run a day's orders. Raises Unfit when its numbers do not fit."""
        if loop.run_orders(self.program, self.books, day.buyers, day.amounts, day.redeeming) != loop.FITS:
            raise Unfit("overflow", day=day.day)
        return self._row(day.day, day)

    def _row(self, day: date, of: Day) -> Row:
        books, plan, program = self.books, self.plan, self.program
        totals = books.totals.tolist()
        sums, cash = totals[program.fixed[loop.SUMS] :], int(program.fixed[loop.CASH])
        held = {name: sums[asset.index] for name, asset in plan.assets.items() if not asset.currency}
        priced = {self.priced.name: self._priced(totals)}
        paid = sums[cash] if cash != loop.NONE else 0
        before = self.before
        self.before = _Before(totals[loop.REDEMPTIONS], totals[loop.EXITS], paid)
        return Row(
            day=day,
            members=of.members,
            orders=len(of.buyers),
            sales=exact_sum(of.amounts),
            redemptions=self.before.redemptions - before.redemptions,
            refused=0,
            exits=self.before.exits - before.exits,
            paid=paid - before.paid,
            pools={name: totals[loop.POOLS + pool.index] for name, pool in plan.pools.items()},
            priced=priced,
            held=held,
            locked={},
            liabilities=liabilities(plan, priced, held.items()),
        )

    def _priced(self, totals: list[int]) -> Priced:
        circulation = totals[loop.ISSUED] - totals[loop.BURNED]
        price = (totals[self.program.fixed[loop.BACKING]], circulation)
        if not circulation:
            price = (totals[loop.PRICE_OVER], totals[loop.PRICE_UNDER])
        return Priced(totals[loop.ISSUED], circulation, unit_price(self.plan, self.priced, *price))


def _open_books(plan: Plan, program: loop.Program, settings: Settings) -> loop.Books:
    """Empty books. Raises Unfit when the issue price does not fit."""
    asset, people = plan.priced_assets[0], settings.members + 1
    assert asset.priced is not None
    issue = asset.priced.issue_price * 10**plan.currency_scale / 10**asset.scale
    if max(issue.numerator, issue.denominator) >= LIMIT:
        raise Unfit("numbers")
    totals = np.zeros(loop.POOLS + len(plan.pools) + len(plan.assets), dtype=np.int64)
    totals[loop.PRICE_OVER], totals[loop.PRICE_UNDER] = issue.numerator, issue.denominator
    places = 1 << (people - 1).bit_length()
    waiting = people if program.fixed[loop.QUOTA] != loop.NONE else 1
    return loop.Books(
        held=np.zeros((people, len(plan.assets)), dtype=np.int64),
        totals=totals,
        keys=np.full(2 * places, LARGEST_KEY, dtype=np.int64),
        aside=np.zeros(waiting, dtype=np.int64),
        outcomes=np.zeros(len(program.steps), dtype=np.int64),
        sponsor=sponsors(settings),
    )
