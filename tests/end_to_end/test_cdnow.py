"""A year and a half of a real shop: every CDNOW order under each model, every day closed, every promise kept.

`make cdnow` does it for every shipped plan and seals the history of each; here that of the shortest books is sealed.
The orders come from the wheel that REWARDS_CDNOW_WHEEL names (`make end-to-end` fetches it). The data has neither ids
nor sponsors; `rewards.cli.cdnow` documents the rules that give them.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from rewards.cli.cdnow import members_of, read_cdnow
from rewards.cli.importing import Importer
from rewards.cli.orders_csv import OrderLine
from rewards.resources import rules_directory
from rewards.services.days import close_through
from rewards.services.plans import activate_plan
from rewards.services.platform import Platform
from rewards.services.reports import network_totals, verify
from rewards.services.sealing import seal

from .auditing import audit, months

WHEEL = os.environ.get("REWARDS_CDNOW_WHEEL")

pytestmark = [
    pytest.mark.end_to_end,
    pytest.mark.skipif(not WHEEL, reason="REWARDS_CDNOW_WHEEL names no wheel of the package lifetimes"),
]

ORDERS, MEMBERS = 69_659, 23_570
DUPLICATES, WITHOUT_VALUE = 255, 80
TOTAL_IN_CENTS = 250_031_563
FACTOR = 100
FIRST, LAST = date(1997, 1, 1), date(1998, 6, 30)
DAYS = 546

SHIPPED = sorted(path.stem for path in rules_directory().glob("*.yaml") if not path.stem.endswith(".test"))
# The three models, the longest first. `make cdnow` runs their two variants as well, which take minutes more.
MODELS = ["recurring-dividend", "locked-points", "appreciating-token"]
ALL = os.environ.get("REWARDS_CDNOW_PLANS") == "all"
PLANS = SHIPPED if ALL else MODELS
# Beancount reads slower than we write: the shortest books are audited here, any others by `make audit`.
AUDIT_ALL = os.environ.get("REWARDS_CDNOW_AUDIT") == "all"
AUDITED = PLANS if AUDIT_ALL else MODELS[-1:]


@cache
def cdnow(factor: int) -> list[OrderLine]:
    assert WHEEL is not None
    return read_cdnow(Path(WHEEL), factor)


def cents(total: str) -> int:
    return int(total.replace(".", ""))


def test_the_control_sums_of_the_data() -> None:
    orders = cdnow(1)
    lines = Counter(
        (each.request.member, each.request.paid_at, each.request.total, *each.request.attributes.values())
        for each in orders
    )

    assert len(orders) == ORDERS
    assert len({order.request.id for order in orders}) == ORDERS
    assert len(members_of(orders)) == MEMBERS
    assert sum(cents(order.request.total) for order in orders) == TOTAL_IN_CENTS
    assert sum(count - 1 for count in lines.values()) == DUPLICATES
    assert sum(cents(order.request.total) == 0 for order in orders) == WITHOUT_VALUE
    assert (orders[0].request.paid_at.date(), orders[-1].request.paid_at.date()) == (FIRST, LAST)


@contextmanager
def timed(plan: str, what: str) -> Iterator[None]:
    started = time.monotonic_ns()
    yield
    print(f"{plan}: {what} in {(time.monotonic_ns() - started) // 10**6} ms")


@pytest.mark.parametrize("plan", PLANS)
def test_a_year_and_a_half_of_a_real_shop(plan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders = cdnow(FACTOR)
    started = time.monotonic_ns()
    platform = Platform.open(f"sqlite:///{tmp_path / 'shop.db'}", create=True, durable=False)
    try:
        with capsys.disabled():
            activate_plan(platform, (rules_directory() / f"{plan}.yaml").read_bytes(), f"{plan}.yaml", FIRST)
            importer = Importer(platform)
            with timed(plan, f"{MEMBERS} members and {ORDERS} orders"):
                importer.add_members(members_of(orders))
                tally = importer.run(orders)
            with timed(plan, f"{DAYS} day closes"):
                closed = list(close_through(platform, LAST))
            if ALL or plan == MODELS[-1]:
                with timed(plan, "seals"):
                    seal(platform)
            with timed(plan, "checks of the promises"):
                broken = [violation for check in verify(platform, with_replay=False) for violation in check.violations]
            if plan in AUDITED:
                periods = list(months(FIRST, LAST)) if AUDIT_ALL else [(None, None)]
                with timed(plan, "independent audit"):
                    postings = audit(platform, tmp_path, periods, every=1 if AUDIT_ALL else 100)
                print(f"{plan}: {postings} postings accepted by beancount")
            seconds = (time.monotonic_ns() - started) // 10**9
            print(f"{plan}: {sum(each.transfers for each in closed)} transfers at day closes, {seconds} s in all")

        assert (tally.taken, tally.repeated, tally.rejected) == (ORDERS, 0, 0)
        assert cents(tally.total_taken) == TOTAL_IN_CENTS * FACTOR
        (sold,) = network_totals(platform)
        assert (sold.orders, cents(sold.cash), cents(sold.points)) == (ORDERS, TOTAL_IN_CENTS * FACTOR, 0)
        assert [each.day for each in closed] == sorted({each.day for each in closed})
        assert (len(closed), closed[0].day, closed[-1].day) == (DAYS, FIRST, LAST)
        assert broken == []
    finally:
        platform.close()
        # A gigabyte or two that pytest would keep for three runs.
        for left in tmp_path.glob("shop.db*"):
            left.unlink()
