"""`rewards simulate`: what an operator sees of a scheme before it is live."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewards.resources import rules_directory

from .conftest import LOCKED, Run

TOKEN = rules_directory() / "appreciating-token.yaml"
GOLDEN = ("--orders", 100, "--members", 100, "--days", 1, "--first-members", 100)
"""A hundred orders of 100 in one day."""


def test_a_hundred_orders_end_at_the_price_of_the_specification(run: Run) -> None:
    told = run("simulate", TOKEN, *GOLDEN).stdout

    assert "100 orders of 100 members over 1 days, seed 0; compiled order loop" in told
    assert "5.1731" in told
    assert "3000.00" in told
    assert "half up" in told


def test_days_are_plotted_and_a_long_run_is_shown_by_month(run: Run) -> None:
    words = ("simulate", TOKEN, "--orders", 500, "--members", 20, "--days", 59)
    monthly, daily = run(*words).stdout, run(*words, "--by", "day").stdout

    assert "2026-01-31" in monthly
    assert "2026-02-28" in monthly
    assert "2026-01-30" not in monthly
    assert "2026-01-30" in daily
    for told in (monthly, daily):
        assert "price of token, 2026-01-01 to 2026-02-28" in told
        assert "█" in told


def test_json_has_the_settings_the_path_and_exact_numbers(run_json: Callable[..., Any]) -> None:
    told = run_json("simulate", TOKEN, *GOLDEN, "--amount", "99.50..100.50", "--redeem", "10%", "--part", "0.5")

    assert (told["plan"], told["path"], told["reason"]) == ("appreciating-token", "compiled", None)
    assert told["settings"]["amount"] == ["99.50", "100.50"]
    assert (told["settings"]["redeem"], told["settings"]["part"]) == ("1/10", "1/2")
    (row,) = told["rows"]
    assert row["orders"] == "100"
    assert int(row["redemptions"]) > 0
    assert row["held.token"] == row["circulation.token"]


def test_both_paths_print_the_same_numbers(run_json: Callable[..., Any]) -> None:
    words = ("simulate", TOKEN, "--orders", 300, "--members", 30, "--days", 10, "--seed", 4, "--growth", 3)
    compiled, interpreted = (run_json(*words, "--path", path) for path in ("compiled", "interpreted"))

    assert interpreted["reason"] == "it was asked for"
    assert compiled["rows"] == interpreted["rows"]
    assert len(compiled["rows"]) == 10


def test_every_day_is_written_to_a_file(run: Run, folder: Path) -> None:
    run("simulate", TOKEN, "--orders", 100, "--members", 10, "--days", 40, "--csv", "days.csv")

    with (folder / "days.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert sum(int(row["orders"]) for row in rows) == 100
    assert {"day", "pool.backing", "price.token", "price_exact.token", "held.quota", "liabilities"} <= set(rows[0])


def test_a_file_that_cannot_be_written_is_named(run: Run) -> None:
    told = run("simulate", TOKEN, *GOLDEN, "--csv", "no/such/days.csv", exit_code=1)

    assert "no/such/days.csv cannot be written" in told.stderr


def test_a_plan_with_closes_is_interpreted_and_it_is_said_why(run: Run) -> None:
    words = ("simulate", LOCKED, "--orders", 20, "--members", 5, "--days", 4, "--amount", "3000..9000")

    assert "interpreted: rules, ladders or terms of the plan have their effect at day closes" in run(*words).stdout
    assert "解释运行：方案的规则、等级或期限在日结时生效" in run(*words, "--language", "zh").stdout
    assert "take --path auto" in run(*words, "--path", "compiled", exit_code=1).stderr


def test_a_wrong_plan_is_told_as_check_tells_it(run: Run, run_json: Callable[..., Any], folder: Path) -> None:
    (folder / "wrong.yaml").write_text("plan: wrong\nrules: []\n", encoding="utf-8")
    checked = run("check", "wrong.yaml", exit_code=1).stdout.splitlines()

    assert run("simulate", "wrong.yaml", *GOLDEN, exit_code=1).stdout.splitlines() == checked[:-1]
    told = run_json("simulate", "wrong.yaml", *GOLDEN, exit_code=1)
    assert told == run_json("check", "wrong.yaml", exit_code=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--amount", "ten"), '--amount: "ten" is not an amount'),
        (("--amount", "0.001"), "is not an amount"),
        (("--redeem", "often"), '--redeem: "often" is not a rate'),
        (("--from", "yesterday"), "is not a day"),
        (("--orders", "0"), "0 is not in the range"),
    ],
)
def test_a_wrong_option_is_a_usage_error(run: Run, words: tuple[str, ...], told: str) -> None:
    assert told in run("simulate", TOKEN, *GOLDEN, *words, exit_code=2).stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--amount", "0"), "write positive amounts"),
        (("--amount", "9..5"), "the smaller first"),
        (("--sponsored", "101%"), "write a share from 0% to 100%"),
        (("--first-members", "101"), "first-members is 101"),
        (("--growth", "0"), "growth is 0"),
    ],
)
def test_settings_that_make_no_stream_are_told(run: Run, words: tuple[str, ...], told: str) -> None:
    assert told in run("simulate", TOKEN, *GOLDEN, *words, exit_code=1).stderr
