"""Whole closes of a hundred thousand members beside plain sums written from the specification, to the unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rewards.interpreter.close import CloseOutcome, close_day
from rewards.interpreter.columns import CloseState
from rewards.plan.model import ISSUANCE, PLATFORM, Plan
from tests.benchmarks.population import DAY, locked_points, recurring_dividend

MEMBERS = 100_000
SECOND = DAY + timedelta(days=1)


def closed(plan: Plan, state: CloseState, day_after_first: int = 0) -> CloseOutcome:
    return close_day(plan, state, DAY + timedelta(days=day_after_first))


def moved(outcome: CloseOutcome, plan: Plan, rule: str, source_book: int, target_book: int) -> dict[int, int]:
    """What a rule has moved to or from each member (ordinal) between two books."""
    found: dict[int, int] = defaultdict(int)
    for block in outcome.blocks:
        if (block.rule, block.source_book, block.target_book) == (plan.rule(rule).index, source_book, target_book):
            holders = block.source if isinstance(block.target, int) else block.target
            if not isinstance(holders, int):
                for member, quantity in zip(holders.tolist(), block.quantity.tolist(), strict=True):
                    found[member] += quantity
    return dict(found)


def positive(values: Sequence[int]) -> dict[int, int]:
    return {member: value for member, value in enumerate(values, start=1) if value > 0}


# --- locked points (specification 3) ------------------------------------------------------------------------

STARS = [(50_000_00, 10), (200_000_00, 20), (600_000_00, 26), (2_000_000_00, 32), (6_000_000_00, 38)]
STARS += [(15_000_000_00, 44), (30_000_000_00, 50)]
"""Team sales from, and the rate in percent."""


@dataclass
class Lot:
    owner: int
    day: int
    basis: int
    remaining: int


class LockedPoints:
    """The books of the plan, a list entry a member and an object a lot."""

    def __init__(self, state: CloseState, locked: int, available: int) -> None:
        lots = state.lots[locked]
        columns = zip(*(each.tolist() for each in (lots.owner, lots.day, lots.basis, lots.remaining)), strict=True)
        self.lots = [Lot(*row) for row in columns]
        self.sponsor = state.sponsor.tolist()
        self.cash = state.cash.tolist()
        self.available = state.now[available].tolist()

    def uplines(self, member: int) -> Iterator[int]:
        while (member := self.sponsor[member]) >= 0:
            yield member

    def close(self, today: int) -> tuple[list[int], dict[str, list[int]]]:
        """Close a day: the stars, −1 for none, and what every rule has released to each."""
        stars = [sum(sales >= lowest for lowest, _ in STARS) - 1 for sales in self.of_downlines(self.cash)]
        started = [lot for lot in self.lots if lot.day + 1 <= today]
        base = self.released(started, lambda lot: lot.basis * 12 // 1000)
        released = {"base": base}
        for rule, earned in (
            ("sharing", self.shared(base)),
            ("team", self.differential(base, stars)),
            ("same-level", self.same_level(base, stars)),
        ):
            released[rule] = self.released(started, lambda lot, left=earned: left[lot.owner], left=earned)
        return stars, released

    def released(self, started: list[Lot], wanted: Callable[[Lot], int], left: list[int] | None = None) -> list[int]:
        """Release what is wanted of each lot, the oldest first, at most what it has; `left` falls by as much."""
        found = [0] * len(self.sponsor)
        for lot in started:
            quantity = min(wanted(lot), lot.remaining)
            lot.remaining -= quantity
            self.available[lot.owner] += quantity
            found[lot.owner] += quantity
            if left is not None:
                left[lot.owner] -= quantity
        return found

    def of_downlines(self, amounts: Sequence[int]) -> list[int]:
        found = [0] * len(amounts)
        for member, amount in enumerate(amounts):
            for upline in self.uplines(member):
                found[upline] += amount
        return found

    def shared(self, base: Sequence[int]) -> list[int]:
        tenths = [0] * len(base)
        for member, amount in enumerate(base):
            for upline, rate in zip(self.uplines(member), (5, 3), strict=False):
                tenths[upline] += rate * amount
        return [each // 10 for each in tenths]

    def differential(self, base: Sequence[int], stars: Sequence[int]) -> list[int]:
        hundredths = [0] * len(base)
        for member, amount in enumerate(base):
            met = 0
            for upline in self.uplines(member):
                rate = STARS[stars[upline]][1] if stars[upline] >= 0 else 0
                hundredths[upline] += max(rate - met, 0) * amount
                met = max(rate, met)
        return [each // 100 for each in hundredths]

    def same_level(self, base: Sequence[int], stars: Sequence[int]) -> list[int]:
        downline, hundredths = self.of_downlines(base), [0] * len(base)
        for member, star in enumerate(stars):
            above = next((upline for upline in self.uplines(member) if stars[upline] >= star), None)
            if above is not None and star >= 0 and stars[above] == star:
                hundredths[above] += 3 * downline[member]
        return [each // 100 for each in hundredths]


def test_two_closes_of_locked_points() -> None:
    plan, state = locked_points(MEMBERS, seed=35)
    available, locked = plan.assets["points"].free_book, plan.assets["points"].locked_book
    plain = LockedPoints(state, locked, available)
    issued = state.platform[locked, ISSUANCE] + state.platform[available, ISSUANCE]
    for after in range(2):
        outcome = closed(plan, state, after)
        stars, released = plain.close((DAY + timedelta(days=after)).toordinal())
        assert set(stars) == set(range(-1, 7))
        assert state.standings["star"].level.tolist() == stars
        for rule, quantities in released.items():
            assert moved(outcome, plan, rule, locked, available) == positive(quantities), rule
        assert state.lots[locked].remaining.tolist() == [lot.remaining for lot in plain.lots]
        assert state.now[available].tolist() == plain.available
        assert sum(plain.available) + int(state.now[locked].sum()) == -issued


# --- recurring dividends (specification 2) ------------------------------------------------------------------

RANKS = [(50 * 10**5, 10), (101 * 10**5, 30), (201 * 10**5, 60)]
"""Equity from (5 decimals), and the share of the dynamic pool in percent."""


@dataclass
class Dividends:
    """The books of the plan, a list entry a member; the money that is in no member's hands is the platform's."""

    equity: list[int]
    quota: list[int]
    cash: list[int]

    def close(self, sales: int) -> tuple[list[int], list[int]]:
        """Close a day with these sales: what everybody is paid of the static pool and of the dynamic one."""
        return self.paid(self.static(sales * 30 // 100)), self.paid(self.dynamic(sales * 10 // 100))

    def static(self, pool: int) -> list[int]:
        whole = sum(equity for equity, quota in zip(self.equity, self.quota, strict=True) if quota)
        return [pool * equity // whole for equity in self.equity]

    def dynamic(self, pool: int) -> list[int]:
        rank = [sum(equity >= lowest for lowest, _ in RANKS) - 1 for equity in self.equity]
        eligible = [
            sum(1 for own, quota in zip(rank, self.quota, strict=True) if quota and own == each) for each in (0, 1, 2)
        ]
        part = [pool * share // (100 * count) for (_, share), count in zip(RANKS, eligible, strict=True)]
        return [part[own] if own >= 0 else 0 for own in rank]

    def paid(self, parts: list[int]) -> list[int]:
        found = [min(part, quota) for part, quota in zip(parts, self.quota, strict=True)]
        self.quota = [quota - paid for quota, paid in zip(self.quota, found, strict=True)]
        self.cash = [cash + paid for cash, paid in zip(self.cash, found, strict=True)]
        return found


def test_two_closes_of_recurring_dividends() -> None:
    plan, state = recurring_dividend(MEMBERS, seed=35)
    books = {name: asset.free_book for name, asset in plan.assets.items()}
    plain = Dividends(*(state.now[books[name]].tolist() for name in ("equity", "quota", "cash")))
    platform = state.platform[books["cash"], PLATFORM]
    for after in range(2):
        sales = int(state.sales[DAY.toordinal() + after].cash.sum())
        outcome = closed(plan, state, after)
        static, dynamic = plain.close(sales)
        for rule, paid in (("static", static), ("dynamic", dynamic)):
            assert sum(paid) > 0
            assert moved(outcome, plan, rule, books["cash"], books["cash"]) == positive(paid), rule
            assert moved(outcome, plan, rule, books["quota"], books["quota"]) == positive(paid), rule
        assert state.now[books["quota"]].tolist() == plain.quota
        assert state.now[books["cash"]].tolist() == plain.cash
        platform -= sum(static) + sum(dynamic)
        assert state.platform[books["cash"], PLATFORM] == platform
