"""close, balance, statement, explain and verify, on two orders of the plan with locked points."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from .conftest import Run

pytestmark = pytest.mark.usefixtures("sold")

Json = Callable[..., Any]


def points_of(run_json: Json, member: str) -> tuple[str, str]:
    (held,) = run_json("balance", member)["balances"]
    return held["available"], held["locked"]


def test_an_order_grants_locked_points(run_json: Json) -> None:
    assert points_of(run_json, "ann") == ("0.00", "7500.00")  # 3,000 × 2.5
    assert points_of(run_json, "bob") == ("0.00", "27000.00")  # 9,000 × 3


def test_closing_days_releases_them(run: Run, run_json: Json) -> None:
    # Nothing on the first day; 36 for ann on the second; on the third 36 and half of bob's 108.
    first, *rest = run_json("close", "2025-01-01", "--through", "2025-01-03")

    assert (first["day"], first["transfers"], first["repeated"]) == ("2025-01-01", 0, False)
    assert [one["day"] for one in rest] == ["2025-01-02", "2025-01-03"]
    assert points_of(run_json, "ann") == ("126.00", "7374.00")
    assert points_of(run_json, "bob") == ("108.00", "26892.00")


def test_a_close_shows_what_each_rule_has_moved(run: Run) -> None:
    run("close", "2025-01-01")
    printed = run("close", "2025-01-02").stdout

    assert "2025-01-02 is closed" in printed
    assert "base" in printed
    assert "36.00" in printed


def test_a_close_can_be_repeated_and_changes_nothing(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-02")
    before = points_of(run_json, "ann")

    assert "was closed already" in run("close", "2025-01-02").stdout
    (again,) = run_json("close", "2025-01-02")
    assert again["repeated"]
    assert points_of(run_json, "ann") == before


def test_an_interrupted_row_of_closes_goes_on(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-02")
    again = run_json("close", "2025-01-01", "--through", "2025-01-03")

    assert [(one["day"], one["repeated"]) for one in again] == [("2025-01-01", True), ("2025-01-03", False)]
    assert points_of(run_json, "ann") == ("126.00", "7374.00")


def test_many_closes_are_shown_in_a_line_each(run: Run) -> None:
    printed = run("close", "2025-01-01", "--through", "2025-01-20", "--plan", "locked-points").stdout

    assert printed.count("2025-01-") == 20


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("2025-01-02",), 1, "2025-01-01 is not closed yet"),
        (("2024-12-31",), 1, "no plan is in force"),
        (("2999-01-01",), 1, "2025-01-01 is not closed yet"),
        (("2025-01-01", "--plan", "other"), 1, "locked-points"),
        (("2025-01-02", "--through", "2025-01-01"), 2, "before 2025-01-02"),
    ],
)
def test_what_cannot_be_closed_is_refused(words: tuple[str, ...], exit_code: int, said: str, run: Run) -> None:
    assert said in run("close", *words, exit_code=exit_code).stderr


def test_an_error_after_some_closes_says_that_they_stay(run: Run, run_json: Json) -> None:
    refused = run("close", "2025-01-01", "--through", "2999-12-31", "--format", "json", exit_code=1)

    assert "stay closed" in refused.stderr
    assert run_json("close", "2025-01-01")[0]["repeated"]


def test_a_balance_names_the_sponsor_and_the_levels(run: Run) -> None:
    printed = run("balance", "bob").stdout

    assert "member bob, sponsor ann" in printed
    assert "27000.00" in printed
    assert "推荐人 ann" in run("balance", "bob", "--language", "zh").stdout


def test_an_unknown_member_is_refused_in_the_format_of_the_results(run: Run) -> None:
    assert "nobody" in run("balance", "nobody", exit_code=1).stderr
    assert "nobody" in run("statement", "nobody", exit_code=1).stderr

    refused = run("balance", "nobody", "--format", "json", "--language", "zh", exit_code=1)
    assert refused.stdout == ""
    assert '"code": "member.unknown"' in refused.stderr
    assert "没有会员" in refused.stderr


def test_what_a_name_contains_cannot_steer_the_terminal(run: Run) -> None:
    refused = run("balance", "\x1b[2Jnobody", exit_code=1)

    assert "\x1b" not in refused.stderr
    assert "nobody" in refused.stderr


def test_a_statement_shows_the_newest_first_and_goes_on(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")
    page = run_json("statement", "ann", "--limit", "3")
    rest = run_json("statement", "ann", "--before", page["next"])
    days = [line["day"] for line in (*page["items"], *rest["items"])]

    assert len(page["items"]) == 3
    assert days == sorted(days, reverse=True)
    assert days[-1] == "2025-01-01"  # the grant
    assert f"--before {page['next']}" in run("statement", "ann", "--limit", "3").stdout


def test_a_statement_takes_no_odd_limit(run: Run) -> None:
    for limit in ("0", "201"):
        refused = run("statement", "ann", "--limit", limit, exit_code=2)
        assert f"{limit} is not in the range 1<=x<=200" in refused.stderr
        assert refused.stdout == ""


def test_a_transfer_is_explained(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")
    lines = run_json("statement", "ann")["items"]
    shared = next(line for line in lines if line["rule"] == "sharing")

    printed = run("explain", shared["transfer"]).stdout
    assert "54.00 points" in printed  # half of bob's 108
    assert "rule sharing of plan locked-points" in printed
    assert "generations" in printed  # the rule's own words

    found = run_json("explain", shared["transfer"])
    assert found["transfer"]["from"]["holder"] == found["transfer"]["to"]["holder"] == "ann"
    assert "依据" in run("explain", shared["transfer"], "--language", "zh").stdout


def test_an_event_is_explained_by_its_number(run: Run, run_json: Json) -> None:
    closed = run_json("close", "2025-01-01", "--through", "2025-01-03")[-1]
    number = closed["sequence"]

    printed = run("explain", number).stdout
    assert f"event {number}: close locked-points:2025-01-03" in printed
    assert "base: 144.00 points" in printed and "sharing: 54.00 points" in printed
    part = run("explain", number, "--member", "bob").stdout
    assert "base: 108.00 points" in part and "sharing" not in part
    assert "事件" in run("explain", number, "--language", "zh").stdout
    found = run_json("explain", number, "--member", "bob")
    assert (found["sequence"], found["member"]) == (number, "bob")

    run("explain", "99", exit_code=1)
    run("explain", number, "--member", "eve", exit_code=1)
    assert "--member" in run("explain", "12-3-1", "--member", "bob", exit_code=1).output


@pytest.mark.parametrize("transfer", ["1-1", "999-1-1", "ann"])
def test_a_transfer_that_does_not_exist_is_refused(transfer: str, run: Run) -> None:
    refused = run("explain", transfer, exit_code=1)

    assert f'there is no transfer "{transfer}"' in refused.stderr
    assert refused.stdout == ""


def test_the_books_keep_their_promises(run: Run, run_json: Json) -> None:
    run("close", "2025-01-01", "--through", "2025-01-03")

    assert "0 broken" in run("verify").stdout
    assert all(check["violations"] == [] for check in run_json("verify"))


def test_a_broken_promise_is_found_and_ends_with_1(run: Run, run_json: Json, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "rewards.db")) as books, books:
        books.execute("UPDATE balance SET amount = amount + 1 WHERE holder = 1 AND amount > 0")

    printed = run("verify", exit_code=1).stdout
    assert "✗ 1." in printed
    assert "不成立" in run("verify", "--language", "zh", exit_code=1).stdout
    broken = {check["promise"] for check in run_json("verify", exit_code=1) if check["violations"]}
    assert 1 in broken
