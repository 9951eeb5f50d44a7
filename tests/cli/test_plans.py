"""init, check, test and activate."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rewards.resources import rules_directory

from .conftest import LOCKED, Run


def test_init_sets_up_a_database_and_may_be_run_again(run: Run, folder: Path) -> None:
    assert "sqlite:///rewards.db" in run("init").stdout
    assert (folder / "rewards.db").exists()
    run("init")
    run("verify")


def test_init_works_on_the_database_named(run: Run, run_json: Callable[..., Any], folder: Path) -> None:
    told = run_json("init", "--database", "sqlite:///other.db")

    assert told == {"database": "sqlite:///other.db", "ready": True}
    assert (folder / "other.db").exists()
    assert not (folder / "rewards.db").exists()


def test_the_database_comes_from_the_environment(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REWARDS_DATABASE_URL", "sqlite:///given.db")
    run("init")

    assert (folder / "given.db").exists()


def test_a_password_in_the_url_is_not_printed(run: Run) -> None:
    result = run("init", "--database", "nonsense://user:secret@host/name", exit_code=2)

    assert "secret" not in result.output
    assert "postgresql://" in result.stderr


@pytest.mark.parametrize("words", [("balance", "ann"), ("verify",), ("close", "2025-01-01"), ("serve",)])
def test_a_database_that_was_not_set_up_ends_with_3(words: tuple[str, ...], run: Run) -> None:
    assert "rewards init" in run(*words, exit_code=3).stderr
    assert "请运行" in run(*words, "--language", "zh", exit_code=3).stderr


def test_a_database_that_cannot_be_reached_ends_with_3(run: Run) -> None:
    refused = run("verify", "--database", "sqlite:///no/such/folder/rewards.db", exit_code=3)

    assert "the database cannot be reached" in refused.stderr


def test_the_shipped_plans_are_good(run: Run, run_json: Callable[..., Any]) -> None:
    plans = [path for path in rules_directory().glob("*.yaml") if not path.stem.endswith(".test")]

    assert f"files checked: {len(plans)}; errors: 0" in run("check", *plans).stdout
    assert [found for found in run_json("check", *plans) if found["severity"] == "error"] == []


@pytest.fixture
def bad(folder: Path) -> Path:
    """The shipped plan with one misspelt asset."""
    text = LOCKED.read_text(encoding="utf-8").replace("release: {asset: points,", "release: {asset: pionts,")
    path = folder / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(path: Path, word: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if word in line)


def test_check_names_the_place_and_ends_with_1(bad: Path, run: Run, run_json: Callable[..., Any]) -> None:
    line = line_of(bad, "pionts")

    printed = run("check", bad, LOCKED, exit_code=1).stdout
    assert f"{bad}:{line}:" in printed
    assert "pionts" in printed
    assert "files checked: 2" in printed

    found = run_json("check", bad, exit_code=1)
    assert [(each["line"], each["severity"]) for each in found] == [(line, "error")]


def test_check_speaks_chinese(bad: Path, run: Run) -> None:
    assert "已检查 1 个文件" in run("check", bad, "--language", "zh", exit_code=1).stdout


def test_check_reads_standard_input(bad: Path, run: Run) -> None:
    assert "errors: 0" in run("check", "-", input=LOCKED.read_bytes()).stdout
    run("check", "-", input=bad.read_bytes(), exit_code=1)


def test_warnings_are_errors_only_when_asked_for(folder: Path, run: Run) -> None:
    text = LOCKED.read_text(encoding="utf-8").replace("assets:\n", "assets:\n  spare: {title: Spare, scale: 2}\n")
    (folder / "unused.yaml").write_text(text, encoding="utf-8")

    assert "warnings: 1" in run("check", "unused.yaml").stdout
    run("check", "unused.yaml", "--strict", exit_code=1)


def test_check_needs_a_file_that_is_there(run: Run) -> None:
    assert "Missing argument" in run("check", exit_code=2).stderr
    assert "missing.yaml" in run("check", "missing.yaml", exit_code=2).stderr


def test_the_shipped_tests_pass(run: Run) -> None:
    printed = run("test", rules_directory() / "locked-points.test.yaml").stdout

    assert "✓" in printed
    assert "✗" not in printed


def test_a_changed_number_makes_the_tests_fail(folder: Path, run: Run, run_json: Callable[..., Any]) -> None:
    tests = rules_directory() / "locked-points.test.yaml"
    (folder / "rules").mkdir()
    (folder / "rules" / tests.name).write_bytes(tests.read_bytes())
    changed = LOCKED.read_text(encoding="utf-8").replace("rate: 1.2%", "rate: 1.3%")
    (folder / "rules" / LOCKED.name).write_text(changed, encoding="utf-8")

    assert "✗" in run("test", exit_code=1).stdout  # without a path: the folder rules
    (file,) = run_json("test", "rules", exit_code=1)
    assert not file["passed"]


def test_no_test_at_all_is_no_success(folder: Path, run: Run) -> None:
    (folder / "empty").mkdir()
    refused = run("test", "empty", exit_code=1)

    assert "test.none-found" in refused.output
    assert "0 of 0 cases passed" in refused.output


def test_activate_puts_a_plan_in_force(run: Run, run_json: Callable[..., Any]) -> None:
    run("init")
    version = run_json("activate", LOCKED, "--from", "2025-01-01")

    assert (version["plan"], version["from_day"]) == ("locked-points", "2025-01-01")
    assert version["version"][:12] in run("activate", LOCKED, "--from", "2025-01-01").stdout


def test_activate_refuses_a_bad_file_and_says_why(bad: Path, run: Run, run_json: Callable[..., Any]) -> None:
    run("init")

    refused = run("activate", bad, "--from", "2025-01-01", exit_code=1)
    assert f"{bad}:{line_of(bad, 'pionts')}:" in refused.stdout
    assert "was not activated" in refused.stderr
    assert len(run_json("activate", bad, "--from", "2025-01-01", exit_code=1)) == 1


def test_activate_needs_a_day(run: Run) -> None:
    run("activate", LOCKED, exit_code=2)
    assert "2026-01-31" in run("activate", LOCKED, "--from", "2025-02-30", exit_code=2).stderr


def test_activate_from_a_closed_day_is_refused(sold: None, folder: Path, run: Run) -> None:
    run("close", "2025-01-01")
    newer = folder / "newer.yaml"
    newer.write_text(LOCKED.read_text(encoding="utf-8").replace("rate: 1.2%", "rate: 1%"), encoding="utf-8")

    assert "2025-01-02" in run("activate", newer, "--from", "2025-01-01", exit_code=1).stderr
