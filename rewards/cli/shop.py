"""A small invented shop: sixty members, sixty days, some six hundred orders; always the same ones.

For the demonstration where no real orders are at hand. Everything comes from one sequence of whole numbers, so that
every machine and every version of Python invents the same shop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rewards.cli.orders_csv import OrderLine
from rewards.services.requests import OrderRequest

MEMBERS = 60
DAYS = 60
ORDERS_A_DAY = 10
FIRST_DAY = date(2025, 1, 1)
TIMEZONE = ZoneInfo("Asia/Shanghai")

_SHELVES: Sequence[tuple[int, int, int]] = (
    (55, 80, 900),
    (30, 3_000, 8_900),
    (11, 9_000, 26_000),
    (4, 27_000, 60_000),
)
"""How many orders of a hundred lie between which amounts (in whole units of the currency)."""


def _numbers(state: int) -> Iterator[int]:
    """A linear congruential sequence modulo 2**64; its upper 32 bits, which are the good ones."""
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 32


def shop_orders(seed: int = 1997) -> list[OrderLine]:
    """The shop's orders, in the order they were paid; a member comes with the order that is their first."""
    numbers = _numbers(seed)
    orders: list[OrderLine] = []
    joined = 1
    for day in range(DAYS):
        moment = datetime.combine(FIRST_DAY + timedelta(days=day), time(9), tzinfo=TIMEZONE)
        for position in range(ORDERS_A_DAY):
            newcomer = joined < MEMBERS and next(numbers) % 6 == 0
            joined += newcomer
            member = joined if newcomer else next(numbers) % joined + 1
            request = OrderRequest(
                id=f"shop-{len(orders) + 1:04d}",
                member=f"member-{member:02d}",
                total=f"{_total(numbers)}.00",
                paid_at=moment + timedelta(minutes=60 * position + next(numbers) % 60),
            )
            orders.append(OrderLine(0, request, f"member-{_sponsor(member):02d}" if member > 1 else None))
    return orders


def _sponsor(member: int) -> int:
    """Who brought a member: every third one the one before (long lines), the others one of the first few (wide)."""
    return member - 1 if member % 3 == 0 else member * 7 // 60 + 1


def _total(numbers: Iterator[int]) -> int:
    chance = next(numbers) % 100
    for share, lowest, highest in _SHELVES:
        if chance < share:
            return lowest + next(numbers) % (highest - lowest + 1)
        chance -= share
    raise AssertionError("the shelves hold a hundred of a hundred")
