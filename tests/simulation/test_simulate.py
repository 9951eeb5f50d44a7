"""Planning runs of any plan: which path runs and why, what the rows say, and what cannot be run."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from rewards.errors import InvalidRequest
from rewards.interpreter.world import World
from rewards.messages import LANGUAGES
from rewards.plan.model import Compartment
from rewards.resources import rules_directory
from rewards.simulation.refusals import CloseRefused, NotCompiled
from rewards.simulation.report import as_json, csv_lines
from rewards.simulation.result import Path
from rewards.simulation.run import simulate
from rewards.simulation.stream import Settings, days, sponsors
from tests.interpreter.worlds import compiled, shipped

from .plans import OTHER, token

SHORT = Settings(orders=40, members=12, days=5, seed=7, least=3000_00, most=9000_00)

RULES = rules_directory()
FILES = sorted([*RULES.glob("*.yaml"), *RULES.glob("examples/*.yaml")])
NAMES = [str(file.relative_to(RULES).with_suffix("")) for file in FILES if not file.name.endswith(".test.yaml")]


@pytest.mark.parametrize(
    "file", [file for file in FILES if not file.name.endswith(".test.yaml")], ids=lambda file: file.stem
)
def test_every_shipped_plan_can_be_simulated(file: object) -> None:
    plan = shipped(str(file.relative_to(RULES).with_suffix("")))  # type: ignore[attr-defined]
    result = simulate(plan, SHORT)
    assert [row.day.day for row in result.rows] == [1, 2, 3, 4, 5]
    assert result.last.members == SHORT.members
    assert (result.path is Path.COMPILED) == (plan.name == "appreciating-token")


def test_a_plan_with_closes_has_what_a_world_has_with_the_same_orders() -> None:
    plan = shipped("locked-points")
    row = simulate(plan, SHORT).last
    world = World(plan)
    brought = sponsors(SHORT).tolist()
    for ordinal in range(1, SHORT.members + 1):
        world.join(str(ordinal), str(brought[ordinal]) if brought[ordinal] else None)
    for day in days(SHORT):
        for buyer, amount in zip(day.buyers.tolist(), day.amounts.tolist(), strict=True):
            world.order(str(buyer), f"{amount // 100}.{amount % 100:02}", on=day.day.isoformat())
        world.close(day.day)
    held, locked = (
        sum(round(Fraction(world.balance(name, "points", compartment)) * 100) for name in world.members)
        for compartment in (Compartment.AVAILABLE, Compartment.LOCKED)
    )
    assert (row.held, row.locked) == ({"points": held}, {"points": locked})
    assert row.liabilities == held + locked
    assert held > 0


TO_SPONSOR = "on: order.paid, grant: {asset: points, to: sponsor"
AT_CLOSE = {"id: welfare, on: order.paid": "id: welfare, on: day.close", "of: order.total": "of: day.sales"}
CHANGES: list[tuple[str, dict[str, str]]] = [
    ("closes", AT_CLOSE),
    ("rule", {"id: room, on: order.paid,": 'id: room, on: order.paid, when: {order.cash: {above: "5"}},'}),
    ("rule", {'amount: {per: "10", of: order.cash, give: "3"}': "amount: {rate: 1%, of: sponsor.sales}"}),
    ("rule", {"fee: 14.28571%, pay: euro": 'fee: 14.28571%, pay: euro, most: "1"'}),
    ("applies", {"pools:": "applies_to: {order.cash: {at_least: '1'}}\npools:"}),
    ("caps", {"pools:": "caps: {most: {rules: [points], per: member, over: day, most: '9'}}\npools:"}),
    (
        "trees",
        {
            TO_SPONSOR: TO_SPONSOR.replace("order.paid", "member.joined"),
            '{per: "10", of: order.cash, give: "3"}': '"3"',
        },
    ),
    ("numbers", {'issue_price: "0.37"': 'issue_price: "0.37", supply: "9000000000000000"'}),
]
"""Why a plan is not compiled, and what changes the other plan so."""


@pytest.mark.parametrize(
    ("code", "changes"), CHANGES, ids=[f"{code}-{index}" for index, (code, _) in enumerate(CHANGES)]
)
def test_other_plans_are_interpreted_and_it_is_said_why(code: str, changes: dict[str, str]) -> None:
    text = OTHER
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    plan = compiled(text)
    result = simulate(plan, SHORT)
    assert result.path is Path.INTERPRETED
    assert result.reason is not None
    assert result.reason.code == f"simulate.reason.{code}"
    with pytest.raises(NotCompiled) as refused:
        simulate(plan, SHORT, Path.COMPILED)
    for language in LANGUAGES:
        assert result.reason.render(language) in refused.value.text(language)


PLAIN = """
plan: plain
title: {en: Plain, zh: 普通}
currency: CNY
timezone: Asia/Shanghai
assets: {points: {scale: 0}}
rules: [{id: points, on: order.paid, grant: {asset: points, to: buyer, amount: {rate: 1%, of: order.cash}}}]
"""


def test_a_plan_without_a_priced_asset_is_interpreted() -> None:
    result = simulate(compiled(PLAIN), replace(SHORT, least=100_00, most=100_00))
    assert result.reason is not None
    assert result.reason.code == "simulate.reason.priced"
    assert result.last.held == {"points": SHORT.orders}


def test_the_path_that_is_asked_for_runs() -> None:
    assert simulate(token(), SHORT, Path.COMPILED).reason is None
    interpreted = simulate(token(), SHORT, Path.INTERPRETED)
    assert interpreted.path is Path.INTERPRETED
    assert interpreted.reason is not None
    assert interpreted.reason.code == "simulate.reason.asked"


def test_redemptions_of_a_plan_without_any_are_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        simulate(shipped("locked-points"), replace(SHORT, redeem=Fraction(1, 2)))
    assert refused.value.code == "simulate.no-redemption"


def test_a_close_that_a_cap_stops_is_told_with_its_day() -> None:
    stop = "caps:\n  daily: {rules: [static], per: plan, over: day, most: '1', excess: stop}\nrules:"
    plan = shipped("recurring-dividend", ("rules:\n", stop + "\n"))
    with pytest.raises(CloseRefused) as refused:
        simulate(plan, SHORT)
    assert refused.value.parameters["day"] == date(2026, 1, 1)
    assert "2026-01-01 cannot be closed: cap daily" in refused.value.text()
    assert refused.value.reason.text("zh") in refused.value.text("zh")


def test_months_add_up_what_happened_and_end_with_what_there_is() -> None:
    run = Settings(orders=900, members=30, days=70, seed=1, first_day=date(2026, 1, 20), redeem=Fraction(1, 10))
    result = simulate(token(), run)
    months = result.by_month()
    assert [row.day for row in months] == [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 30)]
    for name in ("orders", "sales", "redemptions", "exits", "paid"):
        assert sum(getattr(row, name) for row in months) == sum(getattr(row, name) for row in result.rows)
    assert months[-1].priced == result.last.priced
    assert months[0].pools == result.rows[11].pools


def test_what_a_price_promises_is_what_is_in_the_pool() -> None:
    """Every unit is worth pool ÷ circulation, and nothing else of the plan that members hold here stands for money."""
    for row in simulate(token(), SHORT).rows:
        assert row.liabilities == row.pools["backing"]


def test_prices_never_fall_and_money_is_where_it_was_put() -> None:
    run = Settings(orders=3000, members=50, days=30, seed=9, redeem=Fraction(1, 10), part=Fraction(1, 2))
    result = simulate(token(), run)
    prices = [Fraction(*row.priced["token"].price) for row in result.rows]
    assert all(before <= after for before, after in itertools.pairwise(prices))
    paid = sum(row.paid for row in result.rows)
    assert paid > 0
    assert result.last.pools["backing"] == 3000 * 30_00 - paid
    assert result.last.held["token"] == result.last.priced["token"].circulation


def test_files_have_exact_amounts_and_prices() -> None:
    result = simulate(token(), Settings(orders=100, members=100, days=1, first_members=100))
    headings, line = csv_lines(result)
    row = dict(zip(headings, line, strict=True))
    assert (row["sales"], row["pool.backing"], row["price.token"]) == ("10000.00", "3000.00", "5.1731")
    told = as_json(result, result.rows, "en")
    assert told["rows"] == [row]
    exact = Fraction(row["price_exact.token"])
    assert exact == Fraction("3000.00") / Fraction(row["circulation.token"])
