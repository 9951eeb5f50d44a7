"""A terminal for the tests: a folder of its own, a database in it, and the command run in the same process."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rewards.cli import main
from rewards.resources import rules_directory
from rewards.settings import SETTINGS

Run = Callable[..., Result]
Json = Callable[..., Any]
Write = Callable[..., Path]

LOCKED = rules_directory() / "locked-points.yaml"
"""The plan most tests activate: 3,000 grants 7,500 points, of which 36 are released a day."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the command is run in; nothing of the caller's environment reaches it."""
    for name in (*(setting.variable for setting in SETTINGS), "LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Runs `rewards` with these words and checks how it ends."""

    def run(*words: object, exit_code: int = 0, input: bytes | None = None) -> Result:
        result = CliRunner().invoke(main, [str(word) for word in words], input=input, prog_name="rewards")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    """Runs `rewards ... --format json` and reads what it prints."""

    def run_json(*words: object, exit_code: int = 0, input: bytes | None = None) -> Any:
        result = run(*words, "--format", "json", exit_code=exit_code, input=input)
        return json.loads(result.stdout)

    return run_json


@pytest.fixture(scope="session")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the databases are kept with which many tests begin."""
    return tmp_path_factory.mktemp("kept")


def _once(kept: Path, folder: Path, make: Callable[[], object]) -> None:
    """The database that `make` makes in the folder: made for the first test that asks, and copied for the others."""
    database = folder / "rewards.db"
    if kept.exists():
        shutil.copyfile(kept, database)
        return
    make()
    assert [path.name for path in folder.glob("rewards.db*")] == [database.name]  # nothing of it is in a journal
    shutil.copyfile(database, kept)


@pytest.fixture
def shop(run: Run, folder: Path, _kept: Path) -> None:
    """A database in which the plan with locked points applies from the first day of 2025."""
    _once(_kept / "shop.db", folder, lambda: (run("init"), run("activate", LOCKED, "--from", "2025-01-01")))


@pytest.fixture
def sold(shop: None, run: Run, folder: Path, _kept: Path) -> None:
    """The same after two orders: ann's of 3,000 on the first day, bob's, whom she sponsored, of 9,000 on the second."""
    lines = (
        "id,member,total,paid_at,sponsor",
        "o-1,ann,3000,2025-01-01T12:00:00+08:00,",
        "o-2,bob,9000,2025-01-02T12:00:00+08:00,ann",
    )
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _once(_kept / "sold.db", folder, lambda: run("import", "orders.csv", "--create-members"))


def writer(folder: Path, name: str, header: str) -> Write:
    """Writes a file of these lines below the usual columns."""

    def write(*lines: str, name: str = name) -> Path:
        path = folder / name
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path

    return write


def locked_of(run_json: Json, who: str) -> str:
    """What a member has locked of the one asset there is."""
    (held,) = run_json("balance", who)["balances"]
    return str(held["locked"])


def stopping_after(batches: int, stop: BaseException, take: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """A function that takes so many batches as `take` does, and is stopped at the next one."""
    taken = 0

    def take_or_stop(platform: Any, requests: Any) -> Any:
        nonlocal taken
        if taken == batches:
            raise stop
        taken += 1
        return take(platform, requests)

    return take_or_stop


def rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by its columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
