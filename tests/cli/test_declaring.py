"""declare, tag and close --approve, on a plan with a parameter for every month, a tag, and a cap that stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

Json = Callable[..., Any]

CLUB = """\
plan: club
title: Club
currency: CNY
timezone: Asia/Shanghai
tags:
  vip: {title: {en: Guest of honour, zh: 贵宾}}
parameters:
  dividend: {declared: month}
assets:
  miles: {title: Miles, scale: 0}
measures:
  spend: {sum: order.cash, over: month}
ladders:
  rank:
    title: Rank
    evaluated: at_once
    measure: member.measure.spend
    lasts: {end_of: year}
    levels: [{name: gold, title: Gold, from: "100"}]
rules:
  - id: dividend
    title: Dividend
    on: month.close
    grant: {asset: miles, to: member, amount: {rate: $dividend, of: member.measure.spend}}
  - id: gift
    title: Gift
    on: day.close
    when: {member.tag.vip: true}
    grant: {asset: miles, to: member, amount: "9"}
  - id: ranked
    title: For the rank
    on: order.paid
    when: {buyer.level.rank: gold}
    grant: {asset: miles, to: buyer, amount: "1"}
caps:
  gifts: {rules: [gift], per: plan, over: month, most: "8", excess: stop}
"""


@pytest.fixture(autouse=True)
def club(run: Run, folder: Path) -> None:
    """A database in which the club's plan applies from the end of January 2025, after an order of ann's."""
    (folder / "club.yaml").write_text(CLUB, encoding="utf-8")
    (folder / "orders.csv").write_text("id,member,total,paid_at\no-1,ann,300,2025-01-30T12:00:00+08:00\n", "utf-8")
    run("init")
    run("activate", "club.yaml", "--from", "2025-01-30")
    run("import", "orders.csv", "--create-members")


def miles(run_json: Json) -> str:
    (held,) = run_json("balance", "ann")["balances"]
    return str(held["available"])


def test_a_rule_waits_until_its_parameter_is_declared(run: Run, run_json: Json) -> None:
    waiting = run("close", "2025-01-30", "--through", "2025-01-31").stdout
    declared = run("declare", "club", "dividend", "2025-01", "3%").stdout
    run("close", "2025-02-01")

    assert "rule dividend waits; declare its parameter: rewards declare club dividend 2025-01 VALUE" in waiting
    assert declared == "plan club: dividend is 3% for 2025-01\n"
    assert miles(run_json) == "10"  # 1 for the rank, and 3 % of 300


def test_a_parameter_is_declared_once(run: Run, run_json: Json) -> None:
    assert not run_json("declare", "club", "dividend", "2025-01", "3%")["repeated"]
    assert "already" in run("declare", "club", "dividend", "2025-01", "3%").stdout
    assert "3%" in run("declare", "club", "dividend", "2025-01", "4%", exit_code=1).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("club", "dividends", "2025-01", "3%"), "dividend"),
        (("club", "dividend", "2025", "3%"), "2026-11"),
        (("club", "dividend", "2025-01", "much"), "much"),
        (("clubs", "dividend", "2025-01", "3%"), "club"),
    ],
)
def test_what_cannot_be_declared_is_refused(words: tuple[str, ...], said: str, run: Run) -> None:
    assert said in run("declare", *words, exit_code=1).stderr


def test_a_tag_is_given_from_one_day_to_another(run: Run, run_json: Json) -> None:
    days = ("--from", "2025-01-30", "--through", "2025-12-31")
    given = run("tag", "ann", "vip", *days).stdout
    again = run_json("tag", "ann", "vip", *days)

    assert given == "member ann carries Guest of honour, from 2025-01-30 through 2025-12-31\n"
    assert again["repeated"]
    assert (again["tag"]["since"], again["tag"]["through"]) == ("2025-01-30", "2025-12-31")
    assert "此前已持有标签 贵宾" in run("tag", "ann", "vip", *days, "--language", "zh").stdout


def test_a_tag_without_an_end(run: Run) -> None:
    given = run("tag", "ann", "vip", "--from", "2025-01-30").stdout
    assert given == "member ann carries Guest of honour, from 2025-01-30 for ever\n"
    chinese = run("tag", "ann", "vip", "--from", "2025-01-30", "--language", "zh").stdout
    assert "自 2025-01-30 起，无期限" in chinese


def test_a_tag_or_member_there_is_not_is_refused(run: Run) -> None:
    assert "vip" in run("tag", "ann", "vpi", exit_code=1).stderr
    assert "nobody" in run("tag", "nobody", "vip", exit_code=1).stderr
    assert "not a day" in run("tag", "ann", "vip", "--through", "soon", exit_code=2).stderr


def test_a_close_that_a_cap_stops_can_be_approved(run: Run, run_json: Json) -> None:
    run("tag", "ann", "vip", "--from", "2025-01-30")

    stopped = run("close", "2025-01-30", exit_code=1).stderr
    unknown = run("close", "2025-01-30", "--approve", "gift", exit_code=1).stderr
    run("close", "2025-01-30", "--approve", "gifts")

    assert "cap gifts stops the close" in stopped
    assert "gifts" in unknown
    assert miles(run_json) == "10"  # 1 for the rank and 9, though the month allows 8


def test_what_is_approved_is_approved_for_every_day(run: Run, run_json: Json) -> None:
    run("tag", "ann", "vip", "--from", "2025-01-30")
    run("close", "2025-01-30", "--through", "2025-01-31", "--approve", "gifts")

    assert miles(run_json) == "19"


def test_a_balance_shows_how_long_levels_last(run: Run) -> None:
    printed = run("balance", "ann").stdout

    assert "through" in printed
    assert "2025-12-31" in printed
