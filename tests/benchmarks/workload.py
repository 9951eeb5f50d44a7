"""Made-up members and orders: always the same for the same numbers."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from rewards.money import format_amount
from rewards.services.requests import MemberRequest, OrderRequest

FROM_DAY = date(2025, 1, 1)
"""From when on the plan is in force; all orders are later, and no day is closed."""
_FIRST_ORDER = datetime(2025, 3, 1, 1, tzinfo=UTC)
_BETWEEN_ORDERS = timedelta(seconds=20)
_SPONSORED = 0.8
_CENTS = (10_00, 12_000_00)
"""The smallest and the largest order; most are large enough that the locked-points plan opens a lot."""


@dataclass(frozen=True)
class Workload:
    """Members, sponsors before those they sponsor, and their orders in the order in which they are paid."""

    members: list[MemberRequest]
    orders: list[OrderRequest]


def workload(members: int, orders: int, seed: int = 20_250_301) -> Workload:
    """So many members, four of five sponsored, and so many orders of theirs."""
    draw = random.Random(seed)
    people: list[MemberRequest] = []
    for number in range(1, members + 1):
        sponsored = people and draw.random() < _SPONSORED
        people.append(MemberRequest(f"m-{number}", sponsor=draw.choice(people).id if sponsored else None))
    bought = [
        OrderRequest(
            id=f"o-{number}",
            member=draw.choice(people).id,
            total=format_amount(draw.randint(*_CENTS), 2),
            paid_at=_FIRST_ORDER + number * _BETWEEN_ORDERS,
        )
        for number in range(orders)
    ]
    return Workload(people, bought)
