"""`rewards demo`: from an empty folder to balances, with the invented shop and with a wheel of orders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewards.cli import demo
from rewards.cli.demo import biggest_buyers, days_of
from rewards.cli.shop import DAYS, MEMBERS, ORDERS_A_DAY, shop_orders

from .conftest import Run
from .test_cdnow import wheel_of

ONE_PLAN = ("--plan", "locked-points", "--no-serve")


def test_the_shop_is_always_the_same() -> None:
    orders = shop_orders()

    assert orders == shop_orders()
    assert orders != shop_orders(seed=2)
    assert len(orders) == DAYS * ORDERS_A_DAY
    assert len({order.request.id for order in orders}) == len(orders)
    assert orders == sorted(orders, key=lambda order: order.request.paid_at)
    first, last = days_of(orders)
    assert (last - first).days + 1 == DAYS


def test_everybody_in_the_shop_has_a_sponsor_who_came_before() -> None:
    joined: list[str] = []
    for order in shop_orders():
        if order.request.member not in joined:
            assert order.sponsor is None if not joined else order.sponsor in joined
            joined.append(order.request.member)

    assert len(joined) == MEMBERS


def test_the_biggest_buyers_are_those_with_the_largest_sums() -> None:
    orders = shop_orders()
    sums: Counter[str] = Counter()
    for order in orders:
        sums[order.request.member] += int(order.request.total.removesuffix(".00"))

    assert biggest_buyers(orders, 3) == [member for member, _ in sums.most_common(3)]


def test_the_demonstration_shows_all_three_schemes(run: Run, folder: Path) -> None:
    printed = run("demo", "--no-serve").stdout

    for plan in demo.PLANS:
        assert f"plan {plan}: version" in printed
    assert "600 orders taken, 3505523.00 in all" in printed
    assert "60 days closed, 2025-01-01 to 2025-03-01" in printed
    assert "0 broken" in printed
    assert (folder / "rewards-demo.db").exists()


def test_what_it_leaves_can_be_worked_on(run: Run, run_json: Callable[..., Any]) -> None:
    printed = run("demo", *ONE_PLAN).stdout
    balances = re.search(r"curl .*Bearer (\S+)' http://127\.0\.0\.1:8000/v1/members/(\S+)/balances", printed)

    assert balances is not None
    found = run_json("balance", balances.group(2), "--database", "sqlite:///rewards-demo.db")
    assert found["balances"][0]["plan"] == "locked-points"
    assert "rewards serve --database sqlite:///rewards-demo.db" in printed


def test_it_can_be_run_again_and_makes_its_database_anew(run: Run) -> None:
    run("demo", *ONE_PLAN)
    printed = run("demo", *ONE_PLAN, "--language", "zh").stdout

    assert "已导入 600 个订单" in printed
    assert "0 项不成立" in printed


def test_it_reads_orders_from_a_wheel_and_multiplies_them(run: Run, folder: Path) -> None:
    printed = run("demo", *ONE_PLAN, "--cdnow", wheel_of(folder)).stdout

    assert "4 orders taken, 3577.00 in all" in printed  # (11.77 + 12.00 + 12.00 + 0.00) × 100
    assert "3 days closed, 1997-01-01 to 1997-01-03" in printed
    assert "0 broken" in printed


def test_it_does_not_touch_a_database_in_use(run: Run, folder: Path) -> None:
    run("init", "--database", "sqlite:///mine.db")
    before = (folder / "mine.db").read_bytes()

    assert "in use" in run("demo", *ONE_PLAN, "--database", "sqlite:///mine.db", exit_code=1).stderr
    assert (folder / "mine.db").read_bytes() == before


def test_it_does_not_take_the_database_of_the_environment(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REWARDS_DATABASE_URL", "sqlite:///mine.db")
    run("demo", *ONE_PLAN)

    assert not (folder / "mine.db").exists()


def test_it_works_on_an_empty_database_that_is_named(run: Run, folder: Path) -> None:
    run("demo", *ONE_PLAN, "--database", "sqlite:///new.db")

    assert (folder / "new.db").exists()
    assert not (folder / "rewards-demo.db").exists()


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("--plan", "lockd-points"), 1, "locked-points"),
        (("--cdnow", "missing.whl"), 2, "missing.whl"),
        (("--database", "nonsense://user:secret@host"), 2, "postgresql://"),
    ],
)
def test_what_it_cannot_do_it_says(words: tuple[str, ...], exit_code: int, said: str, run: Run) -> None:
    refused = run("demo", "--no-serve", *words, exit_code=exit_code)

    assert said in refused.stderr
    assert "secret" not in refused.output


def test_it_serves_at_the_end(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setattr(
        demo, "run_server", lambda session, settings: served.append((session.url, settings.listen_port))
    )
    run("demo", "--plan", "locked-points", "--port", "8123")

    assert served == [("sqlite:///rewards-demo.db", 8123)]
