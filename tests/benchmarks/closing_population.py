"""Members, lots and orders of which a day is to be closed: a few thousand taken by the services, then multiplied."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select

from rewards.errors import RewardsError
from rewards.ledger.tables import event, member
from rewards.money import format_amount
from rewards.resources import rules_directory
from rewards.services.members import add_members
from rewards.services.orders import import_orders
from rewards.services.plans import activate_plan
from rewards.services.platform import Platform
from rewards.services.requests import MemberRequest, OrderRequest
from tests.benchmarks.closing_copies import MARK, multiply

YESTERDAY = date(2026, 3, 2)
"""The day from which on the plan is in force, and on which everybody has bought."""
DAY = YESTERDAY + timedelta(days=1)
"""The day that is closed, on which one in fifty has bought."""
NOW = datetime(2026, 3, 4, 4, tzinfo=UTC)
AT_FIRST = 10_000
"""How many members the services take; all others are copies of these."""
MOST_WITH_HISTORY = 2_000_000
"""Up to so many members all copies have their whole history."""

_SPONSORED = 0.995
_BATCH = 1_000
_OPENS = time(1, tzinfo=UTC)
_HOURS = 12
_CENTS = ((3_000_00, 12_000_00), (12_000_00, 60_000_00), (60_000_00, 250_000_00))
"""Orders from … to; each opens a lot of locked points, the large ones give equity enough for a rank."""
_OFTEN = (80, 18, 2)


def now() -> datetime:
    """The clock of all measured platforms: the same rows come out of every close."""
    return NOW


def people(members: int, draw: random.Random) -> list[MemberRequest]:
    """Trees of members, hardly anybody on their own; whoever sponsors has joined before."""
    found: list[MemberRequest] = []
    for number in range(1, members + 1):
        sponsored = found and draw.random() < _SPONSORED
        found.append(MemberRequest(f"{MARK}m{number:05}", sponsor=draw.choice(found).id if sponsored else None))
    return found


def orders(members: Sequence[MemberRequest], day: date, some: Sequence[int], draw: random.Random) -> list[OrderRequest]:
    """One order of each of these members (indexes) on a day, in the order in which they are paid."""
    opens = datetime.combine(day, _OPENS)
    return [
        OrderRequest(
            id=f"{MARK}o{day:%d}-{number:05}",
            member=members[index].id,
            total=format_amount(draw.randint(*draw.choices(_CENTS, _OFTEN)[0]), 2),
            paid_at=opens + timedelta(hours=_HOURS) * number / len(some),
        )
        for number, index in enumerate(some)
    ]


def populate(url: str, plan: str, members: int, seed: int = 20_260_302) -> int:
    """Set a database up with a plan of rules/, members and their orders; returns the first order of `DAY`."""
    draw = random.Random(seed)
    platform = Platform.open(url, create=True, durable=False, clock=now)
    file = rules_directory() / f"{plan}.yaml"
    activate_plan(platform, file.read_bytes(), file.name, YESTERDAY)
    everybody = people(members, draw)
    for start in range(0, members, _BATCH):
        add_members(platform, everybody[start : start + _BATCH])
    buyers = [*range(members), *draw.sample(range(members), members // 5)]
    draw.shuffle(buyers)
    _buy(platform, orders(everybody, YESTERDAY, buyers, draw))
    with platform.ledger.read() as tx:
        bought = tx.execute(select(func.max(event.c.seq))).scalar_one()
    _buy(platform, orders(everybody, DAY, draw.sample(range(members), max(members // 50, 1)), draw))
    platform.close()
    return int(bought) + 1


def _buy(platform: Platform, bought: Sequence[OrderRequest]) -> None:
    for start in range(0, len(bought), _BATCH):
        for result in import_orders(platform, bought[start : start + _BATCH]):
            if isinstance(result, RewardsError):
                raise result


def fill(url: str, plan: str, members: int, at_first: int = AT_FIRST) -> None:
    """Fill a database with so many members who have bought; no day is closed yet.

    `members` is a whole number of copies of those taken at first, or fewer than these.
    """
    at_first = min(members, at_first)
    copies, rest = divmod(members, at_first)
    if rest:
        raise ValueError(f"{members:,} members are no whole number of copies of {at_first:,}")
    kept_from = populate(url, plan, at_first)
    multiply(url, copies, kept_from if members > MOST_WITH_HISTORY else None)


def count(url: str) -> int:
    """How many members a database has."""
    platform = Platform.open(url)
    with platform.ledger.read() as tx:
        found = tx.execute(select(func.count()).select_from(member)).scalar_one()
    platform.close()
    return found
